/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PROGRAM_HELP_H
#define PIPECAST_PROGRAM_HELP_H

/* The text of --help, made from the tables of sources and options. */

/* Prints it to standard output. */
void help_print(void);

#endif
