/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_SOURCES_REDIS_STATE_H
#define PIPECAST_SOURCES_REDIS_STATE_H

/*
 * The state of redis: sources, for redis*.c alone.
 *
 * All such sources of a process share a hub, which has two connections: one
 * waits in XREAD for entries of all keys; by the other go what sources ask and
 * what visitors post, and it wakes the first when the keys have changed.  If
 * one breaks, both begin anew.
 *
 * The hub's states:
 *
 *   NEW    it connects for the first time; posts wait
 *   THERE  both connections can be used
 *   AWAY   there is none, or Redis does not let us in; posts are refused
 */

#include "core/jitter.h"
#include "sources/redis_connection.h"
#include "sources/redis_entries.h"
#include "sources/source.h"

enum redis_hub_state {
	REDIS_NEW,
	REDIS_THERE,
	REDIS_AWAY,
};

/* What goes on in XREAD (redis_read.c). */
struct redis_reading {
	struct redis_source **set; /* that take part, in its order; or NULL */
	size_t n_set, max_set;
	size_t at;                    /* whose entries arrive */
	struct redis_source *current; /* the same, or NULL */
	struct redis_entries entries;
	unsigned count; /* entries of each key that are asked for */
	size_t n_bytes; /* of the reply */
	uint64_t asked_ms;
	uint64_t block_ms; /* that Redis waits for entries */
	bool brings_any;
	bool is_out;      /* its reply is awaited */
	bool has_changed; /* others are to take part than do */
	bool is_unblocking;
	bool brings_news;
	/* Redis refuses it: the checks say which key is the cause. */
	enum redis_trust {
		REDIS_TRUSTED,
		REDIS_DOUBTED,
		REDIS_CHECKED, /* those that are left should do */
	} trust;
	struct deferral advance;
	struct timer again;
};

struct redis_hub {
	struct redis_hub **self; /* where sources find it */
	size_t n_references;
	const struct source_context *context;
	struct redis_connection reader, writer;
	enum redis_hub_state state;
	size_t n_greetings;  /* whose replies are awaited */
	uint64_t client_id;  /* of the reader, 0: not known */
	const char *trouble; /* why it is away */
	bool told_of_refusal;
	uint64_t since_ms; /* of its state */
	uint64_t backoff_ms;
	struct jitter jitter;
	struct timer retry;
	struct link sources;
	struct redis_reading reading;
	struct buffer json;
};

/*
 *   state        place                          next
 *   SEEKING      not known; Redis is asked      FOLLOWING, REFUSED
 *   FOLLOWING    is read on, unless paused      REFUSED, SEEKING
 *   CATCHING_UP  the same, for one viewer       REFUSED
 *   REFUSED      Redis does not let us read the key; tried again
 */
enum redis_source_state {
	REDIS_SEEKING,
	REDIS_FOLLOWING,
	REDIS_CATCHING_UP,
	REDIS_REFUSED,
};

/* What Redis has said of a key, to see whether anything is missing. */
struct redis_check {
	bool is_out;           /* its replies are awaited */
	bool is_last_next;     /* the next token is it */
	struct redis_id last;  /* last-generated-id */
	bool is_found;         /* the entry of the place is there */
	struct redis_id known; /* was there when it was asked */
};

struct redis_source {
	struct link link; /* the hub's */
	struct source *source;
	struct redis_hub *hub;
	enum redis_source_state state, before; /* it was refused */
	/* Everything up to there has been delivered, or is not wanted. */
	struct redis_id place;
	bool is_entry;    /* that place was an entry, as far as is known */
	bool is_in_doubt; /* entries after the place may be missing */
	/*
	 * A viewer says that it has seen that place: it is told if it is gone.
	 */
	bool is_promised;
	struct redis_id promised;
	bool is_stopping;
	struct redis_id acked; /* the last that was posted here */
	struct redis_check check;
	size_t n_got;     /* entries of the last reply */
	bool is_dropping; /* the rest of it: the source was paused */

	/* Seeking and catching up: a question that the writer carries. */
	struct redis_entries entries;
	bool is_asked;
	unsigned count;
	size_t n_replied;
	size_t n_past, n_past_bytes; /* found so far */
	bool has_past;               /* as much as is wanted */
	uint64_t replay;             /* entries of it that are wanted */
	struct redis_id oldest, newest;
	struct timer again;

	struct link posts; /* on their way */
	size_t n_posts;
};

/* redis_hub.c */

/* Joins the hub of all, which is made if need be.  Returns 0 or -ENOMEM. */
int redis_hub_join(struct redis_source *member);
void redis_hub_leave(struct redis_source *member);

/* Both connections end, and begin anew. */
void redis_hub_break(struct redis_hub *hub, const char *why);

/*
 * Handles an error of Redis that is not about a key: breaks.  Returns false if
 * it is about one: *what receives what to do (static).
 */
bool redis_hub_takes_error(
    struct redis_hub *hub, const char *error, const char **what);

/* redis_read.c */

int redis_reading_init(struct redis_hub *hub);
void redis_reading_fini(struct redis_hub *hub);
/* The sources that are to be read have changed. */
void redis_reading_change(struct redis_hub *hub);
/* The source is read no more. */
void redis_reading_remove(struct redis_hub *hub, struct redis_source *member);
/* The connection is gone; and there is one again. */
void redis_reading_end(struct redis_hub *hub);
void redis_reading_begin(struct redis_hub *hub);

/* The verdict on a source is there. */
void redis_reading_on_checked(struct redis_hub *hub);

/* redis_wake.c */

/* Ends the XREAD that waits, if Redis has told us how. */
void redis_reading_unblock(struct redis_hub *hub);

/* redis_check.c */

/* Finds a member's last ID in the reply of XINFO STREAM. */
void redis_check_take_info(
    struct redis_check *check, const struct redis_token *token);
/* Whether the error says that there is no such key. */
bool redis_check_is_missing(const char *error);

/* Asks by the reader whether anything is missing; a verdict follows. */
void redis_check_ask(struct redis_source *member);

/* redis_seek.c */

/* Asks for the next that is needed, if Redis is there. */
void redis_seek(struct redis_source *member);
void redis_catch_up(struct redis_source *member);

/* redis_post.c */

int redis_post_publish(
    struct source *source, const struct event *event, struct source_post *to);
bool redis_post_has_room(const struct source *source);
/* Tells those that are on their way that their outcome is not known. */
void redis_post_give_up(struct redis_source *member);

/* redis.c */

/* Takes an entry: emits it, if the source wants it now. */
void redis_source_take(
    struct redis_source *member, const struct redis_entry *entry);
/* An entry of that id is none, and is skipped. */
void redis_source_skip(struct redis_source *member, struct redis_id id);
/* Events before the place are missing, or were not what a viewer has seen. */
void redis_source_lose(struct redis_source *member);
/* Redis refuses its key, with that error. */
void redis_source_refuse(
    struct redis_source *member, const char *error, const char *what);
/* Redis is there again; or is no more. */
void redis_source_begin(struct redis_source *member);
void redis_source_pause(struct redis_source *member, const char *trouble);
/* Nothing is on its way any more. */
void redis_source_rest(struct redis_source *member);

#endif
