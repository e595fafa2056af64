/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_TESTS_FUZZ_FAN_OUT_MODEL_H
#define PIPECAST_TESTS_FUZZ_FAN_OUT_MODEL_H

/*
 * What each viewer is to be sent by a flush, and whether it was.  Nothing of
 * the fan-out is asked for that.
 */

#include "fan_out_viewers.h"

static bool
is_full_for(const struct play *play, const struct viewer *viewer)
{
	size_t unsent = end_of(play, viewer->stream) - held_from(viewer);

	return unsent > 0 && unsent >= play->config.channel.history;
}

static void
check_room(const struct play *play, size_t s)
{
	bool has_room = true;

	for (size_t i = 0; i < N_VIEWERS; i++) {
		const struct viewer *viewer = &play->viewers[i];

		if (viewer->is_there && viewer->stream == s &&
		    !viewer->is_new && is_full_for(play, viewer))
			has_room = false;
	}
	if (has_room && play->streams[s].was_left)
		return; /* the next flush will see that */
	REQUIRE(channel_has_room(play->streams[s].stream->channel) == has_room);
}

static uint64_t
patience_left(const struct play *play, const struct viewer *viewer)
{
	uint64_t patience_ms = play->config.fan_out.patience_ms;
	uint64_t spent_ms = play->now_ms - viewer->quiet_since_ms;

	if (patience_ms == UINT64_MAX)
		return UINT64_MAX;
	if (viewer->spent / 10 > spent_ms)
		spent_ms = viewer->spent / 10;
	return spent_ms < patience_ms ? patience_ms - spent_ms : 0;
}

static void
spend(const struct play *play, struct viewer *viewer)
{
	uint64_t passed_ms = play->now_ms - viewer->spent_at_ms;

	viewer->spent_at_ms = play->now_ms;
	if (viewer->is_in_the_way)
		viewer->spent += 10 * passed_ms;
	else
		viewer->spent -=
		    passed_ms < viewer->spent ? passed_ms : viewer->spent;
}

/* Where its next send ends in the log. */
static size_t
offer_end(const struct play *play, const struct viewer *viewer)
{
	size_t end = end_of(play, viewer->stream);

	return viewer->stop_at < end ? viewer->stop_at : end;
}

/* A note for a viewer that has everything.  Returns whether there is one. */
static bool
add_note(struct play *play, struct viewer *viewer)
{
	const struct fan_out_config *config = &play->config.fan_out;
	struct event retry = EVENT_NONE;

	if (viewer->stop_at == SIZE_MAX && config->heartbeat_ms > 0 &&
	    play->now_ms - viewer->quiet_since_ms >= config->heartbeat_ms) {
		sink_span(bytes_sink(&viewer->note),
		    stream_heartbeat(play->config.channel.dialect));
	} else if (viewer->stop_at < SIZE_MAX &&
	    viewer->farewell_ms != NO_FAREWELL) {
		retry.retry_ms = 2000 + (int64_t)viewer->farewell_ms;
		viewer->farewell_ms = NO_FAREWELL;
		play->n_farewells++;
		stream_write_event(play->config.channel.dialect, &retry,
		    bytes_sink(&viewer->note));
	}
	return viewer->note.n > 0;
}

/*
 * How much a viewer took of a flush that takes gzip is seen only afterwards:
 * this much text, and it waits.
 */
struct taking {
	size_t room;
	size_t at_most;
	bool is_left; /* it waits, whether or not it has all of the text */
};

/* One send, and what the viewer takes of it. */
static void
take(struct play *play, struct viewer *viewer, struct taking *taking)
{
	size_t to = offer_end(play, viewer);
	size_t offered = viewer->note.n + to - viewer->cursor, n = offered;
	size_t of_note;

	viewer->wants_sends++;
	if (n > taking->room)
		n = taking->room;
	if (n > taking->at_most)
		n = taking->at_most;
	if (taking->room != SIZE_MAX)
		taking->room -= n;
	if (n > 0 || !viewer->is_stuck)
		viewer->quiet_since_ms = play->now_ms;
	of_note = n < viewer->note.n ? n : viewer->note.n;
	bytes_put(&viewer->wanted, viewer->note.at, of_note);
	if (n > of_note)
		bytes_put(&viewer->wanted, play->log.at + viewer->cursor,
		    n - of_note);
	viewer->note.n -= of_note;
	if (viewer->note.n > 0)
		memmove(
		    viewer->note.at, viewer->note.at + of_note, viewer->note.n);
	viewer->cursor += n - of_note;
	viewer->waits = viewer->is_stuck = n < offered;
	viewer->wants_waits += viewer->waits;
}

