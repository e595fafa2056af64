/* SPDX-License-Identifier: MIT */

#include "core/ring.h"

#include "ring_bytes.h"

/* A model of the ring that is too simple to be wrong. */
struct model {
	struct {
		uint64_t offset, end, seq;
		bool is_event;
		char id; /* 0 for none */
	} blocks[4000];
	size_t first, n;
	uint64_t seq;
};

static void
model_evict(struct model *model, size_t limit, size_t n, uint64_t keep_from,
    uint64_t end)
{
	while (model->first < model->n &&
	    end - model->blocks[model->first].offset + n > limit &&
	    model->blocks[model->first].end <= keep_from)
		model->first++;
}

static uint64_t
model_start(const struct model *model, uint64_t end)
{
	return model->first < model->n ? model->blocks[model->first].offset
				       : end;
}

static void
check_against(const struct model *model, const struct ring *ring)
{
	uint64_t end = ring_end(ring), offset, missed = 0;
	size_t b = model->n, after;

	cr_assert_eq(ring_start(ring), model_start(model, end));
	cr_assert_eq(ring_seq(ring), model->seq);
	/* each sequence number: found exactly if the next one is there */
	for (uint64_t seq = model->seq + 1; seq-- > 0;) {
		while (b > model->first && model->blocks[b - 1].seq > seq)
			b--;
		if (seq < model->seq && b == model->first &&
		    (b == model->n || model->blocks[b].seq != seq + 1 ||
			!model->blocks[b].is_event))
			missed++;
		after = b;
		while (after > model->first &&
		    model->blocks[after - 1].seq == seq &&
		    !model->blocks[after - 1].is_event)
			after--;
		cr_assert_eq(ring_after_seq(ring, seq, &offset), missed == 0);
		cr_assert_eq(ring_missed(ring, seq), missed);
		if (missed == 0)
			cr_assert_eq(offset,
			    after < model->n ? model->blocks[after].offset
					     : end);
		if (missed > 3)
			break;
	}
}

static void
check_last(const struct model *model, const struct ring *ring)
{
	uint64_t events = 0, offset = ring_end(ring);

	cr_assert_eq(ring_last(ring, 0), offset);
	for (size_t b = model->n; b > model->first; b--) {
		offset = model->blocks[b - 1].offset;
		if (model->blocks[b - 1].is_event)
			cr_assert_eq(ring_last(ring, ++events), offset);
	}
	cr_assert_eq(ring_last(ring, events + 1), offset);
}

static bool
is_aside(const struct model *model, size_t b)
{
	return !model->blocks[b].id && !model->blocks[b].is_event;
}

/* Whether a row of that id had begun with what was evicted. */
static bool
goes_on_before(const struct model *model, char id)
{
	size_t b = model->first;

	while (b > 0 && is_aside(model, b - 1))
		b--;
	return b > 0 && model->blocks[b - 1].id == id;
}

static void
check_ids(const struct model *model, const struct ring *ring)
{
	for (char id = 'a'; id <= 'c'; id++) {
		uint64_t offset = 77, wanted = 0;
		size_t n = 0, n_rows = 0;
		bool in_row = false;

		for (size_t b = model->n; b > model->first; b--)
			n += model->blocks[b - 1].id == id;
		for (size_t b = model->n; b > model->first; b--) {
			if (model->blocks[b - 1].id == id) {
				n_rows += !in_row;
				in_row = true;
				wanted = model->blocks[b - 1].end;
			} else if (!is_aside(model, b - 1)) {
				in_row = false;
			}
		}
		n_rows += in_row && goes_on_before(model, id);
		cr_assert_eq(
		    ring_after_id(ring, (struct span){&id, 1}, &offset),
		    n_rows == 1 ? n : 0);
		if (n_rows == 1)
			cr_assert_eq(offset, wanted);
	}
}

/* Appends a random block; its id, if any, is its first byte. */
static void
append_random(struct model *model, struct ring *ring, size_t limit,
    uint64_t keep_from, uint64_t *random)
{
	uint64_t end = ring_end(ring);
	size_t n = random_to(random, random_to(random, 9) ? 60 : 9000);
	char id = (char)(n > 0 && random_to(random, 2)
		? 'a' + (int)random_to(random, 2)
		: 0);
	bool is_event = random_to(random, 3) > 0;

	model_evict(model, limit, n, keep_from, end);
	cr_assert_eq(ring_reserve(ring, n, id != 0, keep_from), 0);
	for (size_t i = 0; i < n; i++) {
		char c = i == 0 && id ? id : byte_at(end + i);

		sink_span(ring_sink(ring), (struct span){&c, 1});
	}
	ring_commit(ring, is_event, (struct span){&id, id ? 1 : 0});
	model->seq += is_event;
	model->blocks[model->n].offset = end;
	model->blocks[model->n].end = end + n;
	model->blocks[model->n].seq = model->seq;
	model->blocks[model->n].is_event = is_event;
	model->blocks[model->n++].id = id;
}

static void
check_bytes(const struct model *model, const struct ring *ring)
{
	uint64_t start = ring_start(ring);
	struct bytes all = bytes_between(ring, start, ring_end(ring));

	for (size_t b = model->first; b < model->n; b++) {
		uint64_t from = model->blocks[b].offset;

		for (uint64_t at = from; at < model->blocks[b].end; at++) {
			char c = at == from && model->blocks[b].id
			    ? model->blocks[b].id
			    : byte_at(at);

			cr_assert_eq(all.at[at - start], c);
		}
	}
	bytes_free(&all);
}

static void
play(size_t limit, uint64_t random, size_t n_turns)
{
	struct ring *ring = ring_create(limit, id_key);
	struct model *model = calloc(1, sizeof(*model));
	uint64_t keep_from = 0;

	cr_assert_leq(n_turns, LENGTH(model->blocks));
	for (size_t turn = 0; turn < n_turns; turn++) {
		append_random(model, ring, limit, keep_from, &random);
		/* a reader who is sometimes ahead, sometimes far behind */
		if (random_to(&random, 3) == 0)
			keep_from += random_to(&random,
			    ring_end(ring) > keep_from
				? ring_end(ring) - keep_from
				: 0);
		if (random_to(&random, 20) == 0) {
			ring_trim(ring, keep_from);
			while (model->first < model->n &&
			    model->blocks[model->first].end <= keep_from)
				model->first++;
		}
		check_against(model, ring);
		check_last(model, ring);
		check_ids(model, ring);
		if (turn % 8 == 0)
			check_bytes(model, ring);
	}
	free(model);
	ring_destroy(ring);
}

Test(ring, does_what_a_simple_model_does)
{
	static const size_t limits[] = {0, 50, 1000, 5000, 100000};

	for (size_t i = 0; i < LENGTH(limits); i++)
		for (uint64_t seed = 1; seed <= 3; seed++)
			play(limits[i], seed * 7919, 300);
}
