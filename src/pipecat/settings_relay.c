/* SPDX-License-Identifier: MIT */

#include "pipecat/settings_relay.h"

#include "core/event_id.h"
#include "core/quantity.h"
#include "loop/log.h"

#include <stdio.h>
#include <string.h>

/* More than a URL that anything can use, and an ID. */
enum { RELAYED_MAX = 16384, RELAYED_LINES = 3 };

static enum settings_result
settings_relay_wrong(void)
{
	log_line(LOG_ERROR,
	    "--relay is for pipecast, which writes the URL to standard input");
	return SETTINGS_WRONG;
}

enum settings_result
settings_read_relay(struct settings *settings)
{
	char text[RELAYED_MAX];
	char *lines[RELAYED_LINES], *at;
	size_t n = 0;

	for (int i = 0; i < RELAYED_LINES; i++) {
		if (!fgets(text + n, (int)(sizeof(text) - n), stdin))
			return settings_relay_wrong();
		n += strlen(text + n);
		if (n == 0 || text[n - 1] != '\n')
			return settings_relay_wrong();
	}
	settings->relayed = owned_copy((struct span){text, n});
	at = settings->relayed.bytes;
	for (int i = 0; at && i < RELAYED_LINES; i++) {
		lines[i] = at;
		at += strcspn(at, "\n");
		*at++ = '\0';
	}
	if (!at)
		return SETTINGS_FAILED;
	settings->url = lines[0];
	settings->last_event_id = lines[1];
	if (quantity_parse(QUANTITY_COUNT, lines[2], &settings->max_event) ||
	    !event_id_is_acceptable(span_of(lines[1])))
		return settings_relay_wrong();
	settings->keep_trying = true;
	settings->print_as = PRINT_SSE;
	return SETTINGS_RUN;
}
