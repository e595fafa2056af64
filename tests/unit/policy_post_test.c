/* SPDX-License-Identifier: MIT */

/* Requests that publish. */

#include "policy_decisions.h"

static const char *const names[] = {"log", "room"};
static const char *const origins[] = {"https://a.example", "*"};

static struct named_streams log_and_room = {
    .names = names, .n = 2, .posts = "room"};
static struct named_streams only_room = {.posts = ""};

static const char *
format_name(size_t i)
{
	static const char *const formats[] = {"lines", "sse", "json", NULL};

	return formats[i];
}

static const struct policy one = {
    NAMED_STREAMS(&only_room),
    .own_types = {"gap", ""},
    .max_event = 100,
    .format_name = format_name,
};

static const struct policy several = {
    NAMED_STREAMS(&log_and_room),
    .format_name = format_name,
    .max_event = 100,
    .origins = origins,
    .n_origins = 2,
};

static const struct request post = {.method = LITERAL("POST")};

static void
assert_post(const struct policy *policy, struct request request)
{
	struct answer answer = decide(policy, request);

	cr_assert_eq(answer.kind, ANSWER_POST, "%s",
	    answer.kind == ANSWER_ERROR ? answer.text : "no error");
	cr_assert(answer.takes_posts);
}

/* Where. */

Test(policy_post, goes_where_the_stream_is_read)
{
	struct request put = {.method = LITERAL("PUT")};

	assert_post(&one, post);
	assert_post(&one, put);
	assert_post(&several, named(post, LITERAL("room")));
}

Test(policy_post, stream_that_takes_none_names_those_that_do)
{
	static const char text[] = "Nothing can be posted here. Streams that "
				   "take posts: room\n";

	assert_error(&several, named(post, LITERAL("log")), 405, text);
	cr_assert_not(
	    decide(&several, named(post, LITERAL("log"))).takes_posts);
}

/* Nor ever would, with other options. */
Test(policy_post, report_and_probe_take_none)
{
	struct policy policy = one;

	policy.has_report = true;
	assert_error(&policy, named(post, LITERAL(".status")), 405,
	    "This is only read, nothing can be posted here.\n");
	assert_error(&policy, named(post, LITERAL(".probe")), 405,
	    "This is only read, nothing can be posted here.\n");
	assert_error(&several, named(post, LITERAL(".status")), 404, NULL);
}

Test(policy_post, without_a_name_is_told_the_names)
{
	assert_error(&several, post, 404,
	    "Nothing can be posted to all streams at once. Streams that take "
	    "posts: room\n");
}

Test(policy_post, unknown_name_is_not_found)
{
	struct policy nothing = {.max_event = 100};

	assert_error(&several, named(post, LITERAL("x")), 404,
	    "There is no such stream. Streams that take posts: room\n");
	assert_error(&nothing, post, 404, "There is no such stream.\n");
}

/* "curl -T FILE URL/" posts to URL/FILE. */
Test(policy_post, unknown_name_where_none_is_needed_is_told_so)
{
	struct answer answer = decide(&one, named(post, LITERAL("build.log")));

	cr_assert_eq(answer.status, 404);
	cr_assert(
	    strstr(answer.text, " The URL without this name takes posts."));
}

/* From whom. */

static struct request
from(const char *site, const char *origin, const char *host)
{
	struct request request = named(post, LITERAL("room"));

	request.fetch_site = span_of(site);
	request.origin = span_of(origin);
	request.host = span_of(host);
	return request;
}

Test(policy_post, page_of_the_same_site_may)
{
	/* a proxy may change the host: the browser knows better */
	assert_post(&several, from("same-origin", "http://b", "127.0.0.1"));
	assert_post(&several, from("none", NULL, "127.0.0.1"));
	assert_post(&several, from(NULL, "http://b:81", "b:81"));
	/* no browser */
	assert_post(&several, from(NULL, NULL, "b"));
	assert_post(&several, from(NULL, NULL, NULL));
}

Test(policy_post, page_of_another_site_may_not)
{
	assert_error(&several, from("cross-site", "http://c", "b"), 403,
	    "Pages of other sites cannot post to this stream unless "
	    "--allow-origin names them (Sec-Fetch-Site).\n");
	assert_error(&several, from("same-site", "http://c.b", "b"), 403, NULL);
	assert_error(&several, from("cross-site", NULL, "b"), 403, NULL);
	/* the browser knows better, here as well */
	assert_error(&several, from("cross-site", "http://b", "b"), 403, NULL);
	assert_error(&several, from("x", "http://b", "b"), 403, NULL);
	assert_error(&several, from(NULL, "http://c", "b"), 403, NULL);
	assert_error(&several, from(NULL, "http://c", NULL), 403, NULL);
	assert_error(&several, from(NULL, "null", "null"), 403, NULL);
}

