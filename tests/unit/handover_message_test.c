/* SPDX-License-Identifier: MIT */

#include "gateways/handover_message.h"

#include "helpers.h"
#include "meta_variables.h"

#include <errno.h>
#include <stdlib.h>

#define FIRST "pipecast handover 1\0"

/* What a request is looked up in, before and after it was handed over. */
static void
assert_same_request(const char *const *variables)
{
	struct request before, after;
	struct buffer buffer = {0};
	struct span message;

	cr_assert_eq(handover_message_write(
			 &buffer, look_up, (void *)(uintptr_t)variables),
	    0);
	message = buffer_span(&buffer);
	cr_assert(handover_message_is_valid(message));
	request_from_meta_variables(
	    &before, "/base", look_up, (void *)(uintptr_t)variables);
	request_from_meta_variables(
	    &after, "/base", handover_message_look_up, &message);
	assert_span(after.method, before.method);
	assert_span(after.name, before.name);
	assert_span(after.last_event_id, before.last_event_id);
	assert_span(after.accept, before.accept);
	assert_span(after.origin, before.origin);
	assert_span(after.fetch_site, before.fetch_site);
	assert_span(after.credentials.cookie, before.credentials.cookie);
	assert_span(after.media_type, before.media_type);
	assert_span(after.event_type, before.event_type);
	cr_assert_eq(after.length, before.length);
	cr_assert_eq(after.over_tls, before.over_tls);
	cr_assert_eq(after.non_parsed_header, before.non_parsed_header);
	buffer_fini(&buffer);
}

Test(handover_message, says_of_a_request_what_its_variables_say)
{
	const char *const nothing[] = {NULL};
	const char *const get[] = {"REQUEST_METHOD", "GET", "PATH_INFO",
	    "/base/log", "HTTP_LAST_EVENT_ID", "s-1-2", "HTTP_ACCEPT", "",
	    "HTTP_COOKIE", "a=b=c", "SCRIPT_NAME", "/cgi-bin/nph-x", "HTTPS",
	    "on", NULL};
	const char *const post[] = {"REQUEST_METHOD", "POST", "QUERY_STRING",
	    "source=a&event=b", "CONTENT_TYPE", "text/plain", "CONTENT_LENGTH",
	    "12", "HTTP_ORIGIN", "https://a.example", "HTTP_SEC_FETCH_SITE",
	    "same-origin", "SCRIPT_FILENAME", "/nph-y", NULL};

	assert_same_request(nothing);
	assert_same_request(get);
	assert_same_request(post);
}

Test(handover_message, holds_only_the_variables_of_a_request_and_each_once)
{
	const char *const variables[] = {"PATH", "/bin", "QUERY_STRING", "a",
	    "HTTP_TRANSFER_ENCODING", "chunked", NULL};
	struct buffer buffer = {0};

	cr_assert_eq(handover_message_write(
			 &buffer, look_up, (void *)(uintptr_t)variables),
	    0);
	assert_span(buffer_span(&buffer),
	    LITERAL(FIRST "QUERY_STRING=a\0HTTP_TRANSFER_ENCODING=chunked\0"));
	buffer_fini(&buffer);
}

Test(handover_message, over_its_limit_is_an_error)
{
	char *value = calloc(1, HANDOVER_MESSAGE_MAX + 1);
	const char *const variables[] = {"HTTP_COOKIE", value, NULL};
	size_t room =
	    HANDOVER_MESSAGE_MAX - sizeof(FIRST) - sizeof("HTTP_COOKIE=") + 1;
	struct buffer buffer = {0};

	memset(value, 'x', room);
	cr_assert_eq(handover_message_write(
			 &buffer, look_up, (void *)(uintptr_t)variables),
	    0);
	cr_assert_eq(buffer.n, HANDOVER_MESSAGE_MAX);
	cr_assert(handover_message_is_valid(buffer_span(&buffer)));
	buffer_fini(&buffer);
	value[room] = 'x';
	cr_assert_eq(handover_message_write(
			 &buffer, look_up, (void *)(uintptr_t)variables),
	    -EMSGSIZE);
	buffer_fini(&buffer);
	free(value);
}

Test(handover_message, is_valid_at_none_of_its_cuts_but_between_variables)
{
	const struct span whole = LITERAL(FIRST "A=\0B=c=d\0");
	size_t first = sizeof(FIRST) - 1;

	for (size_t n = 0; n <= whole.n; n++) {
		char *copy = malloc(n + 1);

		memcpy(copy, whole.bytes, n);
		cr_assert_eq(handover_message_is_valid((struct span){copy, n}),
		    n == first || n == first + 3 || n == whole.n, "at %zu", n);
		free(copy);
	}
}

Test(handover_message, with_anything_else_in_it_is_refused)
{
	const struct span wrong[] = {LITERAL(""), LITERAL("\0"),
	    LITERAL("pipecast handover 2\0"), LITERAL(FIRST "\0"),
	    LITERAL(FIRST "A\0"), LITERAL(FIRST "=A\0"),
	    LITERAL(FIRST "A=B\0\0"), LITERAL(FIRST "A\0=B\0")};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		cr_assert_not(handover_message_is_valid(wrong[i]), "%zu", i);
}
