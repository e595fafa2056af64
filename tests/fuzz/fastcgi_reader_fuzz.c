/* SPDX-License-Identifier: MIT */

/*
 * The FastCGI reader on whatever a peer may send: it says the same whatever
 * the pieces, keeps to its caps, and answers in whole records.
 */

#include "gateways/fastcgi_reader.h"

#include "fuzz.h"

#include "../unit/fastcgi_records.h"

enum { KEPT_MAX = FASTCGI_PARAMS_MAX + FASTCGI_GET_VALUES_MAX };

/* When a gateway releases the PARAMS, and when it has answered. */
enum { RELEASE_AT_ONCE = 1, ANSWER_AT_ONCE = 2, END_ABORTED = 4 };

struct gateway {
	struct fastcgi_reader reader;
	unsigned manners;
	bool busy; /* a request came and was not finished */
	struct bytes told;
};

static void
tell_number(struct gateway *gateway, const char *what, unsigned number)
{
	char text[64];

	snprintf(text, sizeof(text), "%s %u ", what, number);
	sink_text(bytes_sink(&gateway->told), text);
}

static void
finish(struct gateway *gateway)
{
	fastcgi_reader_finish(&gateway->reader);
	REQUIRE(gateway->reader.request_id == 0);
	gateway->busy = false;
}

/* Walks the pairs by the book; they have to end where they end. */
static void
check_pairs(struct span pairs)
{
	const unsigned char *at = (const unsigned char *)pairs.bytes;
	const unsigned char *end = at + pairs.n;

	while (at < end) {
		size_t n = 0;

		for (int i = 0; i < 2; i++) {
			REQUIRE(at < end);
			if (*at < 128) {
				n += *at++;
				continue;
			}
			REQUIRE(end - at >= 4);
			n += (size_t)(at[0] & 127) << 24 | at[1] << 16 |
			    at[2] << 8 | at[3];
			at += 4;
		}
		REQUIRE((size_t)(end - at) >= n);
		at += n;
	}
}

static void
on_request(struct gateway *gateway)
{
	struct span params = fastcgi_reader_params(&gateway->reader);

	REQUIRE(gateway->reader.request_id != 0);
	REQUIRE(!gateway->busy);
	REQUIRE(params.bytes && params.n <= FASTCGI_PARAMS_MAX);
	check_pairs(params);
	gateway->busy = true;
	tell_number(gateway,
	    gateway->reader.keep_connection ? "keep" : "request",
	    gateway->reader.request_id);
	sink_span(bytes_sink(&gateway->told), params);
	if (gateway->manners & RELEASE_AT_ONCE) {
		fastcgi_reader_release(&gateway->reader);
		REQUIRE(!gateway->reader.content.bytes);
	}
	if (gateway->manners & ANSWER_AT_ONCE)
		finish(gateway);
}

static void
on_reply(struct gateway *gateway)
{
	struct fastcgi_limits limits = {UINT32_MAX, UINT32_MAX};
	char out[FASTCGI_REPLY_MAX];
	size_t n = fastcgi_reader_reply(&gateway->reader, &limits, out);
	struct span rest = {out, n};
	struct record record;

	REQUIRE(n <= sizeof(out));
	REQUIRE(next_record(&rest, &record));
	REQUIRE(rest.n == 0 && record.version == 1 && record.padding == 0);
	REQUIRE(record.type == END || record.type == GET_VALUES + 1 ||
	    record.type == GET_VALUES + 2);
	REQUIRE((record.id != 0) == (record.type == END));
	REQUIRE(record.id == 0 || record.id != gateway->reader.request_id);
	if (record.type == GET_VALUES + 1)
		check_pairs(record.content);
	else
		REQUIRE(record.content.n == 8);
	tell_number(gateway, "reply", gateway->reader.close_after_reply);
	bytes_put(&gateway->told, out, n);
}

static void
on_news(struct gateway *gateway, enum fastcgi_news news)
{
	const char *reason = fastcgi_reader_reason(&gateway->reader);

	REQUIRE((news == FASTCGI_ERROR) == (*reason != '\0'));
	switch (news) {
	case FASTCGI_NOTHING:
		break;
	case FASTCGI_REQUEST:
		on_request(gateway);
		break;
	case FASTCGI_REPLY:
		on_reply(gateway);
		break;
	case FASTCGI_ABORT:
		REQUIRE(gateway->reader.request_id != 0);
		tell_number(gateway, "abort", gateway->reader.request_id);
		if (gateway->manners & END_ABORTED)
			finish(gateway);
		break;
	case FASTCGI_ERROR:
		sink_text(bytes_sink(&gateway->told), reason);
		REQUIRE(!gateway->reader.content.bytes);
		break;
	}
}

/* Returns false once the reader has failed. */
static bool
feed(struct gateway *gateway, struct span piece)
{
	char *copy = string_of(piece);
	size_t at = 0, used;
	enum fastcgi_news news;

	do {
		news = fastcgi_reader_feed(
		    &gateway->reader, copy + at, piece.n - at, &used);
		REQUIRE(used <= piece.n - at);
		REQUIRE(news == FASTCGI_NOTHING || used > 0);
		at += used;
		REQUIRE(news != FASTCGI_NOTHING || at == piece.n);
		REQUIRE(gateway->reader.content.allocated <= KEPT_MAX);
		on_news(gateway, news);
	} while (at < piece.n && news != FASTCGI_ERROR);
	free(copy);
	if (news != FASTCGI_ERROR)
		return true;
	REQUIRE(fastcgi_reader_feed(&gateway->reader, "\1", 1, &used) ==
	    FASTCGI_ERROR);
	REQUIRE(used == 0);
	return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	unsigned manners = take_byte(&input);
	uint64_t random = 1 + take_byte(&input);
	struct gateway whole = {.manners = manners};
	struct gateway cut = {.manners = manners};
	struct span rest = {(const char *)input.at, input.n};
	size_t longest = take_number(&input, 64) + 1;

	fastcgi_reader_init(&whole.reader);
	fastcgi_reader_init(&cut.reader);
	feed(&whole, rest);
	while (rest.n > 0) {
		size_t n;

		random = random * 6364136223846793005U + 1442695040888963407U;
		n = (random >> 40) % longest + 1;
		n = n < rest.n ? n : rest.n;
		if (!feed(&cut, (struct span){rest.bytes, n}))
			break;
		rest.bytes += n;
		rest.n -= n;
	}
	REQUIRE(span_equal(bytes_span(&whole.told), bytes_span(&cut.told)));
	fastcgi_reader_fini(&whole.reader);
	fastcgi_reader_fini(&cut.reader);
	bytes_free(&whole.told);
	bytes_free(&cut.told);
	return 0;
}
