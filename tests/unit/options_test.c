/* SPDX-License-Identifier: MIT */

#include "config.h"

#include "option_lines.h"

/* What is wrong. */

Test(options, value_that_is_wrong_is_told_what_is_right)
{
	static const struct refusal refusals[] = {
	    {"--retry|0",
		"--retry '0' is wrong: it must be a duration from 1ms to "
		"365d"},
	    {"--max-age|366d",
		"--max-age '366d' is wrong: it must be a duration from 0 to "
		"365d"},
	    {"--history|4095",
		"--history '4095' is wrong: it must be a size from 4K to 1G"},
	    {"--history|1048577K",
		"--history '1048577K' is wrong: it must be a size from 4K to "
		"1G"},
	    {"--max-event|0",
		"--max-event '0' is wrong: it must be a size from 1 to 1G"},
	    {"--max-clients|0",
		"--max-clients '0' is wrong: it must be a number from 1 to "
		"4294967295"},
	    {"--max-clients|4294967296",
		"--max-clients '4294967296' is wrong: it must be a number from "
		"1 to 4294967295"},
	    {"--replay|some",
		"--replay 'some' is wrong: it must be a number of events such "
		"as 10, or all"},
	    {"--format|xml|-",
		"--format 'xml' is wrong: it must be lines, blocks, nul, sse "
		"or json"},
	    {"-f|xml|-",
		"--format 'xml' is wrong: it must be lines, blocks, nul, sse "
		"or json"},
	    {"--dialect|atom",
		"--dialect 'atom' is wrong: it must be event-stream or "
		"dom-event-stream"},
	    {"--header|NoColon",
		"--header 'NoColon' is wrong: it must be a header such as "
		"'NAME: VALUE'"},
	    {"--page|", "--page '' is wrong: it must be a file"},
	    {"--base-path|x",
		"--base-path 'x' is wrong: it must be an absolute path as it "
		"stands in the URL, such as /tools/events"},
	    {"--end-event|error",
		"--end-event 'error' is wrong: it must be another event type, "
		"because EventSource has its own events called error and open"},
	    {"--gap-event|a\rb",
		"--gap-event 'a\rb' is wrong: it must be an event type of one "
		"line"},
	    {"--event|open|-",
		"--event 'open' is wrong: it must be another event type, "
		"because EventSource has its own events called error and open"},
	    {"-f|lines|--json|data=a|-",
		"--json 'data=a' is wrong: it must be given with --format json "
		"or without --format"},
	    {"--json|data=a|-f|lines|-",
		"--format 'lines' is wrong: it must be json, because --json "
		"describes the same source"},
	};

	assert_all_refused(refusals, LENGTH(refusals));
}

Test(options, number_that_is_none_is_refused)
{
	static const char *const lines[] = {"--retry|soon", "--retry|5x",
	    "--retry|-1", "--retry|", "--retry|99999999999999999999h",
	    "--heartbeat|1.5s", "--max-age|tomorrow", "--history|1Q",
	    "--history|-5", "--max-event|big", "--patience|x"};

	for (size_t i = 0; i < LENGTH(lines); i++) {
		struct options options;

		cr_assert_eq(parse(&options, lines[i]), OPTIONS_WRONG);
		cr_assert_not_null(
		    strstr(logged, "' is wrong: it must be "), "%s", logged);
		options_fini(&options);
	}
}

Test(options, value_that_would_break_a_head_or_an_event_is_refused)
{
	static const char *const lines[] = {"--header|X-A: b\r\nX-C: d",
	    "--allow-origin|http://a\r\nX: y", "--event|a\nb|-",
	    "--end-event|a\nb", "--gap-event|a\nb", "--header|content-type: a"};

	for (size_t i = 0; i < LENGTH(lines); i++) {
		struct options options;

		cr_assert_eq(parse(&options, lines[i]), OPTIONS_WRONG);
		options_fini(&options);
	}
}

