"""How it ends: signals, viewers that leave, outputs that fail."""

import contextlib
import os
import pty
import re
import signal
import socket
import subprocess

import pytest

from client import EventStream
from handing_over import prepared
from processes import bytes_written
from program import plain_environment
from terminals import needs_terminal
from waiting import wait_for, wait_still


@pytest.mark.parametrize("number", [
    signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT])
@pytest.mark.parametrize("source", ["every:20ms", "-", "exec:sleep 1000"])
def test_signal_ends_cleanly_with_a_new_retry(run, number, source):
    program = run("--cgi", source, stdin=subprocess.PIPE)
    program.stream.wait_open()
    program.send_signal(number)
    assert program.finish() == 0
    assert "end" not in {event.type for event in program.stream.wait_end()}
    assert len(program.stream.retries) == 2
    assert program.stream.retries[1] > 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_it_though_the_viewer_does_not_read(run, number):
    program = run("--cgi", "exec:yes")
    wait_still(lambda: bytes_written(program.pid), "output")
    program.send_signal(number)
    assert program.wait_exit() == 0
    program.wait_nothing_left()


@pytest.mark.parametrize("source", [
    "every:1h", "-", "exec:sleep 1000", "every:1h:true", "exec:yes",
])
def test_leaving_a_stream_is_noticed_without_a_heartbeat(run, source):
    program = run("--cgi", "--heartbeat", "1h", source, stdin=subprocess.PIPE)
    program.stream.wait_open()
    program.leave()
    assert program.wait_exit() == 0
    program.wait_nothing_left()
    assert program.errors() == ""


def test_sigpipe_is_no_reason_to_die(run):
    """Some servers hand SIGPIPE on ignored, some do not."""
    for restore in (True, False):
        program = run("--cgi", "every:10ms", restore_signals=restore)
        program.stream.next_event()
        program.leave()
        assert program.wait_exit() == 0


def test_socket_that_closes_as_output(run):
    """mod_cgid hands a Unix socket."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        program = run("--cgi", "--heartbeat", "1h", "every:1h",
                      stdin=theirs, stdout=theirs)
        theirs.close()
        assert EventStream(ours.fileno()).next_event()
        ours.close()
        assert program.wait_exit() == 0


def tcp_pair():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ours = socket.create_connection(listener.getsockname())
        theirs, _ = listener.accept()
    return ours, theirs


@pytest.mark.parametrize("heartbeat, reset", [("100ms", False), ("1h", True)])
def test_tcp_socket_that_closes_as_output(run, heartbeat, reset):
    """A reset is told at once, a close after a heartbeat or two."""
    ours, theirs = tcp_pair()
    with ours, theirs:
        program = run("--cgi", "--heartbeat", heartbeat, "every:1h",
                      stdout=theirs)
        theirs.close()
        assert EventStream(ours.fileno()).next_event()
        if reset:
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                            b"\1\0\0\0\0\0\0\0")
        ours.close()
        assert program.wait_exit() == 0


def test_half_closed_socket_goes_on(run):
    """mod_cgid shuts its writing side down after the request's body."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        program = run("--cgi", "--heartbeat", "1h", "every:20ms",
                      stdin=theirs, stdout=theirs)
        theirs.close()
        ours.shutdown(socket.SHUT_WR)
        assert EventStream(ours.fileno()).next_events(20)
        ours.close()
        assert program.wait_exit() == 0


def test_regular_file_as_output(run, folder):
    path = folder / "output"
    with open(path, "wb") as stdout:
        program = run("--cgi", "exec:seq 1000", stdout=stdout)
        assert program.wait_exit() == 0
    assert path.read_bytes().count(b"data: ") == 1001


def socket_pair():
    return [end.detach() for end in socket.socketpair()]


@pytest.mark.parametrize("make", [os.pipe, socket_pair])
def test_output_that_others_share_stays_blocking(run, make):
    """A shell's terminal may be the same, or a command's standard error, which
    may be full."""
    reader, writer = make()
    try:
        program = run("--cgi", "exec:yes", stdout=writer, stderr=writer)
        EventStream(reader).next_event()
        wait_still(lambda: bytes_written(program.pid), "output")
        assert os.get_blocking(writer)
        program.send_signal(signal.SIGTERM)
        assert program.wait_exit() == 0
        assert os.get_blocking(writer)
    finally:
        os.close(reader)
        os.close(writer)


def test_full_disk_ends_with_a_message(run):
    """And with it the command."""
    with open("/dev/full", "wb") as stdout:
        program = run("--cgi", "exec:sleep 1000", stdout=stdout)
        assert program.wait_exit() == 1
    assert "No space left on device" in program.errors()
    program.wait_nothing_left()


@pytest.mark.parametrize("word", ["--help", "--version", "--check"])
def test_full_disk_for_what_was_asked_for_ends_with_a_message(run, word):
    with open("/dev/full", "wb") as stdout:
        program = run(word, stdout=stdout)
        assert program.wait_exit() == 1
    assert program.errors() == "pipecast: cannot write to standard output\n"


def test_limit_on_file_sizes_ends_with_a_message(run, folder):
    with open(folder / "output", "wb") as stdout:
        program = run("--cgi", "exec:yes", stdout=stdout,
                      prefix=["prlimit", "--fsize=4096"])
        assert program.wait_exit() == 1
    assert "File too large" in program.errors()


