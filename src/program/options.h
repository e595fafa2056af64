/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PROGRAM_OPTIONS_H
#define PIPECAST_PROGRAM_OPTIONS_H

/* The options and sources of the command line and of config files. */

#include "core/digest.h"
#include "core/stream_writer.h"
#include "gateways/gateway.h"
#include "sources/redis_url.h"
#include "sources/source.h"

/* A list of borrowed strings that grows. */
struct string_list {
	const char **items;
	size_t n;
};

/* More addresses of a gateway are refused. */
enum { ADDRESSES_MAX = 16 };

/* An address to listen on, and the row of its option, which has the gateway. */
struct address_option {
	const struct option_row *row;
	const char *text;
};

struct options {
	bool cgi;
	bool share; /* plain CGI: one process for all viewers */
	struct address_option addresses[GATEWAY_KINDS * ADDRESSES_MAX];
	size_t n_addresses;
	struct string_list hosts; /* further names of a loopback listener */
	const char *base_path;    /* where a server has mounted us, or NULL */
	bool check;
	bool quiet;
	bool verbose;

	struct source_spec *sources;
	size_t n_sources;

	uint64_t retry_ms;
	uint64_t heartbeat_ms; /* 0: none */
	uint64_t max_age_ms;   /* 0: never */
	uint64_t patience_ms;
	uint64_t max_clients; /* 0: as many as descriptors allow */
	uint64_t max_streams; /* of those that are made on demand */
	uint64_t linger_ms;   /* of the same, and of a hub, without viewers */
	uint64_t history;
	uint64_t max_event;
	uint64_t spool_size;
	bool keep;
	bool status;
	uint64_t replay; /* UINT64_MAX: all */
	bool replay_is_given;
	const char *gap_event;     /* "": none */
	const char *end_event;     /* "": none */
	const char *viewers_event; /* "": none */
	enum dialect dialect;
	struct string_list origins;
	struct string_list headers;
	const char *page; /* file, NULL for the built-in page */
	bool no_page;
	bool no_gzip;
	bool spool_sync;
	struct redis_url redis;
	uint64_t redis_maxlen;  /* 0: any */
	const char *read_token; /* file of the token to read, or NULL */
	const char *post_token; /* the same to post */
	bool anybody_posts;     /* as --post-token none says */

	struct digest digest; /* of the arguments and the config files */
	struct string_list config_files;

	/* While parsing. */
	struct source_spec description; /* of the sources to come */
	const char *dangling;           /* option that describes none yet */
	char **kept; /* memory that others point into, owned */
	size_t n_kept;
};

enum options_result {
	OPTIONS_RUN,    /* go ahead */
	OPTIONS_DONE,   /* --help or --version was printed */
	OPTIONS_WRONG,  /* the error was logged */
	OPTIONS_FAILED, /* likewise; it is not the user's: a lack of memory */
};

/*
 * Parses the command line and the config files it names.  The strings of argv
 * are borrowed.  The caller must call options_fini in any case.
 */
enum options_result options_parse(
    struct options *options, int argc, char *argv[]);
void options_fini(struct options *options);

/* Adds the item, which is borrowed.  Returns false if there is no memory. */
bool string_list_add(struct string_list *list, const char *item);

/*
 * Takes the memory, to free it with the options.  Returns it, or NULL if there
 * is no memory for that or it was NULL; then it has been freed.
 */
char *options_keep(struct options *options, char *memory);

/*
 * The listener was chosen because no gateway was requested, probably for a
 * person that has just started pipecast and opens its page.  Sets the defaults
 * for that case.
 */
void options_serve_unasked(struct options *options);

/* Whether a source takes posts. */
bool options_take_posts(const struct options *options);

/* Whether standard input is one of the sources. */
bool options_read_standard_input(const struct options *options);

/* Prints the options and sources to standard output, for --check. */
void options_print(const struct options *options);

#endif
