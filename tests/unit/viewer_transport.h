/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_TESTS_UNIT_VIEWER_TRANSPORT_H
#define PIPECAST_TESTS_UNIT_VIEWER_TRANSPORT_H

/*
 * A viewer for the tests of streams: a transport that takes as much as it is
 * told to and keeps what it took.  With VIEWERS_TAKE_GZIP it keeps the text of
 * that, and takes as many bytes as make so much text, or little more.
 */

#include "core/fan_out.h"

#include "gunzip.h"
#include "helpers.h"

#include <errno.h>

#ifdef VIEWERS_TAKE_GZIP
enum { VIEWERS_TAKE = 1 };
#else
enum { VIEWERS_TAKE = 0 };
#endif

/* With a heartbeat of 15 seconds, and with none. */
#define FIRST_BLOCK ": pipecast, heartbeat 15000 ms\nretry: 2000\n\n"
#define FIRST_BLOCK_OF_SILENCE ": pipecast\nretry: 2000\n\n"

/* A viewer whose transport takes as much as it is told to. */
struct viewer {
	struct subscriber subscriber;
	struct viewer *next; /* in a list of the test's */
	struct gunzip gunzip;
	struct bytes got;
	size_t room;    /* bytes it takes before -EAGAIN */
	size_t at_most; /* in one send */
	int error;
	unsigned n_sends, n_waits, n_done;
	int done_error;
	struct viewer *detaches;                  /* when it is done */
	void (*on_done)(struct viewer *, void *); /* the same, if set */
	void *ctx;
	bool frees_itself;
};

/* Takes up to so much text, and returns how many bytes that were. */
static inline size_t
viewer_gunzip(struct viewer *viewer, struct span bytes, size_t *left)
{
	size_t n = 0, before = viewer->got.n;

	for (; n < bytes.n && viewer->got.n - before < *left; n++)
		gunzip_put(&viewer->gunzip, bytes.bytes + n, 1, &viewer->got);
	before = viewer->got.n - before;
	*left -= before < *left ? before : *left;
	return n;
}

static inline ssize_t
viewer_send(void *ctx, const struct iovec *iov, int n)
{
	struct viewer *viewer = ctx;
	size_t left =
	    viewer->room < viewer->at_most ? viewer->room : viewer->at_most;
	size_t taken = 0, offered = left;

	cr_assert_eq(viewer->n_done, 0);
	cr_assert_gt(n, 0);
	viewer->n_sends++;
	if (viewer->error)
		return viewer->error;
	for (int i = 0; i < n; i++) {
		size_t part = iov[i].iov_len < left ? iov[i].iov_len : left;

		cr_assert_gt(iov[i].iov_len, 0);
		if (viewer->subscriber.is_gzip) {
			taken += viewer_gunzip(viewer,
			    (struct span){iov[i].iov_base, iov[i].iov_len},
			    &left);
			continue;
		}
		if (part == 0)
			break; /* or bytes_put would allocate */
		bytes_put(&viewer->got, iov[i].iov_base, part);
		taken += part;
		left -= part;
	}
	if (viewer->room != SIZE_MAX)
		viewer->room -= offered - left;
	return taken > 0 ? (ssize_t)taken : -EAGAIN;
}

static inline void
viewer_wait(void *ctx)
{
	struct viewer *viewer = ctx;

	viewer->n_waits++;
}

static inline void
viewer_done(void *ctx, int error)
{
	struct viewer *viewer = ctx;

	cr_assert_null(viewer->subscriber.fan_out);
	viewer->n_done++;
	viewer->done_error = error;
	if (viewer->subscriber.is_gzip)
		cr_assert_eq(viewer->gunzip.has_ended, error == 0);
	gunzip_fini(&viewer->gunzip);
	fan_out_detach(&viewer->subscriber);
	if (viewer->detaches)
		fan_out_detach(&viewer->detaches->subscriber);
	if (viewer->on_done)
		viewer->on_done(viewer, viewer->ctx);
	if (viewer->frees_itself) {
		bytes_free(&viewer->got);
		free(viewer);
	}
}

static const struct transport transport = {
    viewer_send, viewer_wait, viewer_done};

static inline void
viewer_init(struct viewer *viewer)
{
	*viewer = (struct viewer){
	    .subscriber = {.transport = &transport,
		.ctx = viewer,
		.is_gzip = VIEWERS_TAKE},
	    .room = SIZE_MAX,
	    .at_most = SIZE_MAX,
	};
}

static inline void
viewer_fini(struct viewer *viewer)
{
	fan_out_detach(&viewer->subscriber);
	gunzip_fini(&viewer->gunzip);
	bytes_free(&viewer->got);
}

/* What the viewer got since the last look. */
static inline void
check_got(struct viewer *viewer, struct span wanted)
{
	assert_span(bytes_span(&viewer->got), wanted);
	viewer->got.n = 0;
}

#endif
