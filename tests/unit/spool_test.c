/* SPDX-License-Identifier: MIT */

/* A spool that is followed while it is written to. */

#include "sources/source.h"

#include "spool_helpers.h"

#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>

enum { MAX_EVENT = 100000, DEADLINE_MS = 30000 };

/* The source, and what it has handed up. */
static struct loop *loop;
static struct path_notifier notifier;
static struct place_key key;
static struct source_context context;
static struct source_spec spec;
static struct source source;
static char spool_text[100];

static struct bytes got; /* a line for each event: ID DATA */
static unsigned n_got, n_wanted, n_losses, n_rooms, n_wanted_rooms;
static void (*on_got)(void);
static bool pauses; /* after each event */

static bool
on_event(void *ctx, const struct event *event, struct span position,
    struct source_post *post)
{
	struct span id = event->id.bytes ? event->id : position;

	(void)ctx;
	(void)post;
	if (!event->data.bytes)
		return true;
	sink_span(bytes_sink(&got), id);
	sink_text(bytes_sink(&got), " ");
	sink_span(bytes_sink(&got), event->data);
	sink_text(bytes_sink(&got), "\n");
	n_got++;
	if (on_got)
		on_got();
	if (n_got == n_wanted)
		loop_stop(loop);
	return !pauses;
}

static void
on_loss(void *ctx, uint64_t n)
{
	(void)ctx;
	(void)n;
	n_losses++;
}

static void
on_room(void *ctx)
{
	(void)ctx;
	if (++n_rooms == n_wanted_rooms)
		loop_stop(loop);
}

static void
on_stopped(void *ctx)
{
	(void)ctx;
}

static const struct source_listener listener = {.on_event = on_event,
    .on_loss = on_loss,
    .on_room = on_room,
    .on_stopped = on_stopped};

static void
start(const char *last_event_id)
{
	const struct source_begin begin = {
	    .last_event_id = span_of(last_event_id),
	    .only_at_id = last_event_id != NULL,
	};

	cr_assert_eq(
	    source_start(&source, &spec, &context, &listener, &begin), 0);
}

static void
open_source(void)
{
	open_folder();
	snprintf(spool_text, sizeof(spool_text), "spool:%s", path);
	cr_assert_eq(loop_create(&loop), 0);
	path_notifier_init(&notifier, loop);
	place_key_init(&key, LITERAL("a secret"));
	context = (struct source_context){
	    .loop = loop,
	    .notifier = &notifier,
	    .place_key = &key,
	    .max_event = MAX_EVENT,
	    .history = 1 << 20,
	    .spool_size = 16 << 20,
	};
	spec = source_spec_default;
	spec.post = true;
	cr_assert_null(source_spec_parse(&spec, spool_text));
}

static void
close_source(void)
{
	source_fini(&source);
	path_notifier_fini(&notifier);
	loop_destroy(loop);
	bytes_free(&got);
	remove_folder();
}

TestSuite(spool, .init = open_source, .fini = close_source);

/* Whether an event with that data has come. */
static bool
has_got(struct span data)
{
	for (size_t i = 0; i + data.n + 2 <= got.n; i++)
		if (got.at[i] == ' ' && got.at[i + 1 + data.n] == '\n' &&
		    memcmp(got.at + i + 1, data.bytes, data.n) == 0)
			return true;
	return false;
}

static void
stop_loop(void *ctx)
{
	(void)ctx;
	loop_stop(loop);
}

static void
run_at_most(uint64_t ms)
{
	struct timer timer;

	cr_assert_eq(timer_init(&timer, loop, stop_loop, NULL), 0);
	timer_start(&timer, ms);
	cr_assert_eq(loop_run(loop), 0);
	timer_fini(&timer);
}

/* Runs until so many events have come, in all. */
static void
await(unsigned n)
{
	n_wanted = n;
	if (n_got < n)
		run_at_most(DEADLINE_MS);
	cr_assert_eq(n_got, n);
	cr_assert_eq(n_losses, 0);
}

static void
forget(void)
{
	got.n = 0;
	n_got = 0;
}

