/* SPDX-License-Identifier: MIT */

#include "core/event.h"

#include "helpers.h"

Test(event, type_is_sent_as_it_is_and_is_not_of_eventsource_itself)
{
	cr_assert_null(event_type_check("news"));
	cr_assert_null(event_type_check(""));
	cr_assert_null(event_type_check("opened"));
	cr_assert_eq(event_type_check("a\nb"), event_type_wanted);
	cr_assert_not_null(event_type_check("error"));
	cr_assert_not_null(event_type_check("open"));
}
