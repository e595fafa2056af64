/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_TESTS_UNIT_FAILING_MEMORY_H
#define PIPECAST_TESTS_UNIT_FAILING_MEMORY_H

/*
 * Every allocation fails once.  The linker is told (--wrap) to send malloc and
 * its kin here.
 */

#include "helpers.h"

#include <errno.h>
#include <malloc.h>

void *__real_malloc(size_t n);
void *__real_calloc(size_t count, size_t n);
void *__real_realloc(void *old, size_t n);
void __real_free(void *memory);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t count, size_t n);
void *__wrap_realloc(void *old, size_t n);
void __wrap_free(void *memory);

static unsigned countdown; /* the allocation that fails; 0 for none */
static bool has_failed, was_told;
static long n_live;
static size_t bytes_live;
static unsigned long n_asked;

static inline bool
fails(void)
{
	n_asked++;
	if (countdown == 0 || --countdown > 0)
		return false;
	has_failed = true;
	return true;
}

static inline void *
counted(void *memory)
{
	n_live += memory != NULL;
	bytes_live += malloc_usable_size(memory);
	return memory;
}

void *
__wrap_malloc(size_t n)
{
	return fails() ? NULL : counted(__real_malloc(n));
}

void *
__wrap_calloc(size_t count, size_t n)
{
	return fails() ? NULL : counted(__real_calloc(count, n));
}

void *
__wrap_realloc(void *old, size_t n)
{
	if (fails())
		return NULL;
	if (!old)
		return counted(__real_realloc(old, n));
	bytes_live -= malloc_usable_size(old);
	old = __real_realloc(old, n);
	bytes_live += malloc_usable_size(old);
	return old;
}

void
__wrap_free(void *memory)
{
	n_live -= memory != NULL;
	bytes_live -= malloc_usable_size(memory);
	__real_free(memory);
}

/*
 * Tries it with the first allocation failing, then the second, until it needs
 * no more.  Nothing may be left behind.
 */
static inline void
with_each_failing(void (*try)(void))
{
	unsigned n = 0;

	do {
		long before = n_live;

		has_failed = was_told = false;
		countdown = ++n;
		try();
		countdown = 0;
		cr_assert_eq(n_live, before, "allocation %u: %ld left", n,
		    n_live - before);
		cr_assert_lt(n, 1000);
	} while (has_failed);
	cr_assert_gt(n, 1);
}

/* What the tests themselves need does not fail. */
static inline void
fail_no_more(void)
{
	countdown = 0;
}

/* Whether the call said the truth: no memory, if and only if it got none. */
static inline bool
succeeded(int rc)
{
	was_told = was_told && has_failed;
	cr_assert_eq(rc, has_failed && !was_told ? -ENOMEM : 0);
	was_told = has_failed;
	return rc == 0;
}

#endif
