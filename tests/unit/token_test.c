/* SPDX-License-Identifier: MIT */

#include "http/token.h"

#include "helpers.h"

#define READ_TOKEN "correct+horse/battery="

static const char read_token[] = READ_TOKEN;
static const char post_token[] = "a%token&of;its-own";

static struct tokens
tokens_of(const char *to_read, const char *to_post)
{
	struct tokens tokens = {0};

	if (to_read)
		cr_assert_null(
		    token_set(&tokens, TOKEN_READ, span_of(to_read)));
	if (to_post)
		cr_assert_null(
		    token_set(&tokens, TOKEN_POST, span_of(to_post)));
	return tokens;
}

static struct token_grants
grants_of(struct token_credentials credentials)
{
	struct tokens tokens = tokens_of(read_token, post_token);

	return token_grants_of(&tokens, &credentials);
}

static struct token_grants
by_authorization(struct span field)
{
	char *exact = copy_of(field);
	struct token_grants grants = grants_of((struct token_credentials){
	    .authorization = {exact, field.n},
	});

	free(exact);
	return grants;
}

static struct token_grants
by_cookie(struct span field)
{
	char *exact = copy_of(field);
	struct token_grants grants =
	    grants_of((struct token_credentials){.cookie = {exact, field.n}});

	free(exact);
	return grants;
}

static struct token_grants
by_query(struct span query)
{
	char *exact = copy_of(query);
	struct token_grants grants =
	    grants_of((struct token_credentials){.query = {exact, query.n}});

	free(exact);
	return grants;
}

#define assert_grants(GRANTS, READS, POSTS, IS_WRONG) \
	do { \
		struct token_grants grants_ = (GRANTS); \
\
		cr_assert_eq(grants_.granted[TOKEN_READ], (READS)); \
		cr_assert_eq(grants_.granted[TOKEN_POST], (POSTS)); \
		cr_assert_eq(grants_.is_wrong, (IS_WRONG)); \
	} while (0)

/* Setting. */

Test(token, secret_has_limits)
{
	static const char longest[TOKEN_MAX + 2] = {[0 ... TOKEN_MAX] = 'x'};
	static const char *const wrong[] = {"", "fifteen-letters",
	    "sixteen letters!", "sixteen\tletters!", "sixteen-letters\x7f",
	    "sixteen-letters\xc3\xa4", "sixteen-letters!\n", longest};
	struct tokens tokens = {0};

	for (size_t i = 0; i < LENGTH(wrong); i++) {
		cr_assert_not_null(
		    token_set(&tokens, TOKEN_READ, span_of(wrong[i])));
		cr_assert_not(token_is_set(&tokens, TOKEN_READ));
	}
	cr_assert_null(token_set(&tokens, TOKEN_READ, span_of(longest + 1)));
	cr_assert_null(
	    token_set(&tokens, TOKEN_POST, LITERAL("sixteen-letters!")));
	cr_assert(token_is_set(&tokens, TOKEN_READ));
	cr_assert_not(token_is_set(NULL, TOKEN_READ));
}

Test(token, cookie_is_made_of_token_and_purpose)
{
	struct tokens tokens = tokens_of(read_token, read_token);
	struct tokens others = tokens_of(post_token, NULL);
	const struct token *token = &tokens.of[TOKEN_READ];

	cr_assert_str_eq(token->cookie_name, "pipecast-read-7d523eb3");
	cr_assert_str_eq(token->cookie_value,
	    "f105df0fba10921bc469a8dc4b2dcfa9a52007ade79bf906f0694398");
	token = &tokens.of[TOKEN_POST];
	cr_assert_str_eq(token->cookie_name, "pipecast-post-f4a39ce8");
	cr_assert_str_eq(token->cookie_value,
	    "1192457be3014bf496630c9eaaf00a7dca6c60bbf37623fa09a89cf8");
	cr_assert_str_neq(
	    others.of[TOKEN_READ].cookie_name, tokens.of[0].cookie_name);
	cr_assert_str_neq(
	    others.of[TOKEN_READ].cookie_value, tokens.of[0].cookie_value);
}

/* Authorization. */

Test(token, bearer_presents_a_token)
{
	assert_grants(by_authorization(LITERAL("Bearer " READ_TOKEN)), true,
	    false, false);
	assert_grants(by_authorization(LITERAL("bEARER   " READ_TOKEN " ")),
	    true, false, false);
	assert_grants(by_authorization(LITERAL("Bearer a%token&of;its-own")),
	    false, true, false);
}

Test(token, password_presents_a_token_whatever_the_user)
{
	/* ":TOKEN", "alice:TOKEN", and a token with two more of a colon. */
	assert_grants(
	    by_authorization(LITERAL("Basic OmNvcnJlY3QraG9yc2UvYmF0dGVyeT0=")),
	    true, false, false);
	assert_grants(by_authorization(LITERAL(
			  "basic YWxpY2U6Y29ycmVjdCtob3JzZS9iYXR0ZXJ5PQ==")),
	    true, false, false);
	assert_grants(
	    by_authorization(LITERAL("Basic Ojpjb3JyZWN0K2hvcnNlL2JhdHRlcnk9")),
	    false, false, true);
}

