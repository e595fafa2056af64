/* SPDX-License-Identifier: MIT */

/* In the order of its data: request, body, answer, stream. */

#include "gateways/handover_viewer.h"

#include "gateways/gateway.h"
#include "gateways/handover_message.h"
#include "gateways/input_body.h"
#include "http/date.h"
#include "loop/descriptor.h"
#include "loop/log.h"
#include "loop/shared_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

struct handover_viewer {
	struct connection base;  /* the first member */
	struct input_body *body; /* NULL: there is none, or it is read */
	bool owns_file; /* the open file is ours alone, and does not wait */
	bool is_http;   /* an nph- script's: the whole response is ours */
};

static struct handover_viewer *
handover_viewer_of(struct connection *connection)
{
	return (struct handover_viewer *)connection;
}

static struct admission *
handover_admission_of(const struct handover_viewer *viewer)
{
	return viewer->base.connections->admission;
}

static struct response_form
handover_form(const struct handover_viewer *viewer, char date[HTTP_DATE_SIZE])
{
	return viewer->is_http ? (struct response_form){.is_http = true,
				     .date = http_date(date, time(NULL))}
			       : response_cgi;
}

/* Bodies. */

static void
handover_free_body(struct connection *connection)
{
	struct handover_viewer *viewer = handover_viewer_of(connection);
	struct input_body *body = viewer->body;

	if (!body)
		return;
	admission_close_upload(handover_admission_of(viewer), body->upload);
	input_body_fini(body);
	descriptor_close(&body->fd);
	free(body);
	viewer->body = NULL;
}

/* The answer ends once all of it is sent, and all of the body is read. */
static void
handover_advance(struct handover_viewer *viewer)
{
	if (connection_flush(&viewer->base) == 0 &&
	    (!viewer->body || viewer->body->is_read))
		connection_close(&viewer->base, NULL);
}

static void
handover_send_answer(
    struct handover_viewer *viewer, struct admission_answer *answer)
{
	struct byte_sink output = connection_output(&viewer->base);

	output.put(output.ctx, answer->bytes, answer->n);
	free(answer->bytes);
	connection_enter(&viewer->base, CONNECTION_ANSWERING);
	handover_advance(viewer);
}

/* The upload is answered, or the rest of the body is dropped. */
static void
handover_on_body_done(void *ctx)
{
	struct handover_viewer *viewer = ctx;
	struct input_body *body = viewer->body;
	struct upload *upload = body->upload;
	struct admission_answer answer;
	char date[HTTP_DATE_SIZE];
	struct response_form form = handover_form(viewer, date);

	if (!upload) {
		handover_advance(viewer);
		return;
	}
	body->upload = NULL;
	if (admission_answer_upload(
		handover_admission_of(viewer), &form, upload, &answer) < 0) {
		connection_close(&viewer->base, strerror(ENOMEM));
		return;
	}
	handover_send_answer(viewer, &answer);
	/* Unless that has closed the connection, and freed the body. */
	if (viewer->body && !body->is_read)
		input_body_drop(body);
}

/*
 * Takes the descriptor of the body, or closes it if there is none.  Returns 0
 * or -ENOMEM.
 */
static int
handover_begin_body(struct handover_viewer *viewer, uint64_t length, int fd,
    struct upload *upload)
{
	struct input_body *body;

	if (fd < 0 || (length == 0 && !upload)) {
		descriptor_close(&fd);
		return upload ? -EINVAL : 0;
	}
	body = malloc(sizeof(*body));
	if (!body) {
		descriptor_close(&fd);
		return -ENOMEM;
	}
	viewer->body = body;
	return input_body_start(body, viewer->base.connections->loop, fd,
	    length, upload, handover_on_body_done, viewer);
}

/*
 * The upload has its own deadline, which it observes by itself; the
 * connection's is for when pipecast stops.
 */
static void
handover_on_late(struct connection *connection)
{
	if (connection->connections->is_draining)
		connection_close(connection, "it took too long");
	else
		connection_set_deadline(connection, loop_now_ms() + 1000);
}

/* The answer. */

static int
handover_admit(struct handover_viewer *viewer, struct span message,
    uint64_t *length, struct admission_answer *answer)
{
	struct admission *admission = handover_admission_of(viewer);
	struct request request;
	char date[HTTP_DATE_SIZE];
	struct response_form form;

	request_from_meta_variables(&request, admission->policy->base_path,
	    handover_message_look_up, &message);
	request.way.gateway = gateway_handover.name;
	viewer->is_http = request.non_parsed_header;
	*length = input_body_length(handover_message_look_up, &message);
	form = handover_form(viewer, date);
	return admission_admit(
	    admission, &form, &request, &viewer->base.subscriber, answer);
}

/* May close the connection. */
static void
handover_answer(struct handover_viewer *viewer, struct span message, int input)
{
	struct admission_answer answer;
	uint64_t length;
	int rc = handover_admit(viewer, message, &length, &answer);

	if (rc == 0 && answer.is_stream) {
		descriptor_close(&input);
		connection_enter(&viewer->base, CONNECTION_STREAMING);
		return;
	}
	if (rc == 0)
		rc = handover_begin_body(viewer, length, input, answer.upload);
	else
		descriptor_close(&input);
	if (rc < 0) {
		log_line(LOG_ERROR,
		    "a request that was handed over was "
		    "refused: %s",
		    strerror(-rc));
		connection_close(&viewer->base, NULL);
	} else if (answer.upload) {
		connection_enter(&viewer->base, CONNECTION_POSTING);
	} else {
		handover_send_answer(viewer, &answer);
	}
}

bool
handover_viewer_can_use(const struct parcel *parcel)
{
	struct stat status;

	return parcel->n > 0 && fstat(parcel->fds[0], &status) == 0 &&
	    (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode));
}

void
handover_viewer_open(
    struct connections *connections, struct span message, struct parcel *parcel)
{
	int output = parcel_take(parcel, 0), input = parcel_take(parcel, 1);
	int own = descriptor_reopen(output, O_WRONLY);
	struct connection *connection;

	if (own >= 0)
		descriptor_close(&output);
	connection = connection_open(connections, own >= 0 ? own : output);
	if (!connection) {
		descriptor_close(&input);
		return;
	}
	handover_viewer_of(connection)->owns_file = own >= 0;
	handover_answer(handover_viewer_of(connection), message, input);
}

/* The stream. */

static ssize_t
handover_send_parts(void *ctx, const struct iovec *iov, int n)
{
	const struct handover_viewer *viewer = ctx;

	return viewer->owns_file
	    ? descriptor_write_parts(viewer->base.fd, iov, n)
	    : shared_file_write_parts(viewer->base.fd, iov, n);
}

static void
handover_on_sent(struct connection *connection)
{
	handover_advance(handover_viewer_of(connection));
}

/* The web server sees the end of the response. */
static void
handover_on_stream_end(struct connection *connection)
{
	connection_close(connection, NULL);
}

const struct connection_protocol handover_viewer_protocol = {
    .name = "a CGI",
    .size = sizeof(struct handover_viewer),
    .is_output_only = true,
    .transport =
	{
	    .send = handover_send_parts,
	    .wait = connection_await,
	    .done = connection_done,
	},
    .on_sent = handover_on_sent,
    .on_stream_end = handover_on_stream_end,
    .on_late = handover_on_late,
    .fini = handover_free_body,
};
