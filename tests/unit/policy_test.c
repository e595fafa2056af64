/* SPDX-License-Identifier: MIT */

#include "http/policy.h"

#include "helpers.h"

static const char *const names[] = {"log", "time"};
static const char *const one_origin[] = {"https://a.example"};
static const char *const origins[] = {"https://a.example", "https://b.example"};
static const char *const any_origin[] = {"https://a.example", "*"};

static const struct policy plain = {.names = names, .n_names = 2};

static const struct policy with_page = {
    .names = names,
    .n_names = 2,
    .page = LITERAL("<p>page"),
};

static struct request
get(void)
{
	return (struct request){.method = LITERAL("GET")};
}

static struct answer
decide(const struct policy *policy, const struct request *request)
{
	struct answer answer;

	memset(&answer, 0xee, sizeof(answer));
	policy_decide(policy, request, &answer);
	return answer;
}

Test(policy, get_is_the_root_stream)
{
	struct request request = get();
	struct answer answer = decide(&plain, &request);

	cr_assert_eq(answer.status, 200);
	cr_assert(answer.is_stream);
	cr_assert_not(answer.is_page);
	cr_assert_not(answer.without_body);
	cr_assert_not(answer.is_preflight);
	cr_assert_eq(answer.stream, 2);
	assert_span(answer.allow_origin, ABSENT);
	cr_assert_not(answer.varies_by_origin);
	cr_assert_str_eq(answer.text, "");
}

Test(policy, head_is_answered_as_get_without_a_body)
{
	struct request request = {.method = LITERAL("HEAD")};
	struct answer answer = decide(&plain, &request);

	cr_assert_eq(answer.status, 200);
	cr_assert(answer.is_stream);
	cr_assert(answer.without_body);
	request.name = LITERAL("nothing");
	answer = decide(&plain, &request);
	cr_assert_eq(answer.status, 404);
	cr_assert(answer.without_body);
}

Test(policy, options_is_a_preflight)
{
	struct request request = {
	    .method = LITERAL("OPTIONS"), .name = LITERAL("nothing")};
	struct answer answer = decide(&plain, &request);

	cr_assert_eq(answer.status, 204);
	cr_assert(answer.is_preflight);
	cr_assert_not(answer.is_stream);
}

Test(policy, other_methods_are_refused)
{
	static const char *const methods[] = {
	    "POST", "PUT", "DELETE", "get", "GETS", "GE", "TRACE", " GET"};

	for (size_t i = 0; i < LENGTH(methods); i++) {
		struct request request = {.method = span_of(methods[i])};
		struct answer answer = decide(&plain, &request);

		cr_assert_eq(answer.status, 405, "%s", methods[i]);
		cr_assert_not(answer.is_stream);
		cr_assert_not(answer.without_body);
		cr_assert_str_eq(
		    answer.text, "An event stream is read with GET.\n");
	}
}

Test(policy, name_chooses_a_stream)
{
	struct request request = get();

	request.name = LITERAL("log");
	cr_assert_eq(decide(&plain, &request).stream, 0);
	request.name = LITERAL("time");
	cr_assert_eq(decide(&plain, &request).stream, 1);
	cr_assert_eq(decide(&plain, &request).status, 200);
}

Test(policy, unknown_name_is_not_found)
{
	static const struct span unknown[] = {LITERAL("lo"), LITERAL("logs"),
	    LITERAL("LOG"), LITERAL("log\0"), LITERAL("/log"), LITERAL("log/")};

	for (size_t i = 0; i < LENGTH(unknown); i++) {
		struct request request = get();
		struct answer answer;

		request.name = unknown[i];
		answer = decide(&plain, &request);
		cr_assert_eq(answer.status, 404);
		cr_assert_not(answer.is_stream);
	}
}

Test(policy, not_found_says_what_there_is)
{
	struct request request = get();
	struct policy without_names = {0};

	request.name = LITERAL("a\n<b>");
	cr_assert_str_eq(decide(&plain, &request).text,
	    "There is no stream named \"a\\x0a<b>\". "
	    "The streams are: log, time\n");
	cr_assert_str_eq(decide(&without_names, &request).text,
	    "There is no stream named \"a\\x0a<b>\".\n");
}

Test(policy, not_found_with_a_longer_path_names_base_path)
{
	struct request request = get();

	request.name = LITERAL("tools/log");
	cr_assert_str_eq(decide(&plain, &request).text,
	    "There is no stream named \"tools/log\". If a web server or proxy "
	    "added the beginning of this path, name that with --base-path. "
	    "The streams are: log, time\n");
}