Test(token, other_authorization_presents_nothing)
{
	static const struct span fields[] = {LITERAL(""), LITERAL("Bearer"),
	    LITERAL("Bearer "), LITERAL("Basic "), LITERAL(READ_TOKEN),
	    LITERAL(" " READ_TOKEN), LITERAL("Digest " READ_TOKEN),
	    LITERAL("Bearer" READ_TOKEN), LITERAL("Basic " READ_TOKEN),
	    /* the token without a colon, and an empty password */
	    LITERAL("Basic Y29ycmVjdCtob3JzZS9iYXR0ZXJ5PQ=="),
	    LITERAL("Basic Og=="), LITERAL("Basic YWxpY2U6")};

	for (size_t i = 0; i < LENGTH(fields); i++)
		assert_grants(by_authorization(fields[i]), false, false, false);
}

/* What differs from a token in the least. */
static const struct span wrong_tokens[] = {LITERAL("correct+horse/battery"),
    LITERAL("correct+horse/battery=="), LITERAL("Correct+horse/battery="),
    LITERAL("correct+horse/battery-"), LITERAL("correct+horse/battery=\0"),
    LITERAL("correct+horse/battery=\0\0"), LITERAL("x"), LITERAL("\0"),
    LITERAL("correct horse/battery=")};

Test(token, wrong_token_is_told_from_none)
{
	char field[64] = "Bearer ";

	for (size_t i = 0; i < LENGTH(wrong_tokens); i++) {
		struct span wrong = wrong_tokens[i];

		memcpy(field + 7, wrong.bytes, wrong.n);
		assert_grants(
		    by_authorization((struct span){field, 7 + wrong.n}), false,
		    false, true);
	}
	assert_grants(by_query(LITERAL("token=correct")), false, false, true);
	assert_grants(by_query(LITERAL("token=")), false, false, false);
}

Test(token, nothing_presented_fits_no_token)
{
	struct tokens none = {0}, one = tokens_of(NULL, post_token);
	struct token_credentials credentials = {
	    .authorization = LITERAL("Basic Og=="),
	    .cookie = LITERAL("=; ;"),
	    .query = LITERAL("token=&token=%00%00%00%00%00%00%00%00%00%00%00"
			     "%00%00%00%00%00"),
	};

	assert_grants(token_grants_of(&none, &credentials), false, false, true);
	assert_grants(token_grants_of(&one, &credentials), false, false, true);
}

Test(token, long_field_presents_nothing)
{
	static char field[TOKEN_FIELD_MAX + 2];

	memset(field, 'x', sizeof(field));
	memcpy(field, "Bearer ", 7);
	assert_grants(by_authorization((struct span){field, TOKEN_FIELD_MAX}),
	    false, false, true);
	assert_grants(
	    by_authorization((struct span){field, TOKEN_FIELD_MAX + 1}), false,
	    false, false);
	memcpy(field, "token=" READ_TOKEN "&", sizeof("token=" READ_TOKEN));
	assert_grants(by_query((struct span){field, TOKEN_FIELD_MAX}), true,
	    false, false);
	assert_grants(by_query((struct span){field, TOKEN_FIELD_MAX + 1}),
	    false, false, false);
}

/* Cookies. */

#define VALUE "f105df0fba10921bc469a8dc4b2dcfa9a52007ade79bf906f0694398"
#define COOKIE "pipecast-read-7d523eb3=" VALUE

Test(token, cookie_is_found_among_others)
{
	assert_grants(by_cookie(LITERAL(COOKIE)), true, false, false);
	assert_grants(by_cookie(LITERAL("a=b; c;  =;" COOKIE " ;d=e")), true,
	    false, false);
	/* A page of the same host may have set one of the same name. */
	assert_grants(by_cookie(LITERAL("pipecast-read-7d523eb3=x; " COOKIE)),
	    true, false, false);
}

Test(token, other_cookie_grants_nothing)
{
	static const struct span fields[] = {LITERAL(VALUE),
	    LITERAL("x" COOKIE), LITERAL(COOKIE "0"),
	    LITERAL("pipecast-read-7d523eb3 =" VALUE),
	    LITERAL("pipecast-read-7d523eb3=\"" VALUE "\""),
	    LITERAL("pipecast-read-7d523eb3=" READ_TOKEN),
	    LITERAL("pipecast-post-7d523eb3=" VALUE),
	    LITERAL("pipecast-read-7d523eb3="), LITERAL(";;;=;")};

	for (size_t i = 0; i < LENGTH(fields); i++)
		assert_grants(by_cookie(fields[i]), false, false, false);
}

Test(token, cookie_dies_with_its_token)
{
	struct tokens later = tokens_of("another-secret-of-us", NULL);
	struct token_credentials credentials = {.cookie = LITERAL(COOKIE)};

	assert_grants(
	    token_grants_of(&later, &credentials), false, false, false);
}

