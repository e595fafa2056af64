/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_SOURCES_SOURCE_H
#define PIPECAST_SOURCES_SOURCE_H

/*
 * Sources: where events come from.  A source is described by a source_spec
 * (the command line's "NAME=KIND:..." with its options), runs on a loop, and
 * hands its events upward.  It pauses when told that no more is wanted, and
 * loses nothing meanwhile.
 *
 * A source is one file with one struct source_kind.
 */

#include "core/list.h"
#include "core/place.h"
#include "core/rate_limit.h"
#include "loop/child.h"
#include "loop/loop.h"
#include "sources/path_notifier.h"
#include "sources/source_spec.h"

struct source;
struct redis_hub;
struct redis_url;

/* What redis: sources share. */
struct redis_context {
	const struct redis_url *url;
	uint64_t maxlen;        /* of a stream that is posted to; 0: any */
	struct redis_hub **hub; /* theirs; it leads to NULL without any */
};

/* Shared by all sources. */
struct source_context {
	struct loop *loop;
	struct children *children;
	struct path_notifier *notifier;
	size_t max_event;
	size_t history;
	const struct place_key *place_key; /* of files, NULL: there are none */
	uint64_t past_until_ms; /* until then, start reads a source's past */
	uint64_t spool_size;    /* at which a spool is rotated */
	bool spool_sync;        /* an event counts once the disk has it */
	const struct redis_context *redis;
};

/* Where a source that can be read again begins. */
struct source_begin {
	uint64_t replay;           /* events of its past that are wanted */
	struct span last_event_id; /* absent: none */
	bool only_at_id;           /* else do not start at all: -ENOENT */
};

/* How a command ended; exit_status -1 and signal 0 if there was none. */
struct source_ending {
	int exit_status;
	int signal;
};

/*
 * Events on their way from a visitor into a source, in the visitor's memory.
 * Each that the source has to keep has a ticket there.
 */
struct source_post {
	struct link tickets; /* of what is not acknowledged, in its order */
	struct span user;    /* its sender, if known; borrowed like the event */
	/*
	 * After -EINVAL: what is wrong with it.  After another error: why it is
	 * not taken, or NULL.  A sentence for the visitor, static.
	 */
	const char *why;
	/*
	 * Called once for each event, in their order: with 0 and the id that it
	 * has where it was posted to (absent: none is known, or more of them
	 * are on their way); or with a negative errno if it is not published
	 * and never will be.  Then those after it are given up, and only those
	 * before it, if any, are still on their way.  The post may then be
	 * freed.
	 */
	void (*on_published)(
	    struct source_post *post, int error, struct span id);
};

/* Its visitor is told nothing any more of what is on its way.  Idempotent. */
void source_post_give_up(struct source_post *post);

/* A posted event that is not acknowledged; in its source's memory. */
struct source_ticket {
	struct link link;
	struct source_post *post; /* NULL: it was given up */
};

/* The last of the post's. */
void source_ticket_open(struct source_ticket *ticket, struct source_post *post);

/* Whether its post is to be told its id: if it is the last. */
bool source_ticket_needs_id(const struct source_ticket *ticket);

/* Tells its post, unless it was given up; that may free the post. */
void source_ticket_close(
    struct source_ticket *ticket, int error, struct span id);

