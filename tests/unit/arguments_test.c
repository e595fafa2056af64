/* SPDX-License-Identifier: MIT */

/* Arguments of the program that a web server made of a visitor's query. */

#include "http/request.h"

#include "helpers.h"
#include "meta_variables.h"

/* Whether arguments of the program are words of the query. */
static bool
is_passed(const char *query, const char *first, const char *second)
{
	const char *variables[] = {
	    "QUERY_STRING", query, "REQUEST_METHOD", "GET", NULL};
	char program[] = "pipecast";
	char *argv[4] = {program, NULL, NULL, NULL};
	bool passed;
	int argc = 1;

	if (first)
		argv[argc++] = copy_of((struct span){first, strlen(first) + 1});
	if (second)
		argv[argc++] =
		    copy_of((struct span){second, strlen(second) + 1});
	passed = request_is_in_arguments(look_up, variables, argc, argv);
	free(argv[1]);
	free(argv[2]);
	return passed;
}

Test(arguments, that_are_words_of_the_query_are_a_visitors)
{
	cr_assert(is_passed("exec:id", "exec:id", NULL));
	cr_assert(is_passed("exec:id", "-q", "exec:id"));
	cr_assert(is_passed("-q+exec:id", "-q", "exec:id"));
}

/* Apache decodes a word in place and hands on what is before the NUL. */
Test(arguments, are_words_cut_at_a_nul)
{
	cr_assert(is_passed("exec:id%00", "exec:id", NULL));
	cr_assert(is_passed("exec:id%00x%20y", "exec:id", NULL));
	cr_assert_not(is_passed("%00exec:id", "exec:id", NULL));
}

/* A server that limits the number of words drops the last ones. */
Test(arguments, are_words_wherever_they_stand)
{
	cr_assert(is_passed("exec:id+", "exec:id", ""));
	cr_assert(is_passed("exec:id+", "exec:id", NULL));
	cr_assert(is_passed("exec:id+x", "exec:id", NULL));
	cr_assert(is_passed("x+exec:id+y", "exec:id", "every:3"));
	cr_assert(is_passed("+++exec:id", "every:3", "exec:id"));
}

Test(arguments, may_be_words_that_were_not_decoded)
{
	cr_assert(is_passed("exec:id%20x", "exec:id%20x", NULL));
	cr_assert(is_passed("%00", "%00", NULL));
}

Test(arguments, that_are_empty_are_nobodys)
{
	cr_assert_not(is_passed("+", "", NULL));
	cr_assert_not(is_passed("a+", "-d", ""));
	cr_assert_not(is_passed("%00", "", NULL));
}

Test(arguments, of_the_owner_are_no_words_of_the_query)
{
	cr_assert_not(is_passed("12345", "every:3", NULL));
	cr_assert_not(is_passed("every:30", "every:3", NULL));
	cr_assert_not(is_passed("every:", "every:3", NULL));
	cr_assert_not(is_passed("a+b", "-e", "ab"));
	cr_assert_not(is_passed("12345", NULL, NULL));
}

Test(arguments, are_never_words_of_a_query_with_an_equals_sign)
{
	cr_assert_not(is_passed("exec:id=", "exec:id=", NULL));
	cr_assert_not(is_passed("a=b+exec:id", "exec:id", NULL));
}

Test(arguments, are_words_decoded)
{
	cr_assert(is_passed("exec%3Aid%20-u", "exec:id -u", NULL));
	cr_assert(is_passed("a%3Db", "a=b", NULL));
	cr_assert(is_passed("%zz%", "%zz%", NULL));
	cr_assert(is_passed("a%2Bb", "a+b", NULL));
}

Test(arguments, are_words_with_backslashes_where_a_shell_would_look)
{
	cr_assert(is_passed("exec:a;b", "exec:a\\;b", NULL));
	cr_assert(is_passed("a%5Cb", "a\\\\b", NULL));
	cr_assert(is_passed("a;", "a\\;", NULL));
	cr_assert(is_passed("a%0A", "a\\\n", NULL));
	cr_assert_not(is_passed("a;", "a\\;b", NULL));
	cr_assert_not(is_passed("a;b", "a\\;", NULL));
}

Test(arguments, are_a_visitors_if_the_query_is_longer_than_any_that_is_passed)
{
	char *query = calloc(1, 8194);

	memset(query, 'a', 8193);
	cr_assert(is_passed(query, "every:3", NULL));
	query[8192] = '\0';
	cr_assert_not(is_passed(query, "every:3", NULL));
	free(query);
}

Test(arguments, without_a_request_are_the_owners)
{
	const char *query[] = {"QUERY_STRING", "exec:id", NULL};
	const char *method[] = {"REQUEST_METHOD", "GET", NULL};
	const char *empty[] = {
	    "QUERY_STRING", "", "REQUEST_METHOD", "GET", NULL};
	const char *gateway[] = {
	    "QUERY_STRING", "exec:id", "GATEWAY_INTERFACE", "CGI/1.1", NULL};
	/* of a server that does not pass the others on */
	const char *script[] = {
	    "QUERY_STRING", "exec:id", "SCRIPT_FILENAME", "/x", NULL};
	char program[] = "pipecast", argument[] = "exec:id";
	char *argv[] = {program, argument, NULL};

	cr_assert_not(request_is_in_arguments(look_up, query, 2, argv));
	cr_assert_not(request_is_in_arguments(look_up, method, 2, argv));
	cr_assert_not(request_is_in_arguments(look_up, empty, 2, argv));
	cr_assert(request_is_in_arguments(look_up, gateway, 2, argv));
	cr_assert(request_is_in_arguments(look_up, script, 2, argv));
	cr_assert_not(request_is_in_arguments(look_up, gateway, 1, argv));
	cr_assert_not(request_is_in_arguments(look_up, gateway, 0, argv));
}
