/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PIPECAT_TRANSFER_H
#define PIPECAST_PIPECAT_TRANSFER_H

/*
 * One HTTP request at a time, by libcurl, which nothing else here knows.  It
 * ends early if its listener wants no more, if nothing comes for too long, or
 * if pipecat is asked to stop.
 */

#include "pipecat/settings.h"
#include "pipecat/verdict.h"

/* Name and value of a header field, without blanks around it. */
struct transfer_field {
	struct span name;
	struct span value;
};

struct transfer_request {
	const char *url;
	const char *last_event_id; /* or NULL */
	const char *accept;        /* media type, or NULL */
	struct span body;          /* to post; absent: GET */
	bool is_of_many;           /* the body may become many events */
	bool compressed;           /* ask for gzip */
	uint64_t silent_ms;        /* after which it is given up; 0: never */
	uint64_t for_ms;           /* after which it is stopped; 0: never */
};

/* Upward calls; each returns whether to go on.  Any may be NULL. */
struct transfer_listener {
	/* The head of an answer begins: of another, if there are redirects. */
	bool (*on_answer)(void *ctx);
	/* A field of that head. */
	bool (*on_field)(void *ctx, const struct transfer_field *field);
	/* The head is complete. */
	bool (*on_head)(void *ctx, const struct reply *reply);
	bool (*on_body)(void *ctx, struct span bytes);
	void *ctx;
};

struct transfer_result {
	struct reply reply;
	bool is_stopped; /* by listener, time or signal; then no fault */
	bool was_sent;   /* some of the body was: it may have been taken */
	uint64_t retry_after_ms;
	char why[256];  /* the fault, in words */
	char text[512]; /* what a refusal says, one line; or "" */
	char http[8];   /* version, as in "1.1"; "": no answer */
};

struct transfer;

/* Returns one to be closed, or NULL without memory. */
struct transfer *transfer_open(const struct settings *settings);

/* Whether libcurl speaks HTTP/2 to servers that offer it. */
bool transfer_can_http_2(void);

/* Idempotent; takes NULL. */
void transfer_close(struct transfer *transfer);

/* Runs the request to its end.  The result is valid until the next. */
const struct transfer_result *transfer_run(struct transfer *transfer,
    const struct transfer_request *request,
    const struct transfer_listener *listener);

/* While it runs: gives it up after so much silence from now on. */
void transfer_set_silent(struct transfer *transfer, uint64_t ms);

#endif
