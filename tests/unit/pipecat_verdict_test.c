/* SPDX-License-Identifier: MIT */

#include "pipecat/backoff.h"
#include "pipecat/verdict.h"

#include "helpers.h"

static const struct {
	enum fault fault;
	int status;
	const char *type;
	enum verdict_kind stream, post;
} rows[] = {
    {0, 200, "text/event-stream", VERDICT_OK, VERDICT_OK},
    {0, 200, "Text/Event-Stream ;charset=utf-8", VERDICT_OK, VERDICT_OK},
    {0, 200, "text/event-streams", VERDICT_FINAL, VERDICT_OK},
    {0, 200, "text/html", VERDICT_FINAL, VERDICT_OK},
    {0, 200, NULL, VERDICT_FINAL, VERDICT_OK},
    {0, 202, NULL, VERDICT_FINAL, VERDICT_OK},
    {0, 204, NULL, VERDICT_ENDED, VERDICT_FINAL},
    {0, 303, NULL, VERDICT_FINAL, VERDICT_FINAL},
    {0, 401, "text/event-stream", VERDICT_FINAL, VERDICT_FINAL},
    {0, 404, NULL, VERDICT_FINAL, VERDICT_FINAL},
    {0, 405, NULL, VERDICT_FINAL, VERDICT_FINAL},
    {0, 413, NULL, VERDICT_FINAL, VERDICT_FINAL},
    {0, 429, NULL, VERDICT_RETRY, VERDICT_RETRY},
    {0, 500, NULL, VERDICT_RETRY, VERDICT_RETRY},
    {0, 502, "text/html", VERDICT_RETRY, VERDICT_RETRY},
    {0, 503, NULL, VERDICT_RETRY, VERDICT_RETRY},
    {FAULT_NETWORK, 0, NULL, VERDICT_RETRY, VERDICT_RETRY},
    {FAULT_NETWORK, 200, "text/event-stream", VERDICT_RETRY, VERDICT_RETRY},
    {FAULT_SILENT, 200, "text/event-stream", VERDICT_RETRY, VERDICT_RETRY},
    {FAULT_CERTIFICATE, 0, NULL, VERDICT_FINAL, VERDICT_FINAL},
    {FAULT_SETUP, 0, NULL, VERDICT_FINAL, VERDICT_FINAL},
};

Test(pipecat_verdict, tells_what_may_go_better_from_what_is_final)
{
	for (size_t i = 0; i < LENGTH(rows); i++) {
		const struct reply reply = {
		    rows[i].fault, rows[i].status, span_of(rows[i].type)};

		cr_assert_eq(verdict_of_stream(&reply).kind, rows[i].stream,
		    "stream, row %zu", i);
		cr_assert_eq(verdict_of_post(&reply).kind, rows[i].post,
		    "post, row %zu", i);
	}
}

static void
assert_delay(struct backoff *backoff, uint64_t min_ms, uint64_t wanted)
{
	uint64_t ms = backoff_delay(backoff, min_ms);

	cr_assert(ms >= wanted && ms <= wanted + wanted / 4,
	    "%llu ms, not %llu and a quarter", (unsigned long long)ms,
	    (unsigned long long)wanted);
}

Test(pipecat_backoff, doubles_from_the_reconnection_time_up_to_a_limit)
{
	struct backoff backoff;

	backoff_init(&backoff, 1);
	assert_delay(&backoff, 0, BACKOFF_RETRY_MS);
	backoff_set_retry(&backoff, 1000);
	for (uint64_t wanted = 1000; wanted < BACKOFF_MAX_MS; wanted *= 2) {
		backoff_fail(&backoff);
		assert_delay(&backoff, 0, wanted);
	}
	for (int i = 0; i < 1000; i++)
		backoff_fail(&backoff);
	assert_delay(&backoff, 0, BACKOFF_MAX_MS);
	assert_delay(&backoff, BACKOFF_FINAL_MS, BACKOFF_FINAL_MS);
	assert_delay(&backoff, UINT64_MAX, BACKOFF_LIMIT_MS);
	backoff_succeed(&backoff);
	assert_delay(&backoff, 0, 1000);
	backoff_set_retry(&backoff, 0);
	assert_delay(&backoff, 0, BACKOFF_MIN_MS);
	for (int i = 0; i < 3; i++)
		backoff_fail(&backoff);
	assert_delay(&backoff, 0, 2 * BACKOFF_MIN_MS);
	backoff_set_retry(&backoff, UINT64_MAX);
	assert_delay(&backoff, 0, BACKOFF_LIMIT_MS);
}
