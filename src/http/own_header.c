/* SPDX-License-Identifier: MIT */

#include "http/own_header.h"

#include "core/text.h"
#include "http/grammar.h"

#include <string.h>

static bool
own_header_is_token(struct span name)
{
	for (size_t i = 0; i < name.n; i++)
		if (!http_is_token_character((unsigned char)name.bytes[i]))
			return false;
	return name.n > 0;
}

static bool
own_header_is_set_by_pipecast(struct span name)
{
	static const char *const ours[] = {"Status", "Content-Type",
	    "Content-Length", "Transfer-Encoding", "Connection", "Location"};

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (span_is_word(name, ours[i]))
			return true;
	return false;
}

const char *
own_header_check(const char *header)
{
	struct span name = {header, strcspn(header, ":")};
	const char *value = header + name.n;

	if (!*value || !own_header_is_token(name))
		return "a header such as 'NAME: VALUE'";
	for (; *value; value++)
		if (!http_is_value_character((unsigned char)*value))
			return "a header without control characters";
	if (own_header_is_set_by_pipecast(name))
		return "a header that the stream does not set itself";
	return NULL;
}
