/* SPDX-License-Identifier: MIT */

/*
 * evhttp has neither a deadline for a whole request nor a way to list or close
 * its connections.  So all connections that arrive within the same second share
 * an evhttp of their own.  It lives for ten seconds more and is then freed,
 * with the connections that are still in it; those with a whole request have
 * left it by then.
 */

#include "gateways/http_receiver.h"

#include "loop/descriptor.h"
#include "loop/log.h"

#include <errno.h>
#include <event2/bufferevent.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	SECOND_MS = 1000,
	N_SECONDS = 11,        /* the current one, and older ones in use */
	ACCEPTS_A_TURN = 64,   /* so that a flood keeps no viewer waiting */
	PAUSE_MS = 100,        /* when there is no room for more connections */
	COMPLAINTS_MS = 60000, /* between two of that */

	/*
	 * At the end.  Counted in turns, so that a time in which we were not
	 * running is not taken from waiting clients.
	 */
	LAST_TURNS = 64,    /* of accepting */
	LAST_TICK_MS = 100, /* then, for those to ask */
	LAST_TICKS = 10,
};

/* The connections that arrived within one second. */
struct arrivals {
	struct http_receiver *receiver;
	struct evhttp *http; /* NULL: nobody */
	size_t n;            /* that may still send a request, or are lost */
};

struct http_receiver {
	struct http_receiver *next; /* of all receivers */
	struct event_base *base;
	struct http_receiver_owner owner;
	int fd;
	int nothing; /* a descriptor that stands for a taken one */
	struct arrivals seconds[N_SECONDS];
	size_t now;                       /* index of the current one */
	struct evhttp_bound_socket *door; /* to it, or NULL */
	struct timer clock;
	bool ticking;
	struct timer pause;
	bool paused;
	unsigned n_accepted;      /* since the last pause */
	uint64_t may_complain_ms; /* not before, of a lack of descriptors */
	bool draining, drained;
	unsigned n_last_turns, n_last_ticks;
};

/* Since evconnlistener tells an error handler only which listener it was. */
static struct http_receiver *receivers;

/* Pausing. */

static struct evconnlistener *
listener_of(const struct http_receiver *receiver)
{
	return evhttp_bound_socket_get_listener(receiver->door);
}

static void
pause_accepting(struct http_receiver *receiver, uint64_t pause_ms)
{
	receiver->paused = true;
	receiver->n_accepted = 0;
	evconnlistener_disable(listener_of(receiver));
	timer_start(&receiver->pause, pause_ms);
}

/* The queue cannot be emptied now, so do not let it wake us. */
static void
pause_because(struct http_receiver *receiver, int error)
{
	uint64_t now_ms = loop_now_ms();

	if (now_ms >= receiver->may_complain_ms) {
		log_line(LOG_WARNING, "cannot accept connections for now: %s",
		    strerror(error));
		receiver->may_complain_ms = now_ms + COMPLAINTS_MS;
	}
	pause_accepting(receiver, PAUSE_MS);
}

static void
close_door(struct http_receiver *receiver)
{
	if (receiver->door)
		evhttp_del_accept_socket(
		    receiver->seconds[receiver->now].http, receiver->door);
	receiver->door = NULL;
}

static bool
is_anybody_there(const struct http_receiver *receiver)
{
	for (size_t i = 0; i < N_SECONDS; i++)
		if (receiver->seconds[i].n > 0)
			return true;
	return false;
}

/* No request can arrive once the socket is closed and no connection is left. */
static void
check_drained(struct http_receiver *receiver)
{
	if (!receiver->draining || receiver->drained || receiver->fd >= 0 ||
	    is_anybody_there(receiver))
		return;
	receiver->drained = true;
	receiver->owner.on_drained(receiver->owner.ctx);
}

static void
close_socket(struct http_receiver *receiver)
{
	timer_stop(&receiver->pause);
	close_door(receiver);
	descriptor_close(&receiver->fd);
	check_drained(receiver);
}

static void
on_accept_error(struct evconnlistener *listener, void *http)
{
	struct http_receiver *receiver = receivers;
	int error = errno;

	(void)http;
	while (
	    receiver && (!receiver->door || listener_of(receiver) != listener))
		receiver = receiver->next;
	if (receiver && receiver->draining)
		close_socket(receiver);
	else if (receiver)
		pause_because(receiver, error);
}

static bool
is_anybody_in_queue(const struct http_receiver *receiver)
{
	struct pollfd queue = {.fd = receiver->fd, .events = POLLIN};

	return poll(&queue, 1, 0) > 0;
}

