/* SPDX-License-Identifier: MIT */

#include "http/date.h"

#include "helpers.h"

static void
check(time_t time, const char *wanted)
{
	char out[HTTP_DATE_SIZE];

	cr_assert_str_eq(http_date(out, time), wanted);
}

Test(http_date, is_written_as_the_rfc_has_it)
{
	check(784111777, "Sun, 06 Nov 1994 08:49:37 GMT");
	check(0, "Thu, 01 Jan 1970 00:00:00 GMT");
	check(951782400 + 86399, "Tue, 29 Feb 2000 23:59:59 GMT");
}

Test(http_date, is_the_same_anywhere)
{
	setenv("TZ", "Asia/Tokyo", 1);
	check(784111777, "Sun, 06 Nov 1994 08:49:37 GMT");
}
