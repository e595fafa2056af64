/* SPDX-License-Identifier: MIT */

/* Numbers with units, against the same reckoned in 128 bits. */

#include "core/quantity.h"

#include "fuzz.h"

static const struct {
	enum quantity kind;
	const char *unit;
	uint64_t factor;
} units[] = {
    {QUANTITY_COUNT, "", 1},
    {QUANTITY_SIZE, "", 1},
    {QUANTITY_SIZE, "K", 1024},
    {QUANTITY_SIZE, "M", 1048576},
    {QUANTITY_SIZE, "G", 1073741824},
    {QUANTITY_DURATION, "", 1000},
    {QUANTITY_DURATION, "ms", 1},
    {QUANTITY_DURATION, "s", 1000},
    {QUANTITY_DURATION, "m", 60000},
    {QUANTITY_DURATION, "h", 3600000},
    {QUANTITY_DURATION, "d", 86400000},
};

/* Returns whether the text is a quantity of the kind. */
static bool
reckon(enum quantity kind, const char *text, uint64_t *value)
{
	size_t n = strspn(text, "0123456789");
	unsigned __int128 number = 0;

	for (size_t i = 0; i < n; i++) {
		number = number * 10 + (unsigned)(text[i] - '0');
		if (number > INT64_MAX)
			return false;
	}
	for (size_t i = 0; n > 0 && i < LENGTH(units); i++) {
		if (units[i].kind != kind || strcmp(units[i].unit, text + n))
			continue;
		number *= units[i].factor;
		*value = (uint64_t)number;
		return number <= INT64_MAX;
	}
	return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = string_of((struct span){(const char *)data, size});

	for (int kind = QUANTITY_COUNT; kind <= QUANTITY_DURATION; kind++) {
		uint64_t value = 77, wanted = 0;
		bool right = reckon(kind, text, &wanted);
		const char *reason = quantity_parse(kind, text, &value);

		REQUIRE((reason == NULL) == right);
		REQUIRE(value == (right ? wanted : 77));
	}
	free(text);
	return 0;
}
