/* SPDX-License-Identifier: MIT */

#include "http/request.h"

#include "helpers.h"
#include "meta_variables.h"

#define REQUEST(...) \
	struct request request; \
	const char *variables[] = {__VA_ARGS__, NULL, NULL}; \
	request_from_meta_variables(&request, NULL, look_up, variables)

Test(request, without_meta_variables_is_a_get_of_the_root_stream)
{
	REQUEST(NULL);

	assert_span(request.method, LITERAL("GET"));
	assert_span(request.origin, ABSENT);
	assert_span(request.accept, ABSENT);
	assert_span(request.name, ABSENT);
	assert_span(request.last_event_id, ABSENT);
	cr_assert_not(request.name_too_long);
	cr_assert_not(request.last_event_id_too_long);
	cr_assert_not(request.non_parsed_header);
}

Test(request, that_is_empty_everywhere_says_as_little)
{
	REQUEST("REQUEST_METHOD", "", "HTTP_ORIGIN", "", "PATH_INFO", "",
	    "QUERY_STRING", "", "HTTP_ACCEPT", "", "HTTP_LAST_EVENT_ID", "",
	    "SCRIPT_FILENAME", "", "SCRIPT_NAME", "");

	assert_span(request.method, LITERAL("GET"));
	assert_span(request.origin, ABSENT);
	assert_span(request.accept, ABSENT);
	assert_span(request.name, ABSENT);
	assert_span(request.last_event_id, ABSENT);
	cr_assert_not(request.non_parsed_header);
}

Test(request, takes_what_headers_say_as_it_is)
{
	REQUEST("REQUEST_METHOD", "get", "HTTP_ORIGIN", "http://a.example",
	    "HTTP_ACCEPT", " text/html, */*;q=0.1\xff", "HTTP_LAST_EVENT_ID",
	    " s-1+%41\xff", "HTTP_HOST", "a.example:81", "REMOTE_USER", "ann",
	    "CONTENT_TYPE", "text/plain; charset=utf-8");

	assert_span(request.host, LITERAL("a.example:81"));
	assert_span(request.user, LITERAL("ann"));
	assert_span(request.media_type, LITERAL("text/plain; charset=utf-8"));
	assert_span(request.method, LITERAL("get"));
	assert_span(request.origin, LITERAL("http://a.example"));
	assert_span(request.accept, LITERAL(" text/html, */*;q=0.1\xff"));
	assert_span(request.last_event_id, LITERAL(" s-1+%41\xff"));
}

Test(request, keeps_what_may_present_a_token)
{
	REQUEST("HTTP_AUTHORIZATION", "Bearer x", "HTTP_COOKIE", "a=b",
	    "QUERY_STRING", "token=%41");

	assert_span(request.credentials.authorization, LITERAL("Bearer x"));
	assert_span(request.credentials.cookie, LITERAL("a=b"));
	assert_span(request.credentials.query, LITERAL("token=%41"));
}

static bool
is_over_tls(const char *name, const char *value)
{
	REQUEST(name, value);

	return request.over_tls;
}

Test(request, comes_over_tls_if_server_or_proxy_says_so)
{
	cr_assert(is_over_tls("HTTPS", "on"));
	cr_assert(is_over_tls("HTTPS", "1"));
	cr_assert(is_over_tls("REQUEST_SCHEME", "https"));
	cr_assert(is_over_tls("HTTP_X_FORWARDED_PROTO", "HTTPS"));
	cr_assert_not(is_over_tls("HTTPS", ""));
	cr_assert_not(is_over_tls("HTTPS", "OFF"));
	cr_assert_not(is_over_tls("REQUEST_SCHEME", "http"));
	cr_assert_not(is_over_tls("HTTP_X_FORWARDED_PROTO", "http, https"));
	cr_assert_not(is_over_tls("HTTP_X_FORWARDED_PROTO", ""));
}

/* Publishing. */

Test(request, header_names_the_type_of_posted_events_or_else_the_query_does)
{
	REQUEST("QUERY_STRING", "event=a%20b&format=lines",
	    "HTTP_X_EVENTSOURCE_EVENT", NULL);

	assert_span(request.event_type, LITERAL("a b"));
	assert_span(request.format, LITERAL("lines"));
	variables[3] = "c";
	request_from_meta_variables(&request, NULL, look_up, variables);
	assert_span(request.event_type, LITERAL("c"));
	variables[3] = "";
	request_from_meta_variables(&request, NULL, look_up, variables);
	assert_span(request.event_type, LITERAL("a b"));
}

