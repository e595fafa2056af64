/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_SOURCES_FILE_PLACES_H
#define PIPECAST_SOURCES_FILE_PLACES_H

/*
 * Finds a place (core/place.h) again among the files of a followed name.  A
 * renamed file keeps its identity; a copy has another one, and is recognised by
 * the bytes before the place alone.
 */

#include "sources/file_names.h"

/*
 * Reads the up to PLACE_WINDOW bytes in front of the offset; fewer if the file
 * is shorter.
 */
struct span file_places_before(
    int fd, uint64_t offset, char memory[PLACE_WINDOW]);

/* Whether the file has that content before the offset. */
bool file_places_hold(
    const struct place_key *key, int fd, uint64_t offset, uint64_t content);

/* Whether the file begins with all that its copy has. */
bool file_places_has_all_of(const struct place_key *key, int fd, int copy);

/* Whether the bytes around the offset are the same record again and again. */
bool file_places_are_alike(int fd, uint64_t offset);

/*
 * Opens the file that holds the place, at its offset: the file of that identity
 * with that content; else the one older file with that content.  A file and its
 * copy both hold the place while nothing was written over it: then the file
 * goes on.  Returns the descriptor, -ENOENT if the place is gone or could be
 * several, or another negative errno if it may be there all the same, but
 * descriptors or memory are short.
 */
int file_places_open(const struct file_names *names,
    const struct place_key *key, const struct file_place *place,
    struct file_status *status);

/*
 * Whether the place may be one of an older file, of which there is only a copy:
 * near the beginning, files that begin alike have the same places.
 */
bool file_places_is_of_copy(const struct file_names *names,
    const struct place_key *key, const struct file_place *place);

/* A file that may be opened the next time: descriptors or memory are short. */
bool file_places_is_shortage(int error);

#endif
