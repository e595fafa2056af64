/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_HTTP_TARGET_H
#define PIPECAST_HTTP_TARGET_H

/*
 * The request target (RFC 9112, 3.2) and the host (RFC 9110, 7.2) of a request.
 * No I/O and no memory; a path is only a name to look up, never that of a file.
 */

#include "core/text.h"

/* The spans are borrowed from the text. */
struct http_target {
	struct span host;  /* with its port; absent but in absolute-form */
	struct span path;  /* still encoded; at least "/", or "*" */
	const char *query; /* behind the "?" to the end, or NULL */
};

/*
 * Parses the target, in origin-form "/path?query", absolute-form
 * "http://host/path?query" or "*", which is the server.  Returns NULL, or a
 * static text that says what is wrong with it.
 */
const char *http_target_parse(struct http_target *target, const char *text);

/*
 * Decodes the %HH of a path into out, of at least path.n + 1 bytes, and ends
 * it with a NUL.  Returns whether every escape was one, and none was of a NUL.
 */
bool http_decode_path(char *out, struct span path);

/*
 * The name or address in a host with or without a port, IPv6 ones without
 * their brackets; absent if it is none of these.
 */
struct span http_host_name(struct span host);

/*
 * Whether that is a name of this machine for itself, or the given one (NULL:
 * none).  If any other name leads to a loopback address, a page of that name
 * may be trying to read a stream that is not meant for it (DNS rebinding).
 */
bool http_host_is_local(struct span host, const char *asked_for);

/*
 * Whether the host, with or without a port, is one of the names: without
 * regard to case, and IPv6 addresses in any spelling, with or without brackets.
 */
bool http_host_is_among(
    struct span host, const char *const *names, size_t n_names);

/*
 * Checks such a name: a host as browsers send it (a domain in ASCII, an IPv4 or
 * IPv6 address), without a port.  Returns NULL, or a static text that says what
 * would be right.
 */
const char *http_host_check(const char *name);

#endif
