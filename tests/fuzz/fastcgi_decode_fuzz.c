/* SPDX-License-Identifier: MIT */

/*
 * PARAMS through libfcgi: what was encoded comes out, what is broken is
 * refused, and no descriptor is left behind.
 */

#include "gateways/fastcgi_decode.h"

#include "gateways/fastcgi_record.h"

#include "fuzz.h"

#include "../unit/fastcgi_records.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { N_VARIABLES = 64 };

/* The lowest number that is free. */
static int
next_descriptor(void)
{
	int fd = open("/dev/null", O_RDONLY);

	REQUIRE(fd >= 0);
	close(fd);
	return fd;
}

static int
decode(struct span pairs, struct fastcgi_environment **environment)
{
	static int next;
	int rc;

	if (next == 0) {
		REQUIRE(fastcgi_decode_init() == 0);
		next = next_descriptor();
	}
	rc = fastcgi_decode(pairs, environment);
	REQUIRE(next_descriptor() == next);
	REQUIRE((rc == 0) == (*environment != NULL));
	return rc;
}

/* By the order of an environment: the first "NAME=" is the one. */
static const char *
expected_value(char *const *variables, size_t n_variables, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < n_variables; i++)
		if (strncmp(variables[i], name, n) == 0 &&
		    variables[i][n] == '=')
			return variables[i] + n + 1;
	return NULL;
}

static void
check_names(char *const *variables, size_t n_variables,
    struct fastcgi_environment *environment)
{
	for (size_t i = 1; i < n_variables; i++) {
		char *name = string_of(span_of(variables[i]));
		const char *value, *expected;

		name[strcspn(name, "=")] = '\0';
		value = fastcgi_environment_lookup(environment, name);
		expected = expected_value(variables, n_variables, name);
		REQUIRE(value && expected && strcmp(value, expected) == 0);
		free(name);
	}
}

/* Then it may be another for libfcgi, and is refused. */
static bool
has_method(struct span pairs)
{
	static const char name[] = "REQUEST_METHOD";
	size_t n = sizeof(name) - 1;

	for (size_t i = 0; i + n <= pairs.n; i++)
		if (memcmp(pairs.bytes + i, name, n) == 0)
			return true;
	return false;
}

/* Names and values up to a NUL each. */
static void
check_encoded(struct input *input, unsigned wide)
{
	char *variables[N_VARIABLES] = {
	    string_of(span_of("FCGI_ROLE=RESPONDER"))};
	struct fastcgi_environment *environment;
	struct bytes pairs = {0};
	size_t n = 1;

	for (; n < N_VARIABLES && input->n > 0; n++) {
		struct span name = take_string(input);
		struct span value = take_string(input);
		struct bytes variable = {0};

		put_length(&pairs, name.n, wide & 1);
		put_length(&pairs, value.n, wide & 2);
		bytes_put(&pairs, name.bytes, name.n);
		bytes_put(&pairs, value.bytes, value.n);
		bytes_put(&variable, name.bytes, name.n);
		bytes_put(&variable, "=", 1);
		bytes_put(&variable, value.bytes, value.n);
		variables[n] = variable.at;
	}
	if (decode(bytes_span(&pairs), &environment) == 0)
		check_names(variables, n, environment);
	else
		REQUIRE(pairs.n > FASTCGI_PARAMS_MAX ||
		    has_method(bytes_span(&pairs)));
	fastcgi_environment_free(environment);
	bytes_free(&pairs);
	for (size_t i = 0; i < n; i++)
		free(variables[i]);
}

static void
check_raw(struct span pairs)
{
	struct fastcgi_environment *environment;
	char *copy = copy_of(pairs);
	int rc = decode((struct span){copy, pairs.n}, &environment);

	free(copy);
	REQUIRE(
	    (rc == 0) == (pairs.n <= FASTCGI_PARAMS_MAX && are_whole(pairs)) ||
	    (rc == -EINVAL && has_method(pairs)));
	if (rc == 0)
		fastcgi_environment_lookup(environment, "REQUEST_METHOD");
	fastcgi_environment_free(environment);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	unsigned how = take_byte(&input);

	if (how & 4)
		check_raw((struct span){(const char *)input.at, input.n});
	else
		check_encoded(&input, how);
	return 0;
}
