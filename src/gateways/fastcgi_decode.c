/* SPDX-License-Identifier: MIT */

#include "gateways/fastcgi_decode.h"

#include "core/buffer.h"
#include "gateways/fastcgi_record.h"
#include "loop/descriptor.h"

#include <errno.h>
#include <fcgiapp.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

/* Room for the PARAMS in two records, and for the records around them. */
enum { REQUEST_MAX = FASTCGI_PARAMS_MAX + 64 };

struct fastcgi_environment {
	FCGX_Request request;
};

int
fastcgi_decode_init(void)
{
	static const int signals[] = {SIGPIPE, SIGTERM, SIGUSR1};
	enum { N = sizeof(signals) / sizeof(signals[0]) };
	struct sigaction old_actions[N];
	sigset_t set, old_set;
	int rc;

	sigemptyset(&set);
	for (int i = 0; i < N; i++)
		sigaddset(&set, signals[i]);
	sigprocmask(SIG_BLOCK, &set, &old_set);
	for (int i = 0; i < N; i++)
		sigaction(signals[i], NULL, &old_actions[i]);
	rc = FCGX_Init();
	for (int i = 0; i < N; i++)
		sigaction(signals[i], &old_actions[i], NULL);
	sigprocmask(SIG_SETMASK, &old_set, NULL);
	return rc == 0 ? 0 : -ENOMEM;
}

/* The request as a file for libfcgi. */

static int
decode_write_all(int fd, struct span span)
{
	while (span.n > 0) {
		ssize_t written = write(fd, span.bytes, span.n);

		if (written < 0 && errno != EINTR)
			return -errno;
		if (written > 0) {
			span.bytes += written;
			span.n -= (size_t)written;
		}
	}
	return 0;
}

static int
decode_put_record(
    struct buffer *request, enum fastcgi_type type, struct span content)
{
	char bytes[FASTCGI_HEADER_SIZE];
	struct span header = {bytes, sizeof(bytes)};
	int rc;

	fastcgi_write_header(bytes, type, 1, (uint16_t)content.n);
	rc = buffer_append(request, header, REQUEST_MAX);
	return rc < 0 ? rc : buffer_append(request, content, REQUEST_MAX);
}

static int
decode_put_request(struct buffer *request, struct span pairs)
{
	static const char begin[FASTCGI_BODY_SIZE] = {
	    0, FASTCGI_RESPONDER, FASTCGI_KEEP_CONN};
	struct span empty = {"", 0};
	int rc = decode_put_record(request, FASTCGI_BEGIN_REQUEST,
	    (struct span){begin, sizeof(begin)});

	while (rc == 0 && pairs.n > 0) {
		struct span part = pairs;

		if (part.n > FASTCGI_CONTENT_MAX)
			part.n = FASTCGI_CONTENT_MAX;
		rc = decode_put_record(request, FASTCGI_PARAMS, part);
		pairs.bytes += part.n;
		pairs.n -= part.n;
	}
	if (rc == 0)
		rc = decode_put_record(request, FASTCGI_PARAMS, empty);
	if (rc == 0)
		rc = decode_put_record(request, FASTCGI_STDIN, empty);
	return rc;
}

static int
decode_write_request(int fd, struct span pairs)
{
	struct buffer request = {0};
	int rc = decode_put_request(&request, pairs);

	if (rc == 0)
		rc = decode_write_all(fd, buffer_span(&request));
	if (rc == 0 && lseek(fd, 0, SEEK_SET) < 0)
		rc = -errno;
	buffer_fini(&request);
	return rc;
}

/* Returns its descriptor, at its beginning, or a negative errno. */
static int
decode_make_request_file(struct span pairs)
{
	int fd = descriptor_memory_file();
	int rc = fd < 0 ? fd : decode_write_request(fd, pairs);

	if (rc == 0)
		return fd;
	descriptor_close(&fd);
	return rc;
}

/*
 * libfcgi accepts a request from where it last did, if that is kept open: the
 * file takes the place of such a connection.  Without one it would accept
 * another, from a listening socket that it does not have.
 */
static int
decode_accept_request(FCGX_Request *request, int fd)
{
	int rc;

	FCGX_InitRequest(request, -1, 0);
	request->ipcFd = fd;
	request->keepConnection = 1;
	rc = FCGX_Accept_r(request);
	/* If libfcgi refused the request, it has closed the file. */
	descriptor_close(&request->ipcFd);
	return rc < 0 ? -EIO : 0;
}

/*
 * libfcgi reads NAME=VALUE up to a NUL, and so perhaps another method than the
 * one by which it was decided whether to wait for a body.
 */
static bool
decode_agrees(struct fastcgi_environment *environment, struct span pairs)
{
	const char *method =
	    fastcgi_environment_lookup(environment, "REQUEST_METHOD");

	return fastcgi_method_is_of_post(span_of(method)) ==
	    fastcgi_pairs_are_of_post(pairs);
}

int
fastcgi_decode(struct span pairs, struct fastcgi_environment **environment)
{
	int fd, rc;

	*environment = NULL;
	if (pairs.n > FASTCGI_PARAMS_MAX || !fastcgi_pairs_are_whole(pairs))
		return -EINVAL;
	fd = decode_make_request_file(pairs);
	if (fd < 0)
		return fd;
	*environment = calloc(1, sizeof(**environment));
	if (!*environment) {
		descriptor_close(&fd);
		return -ENOMEM;
	}
	rc = decode_accept_request(&(*environment)->request, fd);
	if (rc < 0) {
		free(*environment);
		*environment = NULL;
	} else if (!decode_agrees(*environment, pairs)) {
		fastcgi_environment_free(*environment);
		*environment = NULL;
		rc = -EINVAL;
	}
	return rc;
}

const char *
fastcgi_environment_lookup(void *ctx, const char *name)
{
	struct fastcgi_environment *environment = ctx;

	return FCGX_GetParam(name, environment->request.envp);
}

void
fastcgi_environment_free(struct fastcgi_environment *environment)
{
	if (!environment)
		return;
	FCGX_Free(&environment->request, 0);
	free(environment);
}
