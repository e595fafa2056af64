/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_HTTP_POLICY_H
#define PIPECAST_HTTP_POLICY_H

/*
 * The answer to a request, alike in all gateways: the stream, a page
 * that shows it, or something short.  Any status but 200 and 204 stops an
 * EventSource for good (WHATWG HTML 9.2.3), so an error is for a request that
 * can never succeed.
 */

#include "http/request.h"
#include "core/stream_writer.h"

/* Where the report is, like a stream; no stream has such a name. */
#define STATUS_NAME ".status"

/* What a registry knows of a name. */
enum policy_stream {
	POLICY_STREAM_UNKNOWN,
	POLICY_STREAM_RUNNING,
	POLICY_STREAM_ENDED, /* for good: a viewer may have seen the end */
};

/* The configuration.  All borrowed. */
struct policy {
	enum dialect dialect;
	const char
	    *base_path; /* where we are mounted (http/base_path.h), or NULL */
	const char *const *hosts; /* further names of this machine */
	size_t n_hosts;
	const char *const *origins; /* allowed, "*" for any */
	size_t n_origins;
	const char *const *headers; /* "NAME: VALUE", sent with every answer */
	size_t n_headers;
	struct span page; /* for a browser that opens a stream, or absent */
	bool has_report;  /* there is a report at STATUS_NAME */
	const char *page_security; /* its Content-Security-Policy, or NULL */
	/*
	 * The registry of streams: whether there is one of that name (absent:
	 * the root stream), and the names of all others.  NULL: there are none.
	 */
	enum policy_stream (*find_stream)(void *registry, struct span name);
	void (*list_streams)(
	    void *registry, void (*put)(void *to, struct span name), void *to);
	void *registry;
};

/* The kinds of answers.  http/response.c has a row for each. */
enum answer_kind {
	ANSWER_ERROR,     /* a status and a text for a person */
	ANSWER_STREAM,    /* the event stream */
	ANSWER_PAGE,      /* the page that shows the stream */
	ANSWER_REPORT,    /* a report on pipecast */
	ANSWER_PREFLIGHT, /* which requests are allowed (OPTIONS) */
	ANSWER_ENDED,     /* the viewer has seen the end of the stream */
	ANSWER_LATER,     /* a stream of nothing but a reconnection time */
};

struct answer {
	enum answer_kind kind;
	bool without_body;        /* to HEAD: the head is all */
	int status;               /* of an error */
	struct span allow_origin; /* Access-Control-Allow-Origin, or absent */
	bool varies_by_origin;
	struct span body; /* of a report, borrowed, with its media type */
	const char *body_type;
	char text[512]; /* of an error, or to come later; terminated */
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

/* Makes it an error with that status and text, one of http/response.c's. */
void policy_error(struct answer *answer, int status, const char *text);

/*
 * Writes the methods that a request may have, as Allow lists them.  Those for
 * other origins are without OPTIONS, which browsers send by themselves.
 */
void policy_write_methods(struct byte_sink sink, bool for_other_origins);

#endif