Test(options, unknown_and_incomplete_options_are_named)
{
	static const struct refusal refusals[] = {
	    {"--no-such-option",
		"there is no option --no-such-option; see pipecast --help"},
	    {"-Z", "there is no option -Z; see pipecast --help"},
	    {"--retry", "--retry needs a value: DURATION"},
	    {"-e", "-e needs a value: TYPE"},
	    {"--config", "--config needs a value: FILE"},
	    {"--pty=yes|exec:true", "--pty=yes: --pty takes no value"},
	};

	assert_all_refused(refusals, LENGTH(refusals));
}

Test(options, sources_that_are_wrong_are_named)
{
	static const struct refusal refusals[] = {
	    {"name=file:",
		"source 'name=file:' is wrong: it must be file:PATH"},
	    {"-|x=-",
		"source 'x=-' conflicts with '-': each would get only a part "
		"of standard input"},
	    {"a=every:1|b=every:1|a=every:2",
		"source 'a=every:2' conflicts with 'a=every:1': they have the "
		"same name; to give both one event type, use --event"},
	    {"every:1|--event|x",
		"--event describes the sources after it, but no source "
		"follows"},
	    {"every:1|-f|nul",
		"--format describes the sources after it, but no source "
		"follows"},
	};

	assert_all_refused(refusals, LENGTH(refusals));
}

Test(options, events_of_a_source_are_not_of_the_type_of_end_or_gap)
{
	static const struct refusal refusals[] = {
	    {"end=every:1",
		"events of source 'end=every:1' would have the type 'end' of "
		"--end-event; give one of them another type"},
	    {"--event|gap|every:1",
		"events of source 'every:1' would have the type 'gap' of "
		"--gap-event; give one of them another type"},
	};
	static const char *const right[] = {"-e|x|error=every:1",
	    "--end-event||end=every:1", "-e|x|end=every:1",
	    "--end-event|done|end=every:1", "-e|message|every:1"};

	assert_all_refused(refusals, LENGTH(refusals));
	for (size_t i = 0; i < LENGTH(right); i++) {
		struct options options = parsed(right[i]);

		options_fini(&options);
	}
}

Test(options, cgi_does_not_listen)
{
	assert_refused("--fastcgi|9000|--cgi",
	    "--cgi answers one viewer on standard output, but --fastcgi "
	    "listens for many; give one of them");
}

/* What is right. */

Test(options, defaults_are_those_of_the_manual)
{
	struct options options = parsed("");

	cr_assert_eq(options.n_sources, 1);
	cr_assert_eq(options.sources[0].kind, &source_standard_input);
	cr_assert_eq(options.sources[0].format, &format_lines);
	cr_assert_eq(options.retry_ms, 2000);
	cr_assert_eq(options.heartbeat_ms, 15000);
	cr_assert_eq(options.patience_ms, 1000);
	cr_assert_eq(options.history, 1 << 20);
	cr_assert_eq(options.max_event, 256 << 10);
	cr_assert_eq(options.replay, 0);
	cr_assert_eq(options.max_age_ms, 0);
	cr_assert_eq(options.n_addresses, 0);
	cr_assert_str_eq(options.end_event, "end");
	cr_assert_str_eq(options.gap_event, "gap");
	options_serve_unasked(&options);
	cr_assert_eq(options.replay, 300);
	options_fini(&options);
	options = parsed("--replay|0");
	options_serve_unasked(&options);
	cr_assert_eq(options.replay, 0);
	options_fini(&options);
}

Test(options, values_may_follow_in_every_way)
{
	static const char *const lines[] = {"--retry|250ms|-|-e|a|every:1",
	    "--retry=250ms|-|-ea|every:1", "-|--event=a|every:1|--retry|250ms",
	    "--retry|250ms|-|-e|a|--|every:1"};

	for (size_t i = 0; i < LENGTH(lines); i++) {
		struct options options = parsed(lines[i]);

		cr_assert_eq(options.retry_ms, 250);
		cr_assert_eq(options.n_sources, 2);
		cr_assert_null(options.sources[0].event_type);
		cr_assert_str_eq(options.sources[1].event_type, "a");
		cr_assert_str_eq(options.sources[1].text, "every:1");
		options_fini(&options);
	}
}

