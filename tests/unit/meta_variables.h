/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_TESTS_META_VARIABLES_H
#define PIPECAST_TESTS_META_VARIABLES_H

#include <string.h>

/* Meta-variables: NAME, value, ..., NULL. */
static inline const char *
look_up(void *ctx, const char *name)
{
	for (const char *const *at = ctx; *at; at += 2)
		if (strcmp(at[0], name) == 0)
			return at[1];
	return NULL;
}

#endif
