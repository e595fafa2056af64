/* SPDX-License-Identifier: MIT */

#include "http/head.h"

#include "http/grammar.h"
#include "http/head_fields.h"

#include <string.h>
#include <strings.h>

/* The part to which the next byte belongs. */
enum state {
	STATE_BEGINNING,
	STATE_EMPTY_LINE_END, /* the LF of a line before the request line */
	STATE_FIRST,          /* the method's first byte, after that */
	STATE_METHOD,
	STATE_TARGET,
	STATE_VERSION,
	STATE_REQUEST_LINE_END, /* its LF, the last byte of that line */
	STATE_FIELD,            /* the first byte of a line behind it */
	STATE_NAME,
	STATE_BEFORE_VALUE,
	STATE_VALUE,
	STATE_FIELD_END, /* its LF */
	STATE_HEAD_END,  /* the LF of the empty line */
	STATE_WHOLE,
};

static const struct http_refusal bad_line = {
    400, "A request begins with a line such as \"GET / HTTP/1.1\"."};
static const struct http_refusal long_method = {
    501, "The method is longer than any that is known here."};
static const struct http_refusal long_line = {
    414, "The request line is longer than 12 KiB."};
static const struct http_refusal other_version = {
    505, "This server speaks HTTP/1.1 and HTTP/1.0 only."};
static const struct http_refusal bad_line_end = {
    400, "A line of the request's head does not end in CR and LF."};
static const struct http_refusal folded = {
    400, "A field of the request is continued on another line."};
static const struct http_refusal bad_name = {
    400, "A field of the request does not begin with a name and a colon."};
static const struct http_refusal bad_value = {
    400, "A field of the request contains a control character."};
static const struct http_refusal long_field = {
    431, "A field of the request is over 12 KiB."};
static const struct http_refusal many_fields = {
    431, "The request has more than 100 fields."};
static const struct http_refusal long_head = {
    431, "The head of the request is over 16 KiB."};
static const struct http_refusal no_host = {
    400, "An HTTP/1.1 request needs a Host field."};
static const struct http_refusal no_memory = {
    500, "There is no memory for this request."};

void
http_head_init(struct http_head *head)
{
	*head = (struct http_head){0};
}

void
http_head_fini(struct http_head *head)
{
	buffer_fini(&head->content);
	http_head_init(head);
}

bool
http_head_has_begun(const struct http_head *head)
{
	return head->taken > 0;
}

/* The strings. */

const char *
http_head_method(const struct http_head *head)
{
	return head->content.bytes;
}

static const char *
head_behind(const char *string)
{
	return string + strlen(string) + 1;
}

const char *
http_head_target(const struct http_head *head)
{
	return head_behind(http_head_method(head));
}

const char *
http_head_field(const struct http_head *head, const char *name)
{
	const char *at = head_behind(http_head_target(head));

	for (unsigned i = 0; i < head->n_fields; i++) {
		const char *value = head_behind(at);

		if (strcasecmp(at, name) == 0)
			return value;
		at = head_behind(value);
	}
	return NULL;
}

bool
http_head_keeps_open(const struct http_head *head)
{
	if (head->asks_to_close)
		return false;
	return head->minor_version > 0 || head->asks_to_keep;
}

static const struct http_refusal *
head_put(struct http_head *head, char c)
{
	return buffer_append(
		   &head->content, (struct span){&c, 1}, HTTP_HEAD_MAX) < 0
	    ? &no_memory
	    : NULL;
}

/* Ends a string, and enters the state that follows it. */
static const struct http_refusal *
head_end_string(struct http_head *head, enum state next)
{
	head->state = (uint8_t)next;
	return head_put(head, '\0');
}

/* The request line. */

static const struct http_refusal *
head_take_first(struct http_head *head, char c)
{
	if (!http_is_token_character((unsigned char)c))
		return &bad_line;
	head->state = STATE_METHOD;
	return head_put(head, c);
}

static const struct http_refusal *
head_take_method(struct http_head *head, char c)
{
	if (c == ' ')
		return head_end_string(head, STATE_TARGET);
	if (!http_is_token_character((unsigned char)c))
		return &bad_line;
	if (head->content.n == HTTP_METHOD_MAX)
		return &long_method;
	return head_put(head, c);
}

/* Some clients send bytes beyond ASCII as they are. */
static const struct http_refusal *
head_take_target(struct http_head *head, char c)
{
	bool is_empty = head->content.bytes[head->content.n - 1] == '\0';

	if (c == ' ' && !is_empty)
		return head_end_string(head, STATE_VERSION);
	if ((unsigned char)c <= ' ' || c == 0x7f)
		return &bad_line;
	return head_put(head, c);
}

static const struct http_refusal *
head_take_version(struct http_head *head, char c)
{
	static const char form[] = "HTTP/1.1";
	unsigned at = head->version_n++;
	bool is_digit = c >= '0' && c <= '9';

	if (at == sizeof(form) - 1) {
		head->state = STATE_REQUEST_LINE_END;
		if (c == '\r')
			return NULL;
		return c == '\n' ? &bad_line_end : &bad_line;
	}
	if (form[at] != '1')
		return c == form[at] ? NULL : &bad_line;
	if (!is_digit)
		return &bad_line;
	if (at < sizeof(form) - 2)
		return c == '1' ? NULL : &other_version;
	head->minor_version = (uint8_t)(c - '0');
	return c <= '1' ? NULL : &other_version;
}

