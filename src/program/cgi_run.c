/* SPDX-License-Identifier: MIT */

#include "program/cgi_run.h"

#include "gateways/cgi.h"
#include "gateways/input_body.h"
#include "loop/log.h"
#include "program/runtime.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* The longest time from the viewer's end to the exit. */
enum { LAST_VIEWER_MS = 4000 };

const char cgi_run_failure[] =
    "This stream cannot run now. The web server's error log says why.";

struct cgi_run {
	struct runtime runtime;
	struct cgi cgi;
	struct input_body body;
	struct upload *upload;      /* NULL: none, or it is closed */
	struct admission admission; /* for the report */
};

static bool
viewer_is_gone(void *ctx)
{
	const struct cgi_run *run = ctx;

	return run->cgi.is_done;
}

static const struct runtime_owner owner = {.viewers_are_gone = viewer_is_gone};

static void
on_viewer_done(void *ctx)
{
	struct cgi_run *run = ctx;

	runtime_end(&run->runtime, LAST_VIEWER_MS);
	runtime_check(&run->runtime);
}

/* Logs why standard output failed, unless the viewer has left. */
static enum exit_code
cgi_run_exit_code(int error)
{
	if (error == 0 || error == -EPIPE || error == -ECONNRESET)
		return EXIT_CLEAN;
	log_line(
	    LOG_ERROR, "cannot write to standard output: %s", strerror(-error));
	return EXIT_FAILED;
}

static bool
cgi_run_start(struct cgi_run *run)
{
	struct runtime *runtime = &run->runtime;
	struct channel_resume resume;
	struct fan_out *fan_out;

	run->admission = (struct admission){
	    .max_clients = 1,
	    .n_viewers = 1,
	    .n_viewers_ever = 1,
	    .n_connections = 1,
	};
	if (!runtime_open(runtime))
		return false;
	fan_out = streams_start_for_one(&runtime->streams, &runtime->context,
	    &run->cgi.request, &run->cgi.subscriber, &resume);
	return fan_out && runtime_watch_status(runtime, &run->admission) &&
	    log_unless_ok(cgi_stream(&run->cgi, runtime->loop, fan_out, &resume,
		on_viewer_done, run));
}

static enum exit_code
cgi_run_stream(struct cgi_run *run)
{
	if (!cgi_run_start(run)) {
		cgi_refuse(&run->runtime.policy, 500, cgi_run_failure);
		return EXIT_FAILED;
	}
	return runtime_run(&run->runtime) ? cgi_run_exit_code(run->cgi.error)
					  : EXIT_FAILED;
}

/* Posts. */

static void
cgi_run_close_upload(struct cgi_run *run)
{
	if (run->upload)
		run->upload->kind->close(run->upload);
	run->upload = NULL;
}

/* The response does not wait for the sources to stop. */
static void
on_post_done(void *ctx)
{
	struct cgi_run *run = ctx;

	run->cgi.answer = run->upload->answer;
	cgi_run_close_upload(run);
	run->cgi.body_is_read = run->body.is_read;
	run->cgi.error = cgi_reply(&run->cgi);
	run->cgi.is_done = true;
	on_viewer_done(run);
}

static bool
cgi_run_start_post(struct cgi_run *run)
{
	struct runtime *runtime = &run->runtime;
	const struct request *request = &run->cgi.request;

	if (!runtime_open(runtime) ||
	    !streams_start_for_post(
		&runtime->streams, &runtime->context, request))
		return false;
	run->upload = posts_open(&runtime->posts, request, &run->cgi.answer);
	return log_unless_ok(run->upload
		? input_body_start(&run->body, runtime->loop, STDIN_FILENO,
		      input_body_length(cgi_look_up, NULL), run->upload,
		      on_post_done, run)
		: -ENOMEM);
}

static enum exit_code
cgi_run_post(struct cgi_run *run)
{
	if (!cgi_run_start_post(run)) {
		cgi_refuse(&run->runtime.policy, 500, cgi_run_failure);
		return EXIT_FAILED;
	}
	return runtime_run(&run->runtime) ? cgi_run_exit_code(run->cgi.error)
					  : EXIT_FAILED;
}

enum exit_code
cgi_run(const struct options *options)
{
	struct cgi_run run = {0};
	const struct answer *answer = &run.cgi.answer;
	enum exit_code code = EXIT_FAILED;

	if (!runtime_init(&run.runtime, options, &owner, &run)) {
		cgi_run_refuse(500, cgi_run_failure);
	} else {
		cgi_ask(&run.cgi, &run.runtime.policy);
		if (answer->kind == ANSWER_STREAM && !answer->without_body)
			code = cgi_run_stream(&run);
		else if (answer->kind == ANSWER_POST)
			code = cgi_run_post(&run);
		else
			code = cgi_run_exit_code(cgi_reply(&run.cgi));
	}
	cgi_run_close_upload(&run);
	input_body_fini(&run.body);
	cgi_fini(&run.cgi);
	runtime_fini(&run.runtime);
	return code;
}

void
cgi_run_refuse(int status, const char *text)
{
	const struct policy nothing = {0};

	if (cgi_is_asked())
		cgi_refuse(&nothing, status, text);
}
