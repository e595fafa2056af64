/* SPDX-License-Identifier: MIT */

/*
 * Every allocation of the core fails once.  The linker is told (--wrap) to
 * send malloc and its kin here, and jansson is asked to come here itself.
 */

#include "core/event_id.h"
#include "core/fan_out.h"
#include "core/ring.h"
#include "told.h"
#include "viewer.h"

#include <jansson.h>
#include <malloc.h>

void *__real_malloc(size_t n);
void *__real_calloc(size_t count, size_t n);
void *__real_realloc(void *old, size_t n);
void __real_free(void *memory);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t count, size_t n);
void *__wrap_realloc(void *old, size_t n);
void __wrap_free(void *memory);

static unsigned countdown; /* the allocation that fails; 0 for none */
static bool has_failed, told;
static long n_live;
static size_t bytes_live;
static unsigned long n_asked;

static bool
fails(void)
{
	n_asked++;
	if (countdown == 0 || --countdown > 0)
		return false;
	has_failed = true;
	return true;
}

static void *
counted(void *memory)
{
	n_live += memory != NULL;
	bytes_live += malloc_usable_size(memory);
	return memory;
}

void *
__wrap_malloc(size_t n)
{
	return fails() ? NULL : counted(__real_malloc(n));
}

void *
__wrap_calloc(size_t count, size_t n)
{
	return fails() ? NULL : counted(__real_calloc(count, n));
}

void *
__wrap_realloc(void *old, size_t n)
{
	if (fails())
		return NULL;
	if (!old)
		return counted(__real_realloc(old, n));
	bytes_live -= malloc_usable_size(old);
	old = __real_realloc(old, n);
	bytes_live += malloc_usable_size(old);
	return old;
}

void
__wrap_free(void *memory)
{
	n_live -= memory != NULL;
	bytes_live -= malloc_usable_size(memory);
	__real_free(memory);
}

/*
 * Tries it with the first allocation failing, then the second, until it needs
 * no more.  Nothing may be left behind.
 */
static void
with_each_failing(void (*try)(void))
{
	unsigned n = 0;

	json_set_alloc_funcs(__wrap_malloc, __wrap_free);
	do {
		long before = n_live;

		has_failed = told = false;
		countdown = ++n;
		try();
		countdown = 0;
		cr_assert_eq(n_live, before, "allocation %u: %ld left", n,
		    n_live - before);
		cr_assert_lt(n, 1000);
	} while (has_failed);
	cr_assert_gt(n, 1);
}

/* What the tests themselves need does not fail. */
static void
fail_no_more(void)
{
	countdown = 0;
}

/* Whether the call said the truth: no memory, if and only if it got none. */
static bool
succeeded(int rc)
{
	told = told && has_failed;
	cr_assert_eq(rc, has_failed && !told ? -ENOMEM : 0);
	told = has_failed;
	return rc == 0;
}

static void
try_buffer(void)
{
	struct buffer buffer = {0};
	char text[300];

	memset(text, 'x', sizeof(text));
	if (!succeeded(buffer_append(&buffer, LITERAL("ab"), 1000))) {
		assert_span(buffer_span(&buffer), LITERAL(""));
	} else if (!succeeded(buffer_append(
		       &buffer, (struct span){text, sizeof(text)}, 1000))) {
		assert_span(buffer_span(&buffer), LITERAL("ab"));
		cr_assert_eq(buffer_append(&buffer, LITERAL("c"), 1000), 0);
	}
	buffer_fini(&buffer);
}

Test(allocation, buffer_stays_as_it_was)
{
	with_each_failing(try_buffer);
}

