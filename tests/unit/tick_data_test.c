/* SPDX-License-Identifier: MIT */

#include "sources/tick_data.h"

#include "helpers.h"

#include <ctype.h>
#include <time.h>

static const char *
made_of(const char *format)
{
	static char out[TICK_DATA_SIZE];

	cr_assert(tick_data_format(out, format), "%s", format);
	return out;
}

Test(tick_data, default_is_seconds_and_microseconds)
{
	time_t before = time(NULL);
	const char *text = made_of(TICK_DATA_DEFAULT);
	char *end;
	long long seconds = strtoll(text, &end, 10);

	cr_assert_geq(seconds, before);
	cr_assert_leq(seconds, time(NULL));
	cr_assert_eq(*end, '.');
	cr_assert_eq(strspn(end + 1, "0123456789"), 6);
	cr_assert_eq(end[7], '\0');
}

Test(tick_data, other_fields_are_of_strftime)
{
	setenv("TZ", "XYZ3", 1);
	cr_assert_str_eq(made_of("a %Z%% b"), "a XYZ% b");
	cr_assert_str_eq(made_of("100%"), "100%");
	cr_assert_str_eq(made_of(""), "");
}

Test(tick_data, time_zone_is_read_only_for_a_local_time)
{
	setenv("TZ", "XYZ3", 1);
	made_of("at %s.%f");
	cr_assert_str_neq(tzname[0], "XYZ");
	made_of("%H");
	cr_assert_str_eq(tzname[0], "XYZ");
}

Test(tick_data, longer_text_than_fits_is_refused)
{
	char format[2 * TICK_DATA_SIZE], out[TICK_DATA_SIZE];

	for (size_t n = 0; n < sizeof(format); n++) {
		memset(format, 'a', n);
		format[n] = '\0';
		if (n < 1000)
			cr_assert_eq(strlen(made_of(format)), n);
		else if (n > TICK_DATA_SIZE)
			cr_assert_not(tick_data_format(out, format));
	}
	for (size_t n = 0; n + 2 < sizeof(format); n += 2) {
		bool fits;

		memcpy(format + n, n % 4 ? "%c" : "%f", 3);
		memset(out, 'x', sizeof(out));
		fits = tick_data_format(out, format);
		cr_assert_lt(strnlen(out, sizeof(out)), sizeof(out));
		cr_assert(fits || *out == '\0');
	}
}
