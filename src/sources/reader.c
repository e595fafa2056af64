/* SPDX-License-Identifier: MIT */

#include "sources/reader.h"

#include <errno.h>
#include <string.h>

/* On Linux a pseudo-terminal ends with EIO once its last user is gone. */
static bool
reader_is_end(ssize_t n)
{
	return n == 0 || n == -EIO;
}

static void
reader_wait_for_pause(struct reader *reader)
{
	if (!reader->ended && intake_awaits_pause(&reader->intake))
		timer_start(&reader->quiet, INPUT_FORMAT_PAUSE_MS);
	else
		timer_stop(&reader->quiet);
}

/* While the source is paused its input may have more to say. */
static void
on_quiet(void *ctx)
{
	struct reader *reader = ctx;

	if (reader->ended || reader->source->paused)
		return;
	intake_pause(&reader->intake);
	watch_set(&reader->watch, !reader->source->paused);
}

/*
 * Nobody waits for the lines of a run that is one event, and in a terminal a
 * program holds nothing back.
 */
static void
reader_look_for_holding_back(struct reader *reader, size_t n)
{
	struct source *source = reader->source;

	if (!held_back_note(&reader->held_back, n,
		intake_ends_in_line(&reader->intake), loop_now_ms()) ||
	    source->told_of_holding_back ||
	    !(source->spec->form->options & SOURCE_FORMAT) || source->spec->pty)
		return;
	source->told_of_holding_back = true;
	source_warn(source,
	    "the program that writes this seems to hold its output back until "
	    "it has a few kilobytes; grep --line-buffered, stdbuf -oL COMMAND, "
	    "python3 -u or exec:COMMAND with --pty would send each line at "
	    "once");
}

static void
reader_advance(void *ctx)
{
	struct reader *reader = ctx;
	bool is_read = !intake_is_full(&reader->intake);
	ssize_t n = intake_pull(&reader->intake, reader->fd);

	if (is_read && n > 0)
		reader_look_for_holding_back(reader, (size_t)n);
	if (n < 0 && n != -EAGAIN && !reader_is_end(n)) {
		source_warn(
		    reader->source, "cannot read: %s", strerror((int)-n));
		n = 0;
	}
	if (reader_is_end(n)) {
		intake_finish(&reader->intake);
		reader->ended = true;
	}
	watch_set(&reader->watch, !reader->ended && !reader->source->paused);
	reader_wait_for_pause(reader);
	if (reader->ended)
		reader->on_end(reader->ctx);
}

int
reader_init(struct reader *reader, struct source *source, int fd,
    const struct input_format_kind *format, loop_callback *on_end, void *ctx)
{
	struct input_start start = {0};
	struct span nothing = {NULL, 0};
	int rc;

	*reader = (struct reader){
	    .source = source, .fd = fd, .on_end = on_end, .ctx = ctx};
	rc = intake_init(&reader->intake, format, source_input_options(source),
	    source_sink(source), start, nothing);
	if (rc == 0)
		rc = timer_init(
		    &reader->quiet, source->context->loop, on_quiet, reader);
	if (rc == 0)
		rc = watch_init(&reader->watch, source->context->loop, fd,
		    WATCH_READABLE, reader_advance, reader);
	if (rc < 0) {
		reader_fini(reader);
		return rc;
	}
	held_back_init(&reader->held_back, loop_now_ms());
	watch_set(&reader->watch, !source->paused);
	return 0;
}

void
reader_resume(struct reader *reader)
{
	if (reader->ended || !reader->watch.handle)
		return;
	held_back_skip(&reader->held_back, loop_now_ms());
	/* Bytes that were read before do not make the descriptor ready. */
	if (intake_is_full(&reader->intake)) {
		reader_advance(reader);
		return;
	}
	watch_set(&reader->watch, true);
	reader_wait_for_pause(reader);
}

void
reader_fini(struct reader *reader)
{
	watch_fini(&reader->watch);
	timer_fini(&reader->quiet);
	intake_fini(&reader->intake);
}
