/* SPDX-License-Identifier: MIT */

#include "config.h"
#include "stream.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
	FCGI_HEADER = 8,
	FCGI_END_REQUEST = 3,
	FCGI_STDOUT = 6,
	FCGI_STDERR = 7
};
enum { CHUNK_SIZE, CHUNK_DATA, CHUNK_END };
enum { EVENT_EMPTY, EVENT_NUMBERED, EVENT_OTHER };

/* A line or head longer than that is none. */
enum { MAX_HELD = 16 << 20 };

/* Events that need not be parsed again, and how long they may be. */
enum { MAX_KNOWN = 4096, MAX_KNOWN_BYTES = 512 };

/* The bytes still to be looked at. */
struct input {
	const char *at, *end;
	uint64_t now;
};

static size_t
left(const struct input *in)
{
	return (size_t)(in->end - in->at);
}

/* Splits off up to n bytes. */
static struct input
take(struct input *in, uint64_t n)
{
	struct input part = *in;

	if (n < left(in))
		part.end = in->at + n;
	in->at = part.end;
	return part;
}

void
stream_begin(struct stream *stream)
{
	stream->state = STREAM_HEAD;
	stream->record_n = stream->padding = 0;
	stream->content = 0;
	unpack_destroy(stream->unpack);
	stream->unpack = NULL;
	stream->chunked = false;
	stream->chunk_state = CHUNK_SIZE;
	stream->chunk = 0;
	stream->held_n = 0;
	stream->in_event = false;
	stream->have = EVENT_EMPTY;
}

void
stream_fini(struct stream *stream)
{
	unpack_destroy(stream->unpack);
	stream->unpack = NULL;
	free(stream->held);
	stream->held = NULL;
	stream->held_n = stream->held_size = 0;
}

static void
hold(struct stream *stream, const char *bytes, size_t n)
{
	size_t need = stream->held_n + n;

	if (need > MAX_HELD)
		errx(2, "a line of more than %d bytes", MAX_HELD);
	if (need > stream->held_size) {
		stream->held_size = (uint32_t)need + 256;
		stream->held = realloc(stream->held, stream->held_size);
		if (!stream->held)
			err(2, "memory");
	}
	memcpy(stream->held + stream->held_n, bytes, n);
	stream->held_n = (uint32_t)need;
}

/* Lines of the event stream. */

static const char *
parse_number(const char *at, const char *end, uint64_t *number)
{
	const char *begin = at;

	for (*number = 0; at < end && *at >= '0' && *at <= '9'; at++)
		*number = *number * 10 + (uint64_t)(*at - '0');
	return at > begin ? at : NULL;
}

static void
data_line(struct stream *stream, const char *at, const char *end)
{
	/* A publisher may have made a JSON string of it. */
	while (at < end && (*at == ' ' || *at == '"'))
		at++;
	at = parse_number(at, end, &stream->seq);
	stream->have = EVENT_OTHER;
	if (at && at < end && *at == ' ' &&
	    parse_number(at + 1, end, &stream->published_ns))
		stream->have = EVENT_NUMBERED;
}

static void
id_line(struct stream *stream, const char *at, const char *end)
{
	struct stream_ids *ids = stream->ids;
	size_t n;

	if (at < end && *at == ' ')
		at++;
	n = (size_t)(end - at);
	if (!ids || n >= sizeof(ids->next))
		return;
	memcpy(ids->next, at, n);
	ids->next[n] = '\0';
}

static void
dispatch(struct stream *stream, struct tally *tally, uint64_t now)
{
	if (stream->ids)
		memcpy(stream->ids->last, stream->ids->next,
		    sizeof(stream->ids->last));
	if (stream->have == EVENT_NUMBERED)
		tally_event(tally, &stream->track, stream->seq,
		    stream->published_ns, now);
	else if (stream->have == EVENT_OTHER)
		tally->other++;
	stream->have = EVENT_EMPTY;
}

static void
line(struct stream *stream, struct tally *tally, struct input in)
{
	if (in.at < in.end && in.end[-1] == '\r')
		in.end--;
	if (in.at < in.end && *in.at == ':') {
		tally->comments++;
		return;
	}
	stream->in_event = in.at < in.end;
	if (!stream->in_event)
		dispatch(stream, tally, in.now);
	else if (left(&in) >= 5 && memcmp(in.at, "data:", 5) == 0 &&
	    stream->have == EVENT_EMPTY)
		data_line(stream, in.at + 5, in.end);
	else if (left(&in) >= 3 && memcmp(in.at, "id:", 3) == 0)
		id_line(stream, in.at + 3, in.end);
}

