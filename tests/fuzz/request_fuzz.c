/* SPDX-License-Identifier: MIT */

/*
 * A request from any meta-variables, the policy's answer and its head: no
 * visitor adds a header, and none becomes an argument of the program.
 */

#include "http/response.h"

#include "../unit/named_streams.h"
#include "fuzz.h"

static const struct response_form response_http = {.is_http = true};

static const char *const variable_names[] = {"REQUEST_METHOD", "QUERY_STRING",
    "PATH_INFO", "HTTP_ORIGIN", "HTTP_LAST_EVENT_ID", "SCRIPT_FILENAME",
    "SCRIPT_NAME", "GATEWAY_INTERFACE", "HTTP_ACCEPT", "HTTP_SEC_FETCH_SITE",
    "HTTP_SEC_FETCH_MODE", "HTTP_SEC_FETCH_DEST", "HTTP_HOST", "CONTENT_TYPE",
    "CONTENT_LENGTH", "HTTP_X_EVENTSOURCE_EVENT", "HTTP_AUTHORIZATION",
    "HTTP_COOKIE", "HTTP_X_FORWARDED_PROTO"};

enum {
	QUERY_STRING = 1,
	HTTP_ACCEPT = 8,
	N_VARIABLES = LENGTH(variable_names),
};

static const char *
look_up(void *ctx, const char *name)
{
	char *const *values = ctx;

	for (size_t i = 0; i < N_VARIABLES; i++)
		if (strcmp(variable_names[i], name) == 0)
			return values[i];
	return NULL;
}

static const char *const stream_names[] = {"log", "a b"};
static const char *const origins[] = {"https://a.example", "null"};
static const char *const any_origin[] = {"*"};
static const char *const headers[] = {"X-One: 1"};
static const char page[] = "<!DOCTYPE html><title>page</title>";

static const char *
format_name(size_t i)
{
	static const char *const formats[] = {"lines", "sse", "json", NULL};

	return formats[i];
}

/* The number of lines before the empty one, each of them well-formed. */
static size_t
count_head(const struct bytes *out, size_t *head_n)
{
	const char *at = out->at, *colon, *end;
	size_t n_lines = 0;

	REQUIRE(strlen(out->at) == out->n);
	for (; (end = strstr(at, "\r\n")) != at; at = end + 2) {
		REQUIRE(end);
		for (const char *c = at; c < end; c++)
			REQUIRE(*c >= 0x20 && *c < 0x7f);
		colon = strchr(at, ':');
		REQUIRE(strncmp(at, "HTTP/1.1 ", 9) == 0 ||
		    (colon && colon < end && colon[1] == ' '));
		n_lines++;
	}
	*head_n = (size_t)(at - out->at) + 2;
	return n_lines;
}

/* The lines that say what the content is. */
static size_t
content_lines(const struct policy *policy, const struct answer *answer)
{
	switch (answer->kind) {
	case ANSWER_STREAM:
		return policy->page.bytes ? 5 : 4;
	case ANSWER_PAGE:
		return policy->page_security ? 6 : 5;
	case ANSWER_ENDED:
		return 1;
	case ANSWER_PREFLIGHT:
		return 2 + (answer->allow_origin.bytes ? 3 : 0);
	case ANSWER_REDIRECT:
		return 4 + answer->sets_cookie[TOKEN_READ] +
		    answer->sets_cookie[TOKEN_POST];
	default:
		if (answer->status == 401)
			return 4 + answer->asks_for_password +
			    2 * answer->is_form + answer->is_asked_again;
		return answer->status == 405 ? 4 : 3;
	}
}

static size_t
lines_wanted(const struct response_form *form, const struct policy *policy,
    const struct answer *answer)
{
	/* the first, nosniff and Cross-Origin-Resource-Policy */
	size_t n = 3 + form->is_http + policy->n_headers;

	/* Cross-Origin-Opener-Policy */
	n += answer->kind == ANSWER_PAGE;
	/* Accept-Post */
	n += answer->takes_posts &&
	    (answer->kind == ANSWER_STREAM || answer->kind == ANSWER_PAGE ||
		answer->kind == ANSWER_PREFLIGHT);
	n += answer->allow_origin.bytes != NULL;
	return n + content_lines(policy, answer) + answer->varies_by_origin;
}

static const char *
body_wanted(const struct answer *answer)
{
	if (answer->without_body || answer->kind == ANSWER_STREAM ||
	    answer->kind == ANSWER_REDIRECT)
		return "";
	return answer->kind == ANSWER_PAGE ? page : answer->text;
}

static void
check_response(const struct response_form *form, const struct policy *policy,
    const struct answer *answer)
{
	struct bytes out = {0};
	size_t head_n;

	response_write(form, policy, answer, bytes_sink(&out));
	REQUIRE(
	    count_head(&out, &head_n) == lines_wanted(form, policy, answer));
	REQUIRE(strcmp(out.at + head_n, body_wanted(answer)) == 0);
	bytes_free(&out);
}

/* A page of another site cannot post, nor make up an event of pipecast's. */
static void
check_post(const struct request *request, struct answer *answer)
{
	REQUIRE(answer->takes_posts);
	REQUIRE(span_is(request->method, "POST") ||
	    span_is(request->method, "PUT"));
	REQUIRE(!span_is(request->fetch_site, "cross-site") ||
	    span_equal(request->origin, answer->allow_origin));
	REQUIRE(!span_has_line_break_or_nul(answer->event_type));
	REQUIRE(!span_is(answer->event_type, "gap"));
	answer->status = 202;
	memcpy(answer->text, "{}\n", sizeof("{}\n"));
}

