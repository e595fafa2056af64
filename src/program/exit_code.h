/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PROGRAM_EXIT_CODE_H
#define PIPECAST_PROGRAM_EXIT_CODE_H

/* The exit statuses of the program. */
enum exit_code {
	EXIT_CLEAN = 0,  /* the source ended, the viewer left, or a signal */
	EXIT_FAILED = 1, /* it could not run */
	EXIT_USAGE = 2,  /* it was started with wrong options */
};

#endif
