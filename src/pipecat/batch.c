/* SPDX-License-Identifier: MIT */

#include "pipecat/batch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int
batch_init(struct batch *batch, size_t max_line)
{
	*batch = (struct batch){
	    .cap = BATCH_MAX + max_line + 2, .max_line = max_line};
	batch->bytes = malloc(batch->cap);
	return batch->bytes ? 0 : -ENOMEM;
}

void
batch_fini(struct batch *batch)
{
	free(batch->bytes);
	*batch = (struct batch){0};
}

/* The length of the whole lines among the first n bytes. */
static size_t
batch_whole_lines(const struct batch *batch, size_t n)
{
	while (n > 0 && batch->bytes[n - 1] != '\n')
		n--;
	return n;
}

/* Room for a byte is kept, for the LF behind a last line. */
char *
batch_room(struct batch *batch, size_t *n)
{
	*n = batch->cap - 1 - batch->n;
	return batch->bytes + batch->n;
}

static void
batch_cut(struct batch *batch, size_t at, size_t n)
{
	memmove(batch->bytes + at, batch->bytes + at + n, batch->n - at - n);
	batch->n -= n;
}

/* What there is of a line that is left out.  Returns its size at its end. */
static uint64_t
batch_skip(struct batch *batch, const char *lf)
{
	size_t at = batch->whole;
	size_t n = lf ? (size_t)(lf - batch->bytes) - at : batch->n - at;
	uint64_t size;

	batch->dropped += n;
	batch_cut(batch, at, lf ? n + 1 : n);
	if (!lf)
		return 0;
	size = batch->dropped;
	batch->dropped = 0;
	return size;
}

uint64_t
batch_take(struct batch *batch, size_t n)
{
	batch->n += n;
	while (batch->whole < batch->n) {
		const char *line = batch->bytes + batch->whole;
		const char *lf = memchr(line, '\n', batch->n - batch->whole);
		size_t line_n =
		    lf ? (size_t)(lf - line) : batch->n - batch->whole;

		if (batch->dropped > 0 || line_n > batch->max_line) {
			uint64_t size = batch_skip(batch, lf);

			if (size > 0)
				return size;
		} else if (!lf) {
			break;
		} else {
			batch->whole += line_n + 1;
		}
	}
	return 0;
}

uint64_t
batch_finish(struct batch *batch)
{
	uint64_t size = batch->dropped;

	batch->dropped = 0;
	if (batch->whole < batch->n)
		batch->bytes[batch->n++] = '\n';
	batch->whole = batch->n;
	return size;
}

struct span
batch_lines(const struct batch *batch)
{
	size_t max = batch->whole < BATCH_MAX ? batch->whole : BATCH_MAX;
	size_t n = batch_whole_lines(batch, max);
	const char *lf;

	if (n == 0 && batch->whole > BATCH_MAX) {
		lf = memchr(batch->bytes, '\n', batch->whole);
		n = (size_t)(lf - batch->bytes) + 1;
	}
	return (struct span){batch->bytes, n};
}

struct span
batch_first_lines(const struct batch *batch, uint64_t n_lines)
{
	struct span rest = batch_lines(batch), line;
	size_t n = rest.n;

	while (n_lines-- > 0 && span_take_line(&rest, &line))
		;
	return (struct span){batch->bytes, n - rest.n};
}

void
batch_drop(struct batch *batch, size_t n)
{
	batch_cut(batch, 0, n);
	batch->whole -= n;
}

bool
batch_is_partly_taken(const char *text, uint64_t *n_published)
{
	uint64_t event;

	text = text_skip_word(text, "Event ");
	if (!text || !text_take_number(&text, &event))
		return false;
	text = text_skip_word(text, ", after ");
	return text && text_take_number(&text, n_published) &&
	    text_skip_word(text, " that w") && event == *n_published + 1;
}
