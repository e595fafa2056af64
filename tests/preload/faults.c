/* SPDX-License-Identifier: MIT */

/*
 * Preloaded into a program, this makes calls fail that hardly ever do, and its
 * clocks jump.  FAULTS has rules with commas between them:
 *
 *	CALL@N=HOW	the Nth call fails
 *	CALL@N+=HOW	that one and all after it
 *	CALL%N=HOW	every Nth
 *
 * CALL is one of the functions below, "read_file" or "write_file" for a
 * transfer from or to a regular file, or "allocate".  HOW is an errno, "short"
 * for a transfer of fewer bytes than were asked for, or "stop" for a SIGSTOP
 * before the call.  The file that FAULTS_FIRED names is made when the first of
 * them has failed.
 *
 * FAULTS_CLOCK names a file of two 64-bit numbers, the nanoseconds by which
 * the realtime and the monotonic clock are ahead.
 *
 * FAULTS_COUNTS names a file of four 64-bit numbers, which are counted up: how
 * often the event loop has waited, how often it did not have to, since there
 * was work, how many bytes are allocated, and how many that were at most.
 *
 * FAULTS_HANGING_HOST is a name for which the resolver never has an answer.
 *
 * But for that, children and the programs they become are left alone.
 */

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <malloc.h>
#include <netdb.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { RULES_MAX = 16, NAME_MAX_BYTES = 24, SHORT = -1, STOP = -2 };
enum { FRAMES_MAX = 32 };
enum { NS_PER_S = 1000000000, NS_PER_US = 1000 };

struct rule {
	char call[NAME_MAX_BYTES];
	enum { ONCE, FROM, EVERY } when;
	unsigned long number;
	unsigned long n_calls;
	int how; /* an errno, SHORT or STOP */
};

static struct rule rules[RULES_MAX];
static size_t n_rules;
static const char *fired;
static const volatile int64_t *ahead_ns;
static struct counts {
	volatile int64_t waits, busy, allocated, allocated_max;
} * counts;
static bool sees_the_end;

/* What is allocated while the real functions are looked up. */
static _Alignas(max_align_t) char early[4096];
static size_t early_n;
static volatile bool is_looking_up; /* dlsym is said never to call us */
static uint64_t blocked_before;     /* a set of signals, as the kernel has it */

static void
set_blocked(const uint64_t *these, uint64_t *before)
{
	/* The function for it may not be there yet, or be a sanitizer's. */
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, these, before, sizeof(*these));
}

/*
 * The linker has a lock meanwhile.  A signal handler that looks something up,
 * too, would wait for it for ever.
 */
static void
begin_lookup(void)
{
	const uint64_t all = UINT64_MAX;

	set_blocked(&all, &blocked_before);
	is_looking_up = true;
}

static void
end_lookup(void)
{
	is_looking_up = false;
	set_blocked(&blocked_before, NULL);
}

static void *
real(void **known, const char *name)
{
	if (!*known) {
		begin_lookup();
		*known = dlsym(RTLD_NEXT, name);
		end_lookup();
	}
	return *known;
}

#define REAL(name) \
	({ \
		static void *known; \
		(__typeof__(&(name)))real(&known, #name); \
	})

/* Rules. */

/* Whether it could be read; at goes past it. */
static bool
parse_rule(struct rule *rule, const char **at)
{
	size_t n = strcspn(*at, "@%");
	char *end;

	if (n == 0 || n >= sizeof(rule->call) || !(*at)[n])
		return false;
	memcpy(rule->call, *at, n);
	rule->when = (*at)[n] == '%' ? EVERY : ONCE;
	rule->number = strtoul(*at + n + 1, &end, 10);
	if (*end == '+') {
		rule->when = FROM;
		end++;
	}
	if (*end++ != '=' || rule->number == 0)
		return false;
	if (strncmp(end, "short", 5) == 0) {
		rule->how = SHORT;
		end += 5;
	} else if (strncmp(end, "stop", 4) == 0) {
		rule->how = STOP;
		end += 4;
	} else {
		rule->how = (int)strtoul(end, &end, 10);
	}
	*at = end;
	return *end == '\0' || *end == ',';
}

static void *
map_file(const char *path, size_t n)
{
	int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR, 0);
	void *at = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (at == MAP_FAILED)
		abort();
	close(fd);
	return at;
}

