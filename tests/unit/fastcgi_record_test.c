/* SPDX-License-Identifier: MIT */

#include "gateways/fastcgi_record.h"

#include "helpers.h"

#include "fastcgi_records.h"

/* All pairs as text, "name=value;" each, and "..." for what is no pair. */
static void
assert_pairs(struct span pairs, const char *expected)
{
	char *copy = copy_of(pairs);
	struct span rest = {copy, pairs.n}, name, value;
	struct bytes text = {0};

	while (fastcgi_next_pair(&rest, &name, &value)) {
		sink_span(bytes_sink(&text), name);
		sink_text(bytes_sink(&text), "=");
		sink_span(bytes_sink(&text), value);
		sink_text(bytes_sink(&text), ";");
	}
	if (rest.n > 0)
		sink_text(bytes_sink(&text), "...");
	cr_assert_eq(
	    fastcgi_pairs_are_whole((struct span){copy, pairs.n}), rest.n == 0);
	assert_span(bytes_span(&text), span_of(expected));
	bytes_free(&text);
	free(copy);
}

Test(fastcgi_record, takes_pairs_apart)
{
	assert_pairs(LITERAL(""), "");
	assert_pairs(ABSENT, "");
	assert_pairs(LITERAL("\1\1ab\3\2abcde"), "a=b;abc=de;");
}

Test(fastcgi_record, takes_empty_names_and_values)
{
	assert_pairs(LITERAL("\0\0"), "=;");
	assert_pairs(LITERAL("\1\0a\0\1b\0\0"), "a=;=b;=;");
}

Test(fastcgi_record, takes_short_lengths_in_four_bytes)
{
	assert_pairs(LITERAL("\x80\0\0\1\1ab"), "a=b;");
	assert_pairs(LITERAL("\1\x80\0\0\1ab"), "a=b;");
	assert_pairs(LITERAL("\x80\0\0\0\x80\0\0\0"), "=;");
}

Test(fastcgi_record, stops_at_a_pair_that_is_not_whole)
{
	assert_pairs(LITERAL("\1"), "...");
	assert_pairs(LITERAL("\0"), "...");
	assert_pairs(LITERAL("\1\1a"), "...");
	assert_pairs(LITERAL("\1\1ab\1\1a"), "a=b;...");
	assert_pairs(LITERAL("\1\1ab\x80\0\0"), "a=b;...");
	assert_pairs(LITERAL("\1\x80\0\0"), "...");
}

Test(fastcgi_record, stops_at_lengths_beyond_everything)
{
	assert_pairs(LITERAL("\xff\xff\xff\xff\xff\xff\xff\xff"), "...");
	assert_pairs(LITERAL("\xff\xff\xff\xff\1ab"), "...");
	assert_pairs(LITERAL("\1\xff\xff\xff\xff"
			     "ab"),
	    "...");
	assert_pairs(LITERAL("\x7f\x7f"), "...");
	assert_pairs(LITERAL("\xc0\0\0\1\1ab"), "...");
	assert_pairs(LITERAL("\1\xc0\0\0\1ab"), "...");
	assert_pairs(LITERAL("\x80\x01\0\0\1ab"), "...");
	assert_pairs(LITERAL("\x80\0\1\0\1ab"), "...");
}

static void
check_lengths(size_t name_n, size_t value_n)
{
	static char bytes[70000];
	struct span in = {bytes, name_n}, name, value, rest;
	struct bytes pair = {0};

	put_pair(&pair, in, (struct span){bytes + 1, value_n});
	cr_assert_eq(pair.n,
	    name_n + value_n + (name_n < 128 ? 1 : 4) +
		(value_n < 128 ? 1 : 4));
	for (size_t n = 0; n < pair.n; n++) {
		rest = (struct span){pair.at, n};
		cr_assert(!fastcgi_next_pair(&rest, &name, &value));
		cr_assert_eq(rest.n, n);
	}
	rest = bytes_span(&pair);
	cr_assert(fastcgi_next_pair(&rest, &name, &value));
	cr_assert_eq(name.n, name_n);
	cr_assert_eq(value.n, value_n);
	cr_assert_eq(value.bytes, name.bytes + name_n);
	cr_assert_eq(rest.n, 0);
	bytes_free(&pair);
}

Test(fastcgi_record, takes_lengths_around_the_change_of_their_size)
{
	static const size_t lengths[] = {0, 1, 126, 127, 128, 129, 255, 256};

	for (size_t i = 0; i < LENGTH(lengths); i++)
		for (size_t j = 0; j < LENGTH(lengths); j++)
			check_lengths(lengths[i], lengths[j]);
	check_lengths(65535, 1);
	check_lengths(1, 65536);
}

Test(fastcgi_record, ends_a_request)
{
	char out[FASTCGI_END_REQUEST_SIZE];

	fastcgi_write_end_request(out, 0x1234, 0x89abcdef, FASTCGI_OVERLOADED);
	assert_span(((struct span){out, sizeof(out)}),
	    LITERAL("\1\3\x12\x34\0\10\0\0"
		    "\x89\xab\xcd\xef\2\0\0\0"));
}

