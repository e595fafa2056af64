"""Standard input as the source: whatever it is connected to."""

import os
import pty
import socket
import subprocess

import pytest

from terminals import needs_terminal


def data_of(events):
    return [event.data for event in events]


def test_pipe_is_the_default_source(run):
    program = run("--cgi", stdin=subprocess.PIPE)
    program.stream.wait_open()
    program.stdin.write(b"one\n")
    program.stdin.flush()
    assert program.stream.next_event().data == "one"
    program.stdin.write(b"two\nthree")
    program.stdin.close()
    assert program.finish() == 0
    *events, end = program.stream.wait_end()
    assert data_of(events) == ["two", "three"]
    assert (end.type, end.data) == ("end", "{}")


def test_regular_file_is_read_from_its_offset(run, folder):
    path = folder / "input"
    path.write_text("skipped\nread\n")
    with open(path, "rb") as stdin:
        os.lseek(stdin.fileno(), 8, os.SEEK_SET)
        program = run("--cgi", stdin=stdin)
    assert program.finish() == 0
    assert data_of(program.stream.wait_end()[:-1]) == ["read"]


@pytest.mark.parametrize("is_reset", [False, True])
def test_socket(run, is_reset):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ours = socket.create_connection(listener.getsockname())
        theirs, _ = listener.accept()
    with ours, theirs:
        program = run("--cgi", stdin=theirs)
        theirs.close()
        ours.sendall(b"one\n")
        assert program.stream.next_event().data == "one"
        if is_reset:
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                            b"\1\0\0\0\0\0\0\0")
        ours.close()
        assert program.finish() == 0
        assert [event.type for event in program.stream.wait_end()] == ["end"]


@needs_terminal
@pytest.mark.parametrize("hangs_up", [False, True])
def test_terminal(run, hangs_up):
    ours, theirs = pty.openpty()
    program = run("--cgi", stdin=theirs)
    os.close(theirs)
    os.write(ours, b"one\ntwo\n")
    assert program.stream.next_data(2) == ["one", "two"]
    if not hangs_up:
        os.write(ours, b"\x04")
        program.stream.read_to_end()
    os.close(ours)
    assert program.finish() == 0
    assert program.stream.wait_end()[-1].type == "end"


def socket_pair():
    return [end.detach() for end in socket.socketpair()]


@pytest.mark.parametrize("make", [os.pipe, socket_pair])
def test_input_that_others_share_stays_blocking(run, make):
    reader, writer = make()
    try:
        program = run("--cgi", "--heartbeat", "20ms", stdin=reader)
        os.write(writer, b"one\n")
        assert program.stream.next_event().data == "one"
        assert program.stream.next_comment()
        assert os.get_blocking(reader)
        program.stop()
        assert os.get_blocking(reader)
    finally:
        os.close(reader)
        os.close(writer)


@pytest.mark.parametrize("closed, working", [
    ("<&-", True), ("2>&-", True), ("<&- 2>&-", True),
    (">&-", False), ("<&- >&- 2>&-", False),
])
def test_closed_standard_descriptors_do_no_harm(
        run, folder, closed, working):
    path = folder / "log"
    path.write_text("kept as it is\n")
    program = run("--cgi", "--heartbeat", "100ms", f"file:{path}",
                  "exec:echo one",
                  prefix=["/bin/sh", "-c", f'exec "$0" "$@" {closed}'])
    if working:
        assert program.stream.next_event().data == "one"
    else:
        program.stream.wait_end()
        assert program.wait_exit() in (0, 1)
    assert path.read_text() == "kept as it is\n"


# Programs that hold their output back.

SLOWLY = "while :; do printf '%0100d\\n' 1; sleep 0.02; done"


def through(run, command):
    """The program with the output of a shell's command as its input."""
    return run("--cgi", prefix=["/bin/sh", "-c", f'{command} | "$0" "$@"'])


def test_program_that_holds_back_is_told_of_once(run):
    """grep into a pipe writes blocks of 4096 bytes."""
    program = through(run, f"({SLOWLY}) | grep 1")
    program.wait_for_error("--line-buffered")
    assert "stdbuf -oL" in program.errors() and "--pty" in program.errors()
    program.stream.next_events(160)  # four blocks
    assert program.errors().count("--line-buffered") == 1


def test_program_that_does_not_hold_back_is_not_told_of(run):
    program = through(run, f"({SLOWLY}) | grep --line-buffered 1")
    program.stream.next_events(100)
    assert program.errors() == ""
