/* SPDX-License-Identifier: MIT */

#include "pipecat/printer.h"
#include "pipecat/relay_note.h"

#include "helpers.h"

static const char gap[] = "{\"last_event_id\":\"7\",\"missed\":12}";
static const char vague[] = "{\"last_event_id\":\"7\",\"missed\":null}";

/* An event in each form, and for a relay. */
static const struct {
	const char *type, *data, *id;
	const char *lines, *json, *sse, *relay;
} rows[] = {
    {NULL, "a", NULL, "a\n", "{\"data\":\"a\"}\n", "data: a\n\n",
	"data: a\n\n"},
    {"t", "a\nb", "1", "a\nb\n",
	"{\"data\":\"a\\u000ab\",\"event\":\"t\",\"id\":\"1\"}\n",
	"id: 1\nevent: t\ndata: a\ndata: b\n\n",
	"id: 1\nevent: t\ndata: a\ndata: b\n\n"},
    {NULL, NULL, "2", "", "", "id: 2\n\n", "id: 2\n\n"},
    {NULL, "", "", "\n", "{\"data\":\"\"}\n", "id:\ndata:\n\n",
	"id:\ndata:\n\n"},
    {"gap", gap, NULL, NULL, NULL, NULL, ": pipecat lost 12\n"},
    {"x", vague, NULL, NULL, NULL, NULL, ": pipecat lost -1\n"},
    {"gap", gap, "8", NULL, NULL, NULL, NULL},
    {"end", "{}", "pipecast-end", NULL, NULL, NULL, ""},
};

static void
assert_printed(const struct bytes *printed, const char *wanted)
{
	if (wanted)
		assert_span(bytes_span(printed), span_of(wanted));
	else
		cr_assert_gt(printed->n, 0);
}

Test(pipecat_print, writes_each_form_and_gives_a_relay_notes)
{
	for (size_t i = 0; i < LENGTH(rows); i++) {
		const struct event event = {.type = span_of(rows[i].type),
		    .data = span_of(rows[i].data),
		    .id = span_of(rows[i].id),
		    .retry_ms = -1};
		const char *const wanted[] = {
		    rows[i].lines, rows[i].json, rows[i].sse};
		struct bytes printed = {0};

		for (int as = PRINT_LINES; as <= PRINT_SSE; as++) {
			print_event(
			    (enum print_as)as, &event, bytes_sink(&printed));
			assert_printed(&printed, wanted[as]);
			printed.n = 0;
		}
		relay_note_event(&event, bytes_sink(&printed));
		assert_printed(&printed, rows[i].relay);
		bytes_free(&printed);
	}
}

Test(pipecat_print, keeps_comments_and_times_from_a_relay)
{
	struct event event = EVENT_NONE;
	struct bytes printed = {0};

	event.comment = span_of("pipecat lost 5");
	relay_note_event(&event, bytes_sink(&printed));
	event = EVENT_NONE;
	event.retry_ms = 5;
	relay_note_event(&event, bytes_sink(&printed));
	cr_assert_eq(printed.n, 0);
	relay_note_open(bytes_sink(&printed));
	relay_note_loss(bytes_sink(&printed));
	assert_span(bytes_span(&printed),
	    span_of(": pipecat open\n: pipecat lost 1\n"));
	bytes_free(&printed);
}
