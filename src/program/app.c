/* SPDX-License-Identifier: MIT */

#include "program/app.h"

#include "http/accept.h"
#include "gateways/cgi.h"
#include "loop/descriptor.h"
#include "loop/log.h"
#include "program/status.h"
#include "program/streams.h"
#include "program/viewer_page.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* How long a producer has to end after Ctrl-C. */
enum { PRODUCER_MS = 5000 };

/*
 * From the request to stop to the exit, no matter what still runs: after a
 * signal, and after the last event.
 */
enum { SHUTDOWN_MS = 4000, LAST_EVENTS_MS = 60000 };

/*
 * Descriptors for everything but viewers of a stream.  Some are for connections
 * without a request yet, or that are to be told that there is no room.
 */
enum { RESERVED_DESCRIPTORS = 256, RESERVED_FOR_OTHERS = 64 };

const char app_cannot_run[] =
    "This stream cannot run now. The web server's error log says why.";

static const int stop_signals[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT};
enum { N_STOP_SIGNALS = sizeof(stop_signals) / sizeof(stop_signals[0]) };

struct app {
	const struct options *options;
	struct viewer_page page;
	struct policy policy;
	struct streams streams;
	struct loop *loop;
	struct signal_watch signals[N_STOP_SIGNALS];
	struct timer shutdown;
	struct children children;
	bool stopping;
	bool interrupted; /* the end of the pipe's producer is waited for */

	/* One viewer, or many. */
	struct cgi cgi;
	struct endpoints *endpoints;
	struct admission admission;
	struct status status;
	struct signal_watch on_status;
};

/* Stopping. */

static bool
viewers_are_gone(const struct app *app)
{
	return app->endpoints ? app->admission.n_connections == 0
			      : app->cgi.is_done;
}

static void
stop_if_all_is_done(struct app *app)
{
	if (app->stopping && streams_are_stopped(&app->streams) &&
	    viewers_are_gone(app))
		loop_stop(app->loop);
}

/* A later call can only shorten the time that is left. */
static void
stop(struct app *app, uint64_t within_ms)
{
	timer_start(&app->shutdown, within_ms);
	if (app->stopping)
		return;
	app->stopping = true;
	/* First, because this completes everything if the queue is empty. */
	if (app->endpoints)
		endpoints_drain(app->endpoints);
	streams_stop(&app->streams);
	stop_if_all_is_done(app);
}

static void
on_stop_signal(void *ctx)
{
	struct app *app = ctx;

	/* A further signal does not extend the time. */
	if (app->admission.closing)
		return;
	app->admission.closing = true;
	streams_drain(&app->streams);
	stop(app, SHUTDOWN_MS);
}

static void
on_shutdown(void *ctx)
{
	struct app *app = ctx;

	/* The producer did not end in time; pipecast ends without it. */
	if (app->interrupted && !app->stopping)
		on_stop_signal(app);
	else
		loop_stop(app->loop);
}

/* Whether Ctrl-C in a terminal also reached a producer that we read from. */
static bool
has_producer(const struct app *app)
{
	const struct options *options = app->options;
	struct stat status;

	if (app->stopping || streams_have_ended(&app->streams) ||
	    !isatty(STDERR_FILENO) || fstat(STDIN_FILENO, &status) < 0 ||
	    !S_ISFIFO(status.st_mode))
		return false;
	for (size_t i = 0; i < options->n_sources; i++)
		if (options->sources[i].kind == &source_standard_input)
			return true;
	return false;
}

/*
 * Reads what the producer still writes, to its end; a second Ctrl-C stops at
 * once.
 */
static void
on_interrupt(void *ctx)
{
	struct app *app = ctx;

	if (app->interrupted) {
		loop_stop(app->loop);
	} else if (has_producer(app)) {
		app->interrupted = true;
		timer_start(&app->shutdown, PRODUCER_MS);
	} else {
		on_stop_signal(app);
	}
}

static void
on_viewer_gone(void *ctx)
{
	stop_if_all_is_done(ctx);
}

static void
on_only_viewer_done(void *ctx)
{
	stop(ctx, SHUTDOWN_MS);
	stop_if_all_is_done(ctx);
}

/*
 * A socket that was handed over is served for ever: its holder would start us,
 * and with us the commands, again.  On our own sockets, viewers that are
 * already connected still get the stream and its end.
 */
static void
on_streams_change(void *ctx)
{
	struct app *app = ctx;

	if (app->endpoints && !app->stopping &&
	    (!app->options->keep || app->interrupted) &&
	    endpoints_are_own(app->endpoints) &&
	    streams_have_ended(&app->streams)) {
		if (isatty(STDERR_FILENO))
			log_line(LOG_NOTICE,
			    "the input has ended, so pipecast exits; with "
			    "--keep it would keep running and show what it has "
			    "read");
		stop(app, LAST_EVENTS_MS);
	}
	stop_if_all_is_done(app);
}

