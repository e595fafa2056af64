/* SPDX-License-Identifier: MIT */

/* From the bytes of a reply to the events of its entries. */

#include "sources/redis_entries.h"

#include "helpers.h"

#include <errno.h>
#include <stdio.h>

/* What came out, as a text: "ID TYPE DATA" or "bad ID", a line each. */
struct outcome {
	struct redis_wire *wire;
	struct redis_entries entries;
	char text[2000];
	size_t max;
	unsigned n_replies;
};

static void
add(struct outcome *outcome, const char *text, struct span rest)
{
	size_t n = strlen(outcome->text);
	char escaped[300];

	snprintf(outcome->text + n, sizeof(outcome->text) - n, "%s%s", text,
	    rest.bytes ? text_escape(escaped, sizeof(escaped), rest) : "");
}

static void
add_id(struct outcome *outcome, const char *text, struct redis_id id)
{
	char memory[REDIS_ID_SIZE];

	add(outcome, text, redis_id_write(memory, id));
}

static void
on_entry(void *ctx, const struct redis_entry *entry)
{
	struct outcome *outcome = ctx;
	struct buffer json = {0};
	struct event event;
	bool dropped;

	add_id(outcome, "", entry->id);
	if (redis_entry_event(entry, &event, &json, outcome->max, &dropped) <
	    0) {
		add(outcome, " too long\n", ABSENT);
	} else {
		add(outcome, dropped ? " -" : " ", event.type);
		add(outcome, " ", event.data);
		add(outcome, "\n", ABSENT);
	}
	buffer_fini(&json);
}

static void
on_bad_entry(void *ctx, const struct redis_id *id)
{
	struct outcome *outcome = ctx;

	if (id)
		add_id(outcome, "bad ", *id);
	add(outcome, id ? "\n" : "bad\n", ABSENT);
}

static void
on_token(void *ctx, const struct redis_token *token)
{
	struct outcome *outcome = ctx;

	if (token->depth == 0)
		redis_entries_begin(&outcome->entries);
	else
		redis_entries_take(&outcome->entries, token);
}

static bool
on_reply(void *ctx)
{
	struct outcome *outcome = ctx;

	outcome->n_replies++;
	return true;
}

static void
outcome_init(struct outcome *outcome, size_t max)
{
	*outcome = (struct outcome){.max = max};
	outcome->wire = redis_wire_create(
	    &(struct redis_wire_sink){on_token, on_reply, outcome}, 1000);
	redis_entries_init(&outcome->entries, 0, 2 * max);
	outcome->entries.on_entry = on_entry;
	outcome->entries.on_bad_entry = on_bad_entry;
	outcome->entries.ctx = outcome;
}

static void
outcome_fini(struct outcome *outcome)
{
	redis_wire_free(outcome->wire);
	redis_entries_fini(&outcome->entries);
}

/* Whole, and in pieces of one byte. */
static void
assert_outcome(struct span reply, const char *wanted)
{
	for (size_t piece = reply.n; piece > 0; piece = piece > 1) {
		struct span rest = reply;
		struct outcome outcome;

		outcome_init(&outcome, 40);
		while (rest.n > 0) {
			struct span part = span_take(&rest, piece);

			cr_assert_eq(
			    redis_wire_feed(outcome.wire, part.bytes, part.n),
			    0);
		}
		cr_assert_eq(outcome.n_replies, 1);
		cr_assert_str_eq(outcome.text, wanted);
		outcome_fini(&outcome);
		if (piece == 1)
			break;
	}
}

#define ID "$3\r\n1-2\r\n"

Test(redis_entries, entries_become_events)
{
	static const struct {
		struct span reply;
		const char *wanted;
	} rows[] = {
	    {LITERAL("*0\r\n"), ""},
	    {LITERAL("*1\r\n*2\r\n" ID "*2\r\n$4\r\ndata\r\n$2\r\nhi\r\n"),
		"1-2  hi\n"},
	    {LITERAL("*1\r\n*2\r\n" ID "*4\r\n$5\r\nevent\r\n$1\r\nt\r\n"
		     "$4\r\ndata\r\n$3\r\na\nb\r\n"),
		"1-2 t a\\x0ab\n"},
	    {LITERAL("*1\r\n*2\r\n" ID "*4\r\n$4\r\ndata\r\n$0\r\n\r\n"
		     "$5\r\nevent\r\n$3\r\na\nb\r\n"),
		"1-2 - \n"},
	    {LITERAL("*1\r\n*2\r\n" ID "*4\r\n$1\r\na\r\n$1\r\n\"\r\n"
		     "$5\r\nevent\r\n$1\r\n\xff\r\n"),
		"1-2  {\"a\":\"\\x5c\"\",\"event\":\"\\xef\\xbf\\xbd\"}\n"},
	    {LITERAL("*1\r\n*2\r\n" ID "*2\r\n$4\r\ndata\r\n$41\r\n"
		     "12345678901234567890123456789012345678901\r\n"),
		"1-2 too long\n"},
	    {LITERAL("*1\r\n*2\r\n" ID "*2\r\n$1\r\nx\r\n$85\r\n"
		     "12345678901234567890123456789012345678901234567890"
		     "12345678901234567890123456789012345\r\n"),
		"1-2 too long\n"},
	};

	for (size_t i = 0; i < LENGTH(rows); i++)
		assert_outcome(rows[i].reply, rows[i].wanted);
}

#define GOOD "*2\r\n$3\r\n7-0\r\n*2\r\n$4\r\ndata\r\n$1\r\nx\r\n"

