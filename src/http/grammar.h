/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_HTTP_GRAMMAR_H
#define PIPECAST_HTTP_GRAMMAR_H

/* The characters of which HTTP messages are made (RFC 9110, 5.5 and 5.6). */

#include <stdbool.h>

/* Whether it may stand in a token: a method or the name of a field. */
static inline bool
http_is_token_character(unsigned char c)
{
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9'))
		return true;
	switch (c) {
	case '!':
	case '#':
	case '$':
	case '%':
	case '&':
	case '\'':
	case '*':
	case '+':
	case '-':
	case '.':
	case '^':
	case '_':
	case '`':
	case '|':
	case '~':
		return true;
	default:
		return false;
	}
}

/* Whether it may stand in the value of a field; no control character may. */
static inline bool
http_is_value_character(unsigned char c)
{
	return (c >= ' ' && c != 0x7f) || c == '\t';
}

#endif
