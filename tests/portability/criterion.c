/* SPDX-License-Identifier: MIT */

#include "criterion/criterion.h"

#include <sys/wait.h>
#include <unistd.h>

static struct cr_test *tests;
static struct cr_suite *suites;

void
cr_add(struct cr_test *test)
{
	test->next = tests;
	tests = test;
}

void
cr_add_suite(struct cr_suite *suite)
{
	suite->next = suites;
	suites = suite;
}

void
cr_fail(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: %s\n", file, line, what);
	_exit(1);
}

static void
run(const struct cr_test *test)
{
	static const struct cr_suite none;
	const struct cr_suite *suite = suites;

	while (suite && strcmp(suite->name, test->suite) != 0)
		suite = suite->next;
	if (!suite)
		suite = &none;
	if (suite->init)
		suite->init();
	test->run();
	if (suite->fini)
		suite->fini();
}

int
main(void)
{
	int n = 0, n_failed = 0;

	for (const struct cr_test *test = tests; test; test = test->next) {
		int status;
		pid_t pid = fork();

		if (pid == 0) {
			run(test);
			_exit(0);
		}
		n++;
		if (pid > 0 && waitpid(pid, &status, 0) == pid && status == 0)
			continue;
		n_failed++;
		fprintf(stderr, "%s: %s failed\n", test->suite, test->name);
	}
	printf("%d tests, %d failed\n", n, n_failed);
	return n_failed > 0 || n == 0;
}
