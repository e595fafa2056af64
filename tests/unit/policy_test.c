/* SPDX-License-Identifier: MIT */

#include "policy_decisions.h"

static const char *const names[] = {"log", "time"};

static struct named_streams log_and_time = {.names = names, .n = 2};

static const struct policy plain = {NAMED_STREAMS(&log_and_time)};

static const struct policy with_page = {
    NAMED_STREAMS(&log_and_time),
    .page = LITERAL("<p>page"),
};

static const struct request get = {.method = LITERAL("GET")};

/* What a browser asks for when a person opens the URL. */
static const struct request opening = {
    .method = LITERAL("GET"),
    .accept = LITERAL("text/html,*/*;q=0.8"),
};

static struct request
resuming(struct request request, struct span last_event_id)
{
	request.last_event_id = last_event_id;
	return request;
}

/* Methods. */

Test(policy, get_reads_the_root_stream)
{
	struct answer answer = decide(&plain, get);

	cr_assert_eq(answer.kind, ANSWER_STREAM);
	cr_assert_not(answer.without_body);
	assert_span(answer.allow_origin, ABSENT);
	cr_assert_not(answer.varies_by_origin);
	cr_assert_str_eq(answer.text, "");
}

Test(policy, head_is_answered_as_get_without_a_body)
{
	struct request head = of_method(get, "HEAD");

	assert_kind(&plain, head, ANSWER_STREAM);
	assert_kind(&with_page, of_method(opening, "HEAD"), ANSWER_PAGE);
	assert_error(&plain, named(head, LITERAL("nothing")), 404, NULL);
	cr_assert(decide(&plain, head).without_body);
	cr_assert(decide(&plain, named(head, LITERAL("nothing"))).without_body);
}

Test(policy, options_is_a_preflight)
{
	struct request options = of_method(opening, "OPTIONS");

	assert_kind(&plain, options, ANSWER_PREFLIGHT);
	assert_kind(&with_page, options, ANSWER_PREFLIGHT);
	assert_kind(
	    &plain, named(options, LITERAL("nothing")), ANSWER_PREFLIGHT);
}

Test(policy, other_methods_are_refused)
{
	static const char *const methods[] = {
	    "POST", "PUT", "DELETE", "get", "GETS", "GE", "TRACE", " GET"};

	for (size_t i = 0; i < LENGTH(methods); i++) {
		struct request request = of_method(opening, methods[i]);

		assert_error(&with_page, request, 405,
		    i < 2 ? NULL : "An event stream is read with GET.\n");
		cr_assert_not(decide(&with_page, request).without_body);
	}
}

Test(policy, methods_are_listed_for_allow_and_for_other_origins)
{
	static const struct answer reading = {0};
	static const struct answer posting = {.takes_posts = true};
	static const struct answer both = {
	    .takes_posts = true, .may_post = true};
	struct bytes out = {0};
	struct byte_sink sink = bytes_sink(&out);

	policy_write_methods(sink, &reading, false);
	sink_text(sink, "; ");
	policy_write_methods(sink, &reading, true);
	sink_text(sink, "; ");
	policy_write_methods(sink, &posting, false);
	sink_text(sink, "; ");
	policy_write_methods(sink, &posting, true);
	sink_text(sink, "; ");
	policy_write_methods(sink, &both, true);
	assert_span(bytes_span(&out),
	    LITERAL("GET, HEAD, OPTIONS; GET, HEAD; GET, HEAD, OPTIONS, POST, "
		    "PUT; GET, HEAD; GET, HEAD, POST, PUT"));
	bytes_free(&out);
}

/* Names. */

Test(policy, stream_of_each_name_is_read)
{
	assert_kind(&plain, named(get, LITERAL("log")), ANSWER_STREAM);
	assert_kind(&plain, named(get, LITERAL("time")), ANSWER_STREAM);
}

Test(policy, unknown_name_is_not_found)
{
	static const struct span unknown[] = {LITERAL("lo"), LITERAL("logs"),
	    LITERAL("LOG"), LITERAL("log\0"), LITERAL("/log"), LITERAL("log/"),
	    LITERAL("")};
	struct request too_long = get;

	for (size_t i = 0; i < LENGTH(unknown); i++) {
		assert_error(&plain, named(get, unknown[i]), 404, NULL);
		assert_error(&with_page, named(opening, unknown[i]), 404, NULL);
	}
	too_long.name_too_long = true;
	assert_error(&plain, too_long, 404, NULL);
}

