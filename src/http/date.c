/* SPDX-License-Identifier: MIT */

#include "http/date.h"

#include <stdio.h>
#include <string.h>

const char *
http_date(char out[HTTP_DATE_SIZE], time_t now)
{
	static const char days[][4] = {
	    "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May",
	    "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	struct tm utc = {0};

	gmtime_r(&now, &utc);
	/* The remainders show the compiler that the text fits. */
	snprintf(out, HTTP_DATE_SIZE, "%s, %02u %s %04u %02u:%02u:%02u GMT",
	    days[utc.tm_wday], (unsigned)utc.tm_mday % 100, months[utc.tm_mon],
	    (unsigned)(utc.tm_year + 1900) % 10000, (unsigned)utc.tm_hour % 100,
	    (unsigned)utc.tm_min % 100, (unsigned)utc.tm_sec % 100);
	return out;
}
