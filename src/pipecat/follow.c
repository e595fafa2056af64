/* SPDX-License-Identifier: MIT */

#include "pipecat/follow.h"

#include "core/rate_limit.h"
#include "formats/input_format.h"
#include "pipecat/printer.h"
#include "pipecat/relay_note.h"
#include "pipecat/state_file.h"
#include "pipecat/stop.h"
#include "pipecat/trouble.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * pipecast says in its first comment after how much silence a heartbeat comes.
 * A connection that is silent for two and a little more is dead.
 */
enum { HEARTBEATS = 2, HEARTBEAT_SLACK_MS = 5000 };

struct follow {
	const struct settings *settings;
	struct transfer *transfer;
	struct trouble trouble;
	struct state_file state;
	struct input_format *format; /* of the connection */
	struct rate_limit warnings;
	char id[EVENT_ID_MAX + 1]; /* the last event ID */
	bool id_is_new;            /* since it was written to the state */
	bool told_of_state;
	uint64_t n_printed;
	bool is_done;   /* no more is wanted */
	bool is_failed; /* standard output takes no more */
	bool is_open;   /* the stream of this connection is */
	bool is_broken; /* that was told, and not yet that it is mended */
	char told[512]; /* of what is wrong, last */
};

/* Telling. */

static void
follow_warn(struct follow *follow, const char *kind, uint64_t size)
{
	struct rate_limit_log log;
	char rest[64] = "";

	if (!rate_limit_take(&follow->warnings, kind, stop_now_ms(), &log))
		return;
	if (log.n_unlogged > 0)
		snprintf(rest, sizeof(rest), " (and %" PRIu64 " before it)",
		    log.n_unlogged);
	if (size > 0)
		log_line(
		    LOG_WARNING, "%s of %" PRIu64 " bytes%s", kind, size, rest);
	else
		log_line(LOG_WARNING, "%s%s", kind, rest);
}

/* Events. */

static void
on_put(void *ctx, const char *bytes, size_t n)
{
	struct follow *follow = ctx;

	if (n > 0 && fwrite(bytes, 1, n, stdout) < n)
		follow->is_failed = true;
}

/* A reader that has gone away is no reason for a message. */
static bool
follow_flush(struct follow *follow)
{
	if (fflush(stdout) == 0 && !follow->is_failed)
		return true;
	if (errno != EPIPE)
		log_line(LOG_ERROR, "cannot write to standard output: %s",
		    strerror(errno));
	follow->is_failed = true;
	return false;
}

static struct byte_sink
follow_sink(struct follow *follow)
{
	return (struct byte_sink){on_put, follow};
}

static void
follow_note_id(struct follow *follow, struct span id)
{
	if (!id.bytes || id.n > EVENT_ID_MAX)
		return;
	memcpy(follow->id, id.bytes, id.n);
	follow->id[id.n] = '\0';
	follow->id_is_new = true;
}

/* As in ": pipecast, heartbeat 15000 ms". */
static void
follow_note_heartbeat(struct follow *follow, struct span comment)
{
	uint64_t ms = 0;
	char text[64];
	const char *at;

	snprintf(text, sizeof(text), "%.*s", (int)comment.n, comment.bytes);
	at = text_skip_word(text, "pipecast, heartbeat ");
	if (at && text_take_number(&at, &ms) && ms > 0)
		transfer_set_silent(
		    follow->transfer, HEARTBEATS * ms + HEARTBEAT_SLACK_MS);
}

static bool
follow_wants(const struct follow *follow, const struct event *event)
{
	const char *wanted = follow->settings->event;
	struct span type = event->type.n > 0 ? event->type : span_of("message");

	return !wanted || span_is(type, wanted);
}

/* Notes about the stream are not among its lines. */
static bool
follow_tells_note(struct follow *follow, const struct event *event)
{
	char text[256];

	if (follow->settings->print_as != PRINT_LINES)
		return false;
	if (print_is_gap(event)) {
		log_line(LOG_WARNING, "events are missing here: %s",
		    text_escape(text, sizeof(text), event->data));
		return true;
	}
	return print_is_end(event);
}

static void
follow_print(struct follow *follow, const struct event *event)
{
	if (!follow_wants(follow, event) || follow_tells_note(follow, event))
		return;
	print_event(follow->settings->print_as, event, follow_sink(follow));
	if (!event->data.bytes)
		return;
	follow->n_printed++;
	if (follow->settings->count == follow->n_printed)
		follow->is_done = true;
}

static bool
on_event(void *ctx, const struct event *event, uint64_t position)
{
	struct follow *follow = ctx;

	(void)position;
	if (event->retry_ms >= 0)
		backoff_set_retry(
		    &follow->trouble.backoff, (uint64_t)event->retry_ms);
	if (event->comment.bytes)
		follow_note_heartbeat(follow, event->comment);
	if (follow->settings->relay)
		relay_note_event(event, follow_sink(follow));
	else
		follow_print(follow, event);
	if (!follow->is_failed)
		follow_note_id(follow, event->id);
	return !follow->is_done && !follow->is_failed && !stop_is_asked();
}

