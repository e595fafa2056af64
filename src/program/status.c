/* SPDX-License-Identifier: MIT */

#include "program/status.h"

#include "loop/log.h"
#include "program/status_rows.h"

#include <inttypes.h>
#include <stdio.h>

/* How often the line in the terminal is brought up to date. */
enum { LINE_MS = 1000 };

/* More sources, of streams on demand, would fill the log. */
enum { STATUS_SOURCES_MAX = 100 };

void
status_init(struct status *status, const struct streams *streams,
    const struct admission *admission)
{
	*status = (struct status){
	    .streams = streams,
	    .admission = admission,
	    .started_ms = loop_now_ms(),
	};
}

/* The log. */

static void
status_log_row(void *to, const struct status_row *row)
{
	const struct stream_figures *figures = &row->figures;
	char streams[32] = "";

	(void)to;
	if (row->is_template)
		snprintf(streams, sizeof(streams), "%zu stream%s, ",
		    row->n_streams, text_plural(row->n_streams));
	log_line(LOG_NOTICE,
	    "stream /%.*s: %s%zu viewer%s, %" PRIu64 " event%s, %" PRIu64
	    " viewer%s dropped",
	    (int)row->name.n, row->name.bytes, streams, figures->n_viewers,
	    text_plural(figures->n_viewers), figures->n_events,
	    text_plural(figures->n_events), figures->n_dropped,
	    text_plural(figures->n_dropped));
}

static const char *
status_write_trouble(const struct source *source, char *out, size_t size)
{
	struct status_trouble trouble = status_trouble_of(source);

	*out = '\0';
	if (trouble.why)
		snprintf(
		    out, size, " for %.0f s: %s", trouble.for_s, trouble.why);
	return out;
}

static void
status_log_sources(const struct streams *streams)
{
	const struct feed *feed = NULL;
	char text[256], why[256];
	size_t n = 0;

	while (n < STATUS_SOURCES_MAX &&
	    (feed = streams_next_feed(streams, feed))) {
		log_line(LOG_NOTICE, "source %s: %s%s",
		    text_escape(text, sizeof(text), span_of(feed->spec->text)),
		    status_source_state(&feed->source),
		    status_write_trouble(&feed->source, why, sizeof(why)));
		n++;
	}
	if (n == STATUS_SOURCES_MAX && streams_next_feed(streams, feed))
		log_line(LOG_NOTICE, "and more sources");
}

void
status_log(const struct status *status)
{
	const struct streams *streams = status->streams;
	const struct admission *admission = status->admission;

	log_line(LOG_NOTICE,
	    "up %.0f s, %zu viewer%s of at most %zu, %" PRIu64
	    " since the start, %zu connection%s",
	    status_uptime_s(status), admission->n_viewers,
	    text_plural(admission->n_viewers), admission->max_clients,
	    admission->n_viewers_ever, admission->n_connections,
	    text_plural(admission->n_connections));
	status_each_row(streams, status_log_row, NULL);
	status_log_sources(streams);
}

/* The terminal. */

/* Of the root stream, and of the streams on demand. */
static void
status_count_events(void *to, const struct status_row *row)
{
	uint64_t *n = to;

	if (row->name.n == 0 || row->is_template)
		*n += row->figures.n_events;
}

static void
status_write_line(void *ctx)
{
	struct status *status = ctx;
	uint64_t now_ms = loop_now_ms(), n = 0;
	uint64_t passed_ms = now_ms - status->written_ms;

	status_each_row(status->streams, status_count_events, &n);
	log_standing("%zu viewer%s, %" PRIu64 " event%s, %.0f/s",
	    status->admission->n_viewers,
	    text_plural(status->admission->n_viewers), n, text_plural(n),
	    (double)(n - status->n_events) * 1000 /
		(double)(passed_ms > 0 ? passed_ms : 1));
	status->n_events = n;
	status->written_ms = now_ms;
	timer_start(&status->timer, LINE_MS);
}

int
status_show(struct status *status, struct loop *loop)
{
	int rc = timer_init(&status->timer, loop, status_write_line, status);

	if (rc == 0)
		status_write_line(status);
	return rc;
}

void
status_fini(struct status *status)
{
	if (status->timer.handle)
		log_standing("%s", "");
	timer_fini(&status->timer);
}
