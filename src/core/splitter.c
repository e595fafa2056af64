/* SPDX-License-Identifier: MIT */

#include "core/splitter.h"

#include <string.h>

void
splitter_init(struct splitter *splitter, bool by_nul, size_t cap,
    uint64_t position, bool after_cr)
{
	*splitter = (struct splitter){
	    .by_nul = by_nul,
	    .cap = cap,
	    .position = position,
	    .after_cr = after_cr && !by_nul,
	};
}

void
splitter_fini(struct splitter *splitter)
{
	buffer_fini(&splitter->held);
}

static const char *
find_terminator(const struct splitter *splitter, struct span input)
{
	const char *lf, *cr;

	if (splitter->by_nul)
		return memchr(input.bytes, '\0', input.n);
	lf = memchr(input.bytes, '\n', input.n);
	cr = memchr(
	    input.bytes, '\r', lf ? (size_t)(lf - input.bytes) : input.n);
	return cr ? cr : lf;
}

static struct span
take(struct splitter *splitter, struct span *input, size_t n)
{
	struct span taken = {input->bytes, n};

	input->bytes += n;
	input->n -= n;
	splitter->position += n;
	return taken;
}

/* Adds the part to the record that is being held, or counts it as dropped. */
static void
hold(struct splitter *splitter, struct span part)
{
	if (splitter->dropped == 0 &&
	    buffer_append(&splitter->held, part, splitter->cap) == 0)
		return;
	if (splitter->dropped == 0)
		splitter->dropped = splitter->held.n;
	splitter->dropped += part.n;
	splitter->held.n = 0;
}

static enum split
hand_out_held(struct splitter *splitter, struct span *record)
{
	if (splitter->dropped > 0) {
		*record = (struct span){NULL, (size_t)splitter->dropped};
		splitter->dropped = 0;
		return SPLIT_TOO_LONG;
	}
	*record = buffer_span(&splitter->held);
	splitter->held_is_out = true;
	return SPLIT_RECORD;
}

static void
take_terminator(struct splitter *splitter, struct span *input)
{
	if (*take(splitter, input, 1).bytes != '\r' || splitter->by_nul)
		return;
	if (input->n == 0)
		splitter->after_cr = true;
	else if (*input->bytes == '\n')
		take(splitter, input, 1);
}

static void
begin(struct splitter *splitter, struct span *input)
{
	if (splitter->held_is_out) {
		splitter->held_is_out = false;
		splitter->held.n = 0;
	}
	if (splitter->after_cr && input->n > 0) {
		splitter->after_cr = false;
		if (*input->bytes == '\n')
			take(splitter, input, 1);
	}
}

enum split
splitter_next(
    struct splitter *splitter, struct span *input, struct span *record)
{
	const char *end;
	struct span part;

	begin(splitter, input);
	if (input->n == 0)
		return SPLIT_MORE;
	end = find_terminator(splitter, *input);
	part = take(
	    splitter, input, end ? (size_t)(end - input->bytes) : input->n);
	if (!end) {
		hold(splitter, part);
		return SPLIT_MORE;
	}
	take_terminator(splitter, input);
	if (splitter->held.n == 0 && splitter->dropped == 0 &&
	    part.n <= splitter->cap) {
		*record = part;
		return SPLIT_RECORD;
	}
	hold(splitter, part);
	return hand_out_held(splitter, record);
}

enum split
splitter_finish(struct splitter *splitter, struct span *record)
{
	struct span nothing = {"", 0};

	begin(splitter, &nothing);
	if (splitter->held.n == 0 && splitter->dropped == 0)
		return SPLIT_MORE;
	return hand_out_held(splitter, record);
}
