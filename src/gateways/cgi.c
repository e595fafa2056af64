/* SPDX-License-Identifier: MIT */

#include "gateways/cgi.h"

#include "http/date.h"
#include "loop/descriptor.h"
#include "loop/shared_file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * How much of a request body is read and dropped, and how long, if it pauses.
 */
enum {
	DROP_BODY_BYTES = 64 << 20,
	DROP_BODY_MS = 30000,
	DROP_BODY_PAUSE_MS = 2000
};

/* The request. */

const char *
cgi_look_up(void *ctx, const char *name)
{
	(void)ctx;
	return getenv(name);
}

bool
cgi_is_asked(void)
{
	return request_is_there(cgi_look_up, NULL);
}

bool
cgi_is_incomplete(void)
{
	return request_is_there(cgi_look_up, NULL) &&
	    !request_is_named(cgi_look_up, NULL);
}

bool
cgi_is_in_arguments(int argc, char *const argv[])
{
	return request_is_in_arguments(cgi_look_up, NULL, argc, argv);
}

void
cgi_ask(struct cgi *cgi, const struct policy *policy)
{
	*cgi = (struct cgi){.policy = policy, .fd = STDOUT_FILENO};
	request_from_meta_variables(
	    &cgi->request, policy->base_path, cgi_look_up, NULL);
	policy_decide(policy, &cgi->request, &cgi->answer);
}

/* The head, and short responses. */

/* The whole response, in memory for free(). */
static char *
cgi_make_response(const struct cgi *cgi, size_t *n)
{
	struct response_form form = response_cgi;
	char date[HTTP_DATE_SIZE];

	if (cgi->request.non_parsed_header)
		form = (struct response_form){
		    .is_http = true, .date = http_date(date, time(NULL))};
	return response_create(&form, cgi->policy, &cgi->answer, n);
}

/* Waits even if a process that shares standard output made it non-blocking. */
static int
cgi_write_all(const char *bytes, size_t n)
{
	struct pollfd output = {.fd = STDOUT_FILENO, .events = POLLOUT};

	while (n > 0) {
		ssize_t written = descriptor_write(STDOUT_FILENO, bytes, n);

		if (written == -EAGAIN)
			poll(&output, 1, -1);
		else if (written < 0)
			return (int)written;
		if (written > 0) {
			bytes += written;
			n -= (size_t)written;
		}
	}
	return 0;
}

/*
 * Reads and drops the request body, within reason: a server that cannot get
 * rid of it may not pass the response on.  Apache's mod_cgid gives the script
 * one socket for both, and closing it with bytes unread loses the response.
 */
static void
cgi_drop_body(void)
{
	const char *length = getenv("CONTENT_LENGTH");
	uint64_t until_ms = loop_now_ms() + DROP_BODY_MS;
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	size_t left = DROP_BODY_BYTES;
	char buffer[8192];

	if (!length && !getenv("HTTP_TRANSFER_ENCODING"))
		return;
	while (left > 0 && loop_now_ms() < until_ms &&
	    poll(&input, 1, DROP_BODY_PAUSE_MS) > 0) {
		ssize_t n = read(STDIN_FILENO, buffer, sizeof(buffer));

		if (n <= 0)
			return;
		left -= (size_t)n < left ? (size_t)n : left;
	}
}

int
cgi_reply(struct cgi *cgi)
{
	size_t n;
	char *response = cgi_make_response(cgi, &n);
	int rc = response ? cgi_write_all(response, n) : -ENOMEM;

	free(response);
	if (!cgi->body_is_read)
		cgi_drop_body();
	return rc;
}

int
cgi_refuse(const struct policy *policy, int status, const char *text)
{
	struct cgi cgi;

	cgi_ask(&cgi, policy);
	cgi.answer = (struct answer){.without_body = cgi.answer.without_body};
	policy_error(&cgi.answer, status, text);
	return cgi_reply(&cgi);
}

/* The stream. */

static ssize_t
cgi_send_parts(void *ctx, const struct iovec *iov, int n)
{
	const struct cgi *cgi = ctx;

	return cgi->fd == STDOUT_FILENO
	    ? shared_file_write_parts(cgi->fd, iov, n)
	    : descriptor_write_parts(cgi->fd, iov, n);
}

static void
cgi_wait_writable(void *ctx)
{
	struct cgi *cgi = ctx;

	watch_set(&cgi->writable, true);
}

static void
cgi_done(void *ctx, int error)
{
	struct cgi *cgi = ctx;

	if (cgi->is_done)
		return;
	cgi->is_done = true;
	cgi->error = error;
	watch_set(&cgi->writable, false);
	watch_set(&cgi->hangup, false);
	cgi->on_done(cgi->ctx);
}

static const struct transport transport = {
    .send = cgi_send_parts,
    .wait = cgi_wait_writable,
    .done = cgi_done,
};

static void
cgi_on_writable(void *ctx)
{
	struct cgi *cgi = ctx;

	watch_set(&cgi->writable, false);
	fan_out_writable(&cgi->subscriber);
}

/* The web server, or the reader of the pipe, is gone. */
static void
cgi_on_hangup(void *ctx)
{
	struct cgi *cgi = ctx;

	if (!descriptor_peer_gone(cgi->fd))
		return;
	fan_out_detach(&cgi->subscriber);
	cgi_done(cgi, -EPIPE);
}

static int
cgi_init_watches(struct cgi *cgi, struct loop *loop)
{
	int rc = watch_init(
	    &cgi->writable, loop, cgi->fd, WATCH_DRAINED, cgi_on_writable, cgi);

	if (rc == 0)
		rc = watch_init_hangup(
		    &cgi->hangup, loop, cgi->fd, cgi_on_hangup, cgi);
	return rc;
}

int
cgi_stream(struct cgi *cgi, struct loop *loop, struct fan_out *fan_out,
    const struct channel_resume *resume, loop_callback *on_done, void *ctx)
{
	char *head;
	size_t n;
	int rc;

	cgi->on_done = on_done;
	cgi->ctx = ctx;
	/* Commands may write to the same pipe as standard error. */
	cgi->fd = descriptor_reopen(STDOUT_FILENO, O_WRONLY);
	if (cgi->fd < 0)
		cgi->fd = STDOUT_FILENO;
	rc = cgi_init_watches(cgi, loop);
	if (rc < 0)
		return rc;
	head = cgi_make_response(cgi, &n);
	if (!head)
		return -ENOMEM;
	cgi->subscriber.transport = &transport;
	cgi->subscriber.ctx = cgi;
	rc = fan_out_attach(fan_out, &cgi->subscriber, (struct span){head, n},
	    resume, loop_now_ms());
	free(head);
	if (rc < 0)
		return rc;
	watch_set(&cgi->hangup, true);
	return 0;
}

void
cgi_fini(struct cgi *cgi)
{
	fan_out_detach(&cgi->subscriber);
	watch_fini(&cgi->writable);
	watch_fini(&cgi->hangup);
	if (cgi->fd > STDERR_FILENO)
		descriptor_close(&cgi->fd);
	cgi->fd = STDOUT_FILENO;
}
