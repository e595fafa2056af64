/* SPDX-License-Identifier: MIT */
#ifndef BENCH_FORM_H
#define BENCH_FORM_H

/*
 * Lines as real programs write them, which differ from each other as theirs do:
 * what a stream can be compressed to depends on that.  They are the same in
 * each run.
 */

#include <stddef.h>
#include <stdint.h>

enum { FORM_MAX = 512 }; /* bytes of a line */

/* Writes the line of that number; returns how many bytes it has. */
typedef size_t form_writer(char out[FORM_MAX], uint64_t number);

/* "access" or "json"; NULL for any other. */
form_writer *form_find(const char *name);

#endif
