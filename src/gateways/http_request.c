/* SPDX-License-Identifier: MIT */

#include "gateways/http_request.h"

#include "gateways/gateway.h"
#include "http/target.h"
#include "loop/address.h"
#include "loop/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The meta-variables of a request: its head, and the parsed target. */
struct http_variables {
	const struct http_head *head;
	struct http_target target;
	char path[HTTP_HEAD_MAX]; /* decoded */
	char remote[ADDRESS_TEXT_SIZE];
};

/* The meta-variables that a web server would set. */

/* Forms the name of a field from HTTP_NAME (RFC 3875, 4.1.18), say. */
static const char *
http_look_up_field(const struct http_head *head, const char *name)
{
	char field[64];
	size_t n = strlen(name);

	if (n >= sizeof(field))
		return NULL;
	for (size_t i = 0; i <= n; i++)
		field[i] = name[i] == '_' ? '-' : name[i];
	return http_head_field(head, field);
}

static const char *
http_look_up(void *ctx, const char *name)
{
	const struct http_variables *variables = ctx;

	if (strcmp(name, "REQUEST_METHOD") == 0)
		return http_head_method(variables->head);
	if (strcmp(name, "PATH_INFO") == 0)
		return variables->path;
	if (strcmp(name, "SERVER_PROTOCOL") == 0)
		return variables->head->minor_version == 0 ? "HTTP/1.0"
							   : "HTTP/1.1";
	if (strcmp(name, "QUERY_STRING") == 0)
		return variables->target.query;
	if (strcmp(name, "REMOTE_ADDR") == 0)
		return variables->remote;
	if (strncmp(name, "CONTENT_", 8) == 0)
		return http_look_up_field(variables->head, name);
	if (strncmp(name, "HTTP_", 5) == 0)
		return http_look_up_field(variables->head, name + 5);
	return NULL;
}

int
http_request_refuse(const struct http_endpoint *endpoint, int status,
    const char *text, const struct response_form *form,
    struct admission_answer *answer)
{
	const struct policy *policy = endpoint->admission->policy;
	struct answer refusal = {0};

	policy_error(&refusal, status, text);
	*answer = (struct admission_answer){
	    .ends_connection = response_ends_connection(form, &refusal),
	};
	answer->bytes = response_create(form, policy, &refusal, &answer->n);
	return answer->bytes ? 0 : -ENOMEM;
}

/* The host. */

/* Absent: a client of HTTP/1.0 may leave it out. */
static struct span
http_host_of(const struct http_variables *variables)
{
	if (variables->target.host.bytes)
		return variables->target.host;
	return span_of(http_head_field(variables->head, "Host"));
}

static bool
http_is_host_allowed(const struct http_endpoint *endpoint, struct span host)
{
	const struct policy *policy = endpoint->admission->policy;

	return !endpoint->for_this_machine || !host.bytes ||
	    http_host_is_local(host, endpoint->host) ||
	    http_host_is_among(host, policy->hosts, policy->n_hosts);
}

/* Logged once for each listener, or any page could fill the log. */
static int
http_refuse_host(struct http_endpoint *endpoint, struct span host,
    const struct response_form *form, struct admission_answer *answer)
{
	char name[64], text[400];

	text_escape(name, sizeof(name), http_host_name(host));
	if (!endpoint->host_refusal_logged)
		log_line(LOG_WARNING,
		    "a request for the host \"%s\" was refused, because a "
		    "loopback listener serves this machine only; if a proxy "
		    "passes that name on, use --allow-host NAME or --http "
		    "unix:PATH (further refusals are not logged)",
		    name);
	endpoint->host_refusal_logged = true;
	snprintf(text, sizeof(text),
	    "This listener serves its own machine only, and does not know the "
	    "host \"%s\". Ask for localhost. If a proxy passes that name on, "
	    "start pipecast with --allow-host NAME, or let the proxy connect "
	    "to a socket file (--http unix:PATH).",
	    name);
	return http_request_refuse(endpoint, 403, text, form, answer);
}

int
http_request_answer(struct http_endpoint *endpoint, int fd,
    const struct http_head *head, const struct response_form *form,
    struct subscriber *subscriber, struct admission_answer *answer)
{
	const struct policy *policy = endpoint->admission->policy;
	struct http_variables variables = {.head = head};
	struct request request;
	const char *wrong =
	    http_target_parse(&variables.target, http_head_target(head));

	if (!wrong && !http_decode_path(variables.path, variables.target.path))
		wrong =
		    "The path contains a NUL, or a % without two hexadecimal "
		    "digits after it.";
	if (wrong)
		return http_request_refuse(endpoint, 400, wrong, form, answer);
	if (!http_is_host_allowed(endpoint, http_host_of(&variables)))
		return http_refuse_host(
		    endpoint, http_host_of(&variables), form, answer);
	address_of_peer(fd, variables.remote);
	request_from_meta_variables(
	    &request, policy->base_path, http_look_up, &variables);
	request.way.gateway = gateway_http.name;
	return admission_admit(
	    endpoint->admission, form, &request, subscriber, answer);
}
