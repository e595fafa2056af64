/* SPDX-License-Identifier: MIT */

#include "program/share.h"

#include "gateways/cgi.h"
#include "gateways/handover.h"
#include "gateways/handover_message.h"
#include "gateways/input_body.h"
#include "loop/descriptor.h"
#include "loop/local_socket.h"
#include "loop/log.h"
#include "program/cgi_run.h"
#include "program/hub.h"
#include "program/share_place.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	WITHIN_MS = 5000, /* for a hub to answer, or to be started */
	TRIES_MAX = 3,    /* of hubs that end in this moment */
};

/* One CGI process on its way to a hub, or the hub that it became. */
struct share {
	const struct options *options;
	struct server_hub hub; /* where it is, or what it is to become */
	struct buffer message;
	bool has_started; /* a hub */
	bool is_hub;
	enum exit_code code; /* of the hub */
};

/* Starting a hub. */

/*
 * Returns 0, or a negative errno; also, in the new process, with share->is_hub
 * at its end.  It is not our child, so its end is not ours to wait for.
 */
static int
share_fork_hub(struct share *share, int lock, int listening)
{
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid > 0) {
		waitpid(pid, NULL, 0);
		return 0;
	}
	setsid();
	if (fork() != 0)
		_exit(0);
	close(lock);
	share->is_hub = true;
	share->code = hub_run(share->options, &share->hub, listening);
	return 0;
}

/*
 * No process listens.  Returns a connection to the hub, or a negative errno; in
 * the hub itself -ECANCELED.
 */
static int
share_start_hub(struct share *share, int lock)
{
	const char *path = share->hub.place.path;
	int listening, rc;

	share_place_sweep(&share->hub.place);
	listening = local_socket_listen(path);
	if (listening < 0)
		return listening;
	share->has_started = true;
	rc = share_fork_hub(share, lock, listening);
	if (share->is_hub)
		return -ECANCELED;
	if (rc == 0)
		rc = local_socket_connect(path, WITHIN_MS);
	else
		share_place_remove(
		    &share->hub.place, share_place_look(&share->hub.place));
	close(listening);
	return rc;
}

static bool
share_nobody_listens(int error)
{
	return error == -ENOENT || error == -ECONNREFUSED;
}

/* Returns as share_start_hub. */
static int
share_find_or_start_hub(struct share *share)
{
	int fd = local_socket_connect(share->hub.place.path, WITHIN_MS);
	int lock;

	if (!share_nobody_listens(fd))
		return fd;
	lock = share_place_lock(&share->hub.place, WITHIN_MS);
	if (lock < 0)
		return lock;
	/* Another process may have started one meanwhile. */
	fd = local_socket_connect(share->hub.place.path, WITHIN_MS);
	if (share_nobody_listens(fd))
		fd = share_start_hub(share, lock);
	if (!share->is_hub)
		close(lock);
	return fd;
}

/* Handing over. */

/* It hangs: the next CGI process is to start another. */
static void
share_give_hub_up(const struct share *share, struct share_socket socket)
{
	int lock = share_place_lock(&share->hub.place, WITHIN_MS);

	if (lock < 0)
		return;
	share_place_remove(&share->hub.place, socket);
	close(lock);
}

static int
share_try(struct share *share)
{
	bool with_body = input_body_length(cgi_look_up, NULL) > 0;
	int fd = share_find_or_start_hub(share);
	struct share_socket socket;
	int rc;

	if (fd < 0)
		return fd;
	socket = share_place_look(&share->hub.place);
	rc = handover_send(
	    fd, buffer_span(&share->message), with_body, WITHIN_MS);
	close(fd);
	if (rc == -ETIMEDOUT || rc == -EAGAIN)
		share_give_hub_up(share, socket);
	return rc;
}

/*
 * Whether the hub has ended, and another may do better.  One that ends although
 * this process has just started it cannot run.
 */
static bool
share_may_try_again(const struct share *share, int error)
{
	return !share->has_started &&
	    (error == -ECONNRESET || error == -EPIPE ||
		share_nobody_listens(error));
}

static const char *
share_explain(int error)
{
	switch (error) {
	case -ETIMEDOUT:
	case -EAGAIN:
		return "it does not answer";
	case -ECONNRESET:
	case -EPIPE:
		return "it has ended";
	case -EPERM:
		return "it belongs to another user";
	case -EMFILE:
		return "it has no file descriptor left for it, and needs a "
		       "higher limit (ulimit -n)";
	default:
		return strerror(-error);
	}
}

static bool
share_hand_over(struct share *share)
{
	int rc = -ECONNRESET;

	for (int i = 0; i < TRIES_MAX && share_may_try_again(share, rc); i++)
		rc = share_try(share);
	if (rc < 0 && !share->is_hub)
		log_line(LOG_WARNING,
		    "--share cannot hand this viewer over to the process of "
		    "the others: %s; this process tries to serve it",
		    share_explain(rc));
	return rc == 0;
}

/* Standard input of one process cannot be that of all. */
static bool
share_fits(const struct options *options, enum exit_code *code)
{
	if (!options_read_standard_input(options))
		return true;
	log_line(LOG_ERROR,
	    "--share cannot share standard input, of which each CGI process "
	    "has its own; use exec:COMMAND");
	cgi_run_refuse(500,
	    "This stream is not configured correctly. "
	    "The web server's error log says why.");
	*code = EXIT_USAGE;
	return false;
}

/* Returns as share_run; the message is written. */
static bool
share_place_and_hand_over(struct share *share)
{
	bool is_done;

	share_version_take(&share->hub.version, share->options);
	is_done =
	    share_place_open(&share->hub.place, &share->hub.version.digest) &&
	    (share_hand_over(share) || share->is_hub);

	share_place_close(&share->hub.place);
	return is_done;
}

bool
share_run(const struct options *options, enum exit_code *code)
{
	struct share share = {.options = options, .code = EXIT_CLEAN};
	bool is_done = false;
	int rc;

	if (!share_fits(options, code))
		return true;
	if (!handover_is_possible(STDOUT_FILENO))
		return false;
	rc = handover_message_write(&share.message, cgi_look_up, NULL);
	if (rc == -EMSGSIZE) {
		cgi_run_refuse(431, "The head of the request is over 64 KiB.");
		is_done = true;
	} else if (log_unless_ok(rc)) {
		is_done = share_place_and_hand_over(&share);
	}
	buffer_fini(&share.message);
	*code = share.code;
	return is_done;
}
