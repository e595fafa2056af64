/* SPDX-License-Identifier: MIT */

#include "core/prologue.h"

#include "core/event_id.h"
#include "helpers.h"

#define FIRST_BLOCK ": pipecast\nretry: 3000\n\n"

static const struct channel_config config = {
    .identity = "id",
    .gap_event = "gap",
    .retry_ms = 3000,
};

/* Four blocks of ten bytes: two events, a comment, an event of own id. */
static struct ring *
create_ring(void)
{
	static const struct {
		const char *text;
		bool is_event;
		size_t id_n;
	} blocks[] = {
	    {"<event 1 >", true, 0},
	    {"<event 2 >", true, 0},
	    {"<comment >", false, 0},
	    {"own event>", true, 3},
	};
	struct ring *ring = ring_create(100, config.id_key);

	for (size_t i = 0; i < LENGTH(blocks); i++) {
		cr_assert_eq(ring_reserve(ring, 10, true, 0), 0);
		sink_text(ring_sink(ring), blocks[i].text);
		ring_commit(ring, blocks[i].is_event,
		    (struct span){blocks[i].text, blocks[i].id_n});
	}
	return ring;
}

static void
check(const struct channel_config *given, const struct ring *ring,
    struct channel_resume resume, uint64_t offset, struct span wanted)
{
	struct prologue prologue = prologue_find(given, ring, &resume);
	struct bytes out = {0};

	cr_assert_eq(prologue.offset, offset);
	prologue_write(&prologue, given, 0, &resume, bytes_sink(&out));
	assert_span(bytes_span(&out), wanted);
	bytes_free(&out);
}

/* A viewer who comes back with that id. */
static void
check_after(const struct ring *ring, struct span id, uint64_t offset,
    struct span wanted)
{
	struct channel_resume resume = {.last_event_id = id};

	check(&config, ring, resume, offset, wanted);
}

/* Of which it wanted nothing, or one event. */
Test(prologue, viewer_that_waited_gets_what_came_after_the_past)
{
	struct ring *ring = create_ring();
	struct channel_resume resume = {.has_waited = true};

	ring_end_past(ring);
	cr_assert_eq(prologue_find(&config, ring, &resume).offset, 40);
	cr_assert_eq(ring_reserve(ring, 10, true, 0), 0);
	sink_text(ring_sink(ring), "<event 4 >");
	ring_commit(ring, true, ABSENT);
	cr_assert_eq(prologue_find(&config, ring, &resume).offset, 40);
	resume.replay = 2;
	cr_assert_eq(prologue_find(&config, ring, &resume).offset, 30);
	ring_destroy(ring);
}

Test(prologue, is_the_first_block_for_a_new_viewer)
{
	static const uint64_t offsets[] = {40, 30, 10, 0, 0};
	struct ring *ring = create_ring();

	for (uint64_t n = 0; n < LENGTH(offsets); n++) {
		struct channel_resume resume = {.replay = n};

		check(&config, ring, resume, offsets[n], LITERAL(FIRST_BLOCK));
	}
	ring_destroy(ring);
}

Test(prologue, has_the_latest_events_for_a_new_viewer_only)
{
	struct channel_resume resume = {.latest = LITERAL("data: tick\n\n")};
	struct ring *ring = create_ring();

	check(&config, ring, resume, 40, LITERAL(FIRST_BLOCK "data: tick\n\n"));
	resume.last_event_id = LITERAL("s-id-3");
	check(&config, ring, resume, 40, LITERAL(FIRST_BLOCK));
	ring_destroy(ring);
}

Test(prologue, is_no_more_if_the_last_event_id_is_in_the_ring)
{
	struct ring *ring = create_ring();
	struct span plain = LITERAL(FIRST_BLOCK);

	check_after(ring, LITERAL("s-id-0"), 0, plain);
	check_after(ring, LITERAL("s-id-1"), 10, plain);
	check_after(ring, LITERAL("s-id-2"), 20, plain);
	check_after(ring, LITERAL("s-id-3"), 40, plain);
	check_after(ring, LITERAL("own"), 40, plain);
	ring_destroy(ring);
}

Test(prologue, ends_with_a_gap_if_it_is_not)
{
	struct ring *ring = create_ring();

	ring_trim(ring, 20);
	check_after(ring, LITERAL("s-id-1"), 20,
	    LITERAL(
		FIRST_BLOCK "event: gap\ndata: {\"last_event_id\":\"s-id-1\","
			    "\"missed\":1}\n\n"));
	check_after(ring, LITERAL("s-id-0"), 20,
	    LITERAL(
		FIRST_BLOCK "event: gap\ndata: {\"last_event_id\":\"s-id-0\","
			    "\"missed\":2}\n\n"));
	check_after(ring, LITERAL("s-id-4"), 20,
	    LITERAL(
		FIRST_BLOCK "event: gap\ndata: {\"last_event_id\":\"s-id-4\","
			    "\"missed\":null}\n\n"));
	check_after(ring, LITERAL("s-other-1"), 20,
	    LITERAL(FIRST_BLOCK
		"event: gap\ndata: {\"last_event_id\":\"s-other-1\","
		"\"missed\":null}\n\n"));
	check_after(ring, LITERAL("s-catchup-1"), 40,
	    LITERAL(FIRST_BLOCK
		"event: gap\ndata: {\"last_event_id\":\"s-catchup-1\","
		"\"missed\":null}\n\n"));
	ring_destroy(ring);
}

Test(prologue, ends_with_a_gap_if_several_events_have_an_id_of_our_form)
{
	struct span id = LITERAL("f-4-01234567-0123456789abcdef");
	struct ring *ring = create_ring();

	for (int i = 0; i < 2; i++) {
		cr_assert_eq(ring_reserve(ring, 10, true, 0), 0);
		sink_text(ring_sink(ring), "<the same>");
		ring_commit(ring, true, id);
	}
	check_after(ring, id, 60,
	    LITERAL(FIRST_BLOCK "event: gap\ndata: {\"last_event_id\":"
				"\"f-4-01234567-0123456789abcdef\","
				"\"missed\":null}\n\n"));
	ring_destroy(ring);
}

Test(prologue, gap_is_left_out_if_it_has_no_type)
{
	struct channel_config quiet = config;
	struct channel_resume resume = {.last_event_id = LITERAL("x")};
	struct ring *ring = create_ring();

	quiet.gap_event = "";
	check(&quiet, ring, resume, 0, LITERAL(FIRST_BLOCK));
	ring_destroy(ring);
}

Test(prologue, says_when_a_heartbeat_is_due)
{
	struct prologue prologue = {0};
	struct channel_resume resume = {0};
	struct bytes out = {0};

	prologue_write(&prologue, &config, 15000, &resume, bytes_sink(&out));
	assert_span(bytes_span(&out),
	    LITERAL(": pipecast, heartbeat 15000 ms\n"
		    "retry: 3000\n\n"));
	bytes_free(&out);
}

Test(prologue, speaks_the_dialect_of_2006)
{
	struct channel_config dom = config;
	struct channel_resume resume = {.last_event_id = LITERAL("x")};
	struct ring *ring = create_ring();

	dom.dialect = DIALECT_DOM_EVENT_STREAM;
	check(&dom, ring, resume, 0,
	    LITERAL("; pipecast\n"
		    "Event: gap\ndata: {\"last_event_id\":\"x\","
		    "\"missed\":null}\n\n"));
	ring_destroy(ring);
}
