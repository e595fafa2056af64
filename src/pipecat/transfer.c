/* SPDX-License-Identifier: MIT */

#include "config.h"

#include "pipecat/transfer_state.h"

#include "pipecat/stop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How long a connection, and then the head of the answer, may take. */
enum { CONNECT_MS = 30000, HEAD_MS = 60000 };

/* How long an answer may take once pipecat is asked to stop. */
enum { STOP_MS = 5000 };

enum { REDIRECTS_MAX = 10 };

/* How often libcurl is asked at the latest; it names earlier times itself. */
enum { TURN_MS = 60000 };

/* Setting it up. */

static bool
transfer_add_field(
    struct transfer *transfer, const char *name, const char *text)
{
	size_t size = strlen(name) + strlen(text) + 3;
	char *line = malloc(size);
	struct curl_slist *fields = NULL;

	if (line) {
		/* With an empty value libcurl would drop the field. */
		snprintf(line, size, "%s%s%s", name, *text ? ": " : ";", text);
		fields = curl_slist_append(transfer->fields, line);
	}
	free(line);
	if (fields)
		transfer->fields = fields;
	return fields != NULL;
}

static bool
transfer_set_fields(struct transfer *transfer)
{
	const struct transfer_request *request = transfer->request;
	bool ok = true;

	curl_slist_free_all(transfer->fields);
	transfer->fields = NULL;
	if (request->accept)
		ok = transfer_add_field(transfer, "Accept", request->accept) &&
		    transfer_add_field(transfer, "Cache-Control", "no-cache");
	if (ok && request->last_event_id && *request->last_event_id)
		ok = transfer_add_field(
		    transfer, "Last-Event-ID", request->last_event_id);
	if (ok && request->body.bytes) {
		/* No wait for a 100, and no form. */
		transfer->fields =
		    curl_slist_append(transfer->fields, "Expect:");
		ok = transfer_add_field(
		    transfer, "Content-Type", "text/plain; charset=utf-8");
	}
	curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, transfer->fields);
	return ok;
}

static void
transfer_set_method(struct transfer *transfer)
{
	const struct transfer_request *request = transfer->request;
	CURL *easy = transfer->easy;

	if (!request->body.bytes) {
		curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
		curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
		return;
	}
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_POST, 1L);
	curl_easy_setopt(
	    easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.n);
}

static void
transfer_set_connection(CURL *easy, const struct settings *settings)
{
	const struct owned *socket = &settings->target.socket;

	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_MAXREDIRS, (long)REDIRECTS_MAX);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "pipecat/" PACKAGE_VERSION);
	curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH,
	    settings->socket ? settings->socket : socket->bytes);
	if (settings->proxy)
		curl_easy_setopt(easy, CURLOPT_PROXY, settings->proxy);
	if (settings->cacert)
		curl_easy_setopt(easy, CURLOPT_CAINFO, settings->cacert);
	if (settings->token.bytes) {
		curl_easy_setopt(
		    easy, CURLOPT_XOAUTH2_BEARER, settings->token.bytes);
		curl_easy_setopt(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
	}
}

struct transfer *
transfer_open(const struct settings *settings)
{
	struct transfer *transfer = calloc(1, sizeof(*transfer));

	if (!transfer || curl_global_init(CURL_GLOBAL_DEFAULT) != 0) {
		free(transfer);
		return NULL;
	}
	transfer->settings = settings;
	transfer->multi = curl_multi_init();
	transfer->easy = curl_easy_init();
	if (!transfer->multi || !transfer->easy) {
		transfer_close(transfer);
		return NULL;
	}
	transfer_set_connection(transfer->easy, settings);
	transfer_set_callbacks(transfer);
	return transfer;
}

bool
transfer_can_http_2(void)
{
	return curl_version_info(CURLVERSION_NOW)->features &
	    CURL_VERSION_HTTP2;
}

void
transfer_close(struct transfer *transfer)
{
	if (!transfer)
		return;
	curl_easy_cleanup(transfer->easy);
	curl_multi_cleanup(transfer->multi);
	curl_slist_free_all(transfer->fields);
	free(transfer);
	curl_global_cleanup();
}

/* Running. */

/* What is no HTTP may come of a server that is being set up. */
static enum fault
transfer_fault_of(CURLcode code, int status)
{
	switch (code) {
	case CURLE_UNSUPPORTED_PROTOCOL:
		return status > 0 ? FAULT_SETUP : FAULT_NETWORK;
	case CURLE_OK:
		return FAULT_NONE;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_ISSUER_ERROR:
		return FAULT_CERTIFICATE;
	case CURLE_URL_MALFORMAT:
	case CURLE_TOO_MANY_REDIRECTS:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_BAD_FUNCTION_ARGUMENT:
	case CURLE_OUT_OF_MEMORY:
		return FAULT_SETUP;
	default:
		return FAULT_NETWORK;
	}
}

static void
transfer_take_messages(struct transfer *transfer)
{
	CURLMsg *message;
	int n;

	while ((message = curl_multi_info_read(transfer->multi, &n))) {
		if (message->msg != CURLMSG_DONE)
			continue;
		transfer->is_over = true;
		transfer->code = message->data.result;
	}
}

/*
 * Whether it has been silent for too long; if not, waits for more.  A post that
 * is under way when pipecat is asked to stop has a little time left.
 */
