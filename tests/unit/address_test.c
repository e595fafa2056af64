/* SPDX-License-Identifier: MIT */

#include "loop/address.h"

#include "helpers.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* Parsing. */

#define ASSERT_HOST(TEXT, HOST, PORT) \
	do { \
		struct address address_; \
\
		cr_assert_null( \
		    address_parse(&address_, (TEXT)), "%s", (TEXT)); \
		cr_assert_str_eq(address_.host, (HOST)); \
		cr_assert_str_eq(address_.path, ""); \
		cr_assert_eq(address_.port, (PORT)); \
	} while (0)

Test(address, of_a_port_alone_is_of_this_machine_alone)
{
	ASSERT_HOST("9000", "127.0.0.1", 9000);
	ASSERT_HOST("0", "127.0.0.1", 0);
	ASSERT_HOST("65535", "127.0.0.1", 65535);
}

Test(address, has_a_host_and_a_port)
{
	ASSERT_HOST("192.0.2.1:80", "192.0.2.1", 80);
	ASSERT_HOST("web.example.org:0", "web.example.org", 0);
	ASSERT_HOST("localhost:65535", "localhost", 65535);
	ASSERT_HOST("u:1", "u", 1);
}

Test(address, of_ipv6_is_in_brackets)
{
	ASSERT_HOST("[::1]:80", "::1", 80);
	ASSERT_HOST("[::]:0", "::", 0);
	ASSERT_HOST("[2001:db8::1%eth0]:9000", "2001:db8::1%eth0", 9000);
}

Test(address, of_a_socket_file_is_its_path)
{
	static const char *const paths[] = {
	    "/run/pipecast.sock", "socket", "./a:b:80", "[::1]:80", ":"};
	struct address address;
	char text[64];

	for (size_t i = 0; i < LENGTH(paths); i++) {
		snprintf(text, sizeof(text), "unix:%s", paths[i]);
		cr_assert_null(address_parse(&address, text));
		cr_assert_str_eq(address.path, paths[i]);
		cr_assert_str_eq(address.host, "");
	}
}

static struct address
file_of(const char *text)
{
	struct address address;
	const char *wrong = address_parse(&address, text);

	cr_assert_null(wrong, "%s: %s", text, wrong);
	cr_assert_str_eq(address.path, "/run/s");
	return address;
}

Test(address, of_a_socket_file_may_have_a_mode_and_a_group)
{
	struct address plain = file_of("unix:/run/s");
	struct address both = file_of("unix:/run/s,mode=0666,group=root");

	cr_assert_eq(plain.mode, 0660);
	cr_assert_not(plain.has_group);
	cr_assert_eq(both.mode, 0666);
	cr_assert(both.has_group);
	cr_assert_eq(both.group, 0);
	cr_assert_eq(file_of("unix:/run/s,mode=777").mode, 0777);
	cr_assert_eq(file_of("unix:/run/s,mode=0").mode, 0);
	cr_assert_eq(file_of("unix:/run/s,group=4294967294").group, 4294967294);
	cr_assert_eq(file_of("unix:/run/s,group=33,mode=600").mode, 0600);
}

Test(address, of_a_socket_file_has_no_other_settings)
{
	static const char *const texts[] = {"unix:,mode=0660", "unix:/run/s,",
	    "unix:/run/s,x", "unix:/run/s,mode",
	    "unix:/run/s,mode=", "unix:/run/s,mode=8", "unix:/run/s,mode=1777",
	    "unix:/run/s,mode=-1", "unix:/run/s,mode=00660",
	    "unix:/run/s,mode=rw",
	    "unix:/run/s,group=", "unix:/run/s,group=no such group",
	    "unix:/run/s,group=4294967295", "unix:/run/s,group=-1",
	    "unix:/run/s,user=root", "unix:/run/s,MODE=0660",
	    "unix:/run/s,mode=0660,", "unix:/run/s,mode=0660,mode=0660",
	    "unix:/run/s,group=0,group=0", "unix:/run/s, mode=0660",
	    "8080,mode=0660"};
	struct address address;

	for (size_t i = 0; i < LENGTH(texts); i++)
		cr_assert_not_null(
		    address_parse(&address, texts[i]), "%s", texts[i]);
}

Test(address, that_makes_no_sense_is_refused)
{
	static const char *const texts[] = {"", ":", "::", ":80", "host",
	    "host:", "host:x", "host:80x", "host: 80", "host:-1", "host:+1",
	    "host:65536", "host:18446744073709551616", "1.5", "-1", "65536",
	    " 80", "80 ", "::1:80", "[::1]", "[::1]:", "[::1]80", "[]:80",
	    "[:80", "]:80", "[::1:80", "::1]:80", "a[b]:80", "x:[::1]:80",
	    "unix:", "unix", "0x50", "8K"};
	struct address address;

	for (size_t i = 0; i < LENGTH(texts); i++)
		cr_assert_not_null(
		    address_parse(&address, texts[i]), "%s", texts[i]);
}

