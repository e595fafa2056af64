"""Followed files that rotate: nothing lost, nothing twice."""

import os
import threading
import time

import pytest

from logfile import lines
from program import cgi_environment
from processes import count_descriptors
from sse import data_of
from waiting import wait_for


@pytest.fixture
def program(run, log):
    program = run("--cgi", f"file:{log.path}")
    program.stream.wait_open()
    return program


@pytest.fixture
def stream(program):
    return program.stream


def rename(log, folder):
    log.rotate().close()


def rename_and_wait(log, folder):
    """Without a new file for a while."""
    os.rename(log.path, f"{log.path}.1")
    log.recreate()


def move_away(log, folder):
    (folder / "old").mkdir(exist_ok=True)
    os.rename(log.path, folder / "old" / "log")
    log.recreate()


def move_into_place(log, folder):
    (folder / "fresh").touch()
    os.rename(folder / "fresh", log.path)
    log.recreate()


def copy(log, folder):
    log.rotate_by_copy()


@pytest.mark.parametrize("rotate", [
    rename, rename_and_wait, move_away, move_into_place, copy])
def test_rotated_file_is_followed_by_the_new_one(log, stream, folder, rotate):
    for first in (1, 4, 7):
        log.write_lines(lines(first, first + 2))
        assert stream.next_data(3) == lines(first, first + 2)
        rotate(log, folder)


def test_old_file_is_read_to_its_end_first(log, program, stream):
    with program.stopped():
        log.write_lines(lines(1, 500))
        log.rotate().close()
        log.write_lines(lines(501, 1000))
    assert stream.next_data(1000) == lines(1, 1000)


def test_lines_written_into_the_renamed_file_are_not_lost(log, stream):
    """A daemon writes into the old file until it is told to reopen."""
    log.write_lines(lines(1, 3))
    assert stream.next_data(3) == lines(1, 3)
    os.rename(log.path, f"{log.path}.1")
    log.write_lines(lines(4, 6))
    assert stream.next_data(3) == lines(4, 6)
    log.recreate()
    log.write_lines(lines(7, 9))
    assert stream.next_data(3) == lines(7, 9)


def test_late_lines_in_the_old_file_are_not_lost(log, program, stream):
    """The new file exists already while the daemon still writes the old."""
    log.write_lines(lines(1, 3))
    assert stream.next_data(3) == lines(1, 3)
    with program.stopped():
        old = log.rotate()
        log.write_line("new")
        old.write(b"late\n")
        old.close()
    assert stream.next_data(2) == ["late", "new"]


def test_two_rotations_behind_its_back_lose_nothing(log, program, stream):
    log.write_lines(lines(1, 3))
    assert stream.next_data(3) == lines(1, 3)
    with program.stopped():
        log.write_lines(lines(4, 6))
        log.rotate().close()
        log.write_lines(lines(7, 9))
        log.rotate().close()
        log.write_lines(lines(10, 12))
    assert stream.next_data(9) == lines(4, 12)


def test_copytruncate_behind_its_back_is_not_silent(log, program, stream):
    """What was truncated away unread is in the copy, or draws a gap."""
    log.write_lines(lines(1, 3))
    assert stream.next_data(3) == lines(1, 3)
    with program.stopped():
        log.rotate_by_copy()
        log.write_line("new")
    assert stream.events_until("new")


def test_files_that_begin_alike_are_told_apart_after_copying(
        log, program, stream):
    log.write_line("head")
    assert stream.next_data(1) == ["head"]
    with program.stopped():
        log.write_lines(lines(1, 3))
        log.rotate_by_copy()
        log.write_lines(["head", *lines(4, 5)])
    assert stream.next_data(6) == [*lines(1, 3), "head", *lines(4, 5)]


def test_old_copy_of_the_first_line_is_not_what_was_emptied(log, run):
    log.write_line("same")
    log.rotate_by_copy()
    log.write_lines(["same"] * 5)
    stream = run("--cgi", f"file:{log.path}").stream.wait_open()
    log.truncate()
    assert stream.next_event().type == "gap"
    log.write_line("other")
    assert stream.next_data(1) == ["other"]


def test_file_without_a_name_has_no_copy(log, program, stream):
    log.write_lines(["same"] * 2)
    assert stream.next_data(2) == ["same"] * 2
    with program.stopped():
        log.remove()
        log.recreate()
        log.write_lines(["same"] * 5)
        log.rotate().close()
    log.write_line("other")
    assert stream.next_data(6) == [*["same"] * 5, "other"]


def test_unfinished_last_line_of_the_old_file(log, stream):
    log.write("one\nunfinished")
    assert stream.next_event().data == "one"
    log.rotate().close()
    log.write_line("two")
    assert data_of(stream.events_until("two"))[-1] == "two"
    assert b"unfinishedtwo" not in stream.body


def test_whole_folder_is_replaced(log, run, folder):
    inner = folder / "inner"
    inner.mkdir()
    path = inner / "log"
    path.touch()
    stream = run("--cgi", f"file:{path}").stream.wait_open()
    os.rename(inner, folder / "moved")
    inner.mkdir()
    path.write_text("one\n")
    # The system tells nothing of what may have been there in between.
    assert stream.next_event().type == "gap"
    assert stream.next_event().data == "one"


def write_steadily(log, total, rotate_every, rotate):
    """A line about every millisecond, with rotations in between."""
    for n in range(1, total + 1):
        log.write_line(n)
        if n % rotate_every == 0 and n < total:
            rotate()
        time.sleep(0.001)


def test_late_writers_of_many_rotations(log, stream):
    """After each rotation a few lines still go into the old file."""
    expected = []
    for n in range(20):
        old = log.rotate()
        for k in range(5):
            old.write(b"late %d.%d\n" % (n, k))
            expected.append(f"late {n}.{k}")
        old.close()
        log.write_line(f"new {n}")
        expected.append(f"new {n}")
        assert stream.next_data(6) == expected[-6:]


def test_viewer_that_reconnects_all_the_time_under_load(run, log):
    """Each viewer takes some lines and leaves; the next resumes."""
    total = 1000
    first = run("--cgi", f"file:{log.path}")
    first.stream.wait_open()
    writer = threading.Thread(target=write_steadily, args=(
        log, total, 150, lambda: log.rotate().close()))
    writer.start()
    try:
        seen = first.stream.next_events(50)
        first.leave()
        while len(seen) < total:
            viewer = run("--cgi", f"file:{log.path}", env=cgi_environment(
                HTTP_LAST_EVENT_ID=seen[-1].id))
            seen += viewer.stream.next_events(min(50, total - len(seen)))
            viewer.leave()
    finally:
        writer.join()
    assert data_of(seen) == [str(n) for n in range(1, total + 1)]


def test_no_descriptors_leak_over_many_rotations(log, program, stream):
    for n in range(30):
        log.write_line(n)
        assert stream.next_event().data == str(n)
        log.rotate().close()
        os.remove(f"{log.path}.1")
        if n == 5:
            early = count_descriptors(program.pid)
    wait_for(lambda: count_descriptors(program.pid) <= early,
             "no more descriptors than early")
