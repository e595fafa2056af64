/* SPDX-License-Identifier: MIT */

#include "sources/redis_url.h"

#include <stdio.h>
#include <string.h>

const struct redis_url redis_url_default = {.host = "127.0.0.1", .port = 6379};

static const char redis_url_wanted[] =
    "redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE] or unix:PATH";

/* Copies the span, if it fits with a NUL. */
static bool
redis_url_copy(char *out, size_t size, struct span span)
{
	if (span.n >= size || memchr(span.bytes, '\0', span.n))
		return false;
	memcpy(out, span.bytes, span.n);
	out[span.n] = '\0';
	return true;
}

/* The same of a percent-encoded text. */
static bool
redis_url_decode(char *out, size_t size, struct span span)
{
	size_t n = 0;

	while (span.n > 0) {
		int byte = text_decode_byte(span);

		if (n + 1 >= size || byte == 0)
			return false;
		out[n++] = byte > 0 ? (char)byte : *span.bytes;
		span_take(&span, byte > 0 ? 3 : 1);
	}
	out[n] = '\0';
	return true;
}

/* Cuts off what follows the last mark, and the mark; absent without one. */
static struct span
redis_url_cut(struct span *text, char mark)
{
	for (size_t n = text->n; n > 0; n--) {
		if (text->bytes[n - 1] != mark)
			continue;
		struct span behind = {text->bytes + n, text->n - n};

		text->n = n - 1;
		return behind;
	}
	return (struct span){NULL, 0};
}

static bool
redis_url_number(struct span text, unsigned long max, uint16_t *number)
{
	unsigned long value = 0;

	if (text.n == 0 || text.n > 5)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		if (text.bytes[i] < '0' || text.bytes[i] > '9')
			return false;
		value = value * 10 + (unsigned long)(text.bytes[i] - '0');
	}
	*number = (uint16_t)value;
	return value <= max;
}

/* "USER:PASSWORD", ":PASSWORD", or a password alone. */
static bool
redis_url_parse_user(struct redis_url *url, struct span text)
{
	const char *colon = memchr(text.bytes, ':', text.n);
	struct span user = {text.bytes, 0};

	if (colon) {
		user.n = (size_t)(colon - text.bytes);
		span_take(&text, user.n + 1);
	}
	return redis_url_decode(url->user, sizeof(url->user), user) &&
	    redis_url_decode(url->password, sizeof(url->password), text);
}

/* "HOST", "HOST:PORT", "[V6]" or "[V6]:PORT". */
static bool
redis_url_parse_host(struct redis_url *url, struct span text)
{
	bool is_v6 = text.n > 0 && *text.bytes == '[';
	struct span host = text, port = {NULL, 0};

	if (!is_v6 || text.bytes[text.n - 1] != ']')
		port = redis_url_cut(&host, ':');
	if (is_v6) {
		if (host.n < 3 || host.bytes[host.n - 1] != ']')
			return false;
		host = (struct span){host.bytes + 1, host.n - 2};
	} else if (memchr(host.bytes, ':', host.n)) {
		return false;
	}
	return host.n > 0 &&
	    redis_url_copy(url->host, sizeof(url->host), host) &&
	    (!port.bytes ||
		(redis_url_number(port, UINT16_MAX, &url->port) &&
		    url->port > 0));
}

static const char *
redis_url_parse_socket(struct redis_url *url, const char *path)
{
	url->host[0] = '\0';
	return *path &&
		redis_url_copy(url->path, sizeof(url->path), span_of(path))
	    ? NULL
	    : "unix:PATH with a PATH of up to 107 bytes";
}

const char *
redis_url_parse(struct redis_url *url, const char *text)
{
	const char *rest = text_skip_word(text, "redis://");
	const char *path = text_skip_word(text, "unix:");
	struct span place, user, database;

	*url = redis_url_default;
	if (text_skip_word(text, "rediss://"))
		return "redis://, perhaps through a tunnel such as stunnel, "
		       "because pipecast does not speak TLS to Redis itself";
	if (path)
		return redis_url_parse_socket(url, path);
	if (!rest)
		return redis_url_wanted;
	user = span_of(rest);
	place = redis_url_cut(&user, '@');
	if (!place.bytes) {
		place = user;
		user.n = 0;
	}
	database = redis_url_cut(&place, '/');
	return redis_url_parse_user(url, user) &&
		redis_url_parse_host(url, place) &&
		(database.n == 0 ||
		    redis_url_number(database, UINT16_MAX, &url->database))
	    ? NULL
	    : redis_url_wanted;
}

char *
redis_url_write(const struct redis_url *url, char out[REDIS_URL_TEXT_SIZE])
{
	char database[16] = "";
	bool is_v6 = strchr(url->host, ':') != NULL;

	if (url->database > 0)
		snprintf(
		    database, sizeof(database), "/%u", (unsigned)url->database);
	if (*url->path)
		snprintf(out, REDIS_URL_TEXT_SIZE, "unix:%s", url->path);
	else
		snprintf(out, REDIS_URL_TEXT_SIZE, "redis://%s%s%s:%u%s",
		    is_v6 ? "[" : "", url->host, is_v6 ? "]" : "",
		    (unsigned)url->port, database);
	return out;
}

void
redis_url_hide(char *text)
{
	char *from = strstr(text, "redis://"), *end;

	if (!from)
		return;
	from += strlen("redis://");
	end = strrchr(from, '@');
	if (!end)
		return;
	from = memchr(from, ':', (size_t)(end - from)) ? strchr(from, ':') + 1
						       : from;
	memset(from, 'x', (size_t)(end - from));
}