/* Upward calls. */
struct source_listener {
	/*
	 * position is an event id for this place in the source if the
	 * source can be resumed there, else absent.  The post, unless NULL, is
	 * to be told the outcome.  Returns whether more is wanted now; if not,
	 * source_resume is called later.
	 */
	bool (*on_event)(void *ctx, const struct event *event,
	    struct span position, struct source_post *post);
	/*
	 * So many events were skipped, or may be missing (GAP_UNKNOWN):
	 * viewers are to be told so in their place.
	 */
	void (*on_loss)(void *ctx, uint64_t n);
	/*
	 * The last event ID after which it was to begin, and said that it would
	 * (resumed_at_id), is not there: what is sent after it may not be all.
	 * NULL: the kinds in question always know at once.
	 */
	void (*on_gone)(void *ctx, struct span last_event_id);
	/* The source has ended for good. */
	void (*on_end)(void *ctx, const struct source_ending *ending);
	/* source_stop is complete. */
	void (*on_stopped)(void *ctx);
	/* All input so far has been read.  NULL: that does not matter. */
	void (*on_idle)(void *ctx);
	/* reads_past is over.  NULL: that does not matter. */
	void (*on_past_read)(void *ctx);
	/* source_has_room again.  NULL: that does not matter. */
	void (*on_room)(void *ctx);
	void *ctx;
};

struct source {
	const struct source_spec *spec;
	const struct source_context *context;
	struct source_listener listener;
	struct source_ending ending;
	bool paused; /* no more is wanted for now */
	bool ended;
	bool reads_past;    /* delivers what was there when it was started */
	const char *why;    /* it cannot start, if not an errno; static */
	bool resumed_at_id; /* begins right after the last event ID asked for */
	/*
	 * Why it gets no events though it runs (static), or NULL; since then.
	 */
	const char *trouble;
	uint64_t trouble_since_ms;
	/* Whether these were warned of, once each. */
	bool told_of_reserved_id;
	bool told_of_unsendable_id;
	bool told_of_blanks;
	bool told_of_type;
	bool told_of_holding_back;
	struct rate_limit *warnings; /* NULL before the first */
	void *state;                 /* the kind's */
};

enum { SOURCE_FORMS_MAX = 2 };

struct source_kind {
	const char *prefix; /* "file:", or the whole of it: "-" */
	struct source_form forms[SOURCE_FORMS_MAX];
	bool needs_argument; /* after the prefix */
	bool has_latest;     /* each event says how things are until the next */
	bool in_blocks;      /* several append to its file, whole blocks each */
	bool ids_are_places; /* of its input; it can be resumed there */
	unsigned n_descriptors; /* that a source holds at most */
	bool has_templates;     /* its argument may be made from a name */
	/*
	 * Checks the argument, and sets the form if it is not the first.
	 * Returns NULL, or the right form (static).  May be NULL.
	 */
	const char *(*parse)(struct source_spec *spec);
	/*
	 * Whether there is something to be read for a source that was made from
	 * a template.  NULL: there always is.
	 */
	bool (*exists)(const struct source_spec *spec);
	/*
	 * Why two sources of the kind cannot stand side by side (static), or
	 * NULL.  May be NULL.
	 */
	const char *(*conflict)(
	    const struct source_spec *a, const struct source_spec *b);
	/*
	 * Sets state, never to NULL.  Returns 0 or a negative errno, having
	 * cleaned up.
	 */
	int (*start)(struct source *source, const struct source_begin *begin);
	/* More is wanted again.  NULL: it need not be told. */
	void (*resume)(struct source *source);
	/*
	 * Ends its commands and timers, then calls source_stopped, at once or
	 * later.  NULL: it has none.
	 */
	void (*stop)(struct source *source);
	/* Frees state. */
	void (*fini)(struct source *source);
	/*
	 * Whether the event id is of a place in what the source reads, from
	 * which another source of the same spec could begin, if the place is
	 * still there.  NULL: the kind has no places.
	 */
	bool (*can_resume)(const struct source_spec *spec, struct span id);
	/*
	 * Whether that place may be of something older, of which there is only
	 * a copy: an event of that id need not be the one that had it first.
	 * NULL: that never happens.
	 */
	bool (*is_of_copy)(const struct source_spec *spec,
	    const struct source_context *context, struct span id);
	/*
	 * Whether two sources of the same spec have read the same: nothing is
	 * left to one that the other has handed up.  NULL: that is never known.
	 */
	bool (*are_level)(const struct source *a, const struct source *b);
	/*
	 * Publishes an event that a visitor sent; as source_publish, but only
	 * while the source runs.  NULL: the kind takes no posts.
	 */
	int (*publish)(struct source *source, const struct event *event,
	    struct source_post *post);
	/*
	 * As source_has_room; when that becomes true, the kind calls
	 * source_room.  NULL: unless the source is paused.
	 */
	bool (*has_room)(const struct source *source);
	/*
	 * Looks at each event of its input first.  Returns whether viewers are
	 * to get it.  NULL: they are.
	 */
	bool (*on_input)(struct source *source, const struct event *event);
	/*
	 * What is posted reaches only the viewers of this process, so that
	 * plain CGI, with a process for each request, cannot take posts.
	 */
	bool posts_stay_inside;
};

