/* SPDX-License-Identifier: MIT */

/* In the order of what happens: connecting, greeting, being away, ending. */

#include "sources/redis_state.h"

#include "loop/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* From one attempt to connect to the next; that grows while none succeeds. */
enum { REDIS_BACKOFF_MIN_MS = 100, REDIS_BACKOFF_MAX_MS = 5000 };

/* After so long, a connection has worked. */
enum { REDIS_STABLE_MS = 1000 };

/* A larger string is read by nobody. */
enum { REDIS_STRING_MAX = 32 << 20 };

/* Being away. */

/* What an error of Redis means; it begins with the word. */
static const struct {
	const char *word;
	bool is_of_key;   /* not of the whole server */
	bool is_of_owner; /* who has to do something */
	const char *what;
} redis_errors[] = {
    {"WRONGTYPE", true, true,
	"the key is there, but it is no stream; choose another or delete it"},
    {"NOPERM", true, true,
	"the user may not; ACL SETUSER has to allow the key, and the commands "
	"XREAD, XRANGE, XREVRANGE, XINFO, XADD and CLIENT"},
    {"OOM", true, true, "Redis has no memory left (maxmemory)"},
    {"NOAUTH", false, true,
	"it wants a password: give it in --redis or in REDISCLI_AUTH"},
    {"WRONGPASS", false, true, "it does not know this user and password"},
    {"ERR invalid password", false, true, "it does not know this password"},
    {"ERR DB index", false, true, "it has no database of this number"},
    {"MOVED", false, true,
	"it is a cluster, and another node of it has the key"},
    {"READONLY", false, false, "it is a replica, and takes no posts"},
    {"LOADING", false, false, "it is still loading its data"},
    {"UNBLOCKED", false, false, "it has become a replica"},
    {"MASTERDOWN", false, false, "it is a replica whose master is away"},
    {"CLUSTERDOWN", false, false, "the cluster is down"},
};

enum { N_REDIS_ERRORS = sizeof(redis_errors) / sizeof(redis_errors[0]) };

static void
redis_hub_log_away(struct redis_hub *hub, const char *why, bool is_of_owner)
{
	char text[REDIS_URL_TEXT_SIZE];
	bool is_news =
	    hub->state != REDIS_AWAY || (is_of_owner && !hub->told_of_refusal);

	hub->told_of_refusal |= is_of_owner;
	if (is_news)
		log_line(is_of_owner ? LOG_ERROR : LOG_WARNING,
		    "Redis at %s: %s; it is tried again until it is there",
		    redis_url_write(hub->context->redis->url, text), why);
}

static void
redis_hub_go_away(struct redis_hub *hub, const char *why, bool is_of_owner)
{
	uint64_t now_ms = loop_now_ms();
	struct link *next;

	redis_hub_log_away(hub, why, is_of_owner);
	hub->trouble = why;
	if (hub->state == REDIS_THERE &&
	    now_ms - hub->since_ms >= REDIS_STABLE_MS)
		hub->backoff_ms = REDIS_BACKOFF_MIN_MS;
	if (hub->state != REDIS_AWAY)
		hub->since_ms = now_ms;
	hub->state = REDIS_AWAY;
	hub->client_id = 0;
	redis_reading_end(hub);
	for (struct link *at = list_first(&hub->sources); at; at = next) {
		next = list_next(&hub->sources, at);
		redis_source_pause(
		    LIST_MEMBER(at, struct redis_source, link), why);
	}
}

static void
redis_hub_break_for(struct redis_hub *hub, const char *why, bool is_of_owner)
{
	redis_hub_go_away(hub, why, is_of_owner);
	redis_connection_break(&hub->reader, why);
	redis_connection_break(&hub->writer, why);
}

void
redis_hub_break(struct redis_hub *hub, const char *why)
{
	redis_hub_break_for(hub, why, false);
}

static bool
redis_error_begins(const char *error, const char *word)
{
	return strncmp(error, word, strlen(word)) == 0;
}

bool
redis_hub_takes_error(
    struct redis_hub *hub, const char *error, const char **what)
{
	size_t i = 0;

