/* SPDX-License-Identifier: MIT */

#include "pipecat/target.h"

const char target_no_memory[] = "out of memory";

static const char target_wanted[] =
    "http://HOST[:PORT]/PATH, https://HOST[:PORT]/PATH or unix:SOCKET[:/PATH]";

/* The parts of a URL, all within it. */
struct url_parts {
	struct span scheme; /* with "://" */
	struct span user;   /* with "@", may be empty */
	struct span host;   /* with the port */
	struct span path;   /* with the query, may be empty */
};

static bool
url_split(struct span url, struct url_parts *parts)
{
	const char *colon = url.n > 0 ? memchr(url.bytes, ':', url.n) : NULL;
	size_t n = colon ? (size_t)(colon - url.bytes) : url.n;
	size_t host_n = 0;

	if (url.n < n + 3 || memcmp(url.bytes + n, "://", 3) != 0)
		return false;
	*parts = (struct url_parts){.path = url};
	parts->scheme = span_take(&parts->path, n + 3);
	parts->user = (struct span){parts->path.bytes, 0};
	while (host_n < parts->path.n &&
	    !strchr("/?#", parts->path.bytes[host_n])) {
		if (parts->path.bytes[host_n++] == '@')
			parts->user.n = host_n;
	}
	parts->host = span_take(&parts->path, host_n);
	span_take(&parts->host, parts->user.n);
	return parts->host.n > 0;
}

/* Texts that stand one behind the other. */
struct joined {
	struct span parts[6];
};

static void
joined_write(const void *what, struct byte_sink sink)
{
	const struct joined *joined = what;

	for (size_t i = 0; i < 6; i++)
		sink_span(sink, joined->parts[i]);
}

static struct owned
joined_copy(struct joined joined)
{
	return owned_written(joined_write, &joined);
}

/* Blanks and control characters cannot be in a URL, nor in a request. */
static bool
target_is_clean(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text <= ' ' || *text == 0x7f)
			return false;
	return true;
}

static void
target_parse_socket(struct target *target, const char *text)
{
	const char *colon = strrchr(text, ':');
	bool has_path = colon && colon[1] == '/' && colon > text;
	struct span socket = span_of(text);

	if (has_path)
		socket.n = (size_t)(colon - text);
	target->socket = owned_copy(socket);
	target->url = joined_copy((struct joined){{span_of("http://localhost"),
	    span_of(has_path ? colon + 1 : "/")}});
	target->shown =
	    joined_copy((struct joined){{span_of("unix:"), span_of(text)}});
}

static const char *
target_parse_url(struct target *target, const char *text)
{
	struct span scheme = span_of(strstr(text, "://") ? "" : "http://");
	struct owned whole =
	    joined_copy((struct joined){{scheme, span_of(text)}});
	struct url_parts parts = {0};
	const char *wanted = target_wanted;

	if (!whole.bytes)
		return target_no_memory;
	whole.bytes[strcspn(whole.bytes, "#")] = '\0';
	if (url_split(span_of(whole.bytes), &parts) &&
	    (span_is_word(parts.scheme, "http://") ||
		span_is_word(parts.scheme, "https://")))
		wanted = NULL;
	if (!wanted) {
		struct span path = parts.path;

		target->is_secure = span_is_word(parts.scheme, "https://");
		path.n = strcspn(path.bytes, "?");
		target->url = owned_copy(span_of(whole.bytes));
		target->shown = joined_copy(
		    (struct joined){{parts.scheme, parts.host, path}});
	}
	owned_free(&whole);
	return wanted;
}

const char *
target_parse(struct target *target, const char *text)
{
	const char *wanted = NULL, *socket = text_skip_word(text, "unix:");

	*target = (struct target){0};
	if (!target_is_clean(text) || !*text || (socket && !*socket))
		return target_wanted;
	if (socket)
		target_parse_socket(target, socket);
	else
		wanted = target_parse_url(target, text);
	if (!wanted &&
	    (!target->url.bytes || !target->shown.bytes ||
		(socket && !target->socket.bytes)))
		wanted = target_no_memory;
	if (wanted)
		target_fini(target);
	return wanted;
}

void
target_fini(struct target *target)
{
	owned_free(&target->url);
	owned_free(&target->socket);
	owned_free(&target->shown);
}

struct parameter {
	struct span url;
	const char *name;
	struct span value;
};

static void
parameter_write(const void *what, struct byte_sink sink)
{
	static const char digits[] = "0123456789ABCDEF";
	const struct parameter *parameter = what;
	struct span url = parameter->url;
	bool has_query = memchr(url.bytes, '?', url.n) != NULL;

	sink_span(sink, url);
	sink_text(sink, has_query ? "&" : "?");
	sink_text(sink, parameter->name);
	sink_text(sink, "=");
	for (size_t i = 0; i < parameter->value.n; i++) {
		unsigned char c = (unsigned char)parameter->value.bytes[i];
		const char hex[] = {'%', digits[c >> 4], digits[c & 15]};
		bool is_plain = (c >= '0' && c <= '9') ||
		    (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		    c == '-' || c == '.' || c == '_';

		if (is_plain)
			sink_span(sink, (struct span){(const char *)&c, 1});
		else
			sink_span(sink, (struct span){hex, sizeof(hex)});
	}
}

struct owned
target_with_parameter(struct span url, const char *name, struct span value)
{
	const struct parameter parameter = {url, name, value};

	return owned_written(parameter_write, &parameter);
}

static size_t
url_path_n(struct span path)
{
	const char *mark = path.n > 0 ? memchr(path.bytes, '?', path.n) : NULL;

	return mark ? (size_t)(mark - path.bytes) : path.n;
}

/* The path without so many segments at its end, nor a slash there. */
static bool
path_cut(struct span *path, size_t n)
{
	for (;;) {
		while (path->n > 0 && path->bytes[path->n - 1] == '/')
			path->n--;
		if (n-- == 0)
			return true;
		if (path->n == 0)
			return false;
		while (path->n > 0 && path->bytes[path->n - 1] != '/')
			path->n--;
	}
}

struct owned
target_below(struct span url, size_t n_up, const char *name)
{
	struct url_parts parts;
	struct span path, query;

	if (!url_split(url, &parts))
		return (struct owned){0};
	query = parts.path;
	path = span_take(&query, url_path_n(parts.path));
	if (!path_cut(&path, n_up))
		return (struct owned){0};
	return joined_copy((struct joined){{parts.scheme, parts.user,
	    parts.host, path, span_of(name), query}});
}
