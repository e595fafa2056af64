/* SPDX-License-Identifier: MIT */

#include "loop/loop.h"

#include "loop/log.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

/* How often a descriptor is tried that the kernel has no room to watch. */
enum { POLL_MS = 50 };

struct loop {
	struct event_base *base;
	loop_callback *on_turn_end;
	void *ctx;
	struct deferral *deferrals;
	bool stopped;
	bool again;
};

/*
 * libevent's messages repeat what its return values say, except for errors:
 * then it has no return value, but ends the process with status 1.
 */
enum { TIMERS_LEAST = 64 };

static void
on_message(int severity, const char *message)
{
	if (severity == EVENT_LOG_ERR)
		log_line(LOG_ERROR, "cannot go on: %s", message);
}

/* Without threads; EVENT_NOEPOLL and its like are not worth a look. */
static struct event_base *
loop_make_base(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base = NULL;

	if (!config)
		return NULL;
	if (event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK) == 0 &&
	    event_config_set_flag(config, EVENT_BASE_FLAG_IGNORE_ENV) == 0)
		base = event_base_new_with_config(config);
	event_config_free(config);
	return base;
}

static void
on_nothing(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	(void)ctx;
}

/*
 * libevent takes memory for more timers than there ever were at a time, and
 * without it one would never be due.  So there is room for those of a small
 * server from the start.
 */
static int
loop_make_room_for_timers(struct event_base *base)
{
	struct event timers[TIMERS_LEAST];
	const struct timeval later = {.tv_sec = 3600};
	int rc = 0, n;

	for (n = 0; n < TIMERS_LEAST && rc == 0; n++) {
		event_assign(&timers[n], base, -1, 0, on_nothing, NULL);
		if (event_add(&timers[n], &later) < 0)
			rc = -ENOMEM;
	}
	while (n > 0)
		event_del(&timers[--n]);
	return rc;
}

int
loop_create(struct loop **created)
{
	struct loop *loop = calloc(1, sizeof(*loop));

	*created = NULL;
	if (!loop)
		return -ENOMEM;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	event_set_log_callback(on_message);
	errno = ENOMEM;
	loop->base = loop_make_base();
	if (!loop->base) {
		int rc = -errno;

		free(loop);
		return rc;
	}
	if (loop_make_room_for_timers(loop->base) < 0) {
		loop_destroy(loop);
		return -ENOMEM;
	}
	*created = loop;
	return 0;
}

void
loop_destroy(struct loop *loop)
{
	if (!loop)
		return;
	event_base_free(loop->base);
	free(loop);
	libevent_global_shutdown();
}

void
loop_on_turn_end(struct loop *loop, loop_callback *hook, void *ctx)
{
	loop->on_turn_end = hook;
	loop->ctx = ctx;
}

void
loop_defer(struct loop *loop, struct deferral *deferral)
{
	if (deferral->waits)
		return;
	deferral->waits = true;
	deferral->next = loop->deferrals;
	loop->deferrals = deferral;
}

void
loop_forget(struct loop *loop, struct deferral *deferral)
{
	struct deferral **at = &loop->deferrals;

	if (!deferral->waits)
		return;
	while (*at != deferral)
		at = &(*at)->next;
	*at = deferral->next;
	deferral->waits = false;
}

static void
loop_end_turn(struct loop *loop)
{
	struct deferral *deferral;

	if (loop->on_turn_end)
		loop->on_turn_end(loop->ctx);
	while ((deferral = loop->deferrals)) {
		loop_forget(loop, deferral);
		deferral->callback(deferral->ctx);
	}
}

int
loop_run(struct loop *loop)
{
	while (!loop->stopped) {
		int how = EVLOOP_ONCE | (loop->again ? EVLOOP_NONBLOCK : 0);

		loop->again = false;
		if (event_base_loop(loop->base, how) != 0)
			return -EIO;
		loop_end_turn(loop);
	}
	loop->stopped = false;
	return 0;
}

void
loop_again(struct loop *loop)
{
	loop->again = true;
}

void
loop_stop(struct loop *loop)
{
	loop->stopped = true;
}

uint64_t
loop_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Timers. */

static void
loop_add_after(void *handle, uint64_t delay_ms)
{
	struct timeval delay = {
	    .tv_sec = (time_t)(delay_ms / 1000),
	    .tv_usec = (suseconds_t)(delay_ms % 1000 * 1000),
	};

	event_add(handle, &delay);
}

