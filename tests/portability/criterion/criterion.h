/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PORTABILITY_CRITERION_H
#define PIPECAST_PORTABILITY_CRITERION_H

/*
 * As much of Criterion as the tests of the core use, for platforms that Debian
 * has no Criterion for.  Each test runs in a process of its own.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct cr_test {
	const char *suite, *name;
	void (*run)(void);
	struct cr_test *next;
};

/* What comes before and after each test of that suite. */
struct cr_suite {
	const char *name;
	void (*init)(void), (*fini)(void);
	struct cr_suite *next;
};

void cr_add(struct cr_test *test);
void cr_add_suite(struct cr_suite *suite);
_Noreturn void cr_fail(const char *file, int line, const char *what);

#define Test(suite_, name_, ...) \
	static void suite_##_##name_##_run(void); \
	static struct cr_test suite_##_##name_##_test = {.suite = #suite_, \
	    .name = #name_, \
	    .run = suite_##_##name_##_run, \
	    __VA_ARGS__}; \
	__attribute__((constructor)) static void suite_##_##name_##_add(void) \
	{ \
		cr_add(&suite_##_##name_##_test); \
	} \
	static void suite_##_##name_##_run(void)

#define TestSuite(name_, ...) \
	static struct cr_suite name_##_suite = {.name = #name_, __VA_ARGS__}; \
	__attribute__((constructor)) static void name_##_suite_add(void) \
	{ \
		cr_add_suite(&name_##_suite); \
	} \
	static struct cr_suite name_##_suite

#define cr_assert(condition, ...) \
	do { \
		if (!(condition)) \
			cr_fail(__FILE__, __LINE__, #condition); \
	} while (0)
#define cr_assert_fail(...) \
	do { \
		fprintf(stderr, __VA_ARGS__); \
		cr_fail(__FILE__, __LINE__, "reached"); \
	} while (0)
#define cr_assert_not(condition, ...) cr_assert(!(condition))
#define cr_assert_null(a, ...) cr_assert((a) == NULL)
#define cr_assert_not_null(a, ...) cr_assert((a) != NULL)
#define cr_assert_eq(a, b, ...) cr_assert((a) == (b))
#define cr_assert_neq(a, b, ...) cr_assert((a) != (b))
#define cr_assert_lt(a, b, ...) cr_assert((a) < (b))
#define cr_assert_gt(a, b, ...) cr_assert((a) > (b))
#define cr_assert_leq(a, b, ...) cr_assert((a) <= (b))
#define cr_assert_geq(a, b, ...) cr_assert((a) >= (b))
#define cr_assert_str_eq(a, b, ...) cr_assert(strcmp(a, b) == 0)
#define cr_assert_arr_eq(a, b, n, ...) cr_assert(memcmp(a, b, n) == 0)
#define cr_expect cr_assert
#define cr_expect_not cr_assert_not

#endif