static void
check_answer(const struct policy *policy, const struct request *request)
{
	struct answer answer;

	policy_decide(policy, request, &answer);
	REQUIRE(memchr(answer.text, '\0', sizeof(answer.text)));
	REQUIRE((answer.kind == ANSWER_ERROR) == (*answer.text != '\0'));
	if (answer.kind == ANSWER_POST)
		check_post(request, &answer);
	REQUIRE(answer.kind != ANSWER_REPORT && answer.kind != ANSWER_LATER);
	if (answer.kind == ANSWER_ERROR)
		REQUIRE(answer.status == 400 || answer.status == 401 ||
		    answer.status == 403 || answer.status == 404 ||
		    answer.status == 405 || answer.status == 413);
	if (policy->tokens && answer.status != 401 && answer.status != 403 &&
	    answer.kind != ANSWER_PREFLIGHT)
		REQUIRE(token_grants_of(policy->tokens, &request->credentials)
			    .granted[TOKEN_READ]);
	if (answer.kind == ANSWER_PAGE)
		REQUIRE(policy->page.bytes && !request->last_event_id.bytes);
	if (span_is(request->fetch_site, "cross-site") &&
	    span_is(request->fetch_mode, "no-cors"))
		REQUIRE(answer.kind == ANSWER_ERROR ||
		    answer.kind == ANSWER_PREFLIGHT ||
		    answer.allow_origin.bytes);
	if (answer.kind == ANSWER_STREAM && request->last_event_id.bytes)
		REQUIRE(request->last_event_id.n <= EVENT_ID_MAX);
	check_response(&response_cgi, policy, &answer);
	check_response(&response_http, policy, &answer);
}

static void
check_tokens(struct policy policy, const struct request *request)
{
	static const struct span secret = LITERAL("0123456789abcdef");
	static struct tokens tokens;

	if (!token_is_set(&tokens, TOKEN_READ)) {
		token_set(&tokens, TOKEN_READ, secret);
		token_set(&tokens, TOKEN_POST, secret);
	}
	policy.tokens = &tokens;
	check_answer(&policy, request);
}

static void
check_policies(const struct request *request, unsigned which)
{
	struct named_streams streams = {
	    .names = stream_names,
	    .n = which & 2 ? LENGTH(stream_names) : 0,
	    .posts = which & 2 ? "a b" : "",
	};
	struct policy policy = {
	    NAMED_STREAMS(&streams),
	    .dialect =
		which & 1 ? DIALECT_DOM_EVENT_STREAM : DIALECT_EVENT_STREAM,
	    .origins = which & 4 ? any_origin : origins,
	    .n_origins = which & 8 ? 1 : 0,
	    .headers = headers,
	    .n_headers = which & 16 ? 1 : 0,
	    .own_types = {"gap", ""},
	    .max_event = 1000,
	    .format_name = format_name,
	    .page = span_of(which & 32 ? page : NULL),
	    .page_security = which & 64 ? "default-src 'none'" : NULL,
	};

	check_answer(&policy, request);
	check_tokens(policy, request);
}

/* A word of the query as Apache makes it an argument. */
static char *
argument_of(struct span word, bool decode)
{
	char *decoded = malloc(word.n + 1);
	char *argument = malloc(2 * word.n + 1);
	long n = decode ? text_decode_form(decoded, word.n, word) : -1;
	size_t at = 0;

	if (n < 0) {
		memcpy(decoded, word.bytes, word.n);
		n = (long)word.n;
	}
	decoded[n] = '\0';
	for (const char *c = decoded; *c; c++) {
		if (strchr("&;`'\"|*?~<>^()[]{}$\\\n", *c))
			argument[at++] = '\\';
		argument[at++] = *c;
	}
	argument[at] = '\0';
	free(decoded);
	return argument;
}

/* Whatever words a server passes on, they are known. */
static void
check_arguments(char *const *values, unsigned how)
{
	const char *query = values[QUERY_STRING];
	bool is_request = request_is_there(look_up, (void *)(uintptr_t)values);
	char program[] = "pipecast", own[] = "every:3";
	size_t n_words = 1 + how % 7;

	if (!query || strchr(query, '=') || !is_request)
		return;
	for (size_t i = 0; *query && i < n_words; i++) {
		size_t n = strcspn(query, "+");
		char *word = argument_of((struct span){query, n}, !(how & 64));
		char *argv[] = {program, own, word, NULL};

		if (word[strspn(word, "\\")])
			REQUIRE(request_is_in_arguments(
			    look_up, (void *)(uintptr_t)values, 3, argv));
		free(word);
		query += n + (query[n] != '\0');
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	unsigned present = take_byte(&input), which = take_byte(&input);
	char *values[N_VARIABLES];
	struct request request;

	for (size_t i = 0; i < N_VARIABLES; i++) {
		struct span value = take_string(&input);

		values[i] = i >= HTTP_ACCEPT || present >> i & 1
		    ? string_of(value)
		    : NULL;
	}
	request_from_meta_variables(
	    &request, which & 128 ? "/a/b" : NULL, look_up, values);
	REQUIRE(request.method.n > 0);
	REQUIRE(request.name_too_long || request.name.n <= STREAM_NAME_MAX);
	REQUIRE(request.last_event_id_too_long ||
	    request.last_event_id.n <= EVENT_ID_MAX);
	REQUIRE(request.event_type_too_long ||
	    request.event_type.n <= POSTED_TYPE_MAX);
	check_policies(&request, which);
	check_arguments(values, which);
	for (size_t i = 0; i < N_VARIABLES; i++)
		free(values[i]);
	return 0;
}
