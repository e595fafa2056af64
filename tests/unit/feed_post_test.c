/* SPDX-License-Identifier: MIT */

/* Events that visitors send into streams of memory: sources. */

#include "program_viewer.h"

static const char *const one[] = {NULL};
static const char *const two[] = {"a", "b"};

/* A visitor that sends events, and what it was told. */
struct visitor {
	struct feed_post post;
	const char *data; /* of each event */
	unsigned n_to_go; /* events that it still wants to send */
	unsigned n_room;  /* how often it was told of room */
	unsigned n_told;
	int error;
	char id[EVENT_ID_SIZE];
};

static void
on_published(struct source_post *post, int error, struct span id)
{
	struct visitor *visitor = LIST_MEMBER(post, struct visitor, post.base);

	visitor->n_told++;
	visitor->error = error;
	cr_assert_lt(id.n, sizeof(visitor->id));
	memset(visitor->id, 0, sizeof(visitor->id));
	if (id.n > 0)
		memcpy(visitor->id, id.bytes, id.n);
}

static int
publish(struct visitor *visitor)
{
	struct event event = EVENT_NONE;

	event.data = span_of(visitor->data);
	return feed_post_publish(&visitor->post, &event);
}

/* Sends events as long as there is room, then waits for more. */
static void
go_on(struct feed_post *post)
{
	struct visitor *visitor = LIST_MEMBER(post, struct visitor, post);

	visitor->n_room++;
	while (visitor->n_to_go > 0 && feed_post_has_room(post)) {
		if (publish(visitor) < 0)
			return;
		visitor->n_to_go--;
	}
	if (visitor->n_to_go > 0)
		feed_post_await_room(post);
}

static struct visitor
visitor_of(const char *name, const char *data)
{
	return (struct visitor){
	    .data = data,
	    .post =
		{
		    .base = {.on_published = on_published},
		    .stream = registry_find(&streams.registry, span_of(name)),
		    .on_room = go_on,
		},
	};
}

/* The visitor has its place in memory from here on. */
static void
settle(struct visitor *visitor)
{
	feed_post_init(&visitor->post);
}

static void
start_memory(const char *const *names, size_t n)
{
	kind_of_sources = &source_memory;
	start_streams(names, n);
}

Test(feed_post, post_is_told_the_id_in_the_stream_that_it_went_to)
{
	struct visitor visitor;
	char id[EVENT_ID_SIZE];

	start_memory(two, 2);
	visitor = visitor_of("b", "x");
	settle(&visitor);
	cr_assert_eq(publish(&visitor), 0);
	visitor = visitor_of("a", "1");
	settle(&visitor);
	cr_assert_eq(publish(&visitor), 0);
	cr_assert_eq(visitor.n_told, 1);
	cr_assert_eq(visitor.error, 0);
	assert_span(span_of(visitor.id), id_in("a", 1, id));
	end_streams();
}

Test(feed_post, event_goes_to_all_viewers_with_the_name_as_its_type)
{
	struct visitor visitor;
	struct viewer root, a, b;
	struct bytes wanted = {0};
	char id[EVENT_ID_SIZE];

	start_memory(two, 2);
	subscribe(&root, "", NULL);
	subscribe(&a, "a", NULL);
	subscribe(&b, "b", NULL);
	visitor = visitor_of("a", "1");
	settle(&visitor);
	publish(&visitor);
	streams_flush(&streams);
	sink_text(bytes_sink(&wanted), FIRST_BLOCK "id: ");
	sink_span(bytes_sink(&wanted), id_in("a", 1, id));
	sink_text(bytes_sink(&wanted), "\nevent: a\ndata: 1\n\n");
	check_got(&a, bytes_span(&wanted));
	cr_assert_eq(root.got.n, wanted.n);
	check_got(&b, LITERAL(FIRST_BLOCK));
	bytes_free(&wanted);
	viewer_fini(&root);
	viewer_fini(&a);
	viewer_fini(&b);
	end_streams();
}

Test(feed_post, root_stream_of_one_source_takes_posts)
{
	struct visitor visitor;
	char id[EVENT_ID_SIZE];

	start_memory(one, 1);
	visitor = visitor_of("", "1");
	settle(&visitor);
	cr_assert_eq(publish(&visitor), 0);
	assert_span(span_of(visitor.id), id_in("", 1, id));
	end_streams();
}