/* Appends a block, with its end for an id if so wanted. */
static void
append_x(struct ring *ring, size_t n, bool with_id, uint64_t *kept)
{
	char id[24] = "";
	uint64_t offset;

	if (succeeded(ring_reserve(ring, n, with_id, 0))) {
		for (size_t i = 0; i < n; i++)
			sink_text(ring_sink(ring), "x");
		*kept += n;
		if (with_id)
			snprintf(
			    id, sizeof(id), "%llu", (unsigned long long)*kept);
		ring_commit(ring, true, span_of(id));
		cr_assert_eq(
		    ring_after_id(ring, span_of(id), &offset), with_id);
	}
	cr_assert_eq(ring_start(ring), 0);
	cr_assert_eq(ring_end(ring), *kept);
}

static void
try_ring(void)
{
	static const size_t sizes[] = {3000, 3000, 1, 20000};
	struct ring *ring = ring_create(100000, usual.channel.id_key);
	uint64_t kept = 0;

	if (!ring)
		return;
	for (size_t i = 0; i < LENGTH(sizes); i++)
		append_x(ring, sizes[i], i > 0, &kept);
	for (size_t i = 0; i < 100; i++)
		append_x(ring, 1, i % 3, &kept);
	ring_destroy(ring);
}

Test(allocation, ring_stays_as_it_was)
{
	with_each_failing(try_ring);
}

static void
try_stream(void)
{
	struct stream *stream = stream_create(&usual);
	struct event event = EVENT_NONE;
	struct channel_resume resume = {.replay = 0};
	struct viewer viewer;

	if (!stream)
		return;
	viewer_init(&viewer);
	viewer.room = 0;
	if (!succeeded(fan_out_attach(stream->fan_out, &viewer.subscriber,
		LITERAL("H"), &resume, 0))) {
		viewer_writable(&viewer, 0);
		fan_out_detach(&viewer.subscriber);
		cr_assert_eq(viewer.n_sends, 0);
	}
	event.data = LITERAL("some data");
	for (unsigned i = 0; i < 300; i++) {
		succeeded(channel_publish(stream->channel, &event));
		fan_out_flush(stream->fan_out, 0);
	}
	channel_end(stream->channel, LITERAL("{}"));
	fan_out_flush(stream->fan_out, 0);
	fail_no_more();
	viewer.room = SIZE_MAX;
	viewer_writable(&viewer, 0);
	cr_assert_eq(viewer.n_done, viewer.n_sends > 0);
	viewer_fini(&viewer);
	stream_destroy(stream);
}

Test(allocation, stream_loses_an_event_at_most)
{
	with_each_failing(try_stream);
}

/* Publishes an event without memory for it. */
static void
lose(struct stream *stream)
{
	static char large[20000];
	struct event event = EVENT_NONE;

	event.data = (struct span){large, sizeof(large)};
	countdown = 1;
	cr_assert_eq(channel_publish(stream->channel, &event), -ENOMEM);
	fail_no_more();
}

#define LOST(N) \
	"event: gap\ndata: {\"last_event_id\":\"\",\"missed\":" #N "}\n\n"

/* The block of a gap needs room as well, and so the loss is told of later. */
Test(allocation, gap_event_without_an_id_stands_for_the_events_that_were_lost)
{
	struct stream_config config = usual;
	struct event event = EVENT_NONE;
	char id[EVENT_ID_SIZE];
	struct viewer viewer;
	struct stream *stream;
	uint64_t n = 0;

	config.channel.history = 100000;
	stream = stream_create(&config);
	event.data = LITERAL("x");
	countdown = 1;
	while (channel_publish(stream->channel, &event) == 0)
		n++;
	countdown = 1;
	cr_assert_eq(channel_publish(stream->channel, &event), -ENOMEM);
	fail_no_more();
	publish_with_id(stream, "own", "a");
	attach_after(stream, &viewer, event_id_of_sequence(id, "id", n));
	fan_out_flush(stream->fan_out, 0);
	check_got(&viewer, LITERAL(FIRST_BLOCK LOST(2) "id: own\ndata: a\n\n"));
	viewer_fini(&viewer);
	attach_after(stream, &viewer, LITERAL("own"));
	fan_out_flush(stream->fan_out, 0);
	check_got(&viewer, LITERAL(FIRST_BLOCK));
	viewer_fini(&viewer);
	stream_destroy(stream);
}

