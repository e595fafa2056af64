/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_FORMATS_JSON_MEMBERS_H
#define PIPECAST_FORMATS_JSON_MEMBERS_H

/*
 * Which members of the JSON objects of an input become an event's fields.
 * They are members of the object itself, not of objects inside it.
 */

/* Longer names of members are refused. */
enum { JSON_NAME_MAX = 64 };

/* The member's name for each field, "" if there is none. */
struct json_members {
	char data[JSON_NAME_MAX + 1];
	char event[JSON_NAME_MAX + 1];
	char id[JSON_NAME_MAX + 1];
	char retry[JSON_NAME_MAX + 1];
};

/* Those of the json format: each is called as its field. */
extern const struct json_members json_members_usual;

/*
 * Parses "FIELD=NAME,..." with the fields data, event and id.  A field that is
 * not named is taken from no member, except data, which is taken from "data":
 * in objects that were not made for pipecast, a member of that name may mean
 * something else.  Returns NULL, or what would be right (static).
 */
const char *json_members_parse(struct json_members *members, const char *text);

#endif
