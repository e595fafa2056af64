/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_GATEWAYS_ADMISSION_H
#define PIPECAST_GATEWAYS_ADMISSION_H

/*
 * The admission: every gateway that serves many viewers hands it each request.
 * The policy decides between a stream and a short answer.  If there is no room
 * for another viewer, the answer is 200 with a late reconnection time, because
 * any other status stops an EventSource for good (WHATWG HTML 9.2.3).
 *
 * It also counts the connections, so that the program knows when all are gone.
 */

#include "core/fan_out.h"
#include "core/jitter.h"
#include "gateways/upload.h"
#include "http/response.h"
#include "loop/loop.h"

struct admission {
	const struct policy *policy;
	size_t max_clients; /* viewers of streams at a time */
	size_t n_viewers;
	uint64_t n_viewers_ever;
	size_t n_uploads; /* bodies that arrive now */
	size_t max_connections;
	size_t n_connections; /* including those without a request yet */
	bool closing;         /* pipecast stops: no new streams */
	struct jitter jitter;
	uint64_t retry_ms; /* of the streams */

	/*
	 * Upward: subscribes to the stream that the request names, as
	 * fan_out_attach.  Returns 0, -EBUSY for
	 * "not now", or another negative errno.
	 */
	int (*subscribe)(void *ctx, const struct request *request,
	    struct subscriber *subscriber, struct span head);
	/*
	 * Upward, if the policy has one: the report on pipecast in memory for
	 * free(), *n bytes of *media_type (static); NULL: no memory.
	 */
	char *(*report)(void *ctx, const struct request *request,
	    const char **media_type, size_t *n);
	/*
	 * Upward, if the policy lets streams take posts: begins to publish the
	 * body of the request, as was decided (both are borrowed for the call).
	 * NULL: no memory.
	 */
	struct upload *(*publish)(void *ctx, const struct request *request,
	    const struct answer *decided);
	/* Upward: a connection has gone. */
	loop_callback *on_gone;
	/* Upward, shared CGI: another hub of this user has started. */
	loop_callback *on_other_hub;
	void *ctx;
};

/* The answer to a request. */
struct admission_answer {
	bool is_stream; /* the subscriber is attached, the head on its way */
	struct upload *upload; /* else, unless NULL: it takes the body first */
	char *bytes; /* else the whole response; the caller's, to free() */
	size_t n;
	bool ends_connection; /* as the head says */
};

/*
 * Answers the request.  The subscriber's transport and ctx must be set; it is
 * attached if the answer is a stream; then admission_unsubscribed must be
 * called later.  If the body is to be published, an upload is there instead of
 * an answer; then admission_answer_upload, or admission_close_upload, must be
 * called later.  Returns 0, or -ENOMEM with nothing answered.
 */
int admission_admit(struct admission *admission,
    const struct response_form *form, const struct request *request,
    struct subscriber *subscriber, struct admission_answer *answer);

/*
 * Makes the response of an upload that is answered, and closes it.  Returns 0
 * or -ENOMEM.
 */
int admission_answer_upload(struct admission *admission,
    const struct response_form *form, struct upload *upload,
    struct admission_answer *answer);

/* Closes an upload that gets no answer of its own. */
void admission_close_upload(struct admission *admission, struct upload *upload);

/* The subscriber of an answer that was a stream is no longer one. */
void admission_unsubscribed(struct admission *admission);

/*
 * Whether there is room for another connection, if only to answer that there is
 * no room for a viewer.
 */
bool admission_has_room(const struct admission *admission);

/* Whether a connection may stay open only because it may be used again. */
bool admission_has_room_to_spare(const struct admission *admission);

/* A connection was opened, was closed. */
void admission_connected(struct admission *admission);
void admission_disconnected(struct admission *admission);

#endif