/* The queue is emptied, and then closed, a turn at a time. */
static void
begin_last_turn(struct http_receiver *receiver)
{
	if (++receiver->n_last_turns > LAST_TURNS ||
	    !is_anybody_in_queue(receiver)) {
		close_socket(receiver);
		return;
	}
	evconnlistener_enable(listener_of(receiver));
	timer_start(&receiver->pause, 0);
}

static void
on_pause_over(void *ctx)
{
	struct http_receiver *receiver = ctx;

	receiver->paused = false;
	if (receiver->draining)
		begin_last_turn(receiver);
	else if (evconnlistener_enable(listener_of(receiver)) < 0)
		pause_accepting(receiver, PAUSE_MS);
}

/* Receiving. */

const char *
http_received_field(const struct http_received *received, const char *name)
{
	return evhttp_find_header(received->fields, name);
}

static const char *
method_name(const struct evhttp_request *request)
{
	switch (evhttp_request_get_command(request)) {
	case EVHTTP_REQ_GET:
		return "GET";
	case EVHTTP_REQ_HEAD:
		return "HEAD";
	case EVHTTP_REQ_OPTIONS:
		return "OPTIONS";
	case EVHTTP_REQ_POST:
		return "POST";
	case EVHTTP_REQ_PUT:
		return "PUT";
	case EVHTTP_REQ_DELETE:
		return "DELETE";
	case EVHTTP_REQ_TRACE:
		return "TRACE";
	case EVHTTP_REQ_CONNECT:
		return "CONNECT";
	case EVHTTP_REQ_PATCH:
		return "PATCH";
	default:
		return "UNKNOWN";
	}
}

/*
 * Returns a descriptor for the connection of its own.  evhttp is left with
 * nothing under the old one, since it shuts down and closes what it has.
 */
