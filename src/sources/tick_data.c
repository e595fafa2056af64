/* SPDX-License-Identifier: MIT */

#include "sources/tick_data.h"

#include <stdio.h>
#include <time.h>

/* Puts the microseconds in for %f.  Returns whether it fits. */
static bool
expand_microseconds(char *out, size_t size, const char *format, unsigned us)
{
	size_t n = 0;

	for (const char *at = format; *at; at++) {
		bool is_percent = *at == '%' && at[1];

		if (n + 8 > size)
			return false;
		if (is_percent && at[1] == 'f') {
			snprintf(out + n, 7, "%06u", us % 1000000);
			n += 6;
			at++;
			continue;
		}
		out[n++] = *at;
		if (is_percent)
			out[n++] = *++at;
	}
	/* With this behind it, an empty result of strftime means no room. */
	out[n++] = '$';
	out[n] = '\0';
	return true;
}

bool
tick_data_format(char out[TICK_DATA_SIZE], const char *format)
{
	char expanded[TICK_DATA_SIZE];
	struct timespec now;
	struct tm local;
	size_t n;

	out[0] = '\0';
	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &local);
	if (!expand_microseconds(expanded, sizeof(expanded), format,
		(unsigned)now.tv_nsec / 1000))
		return false;
	n = strftime(out, TICK_DATA_SIZE, expanded, &local);
	if (n == 0)
		return false;
	out[n - 1] = '\0';
	return true;
}
