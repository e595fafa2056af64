/* SPDX-License-Identifier: MIT */

#include "http/response.h"

#include "helpers.h"

#define CORP "Cross-Origin-Resource-Policy: same-origin\r\n"
#define CORP_OPEN "Cross-Origin-Resource-Policy: cross-origin\r\n"
#define COOP "Cross-Origin-Opener-Policy: same-origin\r\n"

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
	struct answer answer = {.kind = ANSWER_STREAM};

	check(&response_cgi, &plain, answer,
	    LITERAL("Status: 200 OK\r\n"
		    "Content-Type: text/event-stream\r\n"
		    "Cache-Control: no-store, no-transform\r\n"
		    "X-Accel-Buffering: no\r\n"
		    "Incremental: ?1\r\n"
		    "X-Content-Type-Options: nosniff\r\n" CORP "\r\n"));
}

Test(response, whole_http_head_closes_the_connection)
{
	struct answer answer = {.kind = ANSWER_STREAM};

	check(&response_http, &plain, answer,
	    LITERAL("HTTP/1.1 200 OK\r\n"
		    "Connection: close\r\n"
		    "Content-Type: text/event-stream\r\n"
		    "Cache-Control: no-store, no-transform\r\n"
		    "X-Accel-Buffering: no\r\n"
		    "Incremental: ?1\r\n"
		    "X-Content-Type-Options: nosniff\r\n" CORP "\r\n"));
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
	struct answer answer = {.kind = ANSWER_STREAM, .without_body = true};
	struct bytes with = {0}, without = {0};

	response_write(&response_cgi, &plain, &answer, bytes_sink(&without));
	answer.without_body = false;
	response_write(&response_cgi, &plain, &answer, bytes_sink(&with));
	assert_span(bytes_span(&without), bytes_span(&with));
	bytes_free(&with);
	bytes_free(&without);
}

Test(response, owners_headers_are_sent_with_the_dialect_of_2006)
{
	struct answer answer = {.kind = ANSWER_STREAM};

	check(&response_cgi, &with_headers, answer,
	    LITERAL("Status: 200 OK\r\n"
		    "Content-Type: application/x-dom-event-stream\r\n"
		    "Cache-Control: no-store, no-transform\r\n"
		    "X-Accel-Buffering: no\r\n"
		    "Incremental: ?1\r\n"
		    "X-Content-Type-Options: nosniff\r\n" CORP "X-One: 1\r\n"
		    "X-Two: 2\r\n"
		    "\r\n"));
}

#define PAGE_HEAD \
	"Status: 200 OK\r\n" \
	"Content-Type: text/html; charset=utf-8\r\n" \
	"Cache-Control: no-cache, no-transform\r\n" \
	"Referrer-Policy: no-referrer\r\n" \
	"Content-Security-Policy: default-src 'none'\r\n" \
	"Content-Length: 11\r\n" \
	"Vary: Accept\r\n" \
	"X-Content-Type-Options: nosniff\r\n" CORP COOP "X-One: 1\r\n" \
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
		    "Vary: Accept\r\n"
		    "X-Content-Type-Options: nosniff\r\n" CORP COOP "\r\n"
		    "a"));
}

Test(response, stream_that_could_be_a_page_says_so)
{
	struct answer answer = {.kind = ANSWER_STREAM};

	check(&response_cgi, &with_page, answer,
	    LITERAL("Status: 200 OK\r\n"
		    "Content-Type: text/event-stream\r\n"
		    "Cache-Control: no-store, no-transform\r\n"
		    "X-Accel-Buffering: no\r\n"
		    "Incremental: ?1\r\n"
		    "Vary: Accept\r\n"
		    "X-Content-Type-Options: nosniff\r\n" CORP "X-One: 1\r\n"
		    "\r\n"));
}

Test(response, error_is_none_of_the_page)
{
	struct answer answer = {
	    .kind = ANSWER_ERROR, .status = 404, .text = "No.\n"};

	check(&response_cgi, &with_page, answer,
	    LITERAL("Status: 404 Not Found\r\n"
		    "Content-Type: text/plain; charset=utf-8\r\n"
		    "Cache-Control: no-store\r\n"
		    "Content-Length: 4\r\n"
		    "X-Content-Type-Options: nosniff\r\n" CORP "X-One: 1\r\n"
		    "\r\n"
		    "No.\n"));
}