Test(options, lists_keep_their_order)
{
	struct options options =
	    parsed("--http|8080|--fastcgi|unix:/a|--http|[::1]:1|--header|A: b|"
		   "--header|C: d|--allow-origin|HTTPS://A.example:443|"
		   "--allow-host|a.example");

	cr_assert_eq(options.n_addresses, 3);
	cr_assert_str_eq(options.addresses[0].text, "8080");
	cr_assert_eq(options.addresses[0].row->gateway, &gateway_http);
	cr_assert_str_eq(options.addresses[1].text, "unix:/a");
	cr_assert_eq(options.addresses[1].row->gateway, &gateway_fastcgi);
	cr_assert_str_eq(options.addresses[2].text, "[::1]:1");
	cr_assert_eq(options.headers.n, 2);
	cr_assert_str_eq(options.headers.items[1], "C: d");
	/* as browsers send it */
	cr_assert_str_eq(options.origins.items[0], "https://a.example");
	cr_assert_str_eq(options.hosts.items[0], "a.example");
	options_fini(&options);
}

Test(options, gateway_has_at_most_16_addresses)
{
	struct options options = parsed("--fastcgi|1");
	const struct option_row *row = option_find("http");
	char why[128];

	for (int i = 0; i < 16; i++)
		cr_assert_null(option_row_set(row, &options, "1", why));
	cr_assert_str_eq(option_row_set(row, &options, "1", why),
	    "one of at most 16 addresses");
	options_fini(&options);
}

Test(options, descriptions_apply_to_the_sources_after_them)
{
	struct options options =
	    parsed("-f|lines|file:a|--json|data=msg,id=seq|file:b|file:c|-f|"
		   "json|--pty|file:d|-f|nul|-d|%H|file:e");
	const struct source_spec *specs = options.sources;

	cr_assert_eq(options.n_sources, 5);
	cr_assert_eq(specs[0].format, &format_lines);
	for (int i = 1; i < 3; i++) {
		cr_assert_eq(specs[i].format, &format_json);
		cr_assert_str_eq(specs[i].json.data, "msg");
		cr_assert_str_eq(specs[i].json.id, "seq");
		cr_assert_not(specs[i].pty);
	}
	cr_assert_eq(specs[3].format, &format_json);
	cr_assert_str_eq(specs[3].json.data, "");
	cr_assert(specs[3].pty);
	cr_assert_eq(specs[4].format, &format_nul);
	cr_assert(specs[4].pty);
	cr_assert_str_eq(specs[3].data, "%s.%f");
	cr_assert_str_eq(specs[4].data, "%H");
	options_fini(&options);
}

Test(options, posts_need_a_source_that_takes_them)
{
	struct options options = parsed("--post|every:1s|a=memory:");

	options_fini(&options);
	cr_assert_eq(parse(&options, "--post|every:1s"), OPTIONS_WRONG);
	cr_assert_not_null(strstr(logged,
	    "source 'every:1s' takes no posts; give --post before memory:, "
	    "spool:PATH, redis:KEY or exec:COMMAND"));
	options_fini(&options);
}

Test(options, source_that_takes_posts_beside_others_has_a_name)
{
	struct options options = parsed("--post|memory:");

	cr_assert(options.sources[0].post);
	options_fini(&options);
	options = parsed("--post|a=memory:|b=memory:|every:1s");
	options_fini(&options);
	cr_assert_eq(parse(&options, "--post|every:1s|memory:"), OPTIONS_WRONG);
	cr_assert_not_null(strstr(logged,
	    "source 'memory:' takes posts beside other sources; give it a name "
	    "to post to, as in NAME=memory:"));
	options_fini(&options);
}
