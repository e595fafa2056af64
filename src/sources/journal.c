/* SPDX-License-Identifier: MIT */

/*
 * The system journal: journal:[ARGUMENTS].  journalctl follows it, as a child;
 * its arguments choose entries.  The id of an entry is its cursor, at which the
 * journal can be resumed, also after a restart or a rotation.
 */

#include "core/event_id.h"
#include "core/gap.h"
#include "core/owned.h"
#include "sources/journal_arguments.h"
#include "sources/run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* How many entries of the past are read at the start, at most. */
enum { JOURNAL_PAST = 1000 };

/* The past is over after so much silence. */
enum { JOURNAL_QUIET_MS = 500 };

/*
 * How long journalctl is left alone once it has failed, at first and at most.
 */
enum { JOURNAL_RETRY_MS = 1000, JOURNAL_RETRY_MAX_MS = 60000 };

/* A shell's exit statuses for a command that cannot be run. */
enum { JOURNAL_CANNOT_RUN = 126, JOURNAL_NOT_FOUND = 127 };

static const char journal_command[] =
    "exec journalctl --follow --output=json --all --quiet "
    "--output-fields=MESSAGE,PRIORITY,UNIT,_SYSTEMD_UNIT,SYSLOG_IDENTIFIER,"
    "_COMM,_PID,SYSLOG_PID";

struct journal {
	struct run run;
	struct timer timer; /* for the end of the past, or to try again */
	uint64_t retry_ms;
	uint64_t n_past;     /* entries to begin with */
	uint64_t started_us; /* entries from then on are not of the past */
	bool resumes;        /* the first entry must be that of id */
	bool is_waiting;     /* to try again */
	char id[EVENT_ID_SIZE * 5]; /* cursor of the newest, "" for none */
};

static const char *
parse(struct source_spec *spec)
{
	size_t n = 0;

	return journal_write_arguments(spec->argument, counting_sink(&n));
}

/* The command. */

static void
journal_write_command(const void *what, struct byte_sink sink)
{
	const struct source *source = what;
	const struct journal *journal = source->state;
	char lines[40];

	sink_text(sink, journal_command);
	if (!journal->id[0]) {
		/* What the arguments say of it counts more. */
		snprintf(lines, sizeof(lines), " --lines=%llu",
		    (unsigned long long)journal->n_past);
		sink_text(sink, lines);
	}
	journal_write_arguments(source->spec->argument, sink);
	if (journal->id[0]) {
		sink_text(sink, " --lines=all --cursor='");
		sink_text(sink, journal->id);
		sink_text(sink, "'");
	}
}

static void on_end(void *ctx);

static int
journal_run(struct source *source)
{
	struct journal *journal = source->state;
	struct owned command = owned_written(journal_write_command, source);
	int rc;

	journal->resumes = journal->id[0] != '\0';
	if (!command.bytes)
		return -ENOMEM;
	rc = run_start(
	    &journal->run, source, command.bytes, 0, &format_journal, on_end);
	owned_free(&command);
	return rc;
}

static void
journal_run_later(struct journal *journal)
{
	journal->is_waiting = true;
	timer_start(&journal->timer, journal->retry_ms);
	journal->retry_ms *= 2;
	if (journal->retry_ms > JOURNAL_RETRY_MAX_MS)
		journal->retry_ms = JOURNAL_RETRY_MAX_MS;
}

static void
on_end(void *ctx)
{
	struct source *source = ctx;
	struct journal *journal = source->state;
	int status = source->ending.exit_status;

	source_past_read(source);
	if (status == JOURNAL_CANNOT_RUN || status == JOURNAL_NOT_FOUND) {
		source_end(source);
		return;
	}
	source_warn(source,
	    "journalctl has ended with exit status %d; it is started again",
	    status);
	journal_run_later(journal);
}

