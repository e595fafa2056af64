"""A stream on which nothing happens wakes nobody up but by its heartbeats."""

import socket
import subprocess

import pytest

from client import EventStream
from faults import preloaded
from processes import bytes_written
from waiting import wait_still

N_HEARTBEATS = 5
N_WAITS = 100  # for each, so that a timer may look for a missing folder


def assert_idle(counts, stream):
    """A loop that spins turns thousands of times between two of them."""
    stream.wait_body(b":\n")
    before = counts.waits
    for _ in range(N_HEARTBEATS):
        del stream.body[:]
        stream.wait_body(b":\n")
    assert counts.waits - before <= N_WAITS * N_HEARTBEATS


@pytest.mark.parametrize("source", [
    "-", "file:{folder}/log", "file:{folder}/missing", "fifo:{folder}/fifo",
    "file:{folder}/no/folder", "exec:sleep 1000",
    "exec:exec >/dev/null; sleep 1000", "every:1h", "every:1h:true",
])
def test_silent_source(run, folder, counts, source):
    (folder / "log").write_text("old\n")
    program = run("--cgi", "--heartbeat", "200ms",
                  source.format(folder=folder), stdin=subprocess.PIPE,
                  prefix=preloaded(counts=counts))
    assert_idle(counts, program.stream)


def test_command_that_left_its_output_to_another(run, counts):
    program = run("--cgi", "--heartbeat", "200ms", "exec:sleep 1000 &",
                  prefix=preloaded(counts=counts))
    assert_idle(counts, program.stream)


def test_half_closed_socket(run, counts):
    """As under mod_cgid, with request bytes that nobody reads."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        run("--cgi", "--heartbeat", "200ms", "exec:sleep 1000",
            stdin=theirs, stdout=theirs, prefix=preloaded(counts=counts))
        theirs.close()
        ours.sendall(b"a request body")
        ours.shutdown(socket.SHUT_WR)
        assert_idle(counts, EventStream(ours.fileno()))


@pytest.mark.parametrize("arguments", [
    ["exec:yes"], ["-f", "nul", "-"], ["-d", "x" * 900, "every:10ms"],
])
def test_viewer_that_does_not_read(run, counts, arguments):
    with open("/dev/zero", "rb") as endless:
        program = run("--cgi", *arguments, stdin=endless,
                      prefix=preloaded(counts=counts))
    wait_still(lambda: bytes_written(program.pid), "output")
    # Timers may go on; a loop that spins always has something to do.
    wait_still(lambda: counts.busy, "work")
