/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_HTTP_DATE_H
#define PIPECAST_HTTP_DATE_H

/* The date of a response (RFC 9110, 5.6.7 and 6.6.1). */

#include <time.h>

/* "Sun, 06 Nov 1994 08:49:37 GMT" with its NUL; years have four digits. */
enum { HTTP_DATE_SIZE = 30 };

/* Writes it whatever the locale.  Returns out. */
const char *http_date(char out[HTTP_DATE_SIZE], time_t now);

#endif