/*
 * All viewers get the same bytes.  So only the first viewer of an event parses
 * it, and the others compare; else the load client would be slower than the
 * programs that it measures.
 */
struct known_event {
	uint64_t seq, published_ns;
	uint32_t n;
	char bytes[MAX_KNOWN_BYTES];
};

static struct known_event known[MAX_KNOWN];

static void
remember(const struct stream *stream, const char *begin, const char *end)
{
	struct known_event *event = &known[stream->seq % MAX_KNOWN];
	size_t n = (size_t)(end - begin);

	if (event->seq == stream->seq || n > sizeof(event->bytes))
		return;
	event->seq = stream->seq;
	event->published_ns = stream->published_ns;
	event->n = (uint32_t)n;
	memcpy(event->bytes, begin, n);
}

/* Takes the events off that are known, in the order they are expected. */
static void
take_known(struct stream *stream, struct tally *tally, struct input *in)
{
	while (!stream->ids && stream->held_n == 0) {
		uint64_t seq = stream->track.next;
		const struct known_event *event = &known[seq % MAX_KNOWN];

		if (event->seq != seq || seq == 0 || event->n > left(in) ||
		    memcmp(in->at, event->bytes, event->n) != 0)
			return;
		in->at += event->n;
		tally_event(
		    tally, &stream->track, seq, event->published_ns, in->now);
	}
}

/* Takes off a line, or what there is of it; returns whether it is complete. */
static bool
take_line(struct stream *stream, struct tally *tally, struct input *in)
{
	const char *lf = memchr(in->at, '\n', left(in));
	struct input part = take(in, lf ? (uint64_t)(lf - in->at) : left(in));

	if (!lf || stream->held_n > 0)
		hold(stream, part.at, left(&part));
	if (!lf)
		return false;
	in->at++;
	if (stream->held_n > 0) {
		part.at = stream->held;
		part.end = stream->held + stream->held_n;
		stream->held_n = 0;
	}
	line(stream, tally, part);
	return true;
}

static void
feed_lines(struct stream *stream, struct tally *tally, struct input in)
{
	const char *event = NULL; /* where it begins, if in this input */

	while (in.at < in.end) {
		uint64_t before = tally->deliveries;

		if (!stream->in_event) {
			take_known(stream, tally, &in);
			event = stream->held_n > 0 ? NULL : in.at;
		}
		if (in.at == in.end || !take_line(stream, tally, &in))
			return;
		if (tally->deliveries > before && event)
			remember(stream, event, in.at);
	}
}

/* Below them: gzip. */

struct unpacked {
	struct stream *stream;
	struct tally *tally;
	uint64_t now;
};

static void
feed_unpacked(void *ctx, const char *bytes, size_t n)
{
	struct unpacked *unpacked = ctx;
	struct input in = {bytes, bytes + n, unpacked->now};

	feed_lines(unpacked->stream, unpacked->tally, in);
}

static void
feed_content(struct stream *stream, struct tally *tally, struct input in)
{
	struct unpacked unpacked = {stream, tally, in.now};

	if (stream->unpack)
		unpack_feed(
		    stream->unpack, in.at, left(&in), feed_unpacked, &unpacked);
	else
		feed_lines(stream, tally, in);
}

/* Below that: chunks. */

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 'a' - 'A';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void
chunk_size(struct stream *stream, char c)
{
	if (c == '\n')
		stream->chunk_state =
		    stream->chunk > 0 ? CHUNK_DATA : CHUNK_END;
	else if (hex_digit(c) >= 0)
		stream->chunk = stream->chunk * 16 + (uint64_t)hex_digit(c);
}

