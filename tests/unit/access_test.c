/* SPDX-License-Identifier: MIT */

#include "http/access.h"

#include "helpers.h"
#include "http/response.h"
#include "named_streams.h"

#define READ_TOKEN "correct+horse/battery="
#define POST_TOKEN "another-secret-of-us"
#define BROWSER LITERAL("text/html,*/*;q=0.8")

static const char *const names[] = {"log"};

static struct named_streams streams = {.names = names, .n = 1, .posts = "log"};
static struct tokens tokens; /* those that a test sets */

static const struct request get = {.method = LITERAL("GET")};

static struct policy
policy_with(const char *to_read, const char *to_post)
{
	tokens = (struct tokens){0};
	if (to_read)
		cr_assert_null(
		    token_set(&tokens, TOKEN_READ, span_of(to_read)));
	if (to_post)
		cr_assert_null(
		    token_set(&tokens, TOKEN_POST, span_of(to_post)));
	return (struct policy){
	    NAMED_STREAMS(&streams),
	    .page = LITERAL("<p>page"),
	    .has_report = true,
	    .tokens = &tokens,
	};
}

static struct request
bearing(struct request request, const char *authorization)
{
	request.credentials.authorization = span_of(authorization);
	return request;
}

static struct request
asking(struct request request, const char *query)
{
	request.credentials.query = span_of(query);
	return request;
}

/* As a browser does for a person. */
static struct request
opening(const char *query)
{
	struct request request = asking(get, query);

	request.accept = BROWSER;
	request.fetch_site = LITERAL("none");
	request.fetch_mode = LITERAL("navigate");
	request.fetch_dest = LITERAL("document");
	return request;
}

static struct request
with_cookie(struct request request, enum token_purpose purpose)
{
	static char field[TOKEN_PURPOSES][128];
	const struct token *token = &tokens.of[purpose];

	snprintf(field[purpose], sizeof(field[purpose]), "%s=%s",
	    token->cookie_name, token->cookie_value);
	request.credentials.cookie = span_of(field[purpose]);
	return request;
}

static struct answer
decide(const struct policy *policy, struct request request)
{
	struct answer answer;

	memset(&answer, 0xee, sizeof(answer));
	policy_decide(policy, &request, &answer);
	return answer;
}

static void
assert_kind(
    const struct policy *policy, struct request request, enum answer_kind kind)
{
	struct answer answer = decide(policy, request);

	cr_assert_eq(
	    answer.kind, kind, "%d is not %d", (int)answer.kind, (int)kind);
}

static void
assert_refused(
    const struct policy *policy, struct request request, const char *beginning)
{
	struct answer answer = decide(policy, request);

	cr_assert_eq(answer.kind, ANSWER_ERROR);
	cr_assert_eq(answer.status, 401);
	cr_assert(strstr(answer.text, beginning), "%s", answer.text);
	cr_assert_null(strstr(answer.text, "log"), "it names a stream");
}

/* The lines of the head that begin with one of the names, as they are. */
static void
assert_lines(const struct policy *policy, struct request request,
    const char *const *wanted, size_t n_wanted)
{
	static const char *const names_of_lines[] = {
	    "Location: ", "Set-Cookie: ", "WWW-Authenticate: ", "Refresh: "};
	struct answer answer = decide(policy, request);
	struct bytes out = {0};
	size_t n = 0;
	char *line;

	response_write(&response_cgi, policy, &answer, bytes_sink(&out));
	bytes_put(&out, "", 1);
	for (line = strtok(out.at, "\r\n"); line; line = strtok(NULL, "\r\n"))
		for (size_t i = 0; i < LENGTH(names_of_lines); i++)
			if (strncmp(line, names_of_lines[i],
				strlen(names_of_lines[i])) == 0) {
				cr_assert_lt(n, n_wanted, "%s", line);
				cr_assert_str_eq(line, wanted[n]);
				n++;
			}
	cr_assert_eq(n, n_wanted);
	bytes_free(&out);
}