__attribute__((constructor)) static void
read_environment(void)
{
	const char *at = getenv("FAULTS"), *clock = getenv("FAULTS_CLOCK"),
		   *counted = getenv("FAULTS_COUNTS");
	void *first;

	fired = getenv("FAULTS_FIRED");
	/* The first time it allocates. */
	backtrace(&first, 1);
	if (clock)
		ahead_ns = map_file(clock, 2 * sizeof(*ahead_ns));
	if (counted)
		counts = map_file(counted, sizeof(*counts));
	while (at && *at) {
		if (n_rules == RULES_MAX || !parse_rule(&rules[n_rules], &at))
			abort();
		n_rules++;
		at += *at == ',';
	}
	unsetenv("LD_PRELOAD");
}

static void
tell(void)
{
	if (fired)
		close((int)syscall(
		    SYS_openat, AT_FDCWD, fired, O_WRONLY | O_CREAT, 0666));
	fired = NULL;
}

/* Counts the call.  Returns how it is to fail, 0 if it is not. */
static int
strike(const char *call)
{
	int how = 0;

	for (struct rule *rule = rules; rule < rules + n_rules; rule++) {
		unsigned long n;

		if (strcmp(rule->call, call) != 0)
			continue;
		n = ++rule->n_calls;
		if (rule->when == ONCE       ? n == rule->number
			: rule->when == FROM ? n >= rule->number
					     : n % rule->number == 0)
			how = rule->how;
	}
	if (how)
		tell();
	if (how == STOP)
		raise(SIGSTOP);
	return how;
}

/* Whether the call is to fail; errno says why. */
static bool
fails(const char *call)
{
	int how = strike(call);

	if (how > 0)
		errno = how;
	return how > 0;
}

static bool
is_file(int fd)
{
	struct stat status;

	return REAL(fstat)(fd, &status) == 0 && S_ISREG(status.st_mode);
}

/* The same for a transfer, which may have to do with fewer bytes. */
static bool
transfer_fails(const char *call, int fd, size_t *n)
{
	int how;

	if (n_rules == 0)
		return false;
	/* Nobody ever waits for a file, but what it is on may be full. */
	if (is_file(fd))
		call = *call == 'w' ? "write_file" : "read_file";
	how = strike(call);
	if (how > 0)
		errno = how;
	/* What is read from and written to an event counter is 8 bytes. */
	else if (how == SHORT && *n > 8)
		*n = *n / 2;
	return how > 0;
}

/* Memory. */

static void
stop_failing(void)
{
	n_rules = 0;
}

/*
 * What runs after the program itself, such as what counts for the compiler
 * what has run, bears no failure either.  To be the first at the end takes to
 * be the last to ask, after everything that came before main.
 */
static void
see_the_end(void)
{
	if (!sees_the_end)
		atexit(stop_failing);
	sees_the_end = true;
}

/*
 * libfcgi ends the process when it gets no memory, because it asserts that it
 * does.  So its calls do not fail.  Of it and the program, the innermost caller
 * counts.
 */
static bool
bears_no_failure(void)
{
	void *frames[FRAMES_MAX];
	int n = backtrace(frames, FRAMES_MAX);

	for (int i = 0; i < n; i++) {
		Dl_info info;

		if (!dladdr(frames[i], &info) || !info.dli_fname)
			continue;
		if (strstr(info.dli_fname, "libfcgi"))
			return true;
		if (!strstr(info.dli_fname, ".so")) {
			see_the_end();
			return false;
		}
	}
	return false;
}

static bool
allocation_fails(void)
{
	bool failure = false;

	if (n_rules == 0 || is_looking_up)
		return false;
	begin_lookup();
	if (!bears_no_failure())
		failure = fails("allocate");
	end_lookup();
	return failure;
}

