/* SPDX-License-Identifier: MIT */

/*
 * Subscribers whose stream is a gzip member.  What is new is compressed once in
 * a flush, and they share it.  One that is new, or got something that the
 * others did not, gets the ring's bytes in stored blocks, until its decoder has
 * what the next chunk may refer to.
 *
 * That comes by itself once it has as much of the log as a decoder keeps.  To
 * begin the compression anew lets it share at once, but costs all that share:
 * so it is done when those that wait have cost as much.
 */

#include "core/fan_out_state.h"

#include "core/deflater.h"

/* How many more bytes each of those that share then gets, about. */
enum { ANEW_COST = 8192 };

/* Compressing. */

static void
fan_out_gzip_append(struct fan_out *fan_out)
{
	if (compressed_log_append(fan_out->compressed, fan_out->ring) == 0)
		return;
	fan_out->gives_up_gzip = true;
	fan_out->config.compression->is_short = true;
}

/* For a subscriber that has all up to there. */
static void
fan_out_gzip_begin(struct fan_out *fan_out, uint64_t at)
{
	struct compression *compression = fan_out->config.compression;

	if (fan_out->gives_up_gzip || !compression ||
	    compression->n >= compression->max)
		return;
	fan_out->compressed = compressed_log_create(at);
	fan_out->n_stored = 0;
	if (!fan_out->compressed) {
		fan_out->gives_up_gzip = true;
		compression->is_short = true;
		return;
	}
	compression->n++;
	fan_out_gzip_append(fan_out);
}

void
fan_out_gzip_rest(struct fan_out *fan_out)
{
	if (!fan_out->compressed || fan_out->n_sharing > 0)
		return;
	compressed_log_destroy(fan_out->compressed);
	fan_out->compressed = NULL;
	fan_out->config.compression->n--;
}

void
fan_out_gzip_compress(struct fan_out *fan_out)
{
	uint64_t from = fan_out->reader.kind->waits_from(&fan_out->reader);

	fan_out->gives_up_gzip = false;
	fan_out_gzip_rest(fan_out);
	if (!fan_out->compressed)
		return;
	/* The ring still has what is new to those that share. */
	if (from < ring_start(fan_out->ring))
		from = ring_start(fan_out->ring);
	compressed_log_trim(fan_out->compressed, from);
	if (fan_out->n_stored >= ANEW_COST * fan_out->n_sharing) {
		compressed_log_begin_anew(fan_out->compressed);
		fan_out->n_stored = 0;
	}
	fan_out_gzip_append(fan_out);
}

/* Sharing. */

/* The end of the last whole chunk up to that offset. */
static const struct compressed_mark *
fan_out_gzip_shared_end(const struct fan_out *fan_out, uint64_t to)
{
	return compressed_log_before(fan_out->compressed, to);
}

static void
fan_out_gzip_share(struct fan_out *fan_out, struct subscriber *subscriber,
    const struct compressed_mark *mark)
{
	struct gzip_member *member = &subscriber->gzip;

	member->is_shared = true;
	member->since = mark->at;
	member->sum ^= mark->sum;
	fan_out->n_sharing++;
}

/* One in the middle of a chunk goes; its sum is never asked for. */
void
fan_out_gzip_stop_sharing(
    struct fan_out *fan_out, struct subscriber *subscriber)
{
	struct gzip_member *member = &subscriber->gzip;
	uint64_t n = subscriber->cursor - member->since;
	const struct compressed_mark *mark;

	if (member->is_shared) {
		mark = compressed_log_find(
		    fan_out->compressed, subscriber->cursor);
		member->sum = deflater_sum_shift(member->sum, n) ^ mark->sum;
		member->n += (uint32_t)n;
		member->within = 0;
		member->is_shared = false;
		fan_out->n_sharing--;
	}
	member->since = subscriber->cursor;
}

/* Whether it could go on where it is, with a chunk that ends up to there. */
static const struct compressed_mark *
fan_out_gzip_entry(const struct fan_out *fan_out,
    const struct subscriber *subscriber, uint64_t to)
{
	const struct compressed_mark *mark = compressed_log_entry(
	    fan_out->compressed, subscriber->cursor, subscriber->gzip.since);

	return mark && mark->at < to &&
		fan_out_gzip_shared_end(fan_out, to)->at > mark->at
	    ? mark
	    : NULL;
}

/* Offering. */

static void
fan_out_gzip_offer_shared(struct fan_out *fan_out,
    const struct subscriber *subscriber, uint64_t to,
    struct fan_out_offer *offer)
{
	offer->to = fan_out_gzip_shared_end(fan_out, to);
	offer->from =
	    compressed_log_find(fan_out->compressed, subscriber->cursor)
		->offset +
	    subscriber->gzip.within;
	offer->n += compressed_log_read(fan_out->compressed, offer->from,
	    offer->to->offset, offer->iov + offer->n);
}

