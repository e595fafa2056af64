/* SPDX-License-Identifier: MIT */

#include "http/token.h"

#include "http/base64.h"
#include "http/hmac.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum {
	TRIED_MAX = 8,  /* tokens of one query */
	USER_MAX = 256, /* bytes of a user's name, which is not looked at */
	BASIC_MAX = USER_MAX + 1 + TOKEN_MAX, /* "user:password" */
};

static const struct token_purpose_words {
	const char *message; /* of which the cookie is made */
	const char *cookie;  /* what its name begins with */
} purposes[TOKEN_PURPOSES] = {
    [TOKEN_READ] = {"pipecast: a cookie to read", "pipecast-read-"},
    [TOKEN_POST] = {"pipecast: a cookie to post", "pipecast-post-"},
};

/* Setting. */

/*
 * The first digits become part of the cookie's name: a host may have several
 * pipecasts, and cookies are not kept apart by port.
 */
static bool
token_make_cookie(struct token *token, const struct token_purpose_words *words)
{
	enum { IN_NAME = 8 };
	unsigned char hmac[HMAC_SIZE];
	char digits[2 * HMAC_SIZE + 1];

	static_assert(sizeof(digits) - IN_NAME == TOKEN_COOKIE_VALUE_SIZE,
	    "the rest is the value");
	if (!hmac_sha256(hmac, span_of(token->secret), span_of(words->message)))
		return false;
	for (size_t i = 0; i < HMAC_SIZE; i++)
		snprintf(digits + 2 * i, 3, "%02x", hmac[i]);
	snprintf(token->cookie_name, sizeof(token->cookie_name), "%s%.*s",
	    words->cookie, IN_NAME, digits);
	memcpy(token->cookie_value, digits + IN_NAME, TOKEN_COOKIE_VALUE_SIZE);
	return true;
}

const char *
token_set(struct tokens *tokens, enum token_purpose purpose, struct span secret)
{
	struct token *token = &tokens->of[purpose];

	*token = (struct token){0};
	for (size_t i = 0; i < secret.n; i++)
		if (secret.bytes[i] <= ' ' || secret.bytes[i] > '~')
			return "it is not one line of ASCII without blanks";
	if (secret.n < TOKEN_MIN)
		return "it is shorter than 16 characters";
	if (secret.n > TOKEN_MAX)
		return "it is longer than 256 characters";
	memcpy(token->secret, secret.bytes, secret.n);
	if (token_make_cookie(token, &purposes[purpose]))
		return NULL;
	*token = (struct token){0};
	return "this pipecast was built without libmd, which tokens need";
}

/* Comparing. */

/* Looks at all bytes, wherever they differ. */
static bool
token_are_equal(const char *a, const char *b, size_t n)
{
	volatile unsigned char difference = 0;

	for (size_t i = 0; i < n; i++)
		difference |= (unsigned char)(a[i] ^ b[i]);
	return difference == 0;
}

/* Always compares as many bytes as the longest token has. */
static bool
token_is(const struct token *token, struct span given)
{
	char padded[sizeof(token->secret)] = {0};

	if (!*token->secret || given.n < TOKEN_MIN || given.n > TOKEN_MAX ||
	    memchr(given.bytes, '\0', given.n))
		return false;
	memcpy(padded, given.bytes, given.n);
	return token_are_equal(padded, token->secret, sizeof(padded));
}

/* Looks up for what purposes this is the token; granted is one of grants'. */
static void
token_try(const struct tokens *tokens, struct span given, bool granted[],
    struct token_grants *grants)
{
	bool is_right = false;

	for (size_t i = 0; i < TOKEN_PURPOSES; i++)
		if (token_is(&tokens->of[i], given))
			granted[i] = is_right = true;
	if (given.n > 0 && !is_right)
		grants->is_wrong = true;
}

/* The Authorization header. */

/* Takes the text before the separator, or all that is left. */
static struct span
token_take_until(struct span *rest, char separator)
{
	const char *end =
	    rest->n > 0 ? memchr(rest->bytes, separator, rest->n) : NULL;
	struct span taken =
	    span_take(rest, end ? (size_t)(end - rest->bytes) : rest->n);

	span_take(rest, 1);
	return taken;
}

static void
token_try_basic(const struct tokens *tokens, struct span encoded,
    struct token_grants *grants)
{
	char bytes[BASIC_MAX];
	long n = base64_decode(bytes, sizeof(bytes), encoded);
	struct span pair = {bytes, n < 0 ? 0 : (size_t)n};

	token_take_until(&pair, ':');
	token_try(tokens, pair, grants->granted, grants);
}

static void
token_try_authorization(
    const struct tokens *tokens, struct span field, struct token_grants *grants)
{
	const char *blank =
	    field.n > 0 ? memchr(field.bytes, ' ', field.n) : NULL;
	struct span scheme;

	if (!blank || field.n > TOKEN_FIELD_MAX)
		return;
	scheme = span_take(&field, (size_t)(blank - field.bytes));
	field = span_trim(field);
	if (span_is_word(scheme, "Bearer"))
		token_try(tokens, field, grants->granted, grants);
	else if (span_is_word(scheme, "Basic"))
		token_try_basic(tokens, field, grants);
}

