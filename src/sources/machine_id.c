/* SPDX-License-Identifier: MIT */

#include "sources/machine_id.h"

#include "loop/descriptor.h"

#include <fcntl.h>
#include <unistd.h>

size_t
machine_id_read(char id[MACHINE_ID_SIZE])
{
	int fd = open("/etc/machine-id", O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t n = fd < 0 ? 0 : read(fd, id, MACHINE_ID_SIZE);

	descriptor_close(&fd);
	return n > 0 ? (size_t)n : 0;
}
