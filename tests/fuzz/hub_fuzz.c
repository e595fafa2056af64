/* SPDX-License-Identifier: MIT */

/*
 * Ring and hub played by a stream of operations, against the definition: a
 * viewer gets the head, the first block, perhaps a gap event, and then the log
 * from the beginning of a block on without a hole; heartbeats stand between
 * blocks; a farewell stands at the end.
 */

#include "core/event_id.h"
#include "core/hub.h"

#include "fuzz.h"

#include <errno.h>

enum { MAX_BLOCKS = 2000, N_VIEWERS = 4 };

struct viewer {
	struct subscriber subscriber;
	struct bytes got;
	size_t room; /* bytes it takes before -EAGAIN */
	bool is_there, is_waiting, is_done, is_drained;
	bool has_id;
	uint64_t seen; /* the event that it resumed after */
	size_t from;   /* offset in the log where it should begin */
	struct bytes id;
	int error;
};

struct play {
	struct hub *hub;
	struct hub_config config;
	struct input input;
	uint64_t now_ms;
	struct bytes log; /* everything published, as it is encoded */
	struct {
		size_t offset;     /* where it begins in the log */
		uint64_t n_events; /* that are before it */
		bool own_id;
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

	REQUIRE(viewer->is_there && !viewer->is_done && !viewer->is_waiting);
	REQUIRE(error == 0 || error == viewer->error);
	viewer->error = error;
	viewer->is_done = true;
}

static const struct transport transport = {
    viewer_send, viewer_wait, viewer_done};

/* The log. */

static void
publish(struct play *play)
{
	static const char text[] = "data\nwith lines \xff and more of it";
	struct event event = EVENT_NONE, written;
	unsigned kind = take_byte(&play->input);
	char id[EVENT_ID_SIZE], own[32];

	if (play->n_blocks == MAX_BLOCKS || play->has_ended)
		return;
	if (kind % 8 == 0)
		event.comment = LITERAL("a comment");
	else if (kind % 8 == 1)
		event.retry_ms = kind;
	else
		event.data =
		    (struct span){text, kind / 8 < sizeof(text) ? kind / 8 : 0};
	if (kind % 8 == 7) {
		snprintf(own, sizeof(own), "own%llu",
		    (unsigned long long)play->n_events + 1);
		event.id = span_of(own);
	}
	written = event;
	play->blocks[play->n_blocks].offset = play->log.n;
	play->blocks[play->n_blocks].n_events = play->n_events;
	play->blocks[play->n_blocks++].own_id = event.id.bytes != NULL;
	if (event.data.bytes && !event.id.bytes)
		written.id = event_id_of_sequence(id, "id", play->n_events + 1);
	play->n_events += event.data.bytes != NULL;
	stream_write_event(
	    play->config.dialect, &written, bytes_sink(&play->log));
	REQUIRE(hub_publish(play->hub, &event) == 0);
}

/* The block of the event after that many. */
static size_t
block_after(const struct play *play, uint64_t seen)
{
	size_t b = play->n_blocks;

	if (seen == play->n_events)
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

static bool
is_between_blocks(const struct play *play, size_t at)
{
	size_t b = 0;

	while (b < play->n_blocks && play->blocks[b].offset < at)
		b++;
	return offset_of(play, b) == at;
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
	const char *beat = stream_heartbeat(play->config.dialect).bytes;

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
	bool dom = play->config.dialect == DIALECT_DOM_EVENT_STREAM;
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

static void
check_viewer(const struct play *play, const struct viewer *viewer)
{
	bool dom = play->config.dialect == DIALECT_DOM_EVENT_STREAM;
	struct span got = bytes_span(&viewer->got);

	REQUIRE(skip(&got, LITERAL("HEAD\r\n\r\n")));
	REQUIRE(skip(&got,
	    dom ? LITERAL("; pipecast\n")
		: LITERAL(": pipecast\nretry: 2000\n\n")));
	REQUIRE(follows(play, viewer, got, viewer->from) ||
	    follows_after_gap(play, viewer, got));
}

static void
let_go(struct play *play, struct viewer *viewer)
{
	if (!viewer->is_there)
		return;
	check_viewer(play, viewer);
	hub_detach(&viewer->subscriber);
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
	struct hub_resume resume = {{NULL, 0}, 0};
	char id[EVENT_ID_SIZE];
	size_t b;

	back = back < play->n_events ? back : play->n_events;
	viewer->has_id = how & 1;
	viewer->seen = play->n_events - (viewer->has_id ? back : 0);
	b = block_after(play, viewer->seen);
	viewer->from = offset_of(play, b);
	if (viewer->has_id) {
		/* the id of the event before */
		size_t last = block_after(
		    play, viewer->seen ? viewer->seen - 1 : play->n_events);

		resume.last_event_id =
		    event_id_of_sequence(id, "id", viewer->seen);
		if (last < play->n_blocks && play->blocks[last].own_id) {
			snprintf(id, sizeof(id), "own%llu",
			    (unsigned long long)viewer->seen);
			resume.last_event_id = span_of(id);
			/* comments after it are not passed over */
			viewer->from = offset_of(play, last + 1);
		}
	}
	if (play->has_ended &&
	    viewer->from > offset_of(play, play->n_blocks - 1))
		viewer->from = offset_of(play, play->n_blocks - 1);
	sink_span(bytes_sink(&viewer->id), resume.last_event_id);
	viewer->subscriber.transport = &transport;
	viewer->subscriber.ctx = viewer;
	viewer->is_there = true;
	viewer->room = take_number(&play->input, 400);
	REQUIRE(hub_attach(play->hub, &viewer->subscriber,
		    LITERAL("HEAD\r\n\r\n"), &resume, play->now_ms) == 0);
}

static void
end(struct play *play)
{
	if (play->has_ended || play->n_blocks == MAX_BLOCKS)
		return;
	hub_end(play->hub, LITERAL("{}"));
	play->has_ended = true;
	play->blocks[play->n_blocks].offset = play->log.n;
	play->blocks[play->n_blocks++].n_events = play->n_events++;
	sink_text(bytes_sink(&play->log),
	    play->config.dialect == DIALECT_DOM_EVENT_STREAM
		? "Event: end\ndata: {}\n\n"
		: "id: pipecast-end\nevent: end\ndata: {}\n\n");
}

static void
drain(struct play *play)
{
	hub_drain(play->hub);
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
		hub_writable(&viewer->subscriber);
	}
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
		REQUIRE(hub_flush(play->hub, play->now_ms) > 0);
		break;
	case 7:
	case 8:
	case 9:
		hub_flush(play->hub, play->now_ms);
		break;
	case 10:
		if (take_byte(&play->input) == 0)
			drain(play);
		break;
	case 11:
		if (take_byte(&play->input) == 0)
			end(play);
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

	play->config = (struct hub_config){
	    .dialect =
		how & 1 ? DIALECT_DOM_EVENT_STREAM : DIALECT_EVENT_STREAM,
	    .identity = "id",
	    .gap_event = "gap",
	    .end_event = "end",
	    .retry_ms = 2000,
	    .heartbeat_ms = how & 2 ? 1000 : 0,
	    .max_age_ms = how & 4 ? 5000 : 0,
	    .patience_ms = UINT64_MAX,
	    .history = take_number(&play->input, 5000),
	    .forget = how & 8,
	    .seed = how,
	};
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct play *play = calloc(1, sizeof(*play));

	play->input = (struct input){data, size < 4096 ? size : 4096};
	configure(play);
	play->hub = hub_create(&play->config);
	while (play->input.n > 0)
		operate(play);
	end(play);
	hub_flush(play->hub, play->now_ms);
	for (size_t i = 0; i < N_VIEWERS; i++) {
		struct viewer *viewer = &play->viewers[i];

		if (viewer->is_there && viewer->is_waiting) {
			viewer->is_waiting = false;
			viewer->room = SIZE_MAX;
			hub_writable(&viewer->subscriber);
			hub_flush(play->hub, play->now_ms);
		}
		REQUIRE(!viewer->is_there || viewer->is_done);
		let_go(play, viewer);
	}
	hub_destroy(play->hub);
	bytes_free(&play->log);
	free(play);
	return 0;
}
