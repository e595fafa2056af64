/* SPDX-License-Identifier: MIT */

#include "gateways/http_reader.h"

#include <assert.h>
#include <time.h>

void
http_reader_fini(struct http_reader *reader)
{
	assert(!reader->upload);
	http_head_fini(&reader->head);
	buffer_fini(&reader->pending);
}

void
http_reader_begin_body(struct http_reader *reader)
{
	const struct http_head *head = &reader->head;

	reader->body = head->is_chunked ? http_body_chunked()
					: http_body_of_length(head->length);
	reader->dropped_n = 0;
	reader->lets_keep_open = http_head_keeps_open(head);
	reader->is_http_1_0 = head->minor_version == 0;
}

bool
http_reader_would_give_up(struct http_reader *reader)
{
	const struct http_head *head = &reader->head;

	return !http_reader_body_has_ended(reader) &&
	    (head->expects_continue || head->length > HTTP_DROP_MAX);
}

void
http_reader_give_up(struct http_reader *reader)
{
	reader->body = http_body_of_length(0);
	reader->ends_connection = true;
}

static size_t
http_put_content(void *ctx, const char *bytes, size_t n)
{
	struct upload *upload = ((struct http_reader *)ctx)->upload;

	return upload ? upload->kind->take(upload, bytes, n) : n;
}

enum http_body_result
http_reader_feed_body(struct http_reader *reader, struct span *input)
{
	size_t used;
	enum http_body_result result =
	    http_body_feed(&reader->body, input->bytes, input->n, &used,
		(struct full_sink){http_put_content, reader});

	input->bytes += used;
	input->n -= used;
	if (!reader->upload)
		reader->dropped_n += (uint32_t)used;
	return result;
}

bool
http_reader_body_has_ended(struct http_reader *reader)
{
	struct span nothing = {"", 0};

	return http_reader_feed_body(reader, &nothing) == HTTP_BODY_WHOLE;
}

bool
http_reader_is_full(struct http_reader *reader)
{
	return http_reader_body_has_ended(reader) ||
	    (reader->upload && reader->upload->is_full);
}

struct response_form
http_reader_form(const struct http_reader *reader, char date[HTTP_DATE_SIZE])
{
	return (struct response_form){
	    .is_http = true,
	    .keeps_open = reader->lets_keep_open && !reader->ends_connection &&
		reader->n_pipelined < HTTP_PIPELINE_MAX,
	    .to_http_1_0 = reader->is_http_1_0,
	    .date = http_date(date, time(NULL)),
	};
}
