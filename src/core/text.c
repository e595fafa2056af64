/* SPDX-License-Identifier: MIT */

#include "core/text.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

struct span
span_of(const char *s)
{
	return (struct span){s, s ? strlen(s) : 0};
}

bool
span_is(struct span span, const char *s)
{
	return span.bytes && span_equal(span, span_of(s));
}

const char *
text_plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

char *
text_choices(char *out, size_t cap, const char *(*item)(size_t i))
{
	struct text_buffer text = {.bytes = out, .cap = cap - 1};
	struct byte_sink sink = text_buffer_sink(&text);

	for (size_t i = 0; item(i); i++) {
		if (i > 0)
			sink_text(sink, item(i + 1) ? ", " : " or ");
		sink_text(sink, item(i));
	}
	out[text.n < cap ? text.n : cap - 1] = '\0';
	return out;
}

bool
span_equal(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.bytes, b.bytes, a.n) == 0);
}

char
text_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

bool
span_is_word(struct span span, const char *s)
{
	return span.bytes && span_equal_words(span, span_of(s));
}

bool
span_equal_words(struct span a, struct span b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (text_lower(a.bytes[i]) != text_lower(b.bytes[i]))
			return false;
	return true;
}

const char *
text_skip_word(const char *text, const char *word)
{
	for (; *word; text++, word++)
		if (text_lower(*text) != text_lower(*word))
			return NULL;
	return text;
}

struct span
span_trim(struct span span)
{
	while (span.n > 0 && text_is_blank(*span.bytes)) {
		span.bytes++;
		span.n--;
	}
	while (span.n > 0 && text_is_blank(span.bytes[span.n - 1]))
		span.n--;
	return span;
}

bool
span_has_line_break_or_nul(struct span span)
{
	for (size_t i = 0; i < span.n; i++) {
		char c = span.bytes[i];

		if (c == '\r' || c == '\n' || c == '\0')
			return true;
	}
	return false;
}

static size_t
span_line_length(struct span rest)
{
	const char *lf = memchr(rest.bytes, '\n', rest.n);
	size_t n = lf ? (size_t)(lf - rest.bytes) : rest.n;
	const char *cr = memchr(rest.bytes, '\r', n);

	return cr ? (size_t)(cr - rest.bytes) : n;
}

bool
span_take_line(struct span *rest, struct span *line)
{
	size_t n = rest->n > 0 ? span_line_length(*rest) : 0;

	*line = span_take(rest, n);
	if (rest->n == 0)
		return false;
	span_take(
	    rest, rest->n > 1 && memcmp(rest->bytes, "\r\n", 2) == 0 ? 2 : 1);
	return true;
}

void
sink_span(struct byte_sink sink, struct span span)
{
	if (span.n > 0)
		sink.put(sink.ctx, span.bytes, span.n);
}

void
sink_text(struct byte_sink sink, const char *s)
{
	sink_span(sink, span_of(s));
}

static void
text_buffer_put(void *ctx, const char *bytes, size_t n)
{
	struct text_buffer *buffer = ctx;

	if (buffer->n < buffer->cap) {
		size_t room = buffer->cap - buffer->n;

		memcpy(buffer->bytes + buffer->n, bytes, n < room ? n : room);
	}
	buffer->n += n;
}

struct byte_sink
text_buffer_sink(struct text_buffer *buffer)
{
	return (struct byte_sink){text_buffer_put, buffer};
}

static void
text_count(void *ctx, const char *bytes, size_t n)
{
	(void)bytes;
	*(size_t *)ctx += n;
}

struct byte_sink
counting_sink(size_t *n)
{
	return (struct byte_sink){text_count, n};
}

/*
 * The well-formed sequences of Unicode table 3-7: by lead byte, the length
 * and the range of the second byte; all later bytes are 80..BF.
 */
struct utf8_lead {
	unsigned char length, low, high;
};

static struct utf8_lead
utf8_lead(unsigned char c)
{
	if (c < 0xc2 || c > 0xf4)
		return (struct utf8_lead){0, 0, 0};
	if (c < 0xe0)
		return (struct utf8_lead){2, 0x80, 0xbf};
	if (c < 0xf0)
		return (struct utf8_lead){
		    3, c == 0xe0 ? 0xa0 : 0x80, c == 0xed ? 0x9f : 0xbf};
	return (struct utf8_lead){
	    4, c == 0xf0 ? 0x90 : 0x80, c == 0xf4 ? 0x8f : 0xbf};
}

