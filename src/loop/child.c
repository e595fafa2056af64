/* SPDX-License-Identifier: MIT */

#include "config.h"

#include "loop/child.h"

#include "loop/descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#ifdef HAVE_SYS_PRCTL_H
#include <sys/prctl.h>
#endif

/* How often a group that is being stopped is looked at. */
enum { CHECK_MS = 20 };

/* How long after SIGKILL a group may take to vanish. */
enum { GIVE_UP_MS = 500 };

/* Wide, so that programs that fit their lines to a terminal do not cut. */
enum { PTY_ROWS = 24, PTY_COLUMNS = 1000 };

/* Reaping. */

static void
child_note_exit(struct child *child, const siginfo_t *info)
{
	child->exited = true;
	if (info->si_code == CLD_EXITED) {
		child->exit_status = info->si_status;
	} else {
		child->exit_status = -1;
		child->signal = info->si_status;
	}
	if (child->on_exit)
		child->on_exit(child->ctx);
}

/* Notes a command that was stopped because it used a terminal. */
static void
child_check_held(struct child *child)
{
	siginfo_t info = {0};

	if (child->held_by ||
	    waitid(P_PID, (id_t)child->pid, &info, WSTOPPED | WNOHANG) < 0 ||
	    info.si_pid == 0 ||
	    (info.si_status != SIGTTIN && info.si_status != SIGTTOU))
		return;
	child->held_by = info.si_status;
	if (child->on_held)
		child->on_held(child->ctx);
}

/*
 * The leader stays a zombie until child_fini or child_stop: as long as a
 * process of the group exists, no other group can get its number.
 */
static void
child_check(struct child *child)
{
	siginfo_t info = {0};

	if (child->exited)
		return;
	if (waitid(P_PID, (id_t)child->pid, &info,
		WEXITED | WNOHANG | WNOWAIT) < 0)
		return;
	if (info.si_pid != 0)
		child_note_exit(child, &info);
	else
		child_check_held(child);
}

static struct child *
child_of_pid(const struct children *children, pid_t pid)
{
	struct child *child = children->first;

	while (child && child->pid != pid)
		child = child->next;
	return child;
}

/*
 * As the first process of a container it gets every process whose parent has
 * ended; each is to be reaped.  The leaders cannot be left out there, so their
 * numbers are free at once.
 */
static void
children_reap_everything(struct children *children)
{
	siginfo_t info = {0};

	while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG) == 0 &&
	    info.si_pid != 0) {
		struct child *child = child_of_pid(children, info.si_pid);

		if (child && !child->reaped) {
			child->reaped = true;
			child_note_exit(child, &info);
		}
		info = (siginfo_t){0};
	}
}

static void
children_reap(struct child *child)
{
	if (!child->reaped)
		waitpid(child->pid, NULL, 0);
	child->reaped = true;
}

static void
on_sigchld(void *ctx)
{
	struct children *children = ctx;
	struct child *next;

	if (getpid() == 1)
		children_reap_everything(children);
	for (struct child *child = children->first; child; child = next) {
		next = child->next;
		child_check(child);
	}
}

int
children_init(struct children *children, struct loop *loop)
{
	*children = (struct children){.loop = loop};
	return signal_watch_init(
	    &children->on_sigchld, loop, SIGCHLD, on_sigchld, children);
}

void
children_fini(struct children *children)
{
	signal_watch_fini(&children->on_sigchld);
}

/* Starting. */

