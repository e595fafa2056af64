/* SPDX-License-Identifier: MIT */

#include "formats/json_members.h"

#include "helpers.h"

static void
check(const char *text, const char *data, const char *event, const char *id)
{
	struct json_members members;

	cr_assert_null(json_members_parse(&members, text), "%s", text);
	cr_assert_str_eq(members.data, data);
	cr_assert_str_eq(members.event, event);
	cr_assert_str_eq(members.id, id);
	cr_assert_str_eq(members.retry, "");
}

Test(json_members, each_field_is_named_once_in_any_order)
{
	check("data=MESSAGE,id=__CURSOR,event=level", "MESSAGE", "level",
	    "__CURSOR");
	check("event=a b", "data", "a b", "");
	check("id=data,data=id", "id", "", "data");
	check("data==", "=", "", "");
	check("data=a=b", "a=b", "", "");
}

Test(json_members, name_may_have_64_bytes)
{
	struct json_members members;
	char text[80] = "id=";

	memset(text + 3, 'x', 64);
	cr_assert_null(json_members_parse(&members, text));
	cr_assert_eq(strlen(members.id), 64);
	text[67] = 'x';
	cr_assert_not_null(json_members_parse(&members, text));
}

Test(json_members, anything_else_is_refused)
{
	static const char *const wrong[] = {"", "data", "data=", "=a", "x=a",
	    "retry=a", "Data=a", "data=a,", ",data=a", "data=a,,id=b",
	    "data=a,data=b", "data=a id=b,x", "id"};

	for (size_t i = 0; i < LENGTH(wrong); i++) {
		struct json_members members;

		cr_assert_not_null(
		    json_members_parse(&members, wrong[i]), "%s", wrong[i]);
	}
}