Test(request, type_and_format_of_a_body_have_limits)
{
	char query[256], type[POSTED_TYPE_MAX + 2];

	memset(type, 'x', sizeof(type));
	type[POSTED_TYPE_MAX + 1] = '\0';
	snprintf(
	    query, sizeof(query), "event=%s&format=12345678901234567", type);
	{
		REQUEST("QUERY_STRING", query);

		cr_assert(request.event_type_too_long);
		cr_assert(request.format_too_long);
	}
	{
		REQUEST("HTTP_X_EVENTSOURCE_EVENT", type);

		cr_assert(request.event_type_too_long);
	}
	type[POSTED_TYPE_MAX] = '\0';
	{
		REQUEST("HTTP_X_EVENTSOURCE_EVENT", type);

		cr_assert_not(request.event_type_too_long);
		assert_span(request.event_type, span_of(type));
	}
}

static void
check_length(const char *text, uint64_t wanted)
{
	REQUEST("CONTENT_LENGTH", text);

	cr_assert_eq(request.length, wanted, "%s", text);
}

Test(request, length_of_the_body_is_a_number_or_unknown)
{
	check_length("0", 0);
	check_length("00012", 12);
	check_length("1844674407370955160", 1844674407370955160u);
	check_length("18446744073709551616", 0);
	check_length("99999999999999999999999", 0);
	check_length("", 0);
	check_length("-1", 0);
	check_length("1 ", 0);
	check_length("0x10", 0);
}

/* Names. */

static void
check_name(const char *path_info, const char *query, struct span wanted)
{
	REQUEST("PATH_INFO", path_info, "QUERY_STRING", query);

	assert_span(request.name, wanted);
	cr_assert_not(request.name_too_long);
}

Test(request, path_names_a_stream)
{
	check_name("/a", "", LITERAL("a"));
	check_name("a", "", LITERAL("a"));
	check_name("/a/b/", "", LITERAL("a/b"));
	check_name("//a", "", LITERAL("a"));
	check_name("/a+b%41", "", LITERAL("a+b%41"));
	check_name("/", "", ABSENT);
}

Test(request, query_names_a_stream_where_the_path_does_not)
{
	check_name("", "source=a", LITERAL("a"));
	check_name("/", "source=a", LITERAL("a"));
	check_name("/b", "source=a", LITERAL("b"));
	check_name("", "x=1&source=a&y=2", LITERAL("a"));
	check_name("", "x;source=a;y", LITERAL("a"));
	check_name("", "source=a&source=b", LITERAL("a"));
	check_name("", "&&source=a", LITERAL("a"));
}

Test(request, query_is_decoded)
{
	check_name("", "source=a+b%2Fc%26%C3%a4", LITERAL("a b/c&\xc3\xa4"));
	check_name("", "source=a%00b", LITERAL("a\0b"));
	check_name("", "source=%zz%", LITERAL("%zz%"));
	check_name("", "source==a=b", LITERAL("=a=b"));
	check_name("", "%73ource=a", ABSENT);
}

Test(request, query_without_the_value_names_nothing)
{
	check_name("", "source", ABSENT);
	check_name("", "source=", ABSENT);
	check_name("", "source=&x=y", ABSENT);
	check_name("", "source&a", ABSENT);
	check_name("", "sources=a", ABSENT);
	check_name("", "sourc=a", ABSENT);
	check_name("", "xsource=a", ABSENT);
	check_name("", "x=source=a", ABSENT);
	check_name("", "Source=a", ABSENT);
	check_name("", "last_event_id=a", ABSENT);
	check_name("", "&", ABSENT);
}

static char *
repeated(const char *prefix, char c, size_t n)
{
	size_t length = strlen(prefix);
	char *text = malloc(length + n + 1);

	memcpy(text, prefix, length);
	memset(text + length, c, n);
	text[length + n] = '\0';
	return text;
}

Test(request, names_and_ids_have_limits)
{
	static const struct {
		const char *variable, *prefix;
		size_t max;
	} cases[] = {
	    {"PATH_INFO", "/", STREAM_NAME_MAX},
	    {"QUERY_STRING", "source=", STREAM_NAME_MAX},
	    {"HTTP_LAST_EVENT_ID", "", EVENT_ID_MAX},
	    {"QUERY_STRING", "last_event_id=", EVENT_ID_MAX},
	};

	for (size_t i = 0; i < 3 * LENGTH(cases); i++) {
		size_t max = cases[i / 3].max, n = max - 1 + i % 3;
		char *text = repeated(cases[i / 3].prefix, 'a', n);

		REQUEST(cases[i / 3].variable, text);
		cr_assert_eq(
		    request.name_too_long || request.last_event_id_too_long,
		    n > max);
		if (n <= max)
			cr_assert_eq(
			    request.name.n + request.last_event_id.n, n);
		cr_assert_eq(
		    request.name_too_long, n > max && max == STREAM_NAME_MAX);
		free(text);
	}
}

