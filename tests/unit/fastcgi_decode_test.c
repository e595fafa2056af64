/* SPDX-License-Identifier: MIT */

#include "gateways/fastcgi_decode.h"

#include "http/request.h"
#include "gateways/fastcgi_record.h"

#include "helpers.h"

#include "fastcgi_records.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

/* The linker sends allocations here, so that one can fail. */
void *__real_calloc(size_t count, size_t n);
void *__wrap_calloc(size_t count, size_t n);
void *__real_realloc(void *old, size_t n);
void *__wrap_realloc(void *old, size_t n);

static unsigned countdown; /* to the one that fails; 0 for none */

void *
__wrap_calloc(size_t count, size_t n)
{
	return countdown > 0 && --countdown == 0 ? NULL
						 : __real_calloc(count, n);
}

void *
__wrap_realloc(void *old, size_t n)
{
	return countdown > 0 && --countdown == 0 ? NULL
						 : __real_realloc(old, n);
}

/* And sigaction, so that a signal can come while libfcgi catches it. */
int __real_sigaction(int signal_number, const struct sigaction *action,
    struct sigaction *old_action);
int __wrap_sigaction(int signal_number, const struct sigaction *action,
    struct sigaction *old_action);

static bool terminate;

int
__wrap_sigaction(int signal_number, const struct sigaction *action,
    struct sigaction *old_action)
{
	if (action && terminate) {
		terminate = false;
		raise(SIGTERM);
	}
	return __real_sigaction(signal_number, action, old_action);
}

enum { N_DESCRIPTORS = 256 };