/* The fields. */

static const struct http_refusal *
head_take_name(struct http_head *head, char c)
{
	if (c == ':') {
		head->value_at = (uint32_t)head->content.n + 1;
		return head_end_string(head, STATE_BEFORE_VALUE);
	}
	if (!http_is_token_character((unsigned char)c))
		return &bad_name;
	return head_put(head, c);
}

static const struct http_refusal *
head_begin_field(struct http_head *head, char c)
{
	if (c == '\r') {
		head->state = STATE_HEAD_END;
		return NULL;
	}
	if (text_is_blank(c))
		return &folded;
	if (!http_is_token_character((unsigned char)c))
		return c == '\n' ? &bad_line_end : &bad_name;
	if (head->n_fields == HTTP_FIELDS_MAX)
		return &many_fields;
	head->name_at = (uint32_t)head->content.n;
	head->state = STATE_NAME;
	return head_put(head, c);
}

/* Blanks around a value do not belong to it. */
static const struct http_refusal *
head_end_value(struct http_head *head)
{
	struct buffer *content = &head->content;
	const struct http_refusal *refusal;

	while (content->n > head->value_at &&
	    text_is_blank(content->bytes[content->n - 1]))
		content->n--;
	head->n_fields++;
	refusal = head_end_string(head, STATE_FIELD_END);
	if (refusal)
		return refusal;
	return http_head_look_at(head, head->content.bytes + head->name_at,
	    head->content.bytes + head->value_at);
}

static const struct http_refusal *
head_take_value(struct http_head *head, char c)
{
	if (c == '\r')
		return head_end_value(head);
	if (!http_is_value_character((unsigned char)c))
		return c == '\n' ? &bad_line_end : &bad_value;
	if (head->state == STATE_BEFORE_VALUE && text_is_blank(c))
		return NULL;
	head->state = STATE_VALUE;
	return head_put(head, c);
}

static const struct http_refusal *
head_end_head(struct http_head *head)
{
	head->state = STATE_WHOLE;
	return head->minor_version > 0 && !head->has_host ? &no_host : NULL;
}

/* Byte by byte. */

static const struct http_refusal *
head_take_line_end(struct http_head *head, char c)
{
	enum state state = (enum state)head->state;

	if (c != '\n')
		return &bad_line_end;
	head->line_n = 0;
	head->state = state == STATE_EMPTY_LINE_END ? STATE_FIRST : STATE_FIELD;
	return state == STATE_HEAD_END ? head_end_head(head) : NULL;
}

/* A byte, against the caps. */
static const struct http_refusal *
head_count(struct http_head *head)
{
	head->taken++;
	head->line_n++;
	if (head->state < STATE_FIELD)
		return head->line_n > HTTP_LINE_MAX ? &long_line : NULL;
	if (head->line_n > HTTP_FIELD_MAX)
		return &long_field;
	return head->taken > HTTP_HEAD_MAX ? &long_head : NULL;
}

static const struct http_refusal *
head_take(struct http_head *head, char c)
{
	switch ((enum state)head->state) {
	case STATE_BEGINNING:
		/* A client may send an empty line first (2.2). */
		if (c == '\r') {
			head->state = STATE_EMPTY_LINE_END;
			return NULL;
		}
		return head_take_first(head, c);
	case STATE_FIRST:
		return head_take_first(head, c);
	case STATE_METHOD:
		return head_take_method(head, c);
	case STATE_TARGET:
		return head_take_target(head, c);
	case STATE_VERSION:
		return head_take_version(head, c);
	case STATE_FIELD:
		return head_begin_field(head, c);
	case STATE_NAME:
		return head_take_name(head, c);
	case STATE_BEFORE_VALUE:
	case STATE_VALUE:
		return head_take_value(head, c);
	case STATE_EMPTY_LINE_END:
	case STATE_REQUEST_LINE_END:
	case STATE_FIELD_END:
	case STATE_HEAD_END:
		return head_take_line_end(head, c);
	case STATE_WHOLE:
		break;
	}
	return NULL;
}

static enum http_head_result
head_fail(struct http_head *head, const struct http_refusal *refusal)
{
	buffer_fini(&head->content);
	head->n_fields = 0;
	head->refusal = refusal;
	return HTTP_HEAD_ERROR;
}

enum http_head_result
http_head_feed(
    struct http_head *head, const char *bytes, size_t n, size_t *used)
{
	*used = 0;
	if (head->refusal)
		return HTTP_HEAD_ERROR;
	while (head->state != STATE_WHOLE && *used < n) {
		const struct http_refusal *refusal = head_count(head);

		if (!refusal)
			refusal = head_take(head, bytes[*used]);
		++*used;
		if (refusal)
			return head_fail(head, refusal);
	}
	return head->state == STATE_WHOLE ? HTTP_HEAD_WHOLE : HTTP_HEAD_MORE;
}