@pytest.mark.parametrize("statement", [
    "signal.setitimer(signal.ITIMER_REAL, 0.3)",
    "signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))",
    "signal.signal(signal.SIGCHLD, signal.SIG_IGN)",
], ids=["alarm", "blocked", "ignored"])
def test_what_a_server_does_with_signals_is_undone(run, statement):
    program = run("--cgi", "exec:sleep 0.5; echo one; exit 3",
                  **prepared(f"import signal; {statement}"))
    assert program.finish() == 0
    assert program.stream.wait_end()[-1].data == '{"exit_status":3}'


@pytest.mark.parametrize("name", ["HUP", "INT", "QUIT"])
def test_signal_that_was_ignored_at_the_start_stays_ignored(run, name):
    """As nohup starts it, or a script in the background."""
    program = run("--cgi", stdin=subprocess.PIPE,
                  prefix=["/bin/sh", "-c", f'trap "" {name}; exec "$0" "$@"'])
    program.stream.wait_open()
    program.send_signal(getattr(signal, f"SIG{name}"))
    # What stands in the pipe by then is sent even by a program that stops.
    for line in (b"now", b"later"):
        program.stdin.write(line + b"\n")
        program.stdin.flush()
        assert program.stream.next_event().data == line.decode()
    assert len(program.stream.retries) == 1
    program.send_signal(signal.SIGTERM)
    assert program.finish() == 0


def test_sigusr1_reports_under_plain_cgi(run):
    program = run("--cgi", "a=every:1h", "b=-", stdin=subprocess.PIPE)
    program.stream.next_event()
    program.send_signal(signal.SIGUSR1)
    program.wait_for_error("source a=every:1h: ")
    assert program.process.poll() is None


@pytest.mark.parametrize("limit", range(4, 9))
@pytest.mark.parametrize("options", [("--cgi",), ("--http", "0")])
def test_lack_of_descriptors_is_told_once(run, folder, limit, options):
    """What cannot start says why, in one line. (To look for leaks, a build with
    sanitizers would need descriptors at its end.)"""
    program = run(*options, f"fifo:{folder}/fifo",
                  env=plain_environment(ASAN_OPTIONS="detect_leaks=0"),
                  prefix=["prlimit", f"--nofile={limit}"])
    if limit < 7:
        assert program.finish() == 1
        assert program.errors().count("pipecast: ") == \
            1 + program.errors().count("http://")
    program.stop()
    assert program.errors().count("Too many open files") <= 1


@needs_terminal
def test_end_of_the_input_is_told_in_a_terminal(run):
    ours, theirs = os.openpty()
    try:
        run("--http", "0", "exec:true", stderr=theirs).wait_exit()
        assert b"--keep" in os.read(ours, 65536)
    finally:
        os.close(ours)
        os.close(theirs)


@needs_terminal
def test_ctrl_c_is_not_answered_with_advice_on_how_to_keep_running(
        folder, binary):
    """The producer ends once the line at the bottom was written twice since,
    so that the program has seen Ctrl-C before the end of its input."""
    producer = (f"sh -c 'trap \"\" INT; until [ -e {folder}/end ]; "
                "do sleep 0.01; done'")
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv("/bin/sh", [
            "sh", "-c", f"trap : INT; {producer} | {binary} --http 0"])
    written = b""

    def read_until(pattern):
        nonlocal written
        while not re.search(pattern, written, re.DOTALL):
            written += os.read(terminal, 65536)

    try:
        read_until(rb"Ctrl-C ends it.*/s")
        os.write(terminal, b"\x03")
        read_until(rb"\^C.*/s.*/s")
        (folder / "end").touch()
        with contextlib.suppress(OSError):  # the terminal has gone
            read_until(rb"--keep")
        assert b"--keep" not in written
    finally:
        os.close(terminal)
        os.waitpid(pid, 0)


@contextlib.contextmanager
def piped_in_a_terminal(binary, folder, producer):
    """The producer piped into the program, as a person at a terminal does it:
    the terminal, the output, and where the exit status will be."""
    out, status = folder / "out", folder / "status"
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv("/bin/sh", [
            "sh", "-c", f"{producer} | (trap : INT; {binary} --cgi >{out}; "
            f"echo $? >{status}); exit"])
    try:
        wait_for(lambda: out.exists() and "data: one" in out.read_text(),
                 "first event")
        yield terminal, out, status
    finally:
        os.close(terminal)
        os.waitpid(pid, 0)


@needs_terminal
@pytest.mark.parametrize("last", ["exit", "exec sleep 1000"])
def test_ctrl_c_lets_the_producer_of_a_pipe_finish(folder, binary, last):
    """The last words reach the viewer; a second Ctrl-C ends at once."""
    producer = (f"sh -c 'trap \"echo last; trap : INT; {last}\" INT; "
                "echo one; while :; do sleep 0.01; done'")
    with piped_in_a_terminal(binary, folder, producer) as (
            terminal, out, status):
        os.write(terminal, b"\x03")
        wait_for(lambda: "data: last" in out.read_text(), "last words")
        if last == "exit":
            wait_for(lambda: "event: end" in out.read_text(), "end")
        else:
            os.write(terminal, b"\x03")
        wait_for(status.exists, "its end")


@needs_terminal
def test_producer_that_ignores_ctrl_c_does_not_keep_it(folder, binary):
    """It waits for the producer for a few seconds, then lets its viewer go."""
    producer = "sh -c 'trap \"\" INT; echo one; exec sleep 1000'"
    with piped_in_a_terminal(binary, folder, producer) as (
            terminal, out, status):
        os.write(terminal, b"\x03")
        wait_for(lambda: status.exists() and status.read_text() == "0\n",
                 "its end")
        assert out.read_text().count("retry: ") == 2
        assert "event: end" not in out.read_text()