/* A terminal that passes bytes on as they are and does not echo. */
static int
child_open_pty(int ends[2])
{
	struct winsize size = {.ws_row = PTY_ROWS, .ws_col = PTY_COLUMNS};
	struct termios mode;
	int error;

	ends[1] = -1;
	ends[0] = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (ends[0] < 0)
		return -errno;
	if (grantpt(ends[0]) == 0 && unlockpt(ends[0]) == 0)
		ends[1] = open(ptsname(ends[0]), O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (ends[1] >= 0 && tcgetattr(ends[1], &mode) == 0) {
		mode.c_oflag &= ~(tcflag_t)OPOST;
		mode.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
		if (tcsetattr(ends[1], TCSANOW, &mode) == 0 &&
		    ioctl(ends[1], TIOCSWINSZ, &size) == 0)
			return 0;
	}
	error = errno;
	descriptor_close(&ends[0]);
	descriptor_close(&ends[1]);
	return -error;
}

/* What a child is started with. */
struct child_plan {
	const char *command;
	unsigned options;
	int output; /* the command's ends */
	int input;  /* or -1 */
};

static void
child_default_signals(void)
{
	struct sigaction action = {.sa_handler = SIG_DFL};
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		sigaction(number, &action, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void
child_die_with_parent(pid_t parent)
{
#ifdef HAVE_SYS_PRCTL_H
	prctl(PR_SET_PDEATHSIG, SIGTERM);
#endif
	if (getppid() != parent)
		_exit(0);
}

/* In the child, from fork to exec; on failure writes an errno to report. */
static void
child_become_command(const struct child_plan *plan, int report, pid_t parent)
{
	int input = plan->input >= 0 ? plan->input
				     : open("/dev/null", O_RDONLY | O_CLOEXEC);
	int error;

	if (plan->options & CHILD_PTY) {
		setsid();
		ioctl(plan->output, TIOCSCTTY, 0);
		setenv("TERM", "dumb", 1);
	} else {
		setpgid(0, 0);
	}
	child_default_signals();
	descriptor_restore_limit();
	child_die_with_parent(parent);
	if (input >= 0 && dup2(input, STDIN_FILENO) >= 0 &&
	    dup2(plan->output, STDOUT_FILENO) >= 0)
		execl("/bin/sh", "sh", "-c", plan->command, (char *)NULL);
	error = errno;
	if (write(report, &error, sizeof(error)) < 0)
		_exit(126);
	_exit(127);
}

/* Forks with every signal blocked: no handler of ours runs in the child. */
static pid_t
child_fork(const struct child_plan *plan, int report)
{
	sigset_t all, before;
	pid_t parent = getpid(), pid;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0)
		child_become_command(plan, report, parent);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return pid;
}

/* Returns 0 once the shell runs, or a negative errno. */
static int
child_spawn(pid_t *pid, const struct child_plan *plan)
{
	int report[2], error = 0;
	ssize_t n;
	int rc = descriptor_pipe(report);

	if (rc < 0)
		return rc;
	*pid = child_fork(plan, report[1]);
	rc = *pid < 0 ? -errno : 0;
	descriptor_close(&report[1]);
	if (rc == 0) {
		/* If all is well, exec closes it and nothing is read. */
		do {
			n = read(report[0], &error, sizeof(error));
		} while (n < 0 && errno == EINTR);
		if (n == (ssize_t)sizeof(error)) {
			waitpid(*pid, NULL, 0);
			rc = -error;
		}
	}
	descriptor_close(&report[0]);
	return rc;
}

static void on_check(void *ctx);

/* Opens both sides: ours in the child, the command's in the plan. */
static int
child_open(struct child *child, struct child_plan *plan)
{
	int output[2], input[2] = {-1, -1};
	int rc = plan->options & CHILD_PTY ? child_open_pty(output)
					   : descriptor_pipe(output);

	if (rc < 0)
		return rc;
	child->output = output[0];
	plan->output = output[1];
	if (plan->options & CHILD_INPUT)
		rc = descriptor_pipe(input);
	plan->input = input[0];
	child->input = input[1];
	return rc;
}

static void
child_close(struct child *child)
{
	descriptor_close(&child->output);
	descriptor_close(&child->input);
}

int
child_start(struct child *child, struct children *children, const char *command,
    unsigned options, loop_callback *on_exit, void *ctx)
{
	struct child_plan plan = {command, options, .output = -1, .input = -1};
	pid_t pid = 0;
	int rc;

	*child = (struct child){.output = -1, .input = -1};
	rc = child_open(child, &plan);
	if (rc == 0)
		rc = timer_init(&child->check, children->loop, on_check, child);
	if (rc == 0)
		rc = child_spawn(&pid, &plan);
	descriptor_close(&plan.output);
	descriptor_close(&plan.input);
	if (rc < 0) {
		child_close(child);
		timer_fini(&child->check);
		return rc;
	}
	descriptor_set_nonblocking(child->output);
	if (child->input >= 0)
		descriptor_set_nonblocking(child->input);
	child->pid = pid;
	child->on_exit = on_exit;
	child->ctx = ctx;
	child->children = children;
	child->next = children->first;
	children->first = child;
	return 0;
}

/* Stopping. */

static void
on_check(void *ctx)
{
	struct child *child = ctx;

	on_sigchld(child->children);
	if (child->exited) {
		children_reap(child);
		if (kill(-child->pid, 0) < 0 && errno == ESRCH) {
			child->on_stopped(child->ctx);
			return;
		}
	}
	if (loop_now_ms() >= child->kill_at_ms)
		kill(-child->pid, SIGKILL);
	/* Only zombies that nobody reaps can be left now. */
	if (child->exited && loop_now_ms() >= child->kill_at_ms + GIVE_UP_MS)
		child->on_stopped(child->ctx);
	else
		timer_start(&child->check, CHECK_MS);
}

void
child_stop(struct child *child, loop_callback *on_stopped)
{
	child->on_stopped = on_stopped;
	if (child->stopping)
		return;
	child->stopping = true;
	child->kill_at_ms = loop_now_ms() + CHILD_GRACE_MS;
	kill(-child->pid, SIGTERM);
	kill(-child->pid, SIGCONT); /* a stopped one must see it */
	timer_start(&child->check, 0);
}

static void
child_unlink(struct child *child)
{
	struct child **at = &child->children->first;

	while (*at != child)
		at = &(*at)->next;
	*at = child->next;
}

void
child_fini(struct child *child)
{
	if (child->pid == 0)
		return;
	child_unlink(child);
	if (!child->exited || (child->stopping && !child->reaped))
		kill(-child->pid, SIGKILL);
	children_reap(child);
	child_close(child);
	timer_fini(&child->check);
	child->pid = 0;
}