static void
feed_body(struct stream *stream, struct tally *tally, struct input in)
{
	if (!stream->chunked) {
		feed_content(stream, tally, in);
		return;
	}
	while (in.at < in.end) {
		struct input part;

		if (stream->chunk_state == CHUNK_SIZE) {
			chunk_size(stream, *in.at++);
		} else if (stream->chunk_state == CHUNK_END) {
			if (*in.at++ == '\n')
				stream->chunk_state = CHUNK_SIZE;
		} else {
			part = take(&in, stream->chunk);
			stream->chunk -= left(&part);
			if (stream->chunk == 0)
				stream->chunk_state = CHUNK_END;
			feed_content(stream, tally, part);
		}
	}
}

/* Below that: the response head. */

/* Looks at a NUL-terminated line; the status of a CGI response is 200. */
static void
head_line(struct stream *stream, const char *text, unsigned long *status)
{
	if (strncmp(text, "HTTP/1.", 7) == 0 && strlen(text) > 9)
		*status = strtoul(text + 9, NULL, 10);
	else if (stream->fastcgi && strncasecmp(text, "Status:", 7) == 0)
		*status = strtoul(text + 7, NULL, 10);
	else if (strncasecmp(text, "Transfer-Encoding:", 18) == 0)
		stream->chunked = strcasestr(text, "chunked") != NULL;
	else if (strncasecmp(text, "Content-Encoding: gzip", 22) == 0 &&
	    !stream->unpack)
		stream->unpack = unpack_create();
}

/* Returns whether the head is complete. */
static bool
feed_head(struct stream *stream, struct tally *tally, struct input *in)
{
	unsigned long status = stream->fastcgi ? 200 : 0;

	while (in->at < in->end) {
		size_t n;
		char *text;

		hold(stream, in->at, 1);
		if (*in->at++ != '\n')
			continue;
		n = stream->held_n;
		text = stream->held;
		if (n < 2 || text[n - 2] != '\n') {
			if (n < 3 || memcmp(text + n - 3, "\n\r\n", 3) != 0)
				continue;
		}
		text[n - 1] = '\0';
		for (char *at = text, *lf; (lf = strchr(at, '\n'));
		     at = lf + 1) {
			*lf = '\0';
			head_line(stream, at, &status);
		}
		stream->state = status == 200 ? STREAM_BODY : STREAM_REFUSED;
		stream->held_n = 0;
		if (stream->unpack)
			tally->n_gzip++;
		return true;
	}
	return false;
}

static void
feed_response(struct stream *stream, struct tally *tally, struct input in)
{
	if (stream->state == STREAM_HEAD && !feed_head(stream, tally, &in))
		return;
	if (stream->state == STREAM_BODY && !stream->paused)
		feed_body(stream, tally, in);
}

/* At the bottom: FastCGI records. */

static void
record_header(struct stream *stream, char c)
{
	stream->record[stream->record_n++] = (uint8_t)c;
	if (stream->record_n < FCGI_HEADER)
		return;
	stream->content =
	    (uint16_t)(stream->record[4] << 8 | stream->record[5]);
	stream->padding = stream->record[6];
}

static void
record_content(struct stream *stream, struct tally *tally, struct input in)
{
	stream->content -= (uint16_t)left(&in);
	if (stream->record[1] == FCGI_STDOUT)
		feed_response(stream, tally, in);
	else if (stream->record[1] == FCGI_STDERR)
		warnx("FastCGI stderr: %.*s", (int)left(&in), in.at);
}

static void
feed_records(struct stream *stream, struct tally *tally, struct input in)
{
	while (in.at < in.end && stream->state <= STREAM_BODY) {
		if (stream->record_n < FCGI_HEADER) {
			record_header(stream, *in.at++);
		} else if (stream->content > 0) {
			record_content(
			    stream, tally, take(&in, stream->content));
		} else {
			struct input part = take(&in, stream->padding);

			stream->padding -= (uint8_t)left(&part);
		}
		if (stream->record_n < FCGI_HEADER || stream->content > 0 ||
		    stream->padding > 0)
			continue;
		stream->record_n = 0;
		if (stream->record[1] == FCGI_END_REQUEST)
			stream->state = stream->state == STREAM_BODY
			    ? STREAM_ENDED
			    : STREAM_REFUSED;
	}
}

void
stream_feed(struct stream *stream, struct tally *tally, const char *bytes,
    size_t n, uint64_t now)
{
	struct input in = {bytes, bytes + n, now};

	if (stream->fastcgi)
		feed_records(stream, tally, in);
	else
		feed_response(stream, tally, in);
}