static void
on_timer(evutil_socket_t fd, short what, void *ctx)
{
	struct timer *timer = ctx;

	(void)fd;
	(void)what;
	timer->callback(timer->ctx);
}

int
timer_init(
    struct timer *timer, struct loop *loop, loop_callback *callback, void *ctx)
{
	*timer = (struct timer){.callback = callback, .ctx = ctx};
	timer->handle = event_new(loop->base, -1, 0, on_timer, timer);
	return timer->handle ? 0 : -ENOMEM;
}

void
timer_start(struct timer *timer, uint64_t delay_ms)
{
	loop_add_after(timer->handle, delay_ms);
}

void
timer_stop(struct timer *timer)
{
	event_del(timer->handle);
}

void
timer_fini(struct timer *timer)
{
	if (timer->handle)
		event_free(timer->handle);
	timer->handle = NULL;
}

/* Descriptors. */

static void
on_ready(evutil_socket_t fd, short what, void *ctx)
{
	struct watch *watch = ctx;

	(void)fd;
	(void)what;
	if (watch->is_polled)
		loop_add_after(watch->handle, watch->poll_ms);
	watch->callback(watch->ctx);
}

/* From now on the descriptor counts as ready again and again. */
static void
watch_poll_instead(struct watch *watch, uint64_t poll_ms)
{
	struct event_base *base = event_get_base(watch->handle);

	watch->is_polled = true;
	watch->poll_ms = poll_ms;
	event_assign(watch->handle, base, -1, 0, on_ready, watch);
}

static int
watch_init_any(struct watch *watch, struct loop *loop, int fd, short what,
    loop_callback *callback, void *ctx)
{
	*watch = (struct watch){.callback = callback, .ctx = ctx};
	watch->handle =
	    event_new(loop->base, fd, what | EV_PERSIST, on_ready, watch);
	return watch->handle ? 0 : -ENOMEM;
}

int
watch_init(struct watch *watch, struct loop *loop, int fd, enum watch_for what,
    loop_callback *callback, void *ctx)
{
	static const short events[] = {
	    [WATCH_READABLE] = EV_READ,
	    [WATCH_WRITABLE] = EV_WRITE,
	    /* As the hangup below: all of one descriptor must be alike. */
	    [WATCH_DRAINED] = EV_WRITE | EV_ET,
	};

	return watch_init_any(watch, loop, fd, events[what], callback, ctx);
}

/*
 * An error or hangup wakes every watch.  Edge-triggered, since bytes that a
 * peer sends and nobody reads must not keep the loop awake.
 */
int
watch_init_hangup(struct watch *watch, struct loop *loop, int fd,
    loop_callback *callback, void *ctx)
{
	int rc =
	    watch_init_any(watch, loop, fd, EV_READ | EV_ET, callback, ctx);

	watch->is_of_hangup = true;
	return rc;
}

/* The kernel refuses to wait for a file that is always ready. */
static void
watch_start_without_kernel(struct watch *watch, int error)
{
	/* A regular file has no reader that could go. */
	if (watch->is_of_hangup)
		watch_fini(watch);
	else
		watch_poll_instead(watch, error == EPERM ? 0 : POLL_MS);
}

void
watch_set(struct watch *watch, bool started)
{
	if (!watch->handle || watch->started == started)
		return;
	watch->started = started;
	if (!started)
		event_del(watch->handle);
	else if (!watch->is_polled && event_add(watch->handle, NULL) < 0)
		watch_start_without_kernel(watch, errno);
	if (started && watch->is_polled)
		loop_add_after(watch->handle, 0);
}

void
watch_fini(struct watch *watch)
{
	if (watch->handle)
		event_free(watch->handle);
	watch->handle = NULL;
}

/* Signals. */

static void
on_signal(evutil_socket_t number, short what, void *ctx)
{
	struct signal_watch *watch = ctx;

	(void)number;
	(void)what;
	watch->callback(watch->ctx);
}

int
signal_watch_init(struct signal_watch *watch, struct loop *loop, int number,
    loop_callback *callback, void *ctx)
{
	*watch = (struct signal_watch){.callback = callback, .ctx = ctx};
	watch->handle = event_new(
	    loop->base, number, EV_SIGNAL | EV_PERSIST, on_signal, watch);
	if (!watch->handle || event_add(watch->handle, NULL) < 0)
		return -ENOMEM;
	return 0;
}

void
signal_watch_fini(struct signal_watch *watch)
{
	if (watch->handle)
		event_free(watch->handle);
	watch->handle = NULL;
}
