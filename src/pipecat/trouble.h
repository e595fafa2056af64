/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PIPECAT_TROUBLE_H
#define PIPECAST_PIPECAT_TROUBLE_H

/*
 * What is wrong with the connection, told once while it lasts, and once more
 * when it is over.
 */

#include "pipecat/backoff.h"
#include "pipecat/transfer.h"

#include "loop/log.h"

struct trouble {
	const struct settings *settings;
	struct backoff backoff;
	bool lasts;
	char told[1024]; /* last, of this trouble */
};

void trouble_init(struct trouble *trouble, const struct settings *settings);

/*
 * An attempt has failed.  The suffix, such as "; two are lost", is told as
 * well.  Returns whether there is to be another attempt, having waited for its
 * time.
 */
bool trouble_begin(struct trouble *trouble,
    const struct transfer_result *result, struct verdict verdict,
    const char *suffix);

/* All is well; what says so if it was not. */
void trouble_end(struct trouble *trouble, const char *what);

/*
 * Describes the answer, or the fault instead of one, and what to do, in words
 * without the full stop of a sentence.
 */
void trouble_describe(const struct transfer_result *result,
    struct verdict verdict, char *out, size_t size);

#endif