static void
on_turn_end(void *ctx)
{
	struct app *app = ctx;

	streams_flush(&app->streams);
}

/* Starting. */

/*
 * An error of a source or an address was logged where it was found, so that
 * more than n_told errors were logged; any other error is logged here.
 */
static void
complain(int error, size_t n_told)
{
	if (error < 0 && log_n_errors() == n_told)
		log_line(LOG_ERROR, "cannot go on: %s", strerror(-error));
}

static int
init(struct app *app, const struct options *options)
{
	int rc;

	*app = (struct app){.options = options};
	rc = streams_init(&app->streams, options, on_streams_change, app);
	if (rc == 0)
		rc = viewer_page_init(&app->page, options);
	app->policy = (struct policy){
	    .dialect = options->dialect,
	    .base_path = options->base_path,
	    .hosts = options->hosts.items,
	    .n_hosts = options->hosts.n,
	    .names = app->streams.names,
	    .n_names = app->streams.n_names,
	    .origins = options->origins.items,
	    .n_origins = options->origins.n,
	    .headers = options->headers.items,
	    .n_headers = options->headers.n,
	    .page = app->page.html,
	    .page_security = app->page.security,
	};
	return rc;
}

/*
 * nohup ignores SIGHUP, a shell SIGINT and SIGQUIT of what it starts with "&";
 * that stays so.  SIGTERM is how services are stopped.
 */
static bool
is_ignored(int number)
{
	struct sigaction action;

	return number != SIGTERM && sigaction(number, NULL, &action) == 0 &&
	    action.sa_handler == SIG_IGN;
}

static int
watch_stop_signals(struct app *app)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < N_STOP_SIGNALS; i++)
		if (!is_ignored(stop_signals[i]))
			rc = signal_watch_init(&app->signals[i], app->loop,
			    stop_signals[i],
			    stop_signals[i] == SIGINT ? on_interrupt
						      : on_stop_signal,
			    app);
	return rc;
}

static int
open_loop(struct app *app, struct source_context *context)
{
	int rc = loop_create(&app->loop);

	if (rc < 0)
		return rc;
	loop_on_turn_end(app->loop, on_turn_end, app);
	rc = timer_init(&app->shutdown, app->loop, on_shutdown, app);
	if (rc == 0)
		rc = watch_stop_signals(app);
	if (rc == 0)
		rc = children_init(&app->children, app->loop);
	*context = (struct source_context){
	    .loop = app->loop,
	    .children = &app->children,
	    .max_event = app->options->max_event,
	    .history = app->options->history,
	};
	return rc;
}

static void
on_status_signal(void *ctx)
{
	struct app *app = ctx;

	status_log(&app->status);
}

/* From here on SIGUSR1 logs a report. */
static int
watch_status_signal(struct app *app)
{
	status_init(&app->status, &app->streams, &app->admission);
	return signal_watch_init(
	    &app->on_status, app->loop, SIGUSR1, on_status_signal, app);
}

static int
run(struct app *app)
{
	/* The first data is sent at the end of a turn. */
	loop_again(app->loop);
	return loop_run(app->loop);
}

/* A further signal must not change how we end. */
static void
block_signals(void)
{
	sigset_t ours;

	sigemptyset(&ours);
	sigaddset(&ours, SIGUSR1);
	for (size_t i = 0; i < N_STOP_SIGNALS; i++)
		sigaddset(&ours, stop_signals[i]);
	sigprocmask(SIG_BLOCK, &ours, NULL);
}

static void
fini(struct app *app)
{
	block_signals();
	if (app->endpoints)
		endpoints_close(app->endpoints);
	cgi_fini(&app->cgi);
	streams_fini(&app->streams);
	children_fini(&app->children);
	status_fini(&app->status);
	signal_watch_fini(&app->on_status);
	timer_fini(&app->shutdown);
	for (size_t i = 0; i < N_STOP_SIGNALS; i++)
		signal_watch_fini(&app->signals[i]);
	loop_destroy(app->loop);
	viewer_page_fini(&app->page);
}

/* One viewer, by CGI. */

/* Whether the viewer was lost through no fault of its own. */
static bool
is_our_fault(int error)
{
	return error != 0 && error != -EPIPE && error != -ECONNRESET;
}

static int
start_cgi(struct app *app)
{
	struct source_context context;
	struct channel_resume resume;
	size_t index = app->cgi.answer.stream;
	int rc = open_loop(app, &context);

	if (rc == 0)
		rc = streams_start_for_one(
		    &app->streams, &context, index, &app->cgi.request, &resume);
	if (rc == 0)
		rc = watch_status_signal(app);
	if (rc < 0)
		return rc;
	app->admission = (struct admission){
	    .max_clients = 1,
	    .n_viewers = 1,
	    .n_viewers_ever = 1,
	    .n_connections = 1,
	};
	return cgi_stream(&app->cgi, app->loop,
	    app->streams.streams[index].fan_out, &resume, on_only_viewer_done,
	    app);
}

