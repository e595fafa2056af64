/* SPDX-License-Identifier: MIT */

/*
 * publish - writes numbered events with the time, a line each, to standard
 * output, or each in a POST request of its own to a server that wants them so:
 * as many a second as asked for, or as fast as viewers receive them.
 */

#include "clock.h"
#include "form.h"
#include "poster.h"
#include "progress.h"

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "usage: publish [OPTION]... [ADDRESS]\n"
    "ADDRESS is IPV4:PORT or unix:PATH of a server to POST to.\n"
    "  --path PATH      to POST to (/)\n"
    "  --connections N  to POST over at once (1)\n"
    "  --reconnect      a connection for each request\n"
    "  --depth N        requests of a connection that may wait for answers (8)\n"
    "  --rate N         events a second; 0: as fast as the window allows (10)\n"
    "  --window N       events published but not yet at every viewer (256)\n"
    "  --batch N        events written at a time, if the window allows (32)\n"
    "  --events N       how many in all\n"
    "  --duration SECONDS  or for how long (5)\n"
    "  --size N         bytes of an event's data (64)\n"
    "  --form NAME      instead, lines as of an access log (access) or of a\n"
    "                   program that logs in JSON (json)\n"
    "  --progress FILE  of the load client, which is waited for\n";

enum { MAX_SIZE = 65536, WINDOW_NAP_NS = 20000, READY_NAP_NS = 2 * NS_PER_MS };

struct publisher {
	struct progress *progress;
	uint64_t window, batch, events, size;
	form_writer *form; /* NULL: padding up to the size */
	double rate, duration;
	uint64_t seq;
	bool posts;
	struct poster poster;
};

/* Options. */

enum {
	OPT_BATCH,
	OPT_CONNECTIONS,
	OPT_DEPTH,
	OPT_DURATION,
	OPT_EVENTS,
	OPT_FORM,
	OPT_PATH,
	OPT_PROGRESS,
	OPT_RATE,
	OPT_RECONNECT,
	OPT_SIZE,
	OPT_WINDOW,
};

static const struct option long_options[] = {
    {"batch", required_argument, NULL, OPT_BATCH},
    {"connections", required_argument, NULL, OPT_CONNECTIONS},
    {"depth", required_argument, NULL, OPT_DEPTH},
    {"duration", required_argument, NULL, OPT_DURATION},
    {"events", required_argument, NULL, OPT_EVENTS},
    {"form", required_argument, NULL, OPT_FORM},
    {"path", required_argument, NULL, OPT_PATH},
    {"progress", required_argument, NULL, OPT_PROGRESS},
    {"rate", required_argument, NULL, OPT_RATE},
    {"reconnect", no_argument, NULL, OPT_RECONNECT},
    {"size", required_argument, NULL, OPT_SIZE},
    {"window", required_argument, NULL, OPT_WINDOW},
    {NULL, 0, NULL, 0},
};

static _Noreturn void
usage_error(void)
{
	fputs(usage, stderr);
	exit(2);
}

static double
number(const char *text, double min, double max)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end || !(value >= min && value <= max)) {
		warnx("%s: not a number from %g to %g", text, min, max);
		usage_error();
	}
	return value;
}

static uint64_t
positive(const char *text, double max)
{
	return (uint64_t)number(text, 1, max);
}

static void
parse_options(struct publisher *p, int argc, char **argv)
{
	int option;

	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		switch (option) {
		case OPT_BATCH:
			p->batch = positive(optarg, 256);
			break;
		case OPT_CONNECTIONS:
			p->poster.n_connections =
			    positive(optarg, MAX_CONNECTIONS);
			break;
		case OPT_DEPTH:
			p->poster.depth = positive(optarg, 1000);
			break;
		case OPT_DURATION:
			p->duration = number(optarg, 0, 1e6);
			break;
		case OPT_EVENTS:
			p->events = positive(optarg, 1e9);
			break;
		case OPT_FORM:
			p->form = form_find(optarg);
			if (!p->form)
				usage_error();
			break;
		case OPT_PATH:
			p->poster.path = optarg;
			break;
		case OPT_PROGRESS:
			p->progress = progress_open(optarg);
			break;
		case OPT_RATE:
			p->rate = number(optarg, 0, 1e6);
			break;
		case OPT_RECONNECT:
			p->poster.reconnect = true;
			break;
		case OPT_SIZE:
			p->size = positive(optarg, MAX_SIZE);
			break;
		case OPT_WINDOW:
			p->window = positive(optarg, 1 << 16);
			break;
		default:
			usage_error();
		}
	if (p->rate == 0 && !p->progress) {
		warnx("--rate 0 needs --progress");
		usage_error();
	}
}

