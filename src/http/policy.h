/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_HTTP_POLICY_H
#define PIPECAST_HTTP_POLICY_H

/*
 * What a request is answered with, alike in all gateways: the stream, a page
 * that shows it, nothing (204), or a short text.  Anything but 200 or 204 stops
 * an EventSource for good (WHATWG HTML 9.2.3), so errors are for requests that
 * can never work.
 */

#include "http/request.h"
#include "core/stream_writer.h"

/* Where the report is, like a stream; no stream has such a name. */
#define STATUS_NAME ".status"

/* What the owner configured.  All borrowed. */
struct policy {
	enum dialect dialect;
	const char
	    *base_path; /* where we are mounted (http/base_path.h), or NULL */
	const char *const *hosts; /* further names of this machine */
	size_t n_hosts;
	const char *const *names; /* of the streams besides the root stream */
	size_t n_names;
	const char *const *origins; /* allowed, "*" for any */
	size_t n_origins;
	const char *const *headers; /* "NAME: VALUE", sent with every answer */
	size_t n_headers;
	struct span page; /* for a browser that opens a stream, or absent */
	bool status;      /* there is a report at STATUS_NAME */
	const char *page_security; /* its Content-Security-Policy, or NULL */
	/*
	 * Whether the stream of that index has ended for good.  NULL where a
	 * viewer has a process of its own: a viewer that comes back after the
	 * end of that has seen the end.
	 */
	bool (*has_ended)(void *ctx, size_t stream);
	void *ctx;
};

struct answer {
	int status;               /* HTTP status code */
	bool is_stream;           /* the event stream follows the head */
	bool is_page;             /* the page follows the head */
	bool is_status;           /* the body is to be a report on pipecast */
	bool without_body;        /* to HEAD: the head is all */
	bool is_preflight;        /* to OPTIONS */
	bool is_later;            /* a stream of nothing but text: come later */
	size_t stream;            /* its index in names, n_names for the root */
	struct span allow_origin; /* Access-Control-Allow-Origin, or absent */
	bool varies_by_origin;
	struct span body;      /* borrowed, with its type; else text: */
	const char *body_type; /* a media type */
	char text[512];        /* NUL-terminated */
};

/* Decides the answer; its spans are borrowed from policy and request. */
void policy_decide(const struct policy *policy, const struct request *request,
    struct answer *answer);

/*
 * Turns the answer that would have been a stream into one that ends at once
 * and makes an EventSource try again after that time.
 */
void policy_come_later(
    const struct policy *policy, struct answer *answer, uint64_t retry_ms);

/* An answer with that status and text, for errors outside a request. */
void policy_error(struct answer *answer, int status, const char *text);

#endif
