/* SPDX-License-Identifier: MIT */

/* Request target and host: what is accepted is what stands there. */

#include "http/target.h"

#include "fuzz.h"

static char *
encode(const char *path)
{
	size_t n = strlen(path);
	char *text = malloc(3 * n + 1), *at = text;

	REQUIRE(text);
	for (size_t i = 0; i < n; i++)
		at += sprintf(at, "%%%02x", (unsigned char)path[i]);
	*at = '\0';
	return text;
}

/* A decoded path is the same however it was encoded. */
static void
check_path(struct span path)
{
	char *out = malloc(path.n + 1), *text, *again;

	REQUIRE(out);
	if (!http_decode_path(out, path)) {
		REQUIRE(memchr(path.bytes, '%', path.n));
		free(out);
		return;
	}
	REQUIRE(strlen(out) <= path.n);
	text = encode(out);
	again = malloc(strlen(text) + 1);
	REQUIRE(again && http_decode_path(again, span_of(text)));
	REQUIRE(strcmp(out, again) == 0);
	free(out);
	free(text);
	free(again);
}

static void
check_target(const char *text)
{
	struct http_target target;
	const char *wrong = http_target_parse(&target, text);
	const char *end = text + strlen(text);

	if (wrong) {
		REQUIRE(*wrong);
		return;
	}
	for (const char *at = text; at < end; at++)
		REQUIRE((unsigned char)*at > ' ' && *at != '#');
	REQUIRE(target.path.n > 0);
	REQUIRE(*target.path.bytes == '/' || strcmp(text, "*") == 0);
	REQUIRE(!memchr(target.path.bytes, '?', target.path.n));
	if (target.query)
		REQUIRE(target.query[-1] == '?' &&
		    target.query + strlen(target.query) == end);
	if (target.host.bytes)
		REQUIRE(target.host.bytes[-1] == '/' &&
		    !memchr(target.host.bytes, '/', target.host.n));
	else
		REQUIRE(target.path.bytes == text);
	check_path(target.path);
}

static void
check_host(struct span host)
{
	struct span name = http_host_name(host);

	if (!name.bytes) {
		REQUIRE(!http_host_is_local(host, NULL));
		return;
	}
	REQUIRE(name.n > 0 && name.n <= host.n);
	REQUIRE(name.bytes >= host.bytes &&
	    name.bytes + name.n <= host.bytes + host.n);
	if (http_host_is_local(host, NULL))
		REQUIRE(name.n == 9 || name.n == 3);
}

/* What may be allowed is what a browser can ask for. */
static void
check_name(const char *name)
{
	const char *const names[] = {name};

	if (http_host_check(name))
		return;
	REQUIRE(*name);
	if (strchr(name, ':') && *name != '[')
		return;
	REQUIRE(http_host_is_among(span_of(name), names, 1));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	char *text = string_of(take_string(&input));
	char *host = malloc(input.n + 1);

	REQUIRE(host);
	if (input.n > 0)
		memcpy(host, input.at, input.n);
	check_target(text);
	check_path(span_of(text));
	check_name(text);
	check_host(span_of(text));
	check_host((struct span){host, input.n});
	free(text);
	free(host);
	return 0;
}