Test(response, end_has_no_content)
{
	struct answer answer = {.kind = ANSWER_ENDED};

	check(&response_cgi, &with_headers, answer,
	    LITERAL("Status: 204 No Content\r\n"
		    "Cache-Control: no-store\r\n"
		    "X-Content-Type-Options: nosniff\r\n" CORP "X-One: 1\r\n"
		    "X-Two: 2\r\n"
		    "\r\n"));
	check(&response_http, &plain, answer,
	    LITERAL("HTTP/1.1 204 No Content\r\n"
		    "Connection: close\r\n"
		    "Cache-Control: no-store\r\n"
		    "X-Content-Type-Options: nosniff\r\n" CORP "\r\n"));
}

Test(response, error_is_a_short_text)
{
	struct answer answer = {
	    .kind = ANSWER_ERROR, .status = 404, .text = "Not here.\n"};

	check(&response_cgi, &plain, answer,
	    LITERAL("Status: 404 Not Found\r\n"
		    "Content-Type: text/plain; charset=utf-8\r\n"
		    "Cache-Control: no-store\r\n"
		    "Content-Length: 10\r\n"
		    "X-Content-Type-Options: nosniff\r\n" CORP "\r\n"
		    "Not here.\n"));
	answer.without_body = true;
	check(&response_cgi, &plain, answer,
	    LITERAL("Status: 404 Not Found\r\n"
		    "Content-Type: text/plain; charset=utf-8\r\n"
		    "Cache-Control: no-store\r\n"
		    "Content-Length: 10\r\n"
		    "X-Content-Type-Options: nosniff\r\n" CORP "\r\n"));
}

Test(response, refused_method_is_told_the_allowed_ones)
{
	struct answer answer = {
	    .kind = ANSWER_ERROR, .status = 405, .text = "No.\n"};

	check(&response_cgi, &plain, answer,
	    LITERAL("Status: 405 Method Not Allowed\r\n"
		    "Content-Type: text/plain; charset=utf-8\r\n"
		    "Cache-Control: no-store\r\n"
		    "Content-Length: 4\r\n"
		    "X-Content-Type-Options: nosniff\r\n" CORP
		    "Allow: GET, HEAD, OPTIONS\r\n"
		    "\r\n"
		    "No.\n"));
}

static void
check_first_line(int status, const char *wanted)
{
	struct answer answer = {.kind = ANSWER_ERROR, .status = status};
	struct bytes out = {0};
	size_t n = strlen(wanted);

	response_write(&response_http, &plain, &answer, bytes_sink(&out));
	cr_assert_geq(out.n, n);
	assert_span(((struct span){out.at, n}), span_of(wanted));
	bytes_free(&out);
}

Test(response, every_status_has_its_phrase)
{
	check_first_line(202, "HTTP/1.1 202 Accepted\r\n");
	check_first_line(503, "HTTP/1.1 503 Service Unavailable\r\n");
	check_first_line(400, "HTTP/1.1 400 Bad Request\r\n");
	check_first_line(405, "HTTP/1.1 405 Method Not Allowed\r\n");
	check_first_line(500, "HTTP/1.1 500 Internal Server Error\r\n");
	check_first_line(599, "HTTP/1.1 599 Internal Server Error\r\n");
}

Test(response, preflight_of_a_stranger_is_told_nothing_but_the_methods)
{
	struct answer answer = {.kind = ANSWER_PREFLIGHT};

	check(&response_cgi, &plain, answer,
	    LITERAL("Status: 204 No Content\r\n"
		    "Cache-Control: no-store\r\n"
		    "X-Content-Type-Options: nosniff\r\n" CORP
		    "Allow: GET, HEAD, OPTIONS\r\n"
		    "\r\n"));
}

Test(response, preflight_of_an_allowed_origin_is_told_what_it_may_do)
{
	struct answer answer = {
	    .kind = ANSWER_PREFLIGHT,
	    .allow_origin = LITERAL("https://a.example"),
	    .varies_by_origin = true,
	};

	check(&response_cgi, &plain, answer,
	    LITERAL("Status: 204 No Content\r\n"
		    "Cache-Control: no-store\r\n"
		    "X-Content-Type-Options: nosniff\r\n" CORP_OPEN
		    "Allow: GET, HEAD, OPTIONS\r\n"
		    "Access-Control-Allow-Origin: https://a.example\r\n"
		    "Vary: Origin\r\n"
		    "Access-Control-Allow-Methods: GET, HEAD\r\n"
		    "Access-Control-Allow-Headers: "
		    "Authorization, Cache-Control, Last-Event-ID\r\n"
		    "Access-Control-Max-Age: 86400\r\n"
		    "\r\n"));
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
	    LITERAL("Status: 204 No Content\r\n"
		    "Cache-Control: no-store\r\n"
		    "X-Content-Type-Options: nosniff\r\n" CORP_OPEN
		    "Allow: GET, HEAD, OPTIONS, POST, PUT\r\n"
		    "Access-Control-Allow-Origin: https://a.example\r\n"
		    "Access-Control-Allow-Methods: GET, HEAD, POST, PUT\r\n"
		    "Access-Control-Allow-Headers: "
		    "Authorization, Cache-Control, Last-Event-ID, "
		    "Content-Type, X-EventSource-Event\r\n"
		    "Access-Control-Max-Age: 86400\r\n"
		    "\r\n"));
}

