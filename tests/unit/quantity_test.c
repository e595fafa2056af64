/* SPDX-License-Identifier: MIT */

#include "core/quantity.h"

#include "helpers.h"

static void
accept(enum quantity kind, const char *text, uint64_t wanted)
{
	uint64_t value = 77;
	const char *reason = quantity_parse(kind, text, &value);

	cr_assert_null(reason, "\"%s\" refused: %s", text, reason);
	cr_assert_eq(value, wanted, "\"%s\" is not %llu", text,
	    (unsigned long long)value);
}

static void
refuse(enum quantity kind, const char *text, const char *wanted)
{
	uint64_t value = 77;
	const char *reason = quantity_parse(kind, text, &value);

	cr_assert_not_null(reason, "\"%s\" accepted", text);
	cr_assert_not_null(strstr(reason, wanted), "\"%s\"", reason);
	cr_assert_eq(value, 77, "\"%s\" refused, yet set", text);
}

Test(quantity, count_is_a_plain_number)
{
	accept(QUANTITY_COUNT, "0", 0);
	accept(QUANTITY_COUNT, "10", 10);
	accept(QUANTITY_COUNT, "007", 7);
	accept(QUANTITY_COUNT, "1234567890", 1234567890);
}

Test(quantity, size_counts_in_powers_of_1024)
{
	accept(QUANTITY_SIZE, "0", 0);
	accept(QUANTITY_SIZE, "512", 512);
	accept(QUANTITY_SIZE, "1K", 1024);
	accept(QUANTITY_SIZE, "64K", 65536);
	accept(QUANTITY_SIZE, "3M", 3145728);
	accept(QUANTITY_SIZE, "2G", UINT64_C(2147483648));
}

Test(quantity, duration_is_milliseconds)
{
	accept(QUANTITY_DURATION, "0", 0);
	accept(QUANTITY_DURATION, "3", 3000);
	accept(QUANTITY_DURATION, "250ms", 250);
	accept(QUANTITY_DURATION, "3s", 3000);
	accept(QUANTITY_DURATION, "2m", 120000);
	accept(QUANTITY_DURATION, "1h", 3600000);
	accept(QUANTITY_DURATION, "2d", 172800000);
}

Test(quantity, ends_where_a_signed_64_bit_number_does)
{
	accept(QUANTITY_COUNT, "9223372036854775807", INT64_MAX);
	refuse(QUANTITY_COUNT, "9223372036854775808", "number");
	refuse(QUANTITY_COUNT, "9223372036854775810", "number");
	refuse(QUANTITY_COUNT, "18446744073709551616", "number");
	refuse(QUANTITY_COUNT, "100000000000000000000000000000", "number");
}

Test(quantity, does_not_overflow_by_its_unit)
{
	accept(QUANTITY_SIZE, "8589934591G", UINT64_C(8589934591) << 30);
	refuse(QUANTITY_SIZE, "8589934592G", "size");
	accept(QUANTITY_SIZE, "9007199254740991K",
	    UINT64_C(9007199254740991) << 10);
	refuse(QUANTITY_SIZE, "9007199254740992K", "size");
	accept(QUANTITY_DURATION, "9223372036854775",
	    UINT64_C(9223372036854775000));
	refuse(QUANTITY_DURATION, "9223372036854776", "duration");
	accept(QUANTITY_DURATION, "9223372036854775807ms", INT64_MAX);
	refuse(QUANTITY_DURATION, "9223372036854775807d", "duration");
}

Test(quantity, is_the_whole_of_the_text)
{
	static const char *const bad[] = {"", " ", "+1", "-1", " 1", "1 ",
	    "1.5", "1e3", "0x10", "one", "K", "s", "1KB", "1k", "1KK", "1ss",
	    "1sec", "1 K", "1,000", "1:", "1/", "\xd9\xa1"};

	for (size_t i = 0; i < LENGTH(bad); i++) {
		refuse(QUANTITY_COUNT, bad[i], "number such as 10");
		refuse(QUANTITY_SIZE, bad[i], "size such as 512, 64K or 1M");
		refuse(QUANTITY_DURATION, bad[i],
		    "duration such as 3, 3s, 250ms, 2m or 1h");
	}
}

Test(quantity, knows_only_the_units_of_its_kind)
{
	refuse(QUANTITY_COUNT, "1K", "number");
	refuse(QUANTITY_COUNT, "1s", "number");
	refuse(QUANTITY_SIZE, "1s", "size");
	refuse(QUANTITY_SIZE, "1m", "size");
	refuse(QUANTITY_SIZE, "1T", "size");
	refuse(QUANTITY_DURATION, "1K", "duration");
	refuse(QUANTITY_DURATION, "1M", "duration");
	refuse(QUANTITY_DURATION, "1w", "duration");
}

Test(quantity, out_of_range_is_told_the_range_in_its_unit)
{
	static const struct {
		enum quantity kind;
		struct quantity_range range;
		const char *told;
	} rows[] = {
	    {QUANTITY_DURATION, {1, 604800000}, "a duration from 1ms to 7d"},
	    {QUANTITY_DURATION, {2000, 90000}, "a duration from 2s to 90s"},
	    {QUANTITY_SIZE, {1, 65536}, "a size from 1 to 64K"},
	    {QUANTITY_COUNT, {2, 1000}, "a number from 2 to 1000"},
	};
	char why[QUANTITY_WHY];
	uint64_t value;

	for (size_t i = 0; i < LENGTH(rows); i++) {
		cr_assert_str_eq(quantity_parse_within(rows[i].kind,
				     rows[i].range, "0", &value, why),
		    rows[i].told);
		cr_assert_null(quantity_parse_within(rows[i].kind,
		    (struct quantity_range){0, 0}, "0", &value, why));
	}
}
