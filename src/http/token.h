/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_HTTP_TOKEN_H
#define PIPECAST_HTTP_TOKEN_H

/*
 * Tokens: secrets that a request has to present in order to read or to post.
 * It presents one as a bearer token (RFC 6750, 2.1), as the password of basic
 * authentication (RFC 7617), as token=TOKEN in its query, or as a cookie.
 *
 * A browser gets the cookie for a token in the query, so that the token need
 * not stay in its address bar.  The cookie is made of the token and its purpose
 * by HMAC-SHA-256: it does not reveal the token, serves no other purpose, and
 * is worth nothing once there is another token.
 *
 * No I/O and no memory.  How long a comparison takes does not depend on the
 * secret.
 */

#include "core/text.h"

enum token_purpose { TOKEN_READ, TOKEN_POST, TOKEN_PURPOSES };

/* Characters of a token.  The least makes 64 bits, if they are random. */
enum { TOKEN_MIN = 16, TOKEN_MAX = 256 };

/* A header field or query longer than this presents nothing. */
enum { TOKEN_FIELD_MAX = 8192 };

/* With the NUL. */
enum { TOKEN_COOKIE_NAME_SIZE = 24, TOKEN_COOKIE_VALUE_SIZE = 57 };

struct token {
	char secret[TOKEN_MAX + 1]; /* NULs behind it; "": there is none */
	char cookie_name[TOKEN_COOKIE_NAME_SIZE];
	char cookie_value[TOKEN_COOKIE_VALUE_SIZE];
};

/* By purpose. */
struct tokens {
	struct token of[TOKEN_PURPOSES];
};

/* The parts of a request that may present tokens.  Borrowed, or absent. */
struct token_credentials {
	struct span authorization; /* Authorization */
	struct span cookie;        /* Cookie */
	struct span query;         /* behind the "?", still encoded */
};

/* What the credentials present. */
struct token_grants {
	bool granted[TOKEN_PURPOSES];  /* the token for that purpose */
	bool by_query[TOKEN_PURPOSES]; /* likewise, in the query */
	bool is_in_query;              /* a token=, whatever its value */
	bool is_wrong; /* a token for no purpose, other than in a cookie */
};

/*
 * Sets the token for a purpose: TOKEN_MIN to TOKEN_MAX printable characters of
 * ASCII, no blank among them.  Returns NULL, or what is wrong (static).
 */
const char *token_set(
    struct tokens *tokens, enum token_purpose purpose, struct span secret);

/* Whether there is a token for that purpose. */
static inline bool
token_is_set(const struct tokens *tokens, enum token_purpose purpose)
{
	return tokens && *tokens->of[purpose].secret;
}

/*
 * Looks for tokens in the credentials.  If a query has several, each counts; a
 * "+" in them stands for itself.
 */
struct token_grants token_grants_of(
    const struct tokens *tokens, const struct token_credentials *credentials);

/*
 * Writes a query with its "?" that presents all tokens, as a URL has it:
 * "?token=TOKEN".  Nothing if there are no tokens.
 */
void token_write_query(const struct tokens *tokens, struct byte_sink sink);

/*
 * Writes the pairs of a query that are no token=, separated as before and
 * otherwise as they are, but for bytes that no URL contains: those are escaped.
 */
void token_write_rest(struct span query, struct byte_sink sink);

#endif
