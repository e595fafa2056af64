/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PIPECAT_SETTINGS_H
#define PIPECAST_PIPECAT_SETTINGS_H

/*
 * The command line of pipecat.  Its options are rows of one table, by which the
 * parser and --help go.
 */

#include "pipecat/target.h"

#include <stdint.h>

/* How events are printed. */
enum print_as {
	PRINT_LINES, /* the data of each, as lines */
	PRINT_JSON,  /* an object a line, as pipecast --format json reads it */
	PRINT_SSE,   /* an event stream */
};

struct settings {
	const char *url; /* as it was given */
	struct target target;
	enum print_as print_as;
	const char *event;         /* type to print or to post, NULL: any */
	const char *last_event_id; /* or NULL */
	const char *state;         /* a file, or NULL */
	uint64_t count;            /* of events after which to end, 0: none */
	uint64_t max_event;
	bool keep_trying;
	bool post;
	bool relay;
	bool doctor;
	uint64_t for_ms; /* that the doctor watches the stream; 0: shortly */
	const char *token_file; /* or NULL */
	struct owned token;
	struct owned relayed; /* what pipecast wrote; the lines point into it */
	const char *socket;   /* path of a Unix socket, or NULL */
	const char *proxy;
	const char *cacert;
	bool compressed;
	bool quiet;
	bool verbose;
};

enum settings_result {
	SETTINGS_RUN,    /* go ahead */
	SETTINGS_DONE,   /* --help or --version was printed */
	SETTINGS_WRONG,  /* the error was logged */
	SETTINGS_FAILED, /* likewise, a lack of memory */
};

/*
 * Parses the command line, whose strings are borrowed, reads the token, and
 * with --relay what pipecast writes to standard input.  The caller must call
 * settings_fini in any case.
 */
enum settings_result settings_parse(
    struct settings *settings, int argc, char *argv[]);
void settings_fini(struct settings *settings);

#endif
