"""Many viewers of one process: every event once and in order for each."""

import socket
import subprocess
import time

import pytest

from faults import preloaded
from load import Load
from waiting import wait_for

def numbered(number):
    """An event the load client can count, as a line."""
    return b"%d %d\n" % (number, time.monotonic_ns())


def listens(path):
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


@pytest.fixture
def serve(run, folder, counts):
    """Starts pipecast behind a socket; its events come from its input."""
    def start(*options):
        path = folder / "socket"
        program = run("--fastcgi", f"unix:{path}", *options,
                      stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                      prefix=preloaded(counts=counts))
        wait_for(lambda: listens(path), "listening socket")
        program.address = f"unix:{path}"
        return program
    return start


@pytest.fixture
def view(folder):
    """Starts viewers and waits until they all look on."""
    started = []

    def start(program, *options):
        load = Load(folder, "fastcgi", program.address, *options)
        started.append(load)
        wait_for(load.is_ready, "response heads")
        return load
    yield start
    for load in started:
        load.stop()


def publish(program, count, each=lambda: None):
    for number in range(1, count + 1):
        program.stdin.write(numbered(number))
        program.stdin.flush()
        each()


def assert_all_once_in_order(figures):
    wrong = {name: figures[name]
             for name in ("failed", "lost", "dup", "ooo", "short")
             if figures[name]}
    assert not wrong


def test_each_gets_every_event_once_and_in_order(serve, view):
    program = serve()
    load = view(program, "--clients", 200, "--events", 2000)
    publish(program, 2000)
    figures = load.finish()
    assert_all_once_in_order(figures)
    assert figures["deliveries"] == 200 * 2000


def test_who_does_not_read_takes_nothing_from_the_others(
        serve, view, counts):
    program = serve("--history", "64K", "--patience", "100ms")
    load = view(program, "--clients", 100, "--slow", 10, "--events", 2000)
    before = counts.allocated_max
    # Who reads is never a whole history behind, be the machine ever so busy.
    load.publish(program.stdin, "--events", 2000, "--size", 1000,
                 "--window", 32)
    figures = load.finish()
    assert_all_once_in_order(figures)
    assert figures["deliveries"] == 90 * 2000
    assert figures["slow_ended"] == 10
    assert counts.allocated_max - before < 1 << 20


def test_who_leaves_and_comes_back_misses_nothing(serve, view):
    program = serve()
    load = view(program, "--clients", 100, "--guests", 50, "--churn", 500,
                "--resume", "--events", 1000)
    publish(program, 1000, each=lambda: time.sleep(0.001))
    figures = load.finish()
    assert_all_once_in_order(figures)
    assert figures["visits"] > 0
