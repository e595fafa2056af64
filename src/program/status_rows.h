/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PROGRAM_STATUS_ROWS_H
#define PIPECAST_PROGRAM_STATUS_ROWS_H

/*
 * The contents of a report, whatever its form.  Only status*.c include this.
 */

#include "program/status.h"

/*
 * A stream; or all streams of a template together, because their names may be
 * known to a few only, and there may be thousands.
 */
struct status_row {
	struct span name;
	struct stream_figures figures;
	bool is_template;
	size_t n_streams;
	bool has_ended;
};

/* Hands on the streams one by one. */
void status_each_row(const struct streams *streams,
    void (*put)(void *to, const struct status_row *row), void *to);

/* Whether it runs, waits, is away or has ended: static text. */
const char *status_source_state(const struct source *source);

/* Why a source is away, and for how long. */
struct status_trouble {
	const char *why; /* static, or NULL: it is not */
	double for_s;
};

struct status_trouble status_trouble_of(const struct source *source);

/* The longest of all sources of that template, or of all (NULL). */
struct status_trouble status_trouble_of_template(
    const struct streams *streams, const struct source_spec *template);

double status_uptime_s(const struct status *status);

#endif