/* Cookies. */

static bool
token_is_cookie(const struct token *token, struct span name, struct span value)
{
	return *token->secret && span_is(name, token->cookie_name) &&
	    value.n == TOKEN_COOKIE_VALUE_SIZE - 1 &&
	    token_are_equal(value.bytes, token->cookie_value, value.n);
}

/* RFC 6265, 4.2.1. */
static void
token_try_cookies(
    const struct tokens *tokens, struct span field, struct token_grants *grants)
{
	if (field.n > TOKEN_FIELD_MAX)
		return;
	while (field.n > 0) {
		struct span value = span_trim(token_take_until(&field, ';'));
		struct span name = token_take_until(&value, '=');

		for (size_t i = 0; i < TOKEN_PURPOSES; i++)
			if (token_is_cookie(&tokens->of[i], name, value))
				grants->granted[i] = true;
	}
}

/* The query. */

/* A pair with the separator before it, if there is one. */
static struct span
token_take_pair(struct span *query)
{
	size_t n = query->n > 0;

	while (n < query->n && query->bytes[n] != '&' && query->bytes[n] != ';')
		n++;
	return span_take(query, n);
}

/* Whether the pair is a token=, of which value becomes the value. */
static bool
token_is_pair(struct span pair, struct span *value)
{
	if (pair.n > 0 && (*pair.bytes == '&' || *pair.bytes == ';'))
		span_take(&pair, 1);
	*value = pair;
	return span_is(token_take_until(value, '='), "token");
}

static void
token_try_encoded(const struct tokens *tokens, struct span encoded,
    struct token_grants *grants)
{
	char bytes[TOKEN_MAX];
	struct span given = {bytes, 0};

	while (encoded.n > 0 && given.n < sizeof(bytes)) {
		int byte = text_decode_byte(encoded);
		char c = *span_take(&encoded, byte < 0 ? 1 : 3).bytes;

		bytes[given.n++] = byte < 0 ? c : (char)byte;
	}
	if (encoded.n > 0)
		grants->is_wrong = true;
	else
		token_try(tokens, given, grants->by_query, grants);
}

static void
token_try_query(
    const struct tokens *tokens, struct span query, struct token_grants *grants)
{
	struct span value;
	size_t n = 0;

	if (query.n > TOKEN_FIELD_MAX)
		return;
	while (query.n > 0 && n < TRIED_MAX) {
		if (!token_is_pair(token_take_pair(&query), &value))
			continue;
		grants->is_in_query = true;
		token_try_encoded(tokens, value, grants);
		n++;
	}
	for (size_t i = 0; i < TOKEN_PURPOSES; i++)
		if (grants->by_query[i])
			grants->granted[i] = true;
}

struct token_grants
token_grants_of(
    const struct tokens *tokens, const struct token_credentials *credentials)
{
	struct token_grants grants = {0};

	token_try_authorization(tokens, credentials->authorization, &grants);
	token_try_cookies(tokens, credentials->cookie, &grants);
	token_try_query(tokens, credentials->query, &grants);
	return grants;
}

/* Writing URLs. */

static void
token_write_escaped(char c, struct byte_sink sink)
{
	char escaped[4];

	snprintf(escaped, sizeof(escaped), "%%%02X", (unsigned char)c);
	sink_text(sink, escaped);
}

/* RFC 3986, 2.3. */
static bool
token_is_unreserved(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	    (c >= 'a' && c <= 'z') || (c && strchr("-._~", c));
}

void
token_write_query(const struct tokens *tokens, struct byte_sink sink)
{
	const char *before = "?";

	for (size_t i = 0; i < TOKEN_PURPOSES; i++) {
		const char *secret = tokens->of[i].secret;

		if (!*secret ||
		    (i > 0 && strcmp(secret, tokens->of[0].secret) == 0))
			continue;
		sink_text(sink, before);
		sink_text(sink, "token=");
		for (; *secret; secret++)
			if (token_is_unreserved(*secret))
				sink.put(sink.ctx, secret, 1);
			else
				token_write_escaped(*secret, sink);
		before = "&";
	}
}

void
token_write_rest(struct span query, struct byte_sink sink)
{
	bool is_first = true;

	while (query.n > 0) {
		struct span pair = token_take_pair(&query), value;

		if (token_is_pair(pair, &value))
			continue;
		/* The separator before the first pair went with the token. */
		if (is_first && (*pair.bytes == '&' || *pair.bytes == ';'))
			span_take(&pair, 1);
		is_first = false;
		for (size_t i = 0; i < pair.n; i++)
			if (pair.bytes[i] > ' ' && pair.bytes[i] <= '~')
				sink.put(sink.ctx, pair.bytes + i, 1);
			else
				token_write_escaped(pair.bytes[i], sink);
	}
}
