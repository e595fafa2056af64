/* SPDX-License-Identifier: MIT */

#include "http/body.h"

#include "http/grammar.h"

/* The part to which the next byte belongs. */
enum state {
	STATE_LENGTH, /* a body of known length */
	STATE_SIZE,
	STATE_AFTER_SIZE, /* blanks before an extension */
	STATE_EXTENSION,
	STATE_SIZE_END, /* the LF of that line */
	STATE_CONTENT,
	STATE_CONTENT_CR,
	STATE_CONTENT_LF,
	STATE_TRAILER, /* the first byte of a line behind the last chunk */
	STATE_NAME,
	STATE_VALUE,
	STATE_TRAILER_END, /* the LF of a trailer */
	STATE_BODY_END,    /* the LF of the empty line */
	STATE_WHOLE,
};

static const struct http_refusal bad_size = {
    400, "A chunk of the body begins without its size."};
static const struct http_refusal huge_chunk = {
    413, "A chunk of the body is too large."};
static const struct http_refusal bad_extension = {
    400, "A chunk of the body has a broken extension."};
static const struct http_refusal bad_end = {
    400, "A chunk of the body does not end where its size says."};
static const struct http_refusal bad_trailer = {
    400, "The body has a broken trailer field."};
static const struct http_refusal bad_line_end = {
    400, "A line of the chunked body does not end in CR and LF."};
static const struct http_refusal many_extras = {
    431, "The body has over 4 KiB of chunk extensions and trailers."};

struct http_body
http_body_of_length(uint64_t length)
{
	return (struct http_body){
	    .left = length,
	    .state = length > 0 ? STATE_LENGTH : STATE_WHOLE,
	};
}

struct http_body
http_body_chunked(void)
{
	return (struct http_body){.state = STATE_SIZE};
}

static const struct http_refusal *
body_enter(struct http_body *body, enum state state)
{
	body->state = (uint8_t)state;
	return NULL;
}

/* A line that the framing consists of must end in CR LF. */
static const struct http_refusal *
body_expect_lf(struct http_body *body, unsigned char c, enum state next)
{
	return c == '\n' ? body_enter(body, next) : &bad_line_end;
}

static const struct http_refusal *
body_count_extra(struct http_body *body)
{
	return ++body->extras_n > HTTP_BODY_EXTRAS_MAX ? &many_extras : NULL;
}

/* Chunks (7.1). */

/* Sizes have as many digits as fit, leading zeros included. */
static const struct http_refusal *
body_take_size(struct http_body *body, unsigned char c)
{
	int digit = text_hex_value((char)c);

	if (digit >= 0) {
		if (body->size_n == 2 * sizeof(body->left))
			return &huge_chunk;
		body->size_n++;
		body->left = body->left << 4 | (unsigned)digit;
		return NULL;
	}
	if (body->size_n == 0)
		return &bad_size;
	if (c == '\r')
		return body_enter(body, STATE_SIZE_END);
	if (c == ';')
		return body_enter(body, STATE_EXTENSION);
	if (text_is_blank((char)c))
		return body_enter(body, STATE_AFTER_SIZE);
	return c == '\n' ? &bad_line_end : &bad_size;
}

static const struct http_refusal *
body_take_after_size(struct http_body *body, unsigned char c)
{
	if (c == ';')
		return body_enter(body, STATE_EXTENSION);
	return text_is_blank((char)c) ? body_count_extra(body) : &bad_extension;
}

static const struct http_refusal *
body_take_extension(struct http_body *body, unsigned char c)
{
	if (c == '\r')
		return body_enter(body, STATE_SIZE_END);
	if (!http_is_value_character(c))
		return c == '\n' ? &bad_line_end : &bad_extension;
	return body_count_extra(body);
}

static const struct http_refusal *
body_end_size(struct http_body *body, unsigned char c)
{
	body->size_n = 0;
	return body_expect_lf(
	    body, c, body->left > 0 ? STATE_CONTENT : STATE_TRAILER);
}

/* Trailers (7.1.2). */

static const struct http_refusal *
body_begin_trailer(struct http_body *body, unsigned char c)
{
	if (c == '\r')
		return body_enter(body, STATE_BODY_END);
	if (!http_is_token_character(c))
		return c == '\n' ? &bad_line_end : &bad_trailer;
	body_enter(body, STATE_NAME);
	return body_count_extra(body);
}

static const struct http_refusal *
body_take_name(struct http_body *body, unsigned char c)
{
	if (c == ':')
		return body_enter(body, STATE_VALUE);
	return http_is_token_character(c) ? body_count_extra(body)
					  : &bad_trailer;
}

static const struct http_refusal *
body_take_value(struct http_body *body, unsigned char c)
{
	if (c == '\r')
		return body_enter(body, STATE_TRAILER_END);
	if (!http_is_value_character(c))
		return c == '\n' ? &bad_line_end : &bad_trailer;
	return body_count_extra(body);
}

/* A byte that is no content. */
static const struct http_refusal *
body_take(struct http_body *body, unsigned char c)
{
	switch ((enum state)body->state) {
	case STATE_SIZE:
		return body_take_size(body, c);
	case STATE_AFTER_SIZE:
		return body_take_after_size(body, c);
	case STATE_EXTENSION:
		return body_take_extension(body, c);
	case STATE_SIZE_END:
		return body_end_size(body, c);
	case STATE_CONTENT_CR:
		return c == '\r' ? body_enter(body, STATE_CONTENT_LF)
				 : &bad_end;
	case STATE_CONTENT_LF:
		return body_expect_lf(body, c, STATE_SIZE);
	case STATE_TRAILER:
		return body_begin_trailer(body, c);
	case STATE_NAME:
		return body_take_name(body, c);
	case STATE_VALUE:
		return body_take_value(body, c);
	case STATE_TRAILER_END:
		return body_expect_lf(body, c, STATE_TRAILER);
	case STATE_BODY_END:
		return body_expect_lf(body, c, STATE_WHOLE);
	case STATE_LENGTH:
	case STATE_CONTENT:
	case STATE_WHOLE:
		break;
	}
	return NULL;
}

/* Offers the content that is there to the sink; returns how much it took. */
static size_t
body_hand_on(struct http_body *body, struct span input, struct full_sink sink)
{
	size_t n = input.n < body->left ? input.n : (size_t)body->left;
	size_t taken = sink.put(sink.ctx, input.bytes, n);

	body->left -= taken;
	if (body->left == 0)
		body_enter(body,
		    body->state == STATE_LENGTH ? STATE_WHOLE
						: STATE_CONTENT_CR);
	return taken;
}

enum http_body_result
http_body_feed(struct http_body *body, const char *bytes, size_t n,
    size_t *used, struct full_sink sink)
{
	struct span rest = {bytes, n};
	size_t taken = 1;

	while (!body->refusal && body->state != STATE_WHOLE && rest.n > 0 &&
	    taken > 0) {
		taken = 1;
		if (body->state == STATE_LENGTH || body->state == STATE_CONTENT)
			taken = body_hand_on(body, rest, sink);
		else
			body->refusal =
			    body_take(body, (unsigned char)*rest.bytes);
		rest.bytes += taken;
		rest.n -= taken;
	}
	*used = n - rest.n;
	if (body->refusal)
		return HTTP_BODY_ERROR;
	return body->state == STATE_WHOLE ? HTTP_BODY_WHOLE : HTTP_BODY_MORE;
}
