"""Timers, and commands that are run by a timer."""

import re

import pytest

import fifo
from processes import count_descriptors, wait_gone
from waiting import wait_for


def test_ticks_come_in_their_distance(run):
    events = run("--cgi", "every:50ms").stream.next_events(20)
    times = [float(event.data) for event in events]
    assert times == sorted(times)
    assert times[-1] - times[0] > 19 * 0.05 * 0.9


def test_each_timer_has_its_own_data(run):
    stream = run("--cgi", "-d", "%Y %f %Z\nA", "a=every:20ms", "-d", "B",
                 "b=every:20ms").stream
    events = stream.next_events(10)
    assert {event.data for event in events if event.type == "b"} == {"B"}
    assert re.fullmatch(r"\d{4} \d{6} UTC\nA", next(
        event.data for event in events if event.type == "a"))


def test_output_of_each_run_is_one_event(run):
    events = run("--cgi", "every:50ms:echo a:b; seq 10000").stream.next_events(3)
    assert [event.data for event in events] == \
        ["\n".join(["a:b", *map(str, range(1, 10001))])] * 3


def test_run_that_still_goes_on_is_not_started_twice(run, folder):
    lock = folder / "lock"
    stream = run("--cgi", f"every:20ms:mkdir {lock} || echo twice; "
                 f"sleep 0.15; rmdir {lock}; echo done").stream
    assert stream.next_data(5) == ["done"] * 5


def test_failing_runs_do_not_end_the_stream(run, folder):
    """Every other run is killed."""
    flag = folder / "flag"
    stream = run("--cgi", f"every:30ms:if test -e {flag}; then rm {flag}; "
                 f"kill -9 $$; else touch {flag}; echo fine; fi").stream
    fine = [event for event in stream.next_events(6) if event.data]
    assert {event.data for event in fine} == {"fine"} and len(fine) >= 3


def test_output_larger_than_an_event_may_be_is_skipped(run, folder):
    flag = folder / "flag"
    program = run("--cgi", "--max-event", "1K",
                  f"every:30ms:test -e {flag} && echo small || "
                  f"{{ touch {flag}; seq 10000; }}")
    gap, small = program.stream.next_events(2)
    assert (gap.type, small.data) == ("gap", "small")
    assert gap.data == '{"last_event_id":"","missed":1}'
    assert "48894" in program.errors()


def test_leaving_ends_a_run(run):
    program = run("--cgi", "tick=every:1h", "every:1h:echo $$ >&2; "
                  "sleep 1000 & echo $! >&2; wait")
    program.stream.next_event()
    wait_for(lambda: program.errors().count("\n") == 2, "two process ids")
    pids = [int(line) for line in program.errors().split()]
    program.leave()
    assert program.wait_exit() == 0
    for pid in pids:
        wait_gone(pid)


def test_no_zombies_remain(run):
    program = run("--cgi", "every:20ms:echo one")
    program.stream.next_events(20)
    children = f"/proc/{program.pid}/task/{program.pid}/children"
    with open(children, encoding="ascii") as file:
        assert len(file.read().split()) <= 1
    assert count_descriptors(program.pid) < 16


# Viewers that come between two ticks.

@pytest.fixture(params=["listen", "serve"])
def start(request):
    """Starts it for many viewers, over HTTP and over FastCGI."""
    return request.getfixturevalue(request.param)


def said(events):
    return [(event.type, event.data, event.id) for event in events]


def assert_silent(stream):
    """Nothing but heartbeats comes."""
    for _ in range(3):
        stream.next_comment()
    assert not stream.waiting_events


def test_new_viewer_gets_the_tick_that_was_sent_last(start):
    program = start("--heartbeat", "50ms", "load=every:1h")
    first, second = (program.open(target).next_event()
                     for target in ("/", "/load"))
    assert first.data == second.data
    again = program.open("/load")
    assert said([again.next_event()]) == said([second])
    assert_silent(again)


def test_viewer_that_resumes_does_not_get_a_tick_twice(start):
    program = start("--heartbeat", "50ms", "every:1h")
    tick = program.open().next_event()
    assert_silent(program.open(headers={"Last-Event-ID": tick.id}))


def test_tick_comes_before_the_events_of_other_sources(start, folder):
    """Though the memory no longer has it, and whatever is replayed of them."""
    path = folder / "fifo"
    program = start("--heartbeat", "50ms", "--history", "4K", "--replay", "2",
                    "load=every:1h", f"line=fifo:{path}", "time=every:1h")
    early = program.open()
    assert {early.next_event().type, early.next_event().type} == \
        {"load", "time"}
    with fifo.open_writer(path) as writer:
        for n in range(300):
            writer.write(b"%d\n" % n)
        early.events_until("299")
        viewer = program.open()
        load, time, *lines = viewer.next_events(4)
        assert [load.type, time.type] == ["load", "time"]
        assert [line.data for line in lines] == ["298", "299"]
        assert_silent(viewer)
        writer.write(b"300\n")
        assert early.next_event().data == "300"
    # No gap either, wherever the viewer has come to.
    for event, data in ((time, ["298", "299", "300"]), (lines[0], ["299"])):
        resumed = program.open(headers={"Last-Event-ID": event.id})
        assert resumed.next_data(len(data)) == data


def test_tick_is_not_repeated_where_it_is_replayed(start, folder):
    path = folder / "fifo"
    program = start("--heartbeat", "50ms", "--replay", "all",
                    "load=every:1h", f"line=fifo:{path}")
    early = program.open()
    early.next_event()
    fifo.write_once(path, b"one\n")
    assert early.next_event().data == "one"
    late = program.open()
    assert [event.type for event in late.next_events(2)] == ["load", "line"]
    assert_silent(late)
