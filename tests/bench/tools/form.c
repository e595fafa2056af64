/* SPDX-License-Identifier: MIT */

#include "form.h"

#include <stdio.h>
#include <string.h>

static const char *const paths[] = {"/", "/index.html", "/css/site.css",
    "/js/app.min.js", "/img/logo.svg", "/api/v1/orders", "/api/v1/users/me",
    "/blog/2024/05/how-we-log", "/favicon.ico", "/search?q=events"};
static const char *const agents[] = {
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like "
    "Gecko) Chrome/126.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15",
    "curl/8.5.0"};
static const unsigned statuses[] = {200, 200, 200, 304, 200, 404, 302, 500};
static const char *const levels[] = {"info", "info", "debug", "warn", "error"};
static const char *const messages[] = {"request finished", "cache miss",
    "connected to database", "payment accepted", "retrying in 2 s"};

#define CHOOSE(of, random) (of)[(random) % (sizeof(of) / sizeof((of)[0]))]

/* SplitMix64. */
static uint64_t
form_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static size_t
form_access(char out[FORM_MAX], uint64_t number)
{
	uint64_t state = number, a = form_random(&state),
		 b = form_random(&state);
	int n = snprintf(out, FORM_MAX,
	    "203.0.%u.%u - - [12/Jun/2024:%02u:%02u:%02u +0000] \"GET %s "
	    "HTTP/1.1\" %u %u \"-\" \"%s\"",
	    (unsigned)(a & 3), (unsigned)(a >> 8 & 255),
	    (unsigned)(number / 36000 % 24), (unsigned)(number / 600 % 60),
	    (unsigned)(number / 10 % 60), CHOOSE(paths, a >> 16),
	    CHOOSE(statuses, a >> 32), (unsigned)(b % 40000),
	    CHOOSE(agents, b >> 32));

	return (size_t)n;
}

static size_t
form_json(char out[FORM_MAX], uint64_t number)
{
	uint64_t state = number, a = form_random(&state),
		 b = form_random(&state);
	int n = snprintf(out, FORM_MAX,
	    "{\"time\":\"2024-06-12T%02u:%02u:%02u.%03uZ\",\"level\":\"%s\","
	    "\"service\":\"shop\",\"pid\":%u,\"request\":\"%08x\","
	    "\"msg\":\"%s\",\"path\":\"%s\",\"ms\":%u}",
	    (unsigned)(number / 36000 % 24), (unsigned)(number / 600 % 60),
	    (unsigned)(number / 10 % 60), (unsigned)(a % 1000),
	    CHOOSE(levels, a >> 16), 4000 + (unsigned)(a >> 24 & 3),
	    (unsigned)b, CHOOSE(messages, a >> 32), CHOOSE(paths, a >> 48),
	    (unsigned)(b >> 32) % 900);

	return (size_t)n;
}

form_writer *
form_find(const char *name)
{
	if (strcmp(name, "access") == 0)
		return form_access;
	return strcmp(name, "json") == 0 ? form_json : NULL;
}
