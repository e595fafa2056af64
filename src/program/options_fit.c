/* SPDX-License-Identifier: MIT */

#include "program/options_fit.h"

#include "loop/log.h"
#include "program/option_table.h"

/*
 * Whether a page could not distinguish the source's events from those of the
 * option.
 */
static bool
options_have_type(
    const struct options *options, const char *option, const char *type)
{
	for (size_t i = 0; i < options->n_sources; i++) {
		const struct source_spec *spec = &options->sources[i];

		if (!*type || !span_is(source_spec_event_type(spec), type))
			continue;
		log_line(LOG_ERROR,
		    "events of source '%s' would have the type '%s' of --%s; "
		    "give one of them another type",
		    spec->text, type, option);
		return true;
	}
	return false;
}

/*
 * Whether a source takes posts that could not be addressed to it: of several
 * sources, only one with a name can be.
 */
static bool
options_have_nameless_posts(const struct options *options)
{
	for (size_t i = 0; i < options->n_sources; i++) {
		const struct source_spec *spec = &options->sources[i];

		if (options->n_sources == 1 || spec->name.bytes ||
		    !source_spec_takes_posts(spec))
			continue;
		log_line(LOG_ERROR,
		    "source '%s' takes posts beside other sources; give it a "
		    "name to post to, as in NAME=%s",
		    spec->text, spec->text);
		return true;
	}
	return false;
}

/* Whether --post was given, but only before sources that take no posts. */
static bool
options_have_posts_for_nobody(const struct options *options)
{
	for (size_t i = 0; i < options->n_sources; i++) {
		const struct source_spec *spec = &options->sources[i];

		if (!spec->post || options_take_posts(options))
			continue;
		log_line(LOG_ERROR,
		    "source '%s' takes no posts; give --post before "
		    "memory:, spool:PATH, redis:KEY or exec:COMMAND",
		    spec->text);
		return true;
	}
	return false;
}

bool
options_fit_together(const struct options *options)
{
	if (options->cgi && options->n_addresses > 0) {
		log_line(LOG_ERROR,
		    "--cgi answers one viewer on standard output, but "
		    "--%s listens for many; give one of them",
		    options->addresses[0].row->name);
		return false;
	}
	if (options->dangling) {
		log_line(LOG_ERROR,
		    "--%s describes the sources after it, but no source "
		    "follows",
		    options->dangling);
		return false;
	}
	return !options_have_posts_for_nobody(options) &&
	    !options_have_nameless_posts(options) &&
	    !options_have_type(options, "end-event", options->end_event) &&
	    !options_have_type(options, "gap-event", options->gap_event) &&
	    !options_have_type(
		options, "viewers-event", options->viewers_event);
}
