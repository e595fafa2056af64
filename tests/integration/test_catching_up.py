"""Viewers of a followed file who resume where the stream in memory does not
reach back to: they are given the file from there on, then join the others."""

import resource
import signal
import threading

import pytest

from fastcgi import abort
from logfile import LogFile, lines
from processes import count_descriptors
from sse import data_of
from waiting import wait_for

HISTORY = ("--history", "4K")  # some sixty lines
CATCHUPS_MAX = 64


class Followed:
    """A program that follows the log, and the ids of lines that were sent."""

    def __init__(self, serve, log, *options, **more):
        self.log = log
        self.program = serve(*HISTORY, *options, f"file:{log.path}", **more)
        self.first = self.program.open().wait_open()
        self.n_lines = 0
        self.ids = {}

    def write(self, count):
        """Write lines and see them sent."""
        first, self.n_lines = self.n_lines + 1, self.n_lines + count
        self.log.write_lines(lines(first, self.n_lines))
        for event in self.first.next_events(count):
            self.ids[event.data] = event.id

    def resume(self, number, program=None):
        """The stream of a viewer who has seen the line of that number."""
        return (program or self.program).open(
            headers={"Last-Event-ID": self.ids[f"line {number}"]})

    def assert_complete(self, stream, number):
        assert stream.next_data(self.n_lines - number) == \
            lines(number + 1, self.n_lines)

    def wait_joined(self, n_descriptors):
        wait_for(lambda: count_descriptors(self.program.pid) == n_descriptors,
                 "everybody has joined the others")

    def n_descriptors(self):
        return count_descriptors(self.program.pid)


@pytest.fixture
def followed(serve, log):
    return Followed(serve, log)


def test_lines_that_are_only_in_the_file_are_sent(followed):
    """To each of many viewers, who then join the others."""
    followed.write(2000)
    before = followed.n_descriptors()
    numbers = (1, 17, *range(50, 2000, 50), 1999, 2000)
    streams = [followed.resume(number) for number in numbers]
    followed.write(10)
    for number, stream in zip(numbers, streams):
        followed.assert_complete(stream, number)
    followed.wait_joined(before + len(streams))
    followed.write(10)
    for stream in streams:
        assert stream.next_data(10) == lines(2011, 2020)


def test_file_grows_while_a_viewer_catches_up(followed):
    followed.write(5000)
    log, done = followed.log, threading.Event()

    def grow():
        for number in range(5001, 10_001):
            log.write_line(f"line {number}")
        done.set()

    before = followed.n_descriptors()
    writer = threading.Thread(target=grow)
    streams = [followed.resume(1) for _ in range(3)]
    writer.start()
    try:
        for stream in streams:
            assert stream.next_data(9999) == lines(2, 10_000)
    finally:
        writer.join()
    assert done.is_set()
    followed.first.next_events(5000)
    followed.wait_joined(before + 3)


@pytest.mark.parametrize("rotate", [
    lambda log: log.rotate().close(), LogFile.rotate_by_copy])
def test_rotations_in_between(followed, rotate):
    for _ in range(3):
        followed.write(300)
        rotate(followed.log)
    followed.write(300)
    before = followed.n_descriptors()
    numbers = (1, 299, 300, 301, 1000)
    streams = [followed.resume(number) for number in numbers]
    for number, stream in zip(numbers, streams):
        followed.assert_complete(stream, number)
    followed.wait_joined(before + len(streams))
    followed.write(10)
    assert streams[0].next_data(10) == lines(1201, 1210)


# More than a socket takes before its reader does.
LONG = 40_000


@pytest.fixture
def long(serve, log, folder):
    """A file, and viewers who do not read for a while, over sockets with
    little room; the first one is slow where the machine is."""
    followed = Followed(serve, log, "--patience", "1m",
                        listen=f"unix:{folder}/socket")
    followed.write(LONG)
    return followed


def test_rotation_while_a_viewer_catches_up(long):
    stream = long.resume(1).wait_open()
    for _ in range(2):
        long.log.rotate().close()
        long.write(500)
    long.assert_complete(stream, 1)


def test_who_leaves_while_catching_up_leaves_nothing_behind(long):
    before = long.n_descriptors()
    streams = [long.resume(1).wait_open() for _ in range(10)]
    assert long.n_descriptors() > before + len(streams)
    streams[0].next_events(100)
    streams[0].connection.send(abort())
    streams[0].read_to_end()
    for stream in streams:
        stream.close()
    long.wait_joined(before)


