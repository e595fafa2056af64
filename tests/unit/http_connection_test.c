/* SPDX-License-Identifier: MIT */

#include "gateways/http_connection.h"

#include "helpers.h"
#include "named_streams.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Many more than any of these exchanges needs. */
enum { TURNS_MAX = 5000 };

/* A client that sends its bytes in pieces, one in each turn of the loop. */
static struct {
	struct loop *loop;
	struct admission admission;
	struct http_connections connections;
	struct span rest;
	size_t size;    /* of a piece but the first */
	size_t n_turns; /* of the loop, up to TURNS_MAX */
	int fd;
	struct bytes received;
} client;

/* Takes three bytes of a body at a time, and no more before the turn ends. */
struct sink {
	struct upload upload;
	char taken[64];
	size_t n;
	size_t n_now;     /* since the turn began */
	bool has_ended;   /* the body */
	bool answers_now; /* not at the end of the turn */
};

static struct sink *sink; /* of the request that is answered */
static size_t n_closed;
static bool sink_answers_now;

static void
sink_answer(struct sink *s)
{
	struct answer *answer = &s->upload.answer;

	answer->kind = ANSWER_POST;
	answer->status = 200;
	snprintf(
	    answer->text, sizeof(answer->text), "<%.*s>", (int)s->n, s->taken);
	s->upload.is_answered = true;
	s->upload.is_full = false;
}

static size_t
sink_take(struct upload *upload, const char *bytes, size_t n)
{
	struct sink *s = (struct sink *)upload;

	cr_assert_not(s->has_ended);
	if (upload->is_answered)
		return n;
	n = n < 3 - s->n_now ? n : 3 - s->n_now;
	cr_assert_leq(s->n + n, sizeof(s->taken));
	memcpy(s->taken + s->n, bytes, n);
	s->n += n;
	s->n_now += n;
	upload->is_full = s->n_now == 3;
	if (memchr(s->taken, '!', s->n)) {
		s->n = (size_t)(strchr(s->taken, '!') - s->taken);
		sink_answer(s);
	}
	return n;
}

static void
sink_finish(struct upload *upload)
{
	struct sink *s = (struct sink *)upload;

	s->has_ended = true;
	upload->is_full = true;
	if (s->answers_now && !upload->is_answered)
		sink_answer(s);
}

static void
sink_late(struct upload *upload)
{
	policy_error(&upload->answer, 408, "Late.");
	upload->is_answered = true;
}

static void
sink_close(struct upload *upload)
{
	n_closed++;
	sink = NULL;
	free(upload);
}

static const struct upload_kind sink_kind = {
    sink_take, sink_finish, sink_late, sink_close};

static struct upload *
publish(void *ctx, const struct request *request, const struct answer *decided)
{
	(void)ctx;
	(void)request;
	sink = calloc(1, sizeof(*sink));
	sink->upload.kind = &sink_kind;
	sink->upload.answer = *decided;
	sink->upload.due_ms = loop_now_ms() + 10000;
	sink->answers_now = sink_answers_now;
	return &sink->upload;
}

static void
sink_end_turn(void)
{
	if (!sink || (sink->n_now == 0 && !sink->has_ended))
		return;
	sink->n_now = 0;
	sink->upload.is_full = false;
	if (sink->has_ended && !sink->upload.is_answered)
		sink_answer(sink);
	sink->upload.on_change(sink->upload.ctx);
}

static int
subscribe(void *ctx, const struct request *request,
    struct subscriber *subscriber, struct span head)
{
	(void)ctx;
	(void)request;
	(void)subscriber;
	(void)head;
	return -EBUSY;
}

static void
on_gone(void *ctx)
{
	(void)ctx;
	loop_stop(client.loop);
}

static void
send_piece(size_t size)
{
	size_t n = size < client.rest.n ? size : client.rest.n;

	if (n == 0)
		return;
	cr_assert_eq(write(client.fd, client.rest.bytes, n), (ssize_t)n);
	client.rest.bytes += n;
	client.rest.n -= n;
}

static void
on_turn_end(void *ctx)
{
	char piece[4096];
	ssize_t n;

	(void)ctx;
	cr_assert_lt(client.n_turns++, TURNS_MAX, "the answers do not end");
	sink_end_turn();
	while ((n = read(client.fd, piece, sizeof(piece))) > 0)
		bytes_put(&client.received, piece, (size_t)n);
	if (n == 0)
		shutdown(client.fd, SHUT_WR);
	else
		send_piece(client.size);
	loop_again(client.loop);
}