static enum app_exit
stream_by_cgi(struct app *app)
{
	size_t n_told = log_n_errors();
	int rc = start_cgi(app);

	if (rc < 0) {
		complain(rc, n_told);
		cgi_refuse(&app->policy, 500, app_cannot_run);
		return APP_FAILED;
	}
	n_told = log_n_errors();
	rc = run(app);
	if (rc < 0) {
		complain(rc, n_told);
		return APP_FAILED;
	}
	rc = app->cgi.error;
	if (!is_our_fault(rc))
		return APP_CLEAN;
	log_line(
	    LOG_ERROR, "cannot write to standard output: %s", strerror(-rc));
	return APP_FAILED;
}

static enum app_exit
reply_by_cgi(struct app *app)
{
	size_t n_told = log_n_errors();
	int rc = cgi_reply(&app->cgi);

	if (!is_our_fault(rc))
		return APP_CLEAN;
	complain(rc, n_told);
	return APP_FAILED;
}

enum app_exit
app_run_cgi(const struct options *options)
{
	struct app app;
	enum app_exit result = APP_FAILED;
	size_t n_told = log_n_errors();
	int rc = init(&app, options);

	if (rc < 0) {
		complain(rc, n_told);
		app_refuse(500, app_cannot_run);
	} else {
		cgi_ask(&app.cgi, &app.policy);
		if (app.cgi.answer.kind == ANSWER_STREAM &&
		    !app.cgi.answer.without_body)
			result = stream_by_cgi(&app);
		else
			result = reply_by_cgi(&app);
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

/* Many viewers. */

static int
subscribe(void *ctx, size_t stream, const struct request *request,
    struct subscriber *subscriber, struct span head)
{
	struct app *app = ctx;

	return streams_subscribe(
	    &app->streams, stream, request, subscriber, head);
}

static bool
has_ended(void *ctx, size_t stream)
{
	const struct app *app = ctx;

	return streams_has_ended(&app->streams, stream);
}

/* Divides the descriptors: at least half of them are for viewers. */
static void
set_limits(struct admission *admission, const struct options *options)
{
	size_t limit = descriptor_raise_limit();
	size_t reserved = RESERVED_DESCRIPTORS, others = RESERVED_FOR_OTHERS;

	if (reserved > limit / 2) {
		reserved = limit / 2;
		others = reserved / 4;
	}
	admission->max_connections = limit - reserved + others;
	admission->max_clients = limit - reserved;
	if (options->max_clients > 0 &&
	    options->max_clients < admission->max_clients)
		admission->max_clients = (size_t)options->max_clients;
}

static char *
report(void *ctx, const struct request *request, const char **media_type,
    size_t *n)
{
	const struct app *app = ctx;

	/* As Prometheus asks. */
	if (accept_names(request->accept, "text/plain")) {
		*media_type = "text/plain; version=0.0.4; charset=utf-8";
		return status_prometheus(&app->status, n);
	}
	*media_type = "application/json";
	return status_json(&app->status, n);
}

/* On a terminal, shows the current state, unless --quiet is given. */
static int
start_status(struct app *app)
{
	const struct options *options = app->options;

	if (!options->quiet && isatty(STDERR_FILENO))
		return status_show(&app->status, app->loop);
	return 0;
}

static int
start_serving(struct app *app)
{
	struct source_context context;
	int rc = open_loop(app, &context);

	if (rc < 0)
		return rc;
	app->admission = (struct admission){
	    .policy = &app->policy,
	    .jitter = jitter_from((uint32_t)loop_now_ms()),
	    .retry_ms = app->options->retry_ms,
	    .subscribe = subscribe,
	    .report = report,
	    .on_gone = on_viewer_gone,
	    .ctx = app,
	};
	set_limits(&app->admission, app->options);
	/* Checked before any command is run. */
	rc = endpoints_open(app->endpoints, app->loop, &app->admission);
	if (rc == 0)
		rc = streams_start(&app->streams, &context);
	if (rc == 0)
		rc = watch_status_signal(app);
	if (rc == 0)
		rc = start_status(app);
	if (rc == 0)
		endpoints_are_ready(app->endpoints);
	return rc;
}

enum app_exit
app_serve(const struct options *options, struct endpoints *endpoints)
{
	struct app app;
	size_t n_told = log_n_errors();
	int rc = init(&app, options);

	app.policy.has_report = options->status;
	app.policy.has_ended = has_ended;
	app.policy.ctx = &app;
	app.endpoints = endpoints;
	if (rc == 0)
		rc = start_serving(&app);
	if (rc == 0) {
		n_told = log_n_errors();
		rc = run(&app);
	}
	complain(rc, n_told);
	fini(&app);
	return rc == 0 ? APP_CLEAN : APP_FAILED;
}
