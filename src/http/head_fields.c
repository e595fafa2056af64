/* SPDX-License-Identifier: MIT */

#include "http/head_fields.h"

#include "http/grammar.h"

#include <string.h>
#include <strings.h>

static const struct http_refusal two_hosts = {
    400, "The request has more than one Host field."};
static const struct http_refusal bad_host = {400,
    "The Host field is not a host's name or address with or without a "
    "port."};
static const struct http_refusal bad_length = {
    400, "The Content-Length is not a number."};
static const struct http_refusal huge_length = {
    413, "The Content-Length is too large."};
static const struct http_refusal two_lengths = {
    400, "The request tells the length of its body more than once."};
static const struct http_refusal no_end = {
    400, "The Transfer-Encoding does not tell where the body ends."};
static const struct http_refusal other_coding = {
    501, "The only Transfer-Encoding known here is \"chunked\"."};
static const struct http_refusal other_expectation = {
    417, "The only expectation known here is \"100-continue\"."};

/* The characters of a host and a port (RFC 3986, 3.2.2 and 3.2.3). */
static const struct http_refusal *
take_host(struct http_head *head, const char *value)
{
	static const char others[] = "-._~!$&'()*+,;=%:[]";

	if (head->has_host)
		return &two_hosts;
	head->has_host = true;
	for (; *value; value++)
		if (!strchr(others, *value) &&
		    !(*value >= 'a' && *value <= 'z') &&
		    !(*value >= 'A' && *value <= 'Z') &&
		    !(*value >= '0' && *value <= '9'))
			return &bad_host;
	return NULL;
}

static const struct http_refusal *
take_length(struct http_head *head, const char *value)
{
	if (head->has_length || head->is_chunked)
		return &two_lengths;
	head->has_length = true;
	if (!*value || value[strspn(value, "0123456789")])
		return &bad_length;
	for (; *value; value++) {
		uint64_t digit = (uint64_t)(*value - '0');

		if (head->length > (UINT64_MAX - digit) / 10)
			return &huge_length;
		head->length = head->length * 10 + digit;
	}
	return NULL;
}

/* A part of a list, up to a comma, without blanks around it. */
static struct span
head_next_of_list(const char **list)
{
	size_t n = strcspn(*list, ",");
	struct span part = {*list, n};

	*list += n + ((*list)[n] == ',');
	return span_trim(part);
}

/* Unless chunked comes last, the end of the body is unknown (6.3). */
static const struct http_refusal *
take_coding(struct http_head *head, const char *value)
{
	const char *last = strrchr(value, ',');

	if (head->has_length || head->is_chunked)
		return &two_lengths;
	last = last ? last + 1 : value;
	if (head->minor_version == 0 ||
	    !span_is_word(head_next_of_list(&last), "chunked"))
		return &no_end;
	head->is_chunked = true;
	return strchr(value, ',') ? &other_coding : NULL;
}

static const struct http_refusal *
take_connection(struct http_head *head, const char *value)
{
	while (*value) {
		struct span option = head_next_of_list(&value);

		if (span_is_word(option, "close"))
			head->asks_to_close = true;
		else if (span_is_word(option, "keep-alive"))
			head->asks_to_keep = true;
	}
	return NULL;
}

/* HTTP/1.0 has no expectations (RFC 9110, 10.1.1). */
static const struct http_refusal *
take_expectation(struct http_head *head, const char *value)
{
	if (head->minor_version == 0)
		return NULL;
	if (strcasecmp(value, "100-continue") != 0)
		return &other_expectation;
	head->expects_continue = true;
	return NULL;
}

static const struct {
	const char *name;
	const struct http_refusal *(*take)(
	    struct http_head *head, const char *value);
} looked_at[] = {
    {"Host", take_host},
    {"Content-Length", take_length},
    {"Transfer-Encoding", take_coding},
    {"Connection", take_connection},
    {"Expect", take_expectation},
};

const struct http_refusal *
http_head_look_at(struct http_head *head, const char *name, const char *value)
{
	for (size_t i = 0; i < sizeof(looked_at) / sizeof(looked_at[0]); i++)
		if (strcasecmp(name, looked_at[i].name) == 0)
			return looked_at[i].take(head, value);
	return NULL;
}
