/* SPDX-License-Identifier: MIT */

#include "core/latest.h"

#include "core/event_id.h"

void
latest_set(struct latest *latest, const struct event *event, uint64_t seq)
{
	latest->data.n = 0;
	latest->type = event->type;
	latest->seq = seq;
	if (buffer_append(&latest->data, event->data, LATEST_MAX) < 0)
		latest->seq = 0;
}

void
latest_write(const struct latest *latest, const struct channel_config *config,
    uint64_t seq, struct byte_sink sink)
{
	struct event event = EVENT_NONE;
	char id[EVENT_ID_SIZE];

	if (latest->seq == 0 || latest->seq > seq)
		return;
	event.type = latest->type;
	event.data = buffer_span(&latest->data);
	event.id = event_id_of_sequence(id, config->identity, seq);
	stream_write_event(config->dialect, &event, sink);
}

void
latest_fini(struct latest *latest)
{
	buffer_fini(&latest->data);
	latest->seq = 0;
}