/* A cookie of one purpose under the name of the other. */
Test(token, cookie_serves_one_purpose)
{
	struct tokens tokens = tokens_of(read_token, read_token);
	struct token_credentials credentials = {.cookie = LITERAL(COOKIE)};
	char field[128];

	assert_grants(
	    token_grants_of(&tokens, &credentials), true, false, false);
	snprintf(field, sizeof(field), "%s=" VALUE,
	    tokens.of[TOKEN_POST].cookie_name);
	credentials.cookie = span_of(field);
	assert_grants(
	    token_grants_of(&tokens, &credentials), false, false, false);
}

/* The query. */

Test(token, query_presents_a_token_in_any_encoding)
{
	static const struct span queries[] = {LITERAL("token=" READ_TOKEN),
	    LITERAL("token=correct%2Bhorse%2fbattery%3D"),
	    LITERAL("a=b&token=" READ_TOKEN "&c"),
	    LITERAL(";;token=" READ_TOKEN),
	    LITERAL("token&token=&token=x&token=" READ_TOKEN)};

	for (size_t i = 0; i < LENGTH(queries); i++) {
		struct token_grants grants = by_query(queries[i]);

		cr_assert(grants.granted[TOKEN_READ], "%zu", i);
		cr_assert(grants.by_query[TOKEN_READ]);
		cr_assert(grants.is_in_query);
		cr_assert_not(grants.by_query[TOKEN_POST]);
	}
	assert_grants(by_query(LITERAL("token=a%25token%26of%3bits-own")),
	    false, true, false);
}

Test(token, query_may_present_several)
{
	assert_grants(by_query(LITERAL("token=" READ_TOKEN
				       "&token=a%25token%26of%3bits-own")),
	    true, true, false);
	/* It does not try all that fit into a query. */
	assert_grants(by_query(LITERAL("token=1&token=2&token=3&token=4&"
				       "token=5&token=6&token=7&token=8&"
				       "token=" READ_TOKEN)),
	    false, false, true);
}

Test(token, other_names_present_nothing)
{
	static const struct span queries[] = {LITERAL("Token=" READ_TOKEN),
	    LITERAL("%74oken=" READ_TOKEN), LITERAL("tokens=" READ_TOKEN),
	    LITERAL("xtoken=" READ_TOKEN), LITERAL(READ_TOKEN), LITERAL("&"),
	    LITERAL("a=token=" READ_TOKEN)};

	for (size_t i = 0; i < LENGTH(queries); i++) {
		struct token_grants grants = by_query(queries[i]);

		assert_grants(grants, false, false, false);
		cr_assert_not(grants.is_in_query, "%zu", i);
	}
}

/* Writing URLs. */

static void
assert_rest(struct span query, struct span wanted)
{
	char *exact = copy_of(query);
	struct bytes out = {0};

	token_write_rest((struct span){exact, query.n}, bytes_sink(&out));
	assert_span(bytes_span(&out), wanted);
	bytes_free(&out);
	free(exact);
}

Test(token, rest_of_a_query_stays_as_it_is)
{
	assert_rest(LITERAL(""), LITERAL(""));
	assert_rest(LITERAL("token=x"), LITERAL(""));
	assert_rest(LITERAL("token"), LITERAL(""));
	assert_rest(LITERAL("token=x&a=%41&b;c=+"), LITERAL("a=%41&b;c=+"));
	assert_rest(LITERAL("a&token=x;b"), LITERAL("a;b"));
	assert_rest(LITERAL("a&b&token=x&token=y"), LITERAL("a&b"));
	assert_rest(LITERAL("a&&token=x&&b&"), LITERAL("a&&&b&"));
	assert_rest(
	    LITERAL("//example.org/&token=x"), LITERAL("//example.org/"));
}

Test(token, rest_of_a_query_breaks_no_head)
{
	assert_rest(LITERAL("a=\r\nSet-Cookie: b=c&token=\n&\xff\0"),
	    LITERAL("a=%0D%0ASet-Cookie:%20b=c&%FF%00"));
}

static void
assert_query(struct tokens tokens, struct span wanted)
{
	struct bytes out = {0};

	token_write_query(&tokens, bytes_sink(&out));
	assert_span(bytes_span(&out), wanted);
	bytes_free(&out);
}

Test(token, query_of_a_url_presents_all_tokens)
{
	assert_query(tokens_of(NULL, NULL), LITERAL(""));
	assert_query(tokens_of(read_token, NULL),
	    LITERAL("?token=correct%2Bhorse%2Fbattery%3D"));
	assert_query(tokens_of(NULL, post_token),
	    LITERAL("?token=a%25token%26of%3Bits-own"));
	assert_query(tokens_of(read_token, read_token),
	    LITERAL("?token=correct%2Bhorse%2Fbattery%3D"));
	assert_query(tokens_of(read_token, post_token),
	    LITERAL("?token=correct%2Bhorse%2Fbattery%3D"
		    "&token=a%25token%26of%3Bits-own"));
}