def test_more_than_are_served_at_once_are_told_to_come_later(long):
    before = long.n_descriptors()
    streams = [long.resume(1).wait_open() for _ in range(CATCHUPS_MAX)]
    for _ in range(3):
        refused = long.resume(1)
        assert refused.wait_complete() == []
        assert refused.status == 200
        assert refused.retries[-1] >= 6000
    # Nobody else is refused.
    new = long.program.open().wait_open()
    resumed = long.resume(LONG - 1)
    long.assert_complete(resumed, LONG - 1)
    for stream in streams[1:]:
        stream.close()
    long.assert_complete(streams[0], 1)
    long.wait_joined(before + 3)
    long.assert_complete(long.resume(1), 1)
    long.write(1)
    assert new.next_data(1) == lines(LONG + 1, LONG + 1)


def test_signal_while_catching_up_loses_nothing(serve, long):
    stream = long.resume(1)
    events = stream.next_events(100)
    long.program.send_signal(signal.SIGTERM)
    events += stream.wait_complete()
    assert len(stream.retries) == 2
    assert data_of(events) == lines(2, len(events) + 1)
    assert long.program.wait_exit() == 0
    again = serve(*HISTORY, f"file:{long.log.path}")
    rest = again.open(headers={"Last-Event-ID": events[-1].id})
    assert rest.next_data(LONG - 1 - len(events)) == \
        lines(len(events) + 2, LONG)


@pytest.mark.parametrize("number", [1, 990, 999])
def test_restart_loses_nothing(serve, followed, number):
    followed.write(1000)
    followed.program.send_signal(signal.SIGTERM)
    assert followed.program.wait_exit() == 0
    followed.log.write_lines(lines(1001, 1100))
    again = serve(*HISTORY, f"file:{followed.log.path}")
    stream = followed.resume(number, again)
    assert stream.next_data(1100 - number) == lines(number + 1, 1100)
    followed.log.write_line("line 1101")
    assert stream.next_data(1) == ["line 1101"]


@pytest.mark.parametrize("form, write", [
    ("blocks", lambda n: f"line {n}\nmore\n\n"),
    ("json", lambda n: f'{{"data":"line {n}\\nmore"}}\n'),
    ("sse", lambda n: f"data: line {n}\ndata: more\n\n"),
])
def test_events_of_several_lines(serve, log, form, write):
    program = serve(*HISTORY, "-f", form, f"file:{log.path}")
    first = program.open().wait_open()
    log.write("".join(write(n) for n in range(1000)))
    seen = first.next_events(1000)
    resumed = program.open(headers={"Last-Event-ID": seen[9].id})
    assert data_of(resumed.next_events(990)) == data_of(seen[10:])


@pytest.mark.parametrize("count", [10, 500])
def test_what_was_skipped_is_told_of_once(serve, log, count):
    followed = Followed(serve, log, "--max-event", "1K")
    followed.write(500)
    log.write("x" * 2000 + "\n")
    assert followed.first.next_event().type == "gap"
    followed.write(count)
    stream = followed.resume(1)
    events = stream.events_until(f"line {500 + count}")
    assert [event.type for event in events].count("gap") == 1
    assert data_of(events[:499]) == lines(2, 500)
    assert events[499].type == "gap"
    assert data_of(events[500:]) == lines(501, 500 + count)


# What cannot be had.

def assert_gap(stream, last_event_id):
    gap = stream.next_event()
    assert gap.type == "gap"
    assert last_event_id in gap.data


def test_place_that_is_gone_draws_a_gap(followed):
    followed.write(1000)
    followed.log.rotate().close()
    (followed.log.path.parent / "log.1").unlink()
    followed.write(1000)
    stream = followed.resume(1)
    assert_gap(stream, followed.ids["line 1"])
    rest = data_of(stream.events_until("line 2000"))
    assert rest == lines(2001 - len(rest), 2000)


def test_lack_of_descriptors_draws_no_gap(listen, log):
    """The place is there; it only cannot be read now."""
    followed = Followed(listen, log)
    followed.write(1000)
    program = followed.program
    n_before = followed.n_descriptors()
    connection = program.connect(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
    wait_for(lambda: followed.n_descriptors() == n_before + 1,
             "the connection")
    limits = resource.prlimit(program.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(program.pid, resource.RLIMIT_NOFILE,
                     (followed.n_descriptors(), limits[1]))
    connection.send(
        f"Last-Event-ID: {followed.ids['line 1']}\r\n\r\n".encode())
    connection.wait_for(b"retry: ")
    answer = connection.wait_closed()
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"event: gap" not in answer
