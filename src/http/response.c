/* SPDX-License-Identifier: MIT */

#include "http/response.h"

#include "core/owned.h"
#include "http/access.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The statuses and their phrases (RFC 9110, 15); the last is for all others. */
static const struct status {
	int code;
	const char *phrase;
} statuses[] = {
    {200, "OK"},
    {202, "Accepted"},
    {204, "No Content"},
    {303, "See Other"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {417, "Expectation Failed"},
    {431, "Request Header Fields Too Large"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {505, "HTTP Version Not Supported"},
    {500, "Internal Server Error"},
};

static const char *
response_phrase(int code)
{
	const struct status *status = statuses;

	while (status->code != code && status->code != 500)
		status++;
	return status->phrase;
}

static void
response_write_header(
    struct byte_sink sink, const char *name, struct span value)
{
	sink_text(sink, name);
	sink_text(sink, ": ");
	sink_span(sink, value);
	sink_text(sink, "\r\n");
}

/* The head and content of each kind of answer. */
static const struct response_row {
	int status; /* 0: the answer's own */
	const char *cache_control;
	const char *more; /* header lines, or NULL */
	bool has_length;
	bool varies_by_accept; /* the same URL may be the stream and its page */
	bool may_be_gzip;      /* this answer, or another of the same URL */
	bool is_document;
	bool lists_methods;
	bool offers_posts;
} rows[] = {
    [ANSWER_ERROR] =
	{
	    .cache_control = "no-store",
	    .has_length = true,
	},
    /* Everything on the way is told not to hold the stream back. */
    [ANSWER_STREAM] =
	{
	    .status = 200,
	    .cache_control = "no-store, no-transform",
	    .more = "X-Accel-Buffering: no\r\nIncremental: ?1\r\n",
	    .varies_by_accept = true,
	    .may_be_gzip = true,
	    .offers_posts = true,
	},
    /* Its scripts are known by their hashes, which no proxy is to change. */
    [ANSWER_PAGE] =
	{
	    .status = 200,
	    .cache_control = "no-cache, no-transform",
	    .more = "Referrer-Policy: no-referrer\r\n",
	    .has_length = true,
	    .varies_by_accept = true,
	    .may_be_gzip = true,
	    .is_document = true,
	    .offers_posts = true,
	},
    [ANSWER_REPORT] =
	{
	    .status = 200,
	    .cache_control = "no-store",
	    .has_length = true,
	    .may_be_gzip = true,
	},
    [ANSWER_PREFLIGHT] =
	{
	    .status = 204,
	    .cache_control = "no-store",
	    .lists_methods = true,
	    .offers_posts = true,
	},
    [ANSWER_ENDED] =
	{
	    .status = 204,
	    .cache_control = "no-store",
	},
    [ANSWER_REDIRECT] =
	{
	    .status = 303,
	    .cache_control = "no-store",
	    .more = "Referrer-Policy: no-referrer\r\n",
	    .has_length = true,
	},
    [ANSWER_LATER] =
	{
	    .status = 200,
	    .cache_control = "no-store, no-transform",
	    .more = "X-Accel-Buffering: no\r\nIncremental: ?1\r\n",
	    .varies_by_accept = true,
	    .may_be_gzip = true,
	    .offers_posts = true,
	},
    [ANSWER_POST] =
	{
	    .cache_control = "no-store",
	    .has_length = true,
	},
};

struct content {
	const char *media_type; /* NULL: there is no content */
	struct span body;       /* of a stream: its beginning */
};

static struct content
response_content(const struct policy *policy, const struct answer *answer)
{
	struct content content = {0};

	switch (answer->kind) {
	case ANSWER_ERROR:
		content.media_type = answer->is_form
		    ? "text/html; charset=utf-8"
		    : "text/plain; charset=utf-8";
		content.body = span_of(answer->text);
		break;
	case ANSWER_POST:
		content.media_type = "application/json";
		content.body = span_of(answer->text);
		break;
	case ANSWER_PAGE:
		content.media_type = "text/html; charset=utf-8";
		content.body =
		    answer->is_gzip ? policy->page_gzip : policy->page;
		break;
	case ANSWER_REPORT:
		content.media_type = answer->body_type;
		content.body = answer->body;
		break;
	case ANSWER_LATER:
		content.body = span_of(answer->text);
		/* fall through */
	case ANSWER_STREAM:
		content.media_type = stream_media_type(policy->dialect);
		break;
	case ANSWER_PREFLIGHT:
	case ANSWER_ENDED:
	case ANSWER_REDIRECT:
		break;
	}
	return content;
}

static int
response_status(const struct answer *answer)
{
	int status = rows[answer->kind].status;

	return status ? status : answer->status;
}

const struct response_form response_cgi = {0};

/* A stream has no length, only an end. */
bool
response_ends_connection(
    const struct response_form *form, const struct answer *answer)
{
	bool has_end = rows[answer->kind].has_length || answer->without_body ||
	    response_status(answer) == 204;

	return !form->keeps_open || !has_end;
}

/* The parts of a response. */

static bool
response_is_set_by_owner(const struct policy *policy, const char *name)
{
	for (size_t i = 0; i < policy->n_headers; i++) {
		const char *rest = text_skip_word(policy->headers[i], name);

		if (rest && *rest == ':')
			return true;
	}
	return false;
}

static void
response_write_first_line(const struct response_form *form,
    const struct answer *answer, struct byte_sink sink)
{
	int status = response_status(answer);
	char line[64];

	snprintf(line, sizeof(line), "%s %d %s\r\n",
	    form->is_http ? "HTTP/1.1" : "Status:", status,
	    response_phrase(status));
	sink_text(sink, line);
}

/* Headers about the message itself (RFC 9110, 6.6.1; RFC 9112, 9.3). */
static void
response_write_message_headers(const struct response_form *form,
    const struct policy *policy, const struct answer *answer,
    struct byte_sink sink)
{
	if (!form->is_http)
		return;
	if (form->date && !response_is_set_by_owner(policy, "Date"))
		response_write_header(sink, "Date", span_of(form->date));
	if (response_ends_connection(form, answer))
		sink_text(sink, "Connection: close\r\n");
	else if (form->to_http_1_0)
		sink_text(sink, "Connection: keep-alive\r\n");
}

static void
response_write_number(const char *name, size_t n, struct byte_sink sink)
{
	char number[24];

	snprintf(number, sizeof(number), "%zu", n);
	response_write_header(sink, name, span_of(number));
}

static void
response_write_content_headers(const struct policy *policy,
    const struct answer *answer, const struct content *content,
    struct byte_sink sink)
{
	const struct response_row *row = &rows[answer->kind];

	if (content->media_type)
		response_write_header(
		    sink, "Content-Type", span_of(content->media_type));
	response_write_header(
	    sink, "Cache-Control", span_of(row->cache_control));
	if (row->more)
		sink_text(sink, row->more);
	if (row->is_document && policy->page_security)
		response_write_header(sink, "Content-Security-Policy",
		    span_of(policy->page_security));
	if (row->has_length)
		response_write_number("Content-Length", content->body.n, sink);
	if (answer->is_gzip)
		response_write_header(
		    sink, "Content-Encoding", span_of("gzip"));
	if (row->varies_by_accept && policy->page.bytes)
		response_write_header(sink, "Vary", span_of("Accept"));
	if (row->may_be_gzip && policy->offers_gzip)
		response_write_header(sink, "Vary", span_of("Accept-Encoding"));
	sink_text(sink, "X-Content-Type-Options: nosniff\r\n");
}

/* Keeps pages of other sites from loading it, and from its window. */
static void
response_write_isolation_headers(const struct policy *policy,
    const struct answer *answer, struct byte_sink sink)
{
	static const char resource[] = "Cross-Origin-Resource-Policy";
	static const char opener[] = "Cross-Origin-Opener-Policy";

	if (!response_is_set_by_owner(policy, resource))
		response_write_header(sink, resource,
		    span_of(answer->allow_origin.bytes ? "cross-origin"
						       : "same-origin"));
	if (rows[answer->kind].is_document &&
	    !response_is_set_by_owner(policy, opener))
		response_write_header(sink, opener, span_of("same-origin"));
}

static void
response_write_methods(const char *name, const struct answer *answer,
    bool for_other_origins, struct byte_sink sink)
{
	sink_text(sink, name);
	sink_text(sink, ": ");
	policy_write_methods(sink, answer, for_other_origins);
	sink_text(sink, "\r\n");
}

static void
response_write_cross_origin_headers(
    const struct answer *answer, struct byte_sink sink)
{
	if (answer->allow_origin.bytes)
		response_write_header(
		    sink, "Access-Control-Allow-Origin", answer->allow_origin);
	if (answer->varies_by_origin)
		sink_text(sink, "Vary: Origin\r\n");
	if (answer->kind != ANSWER_PREFLIGHT || !answer->allow_origin.bytes)
		return;
	response_write_methods(
	    "Access-Control-Allow-Methods", answer, true, sink);
	sink_text(sink,
	    "Access-Control-Allow-Headers: "
	    "Authorization, Cache-Control, Last-Event-ID");
	if (answer->may_post)
		sink_text(sink, ", Content-Type, X-EventSource-Event");
	sink_text(sink, "\r\nAccess-Control-Max-Age: 86400\r\n");
}

void
response_write(const struct response_form *form, const struct policy *policy,
    const struct answer *answer, struct byte_sink sink)
{
	const struct content content = response_content(policy, answer);

	response_write_first_line(form, answer, sink);
	response_write_message_headers(form, policy, answer, sink);
	response_write_content_headers(policy, answer, &content, sink);
	response_write_isolation_headers(policy, answer, sink);
	if (rows[answer->kind].lists_methods || response_status(answer) == 405)
		response_write_methods("Allow", answer, false, sink);
	/* Linked Data Platform 1.0, 7.1; our page reads it. */
	if (rows[answer->kind].offers_posts && answer->takes_posts)
		response_write_header(sink, "Accept-Post", span_of("*/*"));
	if (answer->retry_after_s > 0)
		response_write_number(
		    "Retry-After", answer->retry_after_s, sink);
	response_write_cross_origin_headers(answer, sink);
	access_write_headers(policy, answer, sink);
	for (size_t i = 0; i < policy->n_headers; i++) {
		sink_text(sink, policy->headers[i]);
		sink_text(sink, "\r\n");
	}
	sink_text(sink, "\r\n");
	if (!answer->without_body)
		sink_span(sink, content.body);
}

/* A whole response. */
struct whole {
	const struct response_form *form;
	const struct policy *policy;
	const struct answer *answer;
};

static void
response_write_whole(const void *what, struct byte_sink sink)
{
	const struct whole *whole = what;

	response_write(whole->form, whole->policy, whole->answer, sink);
}

char *
response_create(const struct response_form *form, const struct policy *policy,
    const struct answer *answer, size_t *n)
{
	const struct whole whole = {form, policy, answer};
	struct owned written = owned_written(response_write_whole, &whole);

	*n = written.n;
	return written.bytes;
}
