/* SPDX-License-Identifier: MIT */

#include "pipecat/verdict.h"

static const struct {
	int status;
	struct verdict verdict;
} statuses[] = {
    {204, {VERDICT_ENDED, NULL}},
    {401,
	{VERDICT_FINAL,
	    "give a token with --token FILE, or user and password in the "
	    "URL: https://USER:PASSWORD@HOST/"}},
    {403, {VERDICT_FINAL, "the server does not allow this request"}},
    {404, {VERDICT_FINAL, "check the path of the URL"}},
    {407,
	{VERDICT_FINAL,
	    "the proxy wants a password: "
	    "--proxy http://USER:PASSWORD@HOST:PORT"}},
    {408, {VERDICT_RETRY, NULL}},
    {425, {VERDICT_RETRY, NULL}},
    {429, {VERDICT_RETRY, NULL}},
};

static struct verdict
verdict_of_fault(enum fault fault)
{
	switch (fault) {
	case FAULT_CERTIFICATE:
		return (struct verdict){VERDICT_FINAL,
		    "if the certificate is of an authority of your own, give "
		    "that with --cacert FILE; if not, somebody may be between "
		    "you and the server"};
	case FAULT_SETUP:
		return (struct verdict){VERDICT_FINAL, NULL};
	default:
		return (struct verdict){VERDICT_RETRY, NULL};
	}
}

static struct verdict
verdict_of_status(int status)
{
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (statuses[i].status == status)
			return statuses[i].verdict;
	return (struct verdict){
	    status >= 500 ? VERDICT_RETRY : VERDICT_FINAL, NULL};
}

/* The media type without its parameters. */
static bool
verdict_is_type(struct span type, const char *name)
{
	size_t n = 0;

	while (n < type.n && type.bytes[n] != ';')
		n++;
	return span_is_word(span_trim((struct span){type.bytes, n}), name);
}

struct verdict
verdict_of_stream(const struct reply *reply)
{
	if (reply->fault != FAULT_NONE)
		return verdict_of_fault(reply->fault);
	if (reply->status != 200)
		return verdict_of_status(reply->status);
	if (reply->media_type.bytes &&
	    verdict_is_type(reply->media_type, "text/event-stream"))
		return (struct verdict){VERDICT_OK, NULL};
	return (struct verdict){VERDICT_FINAL,
	    "this is not an event stream; check the path of the URL"};
}

/* 204 says of a stream that it has ended, and so does 404 of a post to it. */
struct verdict
verdict_of_post(const struct reply *reply)
{
	static const struct verdict not_taken = {
	    VERDICT_FINAL, "this address takes no posts"};

	if (reply->fault != FAULT_NONE)
		return verdict_of_fault(reply->fault);
	if (reply->status == 200 || reply->status == 202)
		return (struct verdict){VERDICT_OK, NULL};
	if (reply->status / 100 == 2 || reply->status == 405)
		return not_taken;
	if (reply->status / 100 == 3)
		return (struct verdict){VERDICT_FINAL,
		    "the stream has moved; post to the address it has now"};
	return verdict_of_status(reply->status);
}
