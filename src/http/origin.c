/* SPDX-License-Identifier: MIT */

#include "http/origin.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "255.255.255.255" and an IPv6 address fit, with the NUL. */
enum { IP_SIZE = 64 };

static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
static const char digits[] = "0123456789";

/* Lower case, or false if it does not fit or is not plain ASCII. */
static bool
origin_copy_in_lower_case(char out[ORIGIN_SIZE], const char *text)
{
	size_t n = strlen(text);

	if (n >= ORIGIN_SIZE)
		return false;
	for (size_t i = 0; i <= n; i++) {
		unsigned char c = (unsigned char)text[i];

		if (i < n && (c <= ' ' || c > '~' || c == ','))
			return false;
		out[i] = text_lower((char)c);
	}
	return true;
}

static bool
origin_is_of(const char *text, size_t n, const char *characters)
{
	for (size_t i = 0; i < n; i++)
		if (!strchr(characters, text[i]))
			return false;
	return n > 0;
}

/* RFC 3986, 3.1. */
static bool
origin_is_scheme(const char *text, size_t n)
{
	return n > 0 && n < 32 && strchr(letters, *text) &&
	    origin_is_of(text, n, "abcdefghijklmnopqrstuvwxyz0123456789+-.");
}

/* Brings an address into the form that inet_ntop gives it. */
static bool
origin_rewrite_ip(int family, char *host, size_t n)
{
	unsigned char address[sizeof(struct in6_addr)];
	char text[IP_SIZE];
	size_t length;

	if (n >= sizeof(text))
		return false;
	memcpy(text, host, n);
	text[n] = '\0';
	if (inet_pton(family, text, address) != 1 ||
	    !inet_ntop(family, address, text, sizeof(text)) || strlen(text) > n)
		return false;
	length = strlen(text);
	for (size_t i = 0; i < n; i++)
		host[i] = i < length ? text[i] : ' ';
	return true;
}

/* A host whose last label is a number is an IPv4 address (URL standard). */
static bool
origin_ends_in_a_number(const char *host, size_t n)
{
	size_t at = n;

	while (at > 0 && host[at - 1] != '.')
		at--;
	return origin_is_of(host + at, n - at, digits);
}

/*
 * Whether it is a host that a browser may be at.  An IP address is rewritten;
 * if it has become shorter, blanks follow it.
 */
static bool
origin_check_host(char *host, size_t n)
{
	if (n >= 2 && host[0] == '[' && host[n - 1] == ']') {
		if (!origin_rewrite_ip(AF_INET6, host + 1, n - 2))
			return false;
		host[n - 1] = ' ';
		host[1 + strcspn(host + 1, " ")] = ']';
		return true;
	}
	if (!origin_is_of(host, n, "abcdefghijklmnopqrstuvwxyz0123456789-._"))
		return false;
	if (*host == '.' || strstr(host, ".."))
		return false;
	return !origin_ends_in_a_number(host, n) ||
	    origin_rewrite_ip(AF_INET, host, n);
}

/* The port of ":PORT", 0 for none or that of the scheme, -1 if it is wrong. */
static long
origin_read_port(const char *text, const char *scheme, size_t scheme_n)
{
	bool is_http = scheme_n == 4 && memcmp(scheme, "http", 4) == 0;
	bool is_https = scheme_n == 5 && memcmp(scheme, "https", 5) == 0;
	long port;

	if (!*text)
		return 0;
	if (*text++ != ':' || strlen(text) > 5 ||
	    !origin_is_of(text, strlen(text), digits))
		return -1;
	port = strtol(text, NULL, 10);
	if (port == 0 || port > 65535)
		return -1;
	return (is_http && port == 80) || (is_https && port == 443) ? 0 : port;
}

static const char *
origin_parse_authority(char out[ORIGIN_SIZE], size_t scheme_n)
{
	char *host = out + scheme_n + strlen("://");
	size_t n = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");
	long port;

	if (strpbrk(host, "/?#"))
		return "an origin without a path, not even a slash at the end, "
		       "such as https://example.org";
	if (strchr(host, '*'))
		return "an origin of one host; * stands for all by itself "
		       "alone";
	if (n > strlen(host) || !origin_check_host(host, n))
		return "an origin with a host name or an IP address, such as "
		       "https://example.org";
	port = origin_read_port(host + n, out, scheme_n);
	if (port < 0)
		return "an origin with a port from 1 to 65535 or none, such as "
		       "https://example.org:8443";
	n = strcspn(host, " ") < n ? strcspn(host, " ") : n;
	host[n] = '\0';
	if (port > 0)
		snprintf(host + n, (size_t)(out + ORIGIN_SIZE - host) - n,
		    ":%ld", port);
	return NULL;
}

const char *
origin_parse(char out[ORIGIN_SIZE], const char *text)
{
	const char *colon;

	if (!origin_copy_in_lower_case(out, text))
		return "an origin in ASCII (xn-- for other letters) without "
		       "blanks or commas, such as https://example.org";
	if (strcmp(text, "*") == 0 || strcmp(text, "null") == 0)
		return NULL;
	colon = strstr(out, "://");
	if (!colon || !origin_is_scheme(out, (size_t)(colon - out)))
		return "an origin such as https://example.org, or *";
	return origin_parse_authority(out, (size_t)(colon - out));
}

/* Removes the port at the end of a host, if it is that one. */
static struct span
origin_without_port(struct span host, const char *port)
{
	size_t n = strlen(port);

	if (host.n > n && memcmp(host.bytes + host.n - n, port, n) == 0)
		host.n -= n;
	return host;
}

bool
origin_is_of_host(struct span origin, struct span host)
{
	static const struct {
		const char *scheme, *port;
	} rows[] = {{"http://", ":80"}, {"https://", ":443"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = strlen(rows[i].scheme);
		struct span of_origin = {origin.bytes + n, origin.n - n};

		if (origin.n <= n ||
		    memcmp(origin.bytes, rows[i].scheme, n) != 0)
			continue;
		return span_equal_words(
		    origin_without_port(of_origin, rows[i].port),
		    origin_without_port(host, rows[i].port));
	}
	return false;
}