static int
count_descriptors(void)
{
	int n = 0;

	for (int fd = 0; fd < N_DESCRIPTORS; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* Decodes, and looks after what no decoding may leave behind. */
static struct fastcgi_environment *
decode(struct span pairs)
{
	char *copy = copy_of(pairs);
	int n_descriptors = count_descriptors();
	struct fastcgi_environment *environment = NULL;

	cr_assert_eq(fastcgi_decode_init(), 0);
	cr_assert_eq(
	    fastcgi_decode((struct span){copy, pairs.n}, &environment), 0);
	cr_assert_not_null(environment);
	cr_assert_eq(count_descriptors(), n_descriptors);
	free(copy);
	return environment;
}

static int
decode_fails(struct span pairs)
{
	char *copy = copy_of(pairs);
	int n_descriptors = count_descriptors();
	struct fastcgi_environment *environment = (void *)copy;
	int rc = fastcgi_decode((struct span){copy, pairs.n}, &environment);

	cr_assert_lt(rc, 0);
	cr_assert_null(environment);
	cr_assert_eq(count_descriptors(), n_descriptors);
	free(copy);
	return rc;
}

#define ASSERT_VALUE(ENVIRONMENT, NAME, EXPECTED) \
	assert_span( \
	    span_of(fastcgi_environment_lookup((ENVIRONMENT), (NAME))), \
	    (EXPECTED))

Test(fastcgi_decode, finds_the_first_value_of_a_name)
{
	static const struct {
		struct span pairs;
		const char *name;
		struct span value;
	} cases[] = {
	    {LITERAL("\14\5QUERY_STRINGa=b&c\11\4PATH_INFO/log"),
		"QUERY_STRING", LITERAL("a=b&c")},
	    {LITERAL("\14\5QUERY_STRINGa=b&c\11\4PATH_INFO/log"), "PATH_INFO",
		LITERAL("/log")},
	    {ABSENT, "REQUEST_METHOD", ABSENT},
	    {LITERAL("\3\1ABC1"), "AB", ABSENT},
	    {LITERAL("\3\1ABC1"), "ABCD", ABSENT},
	    {LITERAL("\3\1ABC1"), "abc", ABSENT},
	    {LITERAL("\3\1ABC1"), "", ABSENT},
	    {LITERAL("\5\0EMPTY"), "EMPTY", LITERAL("")},
	    {LITERAL("\1\1Aa\1\1Bb\1\1Ac\1\0B"), "A", LITERAL("a")},
	    {LITERAL("\1\1Aa\1\1Bb\1\1Ac\1\0B"), "B", LITERAL("b")},
	    {LITERAL("\x80\0\0\1\x80\0\0\2Aab"), "A", LITERAL("ab")},
	    /* a value ends at its first NUL, and such a name is none */
	    {LITERAL("\1\3Aa\0b\3\1B\0Cc\1\1Dd"), "A", LITERAL("a")},
	    {LITERAL("\1\3Aa\0b\3\1B\0Cc\1\1Dd"), "B", ABSENT},
	    {LITERAL("\1\3Aa\0b\3\1B\0Cc\1\1Dd"), "D", LITERAL("d")},
	};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct fastcgi_environment *environment =
		    decode(cases[i].pairs);

		ASSERT_VALUE(environment, cases[i].name, cases[i].value);
		fastcgi_environment_free(environment);
	}
}

Test(fastcgi_decode, passes_any_bytes_on)
{
	struct bytes pairs = {0};
	struct fastcgi_environment *environment;
	char all[255];

	for (int i = 0; i < 255; i++)
		all[i] = (char)(i + 1);
	put_pair(&pairs, LITERAL("A"), (struct span){all, sizeof(all)});
	put_pair(&pairs, LITERAL("\xff\n"), LITERAL("B"));
	environment = decode(bytes_span(&pairs));
	ASSERT_VALUE(environment, "A", ((struct span){all, sizeof(all)}));
	ASSERT_VALUE(environment, "\xff\n", LITERAL("B"));
	fastcgi_environment_free(environment);
	bytes_free(&pairs);
}

static void
check_lengths(size_t name_n, size_t value_n)
{
	char *name = malloc(name_n + 1), *value = malloc(value_n + 1);
	struct span value_span = {value, value_n};
	struct bytes pairs = {0};
	struct fastcgi_environment *environment;

	memset(name, 'N', name_n);
	name[name_n] = '\0';
	for (size_t i = 0; i < value_n; i++)
		value[i] = (char)('a' + i % 26);
	put_pair(&pairs, LITERAL("FIRST"), LITERAL("1"));
	put_pair(&pairs, span_of(name), value_span);
	put_pair(&pairs, LITERAL("LAST"), LITERAL("2"));
	environment = decode(bytes_span(&pairs));
	ASSERT_VALUE(environment, name, value_span);
	ASSERT_VALUE(environment, "FIRST", LITERAL("1"));
	ASSERT_VALUE(environment, "LAST", LITERAL("2"));
	fastcgi_environment_free(environment);
	bytes_free(&pairs);
	free(name);
	free(value);
}

Test(fastcgi_decode, takes_names_and_values_of_any_length)
{
	static const size_t lengths[] = {
	    0, 1, 126, 127, 128, 129, 255, 256, 8191, 8192, 8193, 30000};

	for (size_t i = 0; i < LENGTH(lengths); i++)
		for (size_t j = 0; j < LENGTH(lengths); j++)
			check_lengths(lengths[i], lengths[j]);
}

Test(fastcgi_decode, takes_as_much_as_the_reader)
{
	size_t around = strlen("12FIRST1") + strlen("12LAST2");

	/* with the lengths of the name and the value */
	for (size_t n = 65534; n <= 65536; n++)
		check_lengths(1, n - around - 1 - 1 - 4);
}

Test(fastcgi_decode, takes_as_many_as_there_can_be)
{
	struct bytes pairs = {0};
	struct fastcgi_environment *environment;

	for (size_t i = 0; i < 65532 / 2; i++)
		put_pair(&pairs, LITERAL(""), LITERAL(""));
	put_pair(&pairs, LITERAL("N"), LITERAL("v"));
	cr_assert_eq(pairs.n, 65536);
	environment = decode(bytes_span(&pairs));
	ASSERT_VALUE(environment, "N", LITERAL("v"));
	fastcgi_environment_free(environment);
	bytes_free(&pairs);
}

Test(fastcgi_decode, serves_as_a_lookup)
{
	struct fastcgi_environment *environment =
	    decode(LITERAL("\16\4REQUEST_METHODHEAD"
			   "\11\4PATH_INFO/log"
			   "\22\3HTTP_LAST_EVENT_IDa-7"));
	struct request request;

	request_from_meta_variables(
	    &request, NULL, fastcgi_environment_lookup, environment);
	assert_span(request.method, LITERAL("HEAD"));
	assert_span(request.name, LITERAL("log"));
	assert_span(request.last_event_id, LITERAL("a-7"));
	fastcgi_environment_free(environment);
}

Test(fastcgi_decode, refuses_what_is_too_much)
{
	char *pairs = calloc(1, 65538);

	cr_assert_eq(fastcgi_decode_init(), 0);
	cr_assert_eq(decode_fails((struct span){pairs, 65538}), -EINVAL);
	free(pairs);
}

Test(fastcgi_decode, refuses_what_would_make_libfcgi_abort)
{
	cr_assert_eq(fastcgi_decode_init(), 0);
	cr_assert_eq(decode_fails(LITERAL("\xff\xff\xff\xff\xff\xff\xff\xff"
					  "abc")),
	    -EINVAL);
	cr_assert_eq(decode_fails(LITERAL("\xff\xff\xff\xfe\0")), -EINVAL);
	cr_assert_eq(decode_fails(LITERAL("\0\xff\xff\xff\xff")), -EINVAL);
}

Test(fastcgi_decode, refuses_a_method_that_a_nul_hides)
{
	cr_assert_eq(fastcgi_decode_init(), 0);
	/* in the value, and in a name that begins as the variable does */
	cr_assert_eq(
	    decode_fails(LITERAL("\16\5REQUEST_METHODPUT\0X")), -EINVAL);
	cr_assert_eq(decode_fails(LITERAL(
			 "\23\1REQUEST_METHOD=PUT\0X\16\3REQUEST_METHODGET")),
	    -EINVAL);
}

Test(fastcgi_decode, refuses_each_pair_that_was_cut)
{
	struct span pairs = LITERAL("\3\x80\0\0\3ABCabc");

	cr_assert_eq(fastcgi_decode_init(), 0);
	for (size_t n = 1; n < pairs.n; n++)
		cr_assert_eq(
		    decode_fails((struct span){pairs.bytes, n}), -EINVAL);
	fastcgi_environment_free(decode(pairs));
}

Test(fastcgi_decode, does_not_hang_before_it_is_made_ready)
{
	cr_assert_eq(decode_fails(LITERAL("\1\1Aa")), -EIO);
}

Test(fastcgi_decode, frees_nothing)
{
	fastcgi_environment_free(NULL);
}

Test(fastcgi_decode, says_that_there_is_no_memory)
{
	struct bytes pairs = {0};
	char value[300] = {0};

	put_pair(&pairs, LITERAL("A"), (struct span){value, sizeof(value)});
	cr_assert_eq(fastcgi_decode_init(), 0);
	for (unsigned n = 1; n <= 3; n++) {
		countdown = n;
		cr_assert_eq(decode_fails(bytes_span(&pairs)), -ENOMEM);
		cr_assert_eq(countdown, 0);
	}
	bytes_free(&pairs);
}

Test(fastcgi_decode, says_that_there_is_no_descriptor)
{
	struct rlimit limit, none;

	cr_assert_eq(fastcgi_decode_init(), 0);
	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = (struct rlimit){0, limit.rlim_max};
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	cr_assert_eq(decode_fails(LITERAL("\1\1Aa")), -EMFILE);
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

Test(fastcgi_decode, says_that_the_file_cannot_be_written)
{
	for (rlim_t n = 0; n < 44; n++) {
		struct rlimit limit = {n, RLIM_INFINITY};

		cr_assert_eq(fastcgi_decode_init(), 0);
		signal(SIGXFSZ, SIG_IGN);
		cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
		cr_assert_eq(decode_fails(LITERAL("\1\1Aa")), -EFBIG);
	}
}

/* libfcgi takes that number for none in one place. */
Test(fastcgi_decode, works_with_descriptor_0)
{
	struct fastcgi_environment *environment;

	close(STDIN_FILENO);
	environment = decode(LITERAL("\1\1Aa"));
	ASSERT_VALUE(environment, "A", LITERAL("a"));
	fastcgi_environment_free(environment);
	cr_assert_lt(fcntl(STDIN_FILENO, F_GETFD), 0);
}

Test(fastcgi_decode, keeps_several_apart)
{
	struct fastcgi_environment *first = decode(LITERAL("\1\1Aa"));
	struct fastcgi_environment *second = decode(LITERAL("\1\1Ab\1\1Bb"));

	ASSERT_VALUE(first, "A", LITERAL("a"));
	ASSERT_VALUE(first, "B", ABSENT);
	ASSERT_VALUE(second, "A", LITERAL("b"));
	fastcgi_environment_free(first);
	ASSERT_VALUE(second, "B", LITERAL("b"));
	fastcgi_environment_free(second);
}

/* Signals. */

static volatile sig_atomic_t n_caught;

static void
on_signal(int signal_number)
{
	(void)signal_number;
	n_caught++;
}

Test(fastcgi_decode, leaves_signals_as_they_were)
{
	struct sigaction action = {
	    .sa_handler = on_signal, .sa_flags = SA_RESTART};
	struct sigaction now;
	sigset_t mask;

	signal(SIGTERM, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	sigaction(SIGUSR1, &action, NULL);
	cr_assert_eq(fastcgi_decode_init(), 0);
	sigaction(SIGTERM, NULL, &now);
	cr_assert_eq(now.sa_handler, SIG_DFL);
	sigaction(SIGPIPE, NULL, &now);
	cr_assert_eq(now.sa_handler, SIG_IGN);
	sigaction(SIGUSR1, NULL, &now);
	cr_assert_eq(now.sa_handler, on_signal);
	cr_assert(now.sa_flags & SA_RESTART);
	sigprocmask(SIG_SETMASK, NULL, &mask);
	cr_assert_eq(sigismember(&mask, SIGTERM), 0);
	cr_assert_eq(sigismember(&mask, SIGUSR1), 0);
	cr_assert_eq(sigismember(&mask, SIGPIPE), 0);
}

Test(fastcgi_decode, keeps_a_signal_blocked_and_pending)
{
	sigset_t set, pending;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGTERM);
	cr_assert_eq(fastcgi_decode_init(), 0);
	sigpending(&pending);
	cr_assert_eq(sigismember(&pending, SIGTERM), 1);
	signal(SIGTERM, on_signal);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	cr_assert_eq(n_caught, 1);
}

Test(fastcgi_decode, loses_no_signal_meanwhile, .signal = SIGTERM)
{
	terminate = true;
	fastcgi_decode_init();
}

Test(fastcgi_decode, can_still_be_ended_by_a_signal, .signal = SIGTERM)
{
	cr_assert_eq(fastcgi_decode_init(), 0);
	fastcgi_environment_free(decode(LITERAL("\1\1Aa")));
	raise(SIGTERM);
}
