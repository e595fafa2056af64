/* SPDX-License-Identifier: MIT */

/*
 * Ring and stream played by a stream of operations, against the definition: a
 * viewer gets the head, the first block, perhaps a gap event, and then the log
 * from the beginning of a block on without a hole; heartbeats stand between
 * blocks; a farewell stands at the end.  A second stream gets the same events
 * later; viewers move between the two.
 */

#include "core/event_id.h"
#include "core/gap.h"

#include "../unit/one_stream.h"
#include "fuzz.h"

#include <errno.h>

enum { MAX_BLOCKS = 2000, N_VIEWERS = 4, N_STREAMS = 2 };

struct viewer {
	struct subscriber subscriber;
	struct bytes got;
	size_t room; /* bytes it takes before -EAGAIN */
	bool is_there, is_waiting, is_done, is_drained;
	size_t stream;
	bool has_moved; /* what it got before was looked at */
	bool has_id;
	uint64_t seen; /* the event that it resumed after */
	size_t from;   /* offset in the log where it should begin */
	struct bytes id;
	int error;
	bool has_patience; /* it will not be dropped */
};

struct play {
	struct stream *streams[N_STREAMS];
	size_t n_late; /* blocks that the second stream has got */
	struct stream_config config;
	struct input input;
	uint64_t now_ms;
	struct bytes log; /* everything published, as it is encoded */
	struct {
		size_t offset;     /* where it begins in the log */
		uint64_t n_events; /* that are before it */
		bool own_id;
		bool is_end;
		uint64_t n_lost; /* that it tells of; it is no event then */
		unsigned kind;   /* and size of the event */
	} blocks[MAX_BLOCKS];
	size_t n_blocks;
	uint64_t n_events;
	bool has_ended;
	struct viewer viewers[N_VIEWERS];
};

/* The transport. */

static ssize_t
viewer_send(void *ctx, const struct iovec *iov, int n)
{
	struct viewer *viewer = ctx;
	size_t taken = 0;

	REQUIRE(viewer->is_there && !viewer->is_done && !viewer->is_waiting);
	REQUIRE(n >= 1 && n <= 3);
	if (viewer->error)
		return viewer->error;
	for (int i = 0; i < n; i++) {
		size_t part = iov[i].iov_len;

		REQUIRE(part > 0);
		part = part < viewer->room ? part : viewer->room;
		bytes_put(&viewer->got, iov[i].iov_base, part);
		viewer->room -= part;
		taken += part;
	}
	return taken > 0 ? (ssize_t)taken : -EAGAIN;
}

static void
viewer_wait(void *ctx)
{
	struct viewer *viewer = ctx;

	REQUIRE(!viewer->is_waiting);
	viewer->is_waiting = true;
}

static void
viewer_done(void *ctx, int error)
{
	struct viewer *viewer = ctx;

	REQUIRE(viewer->is_there && !viewer->is_done);
	if (error == -ETIMEDOUT)
		REQUIRE(viewer->is_waiting && !viewer->has_patience);
	else
		REQUIRE(!viewer->is_waiting);
	REQUIRE(error == 0 || error == viewer->error || error == -ETIMEDOUT);
	viewer->error = error;
	viewer->is_done = true;
}

static const struct transport transport = {
    viewer_send, viewer_wait, viewer_done};

/* The log. */

/* Makes the event of a block that is known; id receives its own. */
static struct event
event_of(const struct play *play, size_t b, char id[EVENT_ID_SIZE])
{
	static const char text[] = "data\nwith lines \xff and more of it";
	unsigned kind = play->blocks[b].kind;
	struct event event = EVENT_NONE;

	if (kind % 8 == 0)
		event.comment = LITERAL("a comment");
	else if (kind % 8 == 1)
		event.retry_ms = kind;
	else
		event.data =
		    (struct span){text, kind / 8 < sizeof(text) ? kind / 8 : 0};
	if (play->blocks[b].own_id) {
		snprintf(id, EVENT_ID_SIZE, "own%llu",
		    (unsigned long long)play->blocks[b].n_events + 1);
		event.id = span_of(id);
	}
	return event;
}

