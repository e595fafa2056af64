/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PIPECAT_TARGET_H
#define PIPECAST_PIPECAT_TARGET_H

/*
 * The address of a stream as the user writes it: a URL of http or https,
 * HOST[:PORT][/PATH], or unix:SOCKET[:PATH].  Pure.
 */

#include "core/owned.h"

struct target {
	struct owned url;    /* for libcurl, without a fragment */
	struct owned socket; /* path of the Unix socket, or nothing */
	struct owned shown;  /* for messages: without secrets */
	bool is_secure;      /* https */
};

/*
 * Parses the text.  Returns NULL, or a static text that says what would be
 * right, or target_no_memory; then there is nothing to free.
 */
const char *target_parse(struct target *target, const char *text);
extern const char target_no_memory[];

/* Idempotent. */
void target_fini(struct target *target);

/*
 * The URL with one more parameter "NAME=VALUE" in its query; the value is
 * encoded.  Nothing without memory.
 */
struct owned target_with_parameter(
    struct span url, const char *name, struct span value);

/*
 * The URL of NAME (with a slash before it) below the path of the stream, or so
 * many segments further up, with the same query.  Nothing beyond the root, nor
 * without memory.
 */
struct owned target_below(struct span url, size_t n_up, const char *name);

#endif
