/* SPDX-License-Identifier: MIT */

#include "sources/path_watch.h"

#include <stdlib.h>
#include <string.h>

static bool
path_watch_needs_timer(const struct path_watch *watch)
{
	return watch->folder.number < 0 ||
	    (watch->following && watch->file.number < 0) ||
	    (watch->awaiting && watch->next.number < 0);
}

static void
path_watch_schedule(struct path_watch *watch)
{
	timer_start(&watch->timer,
	    path_watch_needs_timer(watch) ? PATH_WATCH_FAST_MS
					  : PATH_WATCH_SLOW_MS);
}

/* A folder that is gone may be there again. */
static void
path_watch_mark_folders(struct path_watch *watch)
{
	if (watch->folder.number < 0) {
		watch->is_blind = true;
		path_mark_folder_of(
		    &watch->folder, watch->notifier, watch->path);
	}
	if (watch->target && watch->target_folder.number < 0) {
		watch->is_blind = true;
		path_mark_folder_of(
		    &watch->target_folder, watch->notifier, watch->target);
	}
}

static void
on_timer(void *ctx)
{
	struct path_watch *watch = ctx;

	path_watch_mark_folders(watch);
	path_watch_schedule(watch);
	watch->on_change(watch->ctx);
}

/* Changes that the system reports. */

/* Looks at the path soon, but not while notifications are being read. */
static void
path_watch_wake(struct path_watch *watch)
{
	timer_start(&watch->timer, 0);
}

/* Whether a file has come; its name is the path's own and the suffix. */
static bool
path_watch_is_file(enum path_change change, const char *suffix)
{
	if (*suffix == '\0')
		return change == PATH_CREATED || change == PATH_MOVED;
	return change == PATH_CREATED && suffix[0] == '.' && suffix[1] >= '1' &&
	    suffix[1] <= '9' && suffix[2] == '\0';
}

static void
path_watch_see(struct path_watch *watch, enum path_change change,
    const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;

	if (!name) {
		if (change == PATH_GONE || change == PATH_UNSEEN)
			watch->is_blind = true;
		path_watch_wake(watch);
		return;
	}
	/* The name itself, or that of a rotated file. */
	if (strncmp(name, base, strlen(base)) != 0)
		return;
	if (path_watch_is_file(change, name + strlen(base)))
		watch->n_files++;
	path_watch_wake(watch);
}

#define WATCH_OF(MARK, MEMBER) \
	((struct path_watch *)(void *)((char *)(MARK)-offsetof( \
	    struct path_watch, MEMBER)))

static void
on_folder(struct path_mark *mark, enum path_change change, const char *name)
{
	struct path_watch *watch = WATCH_OF(mark, folder);

	path_watch_see(watch, change, watch->path, name);
}

static void
on_target_folder(
    struct path_mark *mark, enum path_change change, const char *name)
{
	struct path_watch *watch = WATCH_OF(mark, target_folder);

	if (watch->target)
		path_watch_see(watch, change, watch->target, name);
}

static void
on_file(struct path_mark *mark, enum path_change change, const char *name)
{
	(void)change;
	(void)name;
	path_watch_wake(WATCH_OF(mark, file));
}

static void
on_next(struct path_mark *mark, enum path_change change, const char *name)
{
	(void)change;
	(void)name;
	path_watch_wake(WATCH_OF(mark, next));
}

/* From outside. */

int
path_watch_init(struct path_watch *watch, struct loop *loop,
    struct path_notifier *notifier, const char *path, loop_callback *on_change,
    void *ctx)
{
	int rc;

	*watch = (struct path_watch){
	    .path = path,
	    .notifier = notifier,
	    .folder.on_change = on_folder,
	    .target_folder.on_change = on_target_folder,
	    .file.on_change = on_file,
	    .next.on_change = on_next,
	    .on_change = on_change,
	    .ctx = ctx,
	};
	path_mark_init(&watch->folder, notifier);
	path_mark_init(&watch->target_folder, notifier);
	path_mark_init(&watch->file, notifier);
	path_mark_init(&watch->next, notifier);
	rc = timer_init(&watch->timer, loop, on_timer, watch);
	if (rc < 0)
		return rc;
	path_watch_mark_folders(watch);
	watch->is_blind = watch->folder.number < 0;
	path_watch_schedule(watch);
	return 0;
}

uint64_t
path_watch_count(struct path_watch *watch)
{
	path_notifier_read(watch->notifier);
	return watch->is_blind ? PATH_WATCH_BLIND : watch->n_files;
}

void
path_watch_await(struct path_watch *watch, int fd)
{
	watch->awaiting = true;
	path_mark_file(&watch->next, watch->notifier, fd);
	path_watch_schedule(watch);
}

/* Without memory for the target, what happens there is not seen. */
static void
path_watch_set_target(struct path_watch *watch, const char *target)
{
	free(watch->target);
	watch->target = target ? strdup(target) : NULL;
	if (watch->target)
		path_mark_folder_of(
		    &watch->target_folder, watch->notifier, target);
	else
		path_mark_file(&watch->target_folder, watch->notifier, -1);
}

void
path_watch_follow(struct path_watch *watch, int fd, const char *target)
{
	watch->following = true;
	watch->awaiting = false;
	path_mark_file(&watch->next, watch->notifier, -1);
	path_mark_file(&watch->file, watch->notifier, fd);
	path_watch_set_target(watch, target);
	watch->is_blind = watch->folder.number < 0 ||
	    (target && watch->target_folder.number < 0);
	path_watch_schedule(watch);
}

void
path_watch_fini(struct path_watch *watch)
{
	timer_fini(&watch->timer);
	path_mark_fini(&watch->folder, watch->notifier);
	path_mark_fini(&watch->target_folder, watch->notifier);
	path_mark_fini(&watch->file, watch->notifier);
	path_mark_fini(&watch->next, watch->notifier);
	free(watch->target);
	watch->target = NULL;
}
