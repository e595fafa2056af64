/* SPDX-License-Identifier: MIT */

#include "gateways/fastcgi_mistake.h"

#include "http/response.h"

#include <string.h>

enum fastcgi_mistake
fastcgi_mistake_of(struct span first_bytes)
{
	/* PRI begins HTTP/2 (RFC 9113, 3.4). */
	static const char *const methods[] = {"GET ", "HEAD ", "POST ", "PUT ",
	    "DELETE ", "OPTIONS ", "PATCH ", "CONNECT ", "TRACE ", "PRI "};

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		size_t n = strlen(methods[i]);

		if (first_bytes.n >= n &&
		    memcmp(first_bytes.bytes, methods[i], n) == 0)
			return FASTCGI_MISTAKE_HTTP;
	}
	if (first_bytes.n >= 3 && memcmp(first_bytes.bytes, "\x16\x03", 2) == 0)
		return FASTCGI_MISTAKE_TLS;
	return FASTCGI_MISTAKE_NONE;
}

char *
fastcgi_mistake_answer(const char *date, size_t *n)
{
	const struct response_form form = {.is_http = true, .date = date};
	const struct policy nothing = {0};
	struct answer answer = {0};

	policy_error(&answer, 400,
	    "This socket speaks FastCGI, which is for web servers, not HTTP. "
	    "For browsers and HTTP proxies start pipecast with --http ADDR, or "
	    "put FileDescriptorName=http into the systemd socket unit.");
	return response_create(&form, &nothing, &answer, n);
}
