/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_TESTS_UNIT_RING_BYTES_H
#define PIPECAST_TESTS_UNIT_RING_BYTES_H

/* What the tests of the ring share: bytes to put there, and to read back. */

#include "core/ring.h"

#include "helpers.h"

static const uint64_t id_key[] = {1, 2};

/* The bytes of the log, as a function of their offset. */
static inline char
byte_at(uint64_t offset)
{
	return (char)(offset * 2654435761u >> 13);
}

static inline struct bytes
bytes_between(const struct ring *ring, uint64_t from, uint64_t to)
{
	struct bytes bytes = {0};
	struct iovec iov[2];
	int n = ring_read(ring, from, to, iov);

	for (int i = 0; i < n; i++) {
		cr_assert_gt(iov[i].iov_len, 0);
		bytes_put(&bytes, iov[i].iov_base, iov[i].iov_len);
	}
	return bytes;
}

#endif
