/* SPDX-License-Identifier: MIT */

#include "viewers.h"

#include "clock.h"

#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { READ_BYTES = 256 * 1024, MAX_READY = 1024, MAX_DRAWS = 1000 };

enum viewer_state {
	VIEWER_QUEUED,
	VIEWER_CONNECTING,
	VIEWER_WAITING, /* for the response head */
	VIEWER_OPEN,
	VIEWER_CLOSED,
};

struct viewer {
	struct viewer *next; /* in the queue */
	int fd;
	enum viewer_state state;
	bool slow;
	bool guest;
	bool came_before;
	struct stream stream;
};

static void
enqueue(struct viewers *viewers, struct viewer *viewer)
{
	viewer->state = VIEWER_QUEUED;
	viewer->next = NULL;
	*viewers->queue_end = viewer;
	viewers->queue_end = &viewer->next;
}

static struct viewer *
dequeue(struct viewers *viewers)
{
	struct viewer *viewer = viewers->queue;

	viewers->queue = viewer->next;
	if (!viewers->queue)
		viewers->queue_end = &viewers->queue;
	return viewer;
}

/* Whether the one of that number is among n that are spread over them all. */
static bool
is_among(const struct viewers_config *config, uint64_t number, uint64_t n)
{
	return (number + 1) * n / config->n != number * n / config->n;
}

static void *
allocate(size_t n, size_t size)
{
	void *memory = calloc(n, size);

	if (!memory)
		err(2, "memory");
	return memory;
}

void
viewers_init(struct viewers *viewers, const struct viewers_config *config,
    struct tally *tally)
{
	*viewers = (struct viewers){
	    .config = *config,
	    .tally = tally,
	    .all = allocate(config->n, sizeof(*viewers->all)),
	    .epoll = epoll_create1(EPOLL_CLOEXEC),
	};
	if (viewers->epoll < 0)
		err(2, "epoll_create1");
	viewers->queue_end = &viewers->queue;
	for (unsigned i = 0; i < config->n; i++) {
		struct viewer *viewer = &viewers->all[i];

		viewer->fd = -1;
		viewer->slow = is_among(config, i, config->n_slow);
		viewer->guest = is_among(config, i, config->n_guests);
		viewer->stream.fastcgi = config->fastcgi;
		viewer->stream.paused = viewer->slow;
		if (viewer->guest && config->resume)
			viewer->stream.ids =
			    allocate(1, sizeof(*viewer->stream.ids));
		enqueue(viewers, viewer);
	}
}

/* Coming and going. */

static void
watch(struct viewers *viewers, struct viewer *viewer, int how, uint32_t what)
{
	struct epoll_event event = {.events = what, .data.ptr = viewer};

	if (epoll_ctl(viewers->epoll, how, viewer->fd, &event) < 0)
		err(2, "epoll_ctl");
}

static void
close_socket(struct viewer *viewer)
{
	if (viewer->fd >= 0)
		close(viewer->fd);
	viewer->fd = -1;
}

static void
fail(struct viewers *viewers, struct viewer *viewer, int error)
{
	if (viewer->state != VIEWER_QUEUED)
		viewers->knocking--;
	viewers->failed++;
	if (viewers->first_error == 0)
		viewers->first_error = error;
	viewer->state = VIEWER_CLOSED;
	close_socket(viewer);
}

static void
on_end(struct viewers *viewers, struct viewer *viewer)
{
	viewers->ended++;
	if (viewer->slow)
		viewers->slow_ended++;
	tally_forgo(viewers->tally, &viewer->stream.track);
	viewer->state = VIEWER_CLOSED;
	close_socket(viewer);
}

static const struct address *
address_of(const struct viewers *viewers, const struct viewer *viewer)
{
	return &viewers->config.addresses[(size_t)(viewer - viewers->all) %
	    viewers->config.n_addresses];
}

