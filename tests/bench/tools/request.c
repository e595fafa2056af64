/* SPDX-License-Identifier: MIT */

#include "request.h"

#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { FCGI_BEGIN_REQUEST = 1, FCGI_PARAMS = 4, FCGI_STDIN = 5 };

static void
add(struct request *request, const void *bytes, size_t n)
{
	if (n > sizeof(request->bytes) - request->n)
		errx(2, "the request has more than %d bytes", MAX_REQUEST);
	memcpy(request->bytes + request->n, bytes, n);
	request->n += n;
}

static void
add_text(struct request *request, const char *text)
{
	add(request, text, strlen(text));
}

static void
add_header(struct request *request, const char *name, const char *value)
{
	add_text(request, name);
	add_text(request, ": ");
	add_text(request, value);
	add_text(request, "\r\n");
}

static void
build_http(
    struct request *request, bool gzip, const char *path, const char *last_id)
{
	add_text(request, "GET ");
	add_text(request, path);
	add_text(request, " HTTP/1.1\r\n");
	add_header(request, "Host", "127.0.0.1");
	add_header(request, "Accept", "text/event-stream");
	add_header(request, "Cache-Control", "no-cache");
	if (gzip)
		add_header(request, "Accept-Encoding", "gzip");
	if (*last_id)
		add_header(request, "Last-Event-ID", last_id);
	add_text(request, "\r\n");
}

static void
add_record(struct request *request, int type, const void *content, size_t n)
{
	const uint8_t header[8] = {
	    1, (uint8_t)type, 0, 1, (uint8_t)(n >> 8), (uint8_t)n, 0, 0};

	add(request, header, sizeof(header));
	add(request, content, n);
}

static void
add_param(struct request *params, const char *name, const char *value)
{
	size_t n = strlen(value);
	uint8_t lengths[5] = {(uint8_t)strlen(name), (uint8_t)n};
	size_t lengths_n = 2;

	if (n > 127) {
		lengths[1] = 0x80;
		lengths[3] = (uint8_t)(n >> 8);
		lengths[4] = (uint8_t)n;
		lengths_n = 5;
	}
	add(params, lengths, lengths_n);
	add_text(params, name);
	add(params, value, n);
}

static void
add_params(struct request *params, const char *path, const char *last_id)
{
	size_t script_n = strcspn(path, "?");
	char script[MAX_REQUEST];

	snprintf(script, sizeof(script), "%.*s", (int)script_n, path);
	path += script_n;
	add_param(params, "QUERY_STRING", *path ? path + 1 : "");
	add_param(params, "REQUEST_METHOD", "GET");
	add_param(params, "CONTENT_TYPE", "");
	add_param(params, "CONTENT_LENGTH", "");
	add_param(params, "SCRIPT_NAME", script);
	add_param(params, "REQUEST_URI", path - script_n);
	add_param(params, "DOCUMENT_URI", script);
	add_param(params, "DOCUMENT_ROOT", "/usr/share/nginx/html");
	add_param(params, "SERVER_PROTOCOL", "HTTP/1.1");
	add_param(params, "REQUEST_SCHEME", "http");
	add_param(params, "GATEWAY_INTERFACE", "CGI/1.1");
	add_param(params, "SERVER_SOFTWARE", "nginx/1.22.1");
	add_param(params, "REMOTE_ADDR", "127.0.0.1");
	add_param(params, "REMOTE_PORT", "40000");
	add_param(params, "SERVER_ADDR", "127.0.0.1");
	add_param(params, "SERVER_PORT", "80");
	add_param(params, "SERVER_NAME", "localhost");
	add_param(params, "REDIRECT_STATUS", "200");
	add_param(params, "HTTP_HOST", "127.0.0.1");
	add_param(params, "HTTP_ACCEPT", "text/event-stream");
	add_param(params, "HTTP_CACHE_CONTROL", "no-cache");
	if (*last_id)
		add_param(params, "HTTP_LAST_EVENT_ID", last_id);
}

static void
build_fastcgi(
    struct request *request, bool gzip, const char *path, const char *last_id)
{
	static const char responder[8] = {0, 1};
	struct request params = {.n = 0};

	add_params(&params, path, last_id);
	if (gzip)
		add_param(&params, "HTTP_ACCEPT_ENCODING", "gzip");
	add_record(request, FCGI_BEGIN_REQUEST, responder, sizeof(responder));
	add_record(request, FCGI_PARAMS, params.bytes, params.n);
	add_record(request, FCGI_PARAMS, "", 0);
	add_record(request, FCGI_STDIN, "", 0);
}

void
request_build(struct request *request, bool fastcgi, bool gzip,
    const char *path, const char *last_id)
{
	request->n = 0;
	if (fastcgi)
		build_fastcgi(request, gzip, path, last_id);
	else
		build_http(request, gzip, path, last_id);
}
