/* SPDX-License-Identifier: MIT */

#include "gateways/fastcgi_rules.h"

static const char *const reasons[] = {
    [FAILED_NOT] = "",
    [FAILED_VERSION] = "not FastCGI version 1",
    [FAILED_TYPE] = "a record that no web server sends",
    [FAILED_BEGIN_SIZE] = "a BEGIN_REQUEST record of wrong size",
    [FAILED_BEGIN_TWICE] = "the active request begins again",
    [FAILED_PARAMS_LATE] = "PARAMS after their end",
    [FAILED_PARAMS_SIZE] = "PARAMS over 64 KiB",
    [FAILED_PARAMS_PAIRS] = "PARAMS with a broken name-value pair",
    [FAILED_STDIN_EARLY] = "STDIN before the end of PARAMS",
    [FAILED_STDIN_LATE] = "STDIN after its end",
    [FAILED_STDIN_SIZE] = "a request body over 1 MiB",
    [FAILED_VALUES_SIZE] = "a GET_VALUES record over 1 KiB",
    [FAILED_VALUES_PAIRS] = "GET_VALUES with a broken name-value pair",
    [FAILED_MEMORY] = "out of memory",
};

const char *
fastcgi_reader_reason(const struct fastcgi_reader *reader)
{
	return reasons[reader->failure];
}

/* Whether the active request may have this record, by its header. */
static enum fastcgi_failure
fastcgi_rules_judge_active(struct fastcgi_reader *reader)
{
	uint16_t length = reader_record_length(reader);

	switch (reader_record_type(reader)) {
	case FASTCGI_BEGIN_REQUEST:
		return FAILED_BEGIN_TWICE;
	case FASTCGI_ABORT_REQUEST:
		return FAILED_NOT;
	case FASTCGI_PARAMS:
		if (reader->stage != STAGE_PARAMS)
			return length > 0 ? FAILED_PARAMS_LATE : FAILED_NOT;
		if (length > FASTCGI_PARAMS_MAX - reader->params_n)
			return FAILED_PARAMS_SIZE;
		return FAILED_NOT;
	case FASTCGI_STDIN:
		if (reader->stage == STAGE_PARAMS)
			return FAILED_STDIN_EARLY;
		if (reader->stage != STAGE_STDIN)
			return length > 0 ? FAILED_STDIN_LATE : FAILED_NOT;
		if (reader->leaves_body)
			return FAILED_NOT;
		reader->stdin_n += length;
		if (reader->stdin_n > FASTCGI_STDIN_MAX)
			return FAILED_STDIN_SIZE;
		return FAILED_NOT;
	default:
		return FAILED_TYPE;
	}
}

enum fastcgi_failure
fastcgi_rules_judge(struct fastcgi_reader *reader)
{
	uint16_t length = reader_record_length(reader);

	if (reader->header[0] != FASTCGI_VERSION)
		return FAILED_VERSION;
	if (reader_is_active(reader))
		return fastcgi_rules_judge_active(reader);
	if (!reader_is_kept_whole(reader))
		return FAILED_NOT;
	if (reader_is_management(reader))
		return length > FASTCGI_GET_VALUES_MAX ? FAILED_VALUES_SIZE
						       : FAILED_NOT;
	return length != FASTCGI_BODY_SIZE ? FAILED_BEGIN_SIZE : FAILED_NOT;
}
