/* SPDX-License-Identifier: MIT */

#include "gateways/admission.h"

#include "helpers.h"
#include "named_streams.h"

#include <errno.h>

enum { RETRY_MS = 2000 };

/* What stands behind the admission. */
static struct {
	int rc; /* of subscribe */
	size_t n_asked;
	const struct request *request;
	struct subscriber *subscriber;
	struct bytes head;
	size_t n_gone;
} behind;

static int
subscribe(void *ctx, const struct request *request,
    struct subscriber *subscriber, struct span head)
{
	cr_assert_eq(ctx, &behind);
	behind.n_asked++;
	behind.request = request;
	behind.subscriber = subscriber;
	behind.head.n = 0;
	bytes_put(&behind.head, head.bytes, head.n);
	return behind.rc;
}

static void
on_gone(void *ctx)
{
	cr_assert_eq(ctx, &behind);
	behind.n_gone++;
}

static const char *const names[] = {"one", "two"};
static struct named_streams streams = {.names = names, .n = 2, .ended = "two"};
static const struct policy policy = {NAMED_STREAMS(&streams)};

static struct admission
open_admission(void)
{
	return (struct admission){
	    .policy = &policy,
	    .max_clients = 2,
	    .max_connections = 3,
	    .jitter = {1},
	    .retry_ms = RETRY_MS,
	    .subscribe = subscribe,
	    .on_gone = on_gone,
	    .ctx = &behind,
	};
}

static const struct request get = {.method = LITERAL("GET")};
static struct subscriber subscriber;

static struct admission_answer
receive(struct admission *admission, const struct request *request)
{
	struct admission_answer answer;

	cr_assert_eq(admission_admit(admission, &response_cgi, request,
			 &subscriber, &answer),
	    0);
	return answer;
}

static void
assert_stream(struct admission *admission, const struct request *request)
{
	struct admission_answer answer = receive(admission, request);

	cr_assert(answer.is_stream);
	cr_assert_null(answer.bytes);
}

static void
assert_begins(struct admission_answer answer, const char *beginning)
{
	struct span begins = {answer.bytes, strlen(beginning)};

	cr_assert_not(answer.is_stream);
	cr_assert_gt(answer.n, begins.n);
	assert_span(begins, span_of(beginning));
	free(answer.bytes);
}

/* The reconnection time of an answer that is nothing but one. */
static uint64_t
retry_of(struct admission_answer answer)
{
	char *text = strndup(answer.bytes, answer.n), *retry;
	uint64_t ms;

	cr_assert_not_null(strstr(text, "Status: 200 OK\r\n"));
	cr_assert_not_null(strstr(text, "Content-Type: text/event-stream\r\n"));
	retry = strstr(text, "\nretry: ");
	cr_assert_not_null(retry);
	ms = strtoull(retry + strlen("\nretry: "), NULL, 10);
	cr_assert_not(answer.is_stream);
	free(text);
	free(answer.bytes);
	return ms;
}

Test(admission, subscribes_a_viewer)
{
	struct admission admission = open_admission();

	assert_stream(&admission, &get);
	cr_assert_eq(behind.request, &get);
	cr_assert_eq(behind.subscriber, &subscriber);
	cr_assert_eq(admission.n_viewers, 1);
	cr_assert_arr_eq(behind.head.at + behind.head.n - 4, "\r\n\r\n", 4);
}

Test(admission, subscribes_to_the_stream_that_is_named)
{
	struct admission admission = open_admission();
	struct request one = get;

	one.name = LITERAL("one");
	assert_stream(&admission, &one);
	cr_assert_eq(behind.request, &one);
}

