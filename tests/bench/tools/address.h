/* SPDX-License-Identifier: MIT */
#ifndef BENCH_ADDRESS_H
#define BENCH_ADDRESS_H

/* Where a server listens: IPV4:PORT or unix:PATH. */

#include <sys/socket.h>
#include <sys/un.h>

struct address {
	struct sockaddr_storage storage;
	socklen_t size;
};

/* Both end the program, with the reason, if they cannot. */
struct address address_parse(const char *text);

/* A non-blocking socket that listens; an old one at the path is replaced. */
int address_listen(const struct address *address);

#endif