	while (i < N_REDIS_ERRORS &&
	    !redis_error_begins(error, redis_errors[i].word))
		i++;
	*what = i < N_REDIS_ERRORS ? redis_errors[i].what
				   : "Redis refuses the command";
	if (i == N_REDIS_ERRORS || redis_errors[i].is_of_key)
		return false;
	redis_hub_break_for(hub, *what, redis_errors[i].is_of_owner);
	return true;
}

/* Connecting. */

static void
redis_hub_connect(void *ctx)
{
	struct redis_hub *hub = ctx;

	redis_connection_open(&hub->reader);
	redis_connection_open(&hub->writer);
}

/* Once both are closed, it is tried again after a while. */
static void
redis_hub_on_broken(void *ctx, const char *why)
{
	struct redis_hub *hub = ctx;
	uint64_t delay_ms = hub->backoff_ms / 2;

	redis_hub_break(hub, why);
	if (hub->reader.state != REDIS_CLOSED ||
	    hub->writer.state != REDIS_CLOSED)
		return;
	delay_ms += jitter_below(&hub->jitter, (uint32_t)hub->backoff_ms / 2);
	hub->backoff_ms *= 2;
	if (hub->backoff_ms > REDIS_BACKOFF_MAX_MS)
		hub->backoff_ms = REDIS_BACKOFF_MAX_MS;
	timer_start(&hub->retry, delay_ms);
}

static void
redis_hub_come_back(struct redis_hub *hub)
{
	uint64_t now_ms = loop_now_ms();
	char text[REDIS_URL_TEXT_SIZE];
	struct link *next;

	if (hub->state == REDIS_AWAY)
		log_line(LOG_WARNING,
		    "Redis at %s: it is there again, after %.1f s",
		    redis_url_write(hub->context->redis->url, text),
		    (double)(now_ms - hub->since_ms) / 1000);
	hub->state = REDIS_THERE;
	hub->since_ms = now_ms;
	hub->told_of_refusal = false;
	for (struct link *at = list_first(&hub->sources); at; at = next) {
		next = list_next(&hub->sources, at);
		redis_source_begin(LIST_MEMBER(at, struct redis_source, link));
	}
	redis_reading_begin(hub);
}

/* Greetings. */

static void
redis_hub_on_greeting(void *ctx, const char *error)
{
	struct redis_hub *hub = ctx;
	const char *what;

	if (error && !redis_hub_takes_error(hub, error, &what) &&
	    !redis_error_begins(error, "NOPERM")) {
		redis_hub_break_for(hub, what, true);
		return;
	}
	if (--hub->n_greetings == 0 && hub->reader.state == REDIS_OPEN &&
	    hub->writer.state == REDIS_OPEN)
		redis_hub_come_back(hub);
}

static void
redis_hub_on_client_id(void *ctx, const struct redis_token *token)
{
	struct redis_hub *hub = ctx;

	if (token->type == REDIS_TOKEN_INTEGER && token->number > 0)
		hub->client_id = (uint64_t)token->number;
}

static void
redis_hub_on_no_greeting(void *ctx)
{
	(void)ctx;
}

static const struct redis_reply_kind redis_greeting = {
    .on_end = redis_hub_on_greeting,
    .on_broken = redis_hub_on_no_greeting,
};

static const struct redis_reply_kind redis_client_id = {
    .on_token = redis_hub_on_client_id,
    .on_end = redis_hub_on_greeting,
    .on_broken = redis_hub_on_no_greeting,
};

static void
redis_hub_greet(struct redis_hub *hub, struct redis_connection *connection,
    const char *const words[], size_t n, const struct redis_reply_kind *kind)
{
	struct redis_command_writer *writer =
	    redis_connection_begin(connection, n);

	for (size_t i = 0; i < n; i++)
		redis_command_text(writer, words[i]);
	hub->n_greetings++;
	redis_connection_end(connection, kind, hub);
}

static void
redis_hub_authenticate(
    struct redis_hub *hub, struct redis_connection *connection)
{
	const struct redis_url *url = hub->context->redis->url;
	const char *environment = getenv("REDISCLI_AUTH");
	const char *password = *url->password ? url->password : environment;