Test(admission, answers_what_is_no_stream_without_a_subscription)
{
	struct admission admission = open_admission();
	struct request head = {.method = LITERAL("HEAD")};
	struct request post = {.method = LITERAL("POST")};
	struct request missing = get, end = get;

	missing.name = LITERAL("three");
	end.name = LITERAL("two");
	end.last_event_id = LITERAL("pipecast-end");
	assert_begins(receive(&admission, &head), "Status: 200 OK\r\n");
	assert_begins(receive(&admission, &post), "Status: 405 ");
	assert_begins(receive(&admission, &missing), "Status: 404 ");
	assert_begins(receive(&admission, &end), "Status: 204 ");
	cr_assert_eq(behind.n_asked, 0);
	cr_assert_eq(admission.n_viewers, 0);
}

Test(admission, has_a_late_return_for_more_viewers_than_are_allowed)
{
	struct admission admission = open_admission();

	assert_stream(&admission, &get);
	assert_stream(&admission, &get);
	cr_assert_geq(retry_of(receive(&admission, &get)), 5 * RETRY_MS);
	cr_assert_eq(behind.n_asked, 2);
	cr_assert_eq(admission.n_viewers, 2);
	admission_unsubscribed(&admission);
	assert_stream(&admission, &get);
	cr_assert_eq(admission.n_viewers, 2);
}

Test(admission, has_a_late_return_for_whom_no_stream_can_be_had_now)
{
	static const int errors[] = {-EBUSY, -ENOMEM, -EMFILE};
	struct admission admission = open_admission();

	for (size_t i = 0; i < LENGTH(errors); i++) {
		behind.rc = errors[i];
		cr_assert_geq(
		    retry_of(receive(&admission, &get)), 5 * RETRY_MS);
	}
	cr_assert_eq(admission.n_viewers, 0);
}

Test(admission, spreads_those_who_come_later)
{
	struct admission admission = open_admission();
	uint64_t least = UINT64_MAX, most = 0;

	behind.rc = -EBUSY;
	for (int i = 0; i < 1000; i++) {
		uint64_t ms = retry_of(receive(&admission, &get));

		least = ms < least ? ms : least;
		most = ms > most ? ms : most;
	}
	cr_assert_geq(least, 5 * RETRY_MS);
	cr_assert_lt(least, 6 * RETRY_MS);
	cr_assert_leq(most, 15 * RETRY_MS);
	cr_assert_gt(most, 14 * RETRY_MS);
}

Test(admission, has_an_early_return_when_it_closes)
{
	struct admission admission = open_admission();

	admission.closing = true;
	for (int i = 0; i < 1000; i++) {
		uint64_t ms = retry_of(receive(&admission, &get));

		cr_assert_geq(ms, RETRY_MS);
		cr_assert_leq(ms, 3 * RETRY_MS);
	}
	cr_assert_eq(behind.n_asked, 0);
}

Test(admission, bears_any_reconnection_time)
{
	static const uint64_t retries[] = {
	    1, UINT32_MAX / 5, UINT32_MAX, UINT64_C(365) * 86400000};
	struct admission admission = open_admission();

	behind.rc = -EBUSY;
	for (size_t i = 0; i < LENGTH(retries); i++) {
		admission.retry_ms = retries[i];
		cr_assert_geq(retry_of(receive(&admission, &get)), retries[i]);
	}
}

Test(admission, keeps_a_quarter_of_the_room_for_new_connections)
{
	struct admission admission = open_admission();

	admission.max_connections = 8;
	for (size_t n = 0; n < 9; n++) {
		admission.n_connections = n;
		cr_assert_eq(admission_has_room_to_spare(&admission), n < 6);
	}
}

Test(admission, counts_connections_and_tells_who_has_gone)
{
	struct admission admission = open_admission();

	for (int i = 0; i < 3; i++) {
		cr_assert(admission_has_room(&admission));
		admission_connected(&admission);
	}
	cr_assert_not(admission_has_room(&admission));
	cr_assert_eq(behind.n_gone, 0);
	admission_disconnected(&admission);
	cr_assert_eq(behind.n_gone, 1);
	cr_assert(admission_has_room(&admission));
	cr_assert_eq(admission.n_connections, 2);
}
