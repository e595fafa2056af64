/* SPDX-License-Identifier: MIT */

#include "sources/machine_id.h"

#include "helpers.h"

Test(machine_id, it_is_what_the_system_says)
{
	char id[MACHINE_ID_SIZE], expected[MACHINE_ID_SIZE];
	FILE *file = fopen("/etc/machine-id", "r");
	size_t n = file ? fread(expected, 1, sizeof(expected), file) : 0;

	if (file)
		fclose(file);
	cr_assert_eq(machine_id_read(id), n);
	cr_assert_arr_eq(id, expected, n);
}
