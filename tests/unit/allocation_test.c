/* SPDX-License-Identifier: MIT */

/*
 * Every allocation of the core fails once.  The linker is told (--wrap) to
 * send malloc and its kin here, and jansson is asked to come here itself.
 */

#include "core/hub.h"
#include "core/ring.h"
#include "told.h"
#include "viewer.h"

#include <jansson.h>

void *__real_malloc(size_t n);
void *__real_calloc(size_t count, size_t n);
void *__real_realloc(void *old, size_t n);
void __real_free(void *memory);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t count, size_t n);
void *__wrap_realloc(void *old, size_t n);
void __wrap_free(void *memory);

static unsigned countdown; /* the allocation that fails; 0 for none */
static bool has_failed;
static long n_live;

static bool
fails(void)
{
	if (countdown == 0 || --countdown > 0)
		return false;
	has_failed = true;
	return true;
}

static void *
counted(void *memory)
{
	n_live += memory != NULL;
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
	return old ? __real_realloc(old, n) : counted(__real_realloc(old, n));
}

void
__wrap_free(void *memory)
{
	n_live -= memory != NULL;
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

		has_failed = false;
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
static unsigned
hold_failure(void)
{
	unsigned left = countdown;

	countdown = 0;
	return left;
}

static void
try_buffer(void)
{
	struct buffer buffer = {0};
	char text[300];

	memset(text, 'x', sizeof(text));
	if (buffer_append(&buffer, LITERAL("ab"), 1000) < 0) {
		assert_span(buffer_span(&buffer), LITERAL(""));
	} else if (buffer_append(
		       &buffer, (struct span){text, sizeof(text)}, 1000) < 0) {
		assert_span(buffer_span(&buffer), LITERAL("ab"));
		cr_assert_eq(buffer_append(&buffer, LITERAL("c"), 1000), 0);
	}
	buffer_fini(&buffer);
}

Test(allocation, buffer_stays_as_it_was)
{
	with_each_failing(try_buffer);
}

static void
append_x(struct ring *ring, size_t n, uint64_t *kept)
{
	for (size_t i = 0; i < n; i++)
		sink_text(ring_sink(ring), "x");
	ring_commit(ring, true, 0, 0);
	*kept += n;
}

static void
try_ring(void)
{
	static const size_t sizes[] = {3000, 3000, 1, 20000};
	struct ring *ring = ring_create(100000);
	uint64_t kept = 0;
	int rc;

	if (!ring)
		return;
	for (size_t i = 0; i < LENGTH(sizes); i++) {
		rc = ring_reserve(ring, sizes[i], 0);
		cr_assert(rc == 0 || rc == -ENOMEM);
		if (rc == 0)
			append_x(ring, sizes[i], &kept);
		cr_assert_eq(ring_end(ring), kept);
	}
	for (size_t i = 0; i < 100; i++) {
		rc = ring_reserve(ring, 1, 0);
		cr_assert(rc == 0 || rc == -ENOMEM);
		if (rc == 0)
			append_x(ring, 1, &kept);
		cr_assert_eq(ring_end(ring), kept);
		cr_assert_eq(ring_start(ring), 0);
	}
	ring_destroy(ring);
}

Test(allocation, ring_stays_as_it_was)
{
	with_each_failing(try_ring);
}

static void
try_hub(void)
{
	struct hub *hub = hub_create(&usual);
	struct event event = EVENT_NONE;
	struct hub_resume resume = {ABSENT, 0};
	struct viewer viewer;
	uint64_t n_lost = 0;
	int rc;

	if (!hub)
		return;
	viewer_init(&viewer);
	viewer.room = 0;
	rc = hub_attach(hub, &viewer.subscriber, LITERAL("H"), &resume, 0);
	if (rc < 0) {
		cr_assert_eq(rc, -ENOMEM);
		hub_writable(&viewer.subscriber, 0);
		hub_detach(&viewer.subscriber);
		cr_assert_eq(viewer.n_sends, 0);
	}
	event.data = LITERAL("some data");
	for (unsigned i = 0; i < 300; i++) {
		rc = hub_publish(hub, &event);
		cr_assert(rc == 0 || rc == -ENOMEM);
		n_lost += rc < 0;
		hub_flush(hub, 0);
	}
	cr_assert_leq(n_lost, 1);
	hub_end(hub, LITERAL("{}"));
	hub_flush(hub, 0);
	hold_failure();
	viewer.room = SIZE_MAX;
	hub_writable(&viewer.subscriber, 0);
	cr_assert_eq(viewer.n_done, viewer.n_sends > 0);
	viewer_fini(&viewer);
	hub_destroy(hub);
}

Test(allocation, hub_loses_an_event_at_most)
{
	with_each_failing(try_hub);
}

Test(allocation, viewer_costs_the_hub_nothing_once_its_head_was_sent)
{
	struct hub *hub = hub_create(&usual);
	struct viewer early, late;
	long before = n_live;

	attach(hub, &early);
	attach(hub, &late);
	late.got.at = malloc(late.got.allocated = 1000);
	cr_assert_eq(n_live, before + 3);
	viewer_fini(&early);
	cr_assert_eq(n_live, before + 2);
	hub_flush(hub, 0);
	cr_assert_eq(n_live, before + 1);
	viewer_fini(&late);
	cr_assert_eq(n_live, before);
	hub_destroy(hub);
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
	++*(unsigned *)ctx;
}

static void
try_format(void)
{
	unsigned n_told = 0;
	struct event_sink sink = {count_event, count_rejection, &n_told};
	struct input_format *format = input_format_create(
	    input_format_find(format_name), 1000, sink, AT_THE_START);
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