/* The owner's date stands for the one that changes. */
static const char *const headers[] = {"Date: now"};
static const char *const names[] = {"room"};
static struct named_streams streams = {.names = names, .n = 1, .posts = "room"};
static const struct policy policy = {NAMED_STREAMS(&streams),
    .max_event = 100000, .headers = headers, .n_headers = 1};

static size_t room = 8; /* for connections */

static void
connect_client(void)
{
	int ends[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	fcntl(ends[1], F_SETFL, O_NONBLOCK);
	client.fd = ends[1];
	http_connection_open(&client.connections, ends[0]);
}

/* What is received for these bytes until the connection has ended. */
static struct bytes
receive(struct span input, size_t first, size_t size)
{
	memset(&client, 0, sizeof(client));
	client.admission = (struct admission){
	    .policy = &policy,
	    .max_clients = 1,
	    .max_connections = room,
	    .retry_ms = 1,
	    .jitter = jitter_from(1),
	    .subscribe = subscribe,
	    .publish = publish,
	    .on_gone = on_gone,
	};
	client.connections.endpoint.admission = &client.admission;
	client.rest = input;
	client.size = size;
	cr_assert_eq(loop_create(&client.loop), 0);
	loop_on_turn_end(client.loop, on_turn_end, NULL);
	cr_assert_eq(connections_init(&client.connections.connections,
			 client.loop, &client.admission, &http_protocol),
	    0);
	connect_client();
	send_piece(first);
	loop_again(client.loop);
	cr_assert_eq(loop_run(client.loop), 0);
	connections_fini(&client.connections.connections);
	loop_destroy(client.loop);
	close(client.fd);
	return client.received;
}

static size_t
count(const struct bytes *bytes, const char *text)
{
	char *copy = strndup(bytes->at, bytes->n);
	size_t n = 0;

	for (char *at = copy; (at = strstr(at, text)); at++)
		n++;
	free(copy);
	return n;
}

/* The answers are the same at every cut. */
static struct bytes
receive_at_every_cut(struct span input)
{
	struct bytes whole = receive(input, input.n, input.n);

	for (size_t cut = 1; cut < input.n; cut++) {
		struct bytes other = receive(input, cut, input.n);

		assert_span(bytes_span(&other), bytes_span(&whole));
		bytes_free(&other);
	}
	for (size_t size = 1; size < 9; size += 3) {
		struct bytes other = receive(input, size, size);

		assert_span(bytes_span(&other), bytes_span(&whole));
		bytes_free(&other);
	}
	return whole;
}

#define MISSING "GET /missing HTTP/1.1\r\nHost: a\r\n"
#define DELETE "DELETE / HTTP/1.1\r\nHost: a\r\n"
#define END "\r\n"

Test(http_connection, answers_each_request_in_order)
{
	struct bytes told = receive_at_every_cut(
	    LITERAL(MISSING END "\r\nHEAD / HTTP/1.1\r\nHost: a\r\n" END
				"OPTIONS * HTTP/1.1\r\nHost: a\r\n" END DELETE
				"Content-Length: 5\r\n" END "hello" DELETE
				"Transfer-Encoding: chunked\r\n" END
				"5;a\r\nhello\r\n0\r\nB: c\r\n\r\n" MISSING
				"Connection: close\r\n" END MISSING END));

	cr_assert_eq(count(&told, "HTTP/1.1 404 "), 2);
	cr_assert_eq(count(&told, "HTTP/1.1 200 "), 1);
	cr_assert_eq(count(&told, "HTTP/1.1 204 "), 1);
	cr_assert_eq(count(&told, "HTTP/1.1 405 "), 2);
	cr_assert_eq(count(&told, "Connection: close"), 1);
	bytes_free(&told);
}

Test(http_connection, ends_with_a_request_that_is_refused)
{
	struct bytes told = receive_at_every_cut(
	    LITERAL(MISSING END MISSING "Host: b\r\n" END MISSING END));

	cr_assert_eq(count(&told, "HTTP/1.1 404 "), 1);
	cr_assert_eq(count(&told, "HTTP/1.1 400 "), 1);
	bytes_free(&told);
}

Test(http_connection, ends_with_a_body_that_is_broken)
{
	struct bytes told = receive_at_every_cut(LITERAL(
	    DELETE "Transfer-Encoding: chunked\r\n" END "5\r\nhellox" MISSING));

	cr_assert_eq(count(&told, "HTTP/1.1 405 "), 1);
	cr_assert_eq(count(&told, "HTTP/1.1"), 1);
	bytes_free(&told);
}

Test(http_connection, ends_if_nobody_knows_whether_a_body_follows)
{
	struct bytes told = receive_at_every_cut(
	    LITERAL(DELETE "Content-Length: 5\r\n"
			   "Expect: 100-continue\r\n" END "hello" MISSING END));

	cr_assert_eq(count(&told, "HTTP/1.1 405 "), 1);
	cr_assert_eq(count(&told, "HTTP/1.1"), 1);
	cr_assert_eq(count(&told, "Connection: close"), 1);
	bytes_free(&told);
}

/* There is no room for the viewer: an answer that ends with the connection. */
Test(http_connection, ends_with_a_stream_that_ends_at_once)
{
	struct bytes told = receive_at_every_cut(LITERAL(
	    MISSING END "GET / HTTP/1.1\r\nHost: a\r\n" END MISSING END));

	cr_assert_eq(count(&told, "HTTP/1.1 404 "), 1);
	cr_assert_eq(count(&told, "HTTP/1.1 200 "), 1);
	cr_assert_eq(count(&told, "\nretry: "), 1);
	bytes_free(&told);
}

Test(http_connection, tells_other_protocols_by_their_first_byte)
{
	struct bytes told =
	    receive_at_every_cut(LITERAL("\1\1\0\1\0\10\0\0\0\1\0\0\0\0\0\0"));

	cr_assert_eq(count(&told, "HTTP/1.1 400 "), 1);
	cr_assert_eq(count(&told, "--fastcgi ADDR"), 1);
	bytes_free(&told);
}

Test(http_connection, is_not_kept_while_there_is_little_room)
{
	struct bytes told;

	room = 1;
	told = receive_at_every_cut(LITERAL(MISSING END MISSING END));
	cr_assert_eq(count(&told, "HTTP/1.1 404 "), 1);
	cr_assert_eq(count(&told, "Connection: close"), 1);
	bytes_free(&told);
}

/* Posts. */

#define TO_ROOM "POST /room HTTP/1.1\r\nHost: a\r\n"

static void
check_posts(struct span input, const char *const *answers, size_t n)
{
	struct bytes told;

	for (int now = 0; now < 2; now++) {
		sink_answers_now = now;
		told = receive_at_every_cut(input);
		for (size_t i = 0; i < n; i++)
			cr_assert_eq(
			    count(&told, answers[i]), 1, "%s", answers[i]);
		cr_assert_eq(count(&told, "HTTP/1.1 200 "), n);
		cr_assert_eq(client.admission.n_uploads, 0);
		bytes_free(&told);
	}
}

Test(http_connection, hands_on_bodies_as_they_are_taken)
{
	static const char *const answers[] = {
	    "<hello>", "<chunks>", "<>", "<end>"};

	check_posts(
	    LITERAL(TO_ROOM
		"Content-Length: 5\r\n" END "hello" TO_ROOM
		"Transfer-Encoding: chunked\r\n" END
		"3;a\r\nchu\r\n3\r\nnks\r\n0\r\nB: c\r\n\r\n" TO_ROOM END
		"PUT /room HTTP/1.1\r\nHost: a\r\n"
		"Content-Length: 3\r\nConnection: close\r\n" END "end"),
	    answers, 4);
}

Test(http_connection, drops_the_rest_of_a_body_that_is_answered)
{
	static const char *const answers[] = {"<a>", "<next>"};

	check_posts(LITERAL(TO_ROOM "Content-Length: 9\r\n" END
				    "a!dropped" TO_ROOM "Content-Length: 4\r\n"
				    "Connection: close\r\n" END "next"),
	    answers, 2);
}

Test(http_connection, asks_for_a_body_that_waits_for_that)
{
	struct bytes told = receive_at_every_cut(
	    LITERAL(TO_ROOM "Content-Length: 5\r\nExpect: 100-continue\r\n" END
			    "hello" MISSING "Connection: close\r\n" END));

	cr_assert_eq(
	    count(&told, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 "), 1);
	cr_assert_eq(count(&told, "HTTP/1.1 404 "), 1);
	bytes_free(&told);
}

Test(http_connection, publishes_no_body_that_is_broken)
{
	struct bytes told = receive_at_every_cut(LITERAL(
	    TO_ROOM "Transfer-Encoding: chunked\r\n" END "2\r\nokx" MISSING));

	cr_assert_eq(count(&told, "HTTP/1.1 400 "), 1);
	cr_assert_eq(count(&told, "HTTP/1.1"), 1);
	cr_assert_null(sink);
	cr_assert_eq(client.admission.n_uploads, 0);
	bytes_free(&told);
}