static void
on_timer(void *ctx)
{
	struct source *source = ctx;
	struct journal *journal = source->state;
	int rc;

	if (!journal->is_waiting) {
		source_past_read(source);
		return;
	}
	journal->is_waiting = false;
	rc = journal_run(source);
	if (rc == 0)
		return;
	source_warn(source, "cannot start journalctl: %s", strerror(-rc));
	journal_run_later(journal);
}

/* Entries. */

/* When the entry was logged, which its cursor says, in microseconds. */
static uint64_t
journal_time_of(const char *cursor)
{
	const char *at = strstr(cursor, ";t=");

	return at ? strtoull(at + 3, NULL, 16) : 0;
}

/*
 * Where the entry of a cursor is gone, journalctl begins with one that is near:
 * then others may be missing.
 */
static bool
journal_begins(struct source *source, struct span cursor)
{
	struct journal *journal = source->state;

	journal->resumes = false;
	if (span_is(cursor, journal->id))
		return false;
	source_lose(source, GAP_UNKNOWN);
	return true;
}

static bool
on_input(struct source *source, const struct event *event)
{
	struct journal *journal = source->state;

	if (!journal_is_cursor(event->id) || event->id.n >= sizeof(journal->id))
		return true;
	if (journal->resumes && !journal_begins(source, event->id))
		return false;
	memcpy(journal->id, event->id.bytes, event->id.n);
	journal->id[event->id.n] = '\0';
	journal->retry_ms = JOURNAL_RETRY_MS;
	if (!source->reads_past)
		return true;
	if (journal_time_of(journal->id) >= journal->started_us)
		source_past_read(source);
	else
		timer_start(&journal->timer, JOURNAL_QUIET_MS);
	return true;
}

/* The kind. */

static bool
can_resume(const struct source_spec *spec, struct span id)
{
	(void)spec;
	return journal_is_cursor(id);
}

static int
journal_init(struct source *source, const struct source_begin *begin)
{
	struct journal *journal = source->state;
	struct span id = begin->last_event_id;
	struct timespec now;
	int rc = timer_init(
	    &journal->timer, source->context->loop, on_timer, source);

	if (rc < 0)
		return rc;
	clock_gettime(CLOCK_REALTIME, &now);
	journal->started_us =
	    (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
	journal->retry_ms = JOURNAL_RETRY_MS;
	journal->n_past =
	    begin->replay < JOURNAL_PAST ? begin->replay : JOURNAL_PAST;
	source->resumed_at_id = journal_is_cursor(id);
	if (source->resumed_at_id)
		memcpy(journal->id, id.bytes, id.n);
	else if (begin->only_at_id)
		return -ENOENT;
	source->reads_past = !source->resumed_at_id && journal->n_past > 0;
	timer_start(&journal->timer, JOURNAL_QUIET_MS);
	return 0;
}

static void
fini(struct source *source)
{
	struct journal *journal = source->state;

	timer_fini(&journal->timer);
	run_fini(&journal->run);
	free(journal);
}

static int
start(struct source *source, const struct source_begin *begin)
{
	int rc;

	source->state = calloc(1, sizeof(struct journal));
	if (!source->state)
		return -ENOMEM;
	rc = journal_init(source, begin);
	if (rc == 0)
		rc = journal_run(source);
	if (rc < 0)
		fini(source);
	return rc;
}

static void
resume(struct source *source)
{
	struct journal *journal = source->state;

	run_resume(&journal->run);
}

static void
stop(struct source *source)
{
	struct journal *journal = source->state;

	timer_fini(&journal->timer);
	run_stop(&journal->run);
}

const struct source_kind source_journal = {
    .prefix = "journal:",
    .forms = {{"journal:[ARGUMENTS]",
	"the system journal; ARGUMENTS of journalctl(1) choose entries", 0}},
    .ids_are_places = true,
    .n_descriptors = 1,
    .parse = parse,
    .start = start,
    .resume = resume,
    .stop = stop,
    .fini = fini,
    .can_resume = can_resume,
    .on_input = on_input,
};
