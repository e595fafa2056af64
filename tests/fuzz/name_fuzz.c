/* SPDX-License-Identifier: MIT */

/*
 * Names of streams that visitors make up, and the sources that are made for
 * them: none leads to another place than that of its template.
 */

#include "sources/source_spec.h"

#include "fuzz.h"

#include <ctype.h>

/* What comes before and behind the name in the path. */
static const struct place {
	const char *template, *before, *behind;
	bool post;
} places[] = {
    {"room/*=spool:/s/*.sse", "/s/", ".sse", true},
    {"logs/*=file:/l/*", "/l/", "", false},
    {"*/*=memory:", "", "", true},
};

static void
parse(struct source_spec *template, const struct place *place)
{
	*template = source_spec_default;
	template->post = place->post;
	REQUIRE(!source_spec_parse(template, place->template));
	REQUIRE(source_spec_is_template(template));
}

/* A part of letters and digits is one. */
static bool
is_plain(struct span part)
{
	for (size_t i = 0; i < part.n; i++)
		if (!isalnum((unsigned char)part.bytes[i]))
			return false;
	return part.n > 0 && part.n <= SOURCE_NAME_MAX;
}

static void
check_part(struct span part)
{
	REQUIRE(part.n > 0 && part.n <= SOURCE_NAME_MAX);
	REQUIRE(*part.bytes != '.');
	for (size_t i = 0; i < part.n; i++) {
		unsigned char c = (unsigned char)part.bytes[i];

		REQUIRE(c > ' ' && c != 0x7f);
		REQUIRE(!memchr("/%*:=\\\"", c, 7));
	}
}

static void
check_made(const struct source_spec *template, const struct place *place,
    struct span name, struct span part)
{
	struct source_spec *made = source_spec_make(template, part);
	struct bytes path = {0};
	struct span none;

	REQUIRE(made && made->kind == template->kind);
	REQUIRE(made->template == template && !source_spec_is_template(made));
	REQUIRE(span_equal(source_spec_stream_name(made), name));
	REQUIRE(!source_spec_matches(made, name, &none));
	REQUIRE(source_spec_takes_posts(made) == place->post);
	if (*template->argument) {
		sink_text(bytes_sink(&path), place->before);
		sink_span(bytes_sink(&path), part);
		sink_text(bytes_sink(&path), place->behind);
		REQUIRE(strcmp(made->argument, path.at) == 0);
		REQUIRE(made->argument_asked ==
		    made->argument + strlen(place->before));
	}
	bytes_free(&path);
	free(made);
}

static void
check(const struct place *place, struct span name)
{
	struct source_spec template;
	struct span part, below = name;
	bool matches;

	parse(&template, place);
	matches = source_spec_matches(&template, name, &part);
	if (matches) {
		check_part(part);
		check_made(&template, place, name, part);
	}
	if (name.n <= template.name.n + 1)
		return;
	span_take(&below, template.name.n + 1);
	if (memcmp(name.bytes, template.text, template.name.n + 1) == 0)
		REQUIRE(matches || !is_plain(below));
	else
		REQUIRE(!matches);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Exactly as long, so that reading on is found. */
	char *copy = malloc(size + 1);

	REQUIRE(copy);
	if (size > 0)
		memcpy(copy, data, size);
	copy = realloc(copy, size + !size);
	REQUIRE(copy);
	for (size_t i = 0; i < LENGTH(places); i++)
		check(&places[i], (struct span){copy, size});
	free(copy);
	return 0;
}
