/* SPDX-License-Identifier: MIT */

#include "sources/tick_data.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* The digits of a time, with the NUL. */
enum { DIGITS_SIZE = 24 };

/*
 * Puts the seconds in for %s and the microseconds for %f.  Returns whether it
 * fits; *is_whole: strftime has nothing to put in.
 */
static bool
tick_data_expand(char *out, size_t size, const char *format,
    const struct timespec *now, bool *is_whole)
{
	size_t n = 0;

	*is_whole = true;
	for (const char *at = format; *at; at++) {
		bool is_percent = *at == '%' && at[1];
		char digits[DIGITS_SIZE];

		if (is_percent && at[1] == 'f')
			snprintf(digits, sizeof(digits), "%06ld",
			    now->tv_nsec / 1000);
		else if (is_percent && at[1] == 's')
			snprintf(digits, sizeof(digits), "%jd",
			    (intmax_t)now->tv_sec);
		else
			snprintf(digits, sizeof(digits), "%.*s",
			    is_percent ? 2 : 1, at);
		*is_whole = *is_whole && *digits != '%';
		/* Two more bytes are needed behind the last. */
		if (n + strlen(digits) + 2 > size)
			return false;
		n = (size_t)(stpcpy(out + n, digits) - out);
		at += is_percent;
	}
	out[n] = '\0';
	return true;
}

/*
 * The local time needs the time zone's file, which most formats that are for
 * programs do not.
 */
bool
tick_data_format(char out[TICK_DATA_SIZE], const char *format)
{
	char expanded[TICK_DATA_SIZE];
	struct timespec now;
	struct tm local;
	bool is_whole;
	size_t n;

	out[0] = '\0';
	clock_gettime(CLOCK_REALTIME, &now);
	if (!tick_data_expand(
		expanded, sizeof(expanded), format, &now, &is_whole))
		return false;
	if (is_whole) {
		snprintf(out, TICK_DATA_SIZE, "%s", expanded);
		return true;
	}
	localtime_r(&now.tv_sec, &local);
	/* With this behind it, an empty result means that there is no room. */
	n = strlen(expanded);
	expanded[n++] = '$';
	expanded[n] = '\0';
	n = strftime(out, TICK_DATA_SIZE, expanded, &local);
	out[n > 0 ? n - 1 : 0] = '\0';
	return n > 0;
}