/* Writing. */

static void
write_all(struct publisher *p, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t written = write(STDOUT_FILENO, bytes, n);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			err(1, "cannot publish event %ju", (uintmax_t)p->seq);
		bytes += written;
		n -= (size_t)written;
	}
}

static size_t
write_event(const struct publisher *p, char *out)
{
	int n =
	    sprintf(out, "%ju %ju ", (uintmax_t)p->seq, (uintmax_t)now_ns());

	if (p->form)
		return (size_t)n + p->form(out + n, p->seq);
	if ((size_t)n >= p->size)
		return (size_t)n;
	memset(out + n, 'x', p->size - (size_t)n);
	return p->size;
}

static void
publish_lines(struct publisher *p, uint64_t n_events, char *out)
{
	size_t n = 0;

	for (uint64_t i = 0; i < n_events; i++) {
		p->seq++;
		n += write_event(p, out + n);
		out[n++] = '\n';
	}
	write_all(p, out, n);
}

static void
publish_posts(struct publisher *p, uint64_t n_events, char *out)
{
	for (uint64_t i = 0; i < n_events; i++) {
		p->seq++;
		poster_send(&p->poster, out, write_event(p, out));
	}
}

/* Time. */

/* Waits until the next event is due; returns how many are. */
static uint64_t
wait_for_rate(const struct publisher *p, uint64_t start_ns)
{
	uint64_t due =
	    start_ns + (uint64_t)((double)p->seq * NS_PER_S / p->rate);
	uint64_t now = now_ns();

	if (now < due)
		sleep_ns(due - now);
	return 1;
}

static uint64_t
wait_for_window(const struct publisher *p)
{
	uint64_t low;

	while ((low = p->progress->low) + p->window <= p->seq &&
	    !p->progress->done)
		sleep_ns(WINDOW_NAP_NS);
	return low + p->window - p->seq;
}

static bool
is_done(const struct publisher *p, uint64_t start_ns)
{
	if (p->progress && p->progress->done)
		return true;
	if (p->events > 0)
		return p->seq >= p->events;
	return (double)(now_ns() - start_ns) >= p->duration * NS_PER_S;
}

static void
run(struct publisher *p)
{
	char *out = malloc(p->batch * (p->size + FORM_MAX + 64));
	uint64_t start_ns;

	if (!out)
		err(2, "memory");
	while (p->progress && !p->progress->ready)
		sleep_ns(READY_NAP_NS);
	start_ns = now_ns();
	while (!is_done(p, start_ns)) {
		uint64_t n = p->rate > 0 ? wait_for_rate(p, start_ns)
					 : wait_for_window(p);

		if (n > p->batch)
			n = p->batch;
		if (p->events > 0 && n > p->events - p->seq)
			n = p->events - p->seq;
		if (p->posts)
			publish_posts(p, n, out);
		else
			publish_lines(p, n, out);
	}
	poster_finish(&p->poster);
	if (p->progress)
		p->progress->total = p->seq;
	free(out);
}

int
main(int argc, char **argv)
{
	static struct publisher p = {
	    .poster = {.path = "/", .n_connections = 1, .depth = 8},
	    .window = 256,
	    .batch = 32,
	    .size = 64,
	    .rate = 10,
	    .duration = 5,
	};

	signal(SIGPIPE, SIG_IGN);
	parse_options(&p, argc, argv);
	if (argc - optind > 1)
		usage_error();
	p.posts = argc > optind;
	if (p.posts)
		poster_open(&p.poster, argv[optind]);
	run(&p);
	if (p.poster.refused > 0)
		errx(1, "%ju events were refused", (uintmax_t)p.poster.refused);
	return 0;
}
