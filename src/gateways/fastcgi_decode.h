/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_GATEWAYS_FASTCGI_DECODE_H
#define PIPECAST_GATEWAYS_FASTCGI_DECODE_H

/*
 * The PARAMS of a request, decoded by libfcgi.  libfcgi blocks on its peer and
 * trusts it; here it only ever reads a request that is whole, from a file in
 * memory.
 */

#include "core/text.h"

/* The meta-variables of one request. */
struct fastcgi_environment;

/*
 * Makes libfcgi ready; call it once, before fastcgi_decode and before there
 * are threads.  libfcgi sets handlers of its own for SIGTERM, SIGUSR1 and
 * SIGPIPE, which would keep SIGTERM from ending pipecast.  The former handlers
 * are restored, and no signal is lost.  Returns 0 or a negative errno.
 */
int fastcgi_decode_init(void);

/*
 * Decodes name-value pairs.  *environment receives them, for
 * fastcgi_environment_free(); it takes 20 KB and more, so free it soon.
 * Returns 0, -EINVAL if the pairs are broken, more than FASTCGI_PARAMS_MAX
 * bytes, or for libfcgi not of a post where fastcgi_pairs_are_of_post says so
 * (or the other way round), or another negative errno (descriptors or memory
 * are short).
 */
int fastcgi_decode(struct span pairs, struct fastcgi_environment **environment);

/*
 * A request_lookup (http/request.h) with the environment as its ctx: the value
 * of a meta-variable up to its first NUL, the first one of several; NULL if
 * there is none.  Borrowed from the environment.
 */
const char *fastcgi_environment_lookup(void *ctx, const char *name);

/* Accepts NULL. */
void fastcgi_environment_free(struct fastcgi_environment *environment);

#endif
