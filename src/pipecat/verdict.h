/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PIPECAT_VERDICT_H
#define PIPECAST_PIPECAT_VERDICT_H

/*
 * What an answer means (WHATWG HTML 9.2.3).  A browser gives up on any status
 * but 200; pipecat also tries again after those that a server sends while
 * what stands behind it is away.  Pure.
 */

#include "core/text.h"

/* How a transfer failed, if it did. */
enum fault {
	FAULT_NONE,
	FAULT_NETWORK,     /* it may go better next time */
	FAULT_SILENT,      /* nothing came for too long */
	FAULT_CERTIFICATE, /* the server's is not trusted */
	FAULT_SETUP,       /* it can never work as it was asked for */
};

enum verdict_kind {
	VERDICT_OK,    /* the stream is open, or the post is acknowledged */
	VERDICT_ENDED, /* 204: the stream has ended for good */
	VERDICT_RETRY,
	VERDICT_FINAL, /* another attempt would not help */
};

/* The head of an answer, or the fault instead of one. */
struct reply {
	enum fault fault;
	int status;
	struct span media_type; /* absent: there is none */
};

struct verdict {
	enum verdict_kind kind;
	const char *hint; /* what to do, a sentence; NULL for none.  Static. */
};

/* Of the answer to a request for a stream. */
struct verdict verdict_of_stream(const struct reply *reply);

/* Of the answer to a post. */
struct verdict verdict_of_post(const struct reply *reply);

#endif
