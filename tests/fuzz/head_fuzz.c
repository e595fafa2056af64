/* SPDX-License-Identifier: MIT */

/*
 * The request head parser on whatever a client may send: it says the same
 * whatever the pieces, keeps to its caps, and lets nothing through that two
 * programs could read differently.
 */

#include "http/head.h"

#include "fuzz.h"

#include <strings.h>

static void
check_whole(const struct http_head *head)
{
	const char *at = http_head_method(head);
	unsigned n_strings = 2 + 2U * head->n_fields, n_hosts = 0;
	size_t n = 0;

	for (unsigned i = 0; i < n_strings; i++) {
		REQUIRE(n < head->content.n);
		REQUIRE(!strpbrk(at, "\r\n"));
		if (i >= 2 && i % 2 == 0 && strcasecmp(at, "Host") == 0)
			n_hosts++;
		n += strlen(at) + 1;
		at += strlen(at) + 1;
	}
	REQUIRE(n == head->content.n);
	REQUIRE(n_hosts == 1 || (n_hosts == 0 && head->minor_version == 0));
	REQUIRE(head->n_fields <= HTTP_FIELDS_MAX);
	REQUIRE(head->taken <= HTTP_HEAD_MAX);
	REQUIRE(!(head->is_chunked && head->has_length));
	REQUIRE(
	    !head->is_chunked || http_head_field(head, "transfer-encoding"));
}

/* Returns how much it took, and whether it goes on. */
static bool
feed(struct http_head *head, struct span piece, size_t *taken)
{
	char *copy = string_of(piece);
	size_t used;
	enum http_head_result result =
	    http_head_feed(head, copy, piece.n, &used);

	free(copy);
	REQUIRE(used <= piece.n);
	REQUIRE(result != HTTP_HEAD_MORE || used == piece.n);
	REQUIRE(head->content.allocated <= HTTP_HEAD_MAX);
	REQUIRE((result == HTTP_HEAD_ERROR) == (head->refusal != NULL));
	*taken += used;
	if (result == HTTP_HEAD_WHOLE)
		check_whole(head);
	return result == HTTP_HEAD_MORE;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span input = {(const char *)data, size};
	struct http_head whole, cut;
	size_t whole_taken = 0, cut_taken = 0;

	http_head_init(&whole);
	http_head_init(&cut);
	feed(&whole, input, &whole_taken);
	for (size_t i = 0; i < size; i++)
		if (!feed(&cut, (struct span){input.bytes + i, 1}, &cut_taken))
			break;
	REQUIRE(whole_taken == cut_taken);
	REQUIRE(whole.refusal == cut.refusal);
	REQUIRE(whole.n_fields == cut.n_fields);
	REQUIRE(whole.length == cut.length);
	REQUIRE(
	    span_equal(buffer_span(&whole.content), buffer_span(&cut.content)));
	http_head_fini(&whole);
	http_head_fini(&cut);
	return 0;
}
