/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PROGRAM_OPTION_TABLE_H
#define PIPECAST_PROGRAM_OPTION_TABLE_H

/*
 * The table of all options: name, argument, range, default and help text in
 * one row each.  The parsers, --help and the manual's test go by it.
 */

#include "program/options.h"

#include "core/quantity.h"
#include "gateways/gateway.h"

enum option_kind {
	OPTION_HEADING, /* of a part of --help; not an option */
	OPTION_FLAG,    /* sets a bool */
	OPTION_NUMBER,  /* sets a uint64_t */
	OPTION_TEXT,    /* sets a string that check allows */
	OPTION_LIST,    /* adds such a string to a string_list */
	OPTION_ADDRESS, /* adds an address at which the gateway listens */
	OPTION_CALL,    /* calls set */
	OPTION_SOURCE,  /* describes the sources after it: calls describe */
};

struct option_row {
	enum option_kind kind;
	char letter;          /* or 0 */
	const char *name;     /* long, without dashes */
	const char *argument; /* as in --help; NULL: takes none */
	const char *help;     /* with the default, where there is one */
	size_t offset;        /* of the value in struct options */
	enum quantity quantity;
	uint64_t min, max;
	const struct gateway_kind *gateway;
	/* Each returns NULL, or what would be right (static). */
	const char *(*check)(const char *value);
	const char *(*describe)(struct source_spec *spec, const char *value);
	const char *(*set)(struct options *options, const char *value);
	/* The i-th of the values that help names at its "%s", then NULL. */
	const char *(*choice)(size_t i);
	bool is_command; /* only on the command line */
};

extern const struct option_row option_rows[];
extern const size_t n_option_rows;

/* The row with that long name, or NULL. */
const struct option_row *option_find(const char *name);

/* option_row_set returns this if there is no memory. */
extern const char option_out_of_memory[];

/*
 * Sets the row's option.  Returns NULL, or what would be right: static text,
 * or written into why.
 */
const char *option_row_set(const struct option_row *row,
    struct options *options, const char *value, char why[128]);

/* Sets all options to their defaults. */
void options_set_defaults(struct options *options);

#endif
