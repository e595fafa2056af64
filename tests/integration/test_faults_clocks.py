"""Clocks that jump, and a process that is held still.

A jump of the time of day changes what a tick says and nothing else; ticks and
heartbeats come in their distance. Time that the process did not live through
is no time that others were late: it brings one tick and costs no viewer."""

import pytest

from faults import Clock, preloaded
from waiting import wait_for

DAY_S = 24 * 3600
TICK_S = 0.02


@pytest.fixture
def clock(folder):
    return Clock(folder / "clock")


def assert_steady(stream, count):
    """By what the ticks say. They may be late, but are no burst."""
    stream.next_events(3)
    times = [float(event.data) for event in stream.next_events(count)]
    assert times[-1] - times[0] > (count - 5) * TICK_S * 0.5


def test_time_of_day_jumps_and_ticks_go_on(run, clock):
    program = run("--cgi", "every:20ms", prefix=preloaded(clock=clock))
    stream = program.stream.wait_open()
    assert_steady(stream, 10)
    for days in (1, -3, 2):
        before = float(stream.next_event().data)
        clock.jump(realtime_s=days * DAY_S)
        jumped = before + days * DAY_S
        wait_for(lambda: abs(float(stream.next_event().data) - jumped)
                 < DAY_S / 2, "a tick that has jumped")
        assert_steady(stream, 20)


def test_time_of_day_jumps_and_heartbeats_go_on(run, folder, clock):
    program = run("--cgi", "--heartbeat", "30ms", f"fifo:{folder}/fifo",
                  prefix=preloaded(clock=clock))
    stream = program.stream.wait_open()
    for days in (1, -3):
        clock.jump(realtime_s=days * DAY_S)
        del stream.body[:]
        stream.wait_body(b":\n:\n:\n")


def test_an_hour_that_was_slept_through_is_one_tick(listen, clock):
    program = listen("every:20ms", prefix=preloaded(clock=clock))
    stream = program.open()
    assert_steady(stream, 5)
    clock.jump(monotonic_s=3600)
    assert_steady(stream, 20)
    program.open().wait_open()


def test_who_was_blocked_when_the_process_fell_asleep_is_not_dropped(
        listen, clock, folder):
    """It stands still for an hour by its clock: that is no hour that it has
    waited for the viewer."""
    numbers = [f"{n:0>1000}" for n in range(12000)]
    (folder / "numbers").write_text("".join(f"{n}\n" for n in numbers))
    program = listen("--history", "64K", "--patience", "20s", "--replay",
                     "all", "--keep",
                     f"exec:sleep 0.3; cat {folder}/numbers",
                     prefix=preloaded(clock=clock))
    stream = program.open().wait_open()
    # By then more than the history has gone out, and all that is sent before
    # the process stops can still be read.
    seen = stream.next_data(100)
    with program.stopped():
        clock.jump(monotonic_s=3600)
    seen += stream.next_data(len(numbers) - len(seen))
    assert seen == numbers


def test_a_process_held_still_goes_on_where_it_was(listen, clock):
    program = listen("--heartbeat", "50ms", "--patience", "50ms",
                     "every:20ms", prefix=preloaded(clock=clock))
    stream = program.open().wait_open()
    stream.next_event()
    with program.stopped():
        clock.jump(realtime_s=60, monotonic_s=60)
    assert_steady(stream, 10)
