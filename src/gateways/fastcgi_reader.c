/* SPDX-License-Identifier: MIT */

#include "gateways/fastcgi_rules.h"

#include <string.h>

/* Bytes that are kept: PARAMS, then the content of one more record. */
enum { CONTENT_MAX = FASTCGI_PARAMS_MAX + FASTCGI_GET_VALUES_MAX };

void
fastcgi_reader_init(struct fastcgi_reader *reader)
{
	*reader = (struct fastcgi_reader){0};
}

void
fastcgi_reader_fini(struct fastcgi_reader *reader)
{
	buffer_fini(&reader->content);
	fastcgi_reader_init(reader);
}

static enum fastcgi_result
reader_fail(struct fastcgi_reader *reader, enum fastcgi_failure failure)
{
	buffer_fini(&reader->content);
	reader->params_n = 0;
	reader->failure = (uint8_t)failure;
	return FASTCGI_ERROR;
}

/* Removes the record that was kept whole. */
static void
reader_drop_record(struct fastcgi_reader *reader)
{
	reader->content.n = reader->params_n;
	if (reader->content.n == 0)
		buffer_fini(&reader->content);
}

/* The active request. */

struct span
fastcgi_reader_params(const struct fastcgi_reader *reader)
{
	return (struct span){
	    buffer_span(&reader->content).bytes, reader->params_n};
}

void
fastcgi_reader_release(struct fastcgi_reader *reader)
{
	struct buffer *content = &reader->content;

	content->n -= reader->params_n;
	if (content->n > 0)
		memmove(content->bytes, content->bytes + reader->params_n,
		    content->n);
	else
		buffer_fini(content);
	reader->params_n = 0;
}

void
fastcgi_reader_finish(struct fastcgi_reader *reader)
{
	fastcgi_reader_release(reader);
	reader->request_id = 0;
	reader->stage = STAGE_NONE;
}

static enum fastcgi_result
reader_reply(
    struct fastcgi_reader *reader, enum fastcgi_type type, unsigned value)
{
	reader->reply = (uint8_t)type;
	reader->reply_value = (uint8_t)value;
	reader->close_after_reply = false;
	return FASTCGI_REPLY;
}

/* A BEGIN_REQUEST record has ended (5.1). */
static enum fastcgi_result
reader_begin_request(struct fastcgi_reader *reader)
{
	const unsigned char *body =
	    (const unsigned char *)reader->content.bytes + reader->params_n;
	unsigned role = (unsigned)body[0] << 8 | body[1];
	bool keep_connection = body[2] & FASTCGI_KEEP_CONN;

	reader_drop_record(reader);
	if (reader->request_id != 0)
		return reader_reply(
		    reader, FASTCGI_END_REQUEST, FASTCGI_CANT_MPX_CONN);
	if (role != FASTCGI_RESPONDER) {
		reader_reply(reader, FASTCGI_END_REQUEST, FASTCGI_UNKNOWN_ROLE);
		reader->close_after_reply = !keep_connection;
		return FASTCGI_REPLY;
	}
	reader->request_id = reader_record_id(reader);
	reader->keep_connection = keep_connection;
	reader->stage = STAGE_PARAMS;
	reader->stdin_n = 0;
	reader->leaves_body = false;
	return FASTCGI_NOTHING;
}

/* A record of the active request has ended, an empty one its stream (3.3). */
static enum fastcgi_result
reader_end_active(struct fastcgi_reader *reader)
{
	unsigned type = reader_record_type(reader);

	if (type == FASTCGI_ABORT_REQUEST)
		return FASTCGI_ABORT;
	if (reader_record_length(reader) > 0)
		return FASTCGI_NOTHING;
	if (type == FASTCGI_PARAMS && reader->stage == STAGE_PARAMS) {
		if (!fastcgi_pairs_are_whole(fastcgi_reader_params(reader)))
			return reader_fail(reader, FAILED_PARAMS_PAIRS);
		reader->stage = STAGE_STDIN;
		return FASTCGI_PARAMS_END;
	}
	if (type == FASTCGI_STDIN && reader->stage == STAGE_STDIN) {
		reader->stage = STAGE_ANSWER;
		return FASTCGI_REQUEST;
	}
	return FASTCGI_NOTHING;
}

/* Management records (4). */

static enum fastcgi_result
reader_end_management(struct fastcgi_reader *reader)
{
	struct span pairs = buffer_span(&reader->content);
	unsigned asked;

	if (reader_record_type(reader) != FASTCGI_GET_VALUES)
		return reader_reply(reader, FASTCGI_UNKNOWN_TYPE, 0);
	pairs.bytes += reader->params_n;
	pairs.n -= reader->params_n;
	if (!fastcgi_pairs_are_whole(pairs))
		return reader_fail(reader, FAILED_VALUES_PAIRS);
	asked = fastcgi_values_asked(pairs);
	reader_drop_record(reader);
	return reader_reply(reader, FASTCGI_GET_VALUES_RESULT, asked);
}

