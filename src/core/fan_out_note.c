/* SPDX-License-Identifier: MIT */

#include "core/fan_out_state.h"

#include <stdlib.h>
#include <string.h>

bool
fan_out_set_note(struct subscriber *subscriber, struct owned note)
{
	subscriber->note = subscriber->memory = note.bytes;
	subscriber->note_n = (uint32_t)note.n;
	return note.bytes != NULL;
}

void
fan_out_drop_note(struct subscriber *subscriber)
{
	free(subscriber->memory);
	subscriber->memory = NULL;
	subscriber->note = NULL;
	subscriber->note_n = 0;
}

void
fan_out_lend_note(struct fan_out *fan_out, struct subscriber *subscriber,
    const char *note, size_t n)
{
	if (subscriber->is_gzip) {
		fan_out_gzip_stop_sharing(fan_out, subscriber);
		gzip_member_add(&subscriber->gzip, (struct span){note, n});
		note -= GZIP_BLOCK_HEADER;
		n += 2 * GZIP_BLOCK_HEADER;
	}
	subscriber->note = note;
	subscriber->note_n = (uint32_t)n;
}

static struct owned
fan_out_join(struct span before, struct owned text)
{
	struct owned joined = {malloc(before.n + text.n + 1), 0};

	if (!joined.bytes)
		return joined;
	joined.n = before.n + text.n;
	memcpy(joined.bytes, before.bytes, before.n);
	memcpy(joined.bytes + before.n, text.bytes, text.n + 1);
	return joined;
}

bool
fan_out_give_note(struct fan_out *fan_out, struct subscriber *subscriber,
    struct span before, struct owned text, bool begins)
{
	struct owned note = text;

	if (subscriber->is_gzip) {
		fan_out_gzip_stop_sharing(fan_out, subscriber);
		note = gzip_member_wrap(
		    &subscriber->gzip, before, owned_span(&text), begins);
	} else if (before.n > 0) {
		note = fan_out_join(before, text);
	}
	if (note.bytes != text.bytes)
		owned_free(&text);
	if (fan_out_set_note(subscriber, note) && note.n > 0)
		return true;
	fan_out_drop_note(subscriber);
	return false;
}
