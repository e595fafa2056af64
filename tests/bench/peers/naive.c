/* SPDX-License-Identifier: MIT */

/*
 * naive - what one writes with libfcgi alone: a thread a viewer, all of them
 * waiting on one condition variable for the next event.
 */

#include "../tools/address.h"

#include <err.h>
#include <fcgiapp.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* As many events as the publisher may be ahead of the slowest viewer. */
enum { MAX_EVENTS = 512, MAX_EVENT = 16384, STACK_BYTES = 128 * 1024 };

static pthread_mutex_t accept_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t published = PTHREAD_COND_INITIALIZER;
static char events[MAX_EVENTS][MAX_EVENT];
static unsigned long n_events;
static int listener;

/* Called with the lock held; gives it up meanwhile. */
static void
stream(FCGX_Request *request)
{
	unsigned long next = n_events;
	int rc;

	do {
		char event[MAX_EVENT];

		while (next == n_events)
			pthread_cond_wait(&published, &lock);
		if (n_events - next > MAX_EVENTS)
			next = n_events - MAX_EVENTS;
		strcpy(event, events[next++ % MAX_EVENTS]);
		pthread_mutex_unlock(&lock);
		rc = FCGX_FPrintF(request->out, "data: %s\n\n", event);
		if (rc >= 0)
			rc = FCGX_FFlush(request->out);
		pthread_mutex_lock(&lock);
	} while (rc >= 0);
}

static void *
serve(void *unused)
{
	FCGX_Request request;

	FCGX_InitRequest(&request, listener, 0);
	for (;;) {
		int rc;

		pthread_mutex_lock(&accept_lock);
		rc = FCGX_Accept_r(&request);
		pthread_mutex_unlock(&accept_lock);
		if (rc < 0)
			return unused;
		FCGX_PutS("Content-Type: text/event-stream\r\n"
			  "Cache-Control: no-cache\r\n\r\n: hello\n\n",
		    request.out);
		pthread_mutex_lock(&lock);
		FCGX_FFlush(request.out);
		stream(&request);
		pthread_mutex_unlock(&lock);
		FCGX_Finish_r(&request);
	}
}

static void
start_threads(unsigned long n)
{
	pthread_attr_t attributes;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	for (unsigned long i = 0; i < n; i++) {
		pthread_t thread;
		int rc = pthread_create(&thread, &attributes, serve, NULL);

		if (rc != 0)
			errx(1, "thread %lu: %s", i, strerror(rc));
	}
	pthread_attr_destroy(&attributes);
}

int
main(int argc, char **argv)
{
	const struct rlimit limit = {20000, 20000};
	char line[MAX_EVENT];

	if (argc != 3)
		errx(2, "usage: naive SOCKET THREADS");
	setrlimit(RLIMIT_NOFILE, &limit);
	FCGX_Init();
	signal(SIGPIPE, SIG_IGN);
	listener = FCGX_OpenSocket(argv[1], 4096);
	if (listener < 0)
		errx(2, "%s: cannot listen", argv[1]);
	start_threads(strtoul(argv[2], NULL, 10));
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		pthread_mutex_lock(&lock);
		strcpy(events[n_events++ % MAX_EVENTS], line);
		pthread_cond_broadcast(&published);
		pthread_mutex_unlock(&lock);
	}
	return 0;
}
