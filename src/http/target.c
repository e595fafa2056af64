/* SPDX-License-Identifier: MIT */

#include "http/target.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

/* The target. */

/* Behind "http://" or "https://", or NULL. */
static const char *
target_skip_scheme(const char *text)
{
	const char *rest = text_skip_word(text, "http://");

	return rest ? rest : text_skip_word(text, "https://");
}

/* No client sends a fragment; some do send bytes that are not ASCII. */
static bool
target_is_clean(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text <= ' ' || *text == 0x7f ||
		    *text == '#')
			return false;
	return true;
}

const char *
http_target_parse(struct http_target *target, const char *text)
{
	const char *authority = target_skip_scheme(text);
	size_t n;

	*target = (struct http_target){0};
	if (!target_is_clean(text))
		return "The request target contains characters that are not "
		       "allowed there.";
	if (authority) {
		n = strcspn(authority, "/?");
		target->host = (struct span){authority, n};
		text = authority + n;
	} else if (*text != '/' && strcmp(text, "*") != 0) {
		return "The request target must be a path.";
	}
	n = strcspn(text, "?");
	target->path = n > 0 ? (struct span){text, n} : span_of("/");
	if (text[n] == '?')
		target->query = text + n + 1;
	return NULL;
}

bool
http_decode_path(char *out, struct span path)
{
	while (path.n > 0) {
		int byte = text_decode_byte(path);
		char c = *span_take(&path, byte < 0 ? 1 : 3).bytes;

		if (byte == 0 || (byte < 0 && c == '%'))
			return false;
		*out++ = byte < 0 ? c : (char)byte;
	}
	*out = '\0';
	return true;
}

/* The host. */

static const char host_characters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-_";

static bool
target_is_port(struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.bytes[i] < '0' || text.bytes[i] > '9')
			return false;
	return true;
}

struct span
http_host_name(struct span host)
{
	static const struct span absent = {NULL, 0};
	struct span name = host, rest;
	const char *end;

	if (host.n == 0)
		return absent;
	if (*host.bytes == '[') {
		end = memchr(host.bytes, ']', host.n);
		if (!end)
			return absent;
		name.bytes++;
		name.n = (size_t)(end++ - name.bytes);
	} else {
		end = memchr(host.bytes, ':', host.n);
		if (!end)
			return host;
		name.n = (size_t)(end - name.bytes);
	}
	rest = (struct span){end, (size_t)(host.bytes + host.n - end)};
	if (name.n == 0)
		return absent;
	if (rest.n == 0)
		return name;
	if (*rest.bytes != ':')
		return absent;
	return target_is_port((struct span){rest.bytes + 1, rest.n - 1})
	    ? name
	    : absent;
}

bool
http_host_is_local(struct span host, const char *asked_for)
{
	struct span name = http_host_name(host);

	if (!name.bytes)
		return false;
	return span_is_word(name, "localhost") ||
	    span_is_word(name, "127.0.0.1") || span_is_word(name, "::1") ||
	    (asked_for && span_is_word(name, asked_for));
}

static bool
target_parse_v6(struct span text, struct in6_addr *address)
{
	char copy[INET6_ADDRSTRLEN];

	if (text.n >= sizeof(copy))
		return false;
	memcpy(copy, text.bytes, text.n);
	copy[text.n] = '\0';
	return inet_pton(AF_INET6, copy, address) == 1;
}

/* Of an IPv6 address's many spellings browsers send the shortest. */
static bool
target_is_same_host(struct span a, struct span b)
{
	struct in6_addr a_v6, b_v6;

	if (span_equal_words(a, b))
		return true;
	return target_parse_v6(a, &a_v6) && target_parse_v6(b, &b_v6) &&
	    memcmp(&a_v6, &b_v6, sizeof(a_v6)) == 0;
}

/* A name that may be an IPv6 address with or without its brackets. */
static struct span
target_without_brackets(const char *name)
{
	size_t n = strlen(name);

	if (n > 2 && name[0] == '[' && name[n - 1] == ']')
		return (struct span){name + 1, n - 2};
	return (struct span){name, n};
}

bool
http_host_is_among(struct span host, const char *const *names, size_t n_names)
{
	struct span name = http_host_name(host);

	for (size_t i = 0; name.bytes && i < n_names; i++)
		if (target_is_same_host(
			name, target_without_brackets(names[i])))
			return true;
	return false;
}

/* Labels of letters, digits, hyphens and underscores, the last no number. */
static bool
target_is_host_name(const char *name)
{
	size_t n = 0;

	for (; *name; name += n + (name[n] == '.')) {
		n = strcspn(name, ".");
		if (n == 0 || (name[n] == '.' && !name[n + 1]) ||
		    strspn(name, host_characters) < n)
			return false;
	}
	return n > 0 && strspn(name - n, "0123456789") < n;
}

const char *
http_host_check(const char *name)
{
	struct in6_addr v6;
	struct in_addr v4;

	if (target_is_host_name(name) || inet_pton(AF_INET, name, &v4) == 1 ||
	    target_parse_v6(target_without_brackets(name), &v6))
		return NULL;
	return "a host's name or address without a port, such as "
	       "events.example.org";
}