/* What the allocator says that it is, so that it can be taken off again. */
static void *
count_allocated(void *memory)
{
	if (!counts || !memory)
		return memory;
	counts->allocated += (int64_t)malloc_usable_size(memory);
	if (counts->allocated > counts->allocated_max)
		counts->allocated_max = counts->allocated;
	return memory;
}

static int64_t
size_of(void *memory)
{
	return counts && memory ? (int64_t)malloc_usable_size(memory) : 0;
}

static void *
allocate_early(size_t n)
{
	void *at = early + early_n;

	n = (n + sizeof(max_align_t) - 1) / sizeof(max_align_t) *
	    sizeof(max_align_t);
	if (n > sizeof(early) - early_n)
		return NULL;
	early_n += n;
	return at;
}

void *
malloc(size_t n)
{
	if (is_looking_up)
		return allocate_early(n);
	return allocation_fails() ? NULL : count_allocated(REAL(malloc)(n));
}

void *
calloc(size_t n, size_t size)
{
	if (is_looking_up)
		return allocate_early(n * size);
	return allocation_fails() ? NULL
				  : count_allocated(REAL(calloc)(n, size));
}

void *
realloc(void *old, size_t n)
{
	int64_t before = size_of(old);
	void *memory = allocation_fails() ? NULL : REAL(realloc)(old, n);

	if (counts && memory)
		counts->allocated -= before;
	return count_allocated(memory);
}

void
free(void *memory)
{
	uintptr_t at = (uintptr_t)memory, from = (uintptr_t)early;

	/* To look up the real one may free what told of an error before. */
	if (is_looking_up || (at >= from && at < from + sizeof(early)))
		return;
	if (counts)
		counts->allocated -= size_of(memory);
	REAL(free)(memory);
}

/* Descriptors. */

int
open(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list arguments;

	if (flags & O_CREAT) {
		va_start(arguments, flags);
		mode = va_arg(arguments, mode_t);
		va_end(arguments);
	}
	return fails("open") ? -1 : REAL(open)(path, flags, mode);
}

int
socket(int domain, int type, int protocol)
{
	return fails("socket") ? -1 : REAL(socket)(domain, type, protocol);
}

int
bind(int fd, const struct sockaddr *address, socklen_t n)
{
	return fails("bind") ? -1 : REAL(bind)(fd, address, n);
}

int
listen(int fd, int backlog)
{
	return fails("listen") ? -1 : REAL(listen)(fd, backlog);
}

int
accept4(int fd, struct sockaddr *address, socklen_t *n, int flags)
{
	return fails("accept4") ? -1 : REAL(accept4)(fd, address, n, flags);
}

int
pipe2(int ends[2], int flags)
{
	return fails("pipe2") ? -1 : REAL(pipe2)(ends, flags);
}

int
memfd_create(const char *name, unsigned flags)
{
	return fails("memfd_create") ? -1 : REAL(memfd_create)(name, flags);
}

int
eventfd(unsigned count, int flags)
{
	return fails("eventfd") ? -1 : REAL(eventfd)(count, flags);
}

int
epoll_create1(int flags)
{
	return fails("epoll_create1") ? -1 : REAL(epoll_create1)(flags);
}

int
epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event)
{
	/* To forget one never takes memory. */
	if (operation != EPOLL_CTL_DEL && fails("epoll_ctl"))
		return -1;
	return REAL(epoll_ctl)(epoll, operation, fd, event);
}

int
epoll_wait(int epoll, struct epoll_event *events, int n, int timeout)
{
	int n_ready;

	if (fails("epoll_wait"))
		return -1;
	n_ready = REAL(epoll_wait)(epoll, events, n, timeout);
	if (counts) {
		counts->waits++;
		counts->busy += n_ready > 0 || timeout == 0;
	}
	return n_ready;
}

int
inotify_init1(int flags)
{
	return fails("inotify_init1") ? -1 : REAL(inotify_init1)(flags);
}

int
inotify_add_watch(int fd, const char *path, uint32_t mask)
{
	return fails("inotify_add_watch")
	    ? -1
	    : REAL(inotify_add_watch)(fd, path, mask);
}

