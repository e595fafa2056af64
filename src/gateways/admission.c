/* SPDX-License-Identifier: MIT */

#include "gateways/admission.h"

#include "core/deflater.h"
#include "loop/log.h"

#include <errno.h>
#include <stdlib.h>

/*
 * Viewers for which there is no room retry after so many reconnection times, up
 * to three times as many.
 */
enum { LATER_TIMES = 5 };

/* While pipecast stops, the next process is expected soon. */
static uint64_t
admission_later_ms(struct admission *admission)
{
	uint64_t least = admission->retry_ms;

	if (!admission->closing && least <= UINT32_MAX / LATER_TIMES)
		least *= LATER_TIMES;
	return least + jitter_below(&admission->jitter, 2 * least + 1);
}

static int
admission_make_response(const struct admission *admission,
    const struct response_form *form, const struct answer *decided,
    struct admission_answer *answer)
{
	answer->bytes =
	    response_create(form, admission->policy, decided, &answer->n);
	answer->ends_connection = response_ends_connection(form, decided);
	return answer->bytes ? 0 : -ENOMEM;
}

/* A smaller report is hardly smaller compressed. */
enum { GZIP_MIN = 1000 };

/*
 * Compresses the body if that is worth it; *memory is for the caller to free.
 */
static void
admission_encode(struct answer *decided, struct owned *memory)
{
	if (decided->is_gzip && decided->body.n >= GZIP_MIN)
		*memory = deflater_gzip(decided->body);
	decided->is_gzip = memory->bytes != NULL;
	if (decided->is_gzip)
		decided->body = owned_span(memory);
}

static int
admission_make_report(struct admission *admission,
    const struct response_form *form, const struct request *request,
    struct answer *decided, struct admission_answer *answer)
{
	char *report = admission->report(
	    admission->ctx, request, &decided->body_type, &decided->body.n);
	struct owned encoded = {0};
	int rc;

	if (!report)
		return -ENOMEM;
	decided->body.bytes = report;
	admission_encode(decided, &encoded);
	rc = admission_make_response(admission, form, decided, answer);
	owned_free(&encoded);
	free(report);
	return rc;
}

static int
admission_subscribe(struct admission *admission, const struct request *request,
    struct subscriber *subscriber, const struct admission_answer *head)
{
	if (admission->closing ||
	    admission->n_viewers >= admission->max_clients)
		return -EBUSY;
	return admission->subscribe(admission->ctx, request, subscriber,
	    (struct span){head->bytes, head->n});
}

static void
admission_count_viewer(
    struct admission *admission, const struct request *request)
{
	char from[64], name[64];

	admission->n_viewers++;
	admission->n_viewers_ever++;
	text_escape(from, sizeof(from), request->remote_address);
	log_line(LOG_INFO, "%s%s opened /%s; %zu viewer%s now",
	    *from ? "viewer " : "a viewer", from,
	    text_escape(name, sizeof(name), request->name),
	    admission->n_viewers, text_plural(admission->n_viewers));
}

/* While pipecast stops, the next process is expected soon. */
static int
admission_publish(struct admission *admission, const struct response_form *form,
    const struct request *request, struct answer *decided,
    struct admission_answer *answer)
{
	if (admission->closing) {
		policy_error(decided, 503, "pipecast stops; try again soon.");
		decided->retry_after_s = 1;
		return admission_make_response(
		    admission, form, decided, answer);
	}
	answer->upload = admission->publish(admission->ctx, request, decided);
	if (!answer->upload)
		return -ENOMEM;
	admission->n_uploads++;
	return 0;
}

static const char *
admission_why_later(const struct admission *admission)
{
	if (admission->closing)
		return "pipecast stops; come back later";
	if (admission->n_viewers >= admission->max_clients)
		return "pipecast is full; come back later";
	return "come back later";
}

int
admission_admit(struct admission *admission, const struct response_form *form,
    const struct request *request, struct subscriber *subscriber,
    struct admission_answer *answer)
{
	struct answer decided;
	int rc;

	*answer = (struct admission_answer){0};
	policy_decide(admission->policy, request, &decided);
	if (decided.kind == ANSWER_REPORT)
		return admission_make_report(
		    admission, form, request, &decided, answer);
	if (decided.kind == ANSWER_POST)
		return admission_publish(
		    admission, form, request, &decided, answer);
	rc = admission_make_response(admission, form, &decided, answer);
	if (rc < 0 || decided.kind != ANSWER_STREAM || decided.without_body)
		return rc;
	subscriber->is_gzip = decided.is_gzip;
	rc = admission_subscribe(admission, request, subscriber, answer);
	free(answer->bytes);
	if (rc == 0) {
		*answer = (struct admission_answer){.is_stream = true};
		admission_count_viewer(admission, request);
		return 0;
	}
	policy_come_later(admission->policy, &decided,
	    admission_why_later(admission), admission_later_ms(admission));
	return admission_make_response(admission, form, &decided, answer);
}

int
admission_answer_upload(struct admission *admission,
    const struct response_form *form, struct upload *upload,
    struct admission_answer *answer)
{
	int rc;

	*answer = (struct admission_answer){0};
	rc = admission_make_response(admission, form, &upload->answer, answer);
	admission_close_upload(admission, upload);
	return rc;
}

void
admission_close_upload(struct admission *admission, struct upload *upload)
{
	if (!upload)
		return;
	upload->kind->close(upload);
	admission->n_uploads--;
}

void
admission_unsubscribed(struct admission *admission)
{
	admission->n_viewers--;
	log_line(LOG_INFO, "a viewer has left; %zu viewer%s now",
	    admission->n_viewers, text_plural(admission->n_viewers));
}

bool
admission_has_room(const struct admission *admission)
{
	return admission->n_connections < admission->max_connections;
}

/* With a quarter of the room free. */
bool
admission_has_room_to_spare(const struct admission *admission)
{
	size_t max = admission->max_connections;

	return admission->n_connections < max - max / 4;
}

void
admission_connected(struct admission *admission)
{
	admission->n_connections++;
}

void
admission_disconnected(struct admission *admission)
{
	admission->n_connections--;
	admission->on_gone(admission->ctx);
}
