/* SPDX-License-Identifier: MIT */

/* The event that says how many subscribers there are: {"n":3}. */

#include "core/fan_out_state.h"

#include <stdio.h>

/* All are told at most once in this time. */
enum { COUNT_MS = 1000 };

/* In how many bits a subscriber has room for. */
enum { COUNT_NUMBERS = (1 << 24) - 1 };

static void
fan_out_write_count(
    const struct fan_out *fan_out, size_t n, struct byte_sink sink)
{
	struct event event = EVENT_NONE;
	char data[32];

	snprintf(data, sizeof(data), "{\"n\":%zu}", n);
	event.type = span_of(fan_out->config.viewers_event);
	event.data = span_of(data);
	stream_write_event(fan_out->stream->dialect, &event, sink);
}

static void
fan_out_write_longest_count(const void *fan_out, struct byte_sink sink)
{
	sink.put(sink.ctx, gzip_mark, sizeof(gzip_mark));
	fan_out_write_count(fan_out, SIZE_MAX, sink);
	sink.put(sink.ctx, gzip_mark, sizeof(gzip_mark));
}

bool
fan_out_init_count(struct fan_out *fan_out)
{
	const char *type = fan_out->config.viewers_event;

	if (!type || !*type)
		return true;
	/* As a stored block with a mark. */
	fan_out->count = owned_written(fan_out_write_longest_count, fan_out);
	return fan_out->count.bytes != NULL;
}

/* Nothing refers to the old text: see fan_out_keep_note. */
static void
fan_out_rewrite_count(struct fan_out *fan_out)
{
	struct text_buffer text = {
	    .bytes = fan_out->count.bytes + GZIP_BLOCK_HEADER,
	    .cap = fan_out->count.n - GZIP_BLOCK_HEADER,
	};

	fan_out_write_count(
	    fan_out, fan_out->n_subscribers, text_buffer_sink(&text));
	gzip_block_header(fan_out->count.bytes, text.n);
	fan_out->count_n = text.n;
	sink_span(text_buffer_sink(&text),
	    (struct span){gzip_mark, sizeof(gzip_mark)});
	fan_out->count_of = fan_out->n_subscribers;
	fan_out->count_number = fan_out->count_number % COUNT_NUMBERS + 1;
	fan_out->count_is_untold = fan_out->n_subscribers > 0;
}

void
fan_out_update_count(struct fan_out *fan_out)
{
	struct subscriber *next;

	fan_out->tells_count = false;
	if (!fan_out->count.bytes)
		return;
	if (fan_out->count_of != fan_out->n_subscribers)
		fan_out_rewrite_count(fan_out);
	if (!fan_out->count_is_untold || fan_out->now_ms < fan_out->count_ms)
		return;
	fan_out->tells_count = true;
	fan_out->count_is_untold = false;
	fan_out->count_ms = fan_out->now_ms + COUNT_MS;
	for (struct subscriber *s = group_first(&fan_out->current); s;
	     s = next) {
		next = group_next(&fan_out->current, s);
		if (s->count_told == fan_out->count_number)
			continue;
		group_leave(s);
		group_join(&fan_out->turn, s);
	}
}

uint64_t
fan_out_count_due_ms(const struct fan_out *fan_out)
{
	bool is_untold = fan_out->count_is_untold ||
	    fan_out->count_of != fan_out->n_subscribers;

	if (!fan_out->count.bytes || fan_out->n_subscribers == 0 || !is_untold)
		return UINT64_MAX;
	return fan_out->count_ms > fan_out->now_ms ? fan_out->count_ms
						   : fan_out->now_ms;
}

bool
fan_out_add_count(struct fan_out *fan_out, struct subscriber *subscriber)
{
	bool is_told_later =
	    subscriber->state == SUBSCRIBER_CURRENT && !fan_out->tells_count;

	if (!fan_out->count.bytes || is_told_later ||
	    subscriber->count_told == fan_out->count_number)
		return false;
	subscriber->count_told = fan_out->count_number;
	fan_out_lend_note(fan_out, subscriber,
	    fan_out->count.bytes + GZIP_BLOCK_HEADER, fan_out->count_n);
	return true;
}

bool
fan_out_keep_note(const struct fan_out *fan_out, struct subscriber *subscriber)
{
	const char *count = fan_out->count.bytes;
	struct owned copy;

	if (!count || subscriber->note < count ||
	    subscriber->note >= count + fan_out->count.n)
		return true;
	copy = owned_copy((struct span){subscriber->note, subscriber->note_n});
	return fan_out_set_note(subscriber, copy);
}