static int
open_socket(const struct viewers *viewers, const struct viewer *viewer)
{
	const struct sockaddr_storage *address =
	    &address_of(viewers, viewer)->storage;
	const struct linger reset = {.l_onoff = 1};
	int size = viewers->config.slow_receive_buffer;
	int fd = socket(
	    address->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		err(2, "socket");
	/* Thousands of ports must not stay in TIME_WAIT. */
	if (address->ss_family != AF_UNIX)
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	if (viewer->slow && size > 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return fd;
}

/* Returns false if the server's backlog is full: to be tried again. */
static bool
knock(struct viewers *viewers, struct viewer *viewer)
{
	const struct address *address = address_of(viewers, viewer);

	viewer->fd = open_socket(viewers, viewer);
	if (connect(viewer->fd, (const struct sockaddr *)&address->storage,
		address->size) < 0 &&
	    errno != EINPROGRESS) {
		if (errno != EAGAIN)
			fail(viewers, viewer, errno);
		else
			close_socket(viewer);
		return viewer->state != VIEWER_QUEUED;
	}
	viewers->knocking++;
	viewer->state = VIEWER_CONNECTING;
	watch(viewers, viewer, EPOLL_CTL_ADD, EPOLLOUT);
	return true;
}

static void
open_more(struct viewers *viewers)
{
	while (viewers->queue &&
	    viewers->knocking < viewers->config.max_knocking) {
		if (!knock(viewers, viewers->queue))
			return;
		dequeue(viewers);
	}
}

static void
on_connected(struct viewers *viewers, struct viewer *viewer)
{
	const struct viewers_config *config = &viewers->config;
	const struct stream_ids *ids = viewer->stream.ids;
	struct request *request = &viewers->request;
	int error = 0;
	socklen_t size = sizeof(error);

	getsockopt(viewer->fd, SOL_SOCKET, SO_ERROR, &error, &size);
	if (error) {
		fail(viewers, viewer, error);
		return;
	}
	request_build(request, config->fastcgi, config->gzip, config->path,
	    ids ? ids->last : "");
	if (send(viewer->fd, request->bytes, request->n, MSG_NOSIGNAL) !=
	    (ssize_t)request->n) {
		fail(viewers, viewer, errno);
		return;
	}
	stream_begin(&viewer->stream);
	viewer->state = VIEWER_WAITING;
	watch(viewers, viewer, EPOLL_CTL_MOD, EPOLLIN);
}

static void
on_head(struct viewers *viewers, struct viewer *viewer)
{
	viewers->knocking--;
	viewer->state = VIEWER_OPEN;
	if (viewer->came_before)
		viewers->visits++;
	else
		viewers->opened++;
	viewer->came_before = true;
	if (viewer->slow)
		watch(viewers, viewer, EPOLL_CTL_MOD, EPOLLRDHUP);
}

static void
on_readable(struct viewers *viewers, struct viewer *viewer)
{
	static char bytes[READ_BYTES];
	struct stream *stream = &viewer->stream;
	ssize_t n = recv(viewer->fd, bytes, sizeof(bytes), 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	/* The first event may come in one piece with the head. */
	if (!viewer->slow && !viewer->guest && !viewer->came_before &&
	    !stream->track.awaited)
		tally_await(viewers->tally, &stream->track);
	if (n > 0) {
		viewers->bytes += (uint64_t)n;
		stream_feed(stream, viewers->tally, bytes, (size_t)n, now_ns());
	}
	if (viewer->state == VIEWER_WAITING &&
	    (stream->state == STREAM_BODY || stream->state == STREAM_ENDED))
		on_head(viewers, viewer);
	if (n > 0 && stream->state <= STREAM_BODY)
		return;
	if (viewer->state == VIEWER_OPEN) {
		on_end(viewers, viewer);
		return;
	}
	tally_forgo(viewers->tally, &stream->track);
	fail(viewers, viewer, n < 0 ? errno : n == 0 ? ECONNRESET : EPROTO);
}

static void
on_ready(struct viewers *viewers, struct viewer *viewer, uint32_t what)
{
	if (viewer->state == VIEWER_CONNECTING)
		on_connected(viewers, viewer);
	else if (!viewer->slow || viewer->state == VIEWER_WAITING)
		on_readable(viewers, viewer);
	else if (what & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		on_end(viewers, viewer);
}

void
viewers_turn(struct viewers *viewers, int timeout_ms)
{
	struct epoll_event ready[MAX_READY];
	int n;

	open_more(viewers);
	n = epoll_wait(viewers->epoll, ready, MAX_READY, timeout_ms);
	for (int i = 0; i < n; i++)
		on_ready(viewers, ready[i].data.ptr, ready[i].events);
	tally_advance(viewers->tally);
}

void
viewers_swap_guest(struct viewers *viewers)
{
	for (int i = 0; i < MAX_DRAWS; i++) {
		struct viewer *viewer =
		    &viewers->all[(unsigned)rand() % viewers->config.n];

		if (!viewer->guest || viewer->state != VIEWER_OPEN)
			continue;
		close_socket(viewer);
		/* Without a last event ID it begins anew, anywhere. */
		if (!viewer->stream.ids || !*viewer->stream.ids->last)
			viewer->stream.track = (struct track){.next = 0};
		enqueue(viewers, viewer);
		return;
	}
}

/* Endings. */

bool
viewers_guests_have(const struct viewers *viewers, uint64_t total)
{
	for (unsigned i = 0; i < viewers->config.n; i++) {
		const struct viewer *viewer = &viewers->all[i];
		uint64_t next = viewer->stream.track.next;

		if (viewer->guest && viewer->state != VIEWER_CLOSED &&
		    next > 0 && next <= total)
			return false;
	}
	return true;
}

void
viewers_give_up(struct viewers *viewers)
{
	for (unsigned i = 0; i < viewers->config.n; i++) {
		struct viewer *viewer = &viewers->all[i];

		if (viewer->state <= VIEWER_WAITING)
			fail(viewers, viewer, ETIMEDOUT);
	}
	viewers->queue = NULL;
	viewers->queue_end = &viewers->queue;
}

unsigned
viewers_count_reordered(const struct viewers *viewers)
{
	const struct viewer *first = NULL;
	unsigned n = 0;

	for (unsigned i = 0; i < viewers->config.n; i++) {
		const struct viewer *viewer = &viewers->all[i];

		if (viewer->slow || viewer->guest)
			continue;
		if (!first)
			first = viewer;
		if (viewer->stream.track.order != first->stream.track.order)
			n++;
	}
	return n;
}

unsigned
viewers_end(struct viewers *viewers, uint64_t total)
{
	unsigned n = 0;

	for (unsigned i = 0; i < viewers->config.n; i++) {
		struct viewer *viewer = &viewers->all[i];
		uint64_t next = viewer->stream.track.next;

		/* A guest without last event ID may have been on its way. */
		if (viewer->guest && !viewers->config.resume)
			continue;
		tally_end(viewers->tally, &viewer->stream.track, total);
		if (next != viewer->stream.track.next)
			n++;
		stream_fini(&viewer->stream);
	}
	return n;
}
