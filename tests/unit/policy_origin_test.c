/* SPDX-License-Identifier: MIT */

/* Requests of pages of other origins. */

#include "policy_decisions.h"

#define A "https://a.example"
#define B "https://b.example"

static const char *const names[] = {"log", "time"};
static const char *const one_origin[] = {A};
static const char *const any_origin[] = {A, "*"};

static struct named_streams log_and_time = {.names = names, .n = 2};

static const struct policy plain = {NAMED_STREAMS(&log_and_time)};

static const struct policy with_page = {
    NAMED_STREAMS(&log_and_time),
    .page = LITERAL("<p>page"),
};

static const struct request get = {.method = LITERAL("GET")};

static struct request
from(struct request request, const char *origin)
{
	request.origin = span_of(origin);
	return request;
}

Test(policy_origin, origin_that_is_allowed_is_named)
{
	static const struct {
		const char *allowed[2], *origin, *wanted;
		bool varies;
	} cases[] = {
	    {{A, B}, A, A, true},
	    {{A, B}, B, B, true},
	    {{A, B}, NULL, NULL, true},
	    {{A, B}, "null", NULL, true},
	    {{A, B}, "http://a.example", NULL, true},
	    {{A, B}, "https://a.example.org", NULL, true},
	    {{A, B}, "https://a.exampl", NULL, true},
	    {{A, B}, "HTTPS://A.EXAMPLE", NULL, true},
	    {{A, "*"}, NULL, "*", false},
	    {{A, "*"}, A, "*", false},
	};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct policy policy = {NAMED_STREAMS(&log_and_time),
		    .origins = cases[i].allowed, .n_origins = 2};
		struct answer answer =
		    decide(&policy, from(get, cases[i].origin));

		cr_assert_eq(answer.kind, ANSWER_STREAM);
		assert_span(answer.allow_origin, span_of(cases[i].wanted));
		cr_assert_eq(answer.varies_by_origin, cases[i].varies);
	}
}

Test(policy_origin, errors_may_be_read_by_an_allowed_origin_too)
{
	struct policy policy = {NAMED_STREAMS(&log_and_time),
	    .origins = one_origin, .n_origins = 1};

	assert_span(
	    decide(&policy, from(of_method(get, "POST"), "https://a.example"))
		.allow_origin,
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

Test(policy_origin, page_of_another_site_loads_nothing)
{
	static const struct span modes[] = {LITERAL("no-cors"), LITERAL("cors"),
	    LITERAL("same-origin"), LITERAL("websocket"), ABSENT};
	static const char text[] =
	    "Pages of other sites cannot read this stream unless "
	    "--allow-origin names them.\n";
	struct policy policy = with_page;

	policy.origins = one_origin;
	policy.n_origins = 1;
	policy.has_report = true;
	for (size_t i = 0; i < LENGTH(modes); i++) {
		struct request request =
		    from_another_site(modes[i], LITERAL("image"));

		assert_error(&policy, request, 403, text);
		assert_error(&policy, of_method(request, "HEAD"), 403, text);
		request = from(request, "https://b.example");
		assert_error(&policy, request, 403, text);
		assert_error(
		    &policy, named(request, LITERAL(".status")), 403, text);
		assert_error(
		    &policy, named(request, LITERAL("nothing")), 403, text);
	}
}

Test(policy_origin, page_of_an_allowed_origin_loads_the_stream)
{
	struct policy policy = {NAMED_STREAMS(&log_and_time),
	    .origins = one_origin, .n_origins = 1};
	struct request request =
	    from_another_site(LITERAL("cors"), LITERAL("empty"));

	assert_kind(&policy, from(request, "https://a.example"), ANSWER_STREAM);
	policy.origins = any_origin;
	policy.n_origins = 2;
	request = from_another_site(LITERAL("no-cors"), LITERAL("image"));
	assert_kind(&policy, request, ANSWER_STREAM);
	assert_kind(&plain, of_method(request, "OPTIONS"), ANSWER_PREFLIGHT);
}

Test(policy_origin, link_from_another_site_leads_to_the_page)
{
	struct request request =
	    from_another_site(LITERAL("navigate"), LITERAL("document"));

	request.accept = LITERAL("text/html, */*;q=0.8");
	assert_kind(&with_page, request, ANSWER_PAGE);
	assert_kind(&plain, request, ANSWER_STREAM);
	/* the page says by itself which sites may frame it */
	request.fetch_dest = LITERAL("iframe");
	assert_kind(&with_page, request, ANSWER_PAGE);
	assert_error(&plain, request, 403, NULL);
	request.fetch_dest = ABSENT;
	assert_kind(&plain, request, ANSWER_STREAM);
}

Test(policy_origin, request_of_no_other_site_is_as_ever)
{
	static const struct span sites[] = {LITERAL("same-origin"),
	    LITERAL("same-site"), LITERAL("none"), LITERAL("?"), ABSENT};

	for (size_t i = 0; i < LENGTH(sites); i++) {
		struct request request =
		    from_another_site(LITERAL("no-cors"), LITERAL("empty"));

		request.fetch_site = sites[i];
		assert_kind(&plain, request, ANSWER_STREAM);
	}
}
