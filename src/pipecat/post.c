/* SPDX-License-Identifier: MIT */

#include "pipecat/post.h"

#include "pipecat/batch.h"
#include "pipecat/stop.h"
#include "pipecat/trouble.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct post {
	const struct settings *settings;
	struct transfer *transfer;
	struct trouble trouble;
	struct batch batch;
	struct owned url;
	bool has_ended; /* standard input */
	bool is_failed; /* for good; it was told */
};

/* Standard input. */

static void
post_warn_of_long_line(const struct post *post, uint64_t size)
{
	if (size > 0)
		log_line(LOG_WARNING,
		    "skipped a line of %" PRIu64 " bytes; --max-event %" PRIu64
		    " is the limit",
		    size, post->settings->max_event);
}

/* Whether there is something to read, rather than a signal. */
static bool
post_wait_for_input(void)
{
	struct pollfd ready[] = {
	    {.fd = STDIN_FILENO, .events = POLLIN},
	    {.fd = stop_descriptor(), .events = POLLIN},
	};

	while (poll(ready, 2, -1) < 0 && errno == EINTR)
		;
	return ready[0].revents != 0;
}

static void
post_end_input(struct post *post)
{
	post->has_ended = true;
	post_warn_of_long_line(post, batch_finish(&post->batch));
}

static void
post_read(struct post *post)
{
	size_t room;
	char *at = batch_room(&post->batch, &room);
	uint64_t size;
	ssize_t n;

	if (!post_wait_for_input()) {
		post_end_input(post);
		return;
	}
	n = read(STDIN_FILENO, at, room);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n < 0)
		log_line(LOG_ERROR, "cannot read standard input: %s",
		    strerror(errno));
	if (n <= 0) {
		post_end_input(post);
		return;
	}
	for (size = batch_take(&post->batch, (size_t)n); size > 0;
	     size = batch_take(&post->batch, 0))
		post_warn_of_long_line(post, size);
}

/* Answers. */

static uint64_t
post_count_lines(struct span lines)
{
	uint64_t n = 0;

	for (size_t i = 0; i < lines.n; i++)
		n += lines.bytes[i] == '\n';
	return n;
}

static void
post_succeed(struct post *post, struct span lines)
{
	batch_drop(&post->batch, lines.n);
	trouble_end(&post->trouble, "posting again");
}

/* The server has the first lines of the batch, and refuses the next one. */
static bool
post_take_part(struct post *post, const struct transfer_result *result)
{
	int status = result->reply.status;
	uint64_t n;

	if (!batch_is_partly_taken(result->text, &n))
		return false;
	batch_drop(&post->batch, batch_first_lines(&post->batch, n).n);
	if (status != 400 && status != 413)
		return n > 0;
	log_line(LOG_WARNING, "skipped a line that the server refuses: %s",
	    result->text);
	batch_drop(&post->batch, batch_first_lines(&post->batch, 1).n);
	return true;
}

static void
post_fail(struct post *post, const struct transfer_result *result,
    struct verdict verdict, uint64_t n_lines)
{
	bool is_lost = result->reply.fault != FAULT_NONE && result->was_sent;
	char twice[96] = "";

	if (is_lost)
		snprintf(twice, sizeof(twice),
		    "; up to %" PRIu64 " event%s may be posted twice", n_lines,
		    text_plural(n_lines));
	post->is_failed =
	    !trouble_begin(&post->trouble, result, verdict, twice);
}

/* Posts the batch once. */
static void
post_send(struct post *post, struct span lines)
{
	const struct transfer_request request = {
	    .url = post->url.bytes, .body = lines, .is_of_many = true};
	const struct transfer_listener listener = {0};
	const struct transfer_result *result =
	    transfer_run(post->transfer, &request, &listener);
	struct verdict verdict = verdict_of_post(&result->reply);

	if (verdict.kind == VERDICT_OK)
		post_succeed(post, lines);
	else if (!post_take_part(post, result))
		post_fail(post, result, verdict, post_count_lines(lines));
}

static int
post_loop(struct post *post)
{
	struct span lines;

	for (;;) {
		lines = batch_lines(&post->batch);
		if (lines.n == 0 && post->has_ended)
			return EXIT_SUCCESS;
		if (lines.n == 0)
			post_read(post);
		else
			post_send(post, lines);
		lines = batch_lines(&post->batch);
		if (post->is_failed ||
		    (stop_is_asked() && post->trouble.lasts && lines.n > 0))
			break;
	}
	log_line(LOG_ERROR,
	    "%" PRIu64 " line%s of standard input %s not acknowledged",
	    post_count_lines(lines), text_plural(post_count_lines(lines)),
	    post_count_lines(lines) == 1 ? "is" : "are");
	return EXIT_FAILURE;
}

static struct owned
post_make_url(const struct settings *settings)
{
	struct owned url = target_with_parameter(
	    span_of(settings->target.url.bytes), "format", span_of("lines"));
	struct owned typed;

	if (!settings->event || !url.bytes)
		return url;
	typed = target_with_parameter(
	    owned_span(&url), "event", span_of(settings->event));
	owned_free(&url);
	return typed;
}

int
post_run(const struct settings *settings)
{
	struct post post = {.settings = settings};
	int status = EXIT_FAILURE;

	trouble_init(&post.trouble, settings);
	post.url = post_make_url(settings);
	post.transfer = transfer_open(settings);
	if (post.url.bytes && post.transfer &&
	    batch_init(&post.batch, settings->max_event) == 0)
		status = post_loop(&post);
	else
		log_line(LOG_ERROR, "out of memory");
	batch_fini(&post.batch);
	owned_free(&post.url);
	transfer_close(post.transfer);
	return status;
}