/* Text of n bytes, the last of it the end given. */
static const char *
text_of(size_t n, const char *beginning, const char *end)
{
	static char text[512];

	memset(text, 'x', n);
	memcpy(text, beginning, strlen(beginning));
	memcpy(text + n - strlen(end), end, strlen(end));
	text[n] = '\0';
	return text;
}

Test(address, is_not_longer_than_its_room)
{
	struct address address;

	cr_assert_null(address_parse(&address, text_of(63 + 3, "", ":80")));
	cr_assert_eq(strlen(address.host), 63);
	cr_assert_not_null(address_parse(&address, text_of(64 + 3, "", ":80")));
	cr_assert_not_null(
	    address_parse(&address, text_of(64 + 5, "[", "]:80")));
	cr_assert_null(address_parse(&address, text_of(5 + 107, "unix:", "")));
	cr_assert_eq(strlen(address.path), 107);
	cr_assert_str_eq(address_parse(&address, text_of(5 + 108, "unix:", "")),
	    "unix:PATH with at most 107 bytes of PATH");
}

/* Listening. */

static char folder[] = "/tmp/pipecast-address-XXXXXX";

static void
make_folder(void)
{
	cr_assert_not_null(mkdtemp(folder));
	cr_assert_eq(chdir(folder), 0);
}

static void
remove_folder(void)
{
	unlink("socket");
	cr_assert_eq(rmdir(folder), 0);
}

TestSuite(address_listen, .init = make_folder, .fini = remove_folder);

static struct address
parsed(const char *text)
{
	struct address address;

	cr_assert_null(address_parse(&address, text));
	return address;
}

static void
assert_listens(int fd)
{
	int listens = 0;
	socklen_t n = sizeof(listens);

	cr_assert_geq(fd, 0);
	cr_assert_eq(
	    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &n), 0);
	cr_assert(listens);
	cr_assert(fcntl(fd, F_GETFL) & O_NONBLOCK);
	cr_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
}

static bool
exists(const char *path)
{
	struct stat status;

	return lstat(path, &status) == 0;
}

Test(address_listen, takes_any_free_port_and_tells_which)
{
	struct address any = parsed("0"), same;
	char text[ADDRESS_TEXT_SIZE];
	int fd = address_listen(&any);

	assert_listens(fd);
	same = parsed(address_of(fd, text));
	cr_assert_str_eq(same.host, "127.0.0.1");
	cr_assert_gt(same.port, 0);
	cr_assert_eq(address_listen(&same), -EADDRINUSE);
	close(fd);
	fd = address_listen(&same);
	assert_listens(fd);
	address_forget(&same);
	close(fd);
}

Test(address_listen, takes_addresses_of_this_machine_only)
{
	struct address elsewhere = parsed("192.0.2.1:0");
	struct address nowhere = parsed("nowhere.invalid:0");

	cr_assert_eq(address_listen(&elsewhere), -EADDRNOTAVAIL);
	cr_assert_eq(address_listen(&nowhere), -EADDRNOTAVAIL);
}

Test(address_listen, makes_a_socket_file_and_removes_it)
{
	struct address address = parsed("unix:socket");
	char text[ADDRESS_TEXT_SIZE];
	int fd = address_listen(&address);

	assert_listens(fd);
	cr_assert_str_eq(address_of(fd, text), "unix:socket");
	cr_assert(exists("socket"));
	address_forget(&address);
	cr_assert_not(exists("socket"));
	address_forget(&address);
	close(fd);
}

Test(address_listen, replaces_a_stale_socket_file)
{
	struct address address = parsed("unix:socket"), later = address;
	int fd = address_listen(&address);

	cr_assert_eq(address_listen(&later), -EADDRINUSE);
	close(fd);
	fd = address_listen(&later);
	assert_listens(fd);
	address_forget(&later);
	close(fd);
}

Test(address_listen, leaves_the_socket_file_of_another)
{
	struct address address = parsed("unix:socket"), other = address;
	int fd = address_listen(&address), other_fd;

	cr_assert_eq(unlink("socket"), 0);
	other_fd = address_listen(&other);
	assert_listens(other_fd);
	address_forget(&address);
	cr_assert(exists("socket"));
	close(fd);
	close(other_fd);
	/* Stale, but still not ours. */
	address_forget(&address);
	cr_assert(exists("socket"));
}

Test(address_listen, forgets_nothing_that_it_did_not_make)
{
	struct address address = parsed("unix:socket");
	int fd = open("socket", O_CREAT | O_WRONLY, 0600);

	cr_assert_geq(fd, 0);
	close(fd);
	cr_assert_eq(address_listen(&address), -EEXIST);
	address_forget(&address);
	cr_assert(exists("socket"));
}

Test(address_listen, says_why_it_cannot)
{
	struct address address = parsed("unix:no/socket");

	cr_assert_eq(address_listen(&address), -ENOENT);
}

Test(address_listen, tells_what_is_no_socket_by_its_number)
{
	char text[ADDRESS_TEXT_SIZE], expected[ADDRESS_TEXT_SIZE];
	int fd = open("/dev/null", O_RDONLY);

	snprintf(expected, sizeof(expected), "descriptor %d", fd);
	cr_assert_str_eq(address_of(fd, text), expected);
	close(fd);
}
