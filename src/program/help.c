/* SPDX-License-Identifier: MIT */

#include "program/help.h"

#include "core/column.h"
#include "program/option_table.h"

#include <stdio.h>
#include <string.h>

static void
on_put(void *ctx, const char *bytes, size_t n)
{
	(void)ctx;
	fwrite(bytes, 1, n, stdout);
}

/* Prints the text in the column of a line that has n characters so far. */
static void
help_print_beside(int n, const char *text)
{
	const struct byte_sink sink = {on_put, NULL};

	column_write(sink, (size_t)n, text);
}

/* The text of the row with its choices, which may be written into memory. */
static const char *
help_of(const struct option_row *row, char *memory, size_t size)
{
	const char *place = row->choice ? strstr(row->help, "%s") : NULL;
	char choices[128];

	if (!place)
		return row->help;
	snprintf(memory, size, "%.*s%s%s", (int)(place - row->help), row->help,
	    text_choices(choices, sizeof(choices), row->choice),
	    place + strlen("%s"));
	return memory;
}

static void
help_print_option(const struct option_row *row)
{
	char letter[] = {'-', row->letter, ',', '\0'};
	char help[512];
	int n = printf("  %3s --%s%s%s", row->letter ? letter : "", row->name,
	    row->argument ? " " : "", row->argument ? row->argument : "");

	help_print_beside(n, help_of(row, help, sizeof(help)));
}

static void
help_print_sources(void)
{
	const struct source_form *form;

	for (size_t i = 0; (form = source_form_at(i)); i++)
		help_print_beside(printf("  %s", form->text), form->help);
}

static void
help_print_templates(void)
{
	char forms[128], help[256];

	snprintf(help, sizeof(help),
	    "a stream for each name below NAME, made when it is first asked "
	    "for; a * in SOURCE, which is %s, stands for the name",
	    text_choices(forms, sizeof(forms), source_template_form_at));
	help_print_beside(printf("  NAME/*=SOURCE"), help);
}

static void
help_print_options(void)
{
	for (size_t i = 0; i < n_option_rows; i++) {
		if (option_rows[i].kind == OPTION_HEADING)
			printf("\n%s:\n", option_rows[i].help);
		else
			help_print_option(&option_rows[i]);
	}
}

void
help_print(void)
{
	puts("Usage: pipecast [OPTION]... [SOURCE]...\n"
	     "Put Unix event sources into browsers as server-sent events.\n"
	     "\n"
	     "SOURCE is one of these, or NAME= followed by one of these; "
	     "default -");
	help_print_sources();
	help_print_templates();
	help_print_options();
	puts("\n"
	     "DURATION is 3, 3s, 250ms, 2m, 1h or 1d; SIZE is 512, 64K or 1M.\n"
	     "ADDR is PORT (this machine only), HOST:PORT, [V6]:PORT or "
	     "unix:PATH, to which\n"
	     ",mode=0660 and ,group=GROUP may be added.\n"
	     "Started by a web server, pipecast speaks CGI or FastCGI; "
	     "otherwise HTTP.\n"
	     "See pipecast(1).");
}
