/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_SOURCES_REDIS_URL_H
#define PIPECAST_SOURCES_REDIS_URL_H

/*
 * Where a Redis server is: "redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE]" or
 * "unix:PATH".  USER and PASSWORD may be percent-encoded.  Pure.
 */

#include "core/text.h"

#include <stdint.h>

enum { REDIS_URL_TEXT_SIZE = 320 };

struct redis_url {
	char host[256]; /* "": by a socket file */
	char path[108]; /* of the socket file, or "" */
	uint16_t port;
	uint16_t database;
	char user[128];     /* "": the default user */
	char password[512]; /* "": none */
};

/* redis://127.0.0.1:6379 */
extern const struct redis_url redis_url_default;

/* Returns NULL, or what would be right (static). */
const char *redis_url_parse(struct redis_url *url, const char *text);

/* Writes it for messages, without USER and PASSWORD.  Returns out. */
char *redis_url_write(
    const struct redis_url *url, char out[REDIS_URL_TEXT_SIZE]);

/* Overwrites the password in a text of that form, or one that ends with it. */
void redis_url_hide(char *text);

#endif
