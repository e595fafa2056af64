/* SPDX-License-Identifier: MIT */

#include "pipecat/diagnosis.h"

#include "helpers.h"

enum { EVERY_MS = 250, N_TICKS = 10 };

/* A probe as pipecast sends it, each tick so late. */
static struct observation
probe(const char *gateway, const char *server, int64_t (*late_ms)(unsigned i))
{
	struct observation probe = {
	    .n_ticks = N_TICKS, .n_ticks_of = N_TICKS, .http = "1.1"};

	for (unsigned i = 0; i < N_TICKS; i++)
		probe.ticks[i] = (struct observation_tick){
		    i * EVERY_MS, 5000 + i * EVERY_MS + late_ms(i)};
	strcpy(probe.way.gateway, gateway);
	strcpy(probe.way.server, server);
	strcpy(probe.head.cache_control, "no-store");
	return probe;
}

static int64_t
at_once(unsigned i)
{
	return i % 3 == 0 ? 300 : 0; /* a poor network */
}

static int64_t
at_the_end(unsigned i)
{
	return (N_TICKS - i) * EVERY_MS;
}

static struct examination
well(void)
{
	struct examination examination = {
	    .has_probe = true,
	    .plain = probe("HTTP", "", at_once),
	    .gzip = probe("HTTP", "", at_once),
	    .stream = {.has_begun = true, .http = "1.1"},
	};

	strcpy(examination.gzip.head.encoding, "gzip");
	examination.gzip.way.is_gzip = true;
	return examination;
}

/* All that is said must have the text, or be the one line if that is NULL. */
static void
assert_said(const struct examination *examination, const char *text)
{
	static const char nothing[] =
	    "Nothing between here and the server holds events back.\n";
	struct diagnosis diagnosis;
	char said[4096];
	struct text_buffer out = {.bytes = said, .cap = sizeof(said) - 1};

	diagnose(examination, &diagnosis);
	diagnosis_write(&diagnosis, text_buffer_sink(&out));
	said[out.n] = '\0';
	if (!text)
		cr_assert_str_eq(said, nothing);
	else
		cr_assert_not_null(strstr(said, text), "%s", said);
	cr_assert_eq(diagnosis_is_well(&diagnosis),
	    !strncmp(said, nothing, sizeof(nothing) - 1));
}

Test(pipecat_diagnosis, is_silent_when_all_is_well)
{
	struct examination examination = well();

	assert_said(&examination, NULL);
	examination.stream.is_ended = examination.stream.has_end = true;
	assert_said(&examination, NULL);
	examination.stream.has_end = false;
	examination.stream.is_let_go = true;
	assert_said(&examination, NULL);
}

Test(pipecat_diagnosis, names_each_layer_that_may_hold_events_back)
{
	static const struct {
		const char *outer, *gateway, *inner, *said[2];
	} rows[] = {
	    {"nginx/1.22", "HTTP", "", {"nginx/1.22, by HTTP", "proxy_b"}},
	    {"openresty", "FastCGI", "nginx/1.25",
		{"nginx/1.25, by FastCGI", "fastcgi_buffering off;"}},
	    {"Apache/2.4", "FastCGI", "Apache/2.4",
		{"flushpackets=on", "FcgidOutputBufferSize 0"}},
	    {"nginx", "FastCGI", "Apache",
		{"nginx, by HTTP; or, behind it, Apache, by FastCGI",
		    "Mend:  flushpackets=on"}},
	    {"lighttpd/1.4", "shared CGI", "lighttpd/1.4",
		{", by CGI", "server.stream-response-body = 1"}},
	    {"", "HTTP", "", {"does not name itself", "wait-for-body"}},
	    {"unheard-of", "HTTP", "", {"Layer: unheard-of", "\n"}},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct examination examination = well();

		examination.plain =
		    probe(rows[i].gateway, rows[i].inner, at_the_end);
		strcpy(examination.plain.head.server, rows[i].outer);
		assert_said(&examination, rows[i].said[0]);
		assert_said(&examination, rows[i].said[1]);
	}
}

Test(pipecat_diagnosis, knows_a_proxy_without_a_server_field_by_via)
{
	struct examination examination = well();

	examination.plain = probe("HTTP", "", at_the_end);
	strcpy(examination.plain.head.via, "1.1 Caddy");
	assert_said(&examination, "Layer: Caddy, by HTTP");
}

Test(pipecat_diagnosis, tells_compression_from_other_holding)
{
	struct examination examination = well();
	struct observation *gzip = &examination.gzip;

	strcpy(examination.plain.head.server, "Apache");
	gzip->way.is_gzip = false;
	assert_said(&examination, "1. Note: A layer compresses the stream");
	*gzip = probe("HTTP", "", at_the_end);
	assert_said(&examination, "only for clients that take gzip");
	strcpy(gzip->head.encoding, "gzip");
	assert_said(&examination, "SetEnv no-gzip 1");
	examination = well();
	strcpy(examination.plain.head.encoding, "br");
	assert_said(&examination, "compressed (br), although");
}

Test(pipecat_diagnosis, tells_a_time_out_from_other_breaks)
{
	struct examination examination = well();
	struct observation *stream = &examination.stream;

	strcpy(examination.plain.head.server, "nginx");
	stream->is_ended = true;
	stream->asked_ms = 1000;
	stream->last_ms = 2000;
	stream->ended_ms = 62000;
	assert_said(&examination, "nothing had come for 60.0 s");
	assert_said(&examination, "proxy_read_timeout 1d;");
	assert_said(&examination, "pipecast --heartbeat 30s\n");
	stream->last_ms = 61900;
	assert_said(&examination, "The stream was cut off after 61.0 s.\n");
	examination = well();
	examination.plain.n_ticks = 4;
	assert_said(&examination, "cut off after 4 of 10 events");
}

Test(pipecat_diagnosis, finds_http_1_only_where_browsers_could_speak_another)
{
	struct examination examination = well();

	strcpy(examination.plain.head.server, "Caddy");
	examination.is_secure = true;
	assert_said(&examination, NULL);
	examination.can_http_2 = true;
	assert_said(&examination, "protocols h1 h2 h3");
	strcpy(examination.plain.http, "2");
	assert_said(&examination, NULL);
}

Test(pipecat_diagnosis, says_what_it_can_without_a_probe)
{
	struct examination examination = well();

	examination.has_probe = false;
	assert_said(&examination, "There is no probe");
	examination.stream.has_begun = false;
	examination.stream.ended_ms = 2000;
	assert_said(&examination, "Nothing has come in 2.0 s");
	strcpy(examination.stream.trouble, "the answer is 404");
	assert_said(
	    &examination, "1. There is no stream: the answer is 404.\n");
	examination = well();
	strcpy(examination.plain.head.cache_control, "max-age=60");
	assert_said(&examination, "no-store by \"max-age=60\"");
	*examination.plain.head.cache_control = '\0';
	assert_said(&examination, "it has removed Cache-Control: no-store.\n");
	examination = (struct examination){.has_probe = false};
	assert_said(&examination,
	    "1. The server has taken the connection, but "
	    "did not answer.\n");
}
