/* SPDX-License-Identifier: MIT */

#include "program/server.h"

#include "core/deflater.h"
#include "http/accept.h"
#include "loop/descriptor.h"
#include "loop/descriptor_budget.h"
#include "loop/log.h"
#include "program/hub_watch.h"
#include "program/probe.h"
#include "program/runtime.h"
#include "program/subscribe.h"

#include <unistd.h>

/* The longest time from the last event to the exit. */
enum { LAST_EVENTS_MS = 60000 };

struct server {
	struct runtime runtime;
	struct endpoints *endpoints;
	struct admission admission;
	const struct server_hub *hub; /* or NULL */
	struct hub_watch hub_watch;
	struct probes probes;
};

/* Ending. */

static bool
viewers_are_gone(void *ctx)
{
	const struct server *server = ctx;

	return server->admission.n_connections == 0;
}

static void
on_viewer_gone(void *ctx)
{
	struct server *server = ctx;

	if (server->hub && viewers_are_gone(server))
		hub_watch_unused(&server->hub_watch);
	runtime_check(&server->runtime);
}

static void
on_other_hub(void *ctx)
{
	struct server *server = ctx;

	hub_watch_other_started(&server->hub_watch);
}

static void
on_closing(void *ctx)
{
	struct server *server = ctx;

	server->admission.closing = true;
	probes_drain(&server->probes);
}

static void
on_ending(void *ctx)
{
	const struct server *server = ctx;

	endpoints_drain(server->endpoints);
}

/*
 * A socket that was handed over is served for ever: its holder would start us,
 * and with us the commands, again.  On our own sockets, viewers that are
 * already connected still get the stream and its end.
 */
static void
on_streams_change(void *ctx)
{
	struct server *server = ctx;
	struct runtime *runtime = &server->runtime;

	if (runtime->state != RUNTIME_RUNNING ||
	    (runtime->options->keep && !runtime->interrupted) ||
	    !endpoints_are_own(server->endpoints) ||
	    !streams_have_ended(&runtime->streams))
		return;
	/* After Ctrl-C the end is what the user wants. */
	if (isatty(STDERR_FILENO) && !runtime->interrupted)
		log_line(LOG_NOTICE,
		    "the input has ended, so pipecast exits; with --keep it "
		    "would keep running and show what it has read");
	runtime_end(runtime, LAST_EVENTS_MS);
}

static const struct runtime_owner owner = {
    .on_streams_change = on_streams_change,
    .on_closing = on_closing,
    .on_ending = on_ending,
    .viewers_are_gone = viewers_are_gone,
};

/* Viewers. */

static int
subscribe(void *ctx, const struct request *request,
    struct subscriber *subscriber, struct span head)
{
	struct server *server = ctx;
	struct streams *streams = &server->runtime.streams;

	if (span_is(request->name, PROBE_NAME))
		return probe_start(&server->probes, request, subscriber, head,
		    streams_now_ms(streams));
	return streams_subscribe(streams, request, subscriber, head);
}

static struct upload *
publish(void *ctx, const struct request *request, const struct answer *decided)
{
	struct server *server = ctx;

	return posts_open(&server->runtime.posts, request, decided);
}

static char *
report(void *ctx, const struct request *request, const char **media_type,
    size_t *n)
{
	const struct server *server = ctx;

	/* As Prometheus asks. */
	if (accept_names(request->accept, "text/plain")) {
		*media_type = "text/plain; version=0.0.4; charset=utf-8";
		return status_prometheus(&server->runtime.status, n);
	}
	*media_type = "application/json";
	return status_json(&server->runtime.status, n);
}

/* Starting. */

/* The descriptors that sources may need. */
struct server_needs {
	size_t at_start;      /* all sources that run from the start */
	size_t one_on_demand; /* the source of one stream on demand */
	size_t one_catchup;
};

static struct server_needs
server_needs_of(const struct options *options)
{
	struct server_needs needs = {0};

	for (size_t i = 0; i < options->n_sources; i++) {
		const struct source_spec *spec = &options->sources[i];
		size_t n = spec->kind->n_descriptors;

		if (!source_spec_is_template(spec))
			needs.at_start += n;
		else if (n > needs.one_on_demand)
			needs.one_on_demand = n;
		if (spec->kind->can_resume && n > needs.one_catchup)
			needs.one_catchup = n;
	}
	return needs;
}

