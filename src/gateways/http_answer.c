/* SPDX-License-Identifier: MIT */

#include "gateways/http_state.h"

#include "loop/address.h"
#include "loop/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Answer and body have both ended. */
static void
http_next_request(struct http_connection *http)
{
	struct http_reader *reader = http->reader;

	if (reader->ends_connection || http->base.connections->is_draining) {
		connection_linger(&http->base);
		return;
	}
	connection_enter(&http->base, CONNECTION_IDLE);
}

/* May close the connection. */
void
http_advance(struct http_connection *http)
{
	if (connection_flush(&http->base) == 0 &&
	    http_reader_body_has_ended(http->reader))
		http_next_request(http);
}

void
http_send_answer(struct http_connection *http, struct admission_answer *answer)
{
	struct byte_sink output = connection_output(&http->base);

	output.put(output.ctx, answer->bytes, answer->n);
	free(answer->bytes);
	http->reader->ends_connection |= answer->ends_connection;
	http_head_fini(&http->reader->head);
	connection_enter(&http->base, CONNECTION_ANSWERING);
	http_advance(http);
}

/* Refuses bytes that are no request.  May close the connection. */
void
http_refuse(struct http_connection *http, int status, const char *reason)
{
	char date[HTTP_DATE_SIZE];
	const struct response_form form = {
	    .is_http = true, .date = http_date(date, time(NULL))};
	struct admission_answer answer;

	admission_close_upload(http_admission_of(http), http->reader->upload);
	http->reader->upload = NULL;
	http_reader_give_up(http->reader);
	if (http_request_refuse(
		http_endpoint_of(http), status, reason, &form, &answer) < 0)
		connection_close(&http->base, strerror(ENOMEM));
	else
		http_send_answer(http, &answer);
}

void
http_refuse_mistake(
    struct http_connection *http, const struct http_mistake *mistake)
{
	struct http_endpoint *endpoint = http_endpoint_of(http);
	char where[ADDRESS_TEXT_SIZE];

	if (!endpoint->mistake_logged)
		log_line(LOG_WARNING,
		    "a client speaks %s to the HTTP socket %s; %s (further "
		    "ones are not logged)",
		    mistake->protocol, address_of(http->base.fd, where),
		    mistake->way_out);
	endpoint->mistake_logged = true;
	http_refuse(http, 400, mistake->text);
}

struct response_form
http_form(const struct http_connection *http, char date[HTTP_DATE_SIZE])
{
	struct response_form form = http_reader_form(http->reader, date);

	form.keeps_open = form.keeps_open &&
	    !http->base.connections->is_draining &&
	    admission_has_room_to_spare(http_admission_of(http));
	return form;
}