Test(feed_post, root_stream_of_several_sources_takes_none)
{
	struct visitor visitor;

	start_memory(two, 2);
	visitor = visitor_of("", "1");
	settle(&visitor);
	cr_assert(feed_post_has_room(&visitor.post));
	cr_assert_eq(publish(&visitor), -ESHUTDOWN);
	cr_assert_eq(visitor.n_told, 0);
	end_streams();
}

Test(feed_post, source_that_takes_no_posts_says_so)
{
	struct visitor visitor;

	start_streams(one, 1);
	visitor = visitor_of("", "1");
	settle(&visitor);
	cr_assert_eq(publish(&visitor), -ENOTSUP);
	cr_assert_eq(visitor.n_told, 0);
	end_streams();
}

/* Room. */

/* A viewer that takes nothing, and a visitor that sends until it must wait. */
static void
fill(struct viewer *viewer, struct visitor *visitor)
{
	subscribe(viewer, "", NULL);
	streams_flush(&streams);
	viewer->room = 0;
	visitor->n_to_go = 100;
	go_on(&visitor->post);
	cr_assert_gt(visitor->n_to_go, 80);
	streams_flush(&streams);
	cr_assert_eq(visitor->n_room, 1);
}

static void
take_all(struct viewer *viewer)
{
	viewer->room = 1000000;
	fan_out_writable(&viewer->subscriber);
	streams_flush(&streams);
}

Test(feed_post, post_waits_while_a_viewer_is_behind)
{
	struct visitor visitor;
	struct viewer viewer;
	unsigned left;

	start_memory(one, 1);
	visitor = visitor_of("", "some data of an event");
	settle(&visitor);
	fill(&viewer, &visitor);
	cr_assert_not(feed_post_has_room(&visitor.post));
	left = visitor.n_to_go;
	take_all(&viewer);
	cr_assert_eq(visitor.n_room, 2);
	cr_assert_lt(visitor.n_to_go, left);
	for (int i = 0; i < 100 && visitor.n_to_go > 0; i++)
		streams_flush(&streams);
	cr_assert_eq(visitor.n_to_go, 0);
	cr_assert_eq(visitor.n_told, 100);
	viewer_fini(&viewer);
	end_streams();
}

Test(feed_post, posts_that_wait_take_turns)
{
	struct visitor first, second;
	struct viewer viewer;

	start_memory(one, 1);
	first = visitor_of("", "some data of an event");
	settle(&first);
	second = visitor_of("", "some data of an event");
	settle(&second);
	fill(&viewer, &first);
	second.n_to_go = 100;
	go_on(&second.post);
	cr_assert_eq(second.n_to_go, 100);
	for (int i = 0; i < 10; i++)
		take_all(&viewer);
	cr_assert_gt(first.n_told, 20);
	cr_assert_gt(second.n_told, 20);
	viewer_fini(&viewer);
	feed_post_forget(&first.post);
	feed_post_forget(&second.post);
	end_streams();
}

Test(feed_post, post_that_is_forgotten_is_told_nothing)
{
	struct visitor visitor;
	struct viewer viewer;

	start_memory(one, 1);
	visitor = visitor_of("", "some data of an event");
	settle(&visitor);
	fill(&viewer, &visitor);
	feed_post_forget(&visitor.post);
	feed_post_forget(&visitor.post);
	take_all(&viewer);
	cr_assert_eq(visitor.n_room, 1);
	viewer_fini(&viewer);
	end_streams();
}

/* The end. */

Test(feed_post, post_that_waits_is_refused_when_the_source_stops)
{
	struct visitor visitor;
	struct viewer viewer;
	unsigned n_told;

	start_memory(one, 1);
	visitor = visitor_of("", "some data of an event");
	settle(&visitor);
	fill(&viewer, &visitor);
	n_told = visitor.n_told;
	streams_stop(&streams);
	cr_assert_eq(visitor.n_room, 2);
	cr_assert_eq(visitor.n_told, n_told);
	cr_assert_eq(publish(&visitor), -ESHUTDOWN);
	viewer_fini(&viewer);
	end_streams();
}

Test(feed_post, memory_never_ends_by_itself)
{
	start_memory(one, 1);
	streams_flush(&streams);
	cr_assert_not(streams_have_ended(&streams));
	cr_assert_eq(n_changes, 0);
	streams_stop(&streams);
	cr_assert(streams_are_stopped(&streams));
	end_streams();
}
