/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_GATEWAYS_FASTCGI_RULES_H
#define PIPECAST_GATEWAYS_FASTCGI_RULES_H

/*
 * Which records a web server may send, and when: for fastcgi_reader.c alone,
 * which reads what these rules allow.
 */

#include "gateways/fastcgi_reader.h"

/* Of the active request. */
enum fastcgi_stage {
	STAGE_NONE,
	STAGE_PARAMS, /* PARAMS have not ended */
	STAGE_STDIN,  /* PARAMS have ended, STDIN has not */
	STAGE_ANSWER, /* both have */
};

enum fastcgi_failure {
	FAILED_NOT,
	FAILED_VERSION,
	FAILED_TYPE,
	FAILED_BEGIN_SIZE,
	FAILED_BEGIN_TWICE,
	FAILED_PARAMS_LATE,
	FAILED_PARAMS_SIZE,
	FAILED_PARAMS_PAIRS,
	FAILED_STDIN_EARLY,
	FAILED_STDIN_LATE,
	FAILED_STDIN_SIZE,
	FAILED_VALUES_SIZE,
	FAILED_VALUES_PAIRS,
	FAILED_MEMORY,
};

/* The record that is being read, by its header (3.3). */

static inline unsigned
reader_record_type(const struct fastcgi_reader *reader)
{
	return reader->header[1];
}

static inline uint16_t
reader_record_id(const struct fastcgi_reader *reader)
{
	return (uint16_t)(reader->header[2] << 8 | reader->header[3]);
}

static inline uint16_t
reader_record_length(const struct fastcgi_reader *reader)
{
	return (uint16_t)(reader->header[4] << 8 | reader->header[5]);
}

static inline bool
reader_is_management(const struct fastcgi_reader *reader)
{
	return reader_record_id(reader) == 0;
}

/* Records of any other request are ignored, but for one that begins. */
static inline bool
reader_is_active(const struct fastcgi_reader *reader)
{
	return reader_record_id(reader) != 0 &&
	    reader_record_id(reader) == reader->request_id;
}

/* Whether its content is needed in one piece, when it has ended. */
static inline bool
reader_is_kept_whole(const struct fastcgi_reader *reader)
{
	if (reader_is_management(reader))
		return reader_record_type(reader) == FASTCGI_GET_VALUES;
	return reader_record_type(reader) == FASTCGI_BEGIN_REQUEST;
}

/*
 * Whether the record may come now, by its header, which is complete; counts the
 * bytes of a body that is dropped.
 */
enum fastcgi_failure fastcgi_rules_judge(struct fastcgi_reader *reader);

#endif
