/* SPDX-License-Identifier: MIT */

/*
 * Where a program built with --enable-sanitizers reports. A web server starts
 * it with an environment of its own, and may drop what it writes to standard
 * error; this reaches the folder that tests/driver looks into all the same.
 */

#include <unistd.h>

const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

#define OPTIONS "log_path=" SANITIZER_FOLDER "/report:print_stacktrace=1"

/*
 * To look for leaks takes longer than most runs do, and the suites are
 * thousands of runs: one in four looks.
 */
const char *
__asan_default_options(void)
{
	return getpid() % 4 == 0 ? OPTIONS : OPTIONS ":detect_leaks=0";
}

const char *
__ubsan_default_options(void)
{
	return OPTIONS;
}
