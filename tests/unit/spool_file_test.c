/* SPDX-License-Identifier: MIT */

#include "spool_helpers.h"

#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>

TestSuite(spool_file, .init = open_folder, .fini = remove_folder);

static const struct span one = {"data: one\n\n", 11};
static const struct span two = {"data: two\n\n", 11};
static const struct span both = {"data: one\n\ndata: two\n\n", 22};

/* Files. */

static mode_t
mode_of(const char *name)
{
	struct stat status;

	cr_assert_eq(stat(name, &status), 0);
	return status.st_mode & 07777;
}

Test(spool_file, is_created_for_its_group_whatever_the_umask)
{
	uint64_t n_cut;

	umask(077);
	cr_assert_eq(spool_file_create(&spool, &n_cut), 0);
	cr_assert_eq(mode_of(path), 0660);
	assert_file(path, LITERAL(""));
}

Test(spool_file, is_appended_to)
{
	struct spool_append append;

	append_raw(one);
	cr_assert_eq(append_now(two, &append), 0);
	cr_assert_eq(append.offset, one.n);
	cr_assert_eq(append.n, two.n);
	assert_file(path, both);
}

Test(spool_file, that_was_deleted_begins_anew)
{
	cr_assert_eq(append_once(one.bytes), 0);
	unlink(path);
	cr_assert_eq(append_once(two.bytes), 0);
	assert_file(path, two);
}

Test(spool_file, is_synced_if_wanted)
{
	spool.sync = true;
	cr_assert_eq(append_once(one.bytes), 0);
	cr_assert_eq(append_once(two.bytes), 0);
	assert_file(path, both);
}

Test(spool_file, is_no_link_no_folder_and_no_fifo)
{
	uint64_t n_cut;

	cr_assert_eq(symlink("other", path), 0);
	cr_assert_eq(append_once(one.bytes), -ELOOP);
	cr_assert_eq(spool_file_create(&spool, &n_cut), -ELOOP);
	unlink(path);
	cr_assert_eq(mkfifo(path, 0600), 0);
	cr_assert_eq(append_once(one.bytes), -EINVAL);
	unlink(path);
	cr_assert_eq(mkdir(path, 0700), 0);
	cr_assert_eq(append_once(one.bytes), -EISDIR);
}

static void
become_another_user(void)
{
	if (geteuid() == 0)
		cr_assert_eq(seteuid(65534), 0);
}

static void
become_oneself(void)
{
	cr_assert_eq(seteuid(getuid()), 0);
}

Test(spool_file, that_is_read_only_stays_as_it_is)
{
	append_raw(one);
	cr_assert_eq(chmod(folder, 0555), 0);
	cr_assert_eq(chmod(path, 0444), 0);
	become_another_user();
	cr_assert_eq(append_once(two.bytes), -EACCES);
	become_oneself();
	assert_file(path, one);
}

Test(spool_file, in_a_folder_that_is_read_only_is_not_made)
{
	cr_assert_eq(chmod(folder, 0555), 0);
	become_another_user();
	cr_assert_eq(append_once(one.bytes), -EACCES);
	become_oneself();
}

/* The lock. */

Test(spool_file, is_left_alone_while_another_has_the_lock)
{
	int fd;

	append_raw(one);
	fd = open(path, O_RDONLY);
	cr_assert_eq(flock(fd, LOCK_EX), 0);
	cr_assert_eq(append_once(two.bytes), -EAGAIN);
	assert_file(path, one);
	close(fd);
	cr_assert_eq(append_once(two.bytes), 0);
	assert_file(path, both);
}

/* What another process does between the opening and the locking of the file. */
static void (*before_lock)(void);

int __real_flock(int fd, int operation);
int __wrap_flock(int fd, int operation);

int
__wrap_flock(int fd, int operation)
{
	void (*meanwhile)(void) = before_lock;

	before_lock = NULL;
	if (meanwhile)
		meanwhile();
	return __real_flock(fd, operation);
}

static void
rotate(void)
{
	cr_assert_eq(rename(path, older), 0);
}

