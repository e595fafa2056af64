/* SPDX-License-Identifier: MIT */

#include "pipecat/stop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t stop_asked;
static int stop_pipe[2] = {-1, -1};

static void
on_signal(int number)
{
	int error = errno;

	(void)number;
	stop_asked = 1;
	if (write(stop_pipe[1], "", 1) < 0)
		errno = error; /* the pipe is full: it is readable */
	errno = error;
}

int
stop_init(void)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP};
	struct sigaction action = {.sa_handler = on_signal};

	if (pipe(stop_pipe) < 0)
		return -errno;
	for (int i = 0; i < 2; i++) {
		fcntl(stop_pipe[i], F_SETFD, FD_CLOEXEC);
		fcntl(stop_pipe[i], F_SETFL, O_NONBLOCK);
	}
	signal(SIGPIPE, SIG_IGN);
	for (int i = 0; i < 3; i++) {
		struct sigaction before;

		/* nohup has it ignored. */
		if (sigaction(signals[i], NULL, &before) == 0 &&
		    before.sa_handler != SIG_IGN)
			sigaction(signals[i], &action, NULL);
	}
	return 0;
}

bool
stop_is_asked(void)
{
	return stop_asked;
}

int
stop_descriptor(void)
{
	return stop_pipe[0];
}

uint64_t
stop_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void
stop_sleep(uint64_t ms)
{
	uint64_t until_ms = stop_now_ms() + ms, now_ms;
	struct pollfd stop = {.fd = stop_pipe[0], .events = POLLIN};

	while (!stop_asked && (now_ms = stop_now_ms()) < until_ms)
		poll(&stop, 1, (int)(until_ms - now_ms));
}