#define ASSERT_LINES(POLICY, REQUEST, ...) \
	do { \
		static const char *const lines_[] = {__VA_ARGS__}; \
\
		assert_lines((POLICY), (REQUEST), lines_, LENGTH(lines_)); \
	} while (0)

/* Reading. */

Test(access, without_tokens_everybody_reads)
{
	struct policy policy = policy_with(NULL, NULL);

	policy.tokens = NULL;
	assert_kind(&policy, get, ANSWER_STREAM);
	assert_kind(&policy, opening("token=x"), ANSWER_PAGE);
	policy = policy_with(NULL, POST_TOKEN);
	assert_kind(&policy, get, ANSWER_STREAM);
}

Test(access, nothing_but_a_preflight_is_answered_without_the_token)
{
	static const char *const methods[] = {
	    "GET", "HEAD", "POST", "PUT", "DELETE", "BREW"};
	static const struct span paths[] = {
	    ABSENT, LITERAL("log"), LITERAL("nothing"), LITERAL(STATUS_NAME)};
	struct policy policy = policy_with(READ_TOKEN, NULL);

	for (size_t i = 0; i < LENGTH(methods); i++)
		for (size_t j = 0; j < LENGTH(paths); j++) {
			struct request request = get;

			request.method = span_of(methods[i]);
			request.name = paths[j];
			assert_refused(&policy, request, "needs a token");
			request.accept = BROWSER;
			assert_refused(&policy, request, "needs a token");
		}
	assert_kind(&policy, (struct request){.method = LITERAL("OPTIONS")},
	    ANSWER_PREFLIGHT);
}

Test(access, every_way_of_presenting_the_token_reads)
{
	struct policy policy = policy_with(READ_TOKEN, POST_TOKEN);
	struct request request = bearing(get, "Bearer " READ_TOKEN);

	assert_kind(&policy, request, ANSWER_STREAM);
	request.name = LITERAL(STATUS_NAME);
	assert_kind(&policy, request, ANSWER_REPORT);
	assert_kind(&policy,
	    bearing(get, "Basic OmNvcnJlY3QraG9yc2UvYmF0dGVyeT0="),
	    ANSWER_STREAM);
	assert_kind(&policy, asking(get, "token=" READ_TOKEN), ANSWER_STREAM);
	assert_kind(&policy, with_cookie(get, TOKEN_READ), ANSWER_STREAM);
	assert_kind(&policy, with_cookie(opening(""), TOKEN_READ), ANSWER_PAGE);
}

Test(access, token_to_post_does_not_read)
{
	struct policy policy = policy_with(READ_TOKEN, POST_TOKEN);

	assert_refused(
	    &policy, bearing(get, "Bearer " POST_TOKEN), "needs a token");
	assert_refused(&policy, with_cookie(get, TOKEN_POST), "needs a token");
	assert_refused(
	    &policy, asking(get, "token=" POST_TOKEN), "needs a token");
}

Test(access, wrong_token_is_called_wrong)
{
	struct policy policy = policy_with(READ_TOKEN, NULL);

	assert_refused(
	    &policy, bearing(get, "Bearer " POST_TOKEN), "not the right token");
	assert_refused(
	    &policy, opening("token=" POST_TOKEN), "not the right token");
}

/* Posting. */

static bool
may_post(const struct policy *policy, struct request request)
{
	struct answer answer = {0};

	request.method = LITERAL("POST");
	return access_check(policy, &request, TOKEN_POST, &answer);
}

Test(access, posting_needs_its_token_else_the_one_to_read)
{
	struct request reader = bearing(get, "Bearer " READ_TOKEN);
	struct request poster = bearing(get, "Bearer " POST_TOKEN);
	struct policy policy = policy_with(READ_TOKEN, POST_TOKEN);

	cr_assert(may_post(&policy, poster));
	cr_assert_not(may_post(&policy, reader));
	cr_assert_not(may_post(&policy, get));
	policy = policy_with(READ_TOKEN, NULL);
	cr_assert(may_post(&policy, reader));
	cr_assert_not(may_post(&policy, get));
	policy.anybody_posts = true;
	cr_assert(may_post(&policy, get));
	policy = policy_with(NULL, NULL);
	cr_assert(may_post(&policy, get));
}