Test(policy, not_found_names_only_whole_names)
{
	const char *many[400];
	struct policy policy = {.names = many, .n_names = LENGTH(many)};
	struct request request = get();

	request.name = LITERAL("x");
	for (size_t length = 1; length < 60; length++) {
		char name[64] = ", ", end[80];
		struct answer answer;
		size_t n;

		memset(name + 2, 'a', length);
		name[2 + length] = '\0';
		for (size_t i = 0; i < LENGTH(many); i++)
			many[i] = name + 2;
		answer = decide(&policy, &request);
		n = strlen(answer.text);
		cr_assert_geq(n, 400 - length - 2);
		cr_assert_leq(n, 400);
		snprintf(end, sizeof(end), "%s\n", name);
		cr_assert_str_eq(answer.text + n - length - 3, end);
	}
}

Test(policy, name_too_long_is_not_found)
{
	struct request request = get();

	request.name_too_long = true;
	cr_assert_eq(decide(&plain, &request).status, 404);
}

Test(policy, last_event_id_that_cannot_be_is_refused)
{
	struct request request = get();
	struct answer answer;

	request.last_event_id_too_long = true;
	answer = decide(&plain, &request);
	cr_assert_eq(answer.status, 400);
	cr_assert_not(answer.is_stream);
	cr_assert_str_eq(answer.text,
	    "This Last-Event-ID is longer than any id of this stream.\n");
}

Test(policy, viewer_who_has_seen_the_end_is_told_to_stop)
{
	struct request request = get();
	struct answer answer;

	request.last_event_id = LITERAL("pipecast-end");
	answer = decide(&plain, &request);
	cr_assert_eq(answer.status, 204);
	cr_assert_not(answer.is_stream);
	cr_assert_str_eq(answer.text, "");
	request.last_event_id = LITERAL("pipecast-en");
	cr_assert_eq(decide(&plain, &request).status, 200);
	request.last_event_id = LITERAL("s-abc-1");
	cr_assert_eq(decide(&plain, &request).status, 200);
}

/* The stream of index 1 has ended. */
static bool
second_has_ended(void *ctx, size_t stream)
{
	(void)ctx;
	return stream == 1;
}

Test(policy, end_of_another_stream_stops_nobody)
{
	struct policy policy = plain;
	struct request request = get();

	policy.has_ended = second_has_ended;
	request.last_event_id = LITERAL("pipecast-end");
	cr_assert(decide(&policy, &request).is_stream);
	request.name = LITERAL("log");
	cr_assert(decide(&policy, &request).is_stream);
	request.name = LITERAL("time");
	cr_assert_eq(decide(&policy, &request).status, 204);
	request.last_event_id = LITERAL("s-abc-1");
	cr_assert(decide(&policy, &request).is_stream);
}

Test(policy, end_of_an_unknown_stream_is_not_found)
{
	struct request request = get();

	request.last_event_id = LITERAL("pipecast-end");
	request.name = LITERAL("nothing");
	cr_assert_eq(decide(&plain, &request).status, 404);
}

/* A request for a page, as a browser opens one. */
static struct request
opening(void)
{
	return (struct request){
	    .method = LITERAL("GET"), .accept = LITERAL("text/html,*/*;q=0.8")};
}

Test(policy, who_opens_a_stream_gets_the_page)
{
	struct request request = opening();
	struct answer answer = decide(&with_page, &request);

	cr_assert_eq(answer.status, 200);
	cr_assert(answer.is_page);
	cr_assert_not(answer.is_stream);
	cr_assert_not(answer.without_body);
	request.name = LITERAL("log");
	cr_assert(decide(&with_page, &request).is_page);
	request.method = LITERAL("HEAD");
	answer = decide(&with_page, &request);
	cr_assert(answer.is_page);
	cr_assert_not(answer.is_stream);
	cr_assert(answer.without_body);
}

Test(policy, who_reads_a_stream_gets_no_page)
{
	static const struct span accepts[] = {ABSENT, LITERAL("*/*"),
	    LITERAL("text/event-stream"), LITERAL("text/html, */*")};

	for (size_t i = 0; i < LENGTH(accepts); i++) {
		struct request request = get();
		struct answer answer;

		request.accept = accepts[i];
		answer = decide(&with_page, &request);
		cr_assert(answer.is_stream);
		cr_assert_not(answer.is_page);
	}
}

