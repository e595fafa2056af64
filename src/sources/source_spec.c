/* SPDX-License-Identifier: MIT */

#include "sources/source_spec.h"

#include "sources/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct source_kind *const kinds[] = {
    &source_standard_input,
    &source_fifo,
    &source_file,
    &source_journal,
    &source_command,
    &source_timer,
    &source_spool,
    &source_memory,
    &source_redis,
    &source_relay,
    &source_secure_relay,
};

enum { N_KINDS = sizeof(kinds) / sizeof(kinds[0]) };

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

const char *
source_template_form_at(size_t i)
{
	for (size_t k = 0; k < N_KINDS; k++)
		if (kinds[k]->has_templates && i-- == 0)
			return kinds[k]->forms[0].text;
	return NULL;
}

static const char *
source_wanted_forms(void)
{
	static char wanted[800];
	char forms[432], of_templates[200];

	snprintf(wanted, sizeof(wanted),
	    "%s, perhaps with NAME= before it, or %s with NAME/*= before it",
	    text_choices(forms, sizeof(forms), source_form_text_at),
	    text_choices(
		of_templates, sizeof(of_templates), source_template_form_at));
	return wanted;
}

/* The length of a "NAME" in front of the rest, 0 for none. */
static size_t
source_length_before(const char *text, const char *rest)
{
	size_t n = strcspn(text, "=:/");

	return strncmp(text + n, rest, strlen(rest)) == 0 ? n : 0;
}

/*
 * Takes "NAME=" or "NAME/" with a "*" and "=" off.  A name has no colon and no
 * slash, so "file:a=b" has none.
 */
static const char *
source_take_name(struct source_spec *spec, const char *text)
{
	size_t n = source_length_before(text, "="), m;

	if (n > 0) {
		spec->name = (struct span){text, n};
		return text + n + 1;
	}
	m = source_length_before(text, "/*=");
	if (m == 0)
		return text;
	spec->name = (struct span){text, m};
	spec->part = (struct span){text + m + 1, 1};
	return text + m + 3;
}

/* A control character, of C1 too; or one that a path or a log line escapes. */
static bool
source_is_bad_in_name(struct span rest)
{
	unsigned char c = (unsigned char)rest.bytes[0];
	unsigned char next = rest.n > 1 ? (unsigned char)rest.bytes[1] : 0;

	return c <= ' ' || c == 0x7f || c == '"' || c == '\\' ||
	    (c == 0xc2 && next < 0xa0);
}

/* A name is part of a URL's path, an event type and a log line. */
static bool
source_is_name(struct span name)
{
	size_t bad;

	if (name.n == 0 || name.n > SOURCE_NAME_MAX || *name.bytes == '.')
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (source_is_bad_in_name(
			(struct span){name.bytes + i, name.n - i}))
			return false;
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

/*
 * Returns as source_spec_parse.  No command is a template: a visitor must not
 * write a word of it.
 */
static const char *
source_check_template(const struct source_spec *spec)
{
	static char wanted[300];
	char forms[200];

	if (!spec->kind->has_templates) {
		snprintf(wanted, sizeof(wanted), "%s after NAME/*=",
		    text_choices(
			forms, sizeof(forms), source_template_form_at));
		return wanted;
	}
	if (spec->kind->needs_argument && !strchr(spec->argument, '*')) {
		snprintf(wanted, sizeof(wanted),
		    "%s with a * in place of the name, after NAME/*=",
		    spec->form->text);
		return wanted;
	}
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
	const char *rest = source_take_name(spec, text), *wanted;
	const struct source_kind *kind = source_find_kind(rest);

	spec->text = text;
	if (spec->name.bytes) {
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
	if (spec->part.bytes) {
		wanted = source_check_template(spec);
		if (wanted)
			return wanted;
	}
	return kind->parse ? kind->parse(spec) : NULL;
}

const char *
source_spec_conflict(const struct source_spec *a, const struct source_spec *b)
{
	struct span of_a = source_spec_stream_name(a);
	struct span of_b = source_spec_stream_name(b);
	const char *why = NULL;

	if (a->kind == b->kind && a->kind->conflict)
		why = a->kind->conflict(a, b);
	if (!why && of_a.bytes && of_b.bytes && span_equal(of_a, of_b))
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

struct span
source_spec_stream_name(const struct source_spec *spec)
{
	struct span name = spec->name;

	if (spec->part.bytes)
		name.n += 1 + spec->part.n;
	return name;
}

/* Templates. */

bool
source_spec_is_template(const struct source_spec *spec)
{
	return spec->part.bytes && !spec->template;
}

bool
source_spec_matches(const struct source_spec *template, struct span stream_name,
    struct span *part)
{
	struct span name = template->name;

	if (!source_spec_is_template(template) || stream_name.n <= name.n ||
	    memcmp(stream_name.bytes, name.bytes, name.n) != 0 ||
	    stream_name.bytes[name.n] != '/')
		return false;
	part->bytes = stream_name.bytes + name.n + 1;
	part->n = stream_name.n - name.n - 1;
	if (!source_is_name(*part))
		return false;
	for (size_t i = 0; i < part->n; i++)
		if (strchr("=:/*%", part->bytes[i]))
			return false;
	return true;
}

/* Writes the template's text, with the part instead of each "*" after NAME. */
static void
source_put_with_part(
    struct byte_sink sink, const struct source_spec *template, struct span part)
{
	const char *text = template->text + template->name.n;

	sink_span(sink, template->name);
	for (;;) {
		size_t n = strcspn(text, "*");

		sink_span(sink, (struct span){text, n});
		if (!text[n])
			return;
		sink_span(sink, part);
		text += n + 1;
	}
}

/* Where the segment of the path begins that has the first "*" of the text. */
static size_t
source_asked_from(const char *text)
{
	size_t n = strcspn(text, "*");

	while (n > 0 && text[n - 1] != '/')
		n--;
	return n;
}

struct source_spec *
source_spec_make(const struct source_spec *template, struct span part)
{
	size_t argument_at = (size_t)(template->argument - template->text);
	struct text_buffer text = {0};
	struct source_spec *spec;

	source_put_with_part(counting_sink(&text.cap), template, part);
	spec = malloc(sizeof(*spec) + text.cap + 1);
	if (!spec)
		return NULL;
	*spec = *template;
	text.bytes = (char *)(spec + 1);
	source_put_with_part(text_buffer_sink(&text), template, part);
	text.bytes[text.n] = '\0';
	spec->template = template;
	spec->text = text.bytes;
	spec->name.bytes = text.bytes;
	spec->part = (struct span){text.bytes + spec->name.n + 1, part.n};
	/* In front of the argument there is one "*", that behind NAME. */
	spec->argument = text.bytes + argument_at - 1 + part.n;
	spec->argument_asked =
	    spec->argument + source_asked_from(template->argument);
	return spec;
}

bool
source_spec_exists(const struct source_spec *spec)
{
	return !spec->kind->exists || spec->kind->exists(spec);
}
