/* SPDX-License-Identifier: MIT */

/* pipecat: the other end of the pipe, a client of server-sent events. */

#include "loop/log.h"
#include "pipecat/doctor.h"
#include "pipecat/follow.h"
#include "pipecat/post.h"
#include "pipecat/settings.h"
#include "pipecat/stop.h"

#include <stdio.h>
#include <stdlib.h>

enum { EXIT_WRONG = 2 };

static int
main_run(const struct settings *settings)
{
	if (settings->quiet)
		log_set_level(LOG_ERROR);
	else if (settings->verbose)
		log_set_level(LOG_INFO);
	if (!log_unless_ok(stop_init()))
		return EXIT_FAILURE;
	if (settings->doctor)
		return doctor_run(settings);
	return settings->post ? post_run(settings) : follow_run(settings);
}

int
main(int argc, char *argv[])
{
	struct settings settings;
	int status = EXIT_FAILURE;

	log_set_name("pipecat");
	switch (settings_parse(&settings, argc, argv)) {
	case SETTINGS_RUN:
		status = main_run(&settings);
		break;
	case SETTINGS_DONE:
		status = fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
		break;
	case SETTINGS_WRONG:
		status = EXIT_WRONG;
		break;
	case SETTINGS_FAILED:
		break;
	}
	settings_fini(&settings);
	return status;
}
