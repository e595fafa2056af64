/* SPDX-License-Identifier: MIT */

#include "program/hub_watch.h"

enum {
	LOOK_MS = 5000,         /* between two looks whether it is wanted */
	FIRST_VIEWER_MS = 5000, /* from the start until one must be there */
	LAST_EVENTS_MS = 60000, /* for the sources to end */
};

static bool
hub_is_unused(const struct hub_watch *watch)
{
	return watch->admission->n_connections == 0;
}

/* Another viewer may have come since the timer was started. */
static void
hub_on_idle(void *ctx)
{
	struct hub_watch *watch = ctx;

	if (hub_is_unused(watch))
		runtime_end(watch->runtime, LAST_EVENTS_MS);
}

static bool
hub_is_wanted(const struct hub_watch *watch)
{
	if (!endpoints_have_names(watch->endpoints))
		return false;
	return !(hub_is_unused(watch) || watch->other_has_started) ||
	    share_version_is_current(watch->version);
}

static void
hub_on_look(void *ctx)
{
	struct hub_watch *watch = ctx;

	if (!hub_is_wanted(watch)) {
		runtime_close(watch->runtime);
		return;
	}
	watch->other_has_started = false;
	timer_start(&watch->look, LOOK_MS);
}

int
hub_watch_init(struct hub_watch *watch, struct runtime *runtime,
    const struct endpoints *endpoints, const struct admission *admission,
    const struct share_version *version)
{
	int rc;

	*watch = (struct hub_watch){.runtime = runtime,
	    .endpoints = endpoints,
	    .admission = admission,
	    .version = version,
	    .started_ms = loop_now_ms()};
	rc = timer_init(&watch->idle, runtime->loop, hub_on_idle, watch);
	if (rc == 0)
		rc =
		    timer_init(&watch->look, runtime->loop, hub_on_look, watch);
	if (rc < 0)
		return rc;
	/* The first viewer is about to be handed over. */
	timer_start(
	    &watch->idle, FIRST_VIEWER_MS + runtime->options->linger_ms);
	timer_start(&watch->look, LOOK_MS);
	return 0;
}

/*
 * The connection may have been no viewer's, but that of another hub, while the
 * first viewer is on its way.
 */
static uint64_t
hub_linger_ms(const struct hub_watch *watch)
{
	uint64_t linger_ms = watch->runtime->options->linger_ms;
	uint64_t age_ms = loop_now_ms() - watch->started_ms;

	if (watch->admission->n_viewers_ever > 0 ||
	    age_ms + linger_ms >= FIRST_VIEWER_MS)
		return linger_ms;
	return FIRST_VIEWER_MS - age_ms;
}

/* The look is not now: a connection that is being closed has called. */
void
hub_watch_unused(struct hub_watch *watch)
{
	timer_start(&watch->idle, hub_linger_ms(watch));
	timer_start(&watch->look, 0);
}

void
hub_watch_other_started(struct hub_watch *watch)
{
	watch->other_has_started = true;
	timer_start(&watch->look, 0);
}

void
hub_watch_fini(struct hub_watch *watch)
{
	timer_fini(&watch->idle);
	timer_fini(&watch->look);
}
