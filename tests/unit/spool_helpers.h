/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_TESTS_UNIT_SPOOL_HELPERS_H
#define PIPECAST_TESTS_UNIT_SPOOL_HELPERS_H

/* A spool in a folder of its own, for one test. */

#include "sources/spool_file.h"

#include "core/stream_writer.h"

#include "helpers.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char folder[40];
static char path[60];
static char older[80]; /* PATH.1 */
static struct spool_file spool;

static inline void
open_folder(void)
{
	strcpy(folder, "/tmp/spool-test-XXXXXX");
	cr_assert_not_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/room.sse", folder);
	snprintf(older, sizeof(older), "%s.1", path);
	spool = (struct spool_file){.path = path, .max_size = 16 << 20};
}

static inline void
remove_folder(void)
{
	unlink(path);
	unlink(older);
	rmdir(path);
	rmdir(older);
	rmdir(folder);
}

/* As a script does it, without the lock. */
static inline void
append_raw(struct span bytes)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT, 0660);

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, bytes.bytes, bytes.n), (ssize_t)bytes.n);
	close(fd);
}

/* As if nobody had written for so long. */
static inline void
let_time_pass(void)
{
	struct timespec times[2] = {{0, UTIME_OMIT}, {0, 0}};

	clock_gettime(CLOCK_REALTIME, &times[1]);
	times[1].tv_sec -= 2;
	cr_assert_eq(utimensat(AT_FDCWD, path, times, 0), 0);
}

static inline void
read_file(const char *name, struct bytes *content)
{
	FILE *file = fopen(name, "r");
	char part[4096];
	size_t n;

	cr_assert_not_null(file);
	while ((n = fread(part, 1, sizeof(part), file)) > 0)
		bytes_put(content, part, n);
	fclose(file);
}

#define assert_file(NAME, CONTENT) \
	do { \
		struct bytes content_ = {0}; \
\
		read_file(NAME, &content_); \
		assert_span(bytes_span(&content_), CONTENT); \
		bytes_free(&content_); \
	} while (0)

static inline int
append_now(struct span blocks, struct spool_append *append)
{
	size_t n_first = 2;

	while (n_first < blocks.n &&
	    memcmp(blocks.bytes + n_first - 2, "\n\n", 2) != 0)
		n_first++;
	return spool_file_append(&spool, blocks, n_first, append);
}

/* Tries again as long as others write. */
static inline int
append(struct span blocks, struct spool_append *append)
{
	int rc;

	do {
		rc = append_now(blocks, append);
	} while (rc == -EAGAIN && sched_yield() == 0);
	return rc;
}

static inline int
append_once(const char *blocks)
{
	struct spool_append append;

	return append_now(span_of(blocks), &append);
}

#endif
