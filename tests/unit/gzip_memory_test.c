/* SPDX-License-Identifier: MIT */

/* Viewers that take gzip, when there is no memory to compress in. */

#include "failing_memory.h"
#include "fan_out_fixture.h"

/* Its viewer has taken all there is, and shares what is compressed. */
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
		flush_at(i);
	}
	fail_no_more();
	cr_assert_geq(n_published, 99);
	for (const char *at = viewer.got.at; (at = strstr(at, "some data"));
	     at++)
		n_seen++;
	cr_assert_eq(n_seen, n_published);
	fan_out_finish();
	stream = NULL;
}

Test(gzip_memory, viewer_gets_what_is_not_compressed_for_want_of_memory)
{
	with_each_failing(try_sharing);
}