static int
take_descriptor(
    const struct http_receiver *receiver, struct bufferevent *bufferevent)
{
	int old = bufferevent_getfd(bufferevent);
	int fd = fcntl(old, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

	if (fd < 0)
		return -errno;
	/* Unregister first: dup2 changes what the old number refers to. */
	bufferevent_disable(bufferevent, EV_READ | EV_WRITE);
	if (dup2(receiver->nothing, old) < 0) {
		int rc = -errno;

		close(fd);
		return rc;
	}
	return fd;
}

static void
on_request(struct evhttp_request *request, void *ctx)
{
	struct arrivals *arrivals = ctx;
	const struct http_receiver_owner *owner = &arrivals->receiver->owner;
	struct evhttp_connection *connection =
	    evhttp_request_get_connection(request);
	const struct http_received received = {
	    .method = method_name(request),
	    .target = evhttp_request_get_uri(request),
	    .fields = evhttp_request_get_input_headers(request),
	};
	int fd = take_descriptor(
	    arrivals->receiver, evhttp_connection_get_bufferevent(connection));

	if (fd < 0) {
		log_line(LOG_ERROR, "an HTTP request was refused: %s",
		    strerror(-fd));
	} else {
		owner->on_request(owner->ctx, fd, &received);
	}
	evhttp_connection_free(connection);
	arrivals->n--;
	check_drained(arrivals->receiver);
}

/* Accepting. */

static void
tick(struct http_receiver *receiver)
{
	if (!receiver->ticking)
		timer_start(&receiver->clock, SECOND_MS);
	receiver->ticking = true;
}

/* evhttp asks for the means to read from a connection that it accepted. */
static struct bufferevent *
on_connection(struct event_base *base, void *ctx)
{
	struct arrivals *arrivals = ctx;
	struct http_receiver *receiver = arrivals->receiver;

	arrivals->n++;
	if (!receiver->draining)
		tick(receiver);
	if (++receiver->n_accepted >= ACCEPTS_A_TURN)
		pause_accepting(receiver, 0);
	return bufferevent_socket_new(base, -1, 0);
}

static struct evhttp *
create_http(struct http_receiver *receiver, struct arrivals *arrivals)
{
	struct evhttp *http = evhttp_new(receiver->base);

	if (!http)
		return NULL;
	evhttp_set_max_headers_size(http, HTTP_HEAD_MAX);
	evhttp_set_max_body_size(http, HTTP_BODY_MAX);
	/* The owner decides which methods there are. */
	evhttp_set_allowed_methods(http, UINT16_MAX);
	evhttp_set_bevcb(http, on_connection, arrivals);
	evhttp_set_gencb(http, on_request, arrivals);
	return http;
}

static struct evhttp_bound_socket *
open_door(struct http_receiver *receiver, struct evhttp *http)
{
	unsigned flags =
	    LEV_OPT_CLOSE_ON_EXEC | (receiver->paused ? LEV_OPT_DISABLED : 0);
	struct evconnlistener *listener = evconnlistener_new(
	    receiver->base, NULL, NULL, flags, 0, receiver->fd);
	struct evhttp_bound_socket *door;

	if (!listener)
		return NULL;
	evconnlistener_set_error_cb(listener, on_accept_error);
	door = evhttp_bind_listener(http, listener);
	if (!door) {
		evconnlistener_free(listener);
		return NULL;
	}
	/* It is enabled by now, but nothing told whether that went well. */
	if (!receiver->paused && evconnlistener_enable(listener) < 0) {
		evhttp_del_accept_socket(http, door);
		return NULL;
	}
	return door;
}

/* Ends the connections of that second that have not sent a request. */
static void
end_arrivals(struct arrivals *arrivals)
{
	if (arrivals->http)
		evhttp_free(arrivals->http);
	arrivals->http = NULL;
	arrivals->n = 0;
}

/* Returns 0, or -ENOMEM: then later connections belong to this second, too. */
static int
begin_second(struct http_receiver *receiver)
{
	size_t next = (receiver->now + 1) % N_SECONDS;
	struct arrivals *arrivals = &receiver->seconds[next];
	struct evhttp_bound_socket *door;
	struct evhttp *http = create_http(receiver, arrivals);

	if (!http)
		return -ENOMEM;
	door = open_door(receiver, http);
	if (!door) {
		evhttp_free(http);
		return -ENOMEM;
	}
	close_door(receiver);
	end_arrivals(arrivals);
	arrivals->http = http;
	receiver->now = next;
	receiver->door = door;
	return 0;
}

/* Connections that do not send a request in time are let go. */
static void
tick_at_last(struct http_receiver *receiver)
{
	if (receiver->fd < 0 && ++receiver->n_last_ticks >= LAST_TICKS) {
		for (size_t i = 0; i < N_SECONDS; i++)
			end_arrivals(&receiver->seconds[i]);
		check_drained(receiver);
		return;
	}
	timer_start(&receiver->clock, LAST_TICK_MS);
}

static void
on_tick(void *ctx)
{
	struct http_receiver *receiver = ctx;

	receiver->ticking = false;
	if (receiver->draining) {
		tick_at_last(receiver);
		return;
	}
	begin_second(receiver);
	if (is_anybody_there(receiver))
		tick(receiver);
}

/* The receiver. */

static int
init(struct http_receiver *receiver, struct loop *loop)
{
	int rc = timer_init(&receiver->clock, loop, on_tick, receiver);

	if (rc == 0)
		rc =
		    timer_init(&receiver->pause, loop, on_pause_over, receiver);
	if (rc < 0)
		return rc;
	fcntl(receiver->fd, F_SETFD, FD_CLOEXEC);
	descriptor_set_nonblocking(receiver->fd);
	receiver->nothing = descriptor_memory_file();
	return receiver->nothing < 0 ? receiver->nothing
				     : begin_second(receiver);
}

int
http_receiver_create(struct http_receiver **created, struct loop *loop, int fd,
    const struct http_receiver_owner *owner)
{
	struct http_receiver *receiver = calloc(1, sizeof(*receiver));
	int rc;

	*created = NULL;
	if (!receiver) {
		close(fd);
		return -ENOMEM;
	}
	receiver->base = loop_base(loop);
	receiver->owner = *owner;
	receiver->fd = fd;
	receiver->nothing = -1;
	for (size_t i = 0; i < N_SECONDS; i++)
		receiver->seconds[i].receiver = receiver;
	receiver->next = receivers;
	receivers = receiver;
	rc = init(receiver, loop);
	if (rc < 0)
		http_receiver_destroy(receiver);
	else
		*created = receiver;
	return rc;
}

void
http_receiver_drain(struct http_receiver *receiver, bool queue_too)
{
	receiver->draining = true;
	timer_start(&receiver->clock, LAST_TICK_MS);
	if (queue_too)
		timer_start(&receiver->pause, 0);
	else
		close_socket(receiver);
}

void
http_receiver_destroy(struct http_receiver *receiver)
{
	struct http_receiver **at = &receivers;

	if (!receiver)
		return;
	while (*at != receiver)
		at = &(*at)->next;
	*at = receiver->next;
	for (size_t i = 0; i < N_SECONDS; i++)
		end_arrivals(&receiver->seconds[i]);
	timer_fini(&receiver->clock);
	timer_fini(&receiver->pause);
	descriptor_close(&receiver->fd);
	descriptor_close(&receiver->nothing);
	free(receiver);
}