static void
publish(struct play *play)
{
	unsigned kind = take_byte(&play->input);
	size_t b = play->n_blocks;
	char id[EVENT_ID_SIZE];
	struct event event;

	if (b == MAX_BLOCKS || play->has_ended)
		return;
	play->blocks[b].kind = kind;
	play->blocks[b].offset = play->log.n;
	play->blocks[b].n_events = play->n_events;
	play->blocks[b].own_id = kind % 8 == 7;
	event = event_of(play, b, id);
	play->n_blocks++;
	REQUIRE(channel_publish(play->streams[0]->channel, &event) == 0);
	if (event.data.bytes && !event.id.bytes)
		event.id = event_id_of_sequence(id, "id", play->n_events + 1);
	play->n_events += event.data.bytes != NULL;
	stream_write_event(
	    play->config.channel.dialect, &event, bytes_sink(&play->log));
}

/* Events are lost; the flush tells of them at once. */
static void
lose_in(struct play *play, size_t stream, uint64_t n)
{
	channel_lose(play->streams[stream]->channel, n);
	REQUIRE(
	    fan_out_flush(play->streams[stream]->fan_out, play->now_ms) > 0);
}

static void
lose(struct play *play)
{
	uint64_t n = 1 + take_number(&play->input, 3);
	size_t b = play->n_blocks;
	char data[GAP_DATA_SIZE];
	struct event gap = gap_event(data, "gap", LITERAL(""), n);

	if (b == MAX_BLOCKS || play->has_ended)
		return;
	play->blocks[b].n_lost = n;
	play->blocks[b].offset = play->log.n;
	play->blocks[b].n_events = play->n_events;
	play->n_blocks++;
	stream_write_event(
	    play->config.channel.dialect, &gap, bytes_sink(&play->log));
	lose_in(play, 0, n);
}

static void
publish_late(struct play *play)
{
	char id[EVENT_ID_SIZE];
	struct event event;

	if (play->n_late == play->n_blocks)
		return;
	if (play->blocks[play->n_late].is_end) {
		channel_end(play->streams[1]->channel, LITERAL("{}"));
	} else if (play->blocks[play->n_late].n_lost > 0) {
		lose_in(play, 1, play->blocks[play->n_late].n_lost);
	} else {
		event = event_of(play, play->n_late, id);
		REQUIRE(
		    channel_publish(play->streams[1]->channel, &event) == 0);
	}
	play->n_late++;
}

/* What a stream has got. */

static size_t
blocks_of(const struct play *play, size_t stream)
{
	return stream == 0 ? play->n_blocks : play->n_late;
}

static uint64_t
events_before(const struct play *play, size_t b)
{
	return b < play->n_blocks ? play->blocks[b].n_events : play->n_events;
}

static bool
has_ended(const struct play *play, size_t stream)
{
	size_t n = blocks_of(play, stream);

	return n > 0 && play->blocks[n - 1].is_end;
}

/* The block of the event after that many. */
static size_t
block_after(const struct play *play, size_t stream, uint64_t seen)
{
	size_t b = blocks_of(play, stream);

	if (seen == events_before(play, b))
		return b;
	while (play->blocks[b - 1].n_events > seen)
		b--;
	return b - 1;
}

static size_t
offset_of(const struct play *play, size_t b)
{
	return b < play->n_blocks ? play->blocks[b].offset : play->log.n;
}

/* Checking. */

/* The block that begins at or after an offset of the log. */
static size_t
block_at(const struct play *play, size_t at)
{
	size_t b = 0;

	while (b < play->n_blocks && play->blocks[b].offset < at)
		b++;
	return b;
}

static bool
is_between_blocks(const struct play *play, size_t at)
{
	return offset_of(play, block_at(play, at)) == at;
}

/* Drops the text that must stand in front, as far as the viewer got. */
static bool
skip(struct span *got, struct span text)
{
	size_t n = got->n < text.n ? got->n : text.n;

	if (n > 0 && memcmp(got->bytes, text.bytes, n) != 0)
		return false;
	got->bytes += n;
	got->n -= n;
	return true;
}

