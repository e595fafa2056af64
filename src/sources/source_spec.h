/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_SOURCES_SOURCE_SPEC_H
#define PIPECAST_SOURCES_SOURCE_SPEC_H

/*
 * The description of a source: "[NAME=]KIND" with the options that apply to it.
 * The table of kinds is here: a kind brings the forms in which it is written,
 * with the line that --help has for each, and the options that each form takes.
 *
 * "NAME/" and a "*" before the "=" make it a template: it describes a source
 * for each name below NAME, which is made once that name is asked for.  A "*"
 * in its argument stands for the name.
 */

#include "formats/input_format.h"

/* The options that not all sources take, as bits. */
enum source_option {
	SOURCE_FORMAT = 1 << 0, /* --format and --json */
	SOURCE_DATA = 1 << 1,
	SOURCE_PTY = 1 << 2,
	SOURCE_POST = 1 << 3,
};

/* The longest NAME, and the longest name below it. */
enum { SOURCE_NAME_MAX = 64 };

/* A form in which sources of a kind are written. */
struct source_form {
	const char *text; /* as in "file:PATH" */
	const char *help;
	unsigned options; /* of enum source_option */
};

/* Strings are borrowed. */
struct source_spec {
	const struct source_kind *kind;
	const struct source_form *form;
	const char *text;     /* as given, for messages */
	struct span name;     /* before "=" or the slash, or absent */
	struct span part;     /* behind that slash, or absent */
	const char *argument; /* after "KIND:", for the kind to read */
	/*
	 * Of a source made from a template: the argument from the first segment
	 * of the path on that a visitor has named.  Else NULL.
	 */
	const char *argument_asked;
	const struct source_spec *template; /* that it was made from, or NULL */
	const char *event_type;             /* of --event, or NULL: the name */
	const char *data;                   /* of --data, a strftime format */
	const struct input_format_kind *format;
	struct json_members json; /* of --json; without it data is "" */
	bool pty;
	bool post;       /* visitors may publish */
	bool has_format; /* --format was given since the source before */
	bool has_json;   /* --json, likewise */
};

/* No source yet, and no option. */
extern const struct source_spec source_spec_default;

/*
 * Each sets an option of the sources to come, which must not have a kind yet.
 * The value is borrowed.  Returns NULL, or the right form of the value (static,
 * until the next call).
 */
const char *source_spec_set_event(struct source_spec *spec, const char *value);
const char *source_spec_set_format(struct source_spec *spec, const char *value);
const char *source_spec_set_json(struct source_spec *spec, const char *value);
const char *source_spec_set_data(struct source_spec *spec, const char *value);
const char *source_spec_set_pty(struct source_spec *spec, const char *value);
const char *source_spec_set_post(struct source_spec *spec, const char *value);

/*
 * Parses "[NAME=]KIND" into the spec, keeping its options.  Returns as the
 * setters.
 */
const char *source_spec_parse(struct source_spec *spec, const char *text);

/* Whether it is "NAME/" and a "*". */
bool source_spec_is_template(const struct source_spec *spec);

/*
 * The name of the source's own stream, NAME or NAME/PART, borrowed from the
 * spec; absent: it has none.
 */
struct span source_spec_stream_name(const struct source_spec *spec);

/*
 * Whether a source of that template may be named so, and *part receives the
 * name below NAME.  It is one segment of a path by the rules of a NAME.
 * Neither a "*" nor a "%" may be in it: the one stands for all names, and the
 * other for a name that was encoded twice.
 */
bool source_spec_matches(const struct source_spec *template,
    struct span stream_name, struct span *part);

/*
 * Makes the source of that part from the template, which is borrowed with its
 * strings.  Returns memory for free(), or NULL.
 */
struct source_spec *source_spec_make(
    const struct source_spec *template, struct span part);

/* Whether there is such a source to be made now: a file that exists, say. */
bool source_spec_exists(const struct source_spec *spec);

/* Why the two cannot both be sources (static), or NULL. */
const char *source_spec_conflict(
    const struct source_spec *a, const struct source_spec *b);

/*
 * The type of the source's events that have none of their own; may be absent.
 */
struct span source_spec_event_type(const struct source_spec *spec);

/* Whether visitors may publish what the source's viewers get. */
bool source_spec_takes_posts(const struct source_spec *spec);

/* The forms of all kinds in the order of --help; NULL beyond the last. */
const struct source_form *source_form_at(size_t i);

/* The texts of those that a template can have; NULL beyond the last. */
const char *source_template_form_at(size_t i);

#endif
