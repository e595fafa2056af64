/* SPDX-License-Identifier: MIT */

/*
 * load - opens many viewers of one stream, over HTTP or speaking FastCGI as a
 * web server does, checks that each gets every event once and in order, and
 * prints what it saw as JSON, a figure a line.
 */

#include "clock.h"
#include "progress.h"
#include "viewers.h"

#include <err.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static const char usage[] =
    "usage: load [OPTION]... http|fastcgi ADDRESS...\n"
    "ADDRESS is IPV4:PORT or unix:PATH; viewers go to several in turn.\n"
    "  --path PATH         of the stream (/)\n"
    "  --clients N         streams to open (1)\n"
    "  --slow N            of them stop reading after the response head\n"
    "  --slow-rcvbuf SIZE  SO_RCVBUF of those\n"
    "  --guests N          of them come and go\n"
    "  --churn RATE        that many a second, all guests together (100)\n"
    "  --gzip              viewers accept gzip\n"
    "  --resume            guests come back with their last event ID\n"
    "  --events N          the end is when every reader has event N, or what\n"
    "                      the publisher says in the progress file\n"
    "  --idle SECONDS      or when nothing has come for so long (10)\n"
    "  --late-ms N         count deliveries that are later than that\n"
    "  --concurrency N     connections being opened at a time (128)\n"
    "  --connect-timeout SECONDS  for all of them (30)\n"
    "  --progress FILE     what publisher and runner look at meanwhile\n"
    "  --hold              keep the streams open at the end until the runner\n"
    "                      says so in the progress file\n"
    "Exit status: 0 all delivered once and in order, 1 not, 2 could not run.\n";

enum { TURN_MS = 20, RESERVED_DESCRIPTORS = 64 };

/* How long an event may come after one that was published after it. */
enum { LATE_NS = 200 * NS_PER_MS };

struct load {
	struct viewers_config config;
	struct viewers viewers;
	struct progress *progress;
	uint64_t events; /* 0: not known yet */
	uint64_t idle_ns;
	uint64_t connect_timeout_ns;
	double churn; /* guests a second */
	bool hold;
	uint64_t start_ns;
	uint64_t ready_ns; /* 0 until all streams are open */
	uint64_t swapped;  /* guests so far */
	unsigned n_short;  /* viewers that did not get all */
};

static struct tally tally;

/* Options. */

enum {
	OPT_CHURN,
	OPT_CLIENTS,
	OPT_CONCURRENCY,
	OPT_CONNECT_TIMEOUT,
	OPT_EVENTS,
	OPT_GUESTS,
	OPT_GZIP,
	OPT_HOLD,
	OPT_IDLE,
	OPT_LATE_MS,
	OPT_PATH,
	OPT_PROGRESS,
	OPT_RESUME,
	OPT_SLOW,
	OPT_SLOW_RCVBUF,
};

static const struct option long_options[] = {
    {"churn", required_argument, NULL, OPT_CHURN},
    {"clients", required_argument, NULL, OPT_CLIENTS},
    {"concurrency", required_argument, NULL, OPT_CONCURRENCY},
    {"connect-timeout", required_argument, NULL, OPT_CONNECT_TIMEOUT},
    {"events", required_argument, NULL, OPT_EVENTS},
    {"gzip", no_argument, NULL, OPT_GZIP},
    {"guests", required_argument, NULL, OPT_GUESTS},
    {"hold", no_argument, NULL, OPT_HOLD},
    {"idle", required_argument, NULL, OPT_IDLE},
    {"late-ms", required_argument, NULL, OPT_LATE_MS},
    {"path", required_argument, NULL, OPT_PATH},
    {"progress", required_argument, NULL, OPT_PROGRESS},
    {"resume", no_argument, NULL, OPT_RESUME},
    {"slow", required_argument, NULL, OPT_SLOW},
    {"slow-rcvbuf", required_argument, NULL, OPT_SLOW_RCVBUF},
    {NULL, 0, NULL, 0},
};