static bool
is_farewell(const struct viewer *viewer, struct span rest)
{
	char text[40];

	if (!viewer->is_drained || rest.n >= sizeof(text))
		return false;
	memcpy(text, rest.bytes, rest.n);
	text[rest.n] = '\0';
	if (rest.n <= 7)
		return strncmp("retry: ", text, rest.n) == 0;
	return strncmp("retry: ", text, 7) == 0 &&
	    strspn(text + 7, "0123456789\n") == rest.n - 7;
}

/* Whether what was got is the log from there on. */
static bool
follows(const struct play *play, const struct viewer *viewer, struct span got,
    size_t at)
{
	const char *beat = stream_heartbeat(play->config.channel.dialect).bytes;

	while (got.n > 0) {
		bool is_beat = got.bytes[0] == beat[0] &&
		    (got.n == 1 || got.bytes[1] == '\n') &&
		    is_between_blocks(play, at);

		if (is_beat && got.n == 1)
			return true;
		if (is_farewell(viewer, got) && is_between_blocks(play, at))
			return true;
		if (is_beat) {
			got.bytes += 2;
			got.n -= 2;
		} else if (at < play->log.n &&
		    play->log.at[at] == got.bytes[0]) {
			at++;
			got.bytes++;
			got.n--;
		} else {
			return false;
		}
	}
	/* who is done without an error has all that was promised */
	return !viewer->is_done || viewer->error || is_between_blocks(play, at);
}

/* The gap event, as far as it was got; *missed is UINT64_MAX for null. */
static bool
skip_gap(const struct play *play, const struct viewer *viewer, struct span *got,
    uint64_t *missed)
{
	bool dom = play->config.channel.dialect == DIALECT_DOM_EVENT_STREAM;
	unsigned long long number;
	int n = 0;

	if (!skip(got, span_of(dom ? "Event: gap\n" : "event: gap\n")) ||
	    !skip(got, LITERAL("data: {\"last_event_id\":\"")) ||
	    !skip(got, bytes_span(&viewer->id)) ||
	    !skip(got, LITERAL("\",\"missed\":")))
		return false;
	*missed = UINT64_MAX;
	if (memchr(got->bytes, '}', got->n) == NULL) {
		got->n = 0;
		return true;
	}
	if (*got->bytes == 'n') {
		REQUIRE(skip(got, LITERAL("null")));
	} else {
		REQUIRE(sscanf(got->bytes, "%llu%n", &number, &n) == 1);
		*missed = number;
		got->bytes += n;
		got->n -= (size_t)n;
	}
	REQUIRE(skip(got, LITERAL("}\n\n")));
	return true;
}

/* After a gap it goes on somewhere behind the event that was seen. */
static bool
follows_after_gap(
    const struct play *play, const struct viewer *viewer, struct span got)
{
	uint64_t missed;

	if (!viewer->has_id || !skip_gap(play, viewer, &got, &missed))
		return false;
	for (size_t b = 0; b <= play->n_blocks; b++) {
		uint64_t before = b < play->n_blocks ? play->blocks[b].n_events
						     : play->n_events;

		if (missed != UINT64_MAX && before != viewer->seen + missed)
			continue;
		if (follows(play, viewer, got, offset_of(play, b)))
			return true;
	}
	return false;
}

/* It goes on after what was seen, but for comments that were evicted. */
static bool
follows_after_seen(
    const struct play *play, const struct viewer *viewer, struct span got)
{
	for (size_t b = block_at(play, viewer->from);; b++) {
		if (follows(play, viewer, got, offset_of(play, b)))
			return true;
		if (!viewer->has_id || b >= play->n_blocks ||
		    play->blocks[b].kind % 8 >= 2)
			return false;
	}
}

