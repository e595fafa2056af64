/* SPDX-License-Identifier: MIT */

#include "fastcgi_requests.h"

/* More than one request, and other roles. */

#define CANT_MPX_CONN(ID) "reply \1\3\0" ID "\0\10\0\0\0\0\0\0\1\0\0\0\n"
#define UNKNOWN_ROLE(ID) "reply \1\3\0" ID "\0\10\0\0\0\0\0\0\3\0\0\0\n"

Test(fastcgi_reader_dialogue, refuses_a_second_request)
{
	put_request(&in, 1, CLOSE);
	put_request(&in, 2, CLOSE);
	put_request(&in, 2, CLOSE);
	ASSERT_TOLD(
	    "request 1 " PAIRS "\n" CANT_MPX_CONN("\2") CANT_MPX_CONN("\2"));
}

Test(fastcgi_reader_dialogue, refuses_a_second_request_while_it_reads_the_first)
{
	put_begin(&in, 1, RESPONDER, CLOSE);
	put_begin(&in, 2, RESPONDER, CLOSE);
	put_record(&in, PARAMS, 2, LITERAL("\377\377ignored"));
	put_record(&in, PARAMS, 1, LITERAL(PAIRS));
	put_begin(&in, 3, FILTER, CLOSE);
	put_end(&in, PARAMS, 2);
	put_record(&in, DATA, 3, LITERAL("ignored"));
	put_end(&in, PARAMS, 1);
	put_record(&in, STDIN, 2, LITERAL("ignored"));
	put_end(&in, STDIN, 2);
	put_record(&in, ABORT, 2, LITERAL(""));
	put_end(&in, STDIN, 1);
	ASSERT_TOLD(
	    CANT_MPX_CONN("\2") CANT_MPX_CONN("\3") "request 1 " PAIRS "\n");
}

Test(fastcgi_reader_dialogue, plays_no_other_role)
{
	static const unsigned roles[] = {0, 2, 3, 4, 255, 256, 257, 65535};

	for (size_t i = 0; i < LENGTH(roles); i++) {
		put_begin(&in, 5, roles[i], KEEP);
		put_record(&in, PARAMS, 5, pairs());
		put_end(&in, PARAMS, 5);
		put_end(&in, STDIN, 5);
		put_record(&in, DATA, 5, LITERAL("ignored"));
		put_end(&in, DATA, 5);
		put_request(&in, 5, KEEP);
		ASSERT_TOLD(UNKNOWN_ROLE("\5") "request 5 keep " PAIRS "\n");
	}
}

Test(fastcgi_reader_dialogue, says_that_the_refusal_is_the_last_word)
{
	put_begin(&in, 5, AUTHORIZER, CLOSE);
	ASSERT_TOLD("last " UNKNOWN_ROLE("\5"));
	put_begin(&in, 5, AUTHORIZER, CLOSE);
	put_record(&in, 99, 0, LITERAL(""));
	ASSERT_TOLD("last " UNKNOWN_ROLE("\5") "reply \1\13\0\0\0\10\0\0"
					       "c\0\0\0\0\0\0\0\n");
}

Test(fastcgi_reader_dialogue, ignores_what_is_of_no_request)
{
	for (unsigned type = 0; type < 256; type++) {
		if (type == BEGIN)
			continue;
		put_record(&in, type, 1, LITERAL("ignored"));
		put_end(&in, type, 1);
		put_request(&in, 2, CLOSE);
		put_record(&in, type, 1, LITERAL("ignored"));
		ASSERT_TOLD("request 2 " PAIRS "\n");
	}
}

Test(fastcgi_reader_dialogue, ignores_late_records_of_a_request_that_is_over)
{
	put_request(&in, 1, KEEP);
	put_record(&in, STDIN, 1, LITERAL("late"));
	put_record(&in, PARAMS, 1, LITERAL("\377"));
	put_record(&in, ABORT, 1, LITERAL(""));
	put_end(&in, PARAMS, 1);
	put_request(&in, 1, KEEP);
	ASSERT_TOLD_AT_ONCE(
	    "request 1 keep " PAIRS "\nrequest 1 keep " PAIRS "\n");
}

/* The request is over while the reader is anywhere in a record of that type. */
static void
check_finish_in(unsigned type, unsigned id, struct span expected)
{
	struct bytes record = {0};

	put_padded(&record, type, id, LITERAL("\15\0FCGI_MAX_REQS"), 9);
	put_request(&in, 1, KEEP);
	for (size_t cut = 0; cut <= record.n; cut++) {
		struct gateway gateway = gateway_begin(0);

		feed(&gateway, bytes_span(&in));
		gateway.told.n = 0;
		feed(&gateway, (struct span){record.at, cut});
		gateway_finish(&gateway);
		feed(&gateway, (struct span){record.at + cut, record.n - cut});
		cr_assert_null(gateway.reader.content.bytes);
		feed(&gateway, bytes_span(&in));
		assert_span(bytes_span(&gateway.told), expected);
		gateway_end(&gateway);
	}
	bytes_free(&record);
	bytes_free(&in);
}

#define AGAIN "request 1 keep " PAIRS "\n"

