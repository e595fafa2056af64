/* SPDX-License-Identifier: MIT */

#include "sources/redis_url.h"

#include "helpers.h"

Test(redis_url, url_is_taken_apart_and_written_without_its_secrets)
{
	static const struct {
		const char *text, *written, *user, *password;
	} rows[] = {
	    {"redis://h", "redis://h:6379", "", ""},
	    {"redis://h:7/3", "redis://h:7/3", "", ""},
	    {"redis://h/", "redis://h:6379", "", ""},
	    {"redis://[::1]", "redis://[::1]:6379", "", ""},
	    {"REDIS://[::1]:65535", "redis://[::1]:65535", "", ""},
	    {"redis://pw@h", "redis://h:6379", "", "pw"},
	    {"redis://:pw@h", "redis://h:6379", "", "pw"},
	    {"redis://u:p:w@h", "redis://h:6379", "u", "p:w"},
	    {"redis://u%3a:p%40%2F%@h", "redis://h:6379", "u:", "p@/%"},
	    {"redis://u:a@b@h", "redis://h:6379", "u", "a@b"},
	    {"unix:/run/r@x", "unix:/run/r@x", "", ""},
	};

	for (size_t i = 0; i < LENGTH(rows); i++) {
		char text[REDIS_URL_TEXT_SIZE];
		struct redis_url url;

		cr_assert_null(
		    redis_url_parse(&url, rows[i].text), "%s", rows[i].text);
		cr_assert_str_eq(redis_url_write(&url, text), rows[i].written);
		cr_assert_str_eq(url.user, rows[i].user);
		cr_assert_str_eq(url.password, rows[i].password);
	}
}

Test(redis_url, other_texts_are_refused)
{
	static const char *const texts[] = {"", "h", "h:6379", "http://h",
	    "redis://", "redis://:1", "redis://h:", "redis://h:0",
	    "redis://h:65536", "redis://h:x", "redis://h/x", "redis://h/65536",
	    "redis://::1", "redis://[]", "redis://[::1", "redis://[::1]x",
	    "redis://%00@h", "unix:", "rediss://h"};
	char longest[800] = "unix:";
	struct redis_url url;

	for (size_t i = 0; i < LENGTH(texts); i++)
		cr_assert(redis_url_parse(&url, texts[i]), "%s", texts[i]);
	memset(longest + 5, 'x', 700);
	cr_assert(redis_url_parse(&url, longest));
	memcpy(longest, "redis", 5);
	cr_assert(redis_url_parse(&url, longest));
}

Test(redis_url, only_the_password_is_hidden)
{
	static const char *const rows[][2] = {
	    {"redis://u:pw@h:1/2", "redis://u:xx@h:1/2"},
	    {"redis://pw@h", "redis://xx@h"},
	    {"redis://u:a@b@h", "redis://u:xxx@h"},
	    {"redis://h:6379", "redis://h:6379"},
	    {"rediss://:pw@h", "rediss://:pw@h"},
	    {"unix:a@b", "unix:a@b"},
	};

	for (size_t i = 0; i < LENGTH(rows); i++) {
		char *text = strdup(rows[i][0]);

		redis_url_hide(text);
		cr_assert_str_eq(text, rows[i][1]);
		free(text);
	}
}
