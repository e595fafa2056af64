/* SPDX-License-Identifier: MIT */

#include "program/share_place.h"

#include "gateways/handover_message.h"
#include "loop/descriptor.h"
#include "loop/local_socket.h"
#include "loop/log.h"
#include "loop/loop.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	LOCK_PAUSE_MS = 10,
	VISITED_MAX = 64, /* entries of the folder */
};

#define LOCK_NAME "lock"

/* The folder. */

/* Returns its path; "" if it is too long. */
static const char *
share_folder_path(char *path, size_t size)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	int n = runtime && *runtime == '/'
	    ? snprintf(path, size, "%s/pipecast", runtime)
	    : snprintf(path, size, "/tmp/pipecast-%ju", (uintmax_t)geteuid());

	return n < 0 || (size_t)n >= size ? "" : path;
}

/* Returns NULL, or why the folder cannot be used (static). */
static const char *
share_folder_check(int fd)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return strerror(errno);
	if (status.st_uid != geteuid())
		return "it belongs to another user";
	if (status.st_mode & (S_IRWXG | S_IRWXO))
		return "other users may use it; run chmod 700 on it";
	return NULL;
}

static const char *
share_folder_open(int *fd, const char *path)
{
	if (!*path)
		return "XDG_RUNTIME_DIR is too long";
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return strerror(errno);
	*fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (*fd >= 0)
		return share_folder_check(*fd);
	return errno == ELOOP || errno == ENOTDIR
	    ? "it is a link or a file, not a folder"
	    : strerror(errno);
}

bool
share_place_open(struct share_place *place, const struct digest *digest)
{
	size_t room = sizeof(place->path) - DIGEST_TEXT_SIZE - 1;
	const char *path, *why;
	size_t n;

	*place = (struct share_place){.folder = -1};
	path = share_folder_path(place->path, room);
	why = share_folder_open(&place->folder, path);
	if (why) {
		log_line(LOG_WARNING,
		    "--share cannot use the folder %s: %s; this process tries "
		    "to serve the viewer",
		    *path ? path : "of the sockets", why);
		return false;
	}
	n = strlen(path);
	place->path[n] = '/';
	place->name = digest_write(digest, place->path + n + 1);
	return true;
}

void
share_place_close(struct share_place *place)
{
	descriptor_close(&place->folder);
}

int
share_place_lock(const struct share_place *place, unsigned within_ms)
{
	const struct timespec pause = {.tv_nsec = LOCK_PAUSE_MS * 1000000L};
	uint64_t until_ms = loop_now_ms() + within_ms;
	int fd = openat(place->folder, LOCK_NAME,
	    O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return -errno;
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		int error = errno;

		if (error == EINTR ||
		    (error == EWOULDBLOCK && loop_now_ms() < until_ms)) {
			nanosleep(&pause, NULL);
			continue;
		}
		close(fd);
		return error == EWOULDBLOCK ? -EAGAIN : -error;
	}
	return fd;
}

/* Sockets. */

struct share_socket
share_place_look(const struct share_place *place)
{
	struct stat status;

	if (fstatat(place->folder, place->name, &status, AT_SYMLINK_NOFOLLOW) <
	    0)
		return (struct share_socket){0};
	return (struct share_socket){status.st_dev, status.st_ino};
}

void
share_place_remove(const struct share_place *place, struct share_socket socket)
{
	struct share_socket now = share_place_look(place);

	if (now.inode == socket.inode && now.device == socket.device)
		unlinkat(place->folder, place->name, 0);
}

/*
 * What to do with another hub in the folder: fd is a connection to it, or the
 * negative errno by which that failed.
 */
typedef void share_visit(
    const struct share_place *place, const char *name, int fd);

static void
share_visit_socket(
    const struct share_place *place, const char *name, share_visit *visit)
{
	struct share_place other = *place;
	size_t at = (size_t)(place->name - place->path);
	int fd;

	if (strlen(name) != DIGEST_TEXT_SIZE - 1 ||
	    strcmp(name, place->name) == 0)
		return;
	memcpy(other.path + at, name, DIGEST_TEXT_SIZE);
	fd = local_socket_connect(other.path, 1);
	visit(place, name, fd);
	descriptor_close(&fd);
}

static void
share_visit_others(const struct share_place *place, share_visit *visit)
{
	int fd = openat(place->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *names = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!names) {
		descriptor_close(&fd);
		return;
	}
	for (int n = 0; n < VISITED_MAX && (entry = readdir(names)); n++)
		share_visit_socket(place, entry->d_name, visit);
	closedir(names);
}

static void
share_remove_dead(const struct share_place *place, const char *name, int fd)
{
	if (fd == -ECONNREFUSED)
		unlinkat(place->folder, name, 0);
}

void
share_place_sweep(const struct share_place *place)
{
	share_place_remove(place, share_place_look(place));
	share_visit_others(place, share_remove_dead);
}

static void
share_tell(const struct share_place *place, const char *name, int fd)
{
	(void)place;
	(void)name;
	if (fd >= 0)
		local_socket_send(fd, handover_message_started(), NULL);
}

void
share_place_tell_others(const struct share_place *place)
{
	share_visit_others(place, share_tell);
}
