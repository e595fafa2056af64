/* SPDX-License-Identifier: MIT */

/*
 * A spool, spool:PATH: a file to which any number of processes append events,
 * and which is followed like any other file.  An event that a visitor sends is
 * appended at the end of the turn, and reaches the viewers by the file.
 *
 * While another process writes, or a script is at the middle of an event, it is
 * tried again every few milliseconds, so that the loop never waits.
 */

#include "sources/file.h"
#include "sources/spool_queue.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * A writer has the lock for some microseconds, or until the disk has written.
 */
enum { RETRY_MS = 3 };

/*
 * Memory of what waits; and bytes that this process has not read again.  Half a
 * file each is the most: the reader must not lose a file to a second rotation.
 */
enum { QUEUE_BYTES = 256 << 10 };

/* Three times as long as an unfinished event may stay unfinished. */
enum { PATIENCE_MS = 3 * SPOOL_QUIET_MS };

struct spool {
	struct source *source;
	struct file_source *file;
	struct spool_file writer;
	struct spool_queue queue;
	struct deferral flush;
	struct timer retry;
	uint64_t until_ms; /* is tried again; 0 if nothing has been tried */
	size_t n_unread;   /* bytes appended since all of it was read */
};

static void
spool_tell_of_cut(struct source *source, uint64_t n_cut)
{
	if (n_cut > 0)
		source_warn(source,
		    "cut %" PRIu64 " byte%s of an unfinished event off its end",
		    n_cut, text_plural(n_cut));
}

/* Publishing. */

static bool
has_room(const struct source *source)
{
	const struct spool *spool = source->state;

	return !source->paused && !spool_queue_is_full(&spool->queue) &&
	    spool->n_unread < spool->queue.max;
}

static void
spool_on_end(void *ctx)
{
	struct spool *spool = ctx;
	bool had_room = has_room(spool->source);

	spool->n_unread = 0;
	if (!had_room && has_room(spool->source))
		source_room(spool->source);
}

static void
spool_finish(struct spool *spool, const struct spool_append *append, int error)
{
	struct source *source = spool->source;
	bool had_room = has_room(source);

	timer_stop(&spool->retry);
	spool->until_ms = 0;
	spool->n_unread += append->n;
	spool_queue_finish(
	    &spool->queue, append, source->context->place_key, error);
	if (!had_room && has_room(source))
		source_room(source);
}

/* Appends all that waits.  Returns whether that is settled. */
static bool
spool_flush(struct spool *spool)
{
	struct span blocks = buffer_span(&spool->queue.blocks);
	struct spool_append append;
	uint64_t now_ms = loop_now_ms();
	int rc;

	if (spool_queue_is_empty(&spool->queue))
		return true;
	if (spool->until_ms == 0)
		spool->until_ms = now_ms + PATIENCE_MS;
	rc = spool_file_append(
	    &spool->writer, blocks, spool_queue_first(&spool->queue), &append);
	if (rc == -EAGAIN && now_ms < spool->until_ms)
		return false;
	spool_tell_of_cut(spool->source, append.n_cut);
	if (rc < 0)
		source_warn(spool->source, "cannot append to it: %s",
		    rc == -EAGAIN ? "others write all the time"
				  : spool_file_error(rc));
	file_source_look(spool->file);
	spool_finish(spool, &append, rc);
	return true;
}

static void
on_flush(void *ctx)
{
	struct spool *spool = ctx;

	if (!spool_flush(spool))
		timer_start(&spool->retry, RETRY_MS);
}

static int
publish(
    struct source *source, const struct event *event, struct source_post *post)
{
	struct spool *spool = source->state;
	struct event usable = *event;
	int rc;

	usable.id = source_usable_id(source, event->id);
	rc = spool_queue_add(&spool->queue, &usable, post);
	/* Once it is tried again, the timer does that for all. */
	if (rc == 0 && spool->until_ms == 0)
		loop_defer(source->context->loop, &spool->flush);
	return rc;
}

