/* SPDX-License-Identifier: MIT */
#ifndef BENCH_POSTER_H
#define BENCH_POSTER_H

/*
 * A poster sends events in POST requests, over several connections at once,
 * and counts the answers.  Whatever goes wrong with a connection ends the
 * program.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MAX_CONNECTIONS = 1000 };

struct connection {
	int fd;
	uint64_t unanswered;
	size_t matched; /* bytes of an answer's first line seen */
};

struct poster {
	/* Set before poster_open(). */
	const char *path;
	uint64_t n_connections;
	uint64_t depth; /* requests of a connection that may wait for answers */
	bool reconnect; /* a connection for each event; depth is 1 then */

	const char *address;
	uint64_t unanswered;
	uint64_t refused; /* answers that were no 2xx */
	uint64_t next;    /* the connection to try first */
	struct connection connections[MAX_CONNECTIONS];
};

/* Connects to IPV4:PORT or unix:PATH. */
void poster_open(struct poster *poster, const char *address);

/* Sends an event as soon as a connection may take it. */
void poster_send(struct poster *poster, const char *event, size_t n);

/* Waits for all answers. */
void poster_finish(struct poster *poster);

#endif