size_t
fastcgi_reader_reply(const struct fastcgi_reader *reader,
    const struct fastcgi_limits *limits, char out[FASTCGI_REPLY_MAX])
{
	switch (reader->reply) {
	case FASTCGI_GET_VALUES_RESULT:
		return fastcgi_write_values(out, reader->reply_value, limits);
	case FASTCGI_UNKNOWN_TYPE:
		fastcgi_write_unknown_type(out, reader_record_type(reader));
		return FASTCGI_UNKNOWN_TYPE_SIZE;
	default:
		fastcgi_write_end_request(out, reader_record_id(reader), 0,
		    (enum fastcgi_status)reader->reply_value);
		return FASTCGI_END_REQUEST_SIZE;
	}
}

/* Record by record. */

static enum fastcgi_result
reader_end_record(struct fastcgi_reader *reader)
{
	if (reader_is_management(reader))
		return reader_end_management(reader);
	if (reader_record_type(reader) == FASTCGI_BEGIN_REQUEST)
		return reader_begin_request(reader);
	if (reader_is_active(reader))
		return reader_end_active(reader);
	return FASTCGI_NOTHING;
}

/* A header is complete. */
static enum fastcgi_result
reader_begin_record(struct fastcgi_reader *reader)
{
	enum fastcgi_failure failure = fastcgi_rules_judge(reader);

	if (failure != FAILED_NOT)
		return reader_fail(reader, failure);
	reader->content_left = reader_record_length(reader);
	reader->padding_left = reader->header[6];
	return reader->content_left > 0 ? FASTCGI_NOTHING
					: reader_end_record(reader);
}

static enum fastcgi_result
reader_take_header(struct fastcgi_reader *reader, struct span *input)
{
	struct span part =
	    span_take(input, FASTCGI_HEADER_SIZE - reader->header_n);

	memcpy(reader->header + reader->header_n, part.bytes, part.n);
	reader->header_n += (uint8_t)part.n;
	if (reader->header_n < FASTCGI_HEADER_SIZE)
		return FASTCGI_NOTHING;
	return reader_begin_record(reader);
}

static bool
reader_is_of_params(const struct fastcgi_reader *reader)
{
	return reader_is_active(reader) &&
	    reader_record_type(reader) == FASTCGI_PARAMS;
}

static enum fastcgi_result
reader_take_content(struct fastcgi_reader *reader, struct span *input)
{
	struct span part = span_take(input, reader->content_left);
	bool of_params = reader_is_of_params(reader);

	if (of_params || reader_is_kept_whole(reader)) {
		if (buffer_append(&reader->content, part, CONTENT_MAX) < 0)
			return reader_fail(reader, FAILED_MEMORY);
		if (of_params)
			reader->params_n += (uint32_t)part.n;
	}
	reader->content_left -= (uint16_t)part.n;
	return reader->content_left > 0 ? FASTCGI_NOTHING
					: reader_end_record(reader);
}

/* The body that is left to the caller. */

static bool
reader_is_of_body(const struct fastcgi_reader *reader)
{
	return reader->leaves_body && reader_is_active(reader) &&
	    reader_record_type(reader) == FASTCGI_STDIN;
}

size_t
fastcgi_reader_body_n(const struct fastcgi_reader *reader)
{
	return reader->content_left;
}

static void
reader_forget_record(struct fastcgi_reader *reader)
{
	if (reader->content_left == 0 && reader->padding_left == 0 &&
	    reader->header_n == FASTCGI_HEADER_SIZE)
		reader->header_n = 0;
}

void
fastcgi_reader_take_body(struct fastcgi_reader *reader, size_t n)
{
	reader->content_left -= (uint16_t)n;
	reader_forget_record(reader);
}

/* Continues until there is a result, or no input is left. */
enum fastcgi_result
fastcgi_reader_feed(
    struct fastcgi_reader *reader, const char *bytes, size_t n, size_t *used)
{
	struct span input = {bytes, n};
	enum fastcgi_result result =
	    reader->failure == FAILED_NOT ? FASTCGI_NOTHING : FASTCGI_ERROR;

	while (result == FASTCGI_NOTHING && input.n > 0) {
		if (reader->header_n < FASTCGI_HEADER_SIZE)
			result = reader_take_header(reader, &input);
		else if (reader->content_left > 0 && reader_is_of_body(reader))
			result = FASTCGI_BODY;
		else if (reader->content_left > 0)
			result = reader_take_content(reader, &input);
		else
			reader->padding_left -=
			    (uint8_t)span_take(&input, reader->padding_left).n;
		reader_forget_record(reader);
	}
	*used = n - input.n;
	return result;
}