static struct request
posting(struct request request, const char *name)
{
	request.method = LITERAL("POST");
	request.name = span_of(name);
	return request;
}

Test(access, post_is_refused_before_anything_is_said_of_the_stream)
{
	struct request reader = bearing(get, "Bearer " READ_TOKEN);
	struct request poster = bearing(get, "Bearer " POST_TOKEN);
	struct policy policy = policy_with(READ_TOKEN, POST_TOKEN);

	assert_kind(&policy, posting(poster, "log"), ANSWER_POST);
	assert_refused(&policy, posting(reader, "log"), "Posting here");
	assert_refused(&policy, posting(reader, "nothing"), "Posting here");
	/* It may post, but what else there is it may not know. */
	assert_refused(&policy, posting(poster, "nothing"), "Reading this");
	cr_assert_eq(
	    decide(&policy, posting(get, "log")).asks_for_password, true);
}

Test(access, preflight_tells_nobody_else_what_takes_posts)
{
	struct request options = {
	    .method = LITERAL("OPTIONS"), .name = LITERAL("log")};
	struct policy policy = policy_with(READ_TOKEN, NULL);

	cr_assert_not(decide(&policy, options).takes_posts);
	cr_assert(decide(&policy, bearing(options, "Bearer " READ_TOKEN))
		      .takes_posts);
	policy = policy_with(NULL, POST_TOKEN);
	cr_assert(decide(&policy, options).takes_posts);
}

/* Answers to browsers. */

#define SET_READ \
	"Set-Cookie: pipecast-read-7d523eb3=f105df0fba10921bc469a8dc4b2dcfa9" \
	"a52007ade79bf906f0694398"
#define SET_POST \
	"Set-Cookie: pipecast-post-f4a39ce8=1192457be3014bf496630c9eaaf00a7d" \
	"ca6c60bbf37623fa09a89cf8"
#define FLAGS "; HttpOnly; SameSite=Strict"

Test(access, token_in_the_url_of_a_person_becomes_a_cookie)
{
	struct policy policy = policy_with(READ_TOKEN, NULL);

	assert_kind(&policy, opening("token=" READ_TOKEN), ANSWER_REDIRECT);
	ASSERT_LINES(&policy, opening("token=" READ_TOKEN), "Location: ?",
	    SET_READ FLAGS);
	ASSERT_LINES(&policy, opening("a=%41;token=" READ_TOKEN "&b=+"),
	    "Location: ?a=%41&b=+", SET_READ FLAGS);
	policy = policy_with(READ_TOKEN, READ_TOKEN);
	ASSERT_LINES(&policy, opening("token=" READ_TOKEN), "Location: ?",
	    SET_READ FLAGS, SET_POST FLAGS);
	policy = policy_with(NULL, READ_TOKEN);
	ASSERT_LINES(&policy, opening("token=" READ_TOKEN), "Location: ?",
	    SET_POST FLAGS);
}

Test(access, tokens_of_two_urls_add_up)
{
	struct policy policy = policy_with(POST_TOKEN, READ_TOKEN);

	ASSERT_LINES(&policy, opening("token=" READ_TOKEN), "Location: ?",
	    SET_POST FLAGS);
	ASSERT_LINES(&policy,
	    with_cookie(opening("token=" READ_TOKEN), TOKEN_READ),
	    "Location: ?", SET_POST FLAGS);
}

Test(access, location_leads_nowhere_else)
{
	struct policy policy = policy_with(READ_TOKEN, NULL);

	ASSERT_LINES(&policy,
	    opening("//example.org/\r\nSet-Cookie: a=b&token=" READ_TOKEN),
	    "Location: ?//example.org/%0D%0ASet-Cookie:%20a=b", SET_READ FLAGS);
}

