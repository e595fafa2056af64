/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_LOOP_DESCRIPTOR_H
#define PIPECAST_LOOP_DESCRIPTOR_H

/* Helpers for descriptors.  Errors are negative errno values. */

#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

/*
 * Makes sure that descriptors 0, 1 and 2 are open, on /dev/null if need be,
 * so that no file opened later becomes one of them by accident.  *had_output
 * receives whether standard output was open.  Returns 0 or an error.
 */
int descriptor_secure_standard(bool *had_output);

/*
 * Sets O_NONBLOCK.  The open file must be ours alone: of one that other
 * processes share (loop/shared_file.h) the flags are theirs as well.  Returns 0
 * or an error.
 */
int descriptor_set_nonblocking(int fd);

/*
 * Opens the pipe or terminal behind fd once more, non-blocking and closed on
 * exec, so that the open file that others share keeps its flags.  Anything
 * else has an offset or cannot be opened.  Returns the descriptor or an error.
 */
int descriptor_reopen(int fd, int access);

/*
 * Raises the limit of open descriptors as far as possible, and returns it.
 * descriptor_restore_limit restores the old limit for a command, which may not
 * be made for a higher one; it may be called after fork.
 */
size_t descriptor_raise_limit(void);
void descriptor_restore_limit(void);

/* Closes every descriptor of the process but these. */
void descriptor_close_all_but(const int *fds, size_t n);

/* Closes *fd if it is not negative and sets it to -1. */
void descriptor_close(int *fd);

/*
 * One read, begun anew when a signal interrupts it.  Returns how many bytes, 0
 * at the end, -EAGAIN if there are none now, or another error.
 */
ssize_t descriptor_read(int fd, char *bytes, size_t n);

/*
 * One write or writev, begun anew when a signal interrupts it.  Returns how
 * many bytes were taken, -EAGAIN for none now, or another error.
 */
ssize_t descriptor_write(int fd, const char *bytes, size_t n);
ssize_t descriptor_write_parts(int fd, const struct iovec *parts, int n);

/*
 * Accepts a connection, non-blocking and closed on exec.  Returns its
 * descriptor or an error, of which -EINTR is none of the socket's.
 */
int descriptor_accept(int fd);

/*
 * Whether the reader of fd is gone: the pipe's reader or the socket's peer has
 * closed.  A peer that only stopped sending is not gone (Apache's mod_cgid
 * stops after the request body).
 */
bool descriptor_peer_gone(int fd);

/* Whether it is a socket that listens. */
bool descriptor_is_listening(int fd);

/* Makes a pipe whose ends are closed on exec.  Returns 0 or an error. */
int descriptor_pipe(int ends[2]);

/*
 * Makes an empty file that has no name and ends with its descriptor, in
 * memory if possible; closed on exec.  Returns the descriptor or an error.
 */
int descriptor_memory_file(void);

#endif
