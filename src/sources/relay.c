/* SPDX-License-Identifier: MIT */

/*
 * The stream of another server: http://HOST/PATH or https://HOST/PATH.  pipecat
 * reads it, as a child: it reconnects, resumes, and says why it cannot.  The
 * server's ids are passed on, so that a viewer may resume here or there.
 *
 * The child ends by itself once the stream has ended for good.  If it ends in
 * another way, it is started again where it was.
 */

#include "core/event_id.h"
#include "core/gap.h"
#include "loop/descriptor.h"
#include "sources/relay_program.h"
#include "sources/run.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How long a child that has failed is left alone, at first and at most. */
enum { RELAY_RETRY_MS = 1000, RELAY_RETRY_MAX_MS = 60000 };

/* The exit statuses of pipecat: the stream has ended; the URL is wrong. */
enum { RELAY_ENDED = 0, RELAY_WRONG = 2 };

struct relay {
	struct run run;
	struct timer retry;
	uint64_t retry_ms;
	bool is_for_one;           /* viewer that catches up */
	char id[EVENT_ID_MAX + 1]; /* of the newest event, "" for none */
};

static const char relay_wanted[] =
    "http://HOST[:PORT]/PATH or https://HOST[:PORT]/PATH";

/* The URL: the prefix of the kind is its beginning. */
static const char *
relay_url(const struct source_spec *spec)
{
	return spec->argument - strlen(spec->kind->prefix);
}

static const char *
parse(struct source_spec *spec)
{
	const char *at = spec->argument;

	if (strncmp(at, "//", 2) != 0 || strchr("/?#", at[2]))
		return relay_wanted;
	for (; *at; at++)
		if ((unsigned char)*at <= ' ' || *at == 0x7f)
			return relay_wanted;
	return NULL;
}

/* The child. */

/* Where ps does not show it: the URL, the last event ID, the largest size. */
static int
relay_tell(struct relay *relay, const struct source *source)
{
	char size[32];
	const struct iovec parts[] = {
	    {(void *)relay_url(source->spec), strlen(relay_url(source->spec))},
	    {(void *)"\n", 1},
	    {relay->id, strlen(relay->id)},
	    {size,
		(size_t)snprintf(
		    size, sizeof(size), "\n%zu\n", source->context->max_event)},
	};
	ssize_t n = descriptor_write_parts(relay->run.child.input, parts, 4);

	descriptor_close(&relay->run.child.input);
	return n < 0 ? (int)n : 0;
}

static void on_end(void *ctx);

static int
relay_run(struct source *source)
{
	struct relay *relay = source->state;
	char *command = relay_program_command(relay->is_for_one);
	int rc;

	if (!command)
		return -errno;
	rc = run_start(
	    &relay->run, source, command, CHILD_INPUT, &format_sse, on_end);
	free(command);
	if (rc == 0)
		rc = relay_tell(relay, source);
	/* One that has ended already is told of by its end. */
	return rc == -EPIPE ? 0 : rc;
}

static void
relay_run_later(struct relay *relay)
{
	timer_start(&relay->retry, relay->retry_ms);
	relay->retry_ms *= 2;
	if (relay->retry_ms > RELAY_RETRY_MAX_MS)
		relay->retry_ms = RELAY_RETRY_MAX_MS;
}

static void
on_retry(void *ctx)
{
	struct source *source = ctx;
	struct relay *relay = source->state;
	int rc = relay_run(source);

	if (rc == 0)
		return;
	run_fini(&relay->run);
	source_warn(source, "cannot start pipecat: %s", strerror(-rc));
	relay_run_later(relay);
}

static void
on_end(void *ctx)
{
	struct source *source = ctx;
	struct relay *relay = source->state;
	int status = source->ending.exit_status;

	source->ending = (struct source_ending){.exit_status = -1};
	/* Its viewer comes back, and then others may catch up with it. */
	if (status == RELAY_ENDED || status == RELAY_WRONG ||
	    relay->is_for_one) {
		source_end(source);
		return;
	}
	source_warn(source,
	    "pipecat has ended, though the stream has not; it is started "
	    "again");
	relay_run_later(relay);
}

/* What it says. */

static void
relay_take_note(struct source *source, struct span comment)
{
	struct relay *relay = source->state;
	char text[64];
	const char *n;
	uint64_t lost;

	snprintf(text, sizeof(text), "%.*s", (int)comment.n, comment.bytes);
	if (strcmp(text, "pipecat open") == 0)
		relay->retry_ms = RELAY_RETRY_MS;
	n = text_skip_word(text, "pipecat lost ");
	if (n)
		source_lose(
		    source, text_take_number(&n, &lost) ? lost : GAP_UNKNOWN);
}

static void
relay_set_id(struct relay *relay, struct span id)
{
	memcpy(relay->id, id.bytes, id.n);
	relay->id[id.n] = '\0';
}

/* Its comments are notes. */
static bool
on_input(struct source *source, const struct event *event)
{
	if (event->comment.bytes) {
		relay_take_note(source, event->comment);
		return false;
	}
	if (event->id.bytes)
		relay_set_id(source->state, event->id);
	return true;
}

/* The kind. */

static int
relay_init(struct source *source, const struct source_begin *begin)
{
	struct relay *relay = source->state;
	struct span id = begin->last_event_id;

	relay->retry_ms = RELAY_RETRY_MS;
	relay->is_for_one = begin->only_at_id;
	source->resumed_at_id = id.n > 0 && event_id_is_acceptable(id);
	if (source->resumed_at_id)
		relay_set_id(relay, id);
	return timer_init(
	    &relay->retry, source->context->loop, on_retry, source);
}

static void
fini(struct source *source)
{
	struct relay *relay = source->state;

	timer_fini(&relay->retry);
	run_fini(&relay->run);
	free(relay);
}

static int
start(struct source *source, const struct source_begin *begin)
{
	int rc;

	source->state = calloc(1, sizeof(struct relay));
	if (!source->state)
		return -ENOMEM;
	rc = relay_init(source, begin);
	if (rc == 0)
		rc = relay_run(source);
	if (rc == -ENOENT)
		source->why =
		    "it is read by pipecat, which is neither beside pipecast "
		    "nor in PATH; install it (Debian: the package pipecat)";
	if (rc < 0)
		fini(source);
	return rc;
}

static void
resume(struct source *source)
{
	struct relay *relay = source->state;

	run_resume(&relay->run);
}

static void
stop(struct source *source)
{
	struct relay *relay = source->state;

	timer_fini(&relay->retry);
	run_stop(&relay->run);
}

/* Any ID may be the server's. */
static bool
can_resume(const struct source_spec *spec, struct span id)
{
	(void)spec;
	return id.n > 0 && event_id_is_acceptable(id);
}

#define RELAY \
	.needs_argument = true, .ids_are_places = true, .n_descriptors = 2, \
	.parse = parse, .start = start, .resume = resume, .stop = stop, \
	.fini = fini, .can_resume = can_resume, .on_input = on_input

const struct source_kind source_relay = {
    .prefix = "http:",
    .forms = {{"http://HOST/PATH",
	"the stream of another server, which pipecat(1) reads", 0}},
    RELAY,
};

const struct source_kind source_secure_relay = {
    .prefix = "https:",
    .forms = {{"https://HOST/PATH", "the same over TLS", 0}},
    RELAY,
};
