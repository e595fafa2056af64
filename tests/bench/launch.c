/* SPDX-License-Identifier: MIT */

/*
 * launch PROGRAM [ARGUMENT]... - starts a program as a web server would, and
 * prints two numbers: nanoseconds from just before the start of the program
 * to the first byte it writes, and its private memory in KiB once it has
 * written its first event and gone to sleep.  Then it ends the program.
 *
 * posix_spawn (a vfork) keeps what the start costs independent of the size of
 * the caller.
 */

#define _GNU_SOURCE
#include <err.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DEADLINE_MS 10000
#define MAX_OUTPUT 65536

extern char **environ;

static uint64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static pid_t
start(char **argv, int output, int unused)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int error;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(
	    &actions, STDIN_FILENO, "/dev/null", 0, 0);
	posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	posix_spawn_file_actions_addclose(&actions, output);
	posix_spawn_file_actions_addclose(&actions, unused);
	error = posix_spawn(&pid, argv[0], &actions, NULL, argv, environ);
	if (error)
		errx(1, "%s: %s", argv[0], strerror(error));
	return pid;
}

/* Reads until the output holds a data line; returns when it began. */
static uint64_t
read_first_event(int fd)
{
	static char output[MAX_OUTPUT + 1];
	uint64_t first_ns = 0;
	size_t n = 0;

	for (;;) {
		struct pollfd readable = {.fd = fd, .events = POLLIN};
		const char *data = strstr(output, "data:");
		ssize_t got;

		if (data && strchr(data, '\n'))
			return first_ns;
		if (n == MAX_OUTPUT || poll(&readable, 1, DEADLINE_MS) != 1)
			return 0;
		got = read(fd, output + n, MAX_OUTPUT - n);
		if (got <= 0)
			return 0;
		if (n == 0)
			first_ns = now_ns();
		n += (size_t)got;
		output[n] = '\0';
	}
}

/* Sums the lines that begin with Private_ up. */
static long
private_kib(pid_t pid)
{
	char path[64], line[256];
	long sum = 0, kib;
	FILE *rollup;

	snprintf(path, sizeof(path), "/proc/%ld/smaps_rollup", (long)pid);
	rollup = fopen(path, "r");
	if (!rollup)
		return 0; /* it has handed its viewer over and ended */
	while (fgets(line, sizeof(line), rollup))
		if (sscanf(line, "Private_%*[a-zA-Z]: %ld", &kib) == 1)
			sum += kib;
	fclose(rollup);
	return sum;
}

int
main(int argc, char **argv)
{
	const struct timespec settle = {.tv_nsec = 100 * 1000 * 1000};
	uint64_t start_ns, first_ns;
	int fd[2];
	pid_t pid;

	if (argc < 2)
		errx(2, "usage: launch PROGRAM [ARGUMENT]...");
	if (pipe(fd) < 0)
		err(1, "pipe");
	start_ns = now_ns();
	pid = start(argv + 1, fd[1], fd[0]);
	close(fd[1]);
	first_ns = read_first_event(fd[0]);
	if (first_ns) {
		nanosleep(&settle, NULL);
		printf("%llu %ld\n", (unsigned long long)(first_ns - start_ns),
		    private_kib(pid));
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	if (!first_ns)
		errx(1, "%s: no event", argv[1]);
	return 0;
}
