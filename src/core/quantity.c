/* SPDX-License-Identifier: MIT */

#include "core/quantity.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit counts[] = {{"", 1}, {NULL, 0}};

static const struct unit sizes[] = {
    {"", 1},
    {"K", UINT64_C(1) << 10},
    {"M", UINT64_C(1) << 20},
    {"G", UINT64_C(1) << 30},
    {NULL, 0},
};

static const struct unit durations[] = {
    {"", 1000},
    {"ms", 1},
    {"s", 1000},
    {"m", 60 * 1000},
    {"h", 60 * 60 * 1000},
    {"d", 24 * 60 * 60 * 1000},
    {NULL, 0},
};

static const struct {
	const struct unit *units;
	const char *noun;
	const char *wanted;
} kinds[] = {
    [QUANTITY_COUNT] = {counts, "a number", "a number such as 10"},
    [QUANTITY_SIZE] = {sizes, "a size", "a size such as 512, 64K or 1M"},
    [QUANTITY_DURATION] = {durations, "a duration",
	"a duration such as 3, 3s, 250ms, 2m or 1h"},
};

const char *
quantity_parse(enum quantity kind, const char *text, uint64_t *value)
{
	const char *wanted = kinds[kind].wanted;
	const struct unit *unit = kinds[kind].units;
	uint64_t number = 0;
	const char *at = text;

	for (; *at >= '0' && *at <= '9'; at++) {
		uint64_t digit = (uint64_t)(*at - '0');

		if (number > (INT64_MAX - digit) / 10)
			return wanted;
		number = number * 10 + digit;
	}
	while (unit->name && strcmp(unit->name, at) != 0)
		unit++;
	if (at == text || !unit->name || number > INT64_MAX / unit->factor)
		return wanted;
	*value = number * unit->factor;
	return NULL;
}

/* As the user would write it: in the largest unit that fits. */
static void
quantity_write(char *out, size_t size, enum quantity kind, uint64_t value)
{
	struct unit best = {"", 1};

	for (const struct unit *unit = kinds[kind].units; unit->name; unit++)
		if (value % unit->factor == 0 && unit->factor >= best.factor)
			best = *unit;
	snprintf(out, size, "%" PRIu64 "%s", value / best.factor,
	    value > 0 ? best.name : "");
}

const char *
quantity_parse_within(enum quantity kind, struct quantity_range range,
    const char *text, uint64_t *value, char why[QUANTITY_WHY])
{
	const char *wanted = quantity_parse(kind, text, value);
	char least[32], most[32];

	if (wanted || (*value >= range.min && *value <= range.max))
		return wanted;
	quantity_write(least, sizeof(least), kind, range.min);
	quantity_write(most, sizeof(most), kind, range.max);
	snprintf(why, QUANTITY_WHY, "%s from %s to %s", kinds[kind].noun, least,
	    most);
	return why;
}
