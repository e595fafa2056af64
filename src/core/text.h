/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_CORE_TEXT_H
#define PIPECAST_CORE_TEXT_H

/*
 * Text helpers: borrowed spans of bytes, UTF-8 as the WHATWG decoder sees it,
 * and escaping for log lines and JSON.  Bytes are never assumed to be
 * NUL-terminated or valid.  Nothing here allocates.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Borrowed bytes.  bytes == NULL means absent, which differs from empty. */
struct span {
	const char *bytes;
	size_t n;
};

/* A receiver of bytes.  put may be called any number of times; n may be 0. */
struct byte_sink {
	void (*put)(void *ctx, const char *bytes, size_t n);
	void *ctx;
};

/* A fixed buffer as a byte sink: keeps the bytes that fit, counts them all. */
struct text_buffer {
	char *bytes; /* caller's memory of cap bytes */
	size_t cap;
	size_t n; /* bytes offered; more than cap means it was cut */
};

/* The span of a NUL-terminated string, without the NUL; NULL gives absent. */
struct span span_of(const char *s);

/* Whether the span is present and equals the NUL-terminated s. */
bool span_is(struct span span, const char *s);

bool span_equal(struct span a, struct span b);

/* The small letter of a capital one of ASCII; any other byte as it is. */
char text_lower(char c);

/* As span_is and span_equal, whatever the case of ASCII letters. */
bool span_is_word(struct span span, const char *s);
bool span_equal_words(struct span a, struct span b);

/* The ending of a noun after that number: "s", or "" for 1.  Static. */
const char *text_plural(uint64_t n);

/*
 * Writes the texts that item gives, from 0 up to a NULL, into out for a
 * sentence: "a, b or c".  Cut if it does not fit, always NUL-terminated.
 * Returns out.
 */
char *text_choices(char *out, size_t cap, const char *(*item)(size_t i));

static inline bool
text_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The span without the blanks at its ends. */
struct span span_trim(struct span span);

/* Cuts the first n bytes off, or all that there are, and returns them. */
static inline struct span
span_take(struct span *rest, size_t n)
{
	struct span taken = {rest->bytes, n < rest->n ? n : rest->n};

	if (taken.n > 0)
		rest->bytes += taken.n;
	rest->n -= taken.n;
	return taken;
}

/*
 * Cuts the first line off the rest, without its LF, CR or CRLF, which is cut
 * off as well.  Returns whether that was there; if not, the line is all of the
 * rest.
 */
bool span_take_line(struct span *rest, struct span *line);

/*
 * The text behind the word if it begins with that, whatever the case of ASCII
 * letters; else NULL.
 */
const char *text_skip_word(const char *text, const char *word);

/* Whether the span holds a CR, LF or NUL. */
bool span_has_line_break_or_nul(struct span span);

/*
 * A sink that may be full: put returns how many of the bytes it has taken; the
 * others are to be offered again.
 */
struct full_sink {
	size_t (*put)(void *ctx, const char *bytes, size_t n);
	void *ctx;
};

/* Forwards the bytes of a NUL-terminated string to the sink. */
void sink_text(struct byte_sink sink, const char *s);
void sink_span(struct byte_sink sink, struct span span);

/* A sink that keeps the bytes that fit into buffer. */
struct byte_sink text_buffer_sink(struct text_buffer *buffer);

/* A sink that only adds the lengths up in *n. */
struct byte_sink counting_sink(size_t *n);

/*
 * The length of the valid UTF-8 prefix of bytes[0..n).  *bad receives the
 * length of the ill-formed sequence that follows it, the part that a WHATWG
 * decoder replaces by one U+FFFD (Encoding standard, 4.1: maximal subpart);
 * 0 if everything is valid.
 */
size_t utf8_valid_prefix(const char *bytes, size_t n, size_t *bad);

/* Forwards the span, each ill-formed sequence replaced by U+FFFD. */
void sink_utf8(struct byte_sink sink, struct span span);

/*
 * Writes the span as a quoted JSON string (RFC 8259), ill-formed UTF-8
 * replaced.
 */
void sink_json_string(struct byte_sink sink, struct span span);

/*
 * Writes untrusted bytes into out for a log line: printable ASCII as it is,
 * everything else as \xHH, "..." at the end when it did not fit.  Always
 * NUL-terminated; cap must be at least 4.  Returns out.
 */
char *text_escape(char *out, size_t cap, struct span span);

/*
 * Takes a decimal number of up to 18 digits off the front.  Returns whether
 * there was one; more digits are left.
 */
bool text_take_number(const char **text, uint64_t *number);

/* The value of a hexadecimal digit, -1 if it is none. */
int text_hex_value(char c);

/* The byte of the %HH that the span begins with, -1 if it begins otherwise. */
int text_decode_byte(struct span span);

/*
 * Decodes %HH and '+' (application/x-www-form-urlencoded) into out, not
 * NUL-terminated.  A malformed escape is kept as it is.  Returns the decoded
 * length, or -1 if it does not fit into cap.
 */
long text_decode_form(char *out, size_t cap, struct span span);

#endif
