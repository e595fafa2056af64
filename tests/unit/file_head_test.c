/* SPDX-License-Identifier: MIT */

#include "sources/file_head.h"

#include "helpers.h"

#include <unistd.h>

static FILE *file;
static struct file_head head;

static void
put(const char *text)
{
	cr_assert_eq(ftruncate(fileno(file), 0), 0);
	cr_assert_eq(
	    pwrite(fileno(file), text, strlen(text), 0), (ssize_t)strlen(text));
}

static void
open_file(void)
{
	head.n = 0;
	file = tmpfile();
	cr_assert_not_null(file);
	put("line 1\nline 2\nline 3\n");
	file_head_read(&head, fileno(file));
}

static void
close_file(void)
{
	fclose(file);
}

TestSuite(file_head, .init = open_file, .fini = close_file);

static bool
has_changed_to(const char *text)
{
	put(text);
	return file_head_has_changed(&head, fileno(file));
}

Test(file_head, stays_the_same_while_the_file_grows)
{
	cr_assert_not(has_changed_to("line 1\nline 2\nline 3\nline 4\n"));
}

Test(file_head, bears_a_line_that_is_written_over_in_place)
{
	cr_assert_not(has_changed_to("line 1\nline 2\nLINE 3\n"));
	cr_assert_not(has_changed_to("line 1\n######\nline 3\n"));
}

Test(file_head, of_a_file_written_anew_has_changed)
{
	cr_assert(has_changed_to("line 4\nline 5\nline 6\n"));
	cr_assert(has_changed_to("another 4\nanother 5\n"));
}

Test(file_head, of_a_file_that_was_emptied_has_changed)
{
	cr_assert(has_changed_to(""));
	cr_assert(has_changed_to("line 1\n"));
}

Test(file_head, of_an_empty_file_is_what_is_read_first)
{
	put("");
	file_head_read(&head, fileno(file));
	file_head_keep(&head, LITERAL("7\n"));
	cr_assert(has_changed_to("8\n"));
	cr_assert_not(has_changed_to("7\n8\n"));
}

Test(file_head, of_a_hole_tells_nothing)
{
	static const char hole[16];

	put("");
	file_head_read(&head, fileno(file));
	file_head_keep(&head, (struct span){hole, sizeof(hole)});
	cr_assert_eq(head.n, 0);
	cr_assert(has_changed_to("1\n"));
}

Test(file_head, keeps_no_more_than_it_can_hold)
{
	static char much[2 * FILE_HEAD_BYTES];

	memset(much, 'x', sizeof(much));
	file_head_keep(&head, (struct span){much, sizeof(much)});
	cr_assert_eq(head.n, FILE_HEAD_BYTES);
	file_head_keep(&head, LITERAL("less"));
	cr_assert_eq(head.n, FILE_HEAD_BYTES);
}
