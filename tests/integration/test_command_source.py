"""Commands as sources: output, both endings, the process group, --pty."""

import os
import pty
import select
import signal
import sys

import pytest

from handing_over import prepared
from namespaces import namespaces
from program import plain_environment
from processes import (bytes_written, group_of, is_running, kill_if_running,
                       wait_gone)
from terminals import needs_terminal
from waiting import wait_for, wait_still


def run_to_end(run, command, *options):
    program = run("--cgi", *options, f"exec:{command}")
    assert program.finish() == 0
    return program, program.stream.wait_end()


def data_of(events):
    return [event.data for event in events]


def test_each_line_of_its_output_is_an_event(run):
    """It is run by a shell, has no input, and its standard error is ours."""
    program, events = run_to_end(
        run, 'cat; for x in a b; do echo "$x" | tr a-z A-Z; done; '
        "echo to the log >&2; printf last")
    assert data_of(events) == ["A", "B", "last", '{"exit_status":0}']
    assert program.errors() == "to the log\n"


@pytest.mark.parametrize("command, data, told", [
    ("exit 255", '{"exit_status":255}', ""),
    ("kill -KILL $$", '{"signal":9}', ""),
    ("no-such-command-anywhere", '{"exit_status":127}', "exit status 127"),
    ("/", '{"exit_status":126}', "exit status 126"),
])
def test_end_event_tells_how_it_ended(run, command, data, told):
    program, events = run_to_end(run, command)
    assert (events[-1].type, events[-1].data) == ("end", data)
    assert told in program.errors()


def test_output_after_the_exit_is_still_sent(run):
    """A background process goes on writing when the shell has ended."""
    _, events = run_to_end(run, "(sleep 0.3; echo late) & echo early")
    assert data_of(events) == ["early", "late", '{"exit_status":0}']


def test_exit_after_the_end_of_output_is_waited_for(run):
    _, events = run_to_end(run, "echo one; exec >&-; sleep 0.3; exit 5")
    assert data_of(events) == ["one", '{"exit_status":5}']


def test_command_inherits_no_descriptors(run, folder):
    """Apart from 0, 1, 2 there is only the one that ls itself opens."""
    _, events = run_to_end(run, "exec ls /proc/self/fd")
    assert data_of(events)[:-1] == ["0", "1", "2", "3"]


def test_command_begins_with_default_signals(run):
    """Some servers start a CGI program with SIGPIPE ignored."""
    program = run("--cgi", "exec:grep -E 'Sig(Ign|Blk)' /proc/self/status",
                  restore_signals=False)
    assert program.finish() == 0
    # 32 and 33 are the C library's own: it lets nobody touch them.
    ours = ~(3 << 31)
    for event in program.stream.wait_end()[:-1]:
        assert int(event.data.split()[1], 16) & ours == 0, event.data


def leave_and_wait(program, *pids):
    program.leave()
    assert program.wait_exit() == 0
    for pid in pids:
        wait_gone(pid)
    program.wait_nothing_left()


@pytest.mark.parametrize("options", [
    [], pytest.param(["--pty"], marks=needs_terminal)])
def test_leaving_ends_the_whole_process_group(run, options):
    program = run("--cgi", *options,
                  "exec:sleep 1000 & echo $$ $!; wait")
    shell, child = map(int, program.stream.next_event().data.split())
    assert group_of(shell) == shell != group_of(program.pid)
    leave_and_wait(program, shell, child)


@pytest.mark.parametrize("options", [
    [], pytest.param(["--pty"], marks=needs_terminal)])
def test_leaving_ends_a_command_that_ignores_signals(run, options):
    program = run("--cgi", *options,
                  "exec:trap '' TERM HUP INT; echo $$; "
                  "while :; do sleep 1000; done")
    shell = int(program.stream.next_event().data)
    leave_and_wait(program, shell)


def test_leaving_lets_a_command_clean_up(run, folder):
    marker = folder / "cleaned"
    program = run("--cgi", f"exec:trap 'echo done >{marker}; exit' TERM; "
                  "echo ready; while :; do sleep 0.05; done")
    program.stream.next_event()
    leave_and_wait(program)
    assert marker.read_text() == "done\n"


def test_leaving_ends_what_an_exited_shell_left_behind(run):
    program = run("--cgi", "exec:sleep 1000 & echo $!")
    child = int(program.stream.next_event().data)
    leave_and_wait(program, child)