static bool
transfer_wait(struct transfer *transfer)
{
	struct curl_waitfd stop = {
	    .fd = stop_descriptor(), .events = CURL_WAIT_POLLIN};
	uint64_t now_ms = stop_now_ms();
	uint64_t ms = TURN_MS, silent_ms = now_ms - transfer->heard_ms;
	bool stops = stop_is_asked();

	if (stops)
		transfer->silent_ms = STOP_MS;
	if (transfer->silent_ms > 0) {
		if (silent_ms >= transfer->silent_ms)
			return true;
		if (transfer->silent_ms - silent_ms < ms)
			ms = transfer->silent_ms - silent_ms;
	}
	if (transfer->until_ms < now_ms + ms)
		ms = transfer->until_ms > now_ms ? transfer->until_ms - now_ms
						 : 0;
	curl_multi_poll(transfer->multi, &stop, stops ? 0 : 1, (int)ms, NULL);
	return false;
}

/*
 * libcurl's own words for a broken connection say how long that took, and would
 * be new ones each time.
 */
static void
transfer_explain(struct transfer *transfer)
{
	struct transfer_result *result = &transfer->result;
	const char *why = curl_easy_strerror(transfer->code);
	long error = 0;

	curl_easy_getinfo(transfer->easy, CURLINFO_OS_ERRNO, &error);
	if (result->reply.fault != FAULT_NETWORK && transfer->error[0])
		why = transfer->error;
	if (result->reply.fault == FAULT_NETWORK && error != 0)
		snprintf(result->why, sizeof(result->why), "%s (%s)", why,
		    strerror((int)error));
	else
		snprintf(result->why, sizeof(result->why), "%s", why);
}

static void
transfer_finish(struct transfer *transfer)
{
	struct transfer_result *result = &transfer->result;
	curl_off_t after_s = 0;
	long version = 0;

	curl_easy_getinfo(transfer->easy, CURLINFO_RETRY_AFTER, &after_s);
	curl_easy_getinfo(transfer->easy, CURLINFO_HTTP_VERSION, &version);
	result->retry_after_ms = after_s > 0 ? (uint64_t)after_s * 1000 : 0;
	snprintf(result->http, sizeof(result->http), "%s",
	    version == CURL_HTTP_VERSION_NONE      ? ""
		: version == CURL_HTTP_VERSION_1_0 ? "1.0"
		: version == CURL_HTTP_VERSION_2_0 ? "2"
		: version == CURL_HTTP_VERSION_3   ? "3"
						   : "1.1");
	if (result->is_stopped || result->reply.fault != FAULT_NONE)
		return;
	result->reply.fault =
	    transfer_fault_of(transfer->code, result->reply.status);
	/* A refusal whose body breaks off is a refusal. */
	if (result->reply.fault == FAULT_NETWORK && transfer->has_head &&
	    result->reply.status >= 300)
		result->reply.fault = FAULT_NONE;
	transfer_explain(transfer);
}

static bool
transfer_is_to_stop(const struct transfer *transfer)
{
	return (stop_is_asked() && !transfer->request->body.bytes) ||
	    stop_now_ms() >= transfer->until_ms;
}

static void
transfer_loop(struct transfer *transfer)
{
	struct transfer_result *result = &transfer->result;
	int n_running = 0;

	while (!transfer->is_over) {
		if (curl_multi_perform(transfer->multi, &n_running) !=
		    CURLM_OK) {
			transfer->code = CURLE_OUT_OF_MEMORY;
			return;
		}
		transfer_take_messages(transfer);
		if (transfer->is_over)
			return;
		if (transfer_is_to_stop(transfer)) {
			result->is_stopped = true;
			return;
		}
		if (transfer_wait(transfer)) {
			result->reply.fault = FAULT_SILENT;
			snprintf(result->why, sizeof(result->why),
			    "nothing came for %llu seconds",
			    (unsigned long long)(transfer->silent_ms / 1000));
			return;
		}
	}
}

const struct transfer_result *
transfer_run(struct transfer *transfer, const struct transfer_request *request,
    const struct transfer_listener *listener)
{
	transfer->request = request;
	transfer->listener = listener;
	transfer->result = (struct transfer_result){0};
	transfer->sent = 0;
	transfer_begin_head(transfer);
	transfer->has_head = transfer->is_over = false;
	transfer->error[0] = '\0';
	transfer->heard_ms = stop_now_ms();
	transfer->silent_ms = HEAD_MS;
	transfer->until_ms = request->for_ms > 0
	    ? transfer->heard_ms + request->for_ms
	    : UINT64_MAX;
	curl_easy_setopt(transfer->easy, CURLOPT_URL, request->url);
	curl_easy_setopt(transfer->easy, CURLOPT_ACCEPT_ENCODING,
	    request->compressed ? "gzip" : NULL);
	transfer_set_method(transfer);
	transfer->code = CURLE_OUT_OF_MEMORY;
	if (transfer_set_fields(transfer) &&
	    curl_multi_add_handle(transfer->multi, transfer->easy) ==
		CURLM_OK) {
		transfer_loop(transfer);
		transfer_finish(transfer);
		curl_multi_remove_handle(transfer->multi, transfer->easy);
	} else {
		transfer_finish(transfer);
	}
	transfer->result.was_sent = transfer->sent > 0;
	return &transfer->result;
}

void
transfer_set_silent(struct transfer *transfer, uint64_t ms)
{
	transfer->silent_ms = ms;
}
