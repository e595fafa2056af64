/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PIPECAT_SETTINGS_TABLE_H
#define PIPECAST_PIPECAT_SETTINGS_TABLE_H

/* The options of pipecat, a row each, and --help, which is made of them. */

#include "core/quantity.h"
#include "pipecat/settings.h"

enum { SETTINGS_ROWS_MAX = 32 };

/* An option, or the heading of a part of --help. */
struct settings_row {
	enum {
		SETTING_HEADING,
		SETTING_FLAG,   /* sets a bool */
		SETTING_NUMBER, /* sets a uint64_t */
		SETTING_TEXT,   /* sets a string that check allows */
		SETTING_CALL,   /* calls set */
		SETTING_HELP,
		SETTING_VERSION,
	} kind;
	char letter;          /* or 0 */
	const char *name;     /* long, without dashes */
	const char *argument; /* as in --help; NULL: takes none */
	const char *help;
	size_t offset; /* of the value in struct settings */
	enum quantity quantity;
	uint64_t min, max;
	/* Each returns NULL, or what would be right (static). */
	const char *(*check)(const char *value);
	const char *(*set)(struct settings *settings, const char *value);
};

/* The i-th row, NULL behind the last. */
const struct settings_row *settings_row(size_t i);

/* Writes --help to standard output. */
void settings_print_help(void);

#endif
