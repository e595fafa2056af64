/* SPDX-License-Identifier: MIT */

#include "gateways/handover_message.h"

#include <errno.h>
#include <string.h>

static const char first_line[] = "pipecast handover 1";

/* Writing. */

/* What http/request.c looks up is put into the message as a side effect. */
struct handover_recorder {
	struct buffer *message;
	request_lookup *lookup;
	void *ctx;
	int error; /* 0, or of the first variable that had no room */
};

static void
handover_record(struct handover_recorder *recorder, struct span bytes)
{
	if (recorder->error == 0)
		recorder->error = buffer_append(
		    recorder->message, bytes, HANDOVER_MESSAGE_MAX);
}

static const char *
handover_look_up_and_record(void *ctx, const char *name)
{
	struct handover_recorder *recorder = ctx;
	const char *value = recorder->lookup(recorder->ctx, name);
	struct span message = buffer_span(recorder->message);

	if (!value || recorder->error < 0 ||
	    handover_message_look_up(&message, name))
		return value;
	handover_record(recorder, span_of(name));
	handover_record(recorder, (struct span){"=", 1});
	handover_record(recorder, (struct span){value, strlen(value) + 1});
	return value;
}

int
handover_message_write(
    struct buffer *message, request_lookup *lookup, void *ctx)
{
	struct handover_recorder recorder = {message, lookup, ctx, 0};
	struct request request;

	handover_record(
	    &recorder, (struct span){first_line, sizeof(first_line)});
	request_from_meta_variables(
	    &request, NULL, handover_look_up_and_record, &recorder);
	/* How long the body is, if no length is given. */
	handover_look_up_and_record(&recorder, "HTTP_TRANSFER_ENCODING");
	return recorder.error;
}

static const char started[] = "pipecast hub started 1";

struct span
handover_message_started(void)
{
	return (struct span){started, sizeof(started)};
}

/* Reading. */

bool
handover_message_is_started(struct span bytes)
{
	return bytes.n == sizeof(started) &&
	    memcmp(bytes.bytes, started, bytes.n) == 0;
}

bool
handover_message_is_valid(struct span bytes)
{
	const char *at = bytes.bytes, *end = bytes.bytes + bytes.n;

	if (bytes.n < sizeof(first_line) || bytes.n > HANDOVER_MESSAGE_MAX ||
	    memcmp(at, first_line, sizeof(first_line)) != 0 || end[-1] != '\0')
		return false;
	for (at += sizeof(first_line); at < end; at += strlen(at) + 1) {
		const char *equals = strchr(at, '=');

		if (!equals || equals == at)
			return false;
	}
	return true;
}

const char *
handover_message_look_up(void *ctx, const char *name)
{
	const struct span *message = ctx;
	const char *at = message->bytes, *end = at + message->n;
	size_t n = strlen(name);

	for (; at < end; at += strlen(at) + 1)
		if (strncmp(at, name, n) == 0 && at[n] == '=')
			return at + n + 1;
	return NULL;
}
