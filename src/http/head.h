/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_HTTP_HEAD_H
#define PIPECAST_HTTP_HEAD_H

/*
 * The head of an HTTP request (RFC 9112): bytes go in, at whatever cut; a
 * method, a target and fields come out.  No I/O, and no memory but the head's.
 *
 * It is strict where leniency lets two programs read one message differently:
 * every line ends in CR LF, no field is continued on another line, no blank
 * stands before a colon, no control character anywhere; a Host is there once,
 * and the length of the body is told in one way only.  Once in error it stays
 * there, because the beginning of another request is unknown.
 */

#include "core/buffer.h"
#include "http/refusal.h"

enum {
	HTTP_METHOD_MAX = 32,   /* bytes of a method */
	HTTP_LINE_MAX = 12288,  /* of the request line with its end */
	HTTP_FIELD_MAX = 12288, /* of a field with its end */
	HTTP_FIELDS_MAX = 100,  /* fields */
	HTTP_HEAD_MAX = 16384,  /* bytes in all */
};

struct http_head {
	/* After HTTP_HEAD_ERROR: why; else NULL. */
	const struct http_refusal *refusal;
	struct buffer content; /* method, target, then each name and value */
	uint64_t length;       /* of the body, if it is not chunked */
	uint32_t taken;        /* bytes of the head */
	uint32_t line_n;       /* of them in its last line */
	uint32_t name_at;      /* where in content the last field begins, */
	uint32_t value_at;     /* and its value */
	uint8_t n_fields;
	uint8_t minor_version; /* of HTTP/1 */
	uint8_t version_n;     /* characters of it that were read */
	uint8_t state;
	bool has_host;
	bool has_length;
	bool is_chunked;
	bool expects_continue; /* the client waits for 100 before its body */
	bool asks_to_close;    /* "Connection: close" */
	bool asks_to_keep;     /* "Connection: keep-alive" */
};

enum http_head_result {
	HTTP_HEAD_MORE,  /* all bytes were taken, more are needed */
	HTTP_HEAD_WHOLE, /* the head has ended */
	HTTP_HEAD_ERROR, /* it is to be refused; for ever */
};

/* Allocates nothing. */
void http_head_init(struct http_head *head);

/* Frees the memory.  Idempotent; the head is as after init. */
void http_head_fini(struct http_head *head);

/*
 * Takes bytes up to the end of the head, *used of them.  After
 * HTTP_HEAD_WHOLE it takes no more.
 */
enum http_head_result http_head_feed(
    struct http_head *head, const char *bytes, size_t n, size_t *used);

/* Whether anything of a request has come, an empty line before it included. */
bool http_head_has_begun(const struct http_head *head);

/*
 * After HTTP_HEAD_WHOLE.  Borrowed until the fini; the target has no control
 * character and no space, and is not looked at otherwise.
 */
const char *http_head_method(const struct http_head *head);
const char *http_head_target(const struct http_head *head);

/* The value of the first field of that name, whatever its case, or NULL. */
const char *http_head_field(const struct http_head *head, const char *name);

/* Whether the client lets the connection stay open (RFC 9112, 9.3). */
bool http_head_keeps_open(const struct http_head *head);

#endif
