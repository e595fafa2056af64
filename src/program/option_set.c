/* SPDX-License-Identifier: MIT */

#include "program/option_table.h"

#include "loop/address.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char option_out_of_memory[] = "out of memory";

const struct option_row *
option_find(const char *name)
{
	for (size_t i = 0; i < n_option_rows; i++)
		if (option_rows[i].name &&
		    strcmp(option_rows[i].name, name) == 0)
			return &option_rows[i];
	return NULL;
}

/* Writes a number as the user would: the largest unit that fits. */
static int
option_print_quantity(
    char *out, size_t size, enum quantity kind, uint64_t value)
{
	static const char *const units[] = {"", "K", "M", "G"};
	size_t unit = 0;

	if (kind == QUANTITY_SIZE) {
		for (; unit < 3 && value > 0 && value % 1024 == 0; unit++)
			value /= 1024;
		return snprintf(out, size, "%" PRIu64 "%s", value, units[unit]);
	}
	if (kind == QUANTITY_DURATION && value >= 86400000)
		return snprintf(out, size, "%" PRIu64 "d", value / 86400000);
	return snprintf(out, size, "%" PRIu64 "%s", value,
	    kind == QUANTITY_DURATION && value > 0 ? "ms" : "");
}

static const char *
option_set_number(const struct option_row *row, uint64_t *at, const char *value,
    char why[128])
{
	static const char *const nouns[] = {
	    [QUANTITY_COUNT] = "a number",
	    [QUANTITY_SIZE] = "a size",
	    [QUANTITY_DURATION] = "a duration",
	};
	const char *wanted = quantity_parse(row->quantity, value, at);
	char low[32], high[32];

	if (wanted)
		return wanted;
	if (*at >= row->min && *at <= row->max)
		return NULL;
	option_print_quantity(low, sizeof(low), row->quantity, row->min);
	option_print_quantity(high, sizeof(high), row->quantity, row->max);
	snprintf(why, 128, "%s from %s to %s", nouns[row->quantity], low, high);
	return why;
}

static const char *
option_set_text(
    const struct option_row *row, const char **at, const char *value)
{
	*at = value;
	return row->check(value);
}

static const char *
option_add_to_list(
    const struct option_row *row, struct string_list *list, const char *value)
{
	const char *wanted = row->check(value);

	if (wanted)
		return wanted;
	return string_list_add(list, value) ? NULL : option_out_of_memory;
}

static const char *
option_add_address(
    const struct option_row *row, struct options *options, const char *value)
{
	struct address address;
	const char *wanted = address_parse(&address, value);
	size_t n = 0;

	if (wanted)
		return wanted;
	for (size_t i = 0; i < options->n_addresses; i++)
		n += options->addresses[i].row == row;
	if (n == ADDRESSES_MAX)
		return "one of at most 16 addresses";
	options->addresses[options->n_addresses++] =
	    (struct address_option){row, value};
	return NULL;
}

const char *
option_row_set(const struct option_row *row, struct options *options,
    const char *value, char why[128])
{
	void *at = (char *)options + row->offset;

	switch (row->kind) {
	case OPTION_FLAG:
		*(bool *)at = true;
		return NULL;
	case OPTION_NUMBER:
		return option_set_number(row, at, value, why);
	case OPTION_TEXT:
		return option_set_text(row, at, value);
	case OPTION_LIST:
		return option_add_to_list(row, at, value);
	case OPTION_ADDRESS:
		return option_add_address(row, options, value);
	case OPTION_SOURCE:
		return row->describe(&options->description, value);
	case OPTION_CALL:
		return row->set(options, value);
	case OPTION_HEADING:
		break;
	}
	return "an option";
}
