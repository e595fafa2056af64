/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_TESTS_UNIT_FAKE_SOURCE_H
#define PIPECAST_TESTS_UNIT_FAKE_SOURCE_H

/*
 * A source for the tests of streams: it emits what the test says, and notes
 * what it is told.  Its places are "p-NUMBER".
 */

#include "sources/source.h"

#include "helpers.h"

#include <errno.h>

enum { MAX_FAKES = 8 };

/* A source that was started. */
struct fake {
	struct source *source; /* NULL once it was freed */
	struct span last_event_id;
	unsigned n_resumes;
	bool is_stopping;
};

static struct fake fakes[MAX_FAKES];
static size_t n_fakes;
static unsigned long oldest_place; /* that a source can begin at */
static bool fakes_stop_later;      /* rather than at once */
static bool fakes_forget;          /* the last one is enough */
static int fake_error;             /* with which none starts */
static const char *fake_missing;   /* the argument of one that is not there */

static inline unsigned long
fake_place(struct span id)
{
	char text[24] = "";

	if (id.n < 3 || id.n >= sizeof(text) || memcmp(id.bytes, "p-", 2) != 0)
		return 0;
	memcpy(text, id.bytes + 2, id.n - 2);
	return strtoul(text, NULL, 10);
}

static inline int
fake_start(struct source *source, const struct source_begin *begin)
{
	struct fake *fake = &fakes[n_fakes];
	unsigned long place = fake_place(begin->last_event_id);

	cr_assert(fakes_forget || n_fakes < MAX_FAKES);
	if (fake_error)
		return fake_error;
	source->resumed_at_id = place >= oldest_place && place > 0;
	if (begin->only_at_id && !source->resumed_at_id)
		return -ENOENT;
	n_fakes += !fakes_forget;
	*fake = (struct fake){
	    .source = source, .last_event_id = begin->last_event_id};
	source->state = fake;
	return 0;
}

static inline void
fake_resume(struct source *source)
{
	struct fake *fake = source->state;

	fake->n_resumes++;
}

static inline void
fake_stop(struct source *source)
{
	struct fake *fake = source->state;

	fake->is_stopping = true;
	if (!fakes_stop_later)
		source_stopped(source);
}

static inline void
fake_fini(struct source *source)
{
	struct fake *fake = source->state;

	fake->source = NULL;
}

static inline bool
fake_can_resume(const struct source_spec *spec, struct span id)
{
	cr_assert_not_null(spec);
	return fake_place(id) > 0;
}

static inline bool
fake_exists(const struct source_spec *spec)
{
	return !fake_missing || strcmp(spec->argument, fake_missing) != 0;
}

static const struct source_kind fake_kind = {
    .prefix = "fake:",
    .has_templates = true,
    .exists = fake_exists,
    .start = fake_start,
    .resume = fake_resume,
    .stop = fake_stop,
    .fini = fake_fini,
    .can_resume = fake_can_resume,
};

/* Emits an event, at that place unless it is 0.  Returns whether to go on. */
static inline bool
fake_emit(struct fake *fake, const char *data, unsigned long place)
{
	struct event event = EVENT_NONE;
	char id[24];

	snprintf(id, sizeof(id), "p-%lu", place);
	event.data = span_of(data);
	return source_emit(
	    fake->source, &event, place > 0 ? span_of(id) : ABSENT);
}

#endif