/* Starting and ending. */

/* A file that cannot be written may still be read. */
static int
spool_create(struct source *source, struct spool *spool)
{
	uint64_t n_cut;
	int rc = spool_file_create(&spool->writer, &n_cut);

	spool_tell_of_cut(source, n_cut);
	if (rc == 0 || rc == -EAGAIN)
		return 0;
	source->why = spool_file_error(rc);
	if ((rc != -EACCES && rc != -EROFS && rc != -EPERM) ||
	    access(spool->writer.path, R_OK) < 0)
		return rc;
	source_warn(source, "it can only be read: %s", source->why);
	return 0;
}

static void
spool_give_up(struct spool *spool)
{
	const struct spool_append nothing = {.n = 0};

	if (!spool_queue_is_empty(&spool->queue))
		spool_finish(spool, &nothing, -ESHUTDOWN);
}

static void
fini(struct source *source)
{
	struct spool *spool = source->state;

	spool_give_up(spool);
	loop_forget(source->context->loop, &spool->flush);
	timer_fini(&spool->retry);
	file_source_fini(spool->file);
	free(spool);
}

static void
stop(struct source *source)
{
	struct spool *spool = source->state;

	if (!spool_flush(spool))
		spool_give_up(spool);
	source_stopped(source);
}

static void
spool_init(struct spool *spool, struct source *source)
{
	uint64_t half = source->context->spool_size / 2;

	spool->source = source;
	spool->writer = (struct spool_file){
	    .path = source->spec->argument,
	    .max_size = source->context->spool_size,
	    .sync = source->context->spool_sync,
	};
	spool->flush = (struct deferral){.callback = on_flush, .ctx = spool};
	spool_queue_init(
	    &spool->queue, half < QUEUE_BYTES ? half : QUEUE_BYTES);
}

static int
start(struct source *source, const struct source_begin *begin)
{
	struct spool *spool = calloc(1, sizeof(*spool));
	int rc;

	if (!spool)
		return -ENOMEM;
	source->state = spool;
	spool_init(spool, source);
	rc = timer_init(&spool->retry, source->context->loop, on_flush, spool);
	/*
	 * A viewer that catches up only reads.  Nor does it make a file to ask
	 * for a name.
	 */
	if (rc == 0 && !begin->only_at_id && !source->spec->argument_asked)
		rc = spool_create(source, spool);
	if (rc == 0)
		rc = file_source_start(&spool->file, source, begin);
	if (rc < 0)
		fini(source);
	else
		file_source_on_end(spool->file, spool_on_end, spool);
	return rc;
}

static void
resume(struct source *source)
{
	struct spool *spool = source->state;

	file_source_resume(spool->file);
}

static bool
are_level(const struct source *one, const struct source *other)
{
	const struct spool *a = one->state, *b = other->state;

	return file_source_are_level(a->file, b->file);
}

static const char *
parse(struct source_spec *spec)
{
	const char *star = strrchr(spec->argument, '*');

	spec->format = &format_sse;
	if (!source_spec_is_template(spec))
		return NULL;
	/* PATH.1 must not be the spool of another name. */
	return star[1] && !strchr(strchr(spec->argument, '*'), '/')
	    ? NULL
	    : "spool:PATH with a * in its last segment and something behind "
	      "that, as in /var/spool/pipecast/*.sse, after NAME/*=";
}

const struct source_kind source_spool = {
    .prefix = "spool:",
    .forms = {{"spool:PATH",
	"what visitors post, and others append, kept in a file", SOURCE_POST}},
    .needs_argument = true,
    .in_blocks = true,
    .has_templates = true,
    .n_descriptors = 3, /* the file, the next, and one to write to */
    .parse = parse,
    .start = start,
    .resume = resume,
    .stop = stop,
    .fini = fini,
    .are_level = are_level,
    .can_resume = file_source_can_resume,
    .publish = publish,
    .has_room = has_room,
};
