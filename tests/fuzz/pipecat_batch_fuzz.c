/* SPDX-License-Identifier: MIT */

/*
 * Batches of whatever comes in, in pieces and batches of any size: every line
 * within the limit is posted once and in order, and nothing else is.
 */

#include "pipecat/batch.h"

#include "fuzz.h"

static struct bytes
expect(struct span input, size_t max_line)
{
	struct bytes wanted = {0};

	while (input.n > 0) {
		const char *lf = memchr(input.bytes, '\n', input.n);
		size_t n = lf ? (size_t)(lf - input.bytes) : input.n;
		struct span line = span_take(&input, n + 1);

		line.n = n;
		if (n > max_line)
			continue;
		sink_span(bytes_sink(&wanted), line);
		sink_text(bytes_sink(&wanted), "\n");
	}
	return wanted;
}

/* Posts the batch, of which perhaps only the first lines are taken. */
static void
post(struct batch *batch, struct bytes *posted, unsigned n_lines)
{
	struct span lines = n_lines > 0 ? batch_first_lines(batch, n_lines)
					: batch_lines(batch);

	sink_span(bytes_sink(posted), lines);
	batch_drop(batch, lines.n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	size_t max_line = 1 + take_number(&input, 20);
	unsigned piece = 1 + take_byte(&input);
	struct span all = {(const char *)input.at, input.n}, rest = all;
	struct bytes posted = {0}, wanted;
	struct batch batch;
	uint64_t n_published;
	char *text = string_of(all);

	/* Where a refusal is read, CR ends a line as well. */
	bool has_cr = all.n > 0 && memchr(all.bytes, '\r', all.n);

	batch_is_partly_taken(text, &n_published);
	free(text);
	REQUIRE(batch_init(&batch, max_line) == 0);
	while (rest.n > 0) {
		size_t room;
		char *at = batch_room(&batch, &room);
		struct span part =
		    span_take(&rest, piece < room ? piece : room);

		memcpy(at, part.bytes, part.n);
		for (uint64_t n = batch_take(&batch, part.n); n > 0;
		     n = batch_take(&batch, 0))
			REQUIRE(n > max_line);
		if (piece % 3 > 0)
			post(&batch, &posted, has_cr ? 0 : piece % 3 - 1);
	}
	batch_finish(&batch);
	while (batch_lines(&batch).n > 0)
		post(&batch, &posted, 0);
	wanted = expect(all, max_line);
	REQUIRE(span_equal(bytes_span(&posted), bytes_span(&wanted)));
	bytes_free(&posted);
	bytes_free(&wanted);
	batch_fini(&batch);
	return 0;
}
