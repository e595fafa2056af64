/* SPDX-License-Identifier: MIT */

#include "http/base_path.h"

#include <string.h>

static const char wanted[] =
    "an absolute path as it stands in the URL, such as /tools/events";

static bool
base_path_is_letter_or_digit(char c)
{
	return (c >= '0' && c <= '9') ||
	    ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/*
 * Takes the next character of a segment, decoded.  Returns how many bytes it
 * stands for, 0 if it is none: not even RFC 3986's pchar, or a NUL or slash
 * behind a %, which no server tells from others.
 */
static size_t
base_path_take_character(struct span segment, char *c)
{
	int byte = text_decode_byte(segment);

	*c = byte < 0 ? segment.bytes[0] : (char)byte;
	if (byte >= 0)
		return *c && *c != '/' ? 3 : 0;
	return base_path_is_letter_or_digit(*c) ||
		(*c && strchr("-._~!$&'()*+,;=:@", *c))
	    ? 1
	    : 0;
}

/* The segment that the path begins with, slashes before it skipped. */
static struct span
base_path_take_segment(struct span *path)
{
	struct span segment;

	while (path->n > 0 && *path->bytes == '/') {
		path->bytes++;
		path->n--;
	}
	segment = (struct span){path->bytes, 0};
	while (path->n > 0 && *path->bytes != '/') {
		path->bytes++;
		path->n--;
		segment.n++;
	}
	return segment;
}

/* Checking. */

static bool
base_path_is_segment(struct span segment)
{
	bool only_dots = segment.n > 0;
	size_t n_characters = 0, n;
	char c;

	for (; segment.n > 0; segment.bytes += n, segment.n -= n) {
		n = base_path_take_character(segment, &c);
		if (n == 0)
			return false;
		only_dots = only_dots && c == '.';
		n_characters++;
	}
	/* Browsers and servers remove "." and ".." from a path. */
	return n_characters > 0 && !(only_dots && n_characters <= 2);
}

const char *
base_path_check(const char *base_path)
{
	struct span path = base_path_trim(base_path);

	if (*base_path != '/')
		return wanted;
	while (path.n > 0) {
		const char *slash = path.bytes;

		if (!base_path_is_segment(base_path_take_segment(&path)) ||
		    slash[1] == '/')
			return wanted;
	}
	return NULL;
}

struct span
base_path_trim(const char *base_path)
{
	struct span path = span_of(base_path ? base_path : "");

	if (path.n > 0 && path.bytes[path.n - 1] == '/')
		path.n--;
	return path;
}

/* Stripping. */

static bool
base_path_is_same_segment(struct span encoded, struct span decoded)
{
	size_t n;
	char c;

	for (; encoded.n > 0 && decoded.n > 0; decoded.bytes++, decoded.n--) {
		n = base_path_take_character(encoded, &c);
		if (n == 0 || c != *decoded.bytes)
			return false;
		encoded.bytes += n;
		encoded.n -= n;
	}
	return encoded.n == 0 && decoded.n == 0;
}

/* Returns whether the path begins with the base path, which is then dropped. */
static bool
base_path_drop(const char *base_path, struct span *path)
{
	struct span left = base_path_trim(base_path), rest = *path;

	while (left.n > 0)
		if (!base_path_is_same_segment(base_path_take_segment(&left),
			base_path_take_segment(&rest)))
			return false;
	*path = rest;
	return true;
}

static struct span
base_path_without_slashes(struct span path)
{
	while (path.n > 0 && *path.bytes == '/') {
		path.bytes++;
		path.n--;
	}
	while (path.n > 0 && path.bytes[path.n - 1] == '/')
		path.n--;
	return path.n > 0 ? path : (struct span){NULL, 0};
}

struct span
base_path_strip(
    const char *base_path, const char *path_info, const char *script_name)
{
	struct span path = span_of(path_info);

	if (path.n > 0) {
		base_path_drop(base_path, &path);
		return base_path_without_slashes(path);
	}
	path = span_of(script_name);
	/* Without a base path it would be the script's own name. */
	if (base_path_trim(base_path).n > 0 && base_path_drop(base_path, &path))
		return base_path_without_slashes(path);
	return (struct span){NULL, 0};
}
