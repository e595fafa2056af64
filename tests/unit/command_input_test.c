/* SPDX-License-Identifier: MIT */

/* What is posted to a command, on its way into a pipe. */

#include "sources/command_input.h"

#include "loop/descriptor.h"

#include "helpers.h"

#include <errno.h>
#include <unistd.h>

enum { MAX_POSTS = 100 };

static struct loop *loop;
static struct source_context context;
static struct source_spec spec;
static struct source source;
static struct command_input input;
static int reader;
static unsigned n_rooms;

/* A post, and what it was told. */
struct told_post {
	struct source_post base;
	bool is_told;
	int error;
};

static struct told_post posts[MAX_POSTS];

static void
on_published(struct source_post *base, int error, struct span id)
{
	struct told_post *post = LIST_MEMBER(base, struct told_post, base);

	cr_assert_not(post->is_told);
	cr_assert_null(id.bytes);
	post->is_told = true;
	post->error = error;
}

static void
on_room(void *ctx)
{
	(void)ctx;
	n_rooms++;
}

static void
start(void)
{
	int ends[2];

	cr_assert_eq(loop_create(&loop), 0);
	context.loop = loop;
	spec = source_spec_default;
	spec.text = "exec:test";
	source = (struct source){.spec = &spec,
	    .context = &context,
	    .listener = {.on_room = on_room}};
	cr_assert_eq(descriptor_pipe(ends), 0);
	descriptor_set_nonblocking(ends[0]);
	descriptor_set_nonblocking(ends[1]);
	reader = ends[0];
	cr_assert_eq(command_input_init(&input, &source, ends[1]), 0);
}

static void
end(void)
{
	command_input_fini(&input);
	command_input_fini(&input);
	source_fini(&source);
	descriptor_close(&reader);
	loop_destroy(loop);
}

TestSuite(command_input, .init = start, .fini = end);

static void
publish(size_t i, struct span data)
{
	struct event event = EVENT_NONE;
	char *copy = copy_of(data);

	event.data = (struct span){copy, data.n};
	posts[i] = (struct told_post){.base.on_published = on_published};
	list_init(&posts[i].base.tickets);
	cr_assert_eq(command_input_publish(&input, &event, &posts[i].base), 0);
	free(copy);
}

static void
stop_loop(void *ctx)
{
	(void)ctx;
	loop_stop(loop);
}

/* One turn, with what is ready. */
static void
turn(void)
{
	struct timer timer;

	cr_assert_eq(timer_init(&timer, loop, stop_loop, NULL), 0);
	timer_start(&timer, 0);
	cr_assert_eq(loop_run(loop), 0);
	timer_fini(&timer);
}

/* What is in the pipe now. */
static size_t
read_some(struct bytes *to)
{
	char bytes[4096];
	ssize_t n = descriptor_read(reader, bytes, sizeof(bytes));

	if (n > 0)
		bytes_put(to, bytes, (size_t)n);
	return n > 0 ? (size_t)n : 0;
}

Test(command_input, has_written_all_of_a_turn_at_its_end)
{
	struct bytes got = {0};

	publish(0, LITERAL("a"));
	publish(1, LITERAL(""));
	publish(2, LITERAL("bc"));
	cr_assert_not(posts[0].is_told);
	turn();
	for (size_t i = 0; i < 3; i++)
		cr_assert(posts[i].is_told && posts[i].error == 0);
	read_some(&got);
	assert_span(bytes_span(&got), LITERAL("a\n\nbc\n"));
	bytes_free(&got);
}

/* Each of so many bytes, of its own letter. */
static void
publish_letters(size_t from, size_t to, size_t size)
{
	for (size_t i = from; i < to; i++) {
		char *data = malloc(size);

		memset(data, 'a' + (int)i % 26, size);
		publish(i, (struct span){data, size});
		free(data);
	}
}

static void
check_letters(struct span got, const bool *is_wanted, size_t n, size_t size)
{
	for (size_t i = 0; i < n; i++) {
		if (!is_wanted[i])
			continue;
		cr_assert_geq(got.n, size + 1);
		for (size_t k = 0; k < size; k++)
			cr_assert_eq(got.bytes[k], 'a' + (int)i % 26);
		cr_assert_eq(got.bytes[size], '\n');
		span_take(&got, size + 1);
	}
	cr_assert_eq(got.n, 0);
}

Test(command_input, takes_up_to_its_limit_and_loses_only_what_was_given_up)
{
	enum { SIZE = 9000 };
	struct bytes got = {0};
	bool is_wanted[MAX_POSTS];
	size_t n = 0, n_told = 0;

	while (command_input_has_room(&input)) {
		publish_letters(n, n + 1, SIZE);
		is_wanted[n++] = true;
		turn();
	}
	cr_assert_leq(input.n, COMMAND_INPUT_BYTES + SIZE + 100);
	while (posts[n_told].is_told)
		n_told++;
	/* The first of those that wait is begun. */
	cr_assert_gt(input.n_begun, 0);
	for (size_t i = n_told; i < n; i += 2) {
		source_post_give_up(&posts[i].base);
		is_wanted[i] = i == n_told;
	}
	while (read_some(&got) > 0 || input.n > 0)
		turn();
	check_letters(bytes_span(&got), is_wanted, n, SIZE);
	for (size_t i = n_told; i < n; i++)
		cr_assert_eq(posts[i].is_told, (i - n_told) % 2 == 1);
	cr_assert_eq(n_rooms, 1);
	bytes_free(&got);
}

Test(command_input, forgets_all_of_a_post_after_one_that_fails)
{
	enum { SIZE = COMMAND_INPUT_BYTES + 1000, N = 3 };
	struct event event = EVENT_NONE;
	char *data = malloc(SIZE);

	memset(data, 'x', SIZE);
	event.data = (struct span){data, SIZE};
	posts[0] = (struct told_post){.base.on_published = on_published};
	list_init(&posts[0].base.tickets);
	for (size_t i = 0; i < N; i++)
		cr_assert_eq(
		    command_input_publish(&input, &event, &posts[0].base), 0);
	free(data);
	turn();
	cr_assert_not(posts[0].is_told);
	command_input_fini(&input);
	/* Once, of the first. */
	cr_assert_eq(posts[0].error, -ESHUTDOWN);
	cr_assert(list_is_empty(&posts[0].base.tickets));
}

Test(command_input, tells_what_waits_when_it_ends)
{
	publish_letters(0, 2, COMMAND_INPUT_BYTES);
	turn();
	cr_assert_not(posts[0].is_told || posts[1].is_told);
	command_input_fini(&input);
	cr_assert_eq(posts[0].error, -ESHUTDOWN);
	cr_assert_eq(posts[1].error, -ESHUTDOWN);
	cr_assert_null(posts[0].base.why);
}
