/* SPDX-License-Identifier: MIT */

#include "http/response.h"

#include "helpers.h"

#define NOSNIFF "X-Content-Type-Options: nosniff\r\n"
#define CORP "Cross-Origin-Resource-Policy: same-origin\r\n"
#define CORP_OPEN "Cross-Origin-Resource-Policy: cross-origin\r\n"
#define COOP "Cross-Origin-Opener-Policy: same-origin\r\n"

#define STREAM_OF(TYPE) \
	"Content-Type: " TYPE "\r\n" \
	"Cache-Control: no-store, no-transform\r\n" \
	"X-Accel-Buffering: no\r\n" \
	"Incremental: ?1\r\n"
#define STREAM STREAM_OF("text/event-stream")

#define CONTENT(TYPE, N) \
	"Content-Type: " TYPE "\r\n" \
	"Cache-Control: no-store\r\n" \
	"Content-Length: " #N "\r\n"
#define TEXT(N) CONTENT("text/plain; charset=utf-8", N)

#define NO_CONTENT \
	"Status: 204 No Content\r\n" \
	"Cache-Control: no-store\r\n" NOSNIFF

static const struct response_form response_http = {.is_http = true};

static const struct policy plain = {0};

static const char *const headers[] = {"X-One: 1", "X-Two: 2"};
static const struct policy with_headers = {
    .dialect = DIALECT_DOM_EVENT_STREAM,
    .headers = headers,
    .n_headers = 2,
};

static const struct policy with_page = {
    .headers = headers,
    .n_headers = 1,
    .page = LITERAL("<p>a\0b</p>\n"),
    .page_security = "default-src 'none'",
};

static void
check(const struct response_form *form, const struct policy *policy,
    struct answer answer, struct span wanted)
{
	struct bytes out = {0};

	response_write(form, policy, &answer, bytes_sink(&out));
	assert_span(bytes_span(&out), wanted);
	bytes_free(&out);
}

Test(response, stream_has_a_head_that_nobody_holds_back)
{
	check(&response_cgi, &plain, (struct answer){.kind = ANSWER_STREAM},
	    LITERAL("Status: 200 OK\r\n" STREAM NOSNIFF CORP "\r\n"));
}

Test(response, whole_http_head_closes_the_connection)
{
	check(&response_http, &plain, (struct answer){.kind = ANSWER_STREAM},
	    LITERAL("HTTP/1.1 200 OK\r\n"
		    "Connection: close\r\n" STREAM NOSNIFF CORP "\r\n"));
}

/* First line, headers about the message, and the first header after those. */
static void
check_beginning(struct response_form form, const struct policy *policy,
    struct answer answer, const char *wanted)
{
	struct bytes out = {0};
	struct span beginning;

	form.is_http = true;
	response_write(&form, policy, &answer, bytes_sink(&out));
	beginning = bytes_span(&out);
	beginning.n = strlen(wanted);
	assert_span(beginning, span_of(wanted));
	bytes_free(&out);
}

