/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_CORE_QUANTITY_H
#define PIPECAST_CORE_QUANTITY_H

/*
 * The one way numbers come in from a user: strict, with unit, range and a
 * reason if they are wrong.
 */

#include <stddef.h>
#include <stdint.h>

enum quantity {
	QUANTITY_COUNT,    /* 3 */
	QUANTITY_SIZE,     /* bytes: 512, 64K, 1M, 2G */
	QUANTITY_DURATION, /* milliseconds: 3, 3s, 250ms, 2m, 1h, 1d */
};

/*
 * Parses the whole of the string.  Returns NULL and sets *value, or returns
 * a static text that says what would be right.
 */
const char *quantity_parse(
    enum quantity kind, const char *text, uint64_t *value);

/*
 * As quantity_parse, for a value from min to max.  What would be right may be
 * written to why.
 */
enum { QUANTITY_WHY = 128 };

struct quantity_range {
	uint64_t min, max;
};

const char *quantity_parse_within(enum quantity kind,
    struct quantity_range range, const char *text, uint64_t *value,
    char why[QUANTITY_WHY]);

#endif
