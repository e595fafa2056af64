/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_TESTS_UNIT_FASTCGI_GATEWAY_H
#define PIPECAST_TESTS_UNIT_FASTCGI_GATEWAY_H

/*
 * A gateway that writes down what its FastCGI reader says, whatever the pieces
 * it is fed, and some requests to feed it.
 */

#include "gateways/fastcgi_reader.h"

#include "helpers.h"

#include "fastcgi_records.h"

/* It answers a request when told to, or at once. */
struct gateway {
	struct fastcgi_reader reader;
	struct bytes told;
	bool answers_at_once;
};

static const struct fastcgi_limits limits = {10000, 17};

static inline void
tell_request(struct gateway *gateway)
{
	struct byte_sink sink = bytes_sink(&gateway->told);
	struct fastcgi_reader *reader = &gateway->reader;
	char id[64];

	snprintf(id, sizeof(id), "request %u%s ", reader->request_id,
	    reader->keep_connection ? " keep" : "");
	sink_text(sink, id);
	sink_span(sink, fastcgi_reader_params(reader));
	fastcgi_reader_release(reader);
	assert_span(fastcgi_reader_params(reader), LITERAL(""));
	cr_assert_null(reader->content.bytes);
	if (gateway->answers_at_once)
		fastcgi_reader_finish(reader);
}

static inline void
tell(struct gateway *gateway, enum fastcgi_news news)
{
	struct byte_sink sink = bytes_sink(&gateway->told);
	struct fastcgi_reader *reader = &gateway->reader;
	char reply[FASTCGI_REPLY_MAX];

	switch (news) {
	case FASTCGI_NOTHING:
		return;
	case FASTCGI_REQUEST:
		tell_request(gateway);
		break;
	case FASTCGI_REPLY:
		sink_text(
		    sink, reader->close_after_reply ? "last reply " : "reply ");
		sink.put(sink.ctx, reply,
		    fastcgi_reader_reply(reader, &limits, reply));
		break;
	case FASTCGI_ABORT:
		sink_text(sink, "abort");
		fastcgi_reader_finish(reader);
		break;
	case FASTCGI_ERROR:
		sink_text(sink, fastcgi_reader_reason(reader));
		cr_assert_null(reader->content.bytes);
	}
	sink_text(sink, "\n");
}

static inline bool
has_failed(const struct gateway *gateway)
{
	return *fastcgi_reader_reason(&gateway->reader);
}

/* Like a gateway, says no more to a reader that has failed. */
static inline void
feed(struct gateway *gateway, struct span piece)
{
	char *copy = copy_of(piece);
	struct span rest = {copy, piece.n};

	while (rest.n > 0 && !has_failed(gateway)) {
		size_t used = SIZE_MAX;
		enum fastcgi_news news = fastcgi_reader_feed(
		    &gateway->reader, rest.bytes, rest.n, &used);

		cr_assert_leq(used, rest.n);
		cr_assert_gt(used, 0);
		cr_assert(news != FASTCGI_NOTHING || used == rest.n);
		cr_assert_eq(news == FASTCGI_ERROR, has_failed(gateway));
		rest.bytes += used;
		rest.n -= used;
		tell(gateway, news);
	}
	free(copy);
}

static inline struct gateway
gateway_begin(bool answers_at_once)
{
	struct gateway gateway = {.answers_at_once = answers_at_once};

	fastcgi_reader_init(&gateway.reader);
	return gateway;
}

static inline void
gateway_end(struct gateway *gateway)
{
	fastcgi_reader_fini(&gateway->reader);
	fastcgi_reader_fini(&gateway->reader);
	cr_assert_null(gateway->reader.content.bytes);
	bytes_free(&gateway->told);
}

/* Feeds pieces of that size, the first one smaller. */
static inline void
assert_told_of_pieces(struct span input, size_t first, size_t size,
    bool answers_at_once, struct span expected)
{
	struct gateway gateway = gateway_begin(answers_at_once);
	size_t n = first;

	while (input.n > 0) {
		n = n < input.n ? n : input.n;
		feed(&gateway, (struct span){input.bytes, n});
		input.bytes += n;
		input.n -= n;
		n = size;
	}
	assert_span(bytes_span(&gateway.told), expected);
	gateway_end(&gateway);
}

/*
 * Whatever the pieces it comes in: a little of it cut anywhere, and byte by
 * byte.  Frees the input.
 */
static inline void
assert_told(struct bytes *bytes, bool answers_at_once, struct span expected)
{
	struct span input = bytes_span(bytes);
	size_t size = input.n < 1000 ? 1 : 30000;

	for (size_t i = 0; i <= input.n; i += size)
		assert_told_of_pieces(
		    input, i, input.n, answers_at_once, expected);
	for (size_t i = 0; i < 3; i++)
		assert_told_of_pieces(
		    input, size, size + i, answers_at_once, expected);
	bytes_free(bytes);
}

#define PAIRS "\3\3ONEabc\4\0NONE"

static inline struct span
pairs(void)
{
	return LITERAL(PAIRS);
}

static inline void
put_request(struct bytes *in, unsigned id, unsigned flags)
{
	put_begin(in, id, RESPONDER, flags);
	put_record(in, PARAMS, id, pairs());
	put_end(in, PARAMS, id);
	put_end(in, STDIN, id);
}

/* A request whose PARAMS have ended. */
static inline void
put_head(struct bytes *in)
{
	put_begin(in, 1, RESPONDER, CLOSE);
	put_record(in, PARAMS, 1, pairs());
	put_end(in, PARAMS, 1);
}

/* A request with n bytes of PARAMS. */
static inline void
put_params_of(struct bytes *in, size_t n)
{
	struct bytes params = {0};
	char *value = calloc(1, n);
	size_t first = n < 65535 ? n : 65535;

	put_pair(&params, LITERAL("N"), (struct span){value, n - 6});
	cr_assert_eq(params.n, n);
	put_begin(in, 1, RESPONDER, CLOSE);
	put_record(in, PARAMS, 1, (struct span){params.at, first});
	if (n > first)
		put_record(
		    in, PARAMS, 1, (struct span){params.at + first, n - first});
	put_end(in, PARAMS, 1);
	put_end(in, STDIN, 1);
	bytes_free(&params);
	free(value);
}

/* What the test feeds. */
static struct bytes in;

/* With requests that stay active, and with such that are answered at once. */
#define ASSERT_TOLD(TEXT) assert_told(&in, false, LITERAL(TEXT))
#define ASSERT_TOLD_AT_ONCE(TEXT) assert_told(&in, true, LITERAL(TEXT))

#endif