/* Each is skipped, and the next one is not. */
Test(redis_entries, what_is_no_entry_is_reported)
{
	static const struct {
		struct span entry;
		const char *wanted;
	} rows[] = {
	    {LITERAL(":1\r\n"), "bad\n"},
	    {LITERAL("*-1\r\n"), "bad\n"},
	    {LITERAL("*0\r\n"), "bad\n"},
	    {LITERAL("*1\r\n" ID), "bad\n"},
	    {LITERAL("*3\r\n" ID ID ID), "bad\n"},
	    {LITERAL("*2\r\n$3\r\nx-1\r\n*0\r\n"), "bad\n"},
	    {LITERAL("*2\r\n:1\r\n*0\r\n"), "bad\n"},
	    {LITERAL("*2\r\n*1\r\n" ID "*0\r\n"), "bad\n"},
	    {LITERAL("*2\r\n" ID "*0\r\n"), "bad 1-2\n"},
	    {LITERAL("*2\r\n" ID "*-1\r\n"), "bad 1-2\n"},
	    {LITERAL("*2\r\n" ID "*1\r\n$1\r\na\r\n"), "bad 1-2\n"},
	    {LITERAL("*2\r\n" ID "$1\r\na\r\n"), "bad 1-2\n"},
	    {LITERAL("*2\r\n" ID "*2\r\n$1\r\na\r\n:1\r\n"), "bad 1-2\n"},
	    {LITERAL("*2\r\n" ID "*2\r\n*2\r\n" ID ID ID), "bad 1-2\n"},
	};
	struct span whole;

	for (size_t i = 0; i < LENGTH(rows); i++) {
		char reply[200], wanted[40];

		whole.n = (size_t)snprintf(reply, sizeof(reply), "*2\r\n%s%s",
		    rows[i].entry.bytes, GOOD);
		whole.bytes = reply;
		snprintf(wanted, sizeof(wanted), "%s7-0  x\n", rows[i].wanted);
		assert_outcome(whole, wanted);
	}
}

Test(redis_wire, what_is_no_reply_is_an_error_for_good)
{
	static const struct {
		struct span bytes;
		int error;
	} rows[] = {
	    {LITERAL("hello\r\n"), -EPROTO},
	    {LITERAL("\0\0\0\0"), -EPROTO},
	    {LITERAL("$-2\r\n"), -EPROTO},
	    {LITERAL("*-2\r\n"), -EPROTO},
	    {LITERAL("*x\r\n"), -EPROTO},
	    {LITERAL("*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n"
		     "*1\r\n:1\r\n"),
		-EPROTO},
	};
	struct outcome outcome;

	for (size_t i = 0; i < LENGTH(rows); i++) {
		outcome_init(&outcome, 40);
		cr_assert_eq(redis_wire_feed(outcome.wire, rows[i].bytes.bytes,
				 rows[i].bytes.n),
		    rows[i].error, "%zu", i);
		cr_assert_eq(
		    redis_wire_feed(outcome.wire, "+OK\r\n", 5), rows[i].error);
		outcome_fini(&outcome);
	}
}

Test(redis_wire, string_that_does_not_end_is_an_error)
{
	struct outcome outcome;
	char x[1000];
	int rc;

	memset(x, 'x', sizeof(x));
	outcome_init(&outcome, 40);
	rc = redis_wire_feed(outcome.wire, "$100000000\r\n", 12);
	for (int i = 0; rc == 0 && i < 1000; i++)
		rc = redis_wire_feed(outcome.wire, x, sizeof(x));
	cr_assert_eq(rc, -EMSGSIZE);
	outcome_fini(&outcome);
}

Test(redis_wire, words_of_a_command_may_hold_any_bytes)
{
	struct buffer out = {0};
	struct redis_command_writer writer = {.out = &out};

	redis_command_begin(&writer, 3);
	redis_command_text(&writer, "XADD");
	redis_command_word(&writer, LITERAL("a\r\n\0"));
	redis_command_number(&writer, UINT64_MAX);
	cr_assert_eq(writer.rc, 0);
	assert_span(buffer_span(&out),
	    LITERAL("*3\r\n$4\r\nXADD\r\n$4\r\na\r\n\0\r\n"
		    "$20\r\n18446744073709551615\r\n"));
	buffer_fini(&out);
}

Test(redis_id, ids_are_read_as_redis_writes_them)
{
	static const char *const ids[] = {"0-0", "1-2", "1700000000000-0",
	    "18446744073709551615-18446744073709551615"};
	static const char *const others[] = {"", "-", "1", "1-", "-1", "01-1",
	    "1-01", "+1-1", " 1-1", "1-1 ", "1-1-1", "1_1", "a-1", "*",
	    "18446744073709551616-0", "0-18446744073709551616"};
	char out[REDIS_ID_SIZE];
	struct redis_id id;

	for (size_t i = 0; i < LENGTH(ids); i++) {
		cr_assert(redis_id_parse(&id, span_of(ids[i])));
		assert_span(redis_id_write(out, id), span_of(ids[i]));
		cr_assert_leq(redis_id_compare(id, redis_id_next(id)), 0);
		cr_assert_geq(redis_id_compare(id, redis_id_previous(id)), 0);
	}
	for (size_t i = 0; i < LENGTH(others); i++)
		cr_assert(
		    !redis_id_parse(&id, span_of(others[i])), "%s", others[i]);
	cr_assert(!redis_id_parse(&id, ABSENT));
	id = redis_id_next((struct redis_id){1, UINT64_MAX});
	cr_assert_eq(redis_id_compare(id, (struct redis_id){2, 0}), 0);
	id = redis_id_previous(id);
	cr_assert_eq(redis_id_compare(id, (struct redis_id){1, UINT64_MAX}), 0);
}
