/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_LOOP_ADDRESS_H
#define PIPECAST_LOOP_ADDRESS_H

/*
 * Where to listen: "PORT" (of this machine's loopback only), "HOST:PORT",
 * "[V6]:PORT" or "unix:PATH".  Port 0 is any free one.  A socket file's PATH
 * may be followed by ",mode=OCTAL" and ",group=GROUP", a name or number, and
 * contains no comma.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Enough for every address as text: that of a socket file is the longest. */
enum { ADDRESS_TEXT_SIZE = 128 };

struct address {
	char host[64];  /* "" if it is a socket file */
	char path[108]; /* of the socket file, else "" */
	uint16_t port;
	uint16_t mode;  /* of the socket file */
	bool has_group; /* else the group of the process */
	gid_t group;
	/* The socket file that was made; 0: none. */
	dev_t device;
	ino_t inode;
};

/*
 * Parses the text.  Returns NULL, or a static text that says what would be
 * right.  Groups are looked up, names of hosts are not yet.
 */
const char *address_parse(struct address *address, const char *text);

/*
 * Makes a listening, non-blocking, close-on-exec socket there.  A socket file
 * has its mode and group, regardless of the umask, before any client can
 * connect; one on which no process listens any more is replaced.  Returns the
 * descriptor, or a negative errno: -EADDRINUSE also for a socket file on which
 * a process listens, -EEXIST for a file that is no socket, -EADDRNOTAVAIL for a
 * host that is not known or not this machine, -EPERM if the file may not be
 * given to its group.
 */
int address_listen(struct address *address);

/*
 * The socket file at the path was made for a socket of ours: address_forget
 * removes it.
 */
void address_adopt(struct address *address, const char *path);

/* Whether the socket file still has its name. */
bool address_is_there(const struct address *address);

/*
 * Writes the address of a listening socket, as address_parse reads it; its
 * port is the real one.  Always NUL-terminated.  Returns out.
 */
char *address_of(int fd, char out[ADDRESS_TEXT_SIZE]);

/*
 * Writes the URL under which a browser on this machine reaches HTTP on that
 * listening socket, with its final slash; "" if there is none, as for a socket
 * file.  Always NUL-terminated.  Returns out.
 */
char *address_url(int fd, char out[ADDRESS_TEXT_SIZE]);

/*
 * Writes the address that a connection comes from, without its port; "" if it
 * has none, as by a socket file.  Always NUL-terminated.  Returns out.
 */
char *address_of_peer(int fd, char out[ADDRESS_TEXT_SIZE]);

/* Whether it can be reached from this machine alone, by a loopback address. */
bool address_is_loopback(int fd);

/* Whether it can be reached by every address of this machine. */
bool address_is_wildcard(int fd);

/*
 * Removes the socket file that address_listen made, unless its name has become
 * another's.  To be called while the socket is open: until then no other
 * process takes the file for a stale one, and no client connects in vain.
 * Idempotent.
 */
void address_forget(struct address *address);

#endif
