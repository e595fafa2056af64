/* SPDX-License-Identifier: MIT */

#include "tally.h"

static const uint64_t FNV_PRIME = 0x100000001b3;

static uint32_t *
passed(struct tally *tally, uint64_t seq)
{
	return &tally->passed[seq % MAX_SPREAD];
}

void
tally_await(struct tally *tally, struct track *track)
{
	track->next = 1;
	track->awaited = true;
	tally->n_awaited++;
}

void
tally_forgo(struct tally *tally, struct track *track)
{
	if (!track->awaited)
		return;
	for (uint64_t seq = tally->low + 1; seq < track->next; seq++)
		if (*passed(tally, seq) > 0)
			(*passed(tally, seq))--;
	track->awaited = false;
	tally->n_awaited--;
	tally_advance(tally);
}

void
tally_advance(struct tally *tally)
{
	while (tally->n_awaited > 0 && tally->low < tally->max_seq &&
	    *passed(tally, tally->low + 1) >= tally->n_awaited)
		*passed(tally, ++tally->low) = 0;
}

/* The value of a bucket is where it begins; two powers of two lie below 64. */
static unsigned
bucket_of(uint64_t ns)
{
	unsigned power;

	if (ns < LATENCY_STEPS)
		return (unsigned)ns;
	power = 63 - (unsigned)__builtin_clzll(ns) - 4;
	return power * LATENCY_STEPS +
	    ((unsigned)(ns >> (power - 1)) & (LATENCY_STEPS - 1));
}

static uint64_t
bucket_ns(unsigned bucket)
{
	unsigned power = bucket / LATENCY_STEPS;
	uint64_t step = bucket % LATENCY_STEPS;

	return power == 0 ? step : (LATENCY_STEPS + step) << (power - 1);
}

uint64_t
tally_quantile_ns(const struct tally *tally, double q)
{
	uint64_t wanted = (uint64_t)(q * (double)tally->deliveries), sum = 0;

	for (unsigned i = 0; i < LATENCY_BUCKETS; i++) {
		sum += tally->latency[i];
		if (sum > wanted)
			return bucket_ns(i);
	}
	return tally->latency_max_ns;
}

static void
note_latency(struct tally *tally, uint64_t published_ns, uint64_t now)
{
	uint64_t ns = now > published_ns ? now - published_ns : 0;

	tally->latency[bucket_of(ns)]++;
	if (ns > tally->latency_max_ns)
		tally->latency_max_ns = ns;
	if (tally->late_ns > 0 && ns > tally->late_ns)
		tally->late++;
	if (tally->first_ns == 0)
		tally->first_ns = published_ns;
	tally->last_ns = now;
}

static uint64_t *
seen(struct track *track, uint64_t seq)
{
	return &track->seen[seq / 64 % (SEEN_BITS / 64)];
}

static uint64_t
seen_bit(uint64_t seq)
{
	return (uint64_t)1 << seq % 64;
}

/* Moves on to the event after seq, which was received. */
static void
note_seen(struct track *track, uint64_t seq)
{
	uint64_t first = track->next;

	if (seq - first > SEEN_BITS)
		first = seq - SEEN_BITS;
	for (uint64_t passed_by = first; passed_by < seq; passed_by++)
		*seen(track, passed_by) &= ~seen_bit(passed_by);
	*seen(track, seq) |= seen_bit(seq);
}

/* An event before the one expected: late, or here again. */
static void
note_earlier(struct tally *tally, struct track *track, uint64_t seq)
{
	if (track->next - seq > SEEN_BITS ||
	    (*seen(track, seq) & seen_bit(seq))) {
		tally->dup++;
		return;
	}
	*seen(track, seq) |= seen_bit(seq);
	tally->ooo++;
	tally->lost--;
}

void
tally_event(struct tally *tally, struct track *track, uint64_t seq,
    uint64_t published_ns, uint64_t now)
{
	tally->deliveries++;
	track->order = (track->order ^ seq) * FNV_PRIME;
	note_latency(tally, published_ns, now);
	if (track->next == 0)
		track->next = seq;
	if (seq < track->next) {
		note_earlier(tally, track, seq);
		return;
	}
	tally->lost += seq - track->next;
	note_seen(track, seq);
	if (seq > tally->max_seq)
		tally->max_seq = seq;
	for (; track->awaited && track->next < seq; track->next++)
		if (track->next - tally->low < MAX_SPREAD)
			(*passed(tally, track->next))++;
	if (track->awaited && seq - tally->low < MAX_SPREAD)
		(*passed(tally, seq))++;
	track->next = seq + 1;
}

void
tally_end(struct tally *tally, struct track *track, uint64_t total)
{
	if (track->next == 0 || track->next > total)
		return;
	tally->lost += total + 1 - track->next;
	track->next = total + 1;
}