/* The bytes of the sequence at s that are well-formed; *whole if all are. */
static size_t
utf8_sequence(const unsigned char *s, size_t n, bool *whole)
{
	struct utf8_lead lead = utf8_lead(s[0]);
	size_t i = 1;

	*whole = false;
	if (lead.length == 0)
		return 1;
	while (
	    i < lead.length && i < n && s[i] >= lead.low && s[i] <= lead.high) {
		lead.low = 0x80;
		lead.high = 0xbf;
		i++;
	}
	*whole = i == lead.length;
	return i;
}

size_t
utf8_valid_prefix(const char *bytes, size_t n, size_t *bad)
{
	const unsigned char *s = (const unsigned char *)bytes;
	size_t at = 0;
	uint64_t word;

	*bad = 0;
	while (at < n) {
		/* Eight ASCII bytes at a time: most data is ASCII. */
		while (n - at >= sizeof(word)) {
			memcpy(&word, s + at, sizeof(word));
			if (word & UINT64_C(0x8080808080808080))
				break;
			at += sizeof(word);
		}
		if (at < n && s[at] < 0x80) {
			at++;
		} else if (at < n) {
			bool whole;
			size_t step = utf8_sequence(s + at, n - at, &whole);

			if (!whole) {
				*bad = step;
				return at;
			}
			at += step;
		}
	}
	return at;
}

void
sink_utf8(struct byte_sink sink, struct span span)
{
	while (span.n > 0) {
		size_t bad;
		size_t good = utf8_valid_prefix(span.bytes, span.n, &bad);

		sink_span(sink, (struct span){span.bytes, good});
		if (bad > 0)
			sink_text(sink, replacement);
		span.bytes += good + bad;
		span.n -= good + bad;
	}
}

/* Escapes for JSON; the bytes are passed on in the longest runs possible. */
static void
text_put_json(void *ctx, const char *bytes, size_t n)
{
	const struct byte_sink *sink = ctx;
	size_t from = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)bytes[i];
		char escape[8];

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		sink_span(*sink, (struct span){bytes + from, i - from});
		from = i + 1;
		if (c < 0x20)
			snprintf(escape, sizeof(escape), "\\u%04x", c);
		else
			snprintf(escape, sizeof(escape), "\\%c", c);
		sink_text(*sink, escape);
	}
	sink_span(*sink, (struct span){bytes + from, n - from});
}

void
sink_json_string(struct byte_sink sink, struct span span)
{
	sink_text(sink, "\"");
	sink_utf8((struct byte_sink){text_put_json, &sink}, span);
	sink_text(sink, "\"");
}

static bool
text_is_plain(char c)
{
	return c >= 0x20 && c < 0x7f && c != '\\';
}

/* The width of the escaped span, or more than max. */
static size_t
text_escaped_width(struct span span, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < span.n && n <= max; i++)
		n += text_is_plain(span.bytes[i]) ? 1 : 4;
	return n;
}

char *
text_escape(char *out, size_t cap, struct span span)
{
	size_t tail = text_escaped_width(span, cap) < cap ? 0 : 3; /* "..." */
	size_t n = 0;

	for (size_t i = 0; i < span.n; i++) {
		char c = span.bytes[i];
		size_t width = text_is_plain(c) ? 1 : 4;

		if (n + width + tail + 1 > cap) {
			memcpy(out + n, "...", 3);
			n += 3;
			break;
		}
		if (width == 1)
			out[n] = c;
		else
			snprintf(out + n, 5, "\\x%02x", (unsigned char)c);
		n += width;
	}
	out[n] = '\0';
	return out;
}

bool
text_take_number(const char **text, uint64_t *number)
{
	const char *at = *text;

	*number = 0;
	while (*at >= '0' && *at <= '9' && at < *text + 18)
		*number = *number * 10 + (uint64_t)(*at++ - '0');
	if (at == *text)
		return false;
	*text = at;
	return true;
}

int
text_hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int
text_decode_byte(struct span span)
{
	int high, low;

	if (span.n < 3 || *span.bytes != '%')
		return -1;
	high = text_hex_value(span.bytes[1]);
	low = text_hex_value(span.bytes[2]);
	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

long
text_decode_form(char *out, size_t cap, struct span span)
{
	size_t n = 0;

	while (span.n > 0) {
		int byte = text_decode_byte(span);
		char c = *span_take(&span, byte < 0 ? 1 : 3).bytes;

		if (n == cap)
			return -1;
		if (byte >= 0)
			c = (char)byte;
		else if (c == '+')
			c = ' ';
		out[n++] = c;
	}
	return (long)n;
}