	if (!password || !*password)
		return;
	if (*url->user)
		redis_hub_greet(hub, connection,
		    (const char *[]){"AUTH", url->user, password}, 3,
		    &redis_greeting);
	else
		redis_hub_greet(hub, connection,
		    (const char *[]){"AUTH", password}, 2, &redis_greeting);
}

static void
redis_hub_select(struct redis_hub *hub, struct redis_connection *connection)
{
	struct redis_command_writer *writer;
	unsigned database = hub->context->redis->url->database;

	if (database == 0)
		return;
	writer = redis_connection_begin(connection, 2);
	redis_command_text(writer, "SELECT");
	redis_command_number(writer, database);
	hub->n_greetings++;
	redis_connection_end(connection, &redis_greeting, hub);
}

/* Only once both are open, neither is left with a greeting. */
static void
redis_hub_on_open(void *ctx)
{
	struct redis_hub *hub = ctx;

	if (hub->reader.state != REDIS_OPEN || hub->writer.state != REDIS_OPEN)
		return;
	hub->n_greetings = 0;
	redis_hub_authenticate(hub, &hub->reader);
	redis_hub_authenticate(hub, &hub->writer);
	redis_hub_select(hub, &hub->reader);
	redis_hub_select(hub, &hub->writer);
	redis_hub_greet(hub, &hub->reader, (const char *[]){"CLIENT", "ID"}, 2,
	    &redis_client_id);
	redis_hub_greet(
	    hub, &hub->writer, (const char *[]){"PING"}, 1, &redis_greeting);
}

/* Joining and leaving. */

static int
redis_hub_init_connection(
    struct redis_hub *hub, struct redis_connection *connection)
{
	size_t max = 2 * hub->context->max_event;

	*connection = (struct redis_connection){
	    .loop = hub->context->loop,
	    .url = hub->context->redis->url,
	    .max_string = max > REDIS_STRING_MAX ? max : REDIS_STRING_MAX,
	    .on_open = redis_hub_on_open,
	    .on_broken = redis_hub_on_broken,
	    .ctx = hub,
	};
	return redis_connection_init(connection);
}

static void
redis_hub_destroy(struct redis_hub *hub)
{
	*hub->self = NULL;
	redis_connection_fini(&hub->reader);
	redis_connection_fini(&hub->writer);
	redis_reading_fini(hub);
	timer_fini(&hub->retry);
	buffer_fini(&hub->json);
	free(hub);
}

static struct redis_hub *
redis_hub_create(const struct source_context *context)
{
	struct redis_hub *hub = calloc(1, sizeof(*hub));
	int rc;

	if (!hub)
		return NULL;
	hub->self = context->redis->hub;
	*hub->self = hub;
	hub->context = context;
	hub->backoff_ms = REDIS_BACKOFF_MIN_MS;
	hub->jitter =
	    jitter_from((uint32_t)(loop_now_ms() ^ (uint64_t)getpid() << 12));
	list_init(&hub->sources);
	rc = timer_init(&hub->retry, context->loop, redis_hub_connect, hub);
	if (rc == 0)
		rc = redis_hub_init_connection(hub, &hub->reader);
	if (rc == 0)
		rc = redis_hub_init_connection(hub, &hub->writer);
	if (rc == 0)
		rc = redis_reading_init(hub);
	if (rc < 0) {
		redis_hub_destroy(hub);
		return NULL;
	}
	redis_hub_connect(hub);
	return hub;
}

int
redis_hub_join(struct redis_source *member)
{
	const struct source_context *context = member->source->context;
	struct redis_hub *hub = *context->redis->hub;

	if (!hub)
		hub = redis_hub_create(context);
	if (!hub)
		return -ENOMEM;
	hub->n_references++;
	member->hub = hub;
	list_append(&hub->sources, &member->link);
	return 0;
}

void
redis_hub_leave(struct redis_source *member)
{
	struct redis_hub *hub = member->hub;

	if (!hub)
		return;
	list_remove(&member->link);
	redis_reading_remove(hub, member);
	redis_connection_forget(&hub->reader, member);
	redis_connection_forget(&hub->writer, member);
	member->hub = NULL;
	if (--hub->n_references == 0)
		redis_hub_destroy(hub);
}
