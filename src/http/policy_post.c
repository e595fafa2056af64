/* SPDX-License-Identifier: MIT */

#include "http/policy_post.h"

#include "http/access.h"
#include "http/origin.h"

#include <stdio.h>
#include <string.h>

/* Who may post. */

/* "*" lets all pages read, and none publish. */
static bool
policy_names_origin(const struct policy *policy, struct span origin)
{
	for (size_t i = 0; i < policy->n_origins; i++)
		if (origin.bytes && strcmp(policy->origins[i], "*") != 0 &&
		    span_is(origin, policy->origins[i]))
			return true;
	return false;
}

void
policy_decide_who_posts(const struct policy *policy,
    const struct request *request, struct answer *answer)
{
	answer->takes_posts = policy->takes_posts &&
	    policy_look_up(policy, request) != POLICY_STREAM_UNKNOWN &&
	    policy->takes_posts(policy->registry, request->name);
	answer->may_post =
	    answer->takes_posts && policy_names_origin(policy, request->origin);
}

/*
 * A page of another site could publish with what its visitor's browser knows:
 * a cookie, or the way to this machine.  The browser itself says where a
 * request comes from, or at least its origin (Fetch Metadata, 2.4; Fetch,
 * 3.2).  Returns whether it was refused.
 */
static bool
policy_refuses_site(const struct policy *policy, const struct request *request,
    struct answer *answer)
{
	struct span site = request->fetch_site;

	if (policy_names_origin(policy, request->origin))
		return false;
	if (site.bytes) {
		if (span_is(site, "same-origin") || span_is(site, "none"))
			return false;
		policy_error(answer, 403,
		    "Pages of other sites cannot post to this stream unless "
		    "--allow-origin names them (Sec-Fetch-Site).");
		return true;
	}
	if (!request->origin.bytes ||
	    origin_is_of_host(request->origin, request->host))
		return false;
	policy_error(answer, 403,
	    "Pages of other sites cannot post to this stream unless "
	    "--allow-origin names them (Origin is not of this Host). If a "
	    "proxy changes the Host, let it pass the browser's on, or name the "
	    "origin.");
	return true;
}

/* Where to post. */

static const char policy_no_posts[] =
    "This stream takes no posts, it is only read. --post before exec:, spool: "
    "or memory: lets visitors post.";

/* How a file's name comes to be asked for. */
static const char policy_without_name[] =
    " The URL without this name takes posts. (curl -T FILE adds the name of "
    "FILE to a URL that ends in a slash; curl -T- <FILE does not.)";

static bool
policy_root_takes_posts(const struct policy *policy)
{
	const struct span root = {NULL, 0};

	return policy->takes_posts &&
	    policy->takes_posts(policy->registry, root);
}

/* Without a name, the right one may only be missing: that is no 405. */
static void
policy_refuse_place(const struct policy *policy, const struct request *request,
    enum policy_stream stream, struct answer *answer)
{
	struct name_list list = {
	    .separator = " Streams that take posts: ", .only = policy};
	bool is_own = policy->has_report &&
	    (span_is(request->name, STATUS_NAME) ||
		span_is(request->name, PROBE_NAME));
	bool is_found = stream != POLICY_STREAM_UNKNOWN || is_own;
	bool is_named = request->name.bytes;
	size_t n;

	list.n = n = (size_t)snprintf(list.text, sizeof(list.text), "%s%s",
	    !is_found      ? "There is no such stream."
		: is_own   ? "This is only read, nothing can be posted here."
		: is_named ? "Nothing can be posted here."
			   : "Nothing can be posted to all streams at once.",
	    !is_found && policy_root_takes_posts(policy) ? policy_without_name
							 : "");
	if (policy->takes_posts)
		policy_list_streams(policy, &list);
	if (!is_found || (!is_named && list.n > n))
		policy_error(answer, 404, list.text);
	else
		policy_error(answer, 405,
		    is_own || list.n > n ? list.text : policy_no_posts);
}

/* What to post. */

const char *
policy_check_type(const struct policy *policy, struct span type)
{
	if (type.n > POSTED_TYPE_MAX)
		return "The event type has over 128 bytes.";
	if (span_has_line_break_or_nul(type))
		return "The event type has a line break or a NUL.";
	if (event_type_is_taken(type))
		return "EventSource has events of this type itself.";
	for (size_t i = 0; i < POLICY_OWN_TYPES; i++)
		if (type.n > 0 && policy->own_types[i] &&
		    span_is(type, policy->own_types[i]))
			return "Only pipecast itself sends events of this "
			       "type.";
	return NULL;
}

static const char *
policy_find_format(const struct policy *policy, struct span name)
{
	const char *format;

	for (size_t i = 0; policy->format_name; i++) {
		format = policy->format_name(i);
		if (!format || span_is(name, format))
			return format;
	}
	return NULL;
}

/* The media type without its parameters (RFC 9110, 8.3.1). */
static bool
policy_is_media_type(struct span value, const char *wanted)
{
	const char *end =
	    value.n > 0 ? memchr(value.bytes, ';', value.n) : NULL;

	if (end)
		value.n = (size_t)(end - value.bytes);
	return span_is_word(span_trim(value), wanted);
}

/* Returns whether the format is one, or not given. */
static bool
policy_decide_format(const struct policy *policy, const struct request *request,
    struct answer *answer)
{
	const char *name = NULL;
	char choices[128], text[200];

	if (request->format.bytes || request->format_too_long) {
		answer->format = request->format_too_long
		    ? NULL
		    : policy_find_format(policy, request->format);
		if (answer->format)
			return true;
		snprintf(text, sizeof(text), "The format must be %s.",
		    text_choices(
			choices, sizeof(choices), policy->format_name));
		policy_error(answer, 400, text);
		return false;
	}
	if (policy_is_media_type(request->media_type, "text/event-stream"))
		name = "sse";
	else if (policy_is_media_type(
		     request->media_type, "application/x-ndjson"))
		name = "json";
	if (name)
		answer->format = policy_find_format(policy, span_of(name));
	return true;
}

void
policy_too_large(const struct policy *policy, struct answer *answer)
{
	char text[128];

	snprintf(text, sizeof(text),
	    "An event has at most %zu bytes of data here (--max-event).",
	    policy->max_event);
	policy_error(answer, 413, text);
}

/* A line end at the end of the body is none of the event. */
static bool
policy_is_too_large(const struct policy *policy, const struct request *request,
    const struct answer *answer)
{
	return !answer->format && request->length > 2 &&
	    request->length - 2 > policy->max_event;
}

void
policy_decide_post(const struct policy *policy, const struct request *request,
    struct answer *answer)
{
	enum policy_stream stream = policy_look_up(policy, request);
	const char *why = policy_check_type(policy, request->event_type);

	if (policy_refuses_site(policy, request, answer) ||
	    !access_check(policy, request, TOKEN_POST, answer))
		return;
	if (!answer->takes_posts) {
		/* The error names streams, as those for readers do. */
		if (access_check(policy, request, TOKEN_READ, answer))
			policy_refuse_place(policy, request, stream, answer);
		return;
	}
	if (request->event_type_too_long || why) {
		policy_error(answer, 400,
		    why ? why : "The event type has over 128 bytes.");
		return;
	}
	if (!policy_decide_format(policy, request, answer))
		return;
	if (policy_is_too_large(policy, request, answer)) {
		policy_too_large(policy, answer);
		return;
	}
	answer->kind = ANSWER_POST;
	answer->event_type = request->event_type;
}