Test(fastcgi_reader_dialogue, may_be_told_the_end_in_the_middle_of_a_record)
{
	check_finish_in(STDIN, 9, LITERAL(AGAIN));
	check_finish_in(99, 0,
	    LITERAL("reply \1\13\0\0\0\10\0\0"
		    "c\0\0\0\0\0\0\0\n" AGAIN));
	check_finish_in(GET_VALUES, 0,
	    LITERAL("reply \1\12\0\0\0\21\0\0\15\2FCGI_MAX_REQS17\n" AGAIN));
}

/* An abort of what is over by then is none. */
Test(fastcgi_reader_dialogue, hears_no_abort_across_the_end_of_a_request)
{
	put_request(&in, 1, KEEP);
	put_record(&in, ABORT, 1, LITERAL("content"));
	for (size_t cut = 1; cut <= 15; cut++) {
		struct gateway gateway = gateway_begin(0);

		feed(&gateway, (struct span){in.at, in.n - cut});
		gateway_finish(&gateway);
		feed(&gateway, (struct span){in.at + in.n - cut, cut});
		assert_span(bytes_span(&gateway.told), LITERAL(AGAIN));
		gateway_end(&gateway);
	}
	bytes_free(&in);
}

/* The PARAMS go, and the question after them in the buffer stays. */
Test(fastcgi_reader_dialogue, answers_a_question_across_the_end_of_params)
{
	struct bytes question = {0};

	put_record(&question, GET_VALUES, 0, LITERAL("\15\0FCGI_MAX_REQS"));
	put_head(&in);
	for (size_t cut = 0; cut < question.n; cut++) {
		struct gateway gateway = gateway_begin(0);

		feed(&gateway, bytes_span(&in));
		feed(&gateway, (struct span){question.at, cut});
		gateway_finish(&gateway);
		cr_assert_eq(gateway.told.n, 0);
		feed(&gateway,
		    (struct span){question.at + cut, question.n - cut});
		assert_span(bytes_span(&gateway.told),
		    LITERAL("reply \1\12\0\0\0\21\0\0"
			    "\15\2FCGI_MAX_REQS17\n"));
		cr_assert_null(gateway.reader.content.bytes);
		gateway_end(&gateway);
	}
	bytes_free(&question);
	bytes_free(&in);
}

/* It is not refused for a request that was over by the time it had come. */
Test(fastcgi_reader_dialogue,
    takes_a_request_that_begins_across_the_end_of_another)
{
	struct bytes first = {0}, second = {0};

	put_request(&first, 1, KEEP);
	put_request(&second, 2, KEEP);
	for (size_t cut = 0; cut < 16; cut++) {
		struct gateway gateway = gateway_begin(0);

		feed(&gateway, bytes_span(&first));
		gateway.told.n = 0;
		feed(&gateway, (struct span){second.at, cut});
		gateway_finish(&gateway);
		feed(&gateway, (struct span){second.at + cut, second.n - cut});
		assert_span(bytes_span(&gateway.told),
		    LITERAL("request 2 keep " PAIRS "\n"));
		gateway_end(&gateway);
	}
	bytes_free(&first);
	bytes_free(&second);
}

/* Aborts. */

Test(fastcgi_reader_dialogue, tells_of_an_abort_at_any_stage)
{
	put_begin(&in, 1, RESPONDER, KEEP);
	put_record(&in, ABORT, 1, LITERAL(""));
	put_begin(&in, 2, RESPONDER, KEEP);
	put_record(&in, PARAMS, 2, pairs());
	put_record(&in, ABORT, 2, LITERAL(""));
	put_end(&in, PARAMS, 2);
	put_begin(&in, 3, RESPONDER, KEEP);
	put_end(&in, PARAMS, 3);
	put_record(&in, STDIN, 3, LITERAL("body"));
	put_record(&in, ABORT, 3, LITERAL("with content"));
	put_request(&in, 4, KEEP);
	put_record(&in, ABORT, 4, LITERAL(""));
	put_request(&in, 5, KEEP);
	ASSERT_TOLD("abort\nabort\nabort\nrequest 4 keep " PAIRS
		    "\nabort\nrequest 5 keep " PAIRS "\n");
}

Test(fastcgi_reader_dialogue, tells_of_no_abort_of_another_request)
{
	put_record(&in, ABORT, 1, LITERAL(""));
	put_request(&in, 1, CLOSE);
	put_record(&in, ABORT, 2, LITERAL(""));
	put_record(&in, ABORT, 257, LITERAL(""));
	ASSERT_TOLD("request 1 " PAIRS "\n");
}

/* Management records. */

#define MAX_CONNS "\16\0FCGI_MAX_CONNS"
#define MAX_REQS "\15\0FCGI_MAX_REQS"
#define MPXS_CONNS "\17\0FCGI_MPXS_CONNS"

