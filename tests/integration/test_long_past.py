"""A followed file whose past takes long to read: viewers are answered, and
signals obeyed, while that goes on."""

import os
import signal

import pytest

from processes import bytes_read

N_LINES = 800_000
PAST_READ = 120  # seconds, with the sanitizers on a busy machine
LAST = [str(n) for n in range(N_LINES - 2, N_LINES + 1)]


@pytest.fixture(scope="module")
def path(session_folder):
    """Small lines, each of which becomes an event."""
    path = session_folder / "long-past"
    with open(path, "w", encoding="ascii") as file:
        for start in range(1, N_LINES + 1, 10_000):
            file.write("".join(f"{n}\n" for n in range(start, start + 10_000)))
    yield path
    path.unlink()


@pytest.fixture
def options(path):
    return ["--history", "8M", "--heartbeat", "50ms", "--replay", "3",
            f"log=file:{path}"]


@pytest.fixture
def program(listen, options):
    return listen(*options)


def assert_reads_still(program, path):
    assert bytes_read(program.pid) < path.stat().st_size


def said(events):
    return [(event.type, event.data, event.id) for event in events]


@pytest.mark.parametrize("gateway", ["listen", "serve"])
def test_viewers_get_what_they_would_get_later(
        request, gateway, options, path):
    program = request.getfixturevalue(gateway)(*options)
    new, named, returned = (
        program.open(target, headers=headers).wait_open()
        for target, headers in (("/", {}), ("/log", {}),
                                ("/", {"Last-Event-ID": "unknown"})))
    assert_reads_still(program, path)
    events = new.next_events(3, PAST_READ)
    assert [event.data for event in events] == LAST
    assert said(named.next_events(3, PAST_READ)) == said(events)
    gap = returned.next_event(PAST_READ)
    assert (gap.type, gap.data) == \
        ("gap", '{"last_event_id":"unknown","missed":null}')
    assert said(program.open().next_events(3)) == said(events)
    resumed = program.open(headers={"Last-Event-ID": events[0].id})
    assert said(resumed.next_events(2)) == said(events[1:])
    with open(path, "a", encoding="ascii") as file:
        file.write("another\n")
    try:
        for stream in (new, named, resumed, returned):
            assert stream.next_event().data == "another"
            assert len(stream.retries) == 1
    finally:
        os.truncate(path, path.stat().st_size - len("another\n"))


def test_viewer_that_comes_back_to_its_place_is_set_down_there(
        listen, options, path):
    quick = listen("--replay", "3", f"log=file:{path}")
    events = quick.open().next_events(3, PAST_READ)
    quick.stop()
    program = listen(*options)
    stream = program.open(headers={"Last-Event-ID": events[0].id})
    assert said(stream.next_events(2, PAST_READ)) == said(events[1:])


def test_signal_ends_it_and_viewers_are_told_when_to_come_back(program, path):
    streams = [program.open().wait_open() for _ in range(3)]
    assert_reads_still(program, path)
    program.send_signal(signal.SIGTERM)
    for stream in streams:
        assert stream.wait_end() == []
        assert len(stream.retries) == 2
    assert program.wait_exit() == 0


def test_viewer_may_leave_before_the_past_is_read(program, path):
    leaving, staying = (program.open().wait_open() for _ in range(2))
    leaving.close()
    assert_reads_still(program, path)
    assert staying.next_data(3, PAST_READ) == LAST


def test_more_than_can_wait_are_told_to_come_later(program, path):
    streams = [program.open() for _ in range(70)]
    for stream in streams:
        stream.wait_open()
    assert_reads_still(program, path)
    first = [stream.event_or_end(PAST_READ) for stream in streams]
    assert [event.data for event in first if event] == 64 * LAST[:1]
    for stream, event in zip(streams, first):
        if event is None:
            assert stream.retries[-1] > 2000


def test_plain_cgi_answers_and_stops_as_well(run, options, path):
    program = run("--cgi", *options)
    program.stream.wait_open()
    assert_reads_still(program, path)
    assert program.stream.next_data(3, PAST_READ) == LAST
    program = run("--cgi", *options)
    program.stream.wait_open()
    program.send_signal(signal.SIGTERM)
    assert program.finish() == 0
    assert program.stream.wait_end() == []
    assert len(program.stream.retries) == 2
