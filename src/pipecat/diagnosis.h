/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PIPECAT_DIAGNOSIS_H
#define PIPECAST_PIPECAT_DIAGNOSIS_H

/*
 * What observations say of the layers between here and a stream.  Pure.
 */

#include "pipecat/remedy.h"

/* All that was observed. */
struct examination {
	bool is_secure;           /* by https, */
	bool can_http_2;          /* over which we speak HTTP/2 */
	bool has_probe;           /* else plain and gzip say nothing */
	struct observation plain; /* a probe */
	struct observation gzip;  /* another, as browsers ask */
	struct observation stream;
};

struct finding {
	enum defect defect;
	bool is_note; /* nothing is wrong with it */
	uint64_t silence_ms;
	char seen[800]; /* sentences */
};

enum { FINDINGS_MAX = 8 };

struct diagnosis {
	struct layers layers; /* borrowed from the examination */
	struct finding findings[FINDINGS_MAX];
	size_t n;
};

void diagnose(
    const struct examination *examination, struct diagnosis *diagnosis);

/* Whether nothing is wrong, notes aside. */
bool diagnosis_is_well(const struct diagnosis *diagnosis);

/*
 * Writes the findings for a person, each with the layer and the lines that mend
 * it, or one line if there are none.
 */
void diagnosis_write(const struct diagnosis *diagnosis, struct byte_sink sink);

#endif
