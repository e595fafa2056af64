/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_GATEWAYS_CGI_H
#define PIPECAST_GATEWAYS_CGI_H

/*
 * The CGI gateway (RFC 3875): one request from meta-variables in the
 * environment, one response on standard output.  The viewer is the only one of
 * its stream.
 *
 * In order: cgi_ask, then either cgi_reply, or cgi_stream and the loop.
 */

#include "core/fan_out.h"
#include "http/response.h"
#include "loop/loop.h"

struct cgi {
	const struct policy *policy;
	struct request request;
	struct answer answer;
	struct subscriber subscriber;
	struct watch writable;
	struct watch hangup;
	int fd;            /* of our own, or standard output itself */
	bool body_is_read; /* to its end: nothing of it is left to drop */
	bool is_done;
	int error; /* 0, or why the viewer was lost (a negative errno) */
	loop_callback *on_done;
	void *ctx;
};

/* A request_lookup in the environment; ctx is not used. */
const char *cgi_look_up(void *ctx, const char *name);

/* Whether the environment is that of a CGI program (RFC 3875, 4.1). */
bool cgi_is_asked(void);

/*
 * Whether only variables that servers add to those of RFC 3875 say so: the
 * server does not pass on the latter, so the request is unknown.
 */
bool cgi_is_incomplete(void);

/*
 * Whether an argument may be a word of the query string (RFC 3875, 4.4).  Then
 * none of the arguments can be trusted.
 */
bool cgi_is_in_arguments(int argc, char *const argv[]);

/* Reads the request and decides cgi->answer.  The policy is borrowed. */
void cgi_ask(struct cgi *cgi, const struct policy *policy);

/*
 * Writes cgi->answer, and nothing else; of a stream only the head.  Returns 0
 * or a negative errno.
 */
int cgi_reply(struct cgi *cgi);

/* Writes an error instead of a stream.  Returns as cgi_reply. */
int cgi_refuse(const struct policy *policy, int status, const char *text);

/*
 * Subscribes the viewer to the fan-out, whose next flush sends the head.
 * on_done is called once, from a flush or from the loop, when the viewer has
 * got everything or is gone; see cgi->error.  Returns 0 or -ENOMEM.
 */
int cgi_stream(struct cgi *cgi, struct loop *loop, struct fan_out *fan_out,
    const struct channel_resume *resume, loop_callback *on_done, void *ctx);

/* Unsubscribes.  Idempotent. */
void cgi_fini(struct cgi *cgi);

#endif