static void
rotate_and_begin(void)
{
	rotate();
	append_raw(two);
}

static void
remove_it(void)
{
	cr_assert_eq(unlink(path), 0);
}

Test(spool_file, that_loses_its_name_before_it_is_locked_is_opened_anew)
{
	append_raw(one);
	before_lock = rotate;
	cr_assert_eq(append_once(two.bytes), 0);
	assert_file(path, two);
	assert_file(older, one);
	before_lock = rotate_and_begin;
	cr_assert_eq(append_once(one.bytes), 0);
	assert_file(path, LITERAL("data: two\n\ndata: one\n\n"));
	assert_file(older, two);
	before_lock = remove_it;
	cr_assert_eq(append_once(one.bytes), 0);
	assert_file(path, one);
}

/* An event that says so, of a size that differs. */
static struct span
event_of(unsigned writer, unsigned number, char *memory, size_t size)
{
	int n = snprintf(memory, size, "data: %u %u ", writer, number);
	size_t more = number % 7 * 150;

	memset(memory + n, 'x', more);
	memcpy(memory + n + more, "\n\n", 2);
	return (struct span){memory, (size_t)n + more + 2};
}

static void
write_events(unsigned writer, unsigned n)
{
	char memory[2000];
	struct spool_append done;

	for (unsigned i = 0; i < n; i++)
		if (append(event_of(writer, i, memory, sizeof(memory)), &done) <
		    0)
			_exit(1);
	_exit(0);
}

/* Takes the writers' next events off the content, which is theirs alone. */
static void
check_events(struct span content, unsigned *next, unsigned n_writers)
{
	char memory[2000];

	while (content.n > 0) {
		unsigned writer, number;
		struct span event;

		cr_assert_eq(
		    sscanf(content.bytes, "data: %u %u ", &writer, &number), 2);
		cr_assert_lt(writer, n_writers);
		cr_assert_eq(number, next[writer]++);
		event = event_of(writer, number, memory, sizeof(memory));
		assert_span(span_take(&content, event.n), event);
	}
}

Test(spool_file, takes_the_events_of_several_processes)
{
	enum { N_WRITERS = 4, N = 500 };
	struct bytes content = {0};
	unsigned next[N_WRITERS] = {0};

	for (unsigned i = 0; i < N_WRITERS; i++)
		if (fork() == 0)
			write_events(i, N);
	for (unsigned i = 0; i < N_WRITERS; i++) {
		int status;

		cr_assert_gt(wait(&status), 0);
		cr_assert_eq(status, 0);
	}
	read_file(path, &content);
	bytes_put(&content, "", 1);
	content.n--;
	check_events(bytes_span(&content), next, N_WRITERS);
	for (unsigned i = 0; i < N_WRITERS; i++)
		cr_assert_eq(next[i], N);
	bytes_free(&content);
}

/* The unfinished end. */

Test(spool_file, loses_an_unfinished_end_wherever_it_was_cut)
{
	static const struct span events[] = {
	    {"id: 7\nevent: move\ndata: a\ndata: b\n\n", 36},
	    {"event: x\ndata: c\n\n", 18}, {"retry: 100\n\n", 12},
	    {": a comment\n\n", 13}, {"data: d\r\n\r\n", 11}};

	for (size_t i = 0; i < LENGTH(events); i++) {
		for (size_t cut = 1; cut < events[i].n; cut++) {
			struct spool_append append;

			unlink(path);
			append_raw(one);
			append_raw((struct span){events[i].bytes, cut});
			let_time_pass();
			cr_assert_eq(append_now(two, &append), 0);
			/* The LF of a CRLF may be missing. */
			if (cut == events[i].n - 1 && append.n_cut == 0)
				continue;
			cr_assert_eq(append.n_cut, cut);
			assert_file(path, both);
		}
	}
}

Test(spool_file, loses_an_unfinished_end_when_it_is_opened)
{
	uint64_t n_cut;

	append_raw(LITERAL("data: one\n\ndata: tw"));
	let_time_pass();
	cr_assert_eq(spool_file_create(&spool, &n_cut), 0);
	cr_assert_eq(n_cut, 8);
	assert_file(path, one);
}