Test(spool, gives_each_event_the_id_that_its_writer_gave_it)
{
	struct bytes wanted = {0};
	struct spool_append done;
	unsigned n = 0;

	start(NULL);
	for (size_t size = 1; size < 6000; size += 150) {
		char data[6000], block[6100], id[EVENT_ID_SIZE];
		size_t n_block, n_last = n > 0 ? 12 : 0;

		memset(data, 'a' + (int)(size % 26), size);
		n_block =
		    (size_t)snprintf(block, sizeof(block), "%sdata: %.*s\n\n",
			n_last ? "data: last\n\n" : "", (int)size, data);
		cr_assert_eq(append((struct span){block, n_block}, &done), 0);
		if (n_last) {
			sink_span(bytes_sink(&wanted),
			    spool_append_id(&done, &key,
				(struct span){block, n_block}, n_last, id));
			sink_text(bytes_sink(&wanted), " last\n");
			n++;
		}
		sink_span(bytes_sink(&wanted),
		    spool_append_id(&done, &key, (struct span){block, n_block},
			n_block, id));
		sink_text(bytes_sink(&wanted), " ");
		bytes_put(&wanted, data, size);
		sink_text(bytes_sink(&wanted), "\n");
		n++;
	}
	await(n);
	assert_span(bytes_span(&got), bytes_span(&wanted));
	bytes_free(&wanted);
}

Test(spool, has_a_place_for_each_event_that_comes_again_and_again)
{
	struct span block = LITERAL("data: tick\n\n");
	struct spool_append done;
	char id[EVENT_ID_SIZE], last[EVENT_ID_SIZE] = "", middle[EVENT_ID_SIZE];

	start(NULL);
	for (unsigned i = 0; i < 1000; i++) {
		struct span place;

		cr_assert_eq(append(block, &done), 0);
		place = spool_append_id(&done, &key, block, block.n, id);
		await(i + 1);
		assert_span(((struct span){got.at, place.n}), place);
		cr_assert_str_neq(id, last);
		strcpy(last, id);
		if (i == 499)
			strcpy(middle, id);
		got.n = 0;
	}
	source_fini(&source);
	forget();
	start(middle);
	await(500);
}

Test(spool, keeps_an_id_to_its_own_event)
{
	start(NULL);
	append_raw(LITERAL("id: 7\ndata: a\n\n"));
	append_raw(LITERAL("data: b\n\n"));
	await(2);
	cr_assert_eq(memcmp(got.at, "7 a\nf-", 6), 0);
}

Test(spool, is_published_to_by_a_script)
{
	char command[300];

	start(NULL);
	snprintf(command, sizeof(command),
	    "printf 'event: x\\ndata: hi\\n\\n' >>%s; "
	    "echo 'data: two' >>%s; echo >>%s",
	    path, path, path);
	cr_assert_eq(system(command), 0);
	await(2);
	cr_assert(has_got(LITERAL("two")));
}

Test(spool, delivers_no_unfinished_event_and_goes_on_after_it)
{
	static const struct span torn = {
	    "id: 7\nevent: move\ndata: a\ndata: b\n\n", 35};
	static const struct span long_one = {
	    "data: an event that is longer than what was cut off\n\n", 53};
	static const struct span ones[] = {
	    {"data: c\n\n", 9}, {"data: cccccccccccccccc\n\n", 24}};

	start(NULL);
	for (size_t cut = 1; cut < torn.n; cut++) {
		for (unsigned look = 0; look < 6; look++) {
			struct span next = long_one;

			forget();
			if (look / 2 < LENGTH(ones))
				next = ones[look / 2];
			append_raw((struct span){torn.bytes, cut});
			/* The reader has seen it before it was cut off. */
			if (look % 2) {
				run_at_most(1);
				cr_assert_eq(n_got, 0);
			}
			let_time_pass();
			cr_assert_eq(append_once(next.bytes), 0);
			await(1);
			cr_assert(
			    has_got((struct span){next.bytes + 6, next.n - 8}));
			cr_assert_neq(*got.at, '7');
		}
	}
}

Test(spool, waits_until_more_is_wanted)
{
	pauses = true;
	start(NULL);
	append_raw(LITERAL("data: one\n\ndata: two\n\n"));
	await(1);
	run_at_most(20);
	cr_assert_eq(n_got, 1);
	cr_assert(source_resume(&source));
	cr_assert_eq(n_got, 2); /* at once, not when it looks next */
}