static void
be_done(struct viewer *viewer, int error)
{
	viewer->wants_done = 1;
	viewer->wants_error = error;
}

static struct taking
taking_of(const struct viewer *viewer)
{
	struct taking taking = {viewer->room, viewer->at_most, false};

	if (!viewer->subscriber.is_gzip)
		return taking;
	taking.is_left = viewer->n_waits > viewer->wants_waits;
	taking.room =
	    taking.is_left ? viewer->got.n - viewer->wanted.n : SIZE_MAX;
	taking.at_most = SIZE_MAX;
	return taking;
}

/* Whether one that has all of the text before it waits with another note. */
static bool
has_another_note(const struct viewer *viewer, const struct taking *taking)
{
	if (viewer->stop_at == SIZE_MAX)
		return taking->room > 0 || viewer->subscriber.note_n > 0;
	return viewer->farewell_ms != viewer->subscriber.farewell_ms;
}

static void
be_left(const struct play *play, struct viewer *viewer)
{
	if (!viewer->is_stuck)
		viewer->quiet_since_ms = play->now_ms;
	viewer->wants_waits += !viewer->waits;
	viewer->waits = viewer->is_stuck = true;
}

/*
 * Before the flush: all that it is to do for the viewer.  For one that takes
 * gzip, after it.
 */
static void
expect(struct play *play, struct viewer *viewer)
{
	struct taking taking = taking_of(viewer);

	spend(play, viewer);
	if (viewer->stop_at == SIZE_MAX && play->now_ms >= viewer->leave_at_ms)
		viewer->stop_at = end_of(play, viewer->stream);
	while (!viewer->waits && viewer->wants_done == 0) {
		bool has_more = viewer->note.n > 0 ||
		    viewer->cursor < offer_end(play, viewer);

		if (has_more && viewer->error) {
			viewer->wants_sends++;
			be_done(viewer, viewer->error);
		} else if (has_more) {
			take(play, viewer, &taking);
		} else if (taking.is_left &&
		    (!has_another_note(viewer, &taking) ||
			!add_note(play, viewer))) {
			be_left(play, viewer);
		} else if (viewer->note.n == 0 && !add_note(play, viewer)) {
			if (viewer->stop_at == SIZE_MAX)
				break;
			be_done(viewer, 0);
		}
	}
	viewer->is_new = false;
	viewer->is_in_the_way = viewer->waits && is_full_for(play, viewer);
	if (viewer->is_in_the_way && patience_left(play, viewer) == 0)
		be_done(viewer, -ETIMEDOUT);
}

/* What a viewer that takes gzip had to be sent, given what it took. */
static void
follow(struct play *play, struct viewer *viewer)
{
	bool has_failed = viewer->n_done > 0 && viewer->done_error == -EPIPE;

	play->n_shares += viewer->subscriber.gzip.is_shared;
	/* What was left need not be text. */
	if (viewer->is_stuck && viewer->n_taken > viewer->had_taken) {
		viewer->quiet_since_ms = play->now_ms;
		viewer->is_stuck = false;
	}
	if (has_failed)
		be_done(viewer, -EPIPE);
	else
		expect(play, viewer);
	viewer->had_taken = viewer->n_taken;
}

