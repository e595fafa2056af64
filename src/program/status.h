/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PROGRAM_STATUS_H
#define PIPECAST_PROGRAM_STATUS_H

/*
 * The report on pipecast itself: as JSON, in Prometheus' text format, as lines
 * for the log, and as a line in the terminal that is kept up to date.  It only
 * reads streams and admission.
 */

#include "gateways/admission.h"
#include "program/streams.h"

struct status {
	const struct streams *streams;
	const struct admission *admission;
	uint64_t started_ms; /* by loop_now_ms */
	struct timer timer;  /* of the line in the terminal */
	uint64_t n_events;   /* when the line was written last */
	uint64_t written_ms;
};

/* Borrows both. */
void status_init(struct status *status, const struct streams *streams,
    const struct admission *admission);

/*
 * The report in memory for free(), *n bytes; NULL: no memory.  Text from
 * outside (names, sources) is escaped as each format wants it.
 */
char *status_json(const struct status *status, size_t *n);
char *status_prometheus(const struct status *status, size_t *n);

/* The report as log lines that are written unless pipecast is quiet. */
void status_log(const struct status *status);

/*
 * Shows viewers, events and their rate in one line of the terminal, brought
 * up to date every second, until status_fini.  Returns 0 or -ENOMEM.
 */
int status_show(struct status *status, struct loop *loop);

/* Idempotent. */
void status_fini(struct status *status);

#endif
