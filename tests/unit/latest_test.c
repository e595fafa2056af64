/* SPDX-License-Identifier: MIT */

#include "core/latest.h"

#include "helpers.h"

static const struct channel_config config = {.identity = "id"};

static void
set(struct latest *latest, struct span data, uint64_t seq)
{
	struct event event = EVENT_NONE;

	event.type = LITERAL("load");
	event.data = data;
	latest_set(latest, &event, seq);
}

static void
assert_writes(const struct latest *latest, uint64_t seq, const char *wanted)
{
	struct bytes out = {0};

	latest_write(latest, &config, seq, bytes_sink(&out));
	assert_span(bytes_span(&out), span_of(wanted));
	bytes_free(&out);
}

Test(latest, is_the_event_that_was_set_last)
{
	struct latest latest = {0};

	assert_writes(&latest, 10, "");
	set(&latest, LITERAL("first, and long"), 3);
	set(&latest, LITERAL("second"), 5);
	assert_writes(&latest, 5, "id: s-id-5\nevent: load\ndata: second\n\n");
	latest_fini(&latest);
	assert_writes(&latest, 5, "");
	latest_fini(&latest);
}

Test(latest, has_the_id_of_the_place_where_the_viewer_goes_on)
{
	struct latest latest = {0};

	set(&latest, LITERAL("a"), 5);
	assert_writes(&latest, 9, "id: s-id-9\nevent: load\ndata: a\n\n");
	latest_fini(&latest);
}

Test(latest, is_not_written_for_a_viewer_that_gets_the_event_itself)
{
	struct latest latest = {0};

	set(&latest, LITERAL("a"), 5);
	assert_writes(&latest, 4, "");
	assert_writes(&latest, 0, "");
	latest_fini(&latest);
}

Test(latest, may_be_empty)
{
	struct latest latest = {0};

	set(&latest, LITERAL(""), 1);
	assert_writes(&latest, 1, "id: s-id-1\nevent: load\ndata:\n\n");
	latest_fini(&latest);
}

Test(latest, is_not_kept_if_it_is_large)
{
	static char many[LATEST_MAX + 1];
	struct latest latest = {0};

	memset(many, 'x', sizeof(many));
	set(&latest, LITERAL("a"), 1);
	set(&latest, (struct span){many, LATEST_MAX + 1}, 2);
	assert_writes(&latest, 2, "");
	set(&latest, LITERAL("b"), 3);
	assert_writes(&latest, 3, "id: s-id-3\nevent: load\ndata: b\n\n");
	latest_fini(&latest);
}