/* As much as was cut off, so that the file has the same size as before. */
Test(spool, delivers_an_event_of_the_size_of_what_was_cut_off)
{
	start(NULL);
	append_raw(LITERAL("data: one\n\ndata: unfinish"));
	await(1);
	run_at_most(20);
	let_time_pass();
	cr_assert_eq(append_once("data: abcdef\n\n"), 0);
	await(2);
	cr_assert(has_got(LITERAL("abcdef")));
}

Test(spool, is_resumed_where_its_writer_said_across_a_rotation)
{
	struct spool_append done;
	struct span block = LITERAL("data: two\n\n"), id;
	char memory[EVENT_ID_SIZE];

	spool.max_size = 25;
	cr_assert_eq(append_once("data: one\n\n"), 0);
	cr_assert_eq(append(block, &done), 0);
	id = spool_append_id(&done, &key, block, block.n, memory);
	cr_assert_eq(append_once("data: three\n\n"), 0);
	start(id.bytes);
	await(1);
	cr_assert(has_got(LITERAL("three")));
	cr_assert_eq(append_once("data: four\n\n"), 0);
	cr_assert_eq(append_once("data: five\n\n"), 0);
	await(3);
}

Test(spool, that_was_rotated_has_its_past_in_both_files)
{
	const struct source_begin begin = {.replay = 10};

	spool.max_size = 25;
	cr_assert_eq(append_once("data: one\n\n"), 0);
	cr_assert_eq(append_once("data: two\n\n"), 0);
	cr_assert_eq(append_once("data: three\n\n"), 0);
	context.past_until_ms = UINT64_MAX;
	cr_assert_eq(
	    source_start(&source, &spec, &context, &listener, &begin), 0);
	cr_assert_eq(n_got, 3);
	cr_assert_not(source.reads_past);
	cr_assert(has_got(LITERAL("one")));
	cr_assert_eq(append_once("data: four\n\n"), 0);
	cr_assert_eq(append_once("data: five\n\n"), 0);
	await(5);
}

Test(spool, of_which_the_past_is_wanted_in_part_begins_in_the_older_file)
{
	const struct source_begin begin = {.replay = 10};

	spool.max_size = 25;
	context.history = 30;
	cr_assert_eq(append_once("data: one\n\n"), 0);
	cr_assert_eq(append_once("data: two\n\n"), 0);
	cr_assert_eq(append_once("data: three\n\n"), 0);
	context.past_until_ms = UINT64_MAX;
	cr_assert_eq(
	    source_start(&source, &spec, &context, &listener, &begin), 0);
	cr_assert_eq(n_got, 2);
	cr_assert_not(has_got(LITERAL("one")));
	cr_assert(has_got(LITERAL("two")));
}

Test(spool, that_is_read_only_is_read)
{
	append_raw(LITERAL("data: one\n\n"));
	cr_assert_eq(chmod(folder, 0555), 0);
	cr_assert_eq(chmod(path, 0444), 0);
	if (geteuid() == 0)
		cr_assert_eq(seteuid(65534), 0);
	start(NULL);
	await(1);
	cr_assert_eq(seteuid(getuid()), 0);
}

/*
 * Under load.  Writers wait for the reader now and then, so that it is at most
 * one file behind.
 */

enum { N_WRITERS = 3, N_BURSTS = 60, BURST = 20 };

static int tokens[2];

static void
write_bursts(unsigned writer)
{
	char block[400];
	struct spool_append done;

	for (unsigned i = 0; i < N_BURSTS * BURST; i++) {
		char token;
		int n = snprintf(block, sizeof(block), "data: %u %u%*s\n\n",
		    writer, i, (int)(i % 9 * 30), "");

		if (i % BURST == 0 && read(tokens[0], &token, 1) != 1)
			_exit(1);
		if (append((struct span){block, (size_t)n}, &done) < 0)
			_exit(1);
	}
	_exit(0);
}

/* A token for each burst that was read. */
static void
give_tokens(void)
{
	if (n_got % BURST == 0)
		cr_assert_eq(write(tokens[1], "", 1), 1);
}