static void
check_viewer(const struct play *play, const struct viewer *viewer)
{
	bool dom = play->config.channel.dialect == DIALECT_DOM_EVENT_STREAM;
	struct span got = bytes_span(&viewer->got);

	if (viewer->has_moved) {
		REQUIRE(follows(play, viewer, got, viewer->from));
		return;
	}
	REQUIRE(skip(&got, LITERAL("HEAD\r\n\r\n")));
	REQUIRE(skip(&got,
	    dom ? LITERAL("; pipecast\n")
		: LITERAL(": pipecast\nretry: 2000\n\n")));
	REQUIRE(follows_after_seen(play, viewer, got) ||
	    follows_after_gap(play, viewer, got));
}

static void
let_go(struct play *play, struct viewer *viewer)
{
	if (!viewer->is_there)
		return;
	check_viewer(play, viewer);
	fan_out_detach(&viewer->subscriber);
	bytes_free(&viewer->got);
	bytes_free(&viewer->id);
	*viewer = (struct viewer){0};
}

/* Operations. */

static void
attach(struct play *play, struct viewer *viewer)
{
	unsigned how = take_byte(&play->input);
	uint64_t back = take_number(&play->input, 10);
	size_t stream = how >> 1 & 1, n = blocks_of(play, stream), b;
	uint64_t n_events = events_before(play, n);
	struct channel_resume resume = {.replay = 0};
	char id[EVENT_ID_SIZE];

	back = back < n_events ? back : n_events;
	viewer->has_id = how & 1;
	viewer->seen = n_events - (viewer->has_id ? back : 0);
	b = block_after(play, stream, viewer->seen);
	viewer->from = offset_of(play, b);
	if (viewer->has_id) {
		/* the id of the event before */
		size_t last = block_after(
		    play, stream, viewer->seen ? viewer->seen - 1 : n_events);

		resume.last_event_id =
		    event_id_of_sequence(id, "id", viewer->seen);
		if (last < n && play->blocks[last].own_id) {
			snprintf(id, sizeof(id), "own%llu",
			    (unsigned long long)viewer->seen);
			resume.last_event_id = span_of(id);
		}
		/* comments after it are not passed over */
		viewer->from = offset_of(play, viewer->seen ? last + 1 : 0);
	}
	if (has_ended(play, stream) && viewer->from > offset_of(play, n - 1))
		viewer->from = offset_of(play, n - 1);
	sink_span(bytes_sink(&viewer->id), resume.last_event_id);
	viewer->subscriber.transport = &transport;
	viewer->subscriber.ctx = viewer;
	viewer->is_there = true;
	viewer->stream = stream;
	viewer->has_patience = play->config.fan_out.patience_ms == UINT64_MAX;
	viewer->room = take_number(&play->input, 400);
	REQUIRE(
	    fan_out_attach(play->streams[stream]->fan_out, &viewer->subscriber,
		LITERAL("HEAD\r\n\r\n"), &resume, play->now_ms) == 0);
}

/* After the last event that it got, which it can if that was the last block. */
static void
move(struct play *play, struct viewer *viewer)
{
	size_t b = blocks_of(play, viewer->stream), other = 1 - viewer->stream;
	uint64_t seen = events_before(play, b);
	char id[EVENT_ID_SIZE];

	if (!viewer->is_there || b == 0 || play->blocks[b - 1].kind % 8 < 2)
		return;
	event_id_of_sequence(id, "id", seen);
	if (play->blocks[b - 1].own_id)
		event_of(play, b - 1, id);
	if (!fan_out_move(&viewer->subscriber, play->streams[other]->fan_out,
		span_of(id)))
		return;
	REQUIRE(!viewer->is_waiting && !viewer->is_done);
	check_viewer(play, viewer);
	viewer->stream = other;
	viewer->has_moved = true;
	viewer->from = viewer->subscriber.cursor;
	viewer->got.n = 0;
	REQUIRE(is_between_blocks(play, viewer->from));
	REQUIRE(events_before(play, block_at(play, viewer->from)) == seen);
}

static void
end(struct play *play)
{
	if (play->has_ended || play->n_blocks == MAX_BLOCKS)
		return;
	channel_end(play->streams[0]->channel, LITERAL("{}"));
	play->has_ended = true;
	play->blocks[play->n_blocks].kind = 2;
	play->blocks[play->n_blocks].is_end = true;
	play->blocks[play->n_blocks].offset = play->log.n;
	play->blocks[play->n_blocks++].n_events = play->n_events++;
	sink_text(bytes_sink(&play->log),
	    play->config.channel.dialect == DIALECT_DOM_EVENT_STREAM
		? "Event: end\ndata: {}\n\n"
		: "id: pipecast-end\nevent: end\ndata: {}\n\n");
}

