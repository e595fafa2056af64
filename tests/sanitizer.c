/* SPDX-License-Identifier: MIT */

/*
 * Where a program built with --enable-sanitizers reports. A web server starts
 * it with an environment of its own, and may drop what it writes to standard
 * error; this reaches the folder that tests/driver looks into all the same.
 */

const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

#define OPTIONS "log_path=" SANITIZER_FOLDER "/report:print_stacktrace=1"

const char *
__asan_default_options(void)
{
	return OPTIONS;
}

const char *
__ubsan_default_options(void)
{
	return OPTIONS;
}
