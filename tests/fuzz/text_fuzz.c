/* SPDX-License-Identifier: MIT */

/* Text helpers: UTF-8, JSON strings, log lines, form decoding. */

#include "fuzz.h"

#include <jansson.h>

static void
check_utf8(struct span text)
{
	struct bytes wanted = {0}, out = {0};
	size_t good, bad;

	decode_by_the_book(text, &wanted);
	sink_utf8(bytes_sink(&out), text);
	REQUIRE(span_equal(bytes_span(&out), bytes_span(&wanted)));
	REQUIRE(utf8_valid_prefix(out.at, out.n, &bad) == out.n && bad == 0);
	good = utf8_valid_prefix(text.bytes, text.n, &bad);
	REQUIRE(good + bad <= text.n && bad <= 3);
	REQUIRE((bad == 0) == (good == text.n));
	bytes_free(&wanted);
	bytes_free(&out);
}

static void
check_json(struct span text)
{
	struct bytes out = {0}, wanted = {0};
	json_t *back;

	decode_by_the_book(text, &wanted);
	sink_json_string(bytes_sink(&out), text);
	back =
	    json_loadb(out.at, out.n, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	REQUIRE(json_is_string(back));
	REQUIRE(span_equal(bytes_span(&wanted),
	    (struct span){json_string_value(back), json_string_length(back)}));
	json_decref(back);
	bytes_free(&out);
	bytes_free(&wanted);
}

/* What is shown says exactly what there was, or ends with dots. */
static void
check_escape(struct span text, size_t cap)
{
	char *out = malloc(cap);
	size_t n, at = 0;

	REQUIRE(text_escape(out, cap, text) == out);
	n = strlen(out);
	REQUIRE(n < cap);
	for (size_t i = 0; i < text.n; i++) {
		unsigned value = (unsigned char)out[at];

		if (strcmp(out + at, "...") == 0 &&
		    (at + 4 > cap - 4 || i + 3 < text.n || n == cap - 1)) {
			at += 3;
			break;
		}
		REQUIRE(value >= 0x20 && value < 0x7f);
		at++;
		if (value == '\\') {
			REQUIRE(sscanf(out + at, "x%2x", &value) == 1);
			at += 3;
		}
		REQUIRE((unsigned char)text.bytes[i] == value);
	}
	REQUIRE(at == n);
	free(out);
}

static void
check_form(struct span text, size_t cap)
{
	char *out = malloc(text.n + 1), *small = malloc(cap + 1);
	long n = text_decode_form(out, text.n, text);

	REQUIRE(n >= 0 && (size_t)n <= text.n);
	if ((size_t)n <= cap) {
		REQUIRE(text_decode_form(small, cap, text) == n);
		REQUIRE(memcmp(out, small, (size_t)n) == 0);
	} else {
		REQUIRE(text_decode_form(small, cap, text) == -1);
	}
	free(out);
	free(small);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	size_t cap = take_number(&input, 200);
	struct span text = {(const char *)input.at, input.n};

	check_utf8(text);
	check_json(text);
	check_escape(text, cap + 4);
	check_form(text, cap);
	return 0;
}
