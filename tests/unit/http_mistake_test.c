/* SPDX-License-Identifier: MIT */

#include "gateways/http_mistake.h"

#include "helpers.h"

Test(http_mistake, is_known_by_the_first_byte)
{
	cr_assert_str_eq(http_mistake_of('\x01')->protocol, "FastCGI");
	cr_assert_str_eq(http_mistake_of('\x16')->protocol, "TLS");
}

Test(http_mistake, anything_else_is_none)
{
	for (int c = 0; c < 256; c++)
		if (c != 0x01 && c != 0x16)
			cr_assert_null(http_mistake_of((char)c));
}