Test(access, cookie_is_for_the_base_path_and_for_tls)
{
	struct policy policy = policy_with(READ_TOKEN, NULL);
	struct request request = opening("token=" READ_TOKEN);

	policy.base_path = "/tools/events/";
	request.over_tls = true;
	ASSERT_LINES(&policy, request, "Location: ?",
	    SET_READ "; Path=/tools/events" FLAGS "; Secure");
	policy.base_path = "/";
	ASSERT_LINES(
	    &policy, request, "Location: ?", SET_READ FLAGS "; Secure");
	policy.base_path = "/a;Domain=org";
	ASSERT_LINES(
	    &policy, request, "Location: ?", SET_READ FLAGS "; Secure");
}

Test(access, person_is_asked_for_the_token_by_a_page)
{
	struct policy policy = policy_with(READ_TOKEN, NULL);
	struct answer answer = decide(&policy, opening(""));
	struct bytes out = {0};

	ASSERT_LINES(&policy, opening(""),
	    "WWW-Authenticate: Bearer realm=\"pipecast\"");
	response_write(&response_cgi, &policy, &answer, bytes_sink(&out));
	bytes_put(&out, "", 1);
	cr_assert(strstr(out.at, "Content-Type: text/html"));
	cr_assert(
	    strstr(out.at, "Content-Security-Policy: default-src 'none'"));
	cr_assert(strstr(out.at, "</form>\n"), "it is whole");
	bytes_free(&out);
}

Test(access, program_may_be_asked_for_a_password_but_no_script)
{
	struct policy policy = policy_with(READ_TOKEN, NULL);
	struct request script = get;

	script.fetch_mode = LITERAL("cors");
	script.accept = LITERAL("text/event-stream");
	ASSERT_LINES(&policy, get,
	    "WWW-Authenticate: Bearer realm=\"pipecast\"",
	    "WWW-Authenticate: Basic realm=\"pipecast\", charset=\"UTF-8\"");
	ASSERT_LINES(
	    &policy, script, "WWW-Authenticate: Bearer realm=\"pipecast\"");
}

/* The browser has held the cookie back, and sends it when it asks again. */
Test(access, link_of_another_site_is_asked_for_again_once)
{
	struct policy policy = policy_with(READ_TOKEN, NULL);
	struct request link = opening("a=b"), again = opening("token=&a=b");

	link.fetch_site = LITERAL("cross-site");
	ASSERT_LINES(&policy, link,
	    "WWW-Authenticate: Bearer realm=\"pipecast\"",
	    "Refresh: 0; url=?token=&a=b");
	ASSERT_LINES(
	    &policy, again, "WWW-Authenticate: Bearer realm=\"pipecast\"");
	again.fetch_site = LITERAL("cross-site");
	ASSERT_LINES(
	    &policy, again, "WWW-Authenticate: Bearer realm=\"pipecast\"");
	ASSERT_LINES(&policy, with_cookie(again, TOKEN_READ), "Location: ?a=b");
}

Test(access, only_a_link_is_asked_for_again)
{
	static const struct span sites[] = {LITERAL("same-origin"),
	    LITERAL("same-site"), LITERAL("none"), ABSENT};
	struct policy policy = policy_with(READ_TOKEN, NULL);
	struct request request = opening("");

	for (size_t i = 0; i < LENGTH(sites); i++) {
		request.fetch_site = sites[i];
		ASSERT_LINES(&policy, request,
		    "WWW-Authenticate: Bearer realm=\"pipecast\"");
	}
	request.fetch_site = LITERAL("cross-site");
	request.fetch_dest = LITERAL("iframe");
	ASSERT_LINES(
	    &policy, request, "WWW-Authenticate: Bearer realm=\"pipecast\"");
}

/* Programs keep no cookies, and their URLs are in no history. */
Test(access, program_with_the_token_in_its_url_is_answered_at_once)
{
	struct policy policy = policy_with(READ_TOKEN, NULL);
	struct request request = asking(get, "token=" READ_TOKEN);

	request.accept = LITERAL("*/*");
	assert_kind(&policy, request, ANSWER_STREAM);
	request.accept = LITERAL("text/event-stream");
	assert_kind(&policy, request, ANSWER_STREAM);
	request = opening("token=" READ_TOKEN);
	request.method = LITERAL("HEAD");
	assert_kind(&policy, request, ANSWER_PAGE);
}
