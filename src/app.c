/* SPDX-License-Identifier: MIT */

#include "app.h"

#include "gateways/cgi.h"
#include "loop/log.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

/*
 * What a CGI process may hold for its one viewer when there is no past to be
 * kept: as much as a pipe.
 */
enum { CGI_HISTORY = 65536 };

/* From SIGTERM to the end, whatever still runs. */
enum { SHUTDOWN_MS = 4000 };

static const int stop_signals[] = {SIGTERM, SIGINT, SIGHUP};
enum { N_STOP_SIGNALS = sizeof(stop_signals) / sizeof(stop_signals[0]) };

struct app {
	const struct options *options;
	const char **names;
	struct policy policy;
	char identity[STREAM_IDENTITY_MAX + 1];
	uint32_t seed;

	struct loop *loop;
	struct signal_watch signals[N_STOP_SIGNALS];
	struct timer flush; /* when the hub is to be flushed though silent */
	struct timer shutdown;
	struct children children;
	struct source_context context;

	struct hub *hub;
	struct source *sources;
	size_t n_sources;
	size_t n_running; /* sources that have not ended */
	size_t n_stopping;
	bool stopping;
	struct source_ending ending; /* what the end event says */
	struct cgi cgi;
};

/* Stopping. */

static void
stop_if_all_is_done(struct app *app)
{
	if (app->stopping && app->n_stopping == 0 && app->cgi.is_done)
		loop_stop(app->loop);
}

static void
on_source_stopped(void *ctx)
{
	struct app *app = ctx;

	app->n_stopping--;
	stop_if_all_is_done(app);
}

static void
stop_sources(struct app *app)
{
	if (app->stopping)
		return;
	app->stopping = true;
	timer_start(&app->shutdown, SHUTDOWN_MS);
	app->n_stopping = app->n_sources;
	for (size_t i = 0; i < app->n_sources; i++)
		source_stop(&app->sources[i]);
}

static void
on_viewer_done(void *ctx)
{
	struct app *app = ctx;

	stop_sources(app);
	stop_if_all_is_done(app);
}

static void
on_stop_signal(void *ctx)
{
	struct app *app = ctx;

	hub_drain(app->hub);
	stop_sources(app);
	stop_if_all_is_done(app);
}

static void
on_shutdown(void *ctx)
{
	struct app *app = ctx;

	loop_stop(app->loop);
}

/* Events, and the ends of sources. */

static bool
on_event(void *ctx, const struct event *event, struct span position)
{
	struct app *app = ctx;
	struct event complete = *event;

	if (app->stopping)
		return false;
	/* A stream of one source is resumed in the source itself. */
	if (!event->id.bytes && event->data.bytes && app->n_sources == 1)
		complete.id = position;
	if (hub_publish(app->hub, &complete) < 0)
		log_line(LOG_ERROR, "an event was lost: out of memory");
	return hub_has_room(app->hub);
}

static void
end_stream(struct app *app)
{
	char data[64] = "{}";

	if (app->ending.signal)
		snprintf(
		    data, sizeof(data), "{\"signal\":%d}", app->ending.signal);
	else if (app->ending.exit_status >= 0)
		snprintf(data, sizeof(data), "{\"exit_status\":%d}",
		    app->ending.exit_status);
	hub_end(app->hub, span_of(data));
}

static bool
is_of_command(const struct source_ending *ending)
{
	return ending->exit_status >= 0 || ending->signal;
}

/* Of several commands the first that failed is told of, else the last. */
static void
on_source_end(void *ctx, const struct source_ending *ending)
{
	struct app *app = ctx;
	bool failed = app->ending.exit_status > 0 || app->ending.signal;

	if (is_of_command(ending) && !failed)
		app->ending = *ending;
	if (--app->n_running == 0 && !app->stopping)
		end_stream(app);
}

/* It only ends a turn. */
static void
on_flush_due(void *ctx)
{
	(void)ctx;
}