Test(request, value_that_is_too_long_is_not_there_at_all)
{
	char *name = repeated("source=", 'a', STREAM_NAME_MAX + 1);
	char *id = repeated("last_event_id=", 'b', EVENT_ID_MAX + 1);
	char query[2000];

	snprintf(query, sizeof(query), "%s&%s", name, id);

	REQUEST("QUERY_STRING", query);
	cr_assert(request.name_too_long);
	cr_assert(request.last_event_id_too_long);
	assert_span(request.name, ABSENT);
	assert_span(request.last_event_id, ABSENT);
	free(name);
	free(id);
}

Test(request, limit_is_that_of_the_decoded_value)
{
	char query[8 + 3 * STREAM_NAME_MAX] = "source=";

	for (size_t i = 0; i < STREAM_NAME_MAX; i++)
		strcat(query, "%41");

	REQUEST("QUERY_STRING", query);
	cr_assert_eq(request.name.n, STREAM_NAME_MAX);
	cr_assert_not(request.name_too_long);
}

Test(request, query_brings_the_last_event_id_where_the_header_does_not)
{
	REQUEST("QUERY_STRING", "last_event_id=s-1%2B+&x");
	assert_span(request.last_event_id, LITERAL("s-1+ "));
}

Test(request, query_may_spell_the_last_event_id_as_clients_do)
{
	static const char *const spellings[] = {"last_event_id", "lastEventId",
	    "lastEventID", "Last-Event-ID", "LAST_EVENT_ID", "last-event-id",
	    "lasteventid", "_last__event--id-"};

	for (size_t i = 0; i < LENGTH(spellings); i++) {
		char query[64];

		snprintf(query, sizeof(query), "x=1&%s=s-1%%2B2", spellings[i]);

		REQUEST("QUERY_STRING", query);
		assert_span(request.last_event_id, LITERAL("s-1+2"));
	}
}

Test(request, query_of_another_name_brings_no_last_event_id)
{
	static const char *const queries[] = {"last_event_i=a", "last_event=a",
	    "last_event_ids=a", "xlast_event_id=a", "last+event+id=a",
	    "last.event.id=a", "lastEventId", "lastEventId=", "=a", "-_=a",
	    "last%5Fevent%5Fid=a", "x=lastEventId=a"};

	for (size_t i = 0; i < LENGTH(queries); i++) {
		REQUEST("QUERY_STRING", queries[i]);
		assert_span(request.last_event_id, ABSENT);
	}
}

Test(request, first_last_event_id_that_is_not_empty_counts)
{
	REQUEST("QUERY_STRING", "lastEventId=&last_event_id=a&lastEventID=b");
	assert_span(request.last_event_id, LITERAL("a"));
}

Test(request, header_is_before_the_query)
{
	REQUEST(
	    "QUERY_STRING", "last_event_id=old", "HTTP_LAST_EVENT_ID", "new");
	assert_span(request.last_event_id, LITERAL("new"));
}

Test(request, empty_header_is_no_header)
{
	REQUEST("QUERY_STRING", "source=a&last_event_id=old",
	    "HTTP_LAST_EVENT_ID", "");
	assert_span(request.last_event_id, LITERAL("old"));
	assert_span(request.name, LITERAL("a"));
}

static bool
is_nph(const char *filename, const char *name)
{
	REQUEST("SCRIPT_NAME", name, "SCRIPT_FILENAME", filename);

	return request.non_parsed_header;
}

Test(request, script_whose_name_begins_with_nph_sends_the_whole_head)
{
	cr_assert(is_nph("/cgi-bin/nph-a", ""));
	cr_assert(is_nph("nph-a", ""));
	cr_assert(is_nph("nph-", ""));
	cr_assert_not(is_nph("/cgi-bin/nph", ""));
	cr_assert_not(is_nph("/nph-cgi/a", ""));
	cr_assert_not(is_nph("/cgi-bin/a-nph-a", ""));
	cr_assert_not(is_nph("/cgi-bin/NPH-a", ""));
	cr_assert_not(is_nph("/nph-a/", ""));
}

Test(request, file_name_of_the_script_is_before_its_url)
{
	cr_assert(is_nph("", "/events/nph-a"));
	cr_assert_not(is_nph("/cgi-bin/a", "/events/nph-a"));
	cr_assert(is_nph("/cgi-bin/nph-a", "/events/a"));
}

Test(request, url_of_the_script_counts_without_a_file_name)
{
	REQUEST("SCRIPT_NAME", "/events/nph-a");
	cr_assert(request.non_parsed_header);
}
