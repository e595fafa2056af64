/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_LOOP_LOOP_H
#define PIPECAST_LOOP_LOOP_H

/*
 * The event loop: a thin layer over libevent.  A loop runs in turns: callbacks
 * for everything that is ready, then the hook for the end of the turn, where
 * streams write.
 *
 * Watches, timers and signal handlers are structs in their owner's memory; they
 * may be stopped from within any callback.
 */

#include <stdbool.h>
#include <stdint.h>

struct loop;

typedef void loop_callback(void *ctx);

/*
 * Returns 0, or -ENOMEM or another errno if the system cannot provide a loop;
 * *created is NULL then.  Ignores SIGPIPE and SIGXFSZ.
 */
int loop_create(struct loop **created);
void loop_destroy(struct loop *loop);

/* Calls the hook at the end of every turn. */
void loop_on_turn_end(struct loop *loop, loop_callback *hook, void *ctx);

/*
 * Runs turns until loop_stop, which may be called before; it can be run again
 * afterwards.  Returns 0, or -EIO if waiting failed.
 */
int loop_run(struct loop *loop);

/*
 * A call put off to the end of the turn, after the hook: for what must not
 * happen under a callback that is still running, such as freeing its memory.
 * It lies in its owner's memory, with the callback set.
 */
struct deferral {
	struct deferral *next;
	bool waits;
	loop_callback *callback;
	void *ctx;
};

/* Calls back once at the end of this turn, however often it is called. */
void loop_defer(struct loop *loop, struct deferral *deferral);

/* Takes that back.  Idempotent. */
void loop_forget(struct loop *loop, struct deferral *deferral);

/* Lets the next turn begin at once, even with nothing ready. */
void loop_again(struct loop *loop);

void loop_stop(struct loop *loop);

/* Milliseconds of a clock that never goes back. */
uint64_t loop_now_ms(void);

struct timer {
	void *handle; /* libevent's event */
	loop_callback *callback;
	void *ctx;
};

/* Returns 0 or -ENOMEM. */
int timer_init(
    struct timer *timer, struct loop *loop, loop_callback *callback, void *ctx);

/* Calls back once after that time; replaces an earlier start. */
void timer_start(struct timer *timer, uint64_t delay_ms);
void timer_stop(struct timer *timer);
void timer_fini(struct timer *timer);

enum watch_for {
	WATCH_READABLE,
	WATCH_WRITABLE,
	WATCH_DRAINED, /* writable, beside a watch_init_hangup */
};

/*
 * A descriptor watched for one thing, while it is started.  A regular file, and
 * any other that the kernel cannot wait for, is always ready: the callback
 * comes once a turn.  One that the kernel has no room to watch counts as ready
 * several times a second, so the callback may find nothing to read, or no room
 * to write.
 */
struct watch {
	void *handle; /* libevent's event */
	uint64_t poll_ms;
	bool is_of_hangup;
	bool is_polled;
	bool started;
	loop_callback *callback;
	void *ctx;
};

/* Returns 0 or -ENOMEM.  The descriptor stays the caller's. */
int watch_init(struct watch *watch, struct loop *loop, int fd,
    enum watch_for what, loop_callback *callback, void *ctx);

/* Starts or stops it.  Idempotent. */
void watch_set(struct watch *watch, bool started);
void watch_fini(struct watch *watch);

/*
 * A descriptor on which bytes are only written, watched for its reader going
 * away while nothing is written.  The callback may come without need:
 * descriptor_peer_gone tells.
 */
int watch_init_hangup(struct watch *watch, struct loop *loop, int fd,
    loop_callback *callback, void *ctx);

struct signal_watch {
	void *handle; /* libevent's event */
	loop_callback *callback;
	void *ctx;
};

/* Calls back from the loop after the signal.  Returns 0 or -ENOMEM. */
int signal_watch_init(struct signal_watch *watch, struct loop *loop, int number,
    loop_callback *callback, void *ctx);
void signal_watch_fini(struct signal_watch *watch);

#endif
