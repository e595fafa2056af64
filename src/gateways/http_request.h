/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_GATEWAYS_HTTP_REQUEST_H
#define PIPECAST_GATEWAYS_HTTP_REQUEST_H

/*
 * Turns the head of an HTTP request into an answer: its target, its host and
 * its fields become a request as a web server would pass it on, which the
 * admission answers.
 */

#include "gateways/admission.h"
#include "http/head.h"

/* The socket that a request came by. */
struct http_endpoint {
	struct admission *admission;
	const char *host;      /* that was given for this socket, or NULL */
	bool for_this_machine; /* only: hosts are checked */
	bool host_refusal_logged;
	bool mistake_logged; /* of a peer that speaks another protocol */
};

/*
 * Answers the request with that whole head, which came from the peer of fd.
 * The rest is as for admission_admit.
 */
int http_request_answer(struct http_endpoint *endpoint, int fd,
    const struct http_head *head, const struct response_form *form,
    struct subscriber *subscriber, struct admission_answer *answer);

/*
 * An answer with that status and sentence.  Returns 0, or -ENOMEM.
 */
int http_request_refuse(const struct http_endpoint *endpoint, int status,
    const char *text, const struct response_form *form,
    struct admission_answer *answer);

#endif
