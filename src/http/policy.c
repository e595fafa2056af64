/* SPDX-License-Identifier: MIT */

#include "http/policy.h"

#include "http/accept.h"
#include "http/access.h"
#include "http/policy_post.h"

#include <stdio.h>
#include <string.h>

const char policy_read_with_get[] = "An event stream is read with GET.";

void
policy_error(struct answer *answer, int status, const char *text)
{
	answer->kind = ANSWER_ERROR;
	answer->status = status;
	snprintf(answer->text, sizeof(answer->text), "%s\n", text);
}

void
policy_come_later(const struct policy *policy, struct answer *answer,
    const char *why, uint64_t retry_ms)
{
	struct event event = EVENT_NONE;
	struct text_buffer text = {
	    .bytes = answer->text, .cap = sizeof(answer->text) - 1};

	event.comment = span_of(why);
	event.retry_ms = (int64_t)retry_ms;
	stream_write_event(policy->dialect, &event, text_buffer_sink(&text));
	answer->text[text.n] = '\0';
	answer->kind = ANSWER_LATER;
	answer->is_gzip = false;
}

/* Cross-origin resource sharing (Fetch standard, 3.3). */
static void
policy_decide_origin(const struct policy *policy, const struct request *request,
    struct answer *answer)
{
	for (size_t i = 0; i < policy->n_origins; i++) {
		struct span allowed = span_of(policy->origins[i]);

		if (span_is(allowed, "*")) {
			answer->allow_origin = allowed;
			answer->varies_by_origin = false;
			return;
		}
		answer->varies_by_origin = true;
		if (request->origin.bytes &&
		    span_equal(allowed, request->origin))
			answer->allow_origin = allowed;
	}
}

static bool
policy_is_root(const struct request *request)
{
	return !request->name.bytes && !request->name_too_long;
}

enum policy_stream
policy_look_up(const struct policy *policy, const struct request *request)
{
	bool is_empty = request->name.bytes && request->name.n == 0;

	/* Each is of its viewer, which is not to come back after its end. */
	if (policy->has_report && span_is(request->name, PROBE_NAME))
		return POLICY_STREAM_ENDED;
	if (!policy->find_stream || request->name_too_long || is_empty)
		return POLICY_STREAM_UNKNOWN;
	return policy->find_stream(policy->registry, request->name);
}

static const char base_path_hint[] =
    " If a web server or proxy added the beginning of this path, name that "
    "with --base-path.";

/* The first segment of a path with more than one, with its slash. */
static struct span
policy_folder(struct span name)
{
	const char *slash = name.n > 0 ? memchr(name.bytes, '/', name.n) : NULL;

	return (struct span){
	    name.bytes, slash ? (size_t)(slash - name.bytes) + 1 : 0};
}

/* Whether there are streams below that first segment. */
struct folder_search {
	struct span folder;
	bool is_found;
};

static void
policy_search_folder(void *to, struct span name)
{
	struct folder_search *search = to;

	if (span_equal(policy_folder(name), search->folder))
		search->is_found = true;
}

/* Names that begin as none does are probably not meant as they came. */
static bool
policy_is_strange_folder(const struct policy *policy, struct span name)
{
	struct folder_search search = {.folder = policy_folder(name)};

	if (search.folder.n > 0 && policy->list_streams)
		policy->list_streams(
		    policy->registry, policy_search_folder, &search);
	return search.folder.n > 0 && !search.is_found;
}

static void
policy_put_name(void *to, struct span name)
{
	struct name_list *list = to;
	size_t room = sizeof(list->text) - list->n;
	int n;

	if (!list->separator ||
	    (list->only &&
		!list->only->takes_posts(list->only->registry, name)))
		return;
	n = snprintf(list->text + list->n, room, "%s%.*s", list->separator,
	    (int)name.n, name.bytes);
	list->separator = n >= 0 && (size_t)n < room ? ", " : NULL;
	if (list->separator)
		list->n += (size_t)n;
	else
		list->text[list->n] = '\0';
}

void
policy_list_streams(const struct policy *policy, struct name_list *list)
{
	if (policy->list_streams)
		policy->list_streams(policy->registry, policy_put_name, list);
}

static void
policy_refuse_name(const struct policy *policy, const struct request *request,
    struct answer *answer)
{
	struct name_list list = {.separator = " The streams are: "};
	char name[64];

	if (span_is(request->name, STATUS_NAME) ||
	    span_is(request->name, PROBE_NAME)) {
		policy_error(answer, 404,
		    "There is a report and a probe only if pipecast was "
		    "started with --status, and never in plain CGI.");
		return;
	}
	if (policy_is_root(request))
		list.n = (size_t)snprintf(list.text, sizeof(list.text),
		    "There is no stream of all sources here.");
	else
		list.n = (size_t)snprintf(list.text, sizeof(list.text),
		    "There is no stream named \"%s\".%s",
		    text_escape(name, sizeof(name), request->name),
		    policy_is_strange_folder(policy, request->name)
			? base_path_hint
			: "");
	policy_list_streams(policy, &list);
	policy_error(answer, 404, list.text);
}

/* A viewer that resumes reads the stream, whatever else it accepts. */
static bool
policy_is_for_a_person(
    const struct policy *policy, const struct request *request)
{
	return policy->page.bytes && !request->last_event_id.bytes &&
	    accept_prefers_html(request->accept);
}