Test(spool, is_rotated_under_load_without_a_loss)
{
	unsigned next[N_WRITERS] = {0};
	const char *at;

	spool.max_size = 3 * 2 * BURST * 300;
	start(NULL);
	cr_assert_eq(pipe(tokens), 0);
	for (unsigned i = 0; i < N_WRITERS; i++)
		if (fork() == 0)
			write_bursts(i);
	on_got = give_tokens;
	cr_assert_eq(write(tokens[1], "\0\0\0\0\0", 5), 5);
	await(N_WRITERS * N_BURSTS * BURST);
	bytes_put(&got, "", 1);
	at = got.at;
	while (*at) {
		unsigned writer, number;

		cr_assert_eq(sscanf(at, "%*s %u %u", &writer, &number), 2);
		cr_assert_eq(number, next[writer]++);
		at = strchr(at, '\n') + 1;
	}
	for (unsigned i = 0; i < N_WRITERS; i++) {
		int status;

		cr_assert_gt(wait(&status), 0);
		cr_assert_eq(status, 0);
		cr_assert_eq(next[i], N_BURSTS * BURST);
	}
	cr_assert_eq(access(older, F_OK), 0);
}

/* Publishing. */

/* A post, and what became of it. */
struct sent {
	struct source_post post;
	bool is_told;
	int error;
	char id[EVENT_ID_SIZE];
};

static unsigned n_told, n_to_be_told;

static void
on_published(struct source_post *post, int error, struct span id)
{
	struct sent *sent = LIST_MEMBER(post, struct sent, post);

	cr_assert_not(sent->is_told);
	cr_assert(list_is_empty(&post->tickets));
	sent->is_told = true;
	sent->error = error;
	cr_assert_lt(id.n, sizeof(sent->id));
	if (id.n > 0)
		memcpy(sent->id, id.bytes, id.n);
	if (++n_told == n_to_be_told)
		loop_stop(loop);
}

static int
publish(struct sent *sent, const char *id, const char *data)
{
	struct event event = EVENT_NONE;

	event.id = span_of(id);
	event.data = span_of(data);
	*sent = (struct sent){.post.on_published = on_published};
	list_init(&sent->post.tickets);
	return source_publish(&source, &event, &sent->post);
}

static void
await_told(unsigned n)
{
	n_to_be_told = n_told + n;
	run_at_most(DEADLINE_MS);
	cr_assert_eq(n_told, n_to_be_told);
	n_to_be_told = 0;
}

static void
await_room(void)
{
	n_wanted_rooms = n_rooms + 1;
	run_at_most(DEADLINE_MS);
	cr_assert_eq(n_rooms, n_wanted_rooms);
}

static void
check_sent(const struct sent *sent, int error, const char *data)
{
	struct bytes line = {0};
	struct span all = bytes_span(&got);

	cr_assert(sent->is_told);
	cr_assert_eq(sent->error, error, "%d", sent->error);
	if (error < 0)
		return;
	sink_text(bytes_sink(&line), sent->id);
	sink_text(bytes_sink(&line), " ");
	sink_text(bytes_sink(&line), data);
	sink_text(bytes_sink(&line), "\n");
	cr_assert_geq(all.n, line.n);
	assert_span(((struct span){all.bytes, line.n}), bytes_span(&line));
	got.n -= line.n;
	memmove(got.at, got.at + line.n, got.n);
	bytes_free(&line);
}

Test(spool, publishes_under_the_id_that_viewers_get)
{
	struct sent sent[4];

	start(NULL);
	cr_assert_eq(publish(&sent[0], NULL, "one"), 0);
	cr_assert_eq(publish(&sent[1], "an id", "two"), 0);
	cr_assert_eq(publish(&sent[2], "", "three"), 0);
	cr_assert_eq(publish(&sent[3], "s-of-1", "four"), 0);
	cr_assert_eq(n_told, 0);
	await_told(4);
	await(4);
	check_sent(&sent[0], 0, "one");
	cr_assert_str_eq(sent[1].id, "an id");
	check_sent(&sent[1], 0, "two");
	cr_assert_str_eq(sent[2].id, "");
	check_sent(&sent[2], 0, "three");
	cr_assert_str_neq(sent[3].id, "s-of-1");
	check_sent(&sent[3], 0, "four");
}

