/* SPDX-License-Identifier: MIT */

#include "pipecat/transfer_state.h"

#include "pipecat/stop.h"

#include <stdio.h>
#include <string.h>

/* What libcurl calls. */

static bool
transfer_ask(struct transfer *transfer, bool goes_on)
{
	if (!goes_on || stop_is_asked())
		transfer->result.is_stopped = true;
	return !transfer->result.is_stopped;
}

/* An answer that only leads to another one, which libcurl then asks for. */
static bool
transfer_is_between(const struct transfer *transfer, long status)
{
	return status / 100 == 1 ||
	    (status / 100 == 3 && transfer->has_location &&
		!transfer->request->body.bytes);
}

static bool
transfer_end_head(struct transfer *transfer)
{
	const struct transfer_listener *listener = transfer->listener;
	struct reply *reply = &transfer->result.reply;
	long status = 0;

	curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
	reply->status = (int)status;
	reply->media_type = transfer->has_media_type
	    ? span_of(transfer->media_type)
	    : (struct span){NULL, 0};
	transfer->has_head = !transfer_is_between(transfer, status);
	if (transfer->has_head)
		transfer->silent_ms = transfer->request->silent_ms;
	return !transfer->has_head || !listener->on_head ||
	    transfer_ask(transfer, listener->on_head(listener->ctx, reply));
}

void
transfer_begin_head(struct transfer *transfer)
{
	transfer->has_media_type = transfer->has_location = false;
	transfer->media_type[0] = '\0';
}

static bool
transfer_take_field(struct transfer *transfer, struct span line)
{
	const struct transfer_listener *listener = transfer->listener;
	const char *colon = memchr(line.bytes, ':', line.n);
	struct transfer_field field;

	if (line.n > 5 && memcmp(line.bytes, "HTTP/", 5) == 0) {
		transfer_begin_head(transfer);
		return !listener->on_answer ||
		    transfer_ask(transfer, listener->on_answer(listener->ctx));
	}
	if (!colon)
		return true;
	field.name = (struct span){line.bytes, (size_t)(colon - line.bytes)};
	field.value =
	    span_trim((struct span){colon + 1, line.n - field.name.n - 1});
	if (span_is_word(field.name, "Content-Type")) {
		snprintf(transfer->media_type, sizeof(transfer->media_type),
		    "%.*s", (int)field.value.n, field.value.bytes);
		transfer->has_media_type = true;
	}
	if (span_is_word(field.name, "Location"))
		transfer->has_location = true;
	return !listener->on_field ||
	    transfer_ask(transfer, listener->on_field(listener->ctx, &field));
}

static size_t
on_header(void *bytes, size_t size, size_t n, void *ctx)
{
	struct transfer *transfer = ctx;
	struct span line = {bytes, size * n};

	transfer->heard_ms = stop_now_ms();
	while (line.n > 0 && strchr("\r\n", line.bytes[line.n - 1]))
		line.n--;
	/* Those behind the body are none of the head's. */
	if (!transfer->has_head &&
	    !(line.n > 0 ? transfer_take_field(transfer, line)
			 : transfer_end_head(transfer)))
		return 0;
	return size * n;
}

/* Keeps the beginning of a refusal's text, which may say what is wrong. */
static void
transfer_keep_text(struct transfer *transfer, struct span bytes)
{
	struct transfer_result *result = &transfer->result;
	size_t n = strlen(result->text);

	for (size_t i = 0; i < bytes.n && n + 1 < sizeof(result->text); i++) {
		char c = bytes.bytes[i];

		result->text[n++] = c >= ' ' && c <= '~' ? c : ' ';
	}
	result->text[n] = '\0';
}

static size_t
on_body(void *bytes, size_t size, size_t n, void *ctx)
{
	struct transfer *transfer = ctx;
	const struct transfer_listener *listener = transfer->listener;
	struct span body = {bytes, size * n};

	transfer->heard_ms = stop_now_ms();
	if (transfer->result.reply.status >= 300 &&
	    span_is_word(span_trim(span_of(transfer->media_type)),
		"text/plain; charset=utf-8"))
		transfer_keep_text(transfer, body);
	if (listener->on_body &&
	    !transfer_ask(transfer, listener->on_body(listener->ctx, body)))
		return 0;
	return size * n;
}

static size_t
on_read(char *out, size_t size, size_t n, void *ctx)
{
	struct transfer *transfer = ctx;
	struct span rest = transfer->request->body;
	struct span part;

	span_take(&rest, transfer->sent);
	part = span_take(&rest, size * n);
	if (part.n > 0)
		memcpy(out, part.bytes, part.n);
	transfer->sent += part.n;
	transfer->heard_ms = stop_now_ms();
	return part.n;
}

/*
 * libcurl would send the body again over a new connection if one that it kept
 * is found broken.  The caller has to know that.
 */
static int
on_seek(void *ctx, curl_off_t offset, int origin)
{
	const struct transfer *transfer = ctx;

	return offset == 0 && origin == SEEK_SET && transfer->sent == 0
	    ? CURL_SEEKFUNC_OK
	    : CURL_SEEKFUNC_FAIL;
}

void
transfer_set_callbacks(struct transfer *transfer)
{
	CURL *easy = transfer->easy;

	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
	curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
	curl_easy_setopt(easy, CURLOPT_READDATA, transfer);
	curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_seek);
	curl_easy_setopt(easy, CURLOPT_SEEKDATA, transfer);
}