static _Noreturn void
usage_error(void)
{
	fputs(usage, stderr);
	exit(2);
}

static double
number(const char *text)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end || !(value >= 0 && value <= 1e9)) {
		warnx("%s: not a number from 0 to 1e9", text);
		usage_error();
	}
	return value;
}

static void
set_option(struct load *load, int option, const char *value)
{
	struct viewers_config *config = &load->config;

	switch (option) {
	case OPT_CHURN:
		load->churn = number(value);
		break;
	case OPT_CLIENTS:
		config->n = (unsigned)number(value);
		break;
	case OPT_CONCURRENCY:
		config->max_knocking = (unsigned)number(value);
		break;
	case OPT_CONNECT_TIMEOUT:
		load->connect_timeout_ns = (uint64_t)(number(value) * NS_PER_S);
		break;
	case OPT_EVENTS:
		load->events = (uint64_t)number(value);
		break;
	case OPT_GUESTS:
		config->n_guests = (unsigned)number(value);
		break;
	case OPT_GZIP:
		config->gzip = true;
		break;
	case OPT_HOLD:
		load->hold = true;
		break;
	case OPT_IDLE:
		load->idle_ns = (uint64_t)(number(value) * NS_PER_S);
		break;
	case OPT_LATE_MS:
		tally.late_ns = (uint64_t)(number(value) * NS_PER_MS);
		break;
	case OPT_PATH:
		config->path = value;
		break;
	case OPT_PROGRESS:
		load->progress = progress_open(value);
		break;
	case OPT_RESUME:
		config->resume = true;
		break;
	case OPT_SLOW:
		config->n_slow = (unsigned)number(value);
		break;
	case OPT_SLOW_RCVBUF:
		config->slow_receive_buffer = (int)number(value);
		break;
	default:
		usage_error();
	}
}

static void
parse_arguments(struct load *load, int argc, char **argv)
{
	struct viewers_config *config = &load->config;
	int option;

	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		set_option(load, option, optarg);
	if (argc - optind < 2 || argc - optind > 1 + MAX_ADDRESSES)
		usage_error();
	config->fastcgi = strcmp(argv[optind], "fastcgi") == 0;
	if (!config->fastcgi && strcmp(argv[optind], "http") != 0)
		usage_error();
	for (int i = optind + 1; i < argc; i++)
		config->addresses[config->n_addresses++] =
		    address_parse(argv[i]);
	if (config->n == 0 || config->n_slow > config->n ||
	    config->n_guests > config->n ||
	    (config->n_slow > 0 && config->n_guests > 0))
		usage_error();
	if (!load->progress)
		load->progress = progress_open(NULL);
}

static void
raise_descriptor_limit(rlim_t wanted)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= wanted)
		return;
	limit.rlim_cur = wanted;
	if (limit.rlim_max < wanted)
		limit.rlim_max = wanted;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		err(2, "%ju descriptors", (uintmax_t)wanted);
}

/* Running. */

static void
check_ready(struct load *load, uint64_t now)
{
	struct viewers *viewers = &load->viewers;

	if (load->ready_ns > 0)
		return;
	if (now - load->start_ns > load->connect_timeout_ns)
		viewers_give_up(viewers);
	if (viewers->opened + viewers->failed < load->config.n)
		return;
	load->ready_ns = now;
	load->progress->ready = 1;
}

static void
swap_guests(struct load *load, uint64_t now)
{
	double due;

	/* Let them all be there for the end. */
	if (load->config.n_guests == 0 || load->ready_ns == 0 ||
	    load->progress->total > 0)
		return;
	due = (double)(now - load->ready_ns) / NS_PER_S * load->churn;
	for (; (double)load->swapped < due; load->swapped++)
		viewers_swap_guest(&load->viewers);
}

/* What is missing between events that have come may only be late. */
static bool
is_complete(struct load *load, uint64_t now)
{
	if (load->events == 0)
		load->events = load->progress->total;
	if (load->events == 0 || tally.low < load->events)
		return false;
	if (tally.lost > 0 && now - tally.last_ns < LATE_NS)
		return false;
	return !load->config.resume ||
	    viewers_guests_have(&load->viewers, load->events);
}

