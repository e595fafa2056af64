/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_SOURCES_INTAKE_H
#define PIPECAST_SOURCES_INTAKE_H

/*
 * An intake: the bytes of one descriptor on their way into an input format.
 * It reads only when everything read before was parsed, and keeps what the
 * sink did not want yet.  It remembers the bytes before its place, so that a
 * file's position can be checked later.
 */

#include "core/event_id.h"
#include "formats/input_format.h"

#include <sys/types.h>

struct intake {
	struct input_format *format;
	char *buffer;      /* PLACE_WINDOW bytes from before, then those read */
	size_t from;       /* first byte not parsed yet */
	size_t to;         /* end of what was read */
	uint64_t position; /* of byte to in the input */
	uint64_t sum;      /* of the window before byte summed */
	size_t summed;
	uint64_t limit; /* of position; UINT64_MAX to begin with */
	bool is_shared; /* the descriptor: loop/shared_file.h */
};

/*
 * before are the up to PLACE_WINDOW bytes of the input in front of
 * start.position, or absent.  Returns 0 or -ENOMEM.
 */
int intake_init(struct intake *intake, const struct input_format_kind *kind,
    struct input_options options, struct event_sink sink,
    struct input_start start, struct span before);
void intake_fini(struct intake *intake);

/* Whether bytes were read that the sink has not wanted yet. */
bool intake_is_full(const struct intake *intake);

/*
 * Parses the rest, or reads once from the descriptor and parses that.
 * Returns the number of bytes read, 0 at the end of the file, or a negative
 * errno (-EAGAIN: nothing there).  When bytes were left, it returns their
 * number without reading.  It reads no byte behind the limit, which is like the
 * end of the file.
 */
ssize_t intake_pull(struct intake *intake, int fd);

/* The same, but parses nothing: what was read is left for intake_pull. */
ssize_t intake_fill(struct intake *intake, int fd);

/*
 * Sets aside what was read and not parsed yet, as if it had not been read.
 * Returns the number of bytes, for intake_take_back before the next read.
 */
size_t intake_set_aside(struct intake *intake);
void intake_take_back(struct intake *intake, size_t n);

/* As input_format_awaits_pause and input_format_pause. */
bool intake_awaits_pause(const struct intake *intake);
void intake_pause(struct intake *intake);

/* The input has ended; everything must have been parsed. */
void intake_finish(struct intake *intake);

/* Whether the last bytes read end in the middle of a line or record. */
bool intake_ends_in_line(const struct intake *intake);

/*
 * The bytes in front of a position, at most PLACE_WINDOW.  The position
 * must be one that the format has just reported, or the intake's.
 */
struct span intake_before(const struct intake *intake, uint64_t position);

/*
 * All bytes from the beginning of the input up to the intake's position, absent
 * once its first bytes are no longer there.
 */
struct span intake_from_beginning(const struct intake *intake);

/* The bytes in front of the intake's position have become others, as many. */
void intake_replace_before(struct intake *intake, struct span before);

/*
 * The content of the place at a position (core/place.h), which must be as for
 * intake_before.  The window is summed from its beginning if its sum was not
 * rolled on to here.
 */
uint64_t intake_content(
    struct intake *intake, const struct place_key *key, uint64_t position);

#endif