Test(policy, who_resumes_gets_no_page)
{
	struct request request = opening();
	struct answer answer;

	request.last_event_id = LITERAL("s-abc-1");
	answer = decide(&with_page, &request);
	cr_assert(answer.is_stream);
	cr_assert_not(answer.is_page);
	request.last_event_id = LITERAL("pipecast-end");
	answer = decide(&with_page, &request);
	cr_assert_eq(answer.status, 204);
	cr_assert_not(answer.is_page);
}

Test(policy, without_a_page_all_get_the_stream)
{
	struct request request = opening();
	struct answer answer = decide(&plain, &request);

	cr_assert(answer.is_stream);
	cr_assert_not(answer.is_page);
}

Test(policy, page_is_only_for_what_can_be_read)
{
	struct request request = opening();

	request.name = LITERAL("nothing");
	cr_assert_eq(decide(&with_page, &request).status, 404);
	cr_assert_not(decide(&with_page, &request).is_page);
	request = opening();
	request.last_event_id_too_long = true;
	cr_assert_eq(decide(&with_page, &request).status, 400);
	cr_assert_not(decide(&with_page, &request).is_page);
	request = opening();
	request.method = LITERAL("POST");
	cr_assert_eq(decide(&with_page, &request).status, 405);
	cr_assert_not(decide(&with_page, &request).is_page);
	request.method = LITERAL("OPTIONS");
	cr_assert_eq(decide(&with_page, &request).status, 204);
	cr_assert_not(decide(&with_page, &request).is_page);
}

Test(policy, origin_that_is_allowed_is_named)
{
	struct policy policy = {.origins = origins, .n_origins = 2};
	struct request request = get();
	struct answer answer;

	request.origin = LITERAL("https://a.example");
	answer = decide(&policy, &request);
	assert_span(answer.allow_origin, LITERAL("https://a.example"));
	cr_assert(answer.varies_by_origin);
	request.origin = LITERAL("https://b.example");
	answer = decide(&policy, &request);
	assert_span(answer.allow_origin, LITERAL("https://b.example"));
	cr_assert(answer.varies_by_origin);
}

Test(policy, origin_that_is_not_allowed_is_not_named)
{
	struct policy policy = {.origins = one_origin, .n_origins = 1};
	static const struct span other[] = {ABSENT, LITERAL("null"),
	    LITERAL("http://a.example"), LITERAL("https://a.example.org"),
	    LITERAL("https://a.exampl"), LITERAL("HTTPS://A.EXAMPLE")};

	for (size_t i = 0; i < LENGTH(other); i++) {
		struct request request = get();
		struct answer answer;

		request.origin = other[i];
		answer = decide(&policy, &request);
		cr_assert_eq(answer.status, 200);
		assert_span(answer.allow_origin, ABSENT);
		cr_assert(answer.varies_by_origin);
	}
}

Test(policy, any_origin_is_allowed_by_a_star)
{
	struct policy policy = {.origins = any_origin, .n_origins = 2};
	struct request request = get();
	struct answer answer = decide(&policy, &request);

	assert_span(answer.allow_origin, LITERAL("*"));
	cr_assert_not(answer.varies_by_origin);
	request.origin = LITERAL("https://a.example");
	answer = decide(&policy, &request);
	assert_span(answer.allow_origin, LITERAL("*"));
	cr_assert_not(answer.varies_by_origin);
}

Test(policy, errors_may_be_read_by_an_allowed_origin_too)
{
	struct policy policy = {.origins = one_origin, .n_origins = 1};
	struct request request = {
	    .method = LITERAL("POST"), .origin = LITERAL("https://a.example")};

	assert_span(decide(&policy, &request).allow_origin,
	    LITERAL("https://a.example"));
}

static struct request
from_another_site(struct span mode, struct span dest)
{
	return (struct request){
	    .method = LITERAL("GET"),
	    .accept = LITERAL("*/*"),
	    .fetch_site = LITERAL("cross-site"),
	    .fetch_mode = mode,
	    .fetch_dest = dest,
	};
}

