/* SPDX-License-Identifier: MIT */

#include "sources/file_places.h"

#include "loop/descriptor.h"
#include "sources/file_head.h"

#include <errno.h>
#include <unistd.h>

struct span
file_places_before(int fd, uint64_t offset, char memory[PLACE_WINDOW])
{
	size_t n = offset < PLACE_WINDOW ? (size_t)offset : PLACE_WINDOW;
	ssize_t got = pread(fd, memory, n, (off_t)(offset - n));

	return (struct span){memory, got > 0 ? (size_t)got : 0};
}

bool
file_places_hold(
    const struct place_key *key, int fd, uint64_t offset, uint64_t content)
{
	char memory[PLACE_WINDOW];
	struct span before = file_places_before(fd, offset, memory);
	size_t whole = offset < PLACE_WINDOW ? (size_t)offset : PLACE_WINDOW;

	return before.n == whole &&
	    place_content(key, offset, place_sum(key, before)) == content;
}

bool
file_places_are_alike(int fd, uint64_t offset)
{
	char around[PLACE_AROUND_MAX];
	uint64_t from = offset < PLACE_WINDOW ? 0 : offset - PLACE_WINDOW;
	ssize_t n = pread(fd, around, sizeof(around), (off_t)from);

	return n > 0 && place_is_repetitive((struct span){around, (size_t)n});
}

bool
file_places_has_all_of(const struct place_key *key, int fd, int copy)
{
	char memory[PLACE_WINDOW];
	struct file_status status;
	struct span end;

	if (file_status_of(copy, &status) < 0)
		return false;
	end = file_places_before(copy, status.size, memory);
	return file_places_hold(key, fd, status.size,
	    place_content(key, status.size, place_sum(key, end)));
}

bool
file_places_is_shortage(int error)
{
	return error == -EMFILE || error == -ENFILE || error == -ENOMEM;
}

/* The files that hold a place, open: the one that it is of, and a copy. */
struct file_holders {
	int own; /* -1 for none */
	int copy;
	struct file_status own_status;
	struct file_status copy_status;
	bool many; /* there are several copies */
	int error; /* -ENOENT, or a shortage */
};

static void
file_holders_add(struct file_holders *holders, int fd,
    const struct file_status *status, bool is_own)
{
	if (is_own && holders->own < 0) {
		holders->own = fd;
		holders->own_status = *status;
		return;
	}
	if (!is_own && holders->copy < 0) {
		holders->copy = fd;
		holders->copy_status = *status;
		return;
	}
	/* A second name of a file is no second file. */
	if (!is_own &&
	    !file_status_same(
		&status->identity, &holders->copy_status.identity))
		holders->many = true;
	close(fd);
}

/* Looks at all names; PATH itself is no copy. */
static struct file_holders
file_holders_find(const struct file_names *names, const struct place_key *key,
    const struct file_place *place)
{
	struct file_holders holders = {.own = -1, .copy = -1, .error = -ENOENT};

	for (int i = 0; i < FILE_NAMES_MAX; i++) {
		struct file_status status;
		int fd = file_names_open(names, i, &status);
		bool is_own;

		if (file_places_is_shortage(fd))
			holders.error = fd;
		if (fd < 0)
			continue;
		is_own =
		    place_identity(key, &status.identity) == place->identity;
		if ((is_own || i > 0) &&
		    file_places_hold(key, fd, place->offset, place->content))
			file_holders_add(&holders, fd, &status, is_own);
		else
			close(fd);
	}
	return holders;
}

/* Takes the descriptor if the place is there and nowhere else. */
static int
file_holders_take(int *fd, uint64_t offset)
{
	int taken = *fd;

	if (file_places_are_alike(taken, offset) ||
	    lseek(taken, (off_t)offset, SEEK_SET) < 0)
		return -ENOENT;
	*fd = -1;
	return taken;
}

/*
 * A file of which there is a copy may have been emptied since, and have grown
 * past the place with the same bytes before it.  Drops the file if it was, and
 * both if that cannot be told.
 */
static void
file_holders_judge(struct file_holders *holders, const struct place_key *key,
    const struct file_place *place)
{
	struct file_head head;

	if (holders->own < 0 || holders->copy < 0 ||
	    place->offset >= PLACE_WINDOW ||
	    file_places_has_all_of(key, holders->own, holders->copy))
		return;
	file_head_read(&head, holders->copy);
	if (!file_head_has_changed(&head, holders->own))
		descriptor_close(&holders->copy);
	descriptor_close(&holders->own);
}

int
file_places_open(const struct file_names *names, const struct place_key *key,
    const struct file_place *place, struct file_status *status)
{
	struct file_holders holders = file_holders_find(names, key, place);
	int rc = holders.error;

	file_holders_judge(&holders, key, place);
	if (place->offset == 0) {
		rc = -ENOENT; /* no event ends there */
	} else if (holders.own >= 0) {
		*status = holders.own_status;
		rc = file_holders_take(&holders.own, place->offset);
	} else if (holders.copy >= 0 && !holders.many) {
		*status = holders.copy_status;
		rc = file_holders_take(&holders.copy, place->offset);
	}
	descriptor_close(&holders.own);
	descriptor_close(&holders.copy);
	return rc;
}

bool
file_places_is_of_copy(const struct file_names *names,
    const struct place_key *key, const struct file_place *place)
{
	struct file_holders holders;
	bool is_of_copy;

	if (place->offset >= PLACE_WINDOW)
		return false;
	holders = file_holders_find(names, key, place);
	is_of_copy = holders.copy >= 0;
	file_holders_judge(&holders, key, place);
	is_of_copy = is_of_copy && holders.own < 0;
	descriptor_close(&holders.own);
	descriptor_close(&holders.copy);
	return is_of_copy;
}