extern const struct source_kind source_standard_input, source_fifo, source_file,
    source_spool, source_command, source_timer, source_memory, source_redis,
    source_relay, source_secure_relay, source_journal;

/*
 * Starts the source: opens its file, if it has one, and begins to deliver from
 * the loop.  A file's past, if wanted, is delivered before this returns,
 * or later if that takes long; until then source->reads_past.
 * Returns 0, or a negative errno, having cleaned up; then only
 * source_log_failure may be called.
 */
int source_start(struct source *source, const struct source_spec *spec,
    const struct source_context *context,
    const struct source_listener *listener, const struct source_begin *begin);

/* Logs why the source did not start. */
void source_log_failure(const struct source *source, int error);

/* More is wanted again.  Returns whether it had been paused. */
bool source_resume(struct source *source);

/*
 * Whether an event may be published now; if not, on_room follows, or on_end.
 */
bool source_has_room(const struct source *source);

/*
 * Publishes an event that a visitor sent, while source_has_room.  The event is
 * borrowed until this returns; the post until on_published for the last of its
 * events, which may come before this returns, or until it is given up.  Returns
 * 0, or a negative errno, and on_published is not called for it: -EINVAL if the
 * source cannot take this event, with post->why; -ENOTSUP if it takes no posts;
 * -ESHUTDOWN once it has ended; another if it cannot take one now.
 */
int source_publish(
    struct source *source, const struct event *event, struct source_post *post);

/* Stops it; on_stopped follows, perhaps before this returns. */
void source_stop(struct source *source);

/* Frees it, in any state.  Idempotent. */
void source_fini(struct source *source);

/* For the kinds. */

/* How its input is taken. */
struct input_options source_input_options(const struct source *source);

/* The sink for a format's events and rejections: they become the source's. */
struct event_sink source_sink(struct source *source);

/*
 * Hands an event up, with the source's type if it has none of its own.  An id
 * that a viewer could not send back unchanged is left out, so that the event
 * gets one of ours.
 */
bool source_emit(
    struct source *source, const struct event *event, struct span position);

/* The same for an event that a visitor sent: its post is told the outcome. */
bool source_emit_post(struct source *source, const struct event *event,
    struct span position, struct source_post *post);

/*
 * An event's own id as a viewer will send it back; absent if that is
 * impossible, which is warned of, or if there is none.
 */
struct span source_usable_id(struct source *source, struct span id);

/* So many events are missing here, or GAP_UNKNOWN (core/gap.h). */
void source_lose(struct source *source, uint64_t n);

/* The last event ID that it was to begin after is not there (on_gone). */
void source_gone(struct source *source, struct span last_event_id);

/* All input so far has been read. */
void source_idle(struct source *source);

void source_end(struct source *source);

/* reads_past is over, if it was set. */
void source_past_read(struct source *source);

void source_stopped(struct source *source);

/* Events may be published again. */
void source_room(struct source *source);

/*
 * Logs "SOURCE: ..." as a warning.  Warnings with the same format are of one
 * kind; if there are many of a kind, most are only counted.
 */
void source_warn(struct source *source, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
