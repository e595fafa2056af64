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

/* Where there is a stream of a few ticks, beside the report. */
#define PROBE_NAME ".probe"

/* What a registry knows of a name. */
enum policy_stream {
	POLICY_STREAM_UNKNOWN,
	POLICY_STREAM_RUNNING,
	POLICY_STREAM_ENDED, /* for good: a viewer may have seen the end */
};

enum { POLICY_OWN_TYPES = 3 };

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
	bool offers_gzip; /* to those who accept it */
	struct span page_gzip; /* the page, compressed, or absent */
	bool page_leads_on;    /* from the root, also if no stream is there */
	bool has_report;       /* at STATUS_NAME, and a probe at PROBE_NAME */
	const struct tokens *tokens; /* that requests need, or NULL */
	bool anybody_posts;          /* even if a token is needed to read */
	const char *page_security;   /* its Content-Security-Policy, or NULL */
	/* The types of events that pipecast itself sends, "" for none. */
	const char *own_types[POLICY_OWN_TYPES];
	size_t max_event; /* bytes of data in an event */
	/* The name of the i-th input format of a body; NULL beyond the last. */
	const char *(*format_name)(size_t i);
	/*
	 * The registry of streams: whether there is one of that name (absent:
	 * the root stream), whether visitors may publish in it, and the names
	 * of all others.  NULL: there are none.
	 */
	enum policy_stream (*find_stream)(void *registry, struct span name);
	bool (*takes_posts)(void *registry, struct span name);
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
	ANSWER_POST,      /* the body is to be published: what became of it */
	ANSWER_REDIRECT,  /* to the URL without the token in it */
};

struct answer {
	enum answer_kind kind;
	bool without_body;        /* to HEAD: the head is all */
	bool is_gzip;             /* the content is encoded so */
	int status;               /* of an error, or of a post */
	unsigned retry_after_s;   /* of an error that will pass, 0: unknown */
	struct span allow_origin; /* Access-Control-Allow-Origin, or absent */
	bool varies_by_origin;
	bool takes_posts;       /* the stream does, */
	bool may_post;          /* and from pages of that origin, too */
	const char *format;     /* of a post; static, NULL: it is one event */
	struct span event_type; /* of events of a post without one, or absent */
	bool asks_for_password; /* an error 401: by basic authentication */
	bool is_form;           /* an error 401: a page asks for the token */
	bool is_asked_again;    /* and before that, browsers come back */
	bool over_tls;          /* a redirection: the request came by TLS */
	bool sets_cookie[TOKEN_PURPOSES];
	struct span query; /* of the request, for either, borrowed */
	struct span body;  /* of a report, borrowed, with its media type */
	const char *body_type;
	char text[512]; /* of an error, a post, or to come later; terminated */
};

/* Decides the answer; its spans are borrowed from policy and request. */
void policy_decide(const struct policy *policy, const struct request *request,
    struct answer *answer);

/*
 * Turns the answer that would have been a stream into one that ends at once
 * and makes an EventSource try again after that time.  Its comment says why, in
 * ASCII without line ends.
 */
void policy_come_later(const struct policy *policy, struct answer *answer,
    const char *why, uint64_t retry_ms);

/* Makes it an error with that status and text, one of http/response.c's. */
void policy_error(struct answer *answer, int status, const char *text);

/*
 * Why a visitor may not give an event that type: a sentence (static), or NULL.
 */
const char *policy_check_type(const struct policy *policy, struct span type);

/* Makes it 413 for an event over the limit. */
void policy_too_large(const struct policy *policy, struct answer *answer);

/*
 * Writes the methods that a request like the answered one may have, as Allow
 * lists them.  Those for other origins are without OPTIONS, which browsers send
 * by themselves.
 */
void policy_write_methods(
    struct byte_sink sink, const struct answer *answer, bool for_other_origins);

#endif