static bool
is_idle(const struct load *load, uint64_t now)
{
	uint64_t since = load->ready_ns;

	if (tally.last_ns > since)
		since = tally.last_ns;
	return now > since && now - since > load->idle_ns;
}

static void
run(struct load *load)
{
	uint64_t now;

	load->start_ns = now_ns();
	do {
		viewers_turn(&load->viewers, TURN_MS);
		now = now_ns();
		check_ready(load, now);
		swap_guests(load, now);
		load->progress->low = tally.low;
		load->progress->delivered = tally.deliveries;
	} while (load->ready_ns == 0 ||
	    !(is_complete(load, now) || is_idle(load, now) ||
		tally.n_awaited == 0));
	if (load->events > 0)
		load->n_short = viewers_end(&load->viewers, load->events);
	load->progress->done = 1;
	while (load->hold && !load->progress->release)
		sleep_ns(5 * NS_PER_MS);
}

/* The report. */

static void
count(const char *name, uint64_t value)
{
	printf("\"%s\": %ju,\n", name, (uintmax_t)value);
}

static void
seconds(const char *name, uint64_t ns)
{
	printf("\"%s\": %.3f,\n", name, (double)ns / NS_PER_S);
}

static void
per_second(const char *name, uint64_t n, uint64_t ns)
{
	count(name, ns ? (uint64_t)((double)n * NS_PER_S / (double)ns) : 0);
}

static void
report_latency(void)
{
	count("p50_us", tally_quantile_ns(&tally, .5) / 1000);
	count("p90_us", tally_quantile_ns(&tally, .9) / 1000);
	count("p99_us", tally_quantile_ns(&tally, .99) / 1000);
	count("p999_us", tally_quantile_ns(&tally, .999) / 1000);
	count("max_us", tally.latency_max_ns / 1000);
	count("late", tally.late);
}

static void
report(const struct load *load)
{
	const struct viewers *viewers = &load->viewers;
	uint64_t connect_ns = load->ready_ns - load->start_ns;
	uint64_t span_ns = tally.last_ns - tally.first_ns;

	puts("{");
	count("clients", load->config.n);
	count("open", viewers->opened);
	count("failed", viewers->failed);
	seconds("connect_s", connect_ns);
	per_second("connect_per_s", viewers->opened, connect_ns);
	count("deliveries", tally.deliveries);
	seconds("span_s", span_ns);
	per_second("per_s", tally.deliveries, span_ns);
	report_latency();
	count("lost", tally.lost);
	count("dup", tally.dup);
	count("ooo", tally.ooo);
	count("reordered", viewers_count_reordered(viewers));
	count("short", load->n_short);
	count("other", tally.other);
	count("comments", tally.comments);
	count("gzip", tally.n_gzip);
	count("bytes", viewers->bytes);
	count("ended", viewers->ended);
	count("slow", load->config.n_slow);
	count("slow_ended", viewers->slow_ended);
	count("visits", viewers->visits);
	count("max_seq", tally.max_seq);
	printf("\"errno\": %d\n}\n", viewers->first_error);
	if (viewers->failed > 0)
		warnx("%u of %u streams not opened, the first: %s",
		    viewers->failed, load->config.n,
		    strerror(viewers->first_error));
}

int
main(int argc, char **argv)
{
	static struct load load = {
	    .config = {.n = 1, .path = "/", .max_knocking = 128},
	    .idle_ns = 10ULL * NS_PER_S,
	    .connect_timeout_ns = 30ULL * NS_PER_S,
	    .churn = 100,
	};

	parse_arguments(&load, argc, argv);
	raise_descriptor_limit(load.config.n + RESERVED_DESCRIPTORS);
	signal(SIGPIPE, SIG_IGN);
	viewers_init(&load.viewers, &load.config, &tally);
	run(&load);
	report(&load);
	return load.viewers.failed || tally.lost || tally.dup || tally.ooo;
}