/*
 * Everything that was read this turn goes out.  Sources that had to wait may
 * go on then; what they bring goes out at the end of another turn.
 */
static void
on_turn_end(void *ctx)
{
	struct app *app = ctx;
	uint64_t next_ms = hub_flush(app->hub, loop_now_ms());

	if (next_ms == UINT64_MAX)
		timer_stop(&app->flush);
	else
		timer_start(&app->flush, next_ms);
	if (app->stopping || !hub_has_room(app->hub))
		return;
	for (size_t i = 0; i < app->n_sources; i++)
		if (source_resume(&app->sources[i]))
			loop_again(app->loop);
}

/* Starting. */

static void
make_identity(struct app *app)
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuv";
	unsigned char bytes[12];

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (unsigned char)((uint64_t)getpid() *
				(loop_now_ms() + 1) >>
			    i);
	for (size_t i = 0; i < 8; i++)
		app->identity[i] = digits[bytes[i] % 32];
	memcpy(&app->seed, bytes + 8, sizeof(app->seed));
}

/* The names of the streams besides the root stream, for the policy. */
static int
make_policy(struct app *app)
{
	const struct options *options = app->options;
	size_t n = 0;

	app->names = calloc(options->n_sources + 1, sizeof(*app->names));
	if (!app->names)
		return -ENOMEM;
	for (size_t i = 0; i < options->n_sources; i++) {
		struct span name = options->sources[i].name;

		if (!name.bytes)
			continue;
		app->names[n] = strndup(name.bytes, name.n);
		if (!app->names[n++])
			return -ENOMEM;
	}
	app->policy = (struct policy){
	    .dialect = options->dialect,
	    .names = app->names,
	    .n_names = n,
	    .origins = options->origins.items,
	    .n_origins = options->origins.n,
	    .headers = options->headers.items,
	    .n_headers = options->headers.n,
	};
	return 0;
}

static int
open_loop(struct app *app)
{
	int rc;

	app->loop = loop_create();
	if (!app->loop)
		return -ENOMEM;
	loop_on_turn_end(app->loop, on_turn_end, app);
	rc = timer_init(&app->flush, app->loop, on_flush_due, app);
	if (rc == 0)
		rc = timer_init(&app->shutdown, app->loop, on_shutdown, app);
	for (size_t i = 0; rc == 0 && i < N_STOP_SIGNALS; i++)
		rc = signal_watch_init(&app->signals[i], app->loop,
		    stop_signals[i], on_stop_signal, app);
	if (rc == 0)
		rc = children_init(&app->children, app->loop);
	app->context = (struct source_context){
	    .loop = app->loop,
	    .children = &app->children,
	    .max_event = app->options->max_event,
	    .history = app->options->history,
	};
	return rc;
}

static int
open_hub(struct app *app)
{
	const struct options *options = app->options;
	bool keep = options->replay > 0 || app->cgi.request.last_event_id.bytes;
	struct hub_config config = {
	    .dialect = options->dialect,
	    .identity = app->identity,
	    .gap_event = options->gap_event,
	    .end_event = options->end_event,
	    .retry_ms = options->retry_ms,
	    .heartbeat_ms = options->heartbeat_ms,
	    .max_age_ms = options->max_age_ms,
	    .patience_ms = UINT64_MAX,
	    .history = keep ? options->history : CGI_HISTORY,
	    .forget = true,
	    .seed = app->seed,
	};

	app->hub = hub_create(&config);
	return app->hub ? 0 : -ENOMEM;
}

/* Whether the source is in the stream that the viewer asked for. */
static bool
is_wanted(const struct app *app, const struct source_spec *spec)
{
	size_t stream = app->cgi.answer.stream;

	return stream == app->policy.n_names ||
	    span_is(spec->name, app->policy.names[stream]);
}

