/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_LOOP_SHARED_FILE_H
#define PIPECAST_LOOP_SHARED_FILE_H

/*
 * Open files that were handed over: standard input and output, a listening
 * socket.  Other processes may share them and with them their flags, so
 * O_NONBLOCK is not ours to set.  None of these calls waits, whether or not
 * that flag is set.
 *
 * On a pipe or terminal that descriptor_reopen cannot open again, a call waits
 * if another process reads or writes in the same moment.
 */

#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

/*
 * Reads once.  Returns how many bytes, 0 at the end, -EAGAIN if there are none
 * now, or another negative errno.
 */
ssize_t shared_file_read(int fd, char *bytes, size_t n);

/* As descriptor_write_parts. */
ssize_t shared_file_write_parts(int fd, const struct iovec *parts, int n);

/*
 * As descriptor_accept.  shared_file_prepare_to_accept, which sets a handler
 * for SIGALRM, must have been called before.
 */
void shared_file_prepare_to_accept(void);
int shared_file_accept(int fd);

#endif
