/* SPDX-License-Identifier: MIT */

/*
 * Viewers that take gzip: when there is no memory to compress in, and when they
 * come too late for what is compressed.
 */

#include "core/deflater.h"

#include "failing_memory.h"
#include "fan_out_fixture.h"

/*
 * Its viewer has taken all there is, shares what is compressed, and then takes
 * nothing for a while.
 */
static void
try_sharing(void)
{
	unsigned failing = countdown, n_published = 0, n_seen = 0;
	struct event event = EVENT_NONE;

	fail_no_more();
	fan_out_begin();
	attach(stream, &viewer);
	flush_at(0);
	bytes_put(&viewer.got, (const char[8192]){0}, 8192);
	viewer.got.n = 0;
	countdown = failing;
	event.data = LITERAL("some data");
	for (unsigned i = 0; i < 100; i++) {
		int rc = channel_publish(stream->channel, &event);

		cr_assert(rc == 0 || (rc == -ENOMEM && has_failed));
		n_published += rc == 0;
		if (i == 30)
			viewer.room = 0;
		flush_at(i);
	}
	fail_no_more();
	viewer.room = SIZE_MAX;
	viewer_writable(&viewer, 100);
	cr_assert_geq(n_published, 99);
	for (const char *at = viewer.got.at; (at = strstr(at, "some data"));
	     at++)
		n_seen++;
	cr_assert_eq(n_seen, n_published);
	fan_out_finish();
	stream = NULL;
}

Test(gzip_sharing, viewer_gets_what_is_not_compressed_for_want_of_memory)
{
	with_each_failing(try_sharing);
}

static void
try_whole(void)
{
	struct owned gzip = deflater_gzip(LITERAL("text, text, text"));
	struct gunzip gunzip = {0};
	struct bytes text = {0};

	fail_no_more();
	cr_assert_eq(gzip.bytes == NULL, has_failed);
	if (!gzip.bytes)
		return;
	gunzip_put(&gunzip, gzip.bytes, gzip.n, &text);
	cr_assert(gunzip.has_ended);
	assert_span(bytes_span(&text), LITERAL("text, text, text"));
	owned_free(&gzip);
	bytes_free(&text);
	gunzip_fini(&gunzip);
}

Test(gzip_sharing, text_is_compressed_as_a_whole_or_not_at_all)
{
	with_each_failing(try_whole);
}

/* Events of 900 bytes, each in a turn of its own. */
static void
publish_many(unsigned n)
{
	char data[901] = "";

	memset(data, 'x', 900);
	while (n-- > 0) {
		publish_data(stream, data);
		flush_at(0);
	}
}

Test(gzip_sharing, begins_anew_when_that_costs_less)
{
	fan_out_begin();
	attach(stream, &viewer);
	publish_many(40);
	attach(stream, &other);
	publish_many(9);
	cr_assert_not(other.subscriber.gzip.is_shared);
	publish_many(2);
	cr_assert(other.subscriber.gzip.is_shared);
	cr_assert(viewer.subscriber.gzip.is_shared);
	publish_data(stream, "last");
	fan_out_drain(stream->fan_out);
	flush_at(0);
	cr_assert_not_null(strstr(viewer.got.at, "data: last\n\n"));
	cr_assert_not_null(strstr(other.got.at, "data: last\n\n"));
	cr_assert(viewer.n_done == 1 && other.n_done == 1);
	fan_out_finish();
}

Test(gzip_sharing, takes_what_cannot_be_compressed)
{
	enum { MANY = 200000 };
	char *noise = malloc(MANY + 1), *at;
	uint32_t number = 1;

	for (size_t i = 0; i < MANY; i++) {
		number = number * 1664525 + 1013904223;
		noise[i] = (char)('0' + (number >> 26));
	}
	noise[MANY] = '\0';
	fan_out_begin();
	attach(stream, &viewer);
	flush_at(0);
	attach(stream, &other);
	other.room = 0;
	for (unsigned i = 0; i < 2; i++) {
		publish_data(stream, noise);
		flush_at(0);
	}
	cr_assert(viewer.subscriber.gzip.is_shared);
	other.room = SIZE_MAX;
	viewer_writable(&other, 0);
	at = strstr(viewer.got.at, noise);
	cr_assert(at && strstr(at + 1, noise));
	at = strstr(other.got.at, noise);
	cr_assert(at && strstr(at + 1, noise));
	fan_out_finish();
	free(noise);
}
