/* SPDX-License-Identifier: MIT */

/* Of a source's specification: what options before the source say. */

#include "sources/source_spec.h"
#include "sources/tick_data.h"

const struct source_spec source_spec_default = {
    .data = TICK_DATA_DEFAULT,
    .format = &format_lines,
};

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
