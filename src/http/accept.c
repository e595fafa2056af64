/* SPDX-License-Identifier: MIT */

#include "http/accept.h"

#include <string.h>

/* Weights in thousandths; -1 means that there is none. */
enum { WEIGHT_MAX = 1000, WEIGHT_BAD = -1 };

/*
 * The weight found for a media type or a coding, by the most specific range so
 * far.
 */
struct preference {
	const char *name;
	const char *wildcard; /* of its type, as in "text" and a star */
	const char *any;
	int specificity;
	int weight;
};

/*
 * Takes the text before the separator, or all that is left.  A separator in a
 * quoted string (RFC 9110, 5.6.4) does not count.
 */
static struct span
accept_take(struct span *rest, char separator)
{
	struct span taken = {rest->bytes, 0};
	bool quoted = false;

	for (; taken.n < rest->n; taken.n++) {
		char c = rest->bytes[taken.n];

		if (c == '"')
			quoted = !quoted;
		else if (quoted && c == '\\' && taken.n + 1 < rest->n)
			taken.n++;
		else if (!quoted && c == separator)
			break;
	}
	span_take(rest, taken.n);
	span_take(rest, 1);
	return span_trim(taken);
}

/* A qvalue (RFC 9110, 12.4.2): 0 to 1 with up to three decimals. */
static int
accept_parse_weight(struct span value)
{
	int weight = 0, digit = WEIGHT_MAX;

	if (value.n == 0 || value.n > strlen("0.000"))
		return WEIGHT_BAD;
	for (size_t i = 0; i < value.n; i++) {
		char c = value.bytes[i];

		if (i == 1 && c == '.')
			continue;
		if (i == 1 || c < '0' || c > '9')
			return WEIGHT_BAD;
		weight += (c - '0') * digit;
		digit /= 10;
	}
	return weight <= WEIGHT_MAX ? weight : WEIGHT_BAD;
}

/*
 * The weight of a range, from the text after its media type.  A range with
 * parameters of its own does not describe what we have: it has no weight.
 */
static int
accept_weight_of(struct span parameters)
{
	while (parameters.n > 0) {
		struct span parameter = accept_take(&parameters, ';');
		struct span name = accept_take(&parameter, '=');

		if (span_is_word(name, "q"))
			return accept_parse_weight(parameter);
		if (name.n > 0)
			return WEIGHT_BAD;
	}
	return WEIGHT_MAX;
}

static int
accept_specificity_of(struct span range, const struct preference *preference)
{
	if (span_is_word(range, preference->name))
		return 3;
	if (span_is_word(range, preference->wildcard))
		return 2;
	return span_is_word(range, preference->any) ? 1 : 0;
}

/* Of equally specific ranges the greater weight counts. */
static void
accept_consider(struct preference *preference, struct span range, int weight)
{
	int specificity = accept_specificity_of(range, preference);

	if (specificity == 0 || specificity < preference->specificity)
		return;
	if (specificity > preference->specificity ||
	    weight > preference->weight)
		preference->weight = weight;
	preference->specificity = specificity;
}

/* Weighs both by a field; one over ACCEPT_MAX says nothing. */
static void
accept_compare(
    struct span field, struct preference *one, struct preference *other)
{
	if (field.n > ACCEPT_MAX)
		return;
	while (field.n > 0) {
		struct span member = accept_take(&field, ',');
		struct span range = accept_take(&member, ';');
		int weight = accept_weight_of(member);

		if (weight == WEIGHT_BAD)
			continue;
		accept_consider(one, range, weight);
		accept_consider(other, range, weight);
	}
}

bool
accept_prefers_html(struct span accept)
{
	struct preference html = {"text/html", "text/*", "*/*", 0, 0};
	struct preference stream = {"text/event-stream", "text/*", "*/*", 0, 0};

	accept_compare(accept, &html, &stream);
	return html.weight > stream.weight;
}

bool
accept_takes_gzip(struct span codings)
{
	struct preference gzip = {"gzip", "x-gzip", "*", 0, 0};
	/* It need not be named, and any other coding is preferred then. */
	struct preference identity = {"identity", "identity", "identity", 0, 0};

	accept_compare(codings, &gzip, &identity);
	return gzip.weight > 0 && gzip.weight >= identity.weight;
}

bool
accept_names(struct span accept, const char *media_type)
{
	if (accept.n > ACCEPT_MAX)
		return false;
	while (accept.n > 0) {
		struct span member = accept_take(&accept, ',');

		if (span_is_word(accept_take(&member, ';'), media_type))
			return true;
	}
	return false;
}