Test(allocation, events_that_were_lost_last_are_told_of_before_the_end)
{
	struct stream *stream = stream_create(&usual);
	struct viewer viewer;

	attach(stream, &viewer);
	lose(stream);
	channel_end(stream->channel, LITERAL("{}"));
	fan_out_flush(stream->fan_out, 0);
	check_got(&viewer,
	    LITERAL(FIRST_BLOCK LOST(
		1) "id: pipecast-end\nevent: end\ndata: {}\n\n"));
	viewer_fini(&viewer);
	stream_destroy(stream);
}

Test(allocation, events_that_were_lost_are_not_told_of_without_a_type)
{
	struct stream_config config = usual;
	struct viewer viewer;
	struct stream *stream;

	config.channel.gap_event = "";
	stream = stream_create(&config);
	attach(stream, &viewer);
	lose(stream);
	publish_data(stream, "a");
	fan_out_flush(stream->fan_out, 0);
	check_got(&viewer, LITERAL(FIRST_BLOCK "id: s-id-1\ndata: a\n\n"));
	viewer_fini(&viewer);
	stream_destroy(stream);
}

/* What says nothing to viewers is not missed by them. */
Test(allocation, comment_that_was_lost_leaves_no_gap)
{
	static char large[20000];
	struct stream *stream = stream_create(&usual);
	struct event event = EVENT_NONE;
	struct viewer viewer;

	attach(stream, &viewer);
	event.comment = (struct span){large, sizeof(large)};
	countdown = 1;
	cr_assert_eq(channel_publish(stream->channel, &event), -ENOMEM);
	fail_no_more();
	publish_data(stream, "a");
	fan_out_flush(stream->fan_out, 0);
	check_got(&viewer, LITERAL(FIRST_BLOCK "id: s-id-1\ndata: a\n\n"));
	viewer_fini(&viewer);
	stream_destroy(stream);
}

static void
try_drain(void)
{
	struct stream *stream;
	struct viewer viewer;
	unsigned failing = countdown;

	fail_no_more();
	stream = stream_create(&usual);
	attach(stream, &viewer);
	viewer.got.at = malloc(viewer.got.allocated = 1000);
	fan_out_flush(stream->fan_out, 0);
	viewer.got.n = 0;
	fan_out_drain(stream->fan_out);
	countdown = failing;
	fan_out_flush(stream->fan_out, 0);
	fail_no_more();
	cr_assert_eq(viewer.n_done, 1);
	cr_assert_eq(viewer.done_error, 0);
	cr_assert_eq(viewer.got.n == 0, has_failed);
	viewer_fini(&viewer);
	stream_destroy(stream);
}

Test(allocation, viewer_who_is_let_go_does_without_its_farewell)
{
	with_each_failing(try_drain);
}

Test(allocation, viewer_costs_the_stream_nothing_once_its_head_was_sent)
{
	struct stream *stream = stream_create(&usual);
	struct viewer early, late;
	long before = n_live;

	attach(stream, &early);
	attach(stream, &late);
	late.got.at = malloc(late.got.allocated = 1000);
	cr_assert_eq(n_live, before + 3);
	viewer_fini(&early);
	cr_assert_eq(n_live, before + 2);
	fan_out_flush(stream->fan_out, 0);
	cr_assert_eq(n_live, before + 1);
	viewer_fini(&late);
	cr_assert_eq(n_live, before);
	stream_destroy(stream);
}

Test(allocation, ring_that_is_full_needs_no_more)
{
	struct ring *ring = ring_create(10000, usual.channel.id_key);
	unsigned long before = 0;

	for (unsigned i = 0; i < 10000; i++) {
		cr_assert_eq(ring_reserve(ring, 50, false, UINT64_MAX), 0);
		for (unsigned j = 0; j < 50; j++)
			sink_text(ring_sink(ring), "x");
		ring_commit(ring, true, ABSENT);
		if (i == 200)
			before = n_asked;
	}
	cr_assert_eq(n_asked, before);
	cr_assert_eq(before, 3 + 2 + 3); /* to begin, bytes, blocks */
	ring_destroy(ring);
}