/* The limit on descriptors decides how many viewers there may be. */
static void
server_set_limits(struct server *server)
{
	const struct options *options = server->runtime.options;
	struct admission *admission = &server->admission;
	struct streams *streams = &server->runtime.streams;
	struct server_needs needs = server_needs_of(options);
	size_t limit = descriptor_raise_limit();
	struct descriptor_budget budget = descriptor_budget_of(limit,
	    needs.at_start, streams->on_demand.max * needs.one_on_demand,
	    CATCHUPS_MAX * needs.one_catchup);

	if (budget.is_short)
		log_line(LOG_WARNING,
		    "the sources may need %zu file descriptors, and the limit "
		    "is %zu: raise it (ulimit -n, LimitNOFILE=)",
		    needs.at_start, limit);
	if (needs.one_on_demand > 0)
		streams->on_demand.max =
		    budget.for_on_demand / needs.one_on_demand;
	if (needs.one_catchup > 0)
		streams->catchups.max = budget.for_catchups / needs.one_catchup;
	admission->max_connections = budget.connections;
	admission->max_clients = budget.viewers;
	if (options->max_clients > 0 &&
	    options->max_clients < admission->max_clients)
		admission->max_clients = (size_t)options->max_clients;
}

static void
server_init_admission(struct server *server)
{
	const struct options *options = server->runtime.options;

	server->admission = (struct admission){
	    .policy = &server->runtime.policy,
	    .jitter = jitter_from((uint32_t)loop_now_ms()),
	    .retry_ms = options->retry_ms,
	    .subscribe = subscribe,
	    .publish = publish,
	    .report = report,
	    .on_gone = on_viewer_gone,
	    .on_other_hub = on_other_hub,
	    .ctx = server,
	};
	server_set_limits(server);
}

/* On a terminal, shows the current state, unless --quiet is given. */
static bool
server_show_status(struct runtime *runtime)
{
	return runtime->options->quiet || !isatty(STDERR_FILENO) ||
	    log_unless_ok(status_show(&runtime->status, runtime->loop));
}

/* Anybody who finds the port could fill a memory, or a disk. */
static bool
server_is_guarded(const struct server *server)
{
	const struct options *options = server->runtime.options;

	return server->runtime.policy.tokens || options->anybody_posts ||
	    !options_take_posts(options) ||
	    endpoints_are_local(server->endpoints,
		"give --post-token FILE (or none, if anybody may post): other "
		"machines reach");
}

static bool
server_watch_hub(struct server *server)
{
	return !server->hub ||
	    log_unless_ok(hub_watch_init(&server->hub_watch, &server->runtime,
		server->endpoints, &server->admission, &server->hub->version));
}

/* The addresses come first, so that no command is run in vain. */
static bool
server_start(struct server *server)
{
	struct runtime *runtime = &server->runtime;

	if (!runtime_open(runtime))
		return false;
	server_init_admission(server);
	probes_init(
	    &server->probes, &runtime->streams.scheduler, runtime->options);
	if (!server_watch_hub(server) ||
	    !endpoints_open(
		server->endpoints, runtime->loop, &server->admission) ||
	    !server_is_guarded(server) ||
	    !streams_start(&runtime->streams, &runtime->context) ||
	    !runtime_watch_status(runtime, &server->admission) ||
	    !server_show_status(runtime))
		return false;
	endpoints_are_ready(server->endpoints);
	if (server->hub)
		share_place_tell_others(&server->hub->place);
	return true;
}

/* What plain CGI, with one request, does not. */
static void
server_offer(struct runtime *runtime)
{
	const struct options *options = runtime->options;
	struct policy *policy = &runtime->policy;

	policy->has_report = options->status;
	policy->offers_gzip = !options->no_gzip && deflater_is_there();
	if (!policy->offers_gzip)
		return;
	viewer_page_compress(&runtime->page);
	policy->page_gzip = owned_span(&runtime->page.gzip);
}

enum exit_code
server_run(const struct options *options, struct endpoints *endpoints,
    const struct server_hub *hub)
{
	struct server server = {.endpoints = endpoints, .hub = hub};
	bool ran = runtime_init(&server.runtime, options, &owner, &server);

	if (ran) {
		server_offer(&server.runtime);
		ran = server_start(&server) && runtime_run(&server.runtime);
	}
	endpoints_close(endpoints);
	hub_watch_fini(&server.hub_watch);
	probes_fini(&server.probes);
	runtime_fini(&server.runtime);
	return ran ? EXIT_CLEAN : EXIT_FAILED;
}