Test(policy, not_found_lists_the_streams)
{
	struct policy without_names = {0};

	assert_error(&plain, named(get, LITERAL("a\n<b>")), 404,
	    "There is no stream named \"a\\x0a<b>\". "
	    "The streams are: log, time\n");
	assert_error(&without_names, named(get, LITERAL("a\n<b>")), 404,
	    "There is no stream named \"a\\x0a<b>\".\n");
	assert_error(&without_names, get, 404,
	    "There is no stream of all sources here.\n");
}

Test(policy, report_that_is_not_offered_names_status)
{
	assert_error(&plain, named(get, LITERAL(STATUS_NAME)), 404,
	    "There is a report and a probe only if pipecast was started with "
	    "--status, and never in plain CGI.\n");
}

Test(policy, not_found_with_a_longer_path_names_base_path)
{
	assert_error(&plain, named(get, LITERAL("tools/log")), 404,
	    "There is no stream named \"tools/log\". If a web server or proxy "
	    "added the beginning of this path, name that with --base-path. "
	    "The streams are: log, time\n");
}

Test(policy, not_found_below_a_name_that_has_streams_there_does_not)
{
	static const char *const template[] = {"logs/*"};
	struct named_streams streams = {.names = template, .n = 1};
	struct policy policy = {NAMED_STREAMS(&streams)};

	assert_error(&policy, named(get, LITERAL("logs/../b")), 404,
	    "There is no stream named \"logs/../b\". "
	    "The streams are: logs/*\n");
	assert_error(&policy, named(get, LITERAL("log/a")), 404,
	    "There is no stream named \"log/a\". If a web server or proxy "
	    "added the beginning of this path, name that with --base-path. "
	    "The streams are: logs/*\n");
}

Test(policy, not_found_lists_only_whole_names)
{
	const char *many[400];
	struct named_streams streams = {.names = many, .n = LENGTH(many)};
	struct policy policy = {NAMED_STREAMS(&streams)};

	for (size_t length = 1; length < 60; length++) {
		char name[64] = ", ", end[80];
		struct answer answer;
		size_t n;

		memset(name + 2, 'a', length);
		name[2 + length] = '\0';
		for (size_t i = 0; i < LENGTH(many); i++)
			many[i] = name + 2;
		answer = decide(&policy, named(get, LITERAL("x")));
		n = strlen(answer.text);
		cr_assert_geq(n, 400 - length - 2);
		cr_assert_leq(n, 400);
		snprintf(end, sizeof(end), "%s\n", name);
		cr_assert_str_eq(answer.text + n - length - 3, end);
	}
}

Test(policy, report_is_there_only_if_it_was_asked_for)
{
	struct policy with_report = with_page;
	struct request request = named(opening, LITERAL(".status"));

	with_report.has_report = true;
	assert_error(&plain, request, 404,
	    "There is a report and a probe only if pipecast was started with "
	    "--status, and never in plain CGI.\n");
	assert_kind(&with_report, request, ANSWER_REPORT);
	assert_error(&with_report, of_method(request, "POST"), 405, NULL);
	request = named(get, LITERAL(PROBE_NAME));
	assert_kind(&with_report, request, ANSWER_STREAM);
	request.last_event_id = LITERAL(EVENT_ID_END);
	assert_kind(&with_report, request, ANSWER_ENDED);
	assert_error(&plain, request, 404, NULL);
	assert_kind(&with_report, get, ANSWER_STREAM);
}

/* Resuming. */

Test(policy, last_event_id_that_cannot_be_is_refused)
{
	struct request request = opening;

	request.last_event_id_too_long = true;
	assert_error(&plain, request, 400,
	    "This Last-Event-ID is longer than any id of this stream.\n");
	assert_error(&with_page, request, 400, NULL);
}

Test(policy, viewer_that_has_seen_the_end_is_told_to_stop)
{
	static const struct span others[] = {
	    LITERAL("pipecast-en"), LITERAL("s-abc-1")};
	struct request request = resuming(opening, LITERAL("pipecast-end"));
	struct named_streams streams = {.names = names, .n = 2, .ended = ""};
	struct policy policy = with_page;

	policy.registry = &streams;
	assert_kind(&policy, request, ANSWER_ENDED);
	cr_assert_str_eq(decide(&policy, request).text, "");
	assert_error(&policy, named(request, LITERAL("nothing")), 404, NULL);
	for (size_t i = 0; i < LENGTH(others); i++)
		assert_kind(&policy, resuming(get, others[i]), ANSWER_STREAM);
}

