/* SPDX-License-Identifier: MIT */

#include "failing_memory.h"
#include "told.h"

#include <jansson.h>

static const char *format_name;
static struct span format_input;

/* The sink of told.h allocates; this one counts. */
static bool
count_event(void *ctx, const struct event *event, uint64_t position)
{
	(void)event;
	(void)position;
	++*(unsigned *)ctx;
	return true;
}

static void
count_rejection(void *ctx, const struct rejection *rejection)
{
	cr_assert_not_null(rejection->reason);
	if (!rejection->is_of_input)
		++*(unsigned *)ctx;
}

static void
try_format(void)
{
	unsigned n_told = 0;
	struct event_sink sink = {count_event, count_rejection, &n_told};
	struct input_format *format =
	    input_format_create(input_format_find(format_name),
		(struct input_options){.max_event = 1000}, sink, AT_THE_START);
	struct span rest = format_input;

	if (!format)
		return;
	for (; rest.n > 0; rest.bytes++, rest.n--)
		cr_assert_eq(input_format_feed(format, rest.bytes, 1), 1);
	input_format_finish(format);
	/* nothing is lost without a word */
	cr_assert_eq(n_told, 3, "%s told %u", format_name, n_told);
	input_format_destroy(format);
}

static void
check_format(const char *name, struct span input)
{
	format_name = name;
	format_input = input;
	json_set_alloc_funcs(__wrap_malloc, __wrap_free);
	with_each_failing(try_format);
}

Test(format_memory, formats_reject_what_there_is_no_memory_for)
{
	check_format("lines", LITERAL("abc\ndef\ngh"));
	check_format("nul", LITERAL("abc\0def\0gh"));
	check_format("blocks", LITERAL("abc\ndef\n\ngh\n\ni\nj"));
	check_format("sse",
	    LITERAL("event: a\ndata: b\n\nid: 7\ndata: c\n\n"
		    "data: e\ndata: f\n\n"));
	check_format("json",
	    LITERAL("{\"data\":{\"a\":[1.5,\"x\"]},\"id\":\"7\"}\n"
		    "{\"data\":\"\xff\"}\n"
		    "{\"data\":\"b\",\"event\":\"c\"}\n"));
}