Test(response, post_is_answered_in_json)
{
	struct answer answer = {
	    .kind = ANSWER_POST, .status = 202, .text = "{}\n"};

	check(&response_cgi, &plain, answer,
	    LITERAL("Status: 202 Accepted\r\n"
		    "Content-Type: application/json\r\n"
		    "Cache-Control: no-store\r\n"
		    "Content-Length: 3\r\n"
		    "X-Content-Type-Options: nosniff\r\n" CORP "\r\n"
		    "{}\n"));
}

Test(response, error_that_will_pass_says_when)
{
	struct answer answer = {.kind = ANSWER_ERROR,
	    .status = 503,
	    .retry_after_s = 5,
	    .text = "Full.\n"};

	check(&response_cgi, &plain, answer,
	    LITERAL(
		"Status: 503 Service Unavailable\r\n"
		"Content-Type: text/plain; charset=utf-8\r\n"
		"Cache-Control: no-store\r\n"
		"Content-Length: 6\r\n"
		"X-Content-Type-Options: nosniff\r\n" CORP "Retry-After: 5\r\n"
		"\r\n"
		"Full.\n"));
}

Test(response, stream_names_the_origin_that_may_read_it)
{
	struct answer answer = {
	    .kind = ANSWER_STREAM, .allow_origin = LITERAL("*")};
	struct bytes out = {0};

	response_write(&response_cgi, &plain, &answer, bytes_sink(&out));
	bytes_put(&out, "", 1);
	cr_assert_not_null(
	    strstr(out.at, "\r\nAccess-Control-Allow-Origin: *\r\n"));
	cr_assert_null(strstr(out.at, "Vary:"));
	cr_assert_null(strstr(out.at, "Access-Control-Allow-Methods"));
	bytes_free(&out);
}

Test(response, isolation_is_the_owners_to_change)
{
	static const char *const own[] = {
	    "cross-origin-resource-policy: same-site",
	    "Cross-Origin-Opener-Policy: unsafe-none"};
	struct policy policy = {
	    .headers = own, .n_headers = 2, .page = LITERAL("a")};
	struct answer answer = {.kind = ANSWER_PAGE};
	struct bytes out = {0};

	response_write(&response_cgi, &policy, &answer, bytes_sink(&out));
	bytes_put(&out, "", 1);
	cr_assert_null(strstr(out.at, "same-origin"));
	cr_assert_not_null(strstr(out.at, "resource-policy: same-site\r\n"));
	bytes_free(&out);
}

Test(response, answer_for_nobody_may_still_vary_by_origin)
{
	struct answer answer = {
	    .kind = ANSWER_STREAM, .varies_by_origin = true};
	struct bytes out = {0};

	response_write(&response_cgi, &plain, &answer, bytes_sink(&out));
	bytes_put(&out, "", 1);
	cr_assert_not_null(strstr(out.at, "\r\nVary: Origin\r\n"));
	cr_assert_null(strstr(out.at, "Access-Control"));
	bytes_free(&out);
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
	    LITERAL("Status: 200 OK\r\n"
		    "Content-Type: application/json\r\n"
		    "Cache-Control: no-store\r\n"
		    "Content-Length: 2\r\n"
		    "X-Content-Type-Options: nosniff\r\n" CORP "\r\n"
		    "{}"));
}

Test(response, viewer_that_is_to_come_later_gets_the_head_of_a_stream)
{
	struct answer answer = {.kind = ANSWER_LATER, .text = "retry: 1\n\n"};
	size_t n;
	char *made = response_create(&response_cgi, &plain, &answer, &n);

	assert_span(((struct span){made, n}),
	    LITERAL("Status: 200 OK\r\n"
		    "Content-Type: text/event-stream\r\n"
		    "Cache-Control: no-store, no-transform\r\n"
		    "X-Accel-Buffering: no\r\n"
		    "Incremental: ?1\r\n"
		    "X-Content-Type-Options: nosniff\r\n" CORP "\r\n"
		    "retry: 1\n\n"));
	free(made);
}
