/* SPDX-License-Identifier: MIT */

#include "program/option_table.h"

#include "loop/address.h"

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
		return quantity_parse_within(row->quantity,
		    (struct quantity_range){row->min, row->max}, value, at,
		    why);
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