static int
start_sources(struct app *app)
{
	const struct options *options = app->options;
	const struct source_listener listener = {
	    .on_event = on_event,
	    .on_end = on_source_end,
	    .on_stopped = on_source_stopped,
	    .ctx = app,
	};
	struct source_begin begin = {.replay = options->replay};
	struct source *next;
	int rc = 0;

	app->sources = calloc(options->n_sources, sizeof(*app->sources));
	if (!app->sources)
		return -ENOMEM;
	for (size_t i = 0; i < options->n_sources; i++)
		app->n_sources += is_wanted(app, &options->sources[i]);
	app->n_running = app->n_sources;
	/* In a stream of several sources no id is a place in one of them. */
	if (app->n_sources == 1)
		begin.last_event_id = app->cgi.request.last_event_id;
	next = app->sources;
	for (size_t i = 0; rc == 0 && i < options->n_sources; i++)
		if (is_wanted(app, &options->sources[i]))
			rc = source_start(next++, &options->sources[i],
			    &app->context, &listener, &begin);
	return rc;
}

static int
start_stream(struct app *app)
{
	struct hub_resume resume = {
	    .last_event_id = app->cgi.request.last_event_id,
	    .replay = app->options->replay,
	};
	int rc = open_hub(app);

	if (rc == 0)
		rc = start_sources(app);
	if (rc < 0)
		return rc;
	/* The source goes on right there: nothing before it is in the ring. */
	if (app->sources[0].resumed_at_id)
		resume = (struct hub_resume){.replay = UINT64_MAX};
	/* The head does not wait for the first event. */
	loop_again(app->loop);
	return cgi_stream(
	    &app->cgi, app->loop, app->hub, &resume, on_viewer_done, app);
}

/* Running. */

static void
fini(struct app *app)
{
	cgi_fini(&app->cgi);
	for (size_t i = 0; i < app->n_sources; i++)
		source_fini(&app->sources[i]);
	free(app->sources);
	hub_destroy(app->hub);
	children_fini(&app->children);
	timer_fini(&app->flush);
	timer_fini(&app->shutdown);
	for (size_t i = 0; i < N_STOP_SIGNALS; i++)
		signal_watch_fini(&app->signals[i]);
	loop_destroy(app->loop);
	for (size_t i = 0; i < app->policy.n_names; i++)
		free((char *)(uintptr_t)app->names[i]);
	free(app->names);
}

/* Whether the viewer was lost for a reason that is not the viewer's. */
static bool
is_our_fault(int error)
{
	return error != 0 && error != -EPIPE && error != -ECONNRESET;
}

static enum app_exit
stream(struct app *app)
{
	int rc = open_loop(app);

	if (rc == 0)
		rc = start_stream(app);
	if (rc < 0) {
		cgi_refuse(&app->policy, 500,
		    "This stream cannot run now. The web server's error "
		    "log says why.");
		return APP_FAILED;
	}
	rc = loop_run(app->loop);
	if (rc == 0)
		rc = app->cgi.error;
	if (!is_our_fault(rc))
		return APP_CLEAN;
	log_line(
	    LOG_ERROR, "cannot write to standard output: %s", strerror(-rc));
	return APP_FAILED;
}

int
app_run(const struct options *options)
{
	struct app app = {
	    .options = options,
	    .ending = {.exit_status = -1},
	    .cgi = {.old_flags = -1},
	};
	enum app_exit result = APP_FAILED;

	make_identity(&app);
	if (make_policy(&app) == 0) {
		cgi_ask(&app.cgi, &app.policy);
		if (!app.cgi.answer.is_stream || app.cgi.answer.without_body)
			result = is_our_fault(cgi_reply(&app.cgi)) ? APP_FAILED
								   : APP_CLEAN;
		else
			result = stream(&app);
	}
	fini(&app);
	return result;
}

void
app_refuse(int status, const char *text)
{
	const struct policy nothing = {0};

	if (cgi_is_asked())
		cgi_refuse(&nothing, status, text);
}