/* A block that was offered is sent whole: see struct transport. */
static void
fan_out_gzip_offer_block(struct fan_out *fan_out, struct subscriber *subscriber,
    uint64_t to, struct fan_out_offer *offer)
{
	struct gzip_member *member = &subscriber->gzip;
	uint64_t n = to - subscriber->cursor;

	if (!gzip_member_is_in_block(member)) {
		member->block_left =
		    (uint16_t)(n < GZIP_BLOCK_MAX ? n : GZIP_BLOCK_MAX);
		member->header_left = member->mark_left = GZIP_BLOCK_HEADER;
	}
	gzip_block_header(offer->block_header, member->block_left);
	if (member->header_left > 0)
		offer->iov[offer->n++] = (struct iovec){offer->block_header +
			GZIP_BLOCK_HEADER - member->header_left,
		    member->header_left};
	offer->n += ring_read(fan_out->ring, subscriber->cursor,
	    subscriber->cursor + member->block_left, offer->iov + offer->n);
	offer->iov[offer->n++] =
	    (struct iovec){(void *)(uintptr_t)(gzip_mark + GZIP_BLOCK_HEADER -
			       member->mark_left),
		member->mark_left};
}

void
fan_out_gzip_offer(struct fan_out *fan_out, struct subscriber *subscriber,
    uint64_t to, struct fan_out_offer *offer)
{
	struct gzip_member *member = &subscriber->gzip;
	const struct compressed_mark *entry = NULL;

	if (subscriber->cursor == to && !gzip_member_is_in_block(member))
		return;
	if (member->is_shared &&
	    fan_out_gzip_shared_end(fan_out, to)->at == subscriber->cursor)
		fan_out_gzip_stop_sharing(fan_out, subscriber);
	if (!member->is_shared && !gzip_member_is_in_block(member)) {
		if (!fan_out->compressed &&
		    subscriber->state == SUBSCRIBER_CURRENT)
			fan_out_gzip_begin(fan_out, subscriber->cursor);
		if (fan_out->compressed)
			entry = fan_out_gzip_entry(fan_out, subscriber, to);
		if (entry && entry->at == subscriber->cursor)
			fan_out_gzip_share(fan_out, subscriber, entry);
	}
	if (member->is_shared)
		fan_out_gzip_offer_shared(fan_out, subscriber, to, offer);
	else
		fan_out_gzip_offer_block(
		    fan_out, subscriber, entry ? entry->at : to, offer);
}

/* Accounting. */

static void
fan_out_gzip_account_shared(struct fan_out *fan_out,
    struct subscriber *subscriber, const struct fan_out_offer *offer,
    size_t sent)
{
	uint64_t offset = offer->from + sent;
	const struct compressed_mark *mark = offset == offer->to->offset
	    ? offer->to
	    : compressed_log_before_offset(fan_out->compressed, offset);

	subscriber->cursor = mark->at;
	subscriber->gzip.within = (uint32_t)(offset - mark->offset);
}

static void
fan_out_gzip_account_block(
    struct fan_out *fan_out, struct subscriber *subscriber, size_t sent)
{
	struct gzip_member *member = &subscriber->gzip;
	size_t of_header =
	    sent < member->header_left ? sent : member->header_left;
	size_t of_text = sent - of_header < member->block_left
	    ? sent - of_header
	    : member->block_left;
	struct iovec iov[2];
	int n = ring_read(fan_out->ring, subscriber->cursor,
	    subscriber->cursor + of_text, iov);

	for (int i = 0; i < n; i++)
		gzip_member_add(
		    member, (struct span){iov[i].iov_base, iov[i].iov_len});
	member->header_left -= (uint8_t)of_header;
	member->block_left -= (uint16_t)of_text;
	member->mark_left -= (uint8_t)(sent - of_header - of_text);
	subscriber->cursor += of_text;
	/* One that is not up to date could not share anyway. */
	if (subscriber->state == SUBSCRIBER_CURRENT)
		fan_out->n_stored += sent;
}

void
fan_out_gzip_account(struct fan_out *fan_out, struct subscriber *subscriber,
    const struct fan_out_offer *offer, size_t sent)
{
	if (sent == 0)
		return;
	if (subscriber->gzip.is_shared)
		fan_out_gzip_account_shared(fan_out, subscriber, offer, sent);
	else
		fan_out_gzip_account_block(fan_out, subscriber, sent);
}