Test(policy, end_of_another_stream_stops_no_viewer)
{
	struct named_streams streams = {
	    .names = names, .n = 2, .ended = "time"};
	struct policy policy = {NAMED_STREAMS(&streams)};
	struct request request = resuming(get, LITERAL("pipecast-end"));
	struct request ended = named(get, LITERAL("time"));

	assert_kind(&policy, request, ANSWER_STREAM);
	assert_kind(&policy, named(request, LITERAL("log")), ANSWER_STREAM);
	assert_kind(&policy, named(request, LITERAL("time")), ANSWER_ENDED);
	assert_kind(
	    &policy, resuming(ended, LITERAL("s-abc-1")), ANSWER_STREAM);
}

/* The page. */

Test(policy, browser_that_opens_a_stream_gets_the_page)
{
	assert_kind(&with_page, opening, ANSWER_PAGE);
	assert_kind(&with_page, named(opening, LITERAL("log")), ANSWER_PAGE);
	assert_kind(&plain, opening, ANSWER_STREAM);
}

Test(policy, page_of_the_user_is_at_the_root_without_a_stream)
{
	struct policy policy = {.page = LITERAL("<p>page")};
	struct request other = named(opening, LITERAL("other"));

	assert_error(&policy, opening, 404, NULL);
	policy.page_leads_on = true;
	assert_kind(&policy, opening, ANSWER_PAGE);
	assert_error(&policy, get, 404, NULL);
	assert_error(&policy, other, 404, NULL);
}

Test(policy, reader_of_a_stream_gets_no_page)
{
	static const struct span accepts[] = {ABSENT, LITERAL("*/*"),
	    LITERAL("text/event-stream"), LITERAL("text/html, */*")};

	for (size_t i = 0; i < LENGTH(accepts); i++) {
		struct request request = get;

		request.accept = accepts[i];
		assert_kind(&with_page, request, ANSWER_STREAM);
	}
	assert_kind(
	    &with_page, resuming(opening, LITERAL("s-abc-1")), ANSWER_STREAM);
}

/* Answers that are made elsewhere. */

Test(policy, error_is_a_line_of_text_that_is_always_terminated)
{
	struct answer answer = {.kind = ANSWER_STREAM};
	char text[2000];

	policy_error(&answer, 500, "Look there.");
	cr_assert_eq(answer.kind, ANSWER_ERROR);
	cr_assert_eq(answer.status, 500);
	cr_assert_str_eq(answer.text, "Look there.\n");
	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	policy_error(&answer, 500, text);
	cr_assert_eq(strlen(answer.text), sizeof(answer.text) - 1);
}

Test(policy, viewer_that_is_to_come_later_gets_a_reconnection_time)
{
	struct answer answer = decide(&plain, get);
	struct policy old = plain;

	policy_come_later(&plain, &answer, "come back later", 1234);
	cr_assert_eq(answer.kind, ANSWER_LATER);
	cr_assert_str_eq(answer.text, ": come back later\nretry: 1234\n\n");
	/* It knows no reconnection time; an empty line is an event. */
	old.dialect = DIALECT_DOM_EVENT_STREAM;
	answer = decide(&old, get);
	policy_come_later(&old, &answer, "come back later", 1234);
	cr_assert_str_eq(answer.text, "; come back later\n");
}

/* The page only if it was compressed; nothing short but the report. */
Test(policy, gzip_is_for_those_who_accept_it_where_it_is_offered)
{
	struct policy policy = {NAMED_STREAMS(&log_and_time),
	    .page = LITERAL("text"), .has_report = true};
	struct request request = {.method = LITERAL("GET"),
	    .name = LITERAL("log"),
	    .accept_encoding = LITERAL("gzip")};

	cr_assert_not(decide(&policy, request).is_gzip);
	policy.offers_gzip = true;
	cr_assert(decide(&policy, request).is_gzip);
	cr_assert(decide(&policy, of_method(request, "HEAD")).is_gzip);
	cr_assert(decide(&policy, named(request, LITERAL(".status"))).is_gzip);
	cr_assert_not(decide(&policy, named(request, LITERAL("none"))).is_gzip);
	request.accept = LITERAL("text/html");
	cr_assert_not(decide(&policy, request).is_gzip);
	policy.page_gzip = LITERAL("squeezed");
	cr_assert(decide(&policy, request).is_gzip);
	request.accept_encoding = LITERAL("br");
	cr_assert_not(decide(&policy, request).is_gzip);
}