Test(spool, publishes_the_same_event_several_times_in_a_turn)
{
	struct sent sent[4];

	start(NULL);
	for (size_t i = 0; i < LENGTH(sent); i++)
		cr_assert_eq(publish(&sent[i], NULL, "tick"), 0);
	await_told(4);
	await(4);
	for (size_t i = 0; i < LENGTH(sent); i++) {
		cr_assert_eq(memcmp(sent[i].id, "f-", 2), 0);
		check_sent(&sent[i], 0, "tick");
	}
	cr_assert_eq(publish(&sent[0], NULL, "tick"), 0);
	await_told(1);
	await(5);
	check_sent(&sent[0], 0, "tick");
}

Test(spool, keeps_a_comment_as_a_block)
{
	struct sent sent[2];
	struct event event = EVENT_NONE;

	start(NULL);
	publish(&sent[1], NULL, "");
	event.comment = LITERAL("hello");
	sent[0] = (struct sent){.post.on_published = on_published};
	list_init(&sent[0].post.tickets);
	cr_assert_eq(source_publish(&source, &event, &sent[0].post), 0);
	await_told(2);
	cr_assert_eq(sent[0].error, 0);
	assert_file(path, LITERAL("data:\n\n: hello\n\n"));
}

Test(spool, tells_nothing_to_a_post_that_was_given_up)
{
	struct sent sent[2];

	start(NULL);
	cr_assert_eq(publish(&sent[0], NULL, "one"), 0);
	cr_assert_eq(publish(&sent[1], NULL, "two"), 0);
	source_post_give_up(&sent[0].post);
	await_told(1);
	await(2);
	cr_assert_not(sent[0].is_told);
	cr_assert(has_got(LITERAL("one")));
}

/* A post of many events, and what it was told. */
struct sent_many {
	struct source_post post;
	unsigned n_told;
	int error;
	size_t n_id; /* of the last */
};

static void
on_one_published(struct source_post *post, int error, struct span id)
{
	struct sent_many *many = LIST_MEMBER(post, struct sent_many, post);

	cr_assert_eq(many->error, 0);
	many->error = error;
	many->n_id = id.n;
	many->n_told++;
	if (error < 0 || list_is_empty(&post->tickets))
		loop_stop(loop);
}

static void
publish_many(struct sent_many *many, const char *const *data, size_t n)
{
	struct event event = EVENT_NONE;

	*many = (struct sent_many){.post.on_published = on_one_published};
	list_init(&many->post.tickets);
	for (size_t i = 0; i < n; i++) {
		event.data = span_of(data[i]);
		cr_assert_eq(source_publish(&source, &event, &many->post), 0);
	}
}

static const char *const four[] = {"one", "two", "three", "four"};

Test(spool, takes_many_events_of_a_post_in_a_turn)
{
	struct sent_many many;

	start(NULL);
	publish_many(&many, four, LENGTH(four));
	run_at_most(DEADLINE_MS);
	cr_assert_eq(many.n_told, 4);
	cr_assert_eq(many.error, 0);
	cr_assert_gt(many.n_id, 0);
	await(4);
}

Test(spool, tells_a_post_of_many_of_the_first_that_did_not_fit)
{
	struct rlimit limit = {25, RLIM_INFINITY};
	struct sent_many many;

	start(NULL);
	signal(SIGXFSZ, SIG_IGN);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	publish_many(&many, four, LENGTH(four));
	run_at_most(DEADLINE_MS);
	limit.rlim_cur = RLIM_INFINITY;
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	cr_assert_eq(many.n_told, 3);
	cr_assert_eq(many.error, -EFBIG);
	cr_assert(list_is_empty(&many.post.tickets));
	assert_file(path, LITERAL("data: one\n\ndata: two\n\n"));
}

static int lock = -1;

static void
lock_it(void)
{
	lock = open(path, O_RDONLY);
	cr_assert_eq(flock(lock, LOCK_EX), 0);
}

/* Moves the clock of the spool on. */
static uint64_t later_ms;

uint64_t __real_loop_now_ms(void);
uint64_t __wrap_loop_now_ms(void);

uint64_t
__wrap_loop_now_ms(void)
{
	return __real_loop_now_ms() + later_ms;
}

