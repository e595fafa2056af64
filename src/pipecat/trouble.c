/* SPDX-License-Identifier: MIT */

#include "pipecat/trouble.h"

#include "pipecat/stop.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

void
trouble_init(struct trouble *trouble, const struct settings *settings)
{
	*trouble = (struct trouble){.settings = settings};
	backoff_init(&trouble->backoff,
	    (uint32_t)getpid() * 2654435761U ^ (uint32_t)stop_now_ms());
}

void
trouble_describe(const struct transfer_result *result, struct verdict verdict,
    char *out, size_t size)
{
	const struct reply *reply = &result->reply;
	const struct span unknown = span_of("unknown");
	char type[80];
	size_t n;

	if (reply->fault != FAULT_NONE)
		snprintf(out, size, "%s", result->why);
	else if (reply->status == 200)
		snprintf(out, size, "the answer is of type %s",
		    text_escape(type, sizeof(type),
			reply->media_type.bytes ? reply->media_type : unknown));
	else
		snprintf(out, size, "the answer is %d%s%s", reply->status,
		    result->text[0] ? ": " : "", result->text);
	n = strlen(out);
	while (n > 0 && strchr(" .", out[n - 1]))
		out[--n] = '\0';
	if (verdict.hint)
		snprintf(out + n, size - n, "; %s", verdict.hint);
}

bool
trouble_begin(struct trouble *trouble, const struct transfer_result *result,
    struct verdict verdict, const char *suffix)
{
	bool is_final = verdict.kind == VERDICT_FINAL;
	bool goes_on = !is_final || trouble->settings->keep_trying;
	char reason[600], text[sizeof(trouble->told)];

	trouble_describe(result, verdict, reason, sizeof(reason));
	snprintf(text, sizeof(text), "%s%s%s", reason, suffix,
	    goes_on ? "; trying again" : "");
	if (!trouble->lasts || strcmp(trouble->told, text) != 0) {
		log_line(is_final ? LOG_ERROR : LOG_WARNING, "%s: %s",
		    trouble->settings->target.shown.bytes, text);
		memcpy(trouble->told, text, sizeof(text));
	}
	trouble->lasts = true;
	backoff_fail(&trouble->backoff);
	if (goes_on)
		stop_sleep(backoff_delay(&trouble->backoff,
		    is_final ? BACKOFF_FINAL_MS : result->retry_after_ms));
	return goes_on;
}

void
trouble_end(struct trouble *trouble, const char *what)
{
	backoff_succeed(&trouble->backoff);
	if (trouble->lasts)
		log_line(LOG_NOTICE, "%s: %s",
		    trouble->settings->target.shown.bytes, what);
	trouble->lasts = false;
}
