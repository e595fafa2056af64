/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_GATEWAYS_UPLOAD_H
#define PIPECAST_GATEWAYS_UPLOAD_H

/*
 * An upload: the body of a request that publishes, as it arrives.  A gateway
 * hands it on piece by piece, and does not read from its peer while the upload
 * is full.  The answer may be decided before the body has ended: at the latest
 * after that, or once due_ms has passed.
 *
 * What becomes of the body is decided above (program/post.h); the struct there
 * begins with this one.
 */

#include "http/policy.h"

struct upload {
	const struct upload_kind *kind;
	uint64_t due_ms;      /* when the gateway is to call late */
	bool is_full;         /* takes nothing now; on_change follows */
	bool is_answered;     /* drops the rest; the gateway may set it, too */
	struct answer answer; /* if it is answered */
	/*
	 * The gateway's: is_full or is_answered may have changed since the last
	 * call of a function of the kind.  May close the upload.
	 */
	void (*on_change)(void *ctx);
	void *ctx;
};

/* The calls of a gateway; none of them calls back. */
struct upload_kind {
	/*
	 * Takes content of the body.  Returns how many bytes: all, unless it is
	 * full now.
	 */
	size_t (*take)(struct upload *upload, const char *bytes, size_t n);
	/* The body has ended; not called while it is full. */
	void (*finish)(struct upload *upload);
	/* Nothing has happened up to due_ms: decides the answer. */
	void (*late)(struct upload *upload);
	/*
	 * Frees it.  Before it is answered: the body will not end.  What was
	 * whole of it stays published.
	 */
	void (*close)(struct upload *upload);
};

#endif