static void
on_reject(void *ctx, const struct rejection *rejection)
{
	struct follow *follow = ctx;

	follow_warn(follow, rejection->reason, rejection->size);
	if (rejection->is_loss && follow->settings->relay)
		relay_note_loss(follow_sink(follow));
}

/* The connection. */

static bool
follow_open_format(struct follow *follow)
{
	const struct input_options options = {
	    .max_event = follow->settings->max_event, .ids_are_own = true};
	const struct event_sink sink = {on_event, on_reject, follow};
	const struct input_start start = {0};

	follow->format = input_format_create(&format_sse, options, sink, start);
	return follow->format != NULL;
}

static void
follow_close_format(struct follow *follow)
{
	input_format_destroy(follow->format);
	follow->format = NULL;
}

static bool
on_head(void *ctx, const struct reply *reply)
{
	struct follow *follow = ctx;

	if (verdict_of_stream(reply).kind != VERDICT_OK)
		return true; /* for the text of a refusal */
	follow->is_open = true;
	trouble_end(&follow->trouble, "connected again");
	if (follow->settings->relay)
		relay_note_open(follow_sink(follow));
	return follow_flush(follow);
}

static void
follow_save(struct follow *follow)
{
	int rc;

	if (!follow->state.path || !follow->id_is_new)
		return;
	rc = state_file_write(&follow->state, follow->id);
	follow->id_is_new = rc < 0;
	if (rc < 0 && !follow->told_of_state)
		log_line(LOG_ERROR, "cannot write %s: %s", follow->state.path,
		    strerror(-rc));
	follow->told_of_state = rc < 0;
}

/* The place is saved once what is before it was printed. */
static bool
on_body(void *ctx, struct span bytes)
{
	struct follow *follow = ctx;

	if (!follow->is_open)
		return true;
	input_format_feed(follow->format, bytes.bytes, bytes.n);
	if (!follow_flush(follow))
		return false;
	follow_save(follow);
	return !follow->is_done;
}

/* One connection, from its request to its end.  Returns whether to go on. */
static bool
follow_connect(struct follow *follow)
{
	const struct settings *settings = follow->settings;
	const struct transfer_request request = {
	    .url = settings->target.url.bytes,
	    .last_event_id = follow->id,
	    .accept = "text/event-stream",
	    .compressed = settings->compressed,
	};
	const struct transfer_listener listener = {
	    .on_head = on_head, .on_body = on_body, .ctx = follow};
	const struct transfer_result *result;
	struct verdict verdict;

	follow->is_open = false;
	result = transfer_run(follow->transfer, &request, &listener);
	if (result->is_stopped)
		return false;
	verdict = verdict_of_stream(&result->reply);
	if (verdict.kind == VERDICT_ENDED)
		return false;
	if (verdict.kind != VERDICT_OK) {
		follow->is_failed =
		    !trouble_begin(&follow->trouble, result, verdict, "");
		return !follow->is_failed;
	}
	/* The server has ended it, and wants to be asked again. */
	stop_sleep(backoff_delay(&follow->trouble.backoff, 0));
	return true;
}

/* Until the end. */
static int
follow_loop(struct follow *follow)
{
	bool goes_on = true;

	while (goes_on && !follow->is_done && !stop_is_asked()) {
		if (!follow_open_format(follow)) {
			log_line(LOG_ERROR, "out of memory");
			return EXIT_FAILURE;
		}
		goes_on = follow_connect(follow);
		follow_close_format(follow);
	}
	return follow->is_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Starting. */

static bool
follow_start(struct follow *follow)
{
	const struct settings *settings = follow->settings;
	int rc = state_file_init(&follow->state, settings->state);

	if (rc == 0 && settings->state)
		rc = state_file_read(&follow->state, follow->id);
	if (rc < 0) {
		log_line(LOG_ERROR, "cannot read %s: %s", settings->state,
		    rc == -EINVAL ? "this is not a file of --state"
				  : strerror(-rc));
		return false;
	}
	if (!follow->id[0] && settings->last_event_id)
		follow_note_id(follow, span_of(settings->last_event_id));
	follow->transfer = transfer_open(settings);
	if (!follow->transfer)
		log_line(LOG_ERROR, "out of memory");
	return follow->transfer != NULL;
}

int
follow_run(const struct settings *settings)
{
	struct follow *follow = calloc(1, sizeof(*follow));
	int status = EXIT_FAILURE;

	if (!follow) {
		log_line(LOG_ERROR, "out of memory");
		return status;
	}
	follow->settings = settings;
	trouble_init(&follow->trouble, settings);
	if (follow_start(follow))
		status = follow_loop(follow);
	transfer_close(follow->transfer);
	state_file_fini(&follow->state);
	free(follow);
	return status;
}
