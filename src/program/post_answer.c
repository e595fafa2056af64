/* SPDX-License-Identifier: MIT */

#include "program/post_answer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* When to try again after 503. */
enum { RETRY_AFTER_S = 5 };

void
post_answer_succeed(
    struct answer *answer, struct span last_id, struct post_count count)
{
	struct text_buffer text = {
	    .bytes = answer->text, .cap = sizeof(answer->text) - 1};
	struct byte_sink sink = text_buffer_sink(&text);
	bool has_id = last_id.n > 0 || count.n_events == 0;
	char number[40];

	answer->kind = ANSWER_POST;
	answer->status = has_id ? 200 : 202;
	sink_text(sink, "{");
	if (last_id.n > 0) {
		sink_text(sink, "\"id\":");
		sink_json_string(sink, last_id);
	} else if (has_id) {
		sink_text(sink, "\"id\":null");
	}
	snprintf(number, sizeof(number), "%s\"events\":%" PRIu64,
	    has_id ? "," : "", count.n_events);
	if (count.is_of_many)
		sink_text(sink, number);
	sink_text(sink, "}\n");
	answer->text[text.n] = '\0';
}

void
post_answer_refuse(struct answer *answer, int status, const char *reason,
    struct post_count count)
{
	char text[400];
	int n = 0;

	if (count.is_of_many)
		n = snprintf(text, sizeof(text),
		    "Event %" PRIu64 ", after %" PRIu64 " that %s published: ",
		    count.n_events + 1, count.n_events,
		    count.n_events == 1 ? "was" : "were");
	snprintf(text + n, sizeof(text) - (size_t)n, "%s", reason);
	policy_error(answer, status, text);
	answer->retry_after_s = status == 503 ? RETRY_AFTER_S : 0;
}

static void
post_answer_too_large(
    struct answer *answer, const struct policy *policy, struct post_count count)
{
	struct answer plain = {0};

	policy_too_large(policy, &plain);
	plain.text[strcspn(plain.text, "\n")] = '\0';
	post_answer_refuse(answer, plain.status, plain.text, count);
}

void
post_answer_fail(struct answer *answer, const struct policy *policy, int error,
    struct post_count count)
{
	static const struct {
		int error, status;
		const char *reason;
	} rows[] = {
	    {-EPIPE, 404, "The stream has ended."},
	    {-ESHUTDOWN, 503, "pipecast stops; try again soon."},
	    {-ENOSPC, 503, "There is no room for the event."},
	    {-EDQUOT, 503, "There is no room for the event."},
	    {0, 503, "The event cannot be published now."},
	};
	size_t i = 0;

	if (error == -EMSGSIZE) {
		post_answer_too_large(answer, policy, count);
		return;
	}
	while (rows[i].error != error && rows[i].error != 0)
		i++;
	post_answer_refuse(answer, rows[i].status, rows[i].reason, count);
}
