/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PROGRAM_SHARE_PLACE_H
#define PIPECAST_PROGRAM_SHARE_PLACE_H

/*
 * Where the CGI processes of a script find its hub: a socket in a folder that
 * belongs to this user alone, $XDG_RUNTIME_DIR/pipecast or else
 * /tmp/pipecast-UID.  The socket's name is the digest of the hub's version
 * (program/share_version.h).
 */

#include "core/digest.h"

#include <stdbool.h>
#include <sys/types.h>

struct share_place {
	int folder;       /* its descriptor */
	char path[108];   /* of the socket */
	const char *name; /* the part of it behind the folder */
};

/*
 * Finds the place, and makes the folder if it is missing.  Returns whether it
 * can be used, having logged why not; the caller must call share_place_close in
 * either case.
 */
bool share_place_open(struct share_place *place, const struct digest *version);
void share_place_close(struct share_place *place);

/*
 * Waits up to that time until no other process starts a hub in the folder.
 * Returns a descriptor that holds the lock until it is closed, or a negative
 * errno: -EAGAIN if it takes too long.
 */
int share_place_lock(const struct share_place *place, unsigned within_ms);

/* The identity of the socket file; 0 if there is none. */
struct share_socket {
	dev_t device;
	ino_t inode;
};

struct share_socket share_place_look(const struct share_place *place);

/*
 * Removes the socket file, if it is still that one.  To be called with the lock
 * held.
 */
void share_place_remove(
    const struct share_place *place, struct share_socket socket);

/*
 * Removes the sockets of hubs that were killed.  With the lock held, and while
 * no hub listens at this place.
 */
void share_place_sweep(const struct share_place *place);

/*
 * A hub has started here: tells the other hubs, the place of which it may have
 * taken.
 */
void share_place_tell_others(const struct share_place *place);

#endif
