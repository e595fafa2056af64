/* SPDX-License-Identifier: MIT */

#include "config.h"

#include "loop/lookup.h"

#include "loop/descriptor.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef HAVE_SYS_PRCTL_H
#include <sys/prctl.h>
#endif

static_assert(LOOKUP_MAX * sizeof(struct lookup_address) <= PIPE_BUF,
    "an answer is written at once");

size_t
lookup_now(struct lookup_address addresses[LOOKUP_MAX], const char *host,
    const char *port, int flags)
{
	const struct addrinfo hints = {
	    .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV | flags};
	struct addrinfo *all = NULL;
	size_t n = 0;

	if (getaddrinfo(host, port, &hints, &all) != 0)
		return 0;
	for (const struct addrinfo *at = all; at && n < LOOKUP_MAX;
	     at = at->ai_next) {
		if (at->ai_addrlen > sizeof(addresses[n].address))
			continue;
		addresses[n].n = at->ai_addrlen;
		memcpy(&addresses[n++].address, at->ai_addr, at->ai_addrlen);
	}
	freeaddrinfo(all);
	return n;
}

/* The child.  It keeps no connection of ours open, and no signal reaches it. */

static void
lookup_become_child(
    int output, pid_t parent, const char *host, const char *port)
{
	static const int kept[] = {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO};
	static struct lookup_address addresses[LOOKUP_MAX];
	size_t n;

#ifdef HAVE_SYS_PRCTL_H
	prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
	if (getppid() != parent || dup2(output, STDOUT_FILENO) < 0)
		_exit(1);
	descriptor_close_all_but(kept, sizeof(kept) / sizeof(kept[0]));
	n = lookup_now(addresses, host, port, 0);
	_exit(write(STDOUT_FILENO, addresses, n * sizeof(*addresses)) < 0);
}

static pid_t
lookup_fork(int output, const char *host, const char *port)
{
	sigset_t all, before;
	pid_t parent = getpid(), pid;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0)
		lookup_become_child(output, parent, host, port);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return pid;
}

/* Its answer. */

void
lookup_stop(struct lookup *lookup)
{
	if (lookup->pid == 0)
		return;
	watch_fini(&lookup->readable);
	descriptor_close(&lookup->fd);
	kill(lookup->pid, SIGKILL);
	while (waitpid(lookup->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	lookup->pid = 0;
}

static void
lookup_on_readable(void *ctx)
{
	struct lookup *lookup = ctx;
	struct lookup_address addresses[LOOKUP_MAX];
	ssize_t n =
	    descriptor_read(lookup->fd, (char *)addresses, sizeof(addresses));

	if (n == -EAGAIN)
		return;
	lookup_stop(lookup);
	lookup->on_found(
	    lookup->ctx, addresses, n > 0 ? (size_t)n / sizeof(*addresses) : 0);
}

int
lookup_start(struct lookup *lookup, struct loop *loop, const char *host,
    const char *port,
    void (*on_found)(
	void *ctx, const struct lookup_address *addresses, size_t n),
    void *ctx)
{
	int ends[2];
	int rc = descriptor_pipe(ends);

	if (rc < 0)
		return rc;
	*lookup =
	    (struct lookup){.fd = ends[0], .on_found = on_found, .ctx = ctx};
	rc = descriptor_set_nonblocking(ends[0]);
	if (rc == 0)
		rc = watch_init(&lookup->readable, loop, ends[0],
		    WATCH_READABLE, lookup_on_readable, lookup);
	if (rc == 0) {
		lookup->pid = lookup_fork(ends[1], host, port);
		rc = lookup->pid < 0 ? -errno : 0;
	}
	descriptor_close(&ends[1]);
	if (rc == 0) {
		watch_set(&lookup->readable, true);
		return 0;
	}
	watch_fini(&lookup->readable);
	descriptor_close(&lookup->fd);
	lookup->pid = 0;
	return rc;
}
