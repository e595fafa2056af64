/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_HTTP_REFUSAL_H
#define PIPECAST_HTTP_REFUSAL_H

/* Why a message cannot be taken, for the client.  Only static ones exist. */
struct http_refusal {
	int status;         /* of the response */
	const char *reason; /* a sentence */
};

#endif
