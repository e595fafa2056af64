/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_TESTS_UNIT_FASTCGI_GATEWAY_H
#define PIPECAST_TESTS_UNIT_FASTCGI_GATEWAY_H

/*
 * A gateway that writes down what its FastCGI reader says, whatever the pieces
 * it is fed.  Comes after helpers.h or fuzz.h, which have the bytes.
 */

#include "gateways/fastcgi_reader.h"

#include "fastcgi_records.h"

enum {
	KEPT_MAX = FASTCGI_PARAMS_MAX + FASTCGI_GET_VALUES_MAX,

	/* How it may differ from other gateways. */
	KEEPS_PARAMS = 1,
	ANSWERS_AT_ONCE = 2, /* and not when told to */
	IGNORES_ABORTS = 4,
	TAKES_BODIES = 8,
};

struct gateway {
	struct fastcgi_reader reader;
	struct bytes told;
	unsigned manners;
	size_t takes; /* bytes of a body at a time, 0: all */
	bool busy;    /* with a request */
};

static const struct fastcgi_limits limits = {10000, 17};

static inline void
gateway_finish(struct gateway *gateway)
{
	fastcgi_reader_finish(&gateway->reader);
	REQUIRE(gateway->reader.request_id == 0);
	gateway->busy = false;
}

static inline void
tell_request(struct gateway *gateway)
{
	struct fastcgi_reader *reader = &gateway->reader;
	struct span params = fastcgi_reader_params(reader);
	char id[64];

	REQUIRE(reader->request_id != 0 && !gateway->busy);
	gateway->busy = true;
	REQUIRE(params.bytes && params.n <= FASTCGI_PARAMS_MAX);
	REQUIRE(are_whole(params));
	snprintf(id, sizeof(id), "request %u%s ", reader->request_id,
	    reader->keep_connection ? " keep" : "");
	sink_text(bytes_sink(&gateway->told), id);
	sink_span(bytes_sink(&gateway->told), params);
	if (!(gateway->manners & KEEPS_PARAMS)) {
		fastcgi_reader_release(reader);
		REQUIRE(span_is(fastcgi_reader_params(reader), ""));
		REQUIRE(!reader->content.bytes);
	}
	if (gateway->manners & ANSWERS_AT_ONCE)
		gateway_finish(gateway);
}

static inline void
tell_reply(struct gateway *gateway)
{
	const struct fastcgi_reader *reader = &gateway->reader;
	char reply[FASTCGI_REPLY_MAX];
	size_t n = fastcgi_reader_reply(reader, &limits, reply);
	struct span rest = {reply, n};
	struct record record;

	REQUIRE(n <= sizeof(reply));
	REQUIRE(next_record(&rest, &record));
	REQUIRE(rest.n == 0 && record.version == 1 && record.padding == 0);
	REQUIRE(record.type == END || record.type == GET_VALUES + 1 ||
	    record.type == GET_VALUES + 2);
	REQUIRE(record.type == GET_VALUES + 1 ? are_whole(record.content)
					      : record.content.n == 8);
	REQUIRE((record.id != 0) == (record.type == END));
	REQUIRE(record.id == 0 || record.id != reader->request_id);
	sink_text(bytes_sink(&gateway->told),
	    reader->close_after_reply ? "last reply " : "reply ");
	bytes_put(&gateway->told, reply, n);
}

static inline void
tell(struct gateway *gateway, enum fastcgi_result result)
{
	struct byte_sink sink = bytes_sink(&gateway->told);

	switch (result) {
	case FASTCGI_NOTHING:
		return;
	case FASTCGI_PARAMS_END:
		REQUIRE(gateway->reader.request_id != 0);
		gateway->reader.leaves_body = gateway->manners & TAKES_BODIES;
		return;
	case FASTCGI_BODY:
		REQUIRE(gateway->manners & TAKES_BODIES);
		return;
	case FASTCGI_REQUEST:
		tell_request(gateway);
		break;
	case FASTCGI_REPLY:
		tell_reply(gateway);
		break;
	case FASTCGI_ABORT:
		REQUIRE(gateway->reader.request_id != 0);
		sink_text(sink, "abort");
		if (!(gateway->manners & IGNORES_ABORTS))
			gateway_finish(gateway);
		break;
	case FASTCGI_ERROR:
		sink_text(sink, fastcgi_reader_reason(&gateway->reader));
		REQUIRE(!gateway->reader.content.bytes);
	}
	sink_text(sink, "\n");
}

static inline bool
has_failed(const struct gateway *gateway)
{
	return *fastcgi_reader_reason(&gateway->reader);
}

/* Takes some of the body that follows; returns how much. */
static inline size_t
take_body(struct gateway *gateway, const char *bytes, size_t n)
{
	size_t most = fastcgi_reader_body_n(&gateway->reader);

	REQUIRE(most > 0);
	n = n < most ? n : most;
	if (gateway->takes > 0 && n > gateway->takes)
		n = gateway->takes;
	bytes_put(&gateway->told, bytes, n);
	fastcgi_reader_take_body(&gateway->reader, n);
	return n;
}

/* Like a gateway, says no more to a reader that has failed. */
static inline void
feed(struct gateway *gateway, struct span piece)
{
	char *copy = copy_of(piece);
	struct span rest = {copy, piece.n};

	while (rest.n > 0 && !has_failed(gateway)) {
		size_t used = SIZE_MAX;
		enum fastcgi_result result = fastcgi_reader_feed(
		    &gateway->reader, rest.bytes, rest.n, &used);

		REQUIRE(used <= rest.n && (used > 0 || result == FASTCGI_BODY));
		if (result == FASTCGI_BODY)
			used += take_body(
			    gateway, rest.bytes + used, rest.n - used);
		REQUIRE(result != FASTCGI_NOTHING || used == rest.n);
		REQUIRE((result == FASTCGI_ERROR) == has_failed(gateway));
		REQUIRE(gateway->reader.content.allocated <= KEPT_MAX);
		rest.bytes += used;
		rest.n -= used;
		tell(gateway, result);
	}
	free(copy);
}

static inline struct gateway
gateway_begin(unsigned manners)
{
	struct gateway gateway = {.manners = manners};

	fastcgi_reader_init(&gateway.reader);
	return gateway;
}

static inline void
gateway_end(struct gateway *gateway)
{
	fastcgi_reader_fini(&gateway->reader);
	fastcgi_reader_fini(&gateway->reader);
	REQUIRE(!gateway->reader.content.bytes);
	bytes_free(&gateway->told);
}

#endif