Test(spool_file, loses_the_zeros_that_a_power_failure_left)
{
	static const char zeros[10000];

	append_raw(one);
	append_raw((struct span){zeros, sizeof(zeros)});
	let_time_pass();
	cr_assert_eq(append_once(two.bytes), 0);
	assert_file(path, both);
}

Test(spool_file, waits_for_a_script_that_writes_in_parts)
{
	append_raw(LITERAL("data: one\n"));
	cr_assert_eq(append_once(two.bytes), -EAGAIN);
	append_raw(LITERAL("\n"));
	cr_assert_eq(append_once(two.bytes), 0);
	assert_file(path, both);
}

Test(spool_file, cuts_nothing_off_a_file_that_is_no_spool)
{
	static const char *const contents[] = {"some text", "text\n",
	    "one paragraph\n\nanother\n", "data\n\ndatabase: x", "idle", "{}"};

	for (size_t i = 0; i < LENGTH(contents); i++) {
		unlink(path);
		append_raw(span_of(contents[i]));
		let_time_pass();
		cr_assert_eq(append_once(one.bytes), -EBADMSG);
		assert_file(path, span_of(contents[i]));
	}
}

/* A writer is killed while it writes, as soon as it has written so much. */
static void
kill_a_writer(unsigned writer, off_t size, uint64_t *n_written)
{
	enum { EVENT_BYTES = 400000 };
	char *event = malloc(EVENT_BYTES);
	int ends[2];
	struct stat status;
	pid_t pid;
	char c;

	memset(event, 'a' + (int)(writer % 26), EVENT_BYTES);
	memcpy(event, "data: ", 6);
	memcpy(event + EVENT_BYTES - 2, "\n\n", 2);
	cr_assert_eq(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		struct spool_append done;
		struct span blocks = {event, EVENT_BYTES};

		while (append(blocks, &done) == 0)
			(void)!write(ends[1], "", 1);
		_exit(1);
	}
	close(ends[1]);
	while (stat(path, &status) == 0 && status.st_size < size)
		continue;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	while (read(ends[0], &c, 1) > 0)
		(*n_written)++;
	close(ends[0]);
	free(event);
}

/* How many whole events there are; each is of one letter. */
static uint64_t
count_letters(struct span content)
{
	uint64_t n = 0;

	while (content.n > 0) {
		struct span begin = span_take(&content, 6);
		char letter = *content.bytes;
		size_t i = 0;

		assert_span(begin, LITERAL("data: "));
		while (i < content.n && content.bytes[i] == letter)
			i++;
		span_take(&content, i);
		assert_span(span_take(&content, 2), LITERAL("\n\n"));
		n++;
	}
	return n;
}

Test(spool_file, has_what_a_killed_writer_knows_it_has_written)
{
	struct bytes content = {0};
	uint64_t n_written = 0, n, n_torn = 0, n_cut;

	spool.max_size = UINT64_MAX;
	append_raw(LITERAL(""));
	for (unsigned i = 0; i < 30; i++) {
		struct stat status;

		cr_assert_eq(stat(path, &status), 0);
		kill_a_writer(
		    i, status.st_size + 1 + 13000 * (off_t)i, &n_written);
		let_time_pass();
		cr_assert_eq(spool_file_create(&spool, &n_cut), 0);
		n_torn += n_cut > 0;
	}
	read_file(path, &content);
	n = count_letters(bytes_span(&content));
	/* One more may be there that the writer could not tell of. */
	cr_assert(n >= n_written && n <= n_written + 30);
	cr_log_info("%d of 30 were torn", (int)n_torn);
	bytes_free(&content);
}

/* A full disk. */

