/* SPDX-License-Identifier: MIT */

#include "gateways/reception.h"

#include "loop/log.h"

#include <errno.h>
#include <stdlib.h>

/*
 * Viewers for which there is no room retry after so many reconnection times, up
 * to three times as many.
 */
enum { LATER_TIMES = 5 };

/* Marsaglia's xorshift: jitter needs spread, not secrecy. */
static uint32_t
next_random(struct reception *reception)
{
	reception->random ^= reception->random << 13;
	reception->random ^= reception->random >> 17;
	reception->random ^= reception->random << 5;
	return reception->random;
}

/* While pipecast stops, the next process is expected soon. */
static uint64_t
later_ms(struct reception *reception)
{
	uint64_t least = reception->retry_ms;

	if (!reception->closing && least <= UINT32_MAX / LATER_TIMES)
		least *= LATER_TIMES;
	return least + next_random(reception) % (2 * least + 1);
}

static int
make_response(const struct reception *reception, enum response_form form,
    const struct answer *decided, struct reception_answer *answer)
{
	answer->bytes =
	    response_create(form, reception->policy, decided, &answer->n);
	return answer->bytes ? 0 : -ENOMEM;
}

static int
make_report(struct reception *reception, enum response_form form,
    const struct request *request, struct answer *decided,
    struct reception_answer *answer)
{
	char *report = reception->report(
	    reception->ctx, request, &decided->body_type, &decided->body.n);
	int rc;

	if (!report)
		return -ENOMEM;
	decided->body.bytes = report;
	rc = make_response(reception, form, decided, answer);
	free(report);
	return rc;
}

static int
subscribe(struct reception *reception, const struct answer *decided,
    const struct request *request, struct subscriber *subscriber,
    const struct reception_answer *head)
{
	if (reception->closing ||
	    reception->n_viewers >= reception->max_clients)
		return -EBUSY;
	return reception->subscribe(reception->ctx, decided->stream, request,
	    subscriber, (struct span){head->bytes, head->n});
}

static void
count_viewer(struct reception *reception, const struct request *request)
{
	char from[64], name[64];

	reception->n_viewers++;
	reception->n_viewers_ever++;
	log_line(LOG_INFO, "viewer %s opened /%s; %zu viewer%s now",
	    text_escape(from, sizeof(from), request->remote_address),
	    text_escape(name, sizeof(name), request->name),
	    reception->n_viewers, text_plural(reception->n_viewers));
}

int
reception_receive(struct reception *reception, enum response_form form,
    const struct request *request, struct subscriber *subscriber,
    struct reception_answer *answer)
{
	struct answer decided;
	int rc;

	*answer = (struct reception_answer){0};
	policy_decide(reception->policy, request, &decided);
	if (decided.is_status)
		return make_report(reception, form, request, &decided, answer);
	rc = make_response(reception, form, &decided, answer);
	if (rc < 0 || !decided.is_stream || decided.without_body)
		return rc;
	rc = subscribe(reception, &decided, request, subscriber, answer);
	free(answer->bytes);
	if (rc == 0) {
		*answer = (struct reception_answer){.is_stream = true};
		count_viewer(reception, request);
		return 0;
	}
	policy_come_later(reception->policy, &decided, later_ms(reception));
	return make_response(reception, form, &decided, answer);
}

void
reception_unsubscribed(struct reception *reception)
{
	reception->n_viewers--;
	log_line(LOG_INFO, "a viewer has left; %zu viewer%s now",
	    reception->n_viewers, text_plural(reception->n_viewers));
}

bool
reception_has_room(const struct reception *reception)
{
	return reception->n_connections < reception->max_connections;
}

void
reception_connected(struct reception *reception)
{
	reception->n_connections++;
}

void
reception_disconnected(struct reception *reception)
{
	reception->n_connections--;
	reception->on_gone(reception->ctx);
}