Test(response, http_answer_with_an_end_leaves_the_connection_open)
{
	static const enum answer_kind kinds[] = {
	    ANSWER_ERROR, ANSWER_PAGE, ANSWER_REPORT};
	static const enum answer_kind without_content[] = {
	    ANSWER_PREFLIGHT, ANSWER_ENDED};
	struct response_form form = {.keeps_open = true};
	struct answer answer = {.status = 404, .body_type = "a/b"};

	for (size_t i = 0; i < LENGTH(kinds); i++) {
		answer.kind = kinds[i];
		check_beginning(form, &with_page, answer,
		    answer.kind == ANSWER_ERROR
			? "HTTP/1.1 404 Not Found\r\nContent-Type: "
			: "HTTP/1.1 200 OK\r\nContent-Type: ");
		cr_assert_not(response_ends_connection(&form, &answer));
	}
	for (size_t i = 0; i < LENGTH(without_content); i++) {
		answer.kind = without_content[i];
		check_beginning(form, &with_page, answer,
		    "HTTP/1.1 204 No Content\r\nCache-Control: ");
	}
	answer = (struct answer){.kind = ANSWER_STREAM, .without_body = true};
	check_beginning(form, &with_page, answer,
	    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n");
}

Test(response, http_stream_ends_with_the_connection)
{
	static const enum answer_kind kinds[] = {ANSWER_STREAM, ANSWER_LATER};
	struct response_form form = {.keeps_open = true};

	for (size_t i = 0; i < LENGTH(kinds); i++) {
		struct answer answer = {.kind = kinds[i]};

		check_beginning(form, &with_page, answer,
		    "HTTP/1.1 200 OK\r\nConnection: close\r\n");
		cr_assert(response_ends_connection(&form, &answer));
	}
}

Test(response, tells_http_1_0_that_the_connection_stays_open)
{
	struct response_form form = {.keeps_open = true, .to_http_1_0 = true};
	struct answer answer = {.status = 431};

	check_beginning(form, &plain, answer,
	    "HTTP/1.1 431 Request Header Fields Too Large\r\n"
	    "Connection: keep-alive\r\n");
	form.keeps_open = false;
	check_beginning(form, &plain, answer,
	    "HTTP/1.1 431 Request Header Fields Too Large\r\n"
	    "Connection: close\r\n");
}

Test(response, http_answer_has_a_date_unless_the_owner_sets_one)
{
	static const char *const dates[] = {"date: 1"};
	struct policy policy = {.headers = dates, .n_headers = 1};
	struct response_form form = {.date = "now"};
	struct answer answer = {.kind = ANSWER_ENDED};

	check_beginning(
	    form, &plain, answer, "HTTP/1.1 204 No Content\r\nDate: now\r\n");
	check_beginning(form, &policy, answer,
	    "HTTP/1.1 204 No Content\r\nConnection: close\r\n");
}

Test(response, head_of_a_stream_is_the_same_without_a_body)
{
	check(&response_cgi, &plain,
	    (struct answer){.kind = ANSWER_STREAM, .without_body = true},
	    LITERAL("Status: 200 OK\r\n" STREAM NOSNIFF CORP "\r\n"));
}

Test(response, owners_headers_are_sent_with_the_dialect_of_2006)
{
	check(&response_cgi, &with_headers,
	    (struct answer){.kind = ANSWER_STREAM},
	    LITERAL(
		"Status: 200 OK\r\n" STREAM_OF("application/x-dom-event-stream")
		    NOSNIFF CORP "X-One: 1\r\nX-Two: 2\r\n\r\n"));
}

#define PAGE_HEAD \
	"Status: 200 OK\r\n" \
	"Content-Type: text/html; charset=utf-8\r\n" \
	"Cache-Control: no-cache, no-transform\r\n" \
	"Referrer-Policy: no-referrer\r\n" \
	"Content-Security-Policy: default-src 'none'\r\n" \
	"Content-Length: 11\r\n" \
	"Vary: Accept\r\n" NOSNIFF CORP COOP "X-One: 1\r\n" \
	"\r\n"

Test(response, page_is_sent_whole_under_its_security_policy)
{
	struct answer answer = {.kind = ANSWER_PAGE};

	check(&response_cgi, &with_page, answer,
	    LITERAL(PAGE_HEAD "<p>a\0b</p>\n"));
	answer.without_body = true;
	check(&response_cgi, &with_page, answer, LITERAL(PAGE_HEAD));
}

Test(response, page_of_the_owners_has_the_owners_security_policy)
{
	struct answer answer = {.kind = ANSWER_PAGE};
	struct policy policy = {.page = LITERAL("a")};

	check(&response_http, &policy, answer,
	    LITERAL("HTTP/1.1 200 OK\r\n"
		    "Connection: close\r\n"
		    "Content-Type: text/html; charset=utf-8\r\n"
		    "Cache-Control: no-cache, no-transform\r\n"
		    "Referrer-Policy: no-referrer\r\n"
		    "Content-Length: 1\r\n"
		    "Vary: Accept\r\n" NOSNIFF CORP COOP "\r\na"));
}

Test(response, stream_that_could_be_a_page_says_so)
{
	check(&response_cgi, &with_page, (struct answer){.kind = ANSWER_STREAM},
	    LITERAL("Status: 200 OK\r\n" STREAM "Vary: Accept\r\n" NOSNIFF CORP
		    "X-One: 1\r\n\r\n"));
}

Test(response, that_may_be_gzip_varies_by_what_the_client_accepts)
{
	const struct policy gzip = {.offers_gzip = true,
	    .page = LITERAL("text"),
	    .page_gzip = LITERAL("squeezed")};
	struct answer answer = {.kind = ANSWER_STREAM};

	check(&response_cgi, &gzip, answer,
	    LITERAL("Status: 200 OK\r\n" STREAM "Vary: Accept\r\n"
		    "Vary: Accept-Encoding\r\n" NOSNIFF CORP "\r\n"));
	answer.is_gzip = true;
	check(&response_cgi, &gzip, answer,
	    LITERAL("Status: 200 OK\r\n" STREAM
		    "Content-Encoding: gzip\r\nVary: Accept\r\n"
		    "Vary: Accept-Encoding\r\n" NOSNIFF CORP "\r\n"));
	answer.kind = ANSWER_PAGE;
	check(&response_cgi, &gzip, answer,
	    LITERAL(
		"Status: 200 OK\r\n"
		"Content-Type: text/html; charset=utf-8\r\n"
		"Cache-Control: no-cache, no-transform\r\n"
		"Referrer-Policy: no-referrer\r\nContent-Length: 8\r\n"
		"Content-Encoding: gzip\r\nVary: Accept\r\n"
		"Vary: Accept-Encoding\r\n" NOSNIFF CORP COOP "\r\nsqueezed"));
}

Test(response, error_is_none_of_the_page)
{
	struct answer answer = {
	    .kind = ANSWER_ERROR, .status = 404, .text = "No.\n"};

	check(&response_cgi, &with_page, answer,
	    LITERAL("Status: 404 Not Found\r\n" TEXT(4) NOSNIFF CORP
		"X-One: 1\r\n\r\n"
		"No.\n"));
}

Test(response, end_has_no_content)
{
	struct answer answer = {.kind = ANSWER_ENDED};

	check(&response_cgi, &with_headers, answer,
	    LITERAL(NO_CONTENT CORP "X-One: 1\r\nX-Two: 2\r\n\r\n"));
	check(&response_http, &plain, answer,
	    LITERAL("HTTP/1.1 204 No Content\r\n"
		    "Connection: close\r\n"
		    "Cache-Control: no-store\r\n" NOSNIFF CORP "\r\n"));
}

Test(response, error_is_a_short_text)
{
	struct answer answer = {
	    .kind = ANSWER_ERROR, .status = 404, .text = "Not here.\n"};

	check(&response_cgi, &plain, answer,
	    LITERAL("Status: 404 Not Found\r\n" TEXT(10) NOSNIFF CORP
		"\r\nNot here.\n"));
	answer.without_body = true;
	check(&response_cgi, &plain, answer,
	    LITERAL("Status: 404 Not Found\r\n" TEXT(10) NOSNIFF CORP "\r\n"));
}

Test(response, refused_method_is_told_the_allowed_ones)
{
	struct answer answer = {
	    .kind = ANSWER_ERROR, .status = 405, .text = "No.\n"};

	check(&response_cgi, &plain, answer,
	    LITERAL("Status: 405 Method Not Allowed\r\n" TEXT(4) NOSNIFF CORP
		"Allow: GET, HEAD, OPTIONS\r\n\r\nNo.\n"));
}

Test(response, every_status_has_its_phrase)
{
	static const struct {
		int status;
		const char *line;
	} cases[] = {
	    {202, "HTTP/1.1 202 Accepted\r\n"},
	    {503, "HTTP/1.1 503 Service Unavailable\r\n"},
	    {400, "HTTP/1.1 400 Bad Request\r\n"},
	    {405, "HTTP/1.1 405 Method Not Allowed\r\n"},
	    {500, "HTTP/1.1 500 Internal Server Error\r\n"},
	    {599, "HTTP/1.1 599 Internal Server Error\r\n"},
	};

	for (size_t i = 0; i < LENGTH(cases); i++)
		check_beginning(response_http, &plain,
		    (struct answer){
			.kind = ANSWER_ERROR, .status = cases[i].status},
		    cases[i].line);
}

Test(response, preflight_of_a_stranger_is_told_nothing_but_the_methods)
{
	check(&response_cgi, &plain, (struct answer){.kind = ANSWER_PREFLIGHT},
	    LITERAL(NO_CONTENT CORP "Allow: GET, HEAD, OPTIONS\r\n\r\n"));
}

Test(response, preflight_of_an_allowed_origin_is_told_what_it_may_do)
{
	struct answer answer = {
	    .kind = ANSWER_PREFLIGHT,
	    .allow_origin = LITERAL("https://a.example"),
	    .varies_by_origin = true,
	};

	check(&response_cgi, &plain, answer,
	    LITERAL(NO_CONTENT CORP_OPEN
		"Allow: GET, HEAD, OPTIONS\r\n"
		"Access-Control-Allow-Origin: https://a.example\r\n"
		"Vary: Origin\r\n"
		"Access-Control-Allow-Methods: GET, HEAD\r\n"
		"Access-Control-Allow-Headers: "
		"Authorization, Cache-Control, Last-Event-ID\r\n"
		"Access-Control-Max-Age: 86400\r\n\r\n"));
}

Test(response, preflight_of_an_origin_that_may_post_lists_how)
{
	struct answer answer = {
	    .kind = ANSWER_PREFLIGHT,
	    .allow_origin = LITERAL("https://a.example"),
	    .takes_posts = true,
	    .may_post = true,
	};

	check(&response_cgi, &plain, answer,
	    LITERAL(NO_CONTENT CORP_OPEN
		"Allow: GET, HEAD, OPTIONS, POST, PUT\r\n"
		"Accept-Post: */*\r\n"
		"Access-Control-Allow-Origin: https://a.example\r\n"
		"Access-Control-Allow-Methods: GET, HEAD, POST, PUT\r\n"
		"Access-Control-Allow-Headers: "
		"Authorization, Cache-Control, Last-Event-ID, "
		"Content-Type, X-EventSource-Event\r\n"
		"Access-Control-Max-Age: 86400\r\n\r\n"));
}

Test(response, stream_that_takes_posts_says_so)
{
	struct answer answer = {.kind = ANSWER_STREAM, .takes_posts = true};

	check(&response_cgi, &plain, answer,
	    LITERAL("Status: 200 OK\r\n" STREAM NOSNIFF CORP
		    "Accept-Post: */*\r\n\r\n"));
	answer.kind = ANSWER_ENDED;
	check(&response_cgi, &plain, answer, LITERAL(NO_CONTENT CORP "\r\n"));
}

Test(response, post_is_answered_in_json)
{
	check(&response_cgi, &plain,
	    (struct answer){.kind = ANSWER_POST, .status = 202, .text = "{}\n"},
	    LITERAL("Status: 202 Accepted\r\n" CONTENT("application/json", 3)
		    NOSNIFF CORP "\r\n{}\n"));
}

Test(response, error_that_will_pass_says_when)
{
	struct answer answer = {.kind = ANSWER_ERROR,
	    .status = 503,
	    .retry_after_s = 5,
	    .text = "Full.\n"};

	check(&response_cgi, &plain, answer,
	    LITERAL("Status: 503 Service Unavailable\r\n" TEXT(6) NOSNIFF CORP
		"Retry-After: 5\r\n\r\nFull.\n"));
}

/* Whether the head has a text, and has not the other. */
static void
check_says(const struct policy *policy, struct answer answer, const char *text,
    const char *other)
{
	struct bytes out = {0};

	response_write(&response_cgi, policy, &answer, bytes_sink(&out));
	cr_assert_not_null(strstr(out.at, text));
	cr_assert_null(strstr(out.at, other));
	bytes_free(&out);
}

Test(response, stream_names_the_origin_that_may_read_it)
{
	struct answer answer = {
	    .kind = ANSWER_STREAM, .allow_origin = LITERAL("*")};
	const char *text = "\r\nAccess-Control-Allow-Origin: *\r\n";

	check_says(&plain, answer, text, "Vary:");
	check_says(&plain, answer, text, "Access-Control-Allow-Methods");
}

Test(response, isolation_is_the_owners_to_change)
{
	static const char *const own[] = {
	    "cross-origin-resource-policy: same-site",
	    "Cross-Origin-Opener-Policy: unsafe-none"};
	struct policy policy = {
	    .headers = own, .n_headers = 2, .page = LITERAL("a")};
	struct answer answer = {.kind = ANSWER_PAGE};

	check_says(
	    &policy, answer, "resource-policy: same-site\r\n", "same-origin");
}

Test(response, answer_for_nobody_may_still_vary_by_origin)
{
	check_says(&plain,
	    (struct answer){.kind = ANSWER_STREAM, .varies_by_origin = true},
	    "\r\nVary: Origin\r\n", "Access-Control");
}

Test(response, report_has_a_type_of_its_own)
{
	struct answer answer = {
	    .kind = ANSWER_REPORT,
	    .body = LITERAL("{}"),
	    .body_type = "application/json",
	    .text = "not this",
	};

	check(&response_cgi, &plain, answer,
	    LITERAL("Status: 200 OK\r\n" CONTENT("application/json", 2)
		    NOSNIFF CORP "\r\n{}"));
}

Test(response, viewer_that_is_to_come_later_gets_the_head_of_a_stream)
{
	struct answer answer = {.kind = ANSWER_LATER, .text = "retry: 1\n\n"};
	size_t n;
	char *made = response_create(&response_cgi, &plain, &answer, &n);

	assert_span(((struct span){made, n}),
	    LITERAL(
		"Status: 200 OK\r\n" STREAM NOSNIFF CORP "\r\nretry: 1\n\n"));
	free(made);
}