# Runs a program below a process that adopts orphans and never reaps them,
# as the first process of some containers does.
BAD_INIT = [sys.executable, "-c", """
import ctypes, os, sys
PR_SET_CHILD_SUBREAPER = 36
ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
pid = os.spawnv(os.P_NOWAIT, sys.argv[1], sys.argv[1:])
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""]


def test_zombies_that_nobody_reaps_do_not_hold_it_up(run):
    program = run("--cgi", "exec:sleep 1000 & sleep 1001 & echo ready; wait",
                  prefix=BAD_INIT)
    program.stream.next_event()
    program.leave()
    assert program.wait_exit() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_to_pipecast_ends_the_command(run, number):
    program = run("--cgi", "exec:sleep 1000 & echo $$ $!; wait")
    pids = list(map(int, program.stream.next_event().data.split()))
    program.send_signal(number)
    assert program.finish() == 0
    for pid in pids:
        wait_gone(pid)


def test_command_that_writes_faster_than_the_viewer_reads_is_held(run):
    """The pipe is the flow control: yes(1) must come to a halt."""
    program = run("--cgi", "exec:echo $$; exec yes")
    pid = int(program.stream.next_event().data)

    wait_still(lambda: bytes_written(pid), "output of the command")
    assert is_running(pid)
    leave_and_wait(program, pid)


@needs_terminal
def test_pty_makes_programs_write_line_by_line(run):
    """grep keeps a block of output back unless it writes to a terminal."""
    program = run("--cgi", "--pty", "exec:(echo one; sleep 1000) | grep one")
    assert program.stream.next_event().data == "one"


@needs_terminal
def test_pty_is_a_terminal_that_changes_nothing(run):
    """Neither lines nor status, however much it is; and for output alone."""
    program, events = run_to_end(
        run, "test -t 1 && printf 'a\\tb\\n'; exec 3>&1; "
        "stty -a <&3 | grep -o -e '-echo '; echo oops >&2; seq 20000; exit 4",
        "--pty")
    assert data_of(events) == ["a\tb", "-echo ", *map(str, range(1, 20001)),
                               '{"exit_status":4}']
    assert b"\r" not in program.stream.body
    assert program.errors() == "oops\n"


@needs_terminal
def test_pty_applies_to_the_commands_after_it(run):
    ask = "test -t 1 && echo terminal || echo pipe"
    program = run("--cgi", f"before=exec:{ask}", "--pty", f"after=exec:{ask}")
    assert program.finish() == 0
    events = program.stream.wait_end()
    assert {event.type: event.data for event in events[:-1]} == \
        {"before": "pipe", "after": "terminal"}


# Runs a program that cannot fork.
NO_FORK = prepared("resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))")
# To look for leaks, a build with sanitizers would have to fork.
WITHOUT_FORK = plain_environment(ASAN_OPTIONS="detect_leaks=0")


def test_command_that_cannot_be_started_ends_clearly(run, unprivileged):
    program = run("--cgi", "exec:echo never", **NO_FORK,
                  env=WITHOUT_FORK, **unprivileged)
    program.finish()
    assert [event.type for event in program.stream.wait_end()] == ["end"]
    assert "exec:echo never" in program.errors()


def test_run_that_cannot_be_started_does_not_end_the_stream(
        run, unprivileged):
    program = run("--cgi", "tick=every:20ms", "every:20ms:echo never",
                  **NO_FORK, env=WITHOUT_FORK, **unprivileged)
    types = {event.type for event in program.stream.next_events(20)}
    assert types == {"tick"}
    assert "every:20ms:echo never" in program.errors()


@needs_terminal
def test_command_that_asks_the_terminal_is_told_of(binary, folder):
    """It is stopped in the background of the terminal that started it."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(binary, [str(binary), "--http", "0",
                          "exec:read line </dev/tty"])
    said = bytearray()

    def is_told():
        if select.select([terminal], [], [], 0)[0]:
            said.extend(os.read(terminal, 4096))
        return b"SIGTTIN" in said

    try:
        wait_for(is_told, "a word about the terminal")
        assert said.count(b"was stopped") == 1
        os.kill(pid, signal.SIGTERM)
        wait_gone(pid)
    finally:
        kill_if_running(pid)
        os.waitpid(pid, 0)
        os.close(terminal)


def test_first_process_reaps_what_its_commands_leave(run):
    """As in a container: what has lost its parent becomes its child. Each run
    would leave one more."""
    program = run("--cgi", "every:20ms:(sleep 0.01 &); "
                  "cat /proc/[0-9]*/stat | grep -c ') Z'; true",
                  prefix=namespaces(["-pf", "--mount-proc"], ["true"]))
    program.stream.next_events(30)
    wait_for(lambda: int(program.stream.next_event().data) < 5,
             "a run that finds few zombies")
