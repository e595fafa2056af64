/* SPDX-License-Identifier: MIT */

#include "core/awake.h"

#include "helpers.h"

Test(awake, is_the_clock_as_long_as_nobody_slept)
{
	struct awake awake = {0};

	cr_assert_eq(awake_at(&awake, 5000), 5000);
	awake_until(&awake, 100);
	cr_assert_eq(awake_at(&awake, 5100), 5100);
	awake_until(&awake, 0);
	cr_assert_eq(awake_at(&awake, 5100), 5100);
}

Test(awake, looking_late_by_a_second_is_having_much_to_do)
{
	struct awake awake = {0};

	awake_at(&awake, 5000);
	awake_until(&awake, 100);
	cr_assert_eq(awake_at(&awake, 6100), 6100);
}

Test(awake, looking_later_is_having_slept_since_the_last_look)
{
	struct awake awake = {0};

	awake_at(&awake, 5000);
	awake_until(&awake, 100);
	cr_assert_eq(awake_at(&awake, 6101), 5000);
	awake_until(&awake, 100);
	cr_assert_eq(awake_at(&awake, 6201), 5100);
	awake_until(&awake, 100);
	cr_assert_eq(awake_at(&awake, 3600000), 5100);
	cr_assert_eq(awake_at(&awake, 3600001), 5101);
}

Test(awake, looking_early_is_fine)
{
	struct awake awake = {0};

	awake_at(&awake, 5000);
	awake_until(&awake, 100000);
	cr_assert_eq(awake_at(&awake, 90000), 90000);
	cr_assert_eq(awake_at(&awake, 200000), 200000);
}

Test(awake, who_has_nothing_to_do_in_time_may_come_whenever)
{
	static const uint64_t never[] = {UINT64_MAX, UINT64_MAX - 5000};

	for (size_t i = 0; i < LENGTH(never); i++) {
		struct awake awake = {0};

		awake_at(&awake, 5000);
		awake_until(&awake, 100);
		awake_at(&awake, 5100);
		awake_until(&awake, never[i]);
		cr_assert_eq(awake_at(&awake, 9000000), 9000000);
	}
}
