/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_TESTS_UNIT_ONE_STREAM_H
#define PIPECAST_TESTS_UNIT_ONE_STREAM_H

/* A channel with one fan-out, as the tests and the fuzzer use them. */

#include "core/fan_out.h"

#include <stdlib.h>

struct stream {
	struct channel *channel;
	struct fan_out *fan_out;
};

struct stream_config {
	struct channel_config channel;
	struct fan_out_config fan_out;
};

static inline void
stream_destroy(struct stream *stream)
{
	if (!stream)
		return;
	fan_out_destroy(stream->fan_out);
	channel_destroy(stream->channel);
	free(stream);
}

/* NULL: no memory. */
static inline struct stream *
stream_create(const struct stream_config *config)
{
	struct stream *stream = calloc(1, sizeof(*stream));

	if (!stream)
		return NULL;
	stream->channel = channel_create(&config->channel);
	if (stream->channel)
		stream->fan_out =
		    fan_out_create(stream->channel, &config->fan_out);
	if (stream->fan_out)
		return stream;
	stream_destroy(stream);
	return NULL;
}

#endif
