/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PROGRAM_HUB_WATCH_H
#define PIPECAST_PROGRAM_HUB_WATCH_H

/*
 * When a hub ends by itself:
 *
 *	it had no viewer for --linger;
 *	its version is no longer current, so that no further viewer comes to it,
 *	and it has no viewer, or another hub has started meanwhile: only then
 *	is it known that its viewers find one when they come back;
 *	its socket has lost its name.
 *
 * In the last two cases its viewers are sent away, to come back.
 */

#include "program/endpoints.h"
#include "program/runtime.h"
#include "program/share_version.h"

struct hub_watch {
	struct runtime *runtime;
	const struct endpoints *endpoints;
	const struct admission *admission;
	const struct share_version *version;
	uint64_t started_ms;
	bool other_has_started; /* since the last look */
	struct timer idle;      /* nobody has used it for --linger */
	struct timer look;
};

/*
 * The hub has started.  All but the watch, which is zeroed, is borrowed.
 * Returns 0 or -ENOMEM.
 */
int hub_watch_init(struct hub_watch *watch, struct runtime *runtime,
    const struct endpoints *endpoints, const struct admission *admission,
    const struct share_version *version);

/* The last connection has gone. */
void hub_watch_unused(struct hub_watch *watch);

/* Another hub has started. */
void hub_watch_other_started(struct hub_watch *watch);

/* Of zeroes, nothing. */
void hub_watch_fini(struct hub_watch *watch);

#endif
