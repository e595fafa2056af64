/* SPDX-License-Identifier: MIT */

/* In place of redis*.c, where pipecast is built without hiredis. */

#include "sources/source.h"

static const char *
parse(struct source_spec *spec)
{
	(void)spec;
	return "another source, or a pipecast that was built with hiredis, "
	       "which Redis streams need";
}

const struct source_kind source_redis = {
    .prefix = "redis:",
    .forms = {{"redis:KEY", "a Redis stream (not in this build)", SOURCE_POST}},
    .needs_argument = true,
    .has_templates = true,
    .parse = parse,
};