int
fstat(int fd, struct stat *status)
{
	return fails("fstat") ? -1 : REAL(fstat)(fd, status);
}

int
mkfifo(const char *path, mode_t mode)
{
	return fails("mkfifo") ? -1 : REAL(mkfifo)(path, mode);
}

int
flock(int fd, int operation)
{
	return fails("flock") ? -1 : REAL(flock)(fd, operation);
}

int
ftruncate(int fd, off_t n)
{
	return fails("ftruncate") ? -1 : REAL(ftruncate)(fd, n);
}

int
rename(const char *from, const char *to)
{
	return fails("rename") ? -1 : REAL(rename)(from, to);
}

int
fsync(int fd)
{
	return fails("fsync") ? -1 : REAL(fsync)(fd);
}

pid_t
fork(void)
{
	pid_t pid = fails("fork") ? -1 : REAL(fork)();

	if (pid == 0)
		n_rules = 0;
	return pid;
}

/* Transfers. */

ssize_t
read(int fd, void *bytes, size_t n)
{
	return transfer_fails("read", fd, &n) ? -1 : REAL(read)(fd, bytes, n);
}

ssize_t
pread(int fd, void *bytes, size_t n, off_t offset)
{
	return fails("pread") ? -1 : REAL(pread)(fd, bytes, n, offset);
}

ssize_t
recv(int fd, void *bytes, size_t n, int flags)
{
	return transfer_fails("recv", fd, &n) ? -1
					      : REAL(recv)(fd, bytes, n, flags);
}

ssize_t
write(int fd, const void *bytes, size_t n)
{
	/* A signal handler of libevent's, into a pipe that is never full. */
	if (n == 1)
		return REAL(write)(fd, bytes, n);
	return transfer_fails("write", fd, &n) ? -1 : REAL(write)(fd, bytes, n);
}

ssize_t
send(int fd, const void *bytes, size_t n, int flags)
{
	return transfer_fails("send", fd, &n) ? -1
					      : REAL(send)(fd, bytes, n, flags);
}

ssize_t
writev(int fd, const struct iovec *iov, int n_iov)
{
	size_t n = iov[0].iov_len;

	if (transfer_fails("writev", fd, &n))
		return -1;
	if (n < iov[0].iov_len)
		return REAL(write)(fd, iov[0].iov_base, n);
	return REAL(writev)(fd, iov, n_iov);
}

/* Clocks. */

static void
advance(clockid_t id, struct timespec *now)
{
	bool is_monotonic = id == CLOCK_MONOTONIC ||
	    id == CLOCK_MONOTONIC_COARSE || id == CLOCK_BOOTTIME;
	bool is_realtime = id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE;
	int64_t ns;

	if (!ahead_ns || !(is_monotonic || is_realtime))
		return;
	ns = now->tv_sec * (int64_t)NS_PER_S + now->tv_nsec +
	    ahead_ns[is_monotonic];
	now->tv_sec = ns / NS_PER_S;
	now->tv_nsec = ns % NS_PER_S;
}

int
clock_gettime(clockid_t id, struct timespec *now)
{
	int rc = REAL(clock_gettime)(id, now);

	if (rc == 0)
		advance(id, now);
	return rc;
}

int
gettimeofday(struct timeval *restrict now, void *restrict zone)
{
	struct timespec exact;
	int rc = clock_gettime(CLOCK_REALTIME, &exact);

	(void)zone;
	*now = (struct timeval){exact.tv_sec, exact.tv_nsec / NS_PER_US};
	return rc;
}

time_t
time(time_t *now)
{
	struct timespec exact;

	clock_gettime(CLOCK_REALTIME, &exact);
	if (now)
		*now = exact.tv_sec;
	return exact.tv_sec;
}

int
getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
    struct addrinfo **found)
{
	const char *hanging = getenv("FAULTS_HANGING_HOST");
	bool is_number = hints && hints->ai_flags & AI_NUMERICHOST;

	while (hanging && node && !is_number && strcmp(node, hanging) == 0)
		pause();
	return REAL(getaddrinfo)(node, service, hints, found);
}