/* After the flush: whether it did.  Returns when the next one is due. */
static uint64_t
check_viewer(struct play *play, struct viewer *viewer)
{
	uint64_t heartbeat_ms = play->config.fan_out.heartbeat_ms;
	uint64_t due_ms = UINT64_MAX;

	REQUIRE(
	    span_equal(bytes_span(&viewer->got), bytes_span(&viewer->wanted)));
	REQUIRE(viewer->subscriber.is_gzip ||
	    viewer->n_sends == viewer->wants_sends);
	REQUIRE(viewer->n_waits == viewer->wants_waits);
	REQUIRE(viewer->n_done == viewer->wants_done);
	if (viewer->n_done > 0) {
		REQUIRE(viewer->done_error == viewer->wants_error);
		REQUIRE(!viewer->subscriber.is_gzip ||
		    viewer->gunzip.has_ended == (viewer->done_error == 0));
		if (viewer->done_error == -ETIMEDOUT) {
			play->n_dropped++;
			play->streams[viewer->stream].n_dropped++;
		}
		let_go(play, viewer);
		return due_ms;
	}
	if (viewer->stop_at == SIZE_MAX && viewer->leave_at_ms < UINT64_MAX)
		due_ms = viewer->leave_at_ms - play->now_ms;
	if (viewer->is_in_the_way && patience_left(play, viewer) < due_ms)
		due_ms = patience_left(play, viewer);
	if (!viewer->waits && heartbeat_ms > 0 &&
	    viewer->quiet_since_ms + heartbeat_ms - play->now_ms < due_ms)
		due_ms = viewer->quiet_since_ms + heartbeat_ms - play->now_ms;
	return due_ms;
}

/* Of a stream that forgets, only the blocks that a viewer needs are left. */
static void
check_forgotten(const struct play *play, size_t s)
{
	size_t start = ring_start(ring_of(play, s)), from = SIZE_MAX, b = 0;

	for (size_t i = 0; i < N_VIEWERS; i++)
		if (play->viewers[i].is_there && play->viewers[i].stream == s &&
		    held_from(&play->viewers[i]) < from)
			from = held_from(&play->viewers[i]);
	if (from == SIZE_MAX || start == end_of(play, s))
		return;
	while (play->blocks[b].offset <= start)
		b++;
	REQUIRE(play->blocks[b].offset > from);
}

static void
check_counts(const struct play *play, size_t s)
{
	const struct fan_out *fan_out = play->streams[s].stream->fan_out;
	size_t n_there = 0;

	for (size_t i = 0; i < N_VIEWERS; i++)
		n_there +=
		    play->viewers[i].is_there && play->viewers[i].stream == s;
	REQUIRE(fan_out_n_subscribers(fan_out) == n_there);
	REQUIRE(fan_out_n_dropped(fan_out) == play->streams[s].n_dropped);
}

static void
flush(struct play *play, size_t s)
{
	struct fan_out *fan_out = play->streams[s].stream->fan_out;
	uint64_t next_ms, wanted_ms = UINT64_MAX;
	bool is_full = false;

	for (size_t i = 0; i < N_VIEWERS; i++)
		if (play->viewers[i].is_there && play->viewers[i].stream == s &&
		    !play->viewers[i].subscriber.is_gzip)
			expect(play, &play->viewers[i]);
	next_ms = fan_out_flush(fan_out, play->now_ms);
	for (size_t i = 0; i < N_VIEWERS; i++)
		if (play->viewers[i].is_there && play->viewers[i].stream == s &&
		    play->viewers[i].subscriber.is_gzip)
			follow(play, &play->viewers[i]);
	for (size_t i = 0; i < N_VIEWERS; i++) {
		struct viewer *viewer = &play->viewers[i];
		uint64_t due_ms;

		if (!viewer->is_there || viewer->stream != s)
			continue;
		due_ms = check_viewer(play, viewer);
		wanted_ms = due_ms < wanted_ms ? due_ms : wanted_ms;
		is_full =
		    is_full || (viewer->is_there && viewer->is_in_the_way);
	}
	play->streams[s].was_left = false;
	check_room(play, s);
	REQUIRE(next_ms > 0 && next_ms <= wanted_ms);
	/* a laggard may have gained time, and one that was to leave has left */
	if (!is_full && play->config.fan_out.max_age_ms == 0)
		REQUIRE(next_ms == wanted_ms);
	REQUIRE(next_ms == fan_out_next_flush(fan_out));
	check_counts(play, s);
	if (play->config.channel.forget)
		check_forgotten(play, s);
}

#endif
