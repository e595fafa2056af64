/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_TESTS_UNIT_TOLD_H
#define PIPECAST_TESTS_UNIT_TOLD_H

/*
 * For the tests of the input formats: feeds them with input in all ways of
 * cutting it, and writes down what they tell their sink.
 */

#include "formats/input_format.h"

#include "event_text.h"

/*
 * What a format told its sink, as text: "EVENT@POSITION" (event_text.h),
 * "<reason,SIZE>@POSITION" for a rejection, "<encoding>@POSITION" for one of
 * the whole input.
 */
struct told {
	struct bytes text;
	size_t n_events;
	bool one_at_a_time; /* wants no more after each event */
	bool no_positions;
	const char *hint; /* of the last rejection */
};

static inline void
tell_position(struct told *told, uint64_t position)
{
	char number[32];

	snprintf(number, sizeof(number), "@%llu", (unsigned long long)position);
	if (!told->no_positions)
		sink_text(bytes_sink(&told->text), number);
}

static inline bool
on_event(void *ctx, const struct event *event, uint64_t position)
{
	struct told *told = ctx;

	tell_event(&told->text, event);
	tell_position(told, position);
	told->n_events++;
	return !told->one_at_a_time;
}

/* Reasons say whether the event is missing, or comes without something. */
static inline bool
says_skipped(const char *reason)
{
	return strncmp(reason, "skipped ", strlen("skipped ")) == 0;
}

static inline void
on_reject(void *ctx, const struct rejection *rejection)
{
	struct told *told = ctx;
	char size[32];

	told->hint = rejection->hint;
	cr_assert_eq(rejection->is_loss, says_skipped(rejection->reason), "%s",
	    rejection->reason);
	snprintf(
	    size, sizeof(size), "%llu", (unsigned long long)rejection->size);
	if (rejection->is_of_input) {
		tell(&told->text, "<", span_of("encoding"));
	} else {
		tell(&told->text, "<", span_of(rejection->reason));
		tell(&told->text, ",", span_of(size));
	}
	sink_text(bytes_sink(&told->text), ">");
	tell_position(told, rejection->position);
}

static inline struct input_format *
create(const char *name, size_t max_event, struct told *told,
    struct input_start start)
{
	struct event_sink sink = {on_event, on_reject, told};
	const struct input_format_kind *kind = strcmp(name, "whole") == 0
	    ? &format_whole
	    : input_format_find(name);

	cr_assert_not_null(kind, "no format %s", name);
	return input_format_create(
	    kind, (struct input_options){.max_event = max_event}, sink, start);
}

/* Feeds a copy of the piece until the sink has taken all of it. */
static inline void
feed(struct input_format *format, struct told *told, struct span piece)
{
	char *copy = copy_of(piece);
	size_t used = 0;

	do {
		size_t before = told->n_events;

		used += input_format_feed(format, copy + used, piece.n - used);
		if (told->one_at_a_time)
			cr_assert_leq(told->n_events, before + 1);
		else
			cr_assert_eq(used, piece.n);
	} while (used < piece.n);
	free(copy);
}

#define OVER_CAP(N) "<skipped an event over --max-event," #N ">"
#define TOO_FAR_BACK "<skipped an event that began too far back to be read,0>"

#define AT_THE_START ((struct input_start){0})

static inline void
check_from(const char *name, size_t max_event, struct input_start start,
    struct span input, struct span wanted)
{
	struct told told = {0};
	struct input_format *format = create(name, max_event, &told, start);

	feed(format, &told, input);
	input_format_finish(format);
	assert_span(bytes_span(&told.text), wanted);
	bytes_free(&told.text);
	input_format_destroy(format);
}

/*
 * However the input is cut into pieces, and if the sink stops after each
 * event, the same is told.  Positions may differ: between CR and LF.
 */
static inline void
check_pieces(const char *name, size_t max_event, struct input_start start,
    struct span input, const size_t *cuts, size_t n_cuts, bool one_at_a_time,
    struct span wanted)
{
	struct told told = {
	    .no_positions = true, .one_at_a_time = one_at_a_time};
	struct input_format *format = create(name, max_event, &told, start);
	size_t from = 0;

	for (size_t i = 0; i < n_cuts; i++) {
		feed(format, &told,
		    (struct span){input.bytes + from, cuts[i] - from});
		from = cuts[i];
	}
	feed(format, &told, (struct span){input.bytes + from, input.n - from});
	input_format_finish(format);
	assert_span(bytes_span(&told.text), wanted);
	bytes_free(&told.text);
	input_format_destroy(format);
}

static inline struct bytes
without_positions(const char *name, size_t max_event, struct input_start start,
    struct span input)
{
	struct told told = {.no_positions = true};
	struct input_format *format = create(name, max_event, &told, start);

	feed(format, &told, input);
	input_format_finish(format);
	input_format_destroy(format);
	return told.text;
}

static inline void
check_all_ways(const char *name, size_t max_event, struct input_start start,
    struct span input, struct span wanted)
{
	struct bytes same = without_positions(name, max_event, start, input);
	size_t every[512] = {0};

	check_from(name, max_event, start, input, wanted);
	cr_assert_leq(input.n, LENGTH(every));
	for (size_t i = 0; i < input.n; i++)
		every[i] = i;
	for (int stop = 0; stop < 2; stop++) {
		check_pieces(name, max_event, start, input, NULL, 0, stop,
		    bytes_span(&same));
		check_pieces(name, max_event, start, input, every, input.n,
		    stop, bytes_span(&same));
		for (size_t cut = 1; cut < input.n; cut++)
			check_pieces(name, max_event, start, input, &cut, 1,
			    stop, bytes_span(&same));
	}
	bytes_free(&same);
}

#define CHECK(NAME, INPUT, WANTED) CHECK_FROM(NAME, AT_THE_START, INPUT, WANTED)

#define CHECK_FROM(NAME, START, INPUT, WANTED) \
	check_all_ways(NAME, 100, START, LITERAL(INPUT), LITERAL(WANTED))

#define CHECK_CAPPED(NAME, CAP, INPUT, WANTED) \
	check_all_ways(NAME, CAP, AT_THE_START, LITERAL(INPUT), LITERAL(WANTED))

/* Input that pauses now and then, between begin_pauses and end_pauses. */
static struct {
	struct told told;
	struct input_format *format;
} paused;

static inline void
begin_pauses(const char *name, size_t max_event, struct input_start start)
{
	paused.format = create(name, max_event, &paused.told, start);
}

static inline void
end_pauses(void)
{
	input_format_destroy(paused.format);
	bytes_free(&paused.told.text);
}

/*
 * Feeds the piece, after which the input pauses, twice; checks what was told
 * since the last time.
 */
static inline void
pause_after(struct span piece, struct span wanted)
{
	feed(paused.format, &paused.told, piece);
	input_format_pause(paused.format);
	cr_assert_not(input_format_awaits_pause(paused.format));
	input_format_pause(paused.format);
	assert_span(bytes_span(&paused.told.text), wanted);
	paused.told.text.n = 0;
}

#define PAUSE_AFTER(PIECE, WANTED) pause_after(LITERAL(PIECE), LITERAL(WANTED))

#endif
