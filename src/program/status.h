/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PROGRAM_STATUS_H
#define PIPECAST_PROGRAM_STATUS_H

/*
 * What pipecast says about itself: a report, once as JSON and once in
 * Prometheus' text format, lines for the log, and a line for the terminal that
 * follows what happens.  It only looks at streams and admission.
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
