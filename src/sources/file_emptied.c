/* SPDX-License-Identifier: MIT */

#include "sources/file_emptied.h"

#include "sources/file_places.h"

#include <unistd.h>

int
file_emptied_open_copy(
    struct file_follower *follower, struct file_status *status, bool *is_unsure)
{
	const struct place_key *key = follower->source->context->place_key;
	const struct file_head *head = &follower->reader.head;
	uint64_t offset = file_reader_position(&follower->reader);

	if (offset >= head->n)
		return rotation_open_copy(&follower->rotation,
		    path_watch_count(&follower->watch), key, offset,
		    file_reader_content(&follower->reader), status, is_unsure);
	/* Little or nothing was read: the head says more than the place. */
	return rotation_open_copy(&follower->rotation,
	    path_watch_count(&follower->watch), key, head->n,
	    place_content(key, head->n,
		place_sum(key, (struct span){head->bytes, head->n})),
	    status, is_unsure);
}

bool
file_emptied_may_deceive(const struct file_follower *follower)
{
	return file_reader_position(&follower->reader) < PLACE_WINDOW &&
	    !intake_is_full(&follower->reader.intake);
}

/* The copy has what the file no longer has. */
static bool
file_emptied_by_copy(struct file_follower *follower, uint64_t n_come)
{
	const struct place_key *key = follower->source->context->place_key;
	struct file_status status;
	bool has_all, is_unsure;
	int copy;

	if (n_come == follower->n_looked && !follower->has_copy)
		return false;
	follower->n_looked = n_come;
	follower->has_copy = false;
	if (!rotation_has_name(&follower->rotation))
		return false;
	copy = file_emptied_open_copy(follower, &status, &is_unsure);
	follower->has_copy = copy >= 0;
	if (copy < 0)
		return false;
	has_all = file_places_has_all_of(key, follower->reader.fd, copy);
	close(copy);
	return !has_all;
}

bool
file_emptied_notice(struct file_follower *follower, uint64_t n_come)
{
	return file_reader_was_emptied(&follower->reader) ||
	    (file_emptied_may_deceive(follower) &&
		file_reader_position(&follower->reader) > 0 &&
		file_emptied_by_copy(follower, n_come));
}
