/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_HTTP_REQUEST_H
#define PIPECAST_HTTP_REQUEST_H

/*
 * The parts of a request that pipecast looks at, alike for all gateways.  It is
 * filled from meta-variables (RFC 3875, 4.1), which FastCGI passes as well.
 */

#include "core/event_id.h"
#include "core/text.h"
#include "http/token.h"

/* The longest stream name that is looked up: two of 64 bytes and a slash. */
enum { STREAM_NAME_MAX = 129 };

/* The longest type that a visitor may give an event. */
enum { POSTED_TYPE_MAX = 128 };

/* Longer than the name of any input format. */
enum { FORMAT_NAME_MAX = 16 };

/* What is known of the way that a request came; anybody may claim it. */
struct request_way {
	const char *gateway;  /* set by that, static, or NULL */
	struct span server;   /* the web server's name and version */
	struct span protocol; /* that it, or else the client, has spoken */
	struct span via;      /* proxies that have named themselves */
	bool is_forwarded;    /* by a proxy, for a client of its own */
};

/*
 * The spans are borrowed from the meta-variables; absent if those were not set.
 * *_too_long: the value was longer than any that is looked up.
 */
struct request {
	struct span method;
	struct span origin;
	struct span remote_address;
	struct span accept;
	struct span accept_encoding;
	struct span fetch_site; /* how a browser describes a request that a */
	struct span fetch_mode; /* page makes (Fetch Metadata, 2) */
	struct span fetch_dest;
	struct token_credentials credentials;
	struct request_way way;
	bool over_tls;    /* as far as a server or proxy says so */
	struct span name; /* of the stream, absent for the root stream */
	struct span last_event_id;
	struct span host;       /* with its port, as the client asked for it */
	struct span user;       /* as the web server has authenticated it */
	struct span media_type; /* of the body, with its parameters */
	struct span event_type; /* of events in the body */
	struct span format;     /* the input format of the body */
	uint64_t length;        /* of the body, 0 if unknown */
	bool name_too_long;
	bool last_event_id_too_long;
	bool event_type_too_long;
	bool format_too_long;
	bool non_parsed_header; /* the script's name begins with nph- */
	/* Memory for values decoded from the query string. */
	char name_memory[STREAM_NAME_MAX];
	char last_event_id_memory[EVENT_ID_MAX];
	char event_type_memory[POSTED_TYPE_MAX];
	char format_memory[FORMAT_NAME_MAX];
};

/* Looks a meta-variable up: NUL-terminated, borrowed, or NULL. */
typedef const char *request_lookup(void *ctx, const char *name);

/*
 * Fills the request.  The path behind the base path (http/base_path.h), which
 * may be NULL, names a stream, else the query's source=NAME does.  The
 * Last-Event-ID header resumes, else last_event_id= in the query, whatever its
 * case and with or without "-" and "_": lastEventId=, Last-Event-ID=.  The
 * type of posted events is that of X-EventSource-Event, else event=TYPE in the
 * query, where format=FORMAT also stands.  Without REQUEST_METHOD it is a GET.
 */
void request_from_meta_variables(struct request *request, const char *base_path,
    request_lookup *lookup, void *ctx);

/*
 * Whether a web server passes on a request, with the meta-variables of RFC 3875
 * (4.1); and whether one does at all, even if it passes on only variables that
 * servers add to those, because it was not told to pass on the others.
 */
bool request_is_named(request_lookup *lookup, void *ctx);
bool request_is_there(request_lookup *lookup, void *ctx);

/*
 * Whether an argument of the program may be a word of the query string, which a
 * server may pass on as arguments (RFC 3875, 4.4); then it is the client's and
 * not the owner's.  Servers do so only with a query string without "=".  They
 * differ in how they decode, drop and cut words, so one matching word is
 * enough.
 */
bool request_is_in_arguments(
    request_lookup *lookup, void *ctx, int argc, char *const argv[]);

#endif
