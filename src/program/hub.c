/* SPDX-License-Identifier: MIT */

#include "program/hub.h"

#include "gateways/handover_errors.h"
#include "loop/descriptor.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

/* Whether the variable describes one request (RFC 3875, 4.1), or may do so. */
static bool
hub_is_of_request(const char *variable)
{
	static const char *const beginnings[] = {"AUTH_TYPE=", "CONTENT_",
	    "CONTEXT_", "DOCUMENT_", "GATEWAY_INTERFACE=", "HTTPS=", "HTTP_",
	    "PATH_INFO=", "PATH_TRANSLATED=", "QUERY_STRING=", "REDIRECT_",
	    "REMOTE_", "REQUEST_", "SCRIPT_", "SERVER_", "SSL_", "UNIQUE_ID="};
	size_t n = sizeof(beginnings) / sizeof(beginnings[0]);

	for (size_t i = 0; i < n; i++)
		if (strncmp(variable, beginnings[i], strlen(beginnings[i])) ==
		    0)
			return true;
	return false;
}

/* The commands serve all viewers, and are not to know of the first one. */
static void
hub_forget_request(void)
{
	char **kept = environ;

	for (char **at = environ; *at; at++)
		if (!hub_is_of_request(*at))
			*kept++ = *at;
	*kept = NULL;
}

/*
 * Files that the web server left open must not stay open.  Nor may what the hub
 * has to say get into the response of the first viewer.
 */
static void
hub_leave_files(const int *kept, size_t n)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null >= 0) {
		if (handover_errors_are_of_viewer())
			dup2(null, STDERR_FILENO);
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
	}
	descriptor_close_all_but(kept, n);
}

enum exit_code
hub_run(const struct options *options, const struct server_hub *hub, int fd)
{
	const int kept[] = {
	    STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO, hub->place.folder, fd};
	struct endpoints endpoints;

	hub_forget_request();
	hub_leave_files(kept, sizeof(kept) / sizeof(kept[0]));
	endpoints_serve_hub(&endpoints, hub->place.path, fd);
	return server_run(options, &endpoints, hub);
}
