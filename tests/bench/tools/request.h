/* SPDX-License-Identifier: MIT */
#ifndef BENCH_REQUEST_H
#define BENCH_REQUEST_H

/* The request for a stream, as a browser makes it over HTTP, or as nginx hands
   it on over FastCGI. */

#include <stdbool.h>
#include <stddef.h>

enum { MAX_REQUEST = 4096 };

struct request {
	char bytes[MAX_REQUEST];
	size_t n;
};

/* The path may have a query; last_id is "" for none.  Ends the program if all
   that is too long. */
void request_build(struct request *request, bool fastcgi, bool gzip,
    const char *path, const char *last_id);

#endif