Test(spool, publishes_once_another_writer_is_done)
{
	struct sent sent[2];

	start(NULL);
	lock_it();
	cr_assert_eq(publish(&sent[0], NULL, "one"), 0);
	run_at_most(20);
	cr_assert_not(sent[0].is_told);
	cr_assert_eq(publish(&sent[1], NULL, "two"), 0);
	close(lock);
	await_told(2);
	await(2);
	check_sent(&sent[0], 0, "one");
	check_sent(&sent[1], 0, "two");
}

Test(spool, publishes_no_more_after_a_while_with_the_lock)
{
	struct sent sent;

	start(NULL);
	lock_it();
	cr_assert_eq(publish(&sent, NULL, "one"), 0);
	run_at_most(20);
	later_ms = 10000;
	await_told(1);
	check_sent(&sent, -EAGAIN, "");
	close(lock);
	cr_assert_eq(publish(&sent, NULL, "two"), 0);
	await_told(1);
	assert_file(path, LITERAL("data: two\n\n"));
}

Test(spool, publishes_what_waits_when_it_is_stopped)
{
	struct sent sent[2];

	start(NULL);
	cr_assert_eq(publish(&sent[0], NULL, "one"), 0);
	source_stop(&source);
	cr_assert_eq(sent[0].error, 0);
	assert_file(path, LITERAL("data: one\n\n"));
	lock_it();
	cr_assert_eq(publish(&sent[1], NULL, "two"), 0);
	source_stop(&source);
	check_sent(&sent[1], -ESHUTDOWN, "");
	assert_file(path, LITERAL("data: one\n\n"));
	close(lock);
}

Test(spool, that_is_freed_writes_nothing_any_more)
{
	struct sent sent;

	start(NULL);
	cr_assert_eq(publish(&sent, NULL, "one"), 0);
	source_fini(&source);
	check_sent(&sent, -ESHUTDOWN, "");
	run_at_most(1);
	assert_file(path, LITERAL(""));
}

Test(spool, publishes_what_fits_on_the_disk)
{
	struct rlimit limit = {25, RLIM_INFINITY};
	struct sent sent[3];

	start(NULL);
	signal(SIGXFSZ, SIG_IGN);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	cr_assert_eq(publish(&sent[0], NULL, "one"), 0);
	cr_assert_eq(publish(&sent[1], NULL, "two"), 0);
	cr_assert_eq(publish(&sent[2], NULL, "three"), 0);
	await_told(3);
	limit.rlim_cur = RLIM_INFINITY;
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	await(2);
	check_sent(&sent[0], 0, "one");
	check_sent(&sent[1], 0, "two");
	check_sent(&sent[2], -EFBIG, "");
	cr_assert_eq(publish(&sent[2], NULL, "three"), 0);
	await_told(1);
	await(3);
	check_sent(&sent[2], 0, "three");
}

Test(spool, takes_no_more_than_it_can_hold_until_it_has_written)
{
	static char data[100001];
	struct sent sent[10];
	unsigned n = 0;

	memset(data, 'x', sizeof(data) - 1);
	start(NULL);
	while (source_has_room(&source) && n < LENGTH(sent))
		cr_assert_eq(publish(&sent[n++], NULL, data), 0);
	cr_assert_eq(n, 3);
	cr_assert_eq(publish(&sent[n], NULL, data), -EAGAIN);
	cr_assert_eq(n_rooms, 0);
	await_told(3);
	await_room();
	cr_assert(source_has_room(&source));
}

/* Half a file: a second rotation would lose the rest of it for viewers. */
Test(spool, takes_no_more_than_half_a_file_that_was_not_read)
{
	static char data[3001];
	struct sent sent;

	memset(data, 'x', sizeof(data) - 1);
	context.spool_size = 4096;
	start(NULL);
	cr_assert_eq(publish(&sent, NULL, data), 0);
	cr_assert_not(source_has_room(&source));
	await_told(1);
	cr_assert_not(source_has_room(&source));
	cr_assert_eq(n_rooms, 0);
	await_room();
	cr_assert(source_has_room(&source));
	cr_assert_eq(n_got, 1);
}

Test(spool, takes_no_posts_without_being_told_to)
{
	struct sent sent;

	spec.post = false;
	start(NULL);
	cr_assert_eq(publish(&sent, NULL, "one"), -ENOTSUP);
}