Test(fastcgi_reader_dialogue, tells_the_limits)
{
	put_padded(
	    &in, GET_VALUES, 0, LITERAL(MAX_CONNS MAX_REQS MPXS_CONNS), 3);
	put_record(&in, GET_VALUES, 0, LITERAL("\1\0a" MAX_REQS MAX_REQS));
	put_record(&in, GET_VALUES, 0, LITERAL(""));
	ASSERT_TOLD("reply \1\12\0\0\0\70\0\0"
		    "\16\5FCGI_MAX_CONNS10000"
		    "\15\2FCGI_MAX_REQS17"
		    "\17\1FCGI_MPXS_CONNS0\n"
		    "reply \1\12\0\0\0\21\0\0\15\2FCGI_MAX_REQS17\n"
		    "reply \1\12\0\0\0\0\0\0\n");
}

Test(fastcgi_reader_dialogue, tells_the_limits_at_any_time)
{
	struct bytes question = {0};
	struct span q;

	put_record(&question, GET_VALUES, 0, LITERAL(MAX_REQS));
	q = bytes_span(&question);
	put_begin(&in, 1, RESPONDER, CLOSE);
	bytes_put(&in, q.bytes, q.n);
	put_record(&in, PARAMS, 1, (struct span){PAIRS, 3});
	bytes_put(&in, q.bytes, q.n);
	put_record(
	    &in, PARAMS, 1, (struct span){pairs().bytes + 3, pairs().n - 3});
	put_end(&in, PARAMS, 1);
	bytes_put(&in, q.bytes, q.n);
	put_end(&in, STDIN, 1);
	bytes_put(&in, q.bytes, q.n);
	bytes_free(&question);
#define LIMIT "reply \1\12\0\0\0\21\0\0\15\2FCGI_MAX_REQS17\n"
	ASSERT_TOLD(LIMIT LIMIT LIMIT "request 1 " PAIRS "\n" LIMIT);
}

Test(fastcgi_reader_dialogue, caps_a_question)
{
	struct bytes question = {0};
	char name[1100] = {0};

	put_pair(&question, (struct span){name, 1019}, LITERAL(""));
	put_record(&in, GET_VALUES, 0, bytes_span(&question));
	ASSERT_TOLD("reply \1\12\0\0\0\0\0\0\n");
	put_byte(&question, 0);
	put_record(&in, GET_VALUES, 0, bytes_span(&question));
	ASSERT_TOLD("a GET_VALUES record over 1 KiB\n");
	bytes_free(&question);
}

Test(fastcgi_reader_dialogue, has_room_for_a_question_beside_the_largest_params)
{
	struct gateway gateway = gateway_begin(0);
	struct bytes question = {0};
	char name[1019] = {0};

	put_pair(&question, (struct span){name, sizeof(name)}, LITERAL(""));
	put_params_of(&in, 65536);
	in.n -= 16;
	put_record(&in, GET_VALUES, 0, bytes_span(&question));
	put_end(&in, PARAMS, 1);
	put_record(&in, GET_VALUES, 0, bytes_span(&question));
	feed(&gateway, bytes_span(&in));
	assert_span(bytes_span(&gateway.told),
	    LITERAL("reply \1\12\0\0\0\0\0\0\nreply \1\12\0\0\0\0\0\0\n"));
	cr_assert_eq(fastcgi_reader_params(&gateway.reader).n, 65536);
	bytes_free(&in);
	bytes_free(&question);
	gateway_end(&gateway);
}

Test(fastcgi_reader_dialogue, takes_questions_of_whole_pairs_only)
{
	static const struct span broken[] = {
	    LITERAL("\1"),
	    LITERAL(MAX_CONNS "\1\0"),
	    LITERAL("\16\0FCGI_MAX_CONN"),
	    LITERAL("\16\5FCGI_MAX_CONNS"),
	    LITERAL("\xff\xff\xff\xff\xff\xff\xff\xff"),
	    LITERAL("\x80\0\0"),
	};

	for (size_t i = 0; i < LENGTH(broken); i++) {
		put_record(&in, GET_VALUES, 0, broken[i]);
		ASSERT_TOLD("GET_VALUES with a broken name-value pair\n");
	}
}

Test(fastcgi_reader_dialogue, says_which_management_records_it_does_not_know)
{
	for (unsigned type = 0; type < 256; type++) {
		struct bytes expected = {0};

		if (type == GET_VALUES)
			continue;
		put_record(&in, type, 0, LITERAL("whatever it is"));
		put_end(&in, type, 0);
		for (int i = 0; i < 2; i++) {
			sink_text(bytes_sink(&expected), "reply ");
			bytes_put(&expected, "\1\13\0\0\0\10\0\0", 8);
			put_byte(&expected, type);
			bytes_put(&expected, "\0\0\0\0\0\0\0\n", 8);
		}
		assert_told(&in, 0, bytes_span(&expected));
		bytes_free(&expected);
	}
}

Test(fastcgi_reader_dialogue, keeps_no_memory_for_questions)
{
	struct gateway gateway = gateway_begin(0);

	put_request(&in, 1, KEEP);
	put_record(&in, GET_VALUES, 0, LITERAL(MAX_CONNS));
	put_begin(&in, 2, RESPONDER, KEEP);
	feed(&gateway, bytes_span(&in));
	cr_assert_null(gateway.reader.content.bytes);
	bytes_free(&in);
	gateway_end(&gateway);
}