/* A reconnection time alone is nothing in the dialect of 2006. */
Test(allocation, event_of_no_bytes_needs_none)
{
	struct stream_config config = usual;
	struct event event = EVENT_NONE;
	unsigned long before;
	struct stream *stream;

	config.channel.dialect = DIALECT_DOM_EVENT_STREAM;
	stream = stream_create(&config);
	event.retry_ms = 5;
	before = n_asked;
	for (unsigned i = 0; i < 1000; i++)
		cr_assert_eq(channel_publish(stream->channel, &event), 0);
	cr_assert_eq(n_asked, before);
	stream_destroy(stream);
}

/* Appends events of ten bytes of which the last n are still to be sent. */
static void
append_tens(struct ring *ring, unsigned n_events, size_t n_unsent)
{
	for (unsigned i = 0; i < n_events; i++) {
		uint64_t end = ring_end(ring);

		cr_assert_eq(ring_reserve(ring, 10, false,
				 end < n_unsent ? 0 : end - n_unsent),
		    0);
		sink_text(ring_sink(ring), "0123456789");
		ring_commit(ring, true, ABSENT);
	}
}

Test(allocation, ring_gives_back_what_it_needed_beyond_its_limit)
{
	struct ring *ring =
	    ring_create(10000, usual.channel.id_key); /* in a buffer of 16384 */
	size_t small, large;

	append_tens(ring, 5000, 0);
	small = bytes_live;
	append_tens(ring, 5000, 30000);
	large = bytes_live;
	cr_assert_geq(large, small + 16384 + 2000 * 16);
	/* not before it has turned over */
	append_tens(ring, 3276, 0);
	cr_assert_eq(bytes_live, large);
	append_tens(ring, 1, 0);
	cr_assert_leq(bytes_live, small + 16);
	append_tens(ring, 5000, 0);
	cr_assert_leq(bytes_live, small + 16);
	ring_destroy(ring);
}

Test(allocation, ring_does_not_give_back_what_it_needs_again_and_again)
{
	struct ring *ring = ring_create(10000, usual.channel.id_key);
	unsigned long before;

	append_tens(ring, 5000, 20000);
	before = n_asked;
	for (unsigned i = 0; i < 10; i++) {
		append_tens(ring, 2000, 0);
		append_tens(ring, 2000, 20000);
	}
	cr_assert_eq(n_asked, before);
	ring_destroy(ring);
}

Test(allocation, fan_out_needs_none)
{
	struct stream_config config = usual;
	struct viewer viewers[10];
	struct stream *stream;
	unsigned long before;

	config.channel.history = 4096;
	stream = stream_create(&config);
	for (unsigned i = 0; i < 300; i++)
		publish_data(stream, "some data");
	for (size_t i = 0; i < LENGTH(viewers); i++) {
		attach(stream, &viewers[i]);
		viewers[i].got.at = malloc(viewers[i].got.allocated = 100000);
	}
	fan_out_flush(stream->fan_out, 0);
	before = n_asked;
	for (unsigned i = 0; i < 1000; i++) {
		publish_data(stream, "some data");
		fan_out_flush(stream->fan_out, 0);
		fan_out_flush(stream->fan_out, i * UINT64_C(20000));
	}
	cr_assert_eq(n_asked, before);
	for (size_t i = 0; i < LENGTH(viewers); i++)
		viewer_fini(&viewers[i]);
	stream_destroy(stream);
}

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
		(struct input_options){1000, NULL}, sink, AT_THE_START);
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
	with_each_failing(try_format);
}

Test(allocation, formats_reject_what_there_is_no_memory_for)
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
