/* SPDX-License-Identifier: MIT */

#include "sources/path_watch.h"

#include "loop/descriptor.h"
#include "sources/path_notify.h"

static bool
path_watch_has_only_timer(const struct path_watch *watch)
{
	return watch->directory < 0 || (watch->following && watch->file < 0) ||
	    (watch->awaiting && watch->next < 0);
}

static void
path_watch_schedule(struct path_watch *watch)
{
	timer_start(&watch->timer,
	    path_watch_has_only_timer(watch) ? PATH_WATCH_FAST_MS
					     : PATH_WATCH_SLOW_MS);
}

static void
on_timer(void *ctx)
{
	struct path_watch *watch = ctx;

	path_notify_watch_directory(watch);
	path_watch_schedule(watch);
	watch->on_change(watch->ctx);
}

static void
on_notify(void *ctx)
{
	struct path_watch *watch = ctx;

	path_notify_read(watch);
	watch->on_change(watch->ctx);
}

int
path_watch_init(struct path_watch *watch, struct loop *loop, const char *path,
    loop_callback *on_change, void *ctx)
{
	int rc;

	*watch = (struct path_watch){
	    .path = path,
	    .notify = path_notify_open(),
	    .directory = -1,
	    .file = -1,
	    .next = -1,
	    .on_change = on_change,
	    .ctx = ctx,
	};
	rc = timer_init(&watch->timer, loop, on_timer, watch);
	if (rc == 0 && watch->notify >= 0)
		rc = watch_init(&watch->watch, loop, watch->notify,
		    WATCH_READABLE, on_notify, watch);
	if (rc < 0) {
		path_watch_fini(watch);
		return rc;
	}
	watch_set(&watch->watch, true);
	path_notify_watch_directory(watch);
	path_watch_schedule(watch);
	return 0;
}

void
path_watch_await(struct path_watch *watch, int fd)
{
	watch->awaiting = true;
	path_notify_watch_file(watch, &watch->next, fd);
	path_watch_schedule(watch);
}

void
path_watch_follow(struct path_watch *watch, int fd)
{
	watch->following = true;
	watch->awaiting = false;
	path_notify_unwatch(watch, &watch->next);
	path_notify_watch_file(watch, &watch->file, fd);
	path_watch_schedule(watch);
}

void
path_watch_fini(struct path_watch *watch)
{
	timer_fini(&watch->timer);
	watch_fini(&watch->watch);
	descriptor_close(&watch->notify);
}
