/* SPDX-License-Identifier: MIT */

#include "http/access.h"

#include "http/accept.h"
#include "http/base_path.h"

#include <stdio.h>
#include <string.h>

/* Deciding. */

static bool
access_may(const struct policy *policy, const struct token_grants *grants,
    enum token_purpose purpose)
{
	const struct tokens *tokens = policy->tokens;

	if (purpose == TOKEN_POST && !policy->anybody_posts &&
	    !token_is_set(tokens, TOKEN_POST))
		purpose = TOKEN_READ;
	return !token_is_set(tokens, purpose) || grants->granted[purpose];
}

bool
access_is_granted(const struct policy *policy, const struct request *request,
    enum token_purpose purpose)
{
	struct token_grants grants;

	if (!policy->tokens)
		return true;
	grants = token_grants_of(policy->tokens, &request->credentials);
	return access_may(policy, &grants, purpose);
}

static bool
access_is_by_a_person(const struct request *request)
{
	return span_is(request->method, "GET") &&
	    accept_prefers_html(request->accept);
}

/*
 * Whether a person has followed a link of another site.  The browser then sends
 * no cookie that is SameSite=Strict, although it may have one; and it sends it
 * once the answer has made it ask again.
 */
static bool
access_is_by_a_link(
    const struct request *request, const struct token_grants *grants)
{
	return access_is_by_a_person(request) && !grants->is_in_query &&
	    span_is(request->fetch_site, "cross-site") &&
	    span_is(request->fetch_mode, "navigate") &&
	    span_is(request->fetch_dest, "document");
}

static void
access_redirect(const struct request *request,
    const struct token_grants *grants, struct answer *answer)
{
	answer->kind = ANSWER_REDIRECT;
	answer->query = request->credentials.query;
	answer->over_tls = request->over_tls;
	for (size_t i = 0; i < TOKEN_PURPOSES; i++)
		answer->sets_cookie[i] = grants->by_query[i];
}

/* Asking a person for a password would interrupt a page's work. */
static bool
access_is_by_a_script(const struct request *request)
{
	return request->fetch_mode.bytes &&
	    !span_is(request->fetch_mode, "navigate");
}

/* Browsers have a dialog for passwords, but it cannot explain anything. */
static const char form[] =
    "<!DOCTYPE html><html lang=\"en\"><title>pipecast</title>"
    "<meta name=\"viewport\" content=\"width=device-width\">"
    "<meta name=\"color-scheme\" content=\"light dark\">"
    "<body style=\"font:1.2em sans-serif;margin:2em\">"
    "<form><label>%s<br><input name=\"token\" type=\"password\" required "
    "autofocus></label> <button>Open</button></form>";

static const char form_headers[] =
    "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; "
    "form-action 'self'; frame-ancestors 'none'\r\n"
    "Referrer-Policy: no-referrer\r\n";

static const char advice[] =
    "%s Send it as a bearer token or as a password, as curl -u :TOKEN does. In "
    "a browser, add ?token=TOKEN to the address.";

static void
access_refuse(const struct request *request, const struct token_grants *grants,
    enum token_purpose purpose, struct answer *answer)
{
	const char *why = grants->is_wrong ? "This is not the right token."
	    : purpose == TOKEN_POST        ? "Posting here needs a token."
					   : "Reading this needs a token.";
	char text[sizeof(answer->text)];

	answer->is_form = access_is_by_a_person(request);
	answer->is_asked_again = access_is_by_a_link(request, grants);
	answer->asks_for_password =
	    !answer->is_form && !access_is_by_a_script(request);
	answer->query = request->credentials.query;
	snprintf(text, sizeof(text), answer->is_form ? form : advice, why);
	policy_error(answer, 401, text);
}

bool
access_check(const struct policy *policy, const struct request *request,
    enum token_purpose purpose, struct answer *answer)
{
	struct token_grants grants;
	bool may;

	if (!policy->tokens)
		return true;
	grants = token_grants_of(policy->tokens, &request->credentials);
	may = access_may(policy, &grants, purpose);
	/* With one of two tokens in the query, the other may come later. */
	if (grants.is_in_query && access_is_by_a_person(request) &&
	    (may || grants.by_query[TOKEN_READ] || grants.by_query[TOKEN_POST]))
		access_redirect(request, &grants, answer);
	else if (!may)
		access_refuse(request, &grants, purpose, answer);
	else
		return true;
	return false;
}

/* Header lines. */

/*
 * Without a base path a browser takes the folder of the URL that it has asked
 * for.  All streams are there, no matter what a proxy has removed from the
 * path.
 */
static void
access_write_cookie_path(const char *base_path, struct byte_sink sink)
{
	struct span path = base_path_trim(base_path);

	/* A semicolon would end it. */
	if (path.n == 0 || memchr(path.bytes, ';', path.n))
		return;
	sink_text(sink, "; Path=");
	sink_span(sink, path);
}

static void
access_write_cookie(const struct policy *policy, const struct answer *answer,
    const struct token *token, struct byte_sink sink)
{
	sink_text(sink, "Set-Cookie: ");
	sink_text(sink, token->cookie_name);
	sink_text(sink, "=");
	sink_text(sink, token->cookie_value);
	access_write_cookie_path(policy->base_path, sink);
	sink_text(sink, "; HttpOnly; SameSite=Strict");
	sink_text(sink, answer->over_tls ? "; Secure\r\n" : "\r\n");
}

/*
 * The location is relative, so that it cannot lead elsewhere: the path of the
 * URL that the browser has asked for, of which we may know only a part.
 */
static void
access_write_redirection(const struct policy *policy,
    const struct answer *answer, struct byte_sink sink)
{
	sink_text(sink, "Location: ?");
	token_write_rest(answer->query, sink);
	sink_text(sink, "\r\n");
	for (size_t i = 0; i < TOKEN_PURPOSES; i++)
		if (answer->sets_cookie[i])
			access_write_cookie(
			    policy, answer, &policy->tokens->of[i], sink);
}

/* A token= without a value, so that it does not ask again and again. */
static void
access_write_refresh(const struct answer *answer, struct byte_sink sink)
{
	sink_text(sink, "Refresh: 0; url=?token=&");
	token_write_rest(answer->query, sink);
	sink_text(sink, "\r\n");
}

void
access_write_headers(const struct policy *policy, const struct answer *answer,
    struct byte_sink sink)
{
	if (answer->kind == ANSWER_REDIRECT)
		access_write_redirection(policy, answer, sink);
	if (answer->kind != ANSWER_ERROR || answer->status != 401)
		return;
	sink_text(sink, "WWW-Authenticate: Bearer realm=\"pipecast\"\r\n");
	if (answer->asks_for_password)
		sink_text(sink,
		    "WWW-Authenticate: Basic realm=\"pipecast\", "
		    "charset=\"UTF-8\"\r\n");
	if (answer->is_form)
		sink_text(sink, form_headers);
	if (answer->is_asked_again)
		access_write_refresh(answer, sink);
}
