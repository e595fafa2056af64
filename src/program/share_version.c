/* SPDX-License-Identifier: MIT */

#include "program/share_version.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Which file it is, and which version of it: each edit changes that. */
static void
share_version_add(struct digest *digest, const char *path)
{
	struct stat status;
	char text[128];

	if (!path || stat(path, &status) < 0) {
		digest_add(digest, span_of(path));
		return;
	}
	/* Of a folder, only which one it is. */
	if (S_ISDIR(status.st_mode))
		status.st_size = status.st_mtim.tv_sec =
		    status.st_mtim.tv_nsec = 0;
	snprintf(text, sizeof(text), "%ju %ju %jd %jd.%09ld",
	    (uintmax_t)status.st_dev, (uintmax_t)status.st_ino,
	    (intmax_t)status.st_size, (intmax_t)status.st_mtim.tv_sec,
	    status.st_mtim.tv_nsec);
	digest_add(digest, span_of(text));
}

static struct digest
share_version_digest(const struct share_version *version)
{
	const struct options *options = version->options;
	struct digest digest = options->digest;

	share_version_add(&digest, version->program);
	share_version_add(&digest, version->script);
	share_version_add(&digest, ".");
	share_version_add(&digest, options->read_token);
	share_version_add(&digest, options->post_token);
	share_version_add(&digest, options->page);
	for (size_t i = 0; i < options->config_files.n; i++)
		share_version_add(&digest, options->config_files.items[i]);
	return digest;
}

/* Its name, as another file may take the place of the running one. */
static void
share_version_note_program(struct share_version *version)
{
	ssize_t n = readlink(
	    "/proc/self/exe", version->program, sizeof(version->program) - 1);

	version->program[n > 0 ? n : 0] = '\0';
}

/* Servers differ in which of them they set. */
static const char *
share_version_script(void)
{
	const char *file = getenv("SCRIPT_FILENAME");

	return file && *file ? file : getenv("SCRIPT_NAME");
}

void
share_version_take(struct share_version *version, const struct options *options)
{
	version->options = options;
	version->script = share_version_script();
	share_version_note_program(version);
	version->digest = share_version_digest(version);
}

bool
share_version_is_current(const struct share_version *version)
{
	struct digest now = share_version_digest(version);

	return memcmp(&now, &version->digest, sizeof(now)) == 0;
}