static void
drain(struct play *play)
{
	for (size_t i = 0; i < N_STREAMS; i++)
		fan_out_drain(play->streams[i]->fan_out);
	for (size_t i = 0; i < N_VIEWERS; i++)
		play->viewers[i].is_drained = play->viewers[i].is_there;
}

static void
make_room(struct play *play, struct viewer *viewer)
{
	viewer->room = take_number(&play->input, 400);
	if (!viewer->is_there || viewer->is_done)
		return;
	if (viewer->is_waiting) {
		viewer->is_waiting = false;
		fan_out_writable(&viewer->subscriber);
	}
}

static void
flush(struct play *play, size_t stream)
{
	REQUIRE(
	    fan_out_flush(play->streams[stream]->fan_out, play->now_ms) > 0);
}

static void
operate(struct play *play)
{
	unsigned operation = take_byte(&play->input);
	struct viewer *viewer = &play->viewers[operation / 16 % N_VIEWERS];

	switch (operation % 16) {
	case 0:
	case 1:
		if (!viewer->is_there)
			attach(play, viewer);
		break;
	case 2:
		let_go(play, viewer);
		break;
	case 3:
	case 4:
		make_room(play, viewer);
		break;
	case 5:
		viewer->error = viewer->is_there && !viewer->is_done
		    ? -EPIPE
		    : viewer->error;
		break;
	case 6:
		play->now_ms += take_number(&play->input, 2000);
		flush(play, 0);
		flush(play, 1);
		break;
	case 7:
	case 8:
		flush(play, operation / 16 % N_STREAMS);
		break;
	case 9:
		move(play, viewer);
		break;
	case 10:
		if (take_byte(&play->input) == 0)
			drain(play);
		break;
	case 11:
		if (take_byte(&play->input) == 0)
			end(play);
		break;
	case 12:
		publish_late(play);
		break;
	case 13:
		lose(play);
		break;
	default:
		publish(play);
		break;
	}
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
	    .fan_out.heartbeat_ms = how & 2 ? 1000 : 0,
	    .fan_out.max_age_ms = how & 4 ? 5000 : 0,
	    .fan_out.patience_ms = UINT64_MAX,
	    .channel.history = take_number(&play->input, 5000),
	    .channel.forget = how & 8,
	    .fan_out.seed = how,
	};
	if (how & 16)
		play->config.fan_out.patience_ms =
		    take_number(&play->input, 5000);
}

/* Everybody can take all there is. */
static void
finish(struct play *play)
{
	end(play);
	while (play->n_late < play->n_blocks)
		publish_late(play);
	for (size_t i = 0; i < N_VIEWERS; i++) {
		struct viewer *viewer = &play->viewers[i];

		viewer->room = SIZE_MAX;
		if (viewer->is_waiting && !viewer->is_done)
			fan_out_writable(&viewer->subscriber);
		viewer->is_waiting = false;
	}
	for (size_t i = 0; i < N_STREAMS; i++)
		REQUIRE(fan_out_flush(play->streams[i]->fan_out,
			    play->now_ms) == UINT64_MAX);
	for (size_t i = 0; i < N_VIEWERS; i++) {
		REQUIRE(!play->viewers[i].is_there || play->viewers[i].is_done);
		let_go(play, &play->viewers[i]);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct play *play = calloc(1, sizeof(*play));

	play->input = (struct input){data, size < 4096 ? size : 4096};
	configure(play);
	for (size_t i = 0; i < N_STREAMS; i++)
		play->streams[i] = stream_create(&play->config);
	while (play->input.n > 0)
		operate(play);
	finish(play);
	for (size_t i = 0; i < N_STREAMS; i++)
		stream_destroy(play->streams[i]);
	bytes_free(&play->log);
	free(play);
	return 0;
}