static void
limit_size(rlim_t size)
{
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	cr_assert_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = size;
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

Test(spool_file, on_a_full_disk_keeps_whole_events_alone)
{
	const struct span zero = LITERAL("data: 0\n\n");
	struct spool_append append;

	append_raw(zero);
	for (rlim_t size = zero.n; size < zero.n + both.n; size++) {
		size_t n = size < zero.n + one.n ? 0 : one.n;

		cr_assert_eq(truncate(path, (off_t)zero.n), 0);
		limit_size(size);
		cr_assert_eq(append_now(both, &append), -EFBIG);
		limit_size(RLIM_INFINITY);
		cr_assert_eq(append.n, n);
		cr_assert(n == 0 || append.offset == zero.n);
		cr_assert_eq(append_once("data: 3\n\n"), 0);
		if (n == 0)
			assert_file(path, LITERAL("data: 0\n\ndata: 3\n\n"));
		else
			assert_file(path,
			    LITERAL("data: 0\n\ndata: one\n\ndata: 3\n\n"));
	}
}

/* The comment that tells the event from the one before goes with it. */
Test(spool_file, on_a_full_disk_takes_back_all_that_was_written)
{
	struct spool_append append;

	append_raw(one);
	for (rlim_t size = one.n; size < one.n + strlen(": b\n") + one.n;
	     size++) {
		limit_size(size);
		cr_assert_eq(append_now(one, &append), -EFBIG);
		limit_size(RLIM_INFINITY);
		assert_file(path, one);
	}
	cr_assert_eq(append_now(one, &append), 0);
	assert_file(path, LITERAL("data: one\n\n: b\ndata: one\n\n"));
}

/* Rotation. */

Test(spool_file, is_rotated_before_it_is_too_large)
{
	spool.max_size = 30;
	cr_assert_eq(append_once(one.bytes), 0);
	cr_assert_eq(append_once(two.bytes), 0);
	cr_assert_eq(chmod(path, 0664), 0);
	cr_assert_eq(append_once("data: three\n\n"), 0);
	assert_file(path, LITERAL("data: three\n\n"));
	assert_file(older, both);
	cr_assert_eq(mode_of(path), 0664);
	cr_assert_eq(append_once(both.bytes), 0);
	assert_file(path, both);
	assert_file(older, LITERAL("data: three\n\n"));
}

Test(spool_file, takes_an_event_that_is_larger_than_a_file_should_be)
{
	spool.max_size = 10;
	cr_assert_eq(append_once(both.bytes), 0);
	assert_file(path, both);
	cr_assert_eq(append_once(one.bytes), 0);
	assert_file(path, one);
	assert_file(older, both);
}

Test(spool_file, that_cannot_be_rotated_takes_no_more)
{
	spool.max_size = 15;
	cr_assert_eq(append_once(one.bytes), 0);
	cr_assert_eq(mkdir(older, 0700), 0);
	cr_assert_eq(append_once(two.bytes), -EISDIR);
	assert_file(path, one);
}

Test(spool_file, is_rotated_by_several_processes_at_once)
{
	enum { N_WRITERS = 3, N = 300 };
	struct bytes content = {0};
	unsigned next[N_WRITERS], first[N_WRITERS] = {N, N, N};

	spool.max_size = 100000;
	for (unsigned i = 0; i < N_WRITERS; i++)
		if (fork() == 0)
			write_events(i, N);
	for (unsigned i = 0; i < N_WRITERS; i++) {
		int status;

		cr_assert_gt(wait(&status), 0);
		cr_assert_eq(status, 0);
	}
	read_file(older, &content);
	cr_assert_leq(content.n, 100000);
	read_file(path, &content);
	bytes_put(&content, "", 1);
	content.n--;
	/* The two files are the end of all, without a hole. */
	for (const char *at = content.at; at;
	     at = strstr(at + 1, "\n\ndata: ")) {
		unsigned writer, number;

		if (sscanf(at + (*at == '\n' ? 2 : 0), "data: %u %u ", &writer,
			&number) == 2 &&
		    number < first[writer])
			first[writer] = number;
	}
	memcpy(next, first, sizeof(next));
	check_events(bytes_span(&content), next, N_WRITERS);
	for (unsigned i = 0; i < N_WRITERS; i++)
		cr_assert_eq(next[i], N);
	bytes_free(&content);
}