Test(policy_post, page_of_a_named_origin_may)
{
	assert_post(&several, from("cross-site", "https://a.example", "b"));
	assert_post(&several, from(NULL, "https://a.example", "b"));
	assert_error(
	    &several, from("cross-site", "https://A.example", "b"), 403, NULL);
}

Test(policy_post, star_names_nobody)
{
	assert_error(&several, from("cross-site", "*", "b"), 403, NULL);
	cr_assert(decide(&several, from("cross-site", "http://c", "b"))
		      .allow_origin.bytes);
}

Test(policy_post, preflight_lists_it_for_a_named_origin_alone)
{
	struct request preflight = from("cross-site", "https://a.example", "b");

	preflight.method = LITERAL("OPTIONS");
	cr_assert(decide(&several, preflight).may_post);
	preflight.origin = LITERAL("http://c");
	cr_assert_not(decide(&several, preflight).may_post);
	cr_assert(decide(&several, preflight).takes_posts);
	preflight.origin = LITERAL("https://a.example");
	preflight.name = LITERAL("log");
	cr_assert_not(decide(&several, preflight).may_post);
}

/* What. */

static struct request
typed(const char *event_type)
{
	struct request request = post;

	request.event_type = span_of(event_type);
	return request;
}

Test(policy_post, events_have_the_type_that_is_asked_for)
{
	struct answer answer = decide(&one, typed("a"));

	assert_span(answer.event_type, LITERAL("a"));
	assert_span(decide(&one, post).event_type, ABSENT);
}

Test(policy_post, type_that_no_page_could_trust_is_refused)
{
	struct request request = post;

	assert_error(&one, typed("a\nb"), 400,
	    "The event type has a line break or a NUL.\n");
	assert_error(&one, typed("a\rb"), 400, NULL);
	assert_error(&one, typed("gap"), 400,
	    "Only pipecast itself sends events of this type.\n");
	assert_error(&one, typed("error"), 400,
	    "EventSource has events of this type itself.\n");
	assert_error(&one, typed("open"), 400, NULL);
	assert_post(&one, typed("gaps"));
	request.event_type_too_long = true;
	assert_error(
	    &one, request, 400, "The event type has over 128 bytes.\n");
}

static const char *
format_of(const char *format, const char *media_type)
{
	struct request request = post;

	request.format = span_of(format);
	request.media_type = span_of(media_type);
	assert_post(&one, request);
	return decide(&one, request).format;
}

Test(policy_post, format_is_that_of_the_query_or_of_the_media_type)
{
	cr_assert_null(format_of(NULL, NULL));
	cr_assert_null(format_of(NULL, "text/plain"));
	cr_assert_null(format_of(NULL, "application/json"));
	cr_assert_null(format_of(NULL, "application/x-www-form-urlencoded"));
	cr_assert_str_eq(format_of("lines", NULL), "lines");
	cr_assert_str_eq(format_of(NULL, "text/event-stream"), "sse");
	cr_assert_str_eq(
	    format_of(NULL, " Text/Event-Stream ; charset=utf-8"), "sse");
	cr_assert_str_eq(format_of(NULL, "application/x-ndjson"), "json");
	cr_assert_str_eq(format_of("lines", "text/event-stream"), "lines");
}

Test(policy_post, unknown_format_is_told_the_known_ones)
{
	struct request request = post;

	request.format = LITERAL("xml");
	assert_error(
	    &one, request, 400, "The format must be lines, sse or json.\n");
	request.format = ABSENT;
	request.format_too_long = true;
	assert_error(&one, request, 400, NULL);
}

Test(policy_post, body_that_is_told_to_be_too_long_is_refused)
{
	struct request request = post;

	request.length = 102;
	assert_post(&one, request);
	request.length = 103;
	assert_error(&one, request, 413,
	    "An event has at most 100 bytes of data here (--max-event).\n");
	request.length = UINT64_MAX;
	assert_error(&one, request, 413, NULL);
	request.format = LITERAL("lines");
	assert_post(&one, request);
}
