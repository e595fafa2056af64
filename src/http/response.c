/* SPDX-License-Identifier: MIT */

#include "http/response.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *
reason_phrase(int status)
{
	switch (status) {
	case 200:
		return "OK";
	case 204:
		return "No Content";
	case 400:
		return "Bad Request";
	case 403:
		return "Forbidden";
	case 404:
		return "Not Found";
	case 405:
		return "Method Not Allowed";
	default:
		return "Internal Server Error";
	}
}

static void
write_header(struct byte_sink sink, const char *name, struct span value)
{
	sink_text(sink, name);
	sink_text(sink, ": ");
	sink_span(sink, value);
	sink_text(sink, "\r\n");
}

static void
write_first_line(
    enum response_form form, const struct answer *answer, struct byte_sink sink)
{
	char line[64];

	snprintf(line, sizeof(line), "%s %d %s\r\n",
	    form == RESPONSE_CGI ? "Status:" : "HTTP/1.1", answer->status,
	    reason_phrase(answer->status));
	sink_text(sink, line);
	if (form == RESPONSE_HTTP)
		sink_text(sink, "Connection: close\r\n");
}

/* Everything on the way is told not to hold the stream back. */
static void
write_stream_headers(const struct policy *policy, struct byte_sink sink)
{
	write_header(
	    sink, "Content-Type", span_of(stream_media_type(policy->dialect)));
	sink_text(sink,
	    "Cache-Control: no-store, no-transform\r\n"
	    "X-Accel-Buffering: no\r\n"
	    "Incremental: ?1\r\n");
}

static void
write_length(size_t n, struct byte_sink sink)
{
	char length[24];

	snprintf(length, sizeof(length), "%zu", n);
	write_header(sink, "Content-Length", span_of(length));
}

static struct span
body_of(const struct answer *answer)
{
	return answer->body.bytes ? answer->body : span_of(answer->text);
}

static void
write_text_headers(const struct answer *answer, struct byte_sink sink)
{
	const char *type = "text/plain; charset=utf-8";

	write_header(sink, "Content-Type",
	    span_of(answer->body.bytes ? answer->body_type : type));
	sink_text(sink, "Cache-Control: no-store\r\n");
	write_length(body_of(answer).n, sink);
}

/* Its scripts are known by their hashes, which no proxy is to change. */
static void
write_page_headers(const struct policy *policy, struct byte_sink sink)
{
	sink_text(sink,
	    "Content-Type: text/html; charset=utf-8\r\n"
	    "Cache-Control: no-cache, no-transform\r\n"
	    "Referrer-Policy: no-referrer\r\n");
	if (policy->page_security)
		write_header(sink, "Content-Security-Policy",
		    span_of(policy->page_security));
	write_length(policy->page.n, sink);
}

static void
write_content_headers(const struct policy *policy, const struct answer *answer,
    struct byte_sink sink)
{
	bool is_stream = answer->is_stream || answer->is_later;

	if (is_stream)
		write_stream_headers(policy, sink);
	else if (answer->is_page)
		write_page_headers(policy, sink);
	else if (answer->status == 204)
		sink_text(sink, "Cache-Control: no-store\r\n");
	else
		write_text_headers(answer, sink);
	/* The same URL is the other one for another Accept. */
	if (policy->page.bytes && (is_stream || answer->is_page))
		sink_text(sink, "Vary: Accept\r\n");
}

static bool
is_set_by_owner(const struct policy *policy, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < policy->n_headers; i++)
		if (strncasecmp(policy->headers[i], name, n) == 0 &&
		    policy->headers[i][n] == ':')
			return true;
	return false;
}

/* Keeps pages of other sites from loading it, and from its window. */
static void
write_isolation_headers(const struct policy *policy,
    const struct answer *answer, struct byte_sink sink)
{
	static const char resource[] = "Cross-Origin-Resource-Policy";
	static const char opener[] = "Cross-Origin-Opener-Policy";

	if (!is_set_by_owner(policy, resource))
		write_header(sink, resource,
		    span_of(answer->allow_origin.bytes ? "cross-origin"
						       : "same-origin"));
	if (answer->is_page && !is_set_by_owner(policy, opener))
		write_header(sink, opener, span_of("same-origin"));
}

static void
write_cross_origin_headers(const struct answer *answer, struct byte_sink sink)
{
	if (answer->allow_origin.bytes)
		write_header(
		    sink, "Access-Control-Allow-Origin", answer->allow_origin);
	if (answer->varies_by_origin)
		sink_text(sink, "Vary: Origin\r\n");
	if (answer->is_preflight && answer->allow_origin.bytes)
		sink_text(sink,
		    "Access-Control-Allow-Methods: GET, HEAD\r\n"
		    "Access-Control-Allow-Headers: "
		    "Authorization, Cache-Control, Last-Event-ID\r\n"
		    "Access-Control-Max-Age: 86400\r\n");
}

void
response_write(enum response_form form, const struct policy *policy,
    const struct answer *answer, struct byte_sink sink)
{
	write_first_line(form, answer, sink);
	write_content_headers(policy, answer, sink);
	sink_text(sink, "X-Content-Type-Options: nosniff\r\n");
	write_isolation_headers(policy, answer, sink);
	if (answer->status == 405 || answer->is_preflight)
		sink_text(sink, "Allow: GET, HEAD, OPTIONS\r\n");
	write_cross_origin_headers(answer, sink);
	for (size_t i = 0; i < policy->n_headers; i++) {
		sink_text(sink, policy->headers[i]);
		sink_text(sink, "\r\n");
	}
	sink_text(sink, "\r\n");
	if (answer->is_stream || answer->without_body)
		return;
	if (answer->is_page)
		sink_span(sink, policy->page);
	else
		sink_span(sink, body_of(answer));
}

char *
response_create(enum response_form form, const struct policy *policy,
    const struct answer *answer, size_t *n)
{
	struct text_buffer text = {0};

	response_write(form, policy, answer, text_buffer_sink(&text));
	text.bytes = malloc(text.n);
	text.cap = text.n;
	text.n = 0;
	if (text.bytes)
		response_write(form, policy, answer, text_buffer_sink(&text));
	*n = text.n;
	return text.bytes;
}
