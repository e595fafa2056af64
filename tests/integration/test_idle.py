"""A stream on which nothing happens costs no processor time."""

import socket
import subprocess

import pytest

from client import EventStream
from processes import bytes_written, cpu_seconds
from waiting import wait_for, wait_still

N_HEARTBEATS = 5
LIMIT_S = 0.05


def assert_idle(pid, stream):
    """Measured from heartbeat to heartbeat, for about a second."""
    stream.wait_body(b":\n")
    before = cpu_seconds(pid)
    for _ in range(N_HEARTBEATS):
        del stream.body[:]
        stream.wait_body(b":\n")
    assert cpu_seconds(pid) - before <= LIMIT_S


@pytest.mark.parametrize("source", [
    "-", "file:{folder}/log", "file:{folder}/missing", "fifo:{folder}/fifo",
    "file:{folder}/no/folder", "exec:sleep 1000",
    "exec:exec >/dev/null; sleep 1000", "every:1h", "every:1h:true",
])
def test_silent_source(run, folder, source):
    (folder / "log").write_text("old\n")
    program = run("--cgi", "--heartbeat", "200ms",
                  source.format(folder=folder), stdin=subprocess.PIPE)
    assert_idle(program.pid, program.stream)


def test_command_that_left_its_output_to_another(run):
    program = run("--cgi", "--heartbeat", "200ms", "exec:sleep 1000 &")
    assert_idle(program.pid, program.stream)


def test_half_closed_socket(run):
    """As under mod_cgid, with request bytes that nobody reads."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        program = run("--cgi", "--heartbeat", "200ms", "exec:sleep 1000",
                      stdin=theirs, stdout=theirs)
        theirs.close()
        ours.sendall(b"a request body")
        ours.shutdown(socket.SHUT_WR)
        assert_idle(program.pid, EventStream(ours.fileno()))


@pytest.mark.parametrize("arguments", [
    ["exec:yes"], ["-f", "nul", "-"], ["-d", "x" * 900, "every:10ms"],
])
def test_viewer_that_does_not_read(run, arguments):
    with open("/dev/zero", "rb") as endless:
        program = run("--cgi", *arguments, stdin=endless)

    def is_idle():
        """Output stands still on a busy machine as well, for a while."""
        wait_still(lambda: bytes_written(program.pid), "output")
        before = cpu_seconds(program.pid)
        wait_still(lambda: bytes_written(program.pid), "output")
        return cpu_seconds(program.pid) - before <= LIMIT_S
    wait_for(is_idle, "no use of the processor")