/*
 * Whether a page of another site made the browser send this request.  That page
 * may not read the answer, so nothing is started for it.  A link that a person
 * follows is answered as usual.  So is a frame, which gets the page; the page
 * itself says which sites may frame it.  Browsers from before 2023 do not send
 * the field.
 */
static bool
policy_is_for_another_site(const struct policy *policy,
    const struct request *request, const struct answer *answer)
{
	if (!span_is(request->fetch_site, "cross-site") ||
	    answer->allow_origin.bytes)
		return false;
	if (!span_is(request->fetch_mode, "navigate"))
		return true;
	return request->fetch_dest.bytes &&
	    !span_is(request->fetch_dest, "document") &&
	    !policy_is_for_a_person(policy, request);
}

/* A page of the user's may know where the streams are, as that of a chat. */
static bool
policy_is_front_page(const struct policy *policy, const struct request *request)
{
	return policy->page_leads_on && policy_is_root(request) &&
	    policy_is_for_a_person(policy, request);
}

/* Answers a request to read: a stream, its page, the report, or an error. */
static void
policy_decide_reading(const struct policy *policy,
    const struct request *request, struct answer *answer)
{
	enum policy_stream stream = policy_look_up(policy, request);

	if (policy_is_for_another_site(policy, request, answer))
		policy_error(answer, 403,
		    "Pages of other sites cannot read this stream unless "
		    "--allow-origin names them.");
	else if (!access_check(policy, request, TOKEN_READ, answer))
		return;
	else if (policy->has_report && span_is(request->name, STATUS_NAME))
		answer->kind = ANSWER_REPORT;
	else if (stream == POLICY_STREAM_UNKNOWN &&
	    policy_is_front_page(policy, request))
		answer->kind = ANSWER_PAGE;
	else if (stream == POLICY_STREAM_UNKNOWN)
		policy_refuse_name(policy, request, answer);
	else if (request->last_event_id_too_long)
		policy_error(answer, 400,
		    "This Last-Event-ID is longer than any id of this stream.");
	/*
	 * An end is that of this stream alone.  A viewer that has seen another
	 * one, of a process before this, say, gets the stream with a gap.
	 */
	else if (stream == POLICY_STREAM_ENDED &&
	    span_is(request->last_event_id, EVENT_ID_END))
		answer->kind = ANSWER_ENDED;
	else
		answer->kind = policy_is_for_a_person(policy, request)
		    ? ANSWER_PAGE
		    : ANSWER_STREAM;
}

static void
policy_decide_preflight(const struct policy *policy,
    const struct request *request, struct answer *answer)
{
	/* What streams there are is only told to those who may read. */
	if (!access_is_granted(policy, request, TOKEN_READ))
		answer->takes_posts = false;
	answer->kind = ANSWER_PREFLIGHT;
}

/* The methods, in the order in which Allow lists them. */
static const struct method {
	const char *name;
	void (*decide)(const struct policy *policy,
	    const struct request *request, struct answer *answer);
	bool without_body;
	bool is_preflight;
	bool is_post;
} methods[] = {
    {"GET", policy_decide_reading, .without_body = false},
    {"HEAD", policy_decide_reading, .without_body = true},
    {"OPTIONS", policy_decide_preflight, .is_preflight = true},
    {"POST", policy_decide_post, .is_post = true},
    {"PUT", policy_decide_post, .is_post = true},
};

enum { N_METHODS = sizeof(methods) / sizeof(methods[0]) };

void
policy_write_methods(
    struct byte_sink sink, const struct answer *answer, bool for_other_origins)
{
	bool with_posts =
	    for_other_origins ? answer->may_post : answer->takes_posts;
	const char *separator = "";

	for (size_t i = 0; i < N_METHODS; i++) {
		if ((for_other_origins && methods[i].is_preflight) ||
		    (!with_posts && methods[i].is_post))
			continue;
		sink_text(sink, separator);
		sink_text(sink, methods[i].name);
		separator = ", ";
	}
}

/* The other kinds are short. */
static void
policy_decide_coding(const struct policy *policy, const struct request *request,
    struct answer *answer)
{
	bool can = answer->kind == ANSWER_STREAM ||
	    answer->kind == ANSWER_REPORT ||
	    (answer->kind == ANSWER_PAGE && policy->page_gzip.bytes);

	answer->is_gzip = can && policy->offers_gzip &&
	    accept_takes_gzip(request->accept_encoding);
}

static void
policy_decide_by_method(const struct policy *policy,
    const struct request *request, struct answer *answer)
{
	for (size_t i = 0; i < N_METHODS; i++) {
		if (!span_is(request->method, methods[i].name))
			continue;
		answer->without_body = methods[i].without_body;
		methods[i].decide(policy, request, answer);
		return;
	}
	if (access_check(policy, request, TOKEN_READ, answer))
		policy_error(answer, 405, policy_read_with_get);
}

void
policy_decide(const struct policy *policy, const struct request *request,
    struct answer *answer)
{
	*answer = (struct answer){0};
	policy_decide_origin(policy, request, answer);
	policy_decide_who_posts(policy, request, answer);
	policy_decide_by_method(policy, request, answer);
	policy_decide_coding(policy, request, answer);
}
