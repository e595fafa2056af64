/* SPDX-License-Identifier: MIT */

#include "formats/json_members.h"

#include "core/text.h"

#include <string.h>

static const char wanted[] =
    "data=NAME,event=NAME,id=NAME or some of these, each once, with a NAME of "
    "1 to 64 bytes without a comma";

const struct json_members json_members_usual = {
    .data = "data",
    .event = "event",
    .id = "id",
    .retry = "retry",
};

/* Where the name for the field goes; NULL if there is no such field. */
static char *
json_members_find_field(struct json_members *members, struct span field)
{
	if (span_is(field, "data"))
		return members->data;
	if (span_is(field, "event"))
		return members->event;
	return span_is(field, "id") ? members->id : NULL;
}

/* Takes "FIELD=NAME"; returns whether it is right. */
static bool
json_members_take_pair(struct json_members *members, const char *text, size_t n)
{
	const char *equals = memchr(text, '=', n);
	size_t field_n = equals ? (size_t)(equals - text) : n;
	char *name =
	    json_members_find_field(members, (struct span){text, field_n});
	size_t name_n = n - field_n - (equals != NULL);

	if (!equals || !name || *name || name_n == 0 || name_n > JSON_NAME_MAX)
		return false;
	memcpy(name, equals + 1, name_n);
	name[name_n] = '\0';
	return true;
}

const char *
json_members_parse(struct json_members *members, const char *text)
{
	size_t n;

	*members = (struct json_members){0};
	do {
		n = strcspn(text, ",");
		if (!json_members_take_pair(members, text, n))
			return wanted;
		text += n;
	} while (*text++ == ',');
	if (!*members->data)
		memcpy(members->data, json_members_usual.data,
		    sizeof(members->data));
	return NULL;
}
