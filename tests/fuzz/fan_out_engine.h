/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_TESTS_FUZZ_FAN_OUT_ENGINE_H
#define PIPECAST_TESTS_FUZZ_FAN_OUT_ENGINE_H

/*
 * Two channels of one stream with a fan-out each, of which the second gets its
 * events late, played by bytes against a model that looks at every viewer every
 * time: what each was sent and when, who was dropped, whether there is room,
 * and when the next flush is due.  libFuzzer chooses the bytes, or a seed.
 */

#include "fan_out_model.h"

static void
make_room(struct play *play, struct viewer *viewer)
{
	unsigned how = take_byte(&play->input);

	viewer->room = how % 3 == 0 ? SIZE_MAX : take_number(&play->input, 400);
	viewer->at_most = how % 5 == 0 ? 1 + how : SIZE_MAX;
	if (how & 64)
		return; /* and does not say so */
	fan_out_writable(&viewer->subscriber);
	viewer->waits = false;
}

static void
operate_on(struct play *play, struct viewer *viewer, unsigned what)
{
	if (!viewer->is_there)
		attach(play, viewer);
	else if (what == 0)
		let_go(play, viewer);
	else if (what == 1)
		viewer->error = -EPIPE;
	else if (what < 4)
		move(play, viewer);
	else
		make_room(play, viewer);
}

static void
operate(struct play *play)
{
	unsigned operation = take_byte(&play->input);
	unsigned what = operation % 16, which = operation / 16;

	if (what < 7) {
		operate_on(play, &play->viewers[which % N_VIEWERS], what);
	} else if (what == 7) {
		play->now_ms += take_number(&play->input, 2000);
	} else if (what < 11) {
		flush(play, which % N_STREAMS);
	} else if (what == 11) {
		for (unsigned n = 0; n <= which; n++)
			publish_late(play);
	} else if (what == 12) {
		publish(play,
		    (struct block){.n_lost = 1 + take_number(&play->input, 3)});
	} else if (what == 13 && which == 0) {
		if (take_byte(&play->input) < 16)
			drain(play, take_byte(&play->input) % N_STREAMS);
		else if (take_byte(&play->input) < 2)
			publish(play,
			    (struct block){.is_event = true, .is_end = true});
	} else {
		publish_event(play);
	}
	check_room(play, 0);
	check_room(play, 1);
}

static void
configure(struct play *play)
{
	unsigned how = take_byte(&play->input);

	play->config = (struct stream_config){
	    .channel.dialect =
		how & 1 ? DIALECT_DOM_EVENT_STREAM : DIALECT_EVENT_STREAM,
	    .channel.identity = "id",
	    .channel.gap_event = "gap",
	    .channel.end_event = "end",
	    .channel.retry_ms = 2000,
	    .channel.history = take_number(&play->input, 3000),
	    .channel.forget = how & 8,
	    .fan_out.heartbeat_ms = how & 2 ? 1000 : 0,
	    .fan_out.max_age_ms = how & 4 ? 5000 : 0,
	    .fan_out.patience_ms = UINT64_MAX,
	    .fan_out.seed = how,
	};
	play->config.fan_out.compression = &play->compression;
	play->compression.max = how & 32 ? 1 : N_STREAMS;
	if (how & 16)
		play->config.fan_out.patience_ms =
		    take_number(&play->input, 3000);
}

/* Everybody can take all there is, and so gets it. */
static void
finish(struct play *play)
{
	publish(play, (struct block){.is_event = true, .is_end = true});
	while (play->streams[1].n_blocks < play->n_blocks)
		publish_late(play);
	for (size_t i = 0; i < N_VIEWERS; i++) {
		struct viewer *viewer = &play->viewers[i];

		viewer->room = viewer->at_most = SIZE_MAX;
		viewer->waits = false;
		if (viewer->is_there)
			fan_out_writable(&viewer->subscriber);
	}
	for (size_t s = 0; s < N_STREAMS; s++)
		flush(play, s);
	for (size_t i = 0; i < N_VIEWERS; i++)
		REQUIRE(
		    play->n_blocks == MAX_BLOCKS || !play->viewers[i].is_there);
}

/* Plays all of the bytes; the caller's play tells what happened. */
static void
play_bytes(struct play *play, const uint8_t *data, size_t size)
{
	*play = (struct play){.input = {data, size}};
	configure(play);
	for (size_t s = 0; s < N_STREAMS; s++)
		play->streams[s].stream = stream_create(&play->config);
	while (play->input.n > 0)
		operate(play);
	finish(play);
	for (size_t i = 0; i < N_VIEWERS; i++)
		if (play->viewers[i].is_there)
			let_go(play, &play->viewers[i]);
	for (size_t s = 0; s < N_STREAMS; s++)
		stream_destroy(play->streams[s].stream);
	bytes_free(&play->log);
	REQUIRE(play->compression.n == 0 && !play->compression.is_short);
}

#endif
