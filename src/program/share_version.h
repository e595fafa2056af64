/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PROGRAM_SHARE_VERSION_H
#define PIPECAST_PROGRAM_SHARE_VERSION_H

/*
 * The version of a hub: everything that makes one hub differ from another.
 * That is the options, the script, the files that they name and that are read
 * at the start, the working directory and the program.  Of a file, its
 * identity, size and time of change count.
 */

#include "core/digest.h"
#include "program/options.h"

#include <limits.h>

struct share_version {
	const struct options *options; /* borrowed */
	const char *script;            /* NULL: unknown; borrowed */
	char program[PATH_MAX];
	struct digest digest; /* when the version was taken */
};

/* The version of now; the environment must be that of the CGI process. */
void share_version_take(
    struct share_version *version, const struct options *options);

/*
 * Whether a CGI process of now would get the same.  If not, no viewer comes to
 * the hub any more.
 */
bool share_version_is_current(const struct share_version *version);

#endif
