/* SPDX-License-Identifier: MIT */

#include "progress.h"

#include <err.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

struct progress *
progress_open(const char *path)
{
	int fd = -1, flags = MAP_PRIVATE | MAP_ANONYMOUS;
	void *map;

	if (path) {
		flags = MAP_SHARED;
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		if (fd < 0 || ftruncate(fd, sizeof(struct progress)) < 0)
			err(2, "%s", path);
	}
	map = mmap(NULL, sizeof(struct progress), PROT_READ | PROT_WRITE, flags,
	    fd, 0);
	if (map == MAP_FAILED)
		err(2, "%s", path ? path : "memory");
	if (fd >= 0)
		close(fd);
	return map;
}
