/* SPDX-License-Identifier: MIT */

#include "gateways/web_servers.h"

#include "helpers.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static bool
include(const char *list, const char *address)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

	if (inet_pton(AF_INET, address, &v4.sin_addr) == 1)
		return web_servers_include(list, (struct sockaddr *)&v4);
	cr_assert_eq(inet_pton(AF_INET6, address, &v6.sin6_addr), 1);
	return web_servers_include(list, (struct sockaddr *)&v6);
}

Test(web_servers, are_everywhere_without_a_list)
{
	cr_assert(include(NULL, "192.0.2.1"));
	cr_assert(include(NULL, "2001:db8::1"));
	cr_assert(include("", "192.0.2.1"));
	cr_assert(include("", "2001:db8::1"));
}

Test(web_servers, are_those_of_the_list)
{
	static const char list[] = "192.0.2.1,192.0.2.22,2001:db8::1";

	cr_assert(include(list, "192.0.2.1"));
	cr_assert(include(list, "192.0.2.22"));
	cr_assert(include(list, "2001:db8::1"));
	cr_assert_not(include(list, "192.0.2.2"));
	cr_assert_not(include(list, "192.0.2.221"));
	cr_assert_not(include(list, "2.0.2.1"));
	cr_assert_not(include(list, "2001:db8::"));
	cr_assert_not(include(list, "::192.0.2.1"));
}

Test(web_servers, may_be_written_in_several_ways)
{
	static const char list[] = "2001:DB8:0::0:1, ::ffff:192.0.2.1";

	cr_assert(include(list, "2001:db8::1"));
	cr_assert(include(list, "192.0.2.1"));
	cr_assert(include(list, "::ffff:192.0.2.1"));
}

Test(web_servers, that_use_ipv4_may_come_by_an_ipv6_socket)
{
	cr_assert(include("192.0.2.1", "::ffff:192.0.2.1"));
	cr_assert_not(include("192.0.2.1", "::ffff:192.0.2.2"));
	cr_assert_not(include("::1", "127.0.0.1"));
}

Test(web_servers, are_nowhere_if_the_list_makes_no_sense)
{
	static const char *const lists[] = {",", " ", ", ,", "localhost",
	    "192.0.2.1.", "192.0.2", "192.0.2.1:80", "192.0.2.1/32", "[::1]",
	    "192.0.2.1;192.0.2.1", "0000:0000:0000:0000:0000:ffff:192.0.2.1x",
	    "0000:0000:0000:0000:0000:0000:ffff:0000:0000:192.0.2.1"};

	for (size_t i = 0; i < LENGTH(lists); i++)
		cr_assert_not(include(lists[i], "192.0.2.1"), "%s", lists[i]);
}

Test(web_servers, are_found_behind_what_makes_no_sense)
{
	cr_assert(
	    include("web1.example.org,,192.0.2.300, 192.0.2.1", "192.0.2.1"));
	cr_assert(include(",192.0.2.1,", "192.0.2.1"));
}

Test(web_servers, may_always_come_by_a_socket_file)
{
	struct sockaddr_un path = {.sun_family = AF_UNIX};
	int pair[2];

	cr_assert(web_servers_include("192.0.2.1", (struct sockaddr *)&path));
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	cr_assert(web_servers_allow("192.0.2.1", pair[0]));
	close(pair[0]);
	close(pair[1]);
}

Test(web_servers, have_an_address)
{
	cr_assert_not(web_servers_allow("192.0.2.1", -1));
	cr_assert_not(web_servers_allow(NULL, -1));
}
