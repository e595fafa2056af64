/* SPDX-License-Identifier: MIT */

#include "sources/source_spec.h"

#include "sources/source.h"
#include "sources/tick_data.h"

#include <stdio.h>
#include <string.h>

static const struct source_kind *const kinds[] = {
    &source_standard_input,
    &source_fifo,
    &source_file,
    &source_command,
    &source_timer,
    &source_spool,
    &source_memory,
};

enum { N_KINDS = sizeof(kinds) / sizeof(kinds[0]) };

const struct source_spec source_spec_default = {
    .data = TICK_DATA_DEFAULT,
    .format = &format_lines,
};

/* Options. */

const char *
source_spec_set_event(struct source_spec *spec, const char *value)
{
	spec->event_type = value;
	return *value ? event_type_check(value) : event_type_wanted;
}

const char *
source_spec_set_format(struct source_spec *spec, const char *value)
{
	const struct input_format_kind *format = input_format_find(value);
	static char wanted[128];

	if (!format)
		return text_choices(wanted, sizeof(wanted), input_format_name);
	if (spec->has_json && format != &format_json)
		return "json, because --json describes the same source";
	if (!spec->has_json)
		spec->json = (struct json_members){0};
	spec->format = format;
	spec->has_format = true;
	return NULL;
}

const char *
source_spec_set_json(struct source_spec *spec, const char *value)
{
	if (spec->has_format && spec->format != &format_json)
		return "given with --format json or without --format";
	spec->format = &format_json;
	spec->has_json = true;
	return json_members_parse(&spec->json, value);
}

const char *
source_spec_set_data(struct source_spec *spec, const char *value)
{
	char data[TICK_DATA_SIZE];

	spec->data = value;
	return tick_data_format(data, value)
	    ? NULL
	    : "a strftime format that makes less than 1000 bytes";
}

const char *
source_spec_set_pty(struct source_spec *spec, const char *value)
{
	(void)value;
	spec->pty = true;
	return NULL;
}

const char *
source_spec_set_post(struct source_spec *spec, const char *value)
{
	(void)value;
	spec->post = true;
	return NULL;
}

/* Sources. */

const struct source_form *
source_form_at(size_t i)
{
	for (size_t k = 0; k < N_KINDS; k++) {
		const struct source_form *form = kinds[k]->forms;

		for (; form < kinds[k]->forms + SOURCE_FORMS_MAX && form->text;
		     form++)
			if (i-- == 0)
				return form;
	}
	return NULL;
}

static const char *
source_form_text_at(size_t i)
{
	const struct source_form *form = source_form_at(i);

	return form ? form->text : NULL;
}

static const char *
source_wanted_forms(void)
{
	static char wanted[512];
	char forms[400];

	snprintf(wanted, sizeof(wanted), "%s, perhaps with NAME= before it",
	    text_choices(forms, sizeof(forms), source_form_text_at));
	return wanted;
}

/*
 * The length of "NAME" in "NAME=KIND:...", 0 for none.  A name has no colon
 * and no slash, so "file:a=b" has none.
 */
static size_t
source_name_length(const char *text)
{
	size_t n = strcspn(text, "=:/");

	return text[n] == '=' ? n : 0;
}

/* A name is part of a URL's path, an event type and a log line. */
static bool
source_is_name(struct span name)
{
	size_t bad;

	if (name.n == 0 || name.n > 64 || *name.bytes == '.')
		return false;
	for (size_t i = 0; i < name.n; i++) {
		unsigned char c = (unsigned char)name.bytes[i];

		if (c <= ' ' || c == 0x7f || c == '"' || c == '\\')
			return false;
	}
	utf8_valid_prefix(name.bytes, name.n, &bad);
	return bad == 0;
}

/* Returns as source_spec_parse. */
static const char *
source_check_name(const struct source_spec *spec)
{
	if (!source_is_name(spec->name))
		return "a NAME of up to 64 bytes of printable characters, "
		       "without space, quote, backslash or leading dot";
	if (!spec->event_type && event_type_is_taken(spec->name))
		return "given another NAME, or an --event before it, because "
		       "EventSource has its own events called error and open";
	return NULL;
}

static const struct source_kind *
source_find_kind(const char *text)
{
	for (size_t i = 0; i < N_KINDS; i++) {
		const char *prefix = kinds[i]->prefix;
		size_t n = strlen(prefix);

		if (strncmp(prefix, text, n) == 0 &&
		    (prefix[n - 1] == ':' || text[n] == '\0'))
			return kinds[i];
	}
	return NULL;
}

const char *
source_spec_parse(struct source_spec *spec, const char *text)
{
	size_t n = source_name_length(text);
	const char *rest = n > 0 ? text + n + 1 : text, *wanted;
	const struct source_kind *kind = source_find_kind(rest);

	spec->text = text;
	if (n > 0) {
		spec->name = (struct span){text, n};
		wanted = source_check_name(spec);
		if (wanted)
			return wanted;
	}
	if (!kind)
		return source_wanted_forms();
	spec->kind = kind;
	spec->form = &kind->forms[0];
	spec->argument = rest + strlen(kind->prefix);
	if (kind->needs_argument && !*spec->argument)
		return spec->form->text;
	return kind->parse ? kind->parse(spec) : NULL;
}

const char *
source_spec_conflict(const struct source_spec *a, const struct source_spec *b)
{
	const char *why = NULL;

	if (a->kind == b->kind && a->kind->conflict)
		why = a->kind->conflict(a, b);
	if (!why && a->name.bytes && b->name.bytes &&
	    span_equal(a->name, b->name))
		why = "they have the same name; to give both one event type, "
		      "use --event";
	return why;
}

bool
source_spec_takes_posts(const struct source_spec *spec)
{
	return spec->post && spec->kind->publish;
}

struct span
source_spec_event_type(const struct source_spec *spec)
{
	return spec->event_type ? span_of(spec->event_type) : spec->name;
}