Test(fastcgi_record, ends_an_answer)
{
	char out[FASTCGI_END_SIZE];

	fastcgi_write_end(out, 0xff01, 1, FASTCGI_REQUEST_COMPLETE);
	assert_span(((struct span){out, sizeof(out)}),
	    LITERAL("\1\6\xff\1\0\0\0\0"
		    "\1\3\xff\1\0\10\0\0"
		    "\0\0\0\1\0\0\0\0"));
}

/* A whole answer of n bytes comes apart into these bytes and nothing else. */
static void
check_answer(size_t n)
{
	char *content = malloc(n + 1);
	struct bytes out = {0}, seen = {0};
	struct span rest;
	struct record record;

	for (size_t i = 0; i < n; i++)
		content[i] = (char)(i * 7 + i / 251);
	fastcgi_write_answer(bytes_sink(&out), 258, (struct span){content, n});
	rest = bytes_span(&out);
	do {
		cr_assert(next_record(&rest, &record));
		cr_assert_eq(record.version, 1);
		cr_assert_eq(record.type, STDOUT);
		cr_assert_eq(record.id, 258);
		cr_assert_eq(record.padding, 0);
		bytes_put(&seen, record.content.bytes, record.content.n);
	} while (record.content.n > 0);
	assert_span(rest, LITERAL("\1\3\1\2\0\10\0\0\0\0\0\0\0\0\0\0"));
	assert_span(bytes_span(&seen), ((struct span){n ? content : "", n}));
	cr_assert_eq(out.n, n + 8 * ((n + 65534) / 65535) + FASTCGI_END_SIZE);
	bytes_free(&out);
	bytes_free(&seen);
	free(content);
}

Test(fastcgi_record, answers_in_as_few_records_as_possible)
{
	static const size_t lengths[] = {
	    0, 1, 65534, 65535, 65536, 131070, 131071, 1000000};

	for (size_t i = 0; i < LENGTH(lengths); i++)
		check_answer(lengths[i]);
}

static const struct fastcgi_limits limits = {10000, 17};

/* What the names are answered with, without the header. */
static void
assert_values(struct span names, struct span expected)
{
	char out[FASTCGI_VALUES_MAX];
	size_t n =
	    fastcgi_write_values(out, fastcgi_values_asked(names), &limits);
	struct span rest = {out, n};
	struct record record;

	cr_assert(next_record(&rest, &record));
	cr_assert_eq(rest.n, 0);
	cr_assert_eq(record.version, 1);
	cr_assert_eq(record.type, 10);
	cr_assert_eq(record.id, 0);
	cr_assert_eq(record.padding, 0);
	assert_span(record.content, expected);
}

#define MAX_CONNS "\16\0FCGI_MAX_CONNS"
#define MAX_REQS "\15\0FCGI_MAX_REQS"
#define MPXS_CONNS "\17\0FCGI_MPXS_CONNS"

Test(fastcgi_record, tells_the_values_asked_for)
{
	assert_values(LITERAL(""), LITERAL(""));
	assert_values(LITERAL(MAX_CONNS), LITERAL("\16\5FCGI_MAX_CONNS10000"));
	assert_values(LITERAL(MAX_REQS), LITERAL("\15\2FCGI_MAX_REQS17"));
	assert_values(LITERAL(MPXS_CONNS), LITERAL("\17\1FCGI_MPXS_CONNS0"));
	assert_values(LITERAL(MPXS_CONNS MAX_REQS MAX_CONNS),
	    LITERAL("\16\5FCGI_MAX_CONNS10000\15\2FCGI_MAX_REQS17"
		    "\17\1FCGI_MPXS_CONNS0"));
}

Test(fastcgi_record, passes_over_names_that_it_does_not_know)
{
	assert_values(LITERAL("\0\0\16\0FCGI_MAX_CONNT\15\0FCGI_MAX_CONN"
			      "\17\0FCGI_MAX_CONNSS\16\0fcgi_max_conns"),
	    LITERAL(""));
	assert_values(LITERAL("\1\1ab" MAX_REQS "\1\0c"),
	    LITERAL("\15\2FCGI_MAX_REQS17"));
}

Test(fastcgi_record, tells_a_value_once)
{
	assert_values(LITERAL(MAX_REQS MAX_REQS "\15\1FCGI_MAX_REQS9" MAX_REQS),
	    LITERAL("\15\2FCGI_MAX_REQS17"));
}

Test(fastcgi_record, has_room_for_the_largest_values)
{
	struct fastcgi_limits largest = {UINT32_MAX, UINT32_MAX};
	char out[FASTCGI_VALUES_MAX];
	size_t n = fastcgi_write_values(out,
	    fastcgi_values_asked(LITERAL(MAX_CONNS MAX_REQS MPXS_CONNS)),
	    &largest);

	assert_span(((struct span){out, n}),
	    LITERAL("\1\12\0\0\0\105\0\0"
		    "\16\12FCGI_MAX_CONNS4294967295"
		    "\15\12FCGI_MAX_REQS4294967295\17\1FCGI_MPXS_CONNS0"));
}

Test(fastcgi_record, tells_an_unknown_type)
{
	char out[FASTCGI_UNKNOWN_TYPE_SIZE];

	fastcgi_write_unknown_type(out, 200);
	assert_span(((struct span){out, sizeof(out)}),
	    LITERAL("\1\13\0\0\0\10\0\0"
		    "\xc8\0\0\0\0\0\0\0"));
}
