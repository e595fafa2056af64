/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PIPECAT_TRANSFER_STATE_H
#define PIPECAST_PIPECAT_TRANSFER_STATE_H

/* For the files of the transfer alone. */

#include "pipecat/transfer.h"

#include <curl/curl.h>

struct transfer {
	const struct settings *settings;
	CURLM *multi;
	CURL *easy;
	struct curl_slist *fields;
	char error[CURL_ERROR_SIZE];

	const struct transfer_request *request;
	const struct transfer_listener *listener;
	struct transfer_result result;
	size_t sent; /* of the body */
	char media_type[128];
	bool has_media_type;
	bool has_location;
	bool has_head; /* the last answer's is complete */
	bool is_over;  /* libcurl has finished */
	CURLcode code;
	uint64_t heard_ms;
	uint64_t silent_ms; /* 0: never */
	uint64_t until_ms;  /* UINT64_MAX: for ever */
};

/* Forgets the head of an answer; another begins. */
void transfer_begin_head(struct transfer *transfer);

/* Sets the callbacks by which libcurl hands an answer on. */
void transfer_set_callbacks(struct transfer *transfer);

#endif