Test(policy, page_of_another_site_loads_nothing)
{
	static const struct span modes[] = {LITERAL("no-cors"), LITERAL("cors"),
	    LITERAL("same-origin"), LITERAL("websocket"), ABSENT};
	struct policy policy = with_page;

	policy.origins = one_origin;
	policy.n_origins = 1;
	policy.status = true;
	for (size_t i = 0; i < LENGTH(modes); i++) {
		struct request request =
		    from_another_site(modes[i], LITERAL("image"));
		struct answer answer;

		answer = decide(&policy, &request);
		cr_assert_eq(answer.status, 403);
		cr_assert_not(answer.is_stream);
		cr_assert_not_null(strstr(answer.text, "--allow-origin"));
		request.method = LITERAL("HEAD");
		cr_assert_eq(decide(&policy, &request).status, 403);
		request.method = LITERAL("GET");
		request.origin = LITERAL("https://b.example");
		cr_assert_eq(decide(&policy, &request).status, 403);
		request.name = LITERAL(".status");
		cr_assert_eq(decide(&policy, &request).status, 403);
		request.name = LITERAL("nothing");
		cr_assert_eq(decide(&policy, &request).status, 403);
	}
}

Test(policy, page_of_an_allowed_origin_loads_the_stream)
{
	struct policy policy = {.origins = one_origin, .n_origins = 1};
	struct request request =
	    from_another_site(LITERAL("cors"), LITERAL("empty"));

	request.origin = LITERAL("https://a.example");
	cr_assert(decide(&policy, &request).is_stream);
	policy.origins = any_origin;
	policy.n_origins = 2;
	request = from_another_site(LITERAL("no-cors"), LITERAL("image"));
	cr_assert(decide(&policy, &request).is_stream);
	request.method = LITERAL("OPTIONS");
	cr_assert_eq(decide(&plain, &request).status, 204);
}

Test(policy, link_from_another_site_leads_to_the_page)
{
	struct request request =
	    from_another_site(LITERAL("navigate"), LITERAL("document"));

	request.accept = LITERAL("text/html, */*;q=0.8");
	cr_assert(decide(&with_page, &request).is_page);
	cr_assert(decide(&plain, &request).is_stream);
	/* the page says by itself who may frame it */
	request.fetch_dest = LITERAL("iframe");
	cr_assert(decide(&with_page, &request).is_page);
	cr_assert_eq(decide(&plain, &request).status, 403);
	request.fetch_dest = (struct span){NULL, 0};
	cr_assert(decide(&plain, &request).is_stream);
}

Test(policy, request_of_no_other_site_is_as_ever)
{
	static const struct span sites[] = {LITERAL("same-origin"),
	    LITERAL("same-site"), LITERAL("none"), LITERAL("?"), ABSENT};

	for (size_t i = 0; i < LENGTH(sites); i++) {
		struct request request =
		    from_another_site(LITERAL("no-cors"), LITERAL("empty"));

		request.fetch_site = sites[i];
		cr_assert(decide(&plain, &request).is_stream);
	}
}

Test(policy, error_is_a_line_of_text)
{
	struct answer answer = {0};

	policy_error(&answer, 500, "Look there.");
	cr_assert_eq(answer.status, 500);
	cr_assert_str_eq(answer.text, "Look there.\n");
}

Test(policy, error_of_any_length_is_terminated)
{
	struct answer answer = {0};
	char text[2000];

	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	policy_error(&answer, 500, text);
	cr_assert_eq(strlen(answer.text), sizeof(answer.text) - 1);
}

Test(policy, report_is_there_only_if_it_was_asked_for)
{
	struct policy with_report = plain;
	struct request request = get();
	struct answer answer;

	request.name = LITERAL(".status");
	answer = decide(&plain, &request);
	cr_assert_eq(answer.status, 404);
	cr_assert_not_null(strstr(answer.text, "--status"));
	with_report.status = true;
	answer = decide(&with_report, &request);
	cr_assert_eq(answer.status, 200);
	cr_assert(answer.is_status);
	cr_assert_not(answer.is_stream);
	cr_assert_not(answer.is_page);
	request.method = LITERAL("POST");
	cr_assert_eq(decide(&with_report, &request).status, 405);
	request = get();
	cr_assert_not(decide(&with_report, &request).is_status);
}

Test(policy, who_is_to_come_later_gets_a_stream_of_a_reconnection_time)
{
	struct request request = get();
	struct answer answer = decide(&plain, &request);
	struct policy old = plain;

	policy_come_later(&plain, &answer, 1234);
	cr_assert_eq(answer.status, 200);
	cr_assert(answer.is_later);
	cr_assert_not(answer.is_stream);
	cr_assert_str_eq(answer.text, ": come back later\nretry: 1234\n\n");
	/* which knows no reconnection time, and to which an empty line is an
	 * event */
	old.dialect = DIALECT_DOM_EVENT_STREAM;
	answer = decide(&old, &request);
	policy_come_later(&old, &answer, 1234);
	cr_assert_str_eq(answer.text, "; come back later\n");
}
