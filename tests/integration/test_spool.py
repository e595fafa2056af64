"""Spools: events in a file that scripts and any number of pipecasts append to,
and follow."""

import os
import random
import subprocess
import threading
import time

import pytest

from program import cgi_environment
from spools import Spool, post
from waiting import DEADLINE, wait_for

SECONDS = float(os.environ.get("SPOOL_SECONDS", "4"))


@pytest.fixture
def spool(folder):
    return Spool(f"{folder}/room.sse")


@pytest.fixture
def room(listen, spool):
    """Starts a pipecast on the spool."""
    def start(*options, **more):
        return listen(*options, "--post", f"spool:{spool.path}", **more)
    return start


@pytest.fixture
def visit(run, spool):
    """A viewer under plain CGI, with that last event ID."""
    def visit(last_event_id=None, *options):
        return run("--cgi", *options, f"spool:{spool.path}",
                   env=cgi_environment(
                       HTTP_LAST_EVENT_ID=last_event_id)).stream
    return visit


# Scripts.

def test_events_of_a_script_reach_every_pipecast(room, visit, spool):
    streams = [room().open().wait_open(), room().open().wait_open(),
               visit().wait_open()]
    spool.append("hello")
    events = [stream.next_event() for stream in streams]
    assert [event.data for event in events] == ["hello"] * 3
    assert len({event.id for event in events}) == 1


def test_viewers_go_on_across_restarts_and_rotations(room, spool):
    for n in range(3):
        spool.append(f"{n}")
    program = room("--replay", "all")
    first, second, third = program.open().next_events(3)
    program.stop()
    spool.append("3")
    os.rename(spool.path, spool.older)
    spool.append("4")
    program = room()
    for event, last in ((first, 1), (second, 2), (third, 3)):
        stream = program.open(headers={"Last-Event-ID": event.id})
        assert stream.next_data(5 - last) == \
            [str(n) for n in range(last, 5)]


def test_past_of_a_rotated_spool_is_in_both_files(room, visit, spool):
    spool.append("old")
    os.rename(spool.path, spool.older)
    spool.append("new")
    assert room("--replay", "2").open().next_data(2) == ["old", "new"]
    assert visit(None, "--replay", "2").next_data(2) == ["old", "new"]


def test_unfinished_event_is_delivered_to_nobody(room, spool):
    program = room()
    stream = program.open().wait_open()
    spool.append("whole")
    assert stream.next_event().data == "whole"
    spool.append_raw("id: 7\nevent: cut\ndata: never")
    spool.let_time_pass()
    other = room()
    other.wait_for_error("cut 28 bytes of an unfinished event off its end")
    spool.append("next")
    event = stream.next_event()
    assert (event.data, event.type) == ("next", "message")
    assert event.id != "7"


@pytest.mark.parametrize("make, why", [
    (lambda path: os.symlink("elsewhere", path), "it is a symbolic link"),
    (os.mkdir, "Is a directory"),
    (os.mkfifo, "it is not a regular file"),
])
def test_what_is_no_file_is_refused(run, spool, make, why):
    make(spool.path)
    program = run("--http", "0", f"spool:{spool.path}")
    program.wait_for_error(why)
    assert program.process.wait(DEADLINE) == 1


# Visitors.

def test_post_is_answered_with_the_id_that_viewers_get(room, visit, spool):
    program = room()
    streams = [program.open().wait_open(), visit().wait_open()]
    answer = post(program.address, "hello")
    assert answer.status == 200
    for stream in streams:
        event = stream.next_event()
        assert (event.data, event.id) == ("hello", answer.id)
    post(program.address, "later")
    assert visit(answer.id).next_data(1) == ["later"]


def test_many_lines_are_read_as_fast_as_they_are_posted(room, spool):
    """Of a file that is renamed all the time, viewers lose nothing."""
    program = room("--spool-size", "16K")
    stream = program.open().wait_open()
    lines = [str(n) for n in range(20_000)]
    answer = post(program.address, "\n".join(lines), "/?format=lines")
    assert answer.events == len(lines)
    events = stream.next_events(len(lines))
    assert [event.data for event in events] == lines
    assert events[-1].id == answer.id
    for path in (spool.path, spool.older):
        assert os.path.getsize(path) <= 16384


def test_post_of_many_says_how_many_fit_on_the_disk(room, spool):
    program = room(prefix=("prlimit", "--fsize=3000:unlimited"))
    lines = [f"{n} " + "x" * 500 for n in range(10)]
    answer = post(program.address, "\n".join(lines), "/?format=lines")
    assert answer.status == 503
    assert answer.text.startswith("Event 6, after 5 that were published: ")
    assert spool.data() == lines[:5]


def test_post_under_plain_cgi_reaches_the_viewers_of_others(
        room, run, spool, folder):
    stream = room().open().wait_open()
    body = folder / "body"
    body.write_text("from a script under CGI")
    with open(body, "rb") as file:
        program = run("--cgi", "--post", f"spool:{spool.path}", stdin=file,
                      env=cgi_environment(
                          REQUEST_METHOD="POST", HTTP_ACCEPT="*/*",
                          CONTENT_TYPE="text/plain",
                          CONTENT_LENGTH=str(body.stat().st_size)))
    program.stream.wait_end()
    said = program.stream.text
    assert program.process.wait(DEADLINE) == 0
    event = stream.next_event()
    assert event.data == "from a script under CGI"
    assert event.id in said


def post_all(program, writer, count, answers):
    for n in range(count):
        answers.append(post(program.address, f"{writer} {n}").status)


def append_all(spool, writer, count):
    script = """n=0; while [ $n -lt "$3" ]; do
        printf 'data: %s %s\\n\\n' "$1" $n >>"$2"; n=$((n + 1)); done"""
    subprocess.run(["sh", "-c", script, "sh", writer, spool.path, str(count)],
                   check=True, timeout=DEADLINE)


def test_three_pipecasts_and_a_script_append_at_once(room, visit, spool):
    count = 50
    programs = [room() for _ in range(3)]
    streams = [program.open().wait_open() for program in programs]
    streams.append(visit().wait_open())
    answers = []
    threads = [
        threading.Thread(target=post_all, args=(program, name, count, answers))
        for program in programs for name in (f"{program.port}a",
                                             f"{program.port}b")]
    threads.append(threading.Thread(target=append_all,
                                    args=(spool, "script", count)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 6 * count
    first, *others = [
        [(event.data, event.id) for event in stream.next_events(7 * count)]
        for stream in streams]
    assert others == [first] * 3
    assert [data for data, _ in first] == spool.data()
    seen = {}
    for data, _ in first:
        writer, number = data.split()
        assert int(number) == seen.get(writer, 0), data
        seen[writer] = int(number) + 1
    assert seen and set(seen.values()) == {count} and len(seen) == 7


def test_rotation_under_load_loses_nothing(room, spool):
    programs = [room("--spool-size", "64K") for _ in range(3)]
    streams = [program.open().wait_open() for program in programs]
    filling = "x" * 500
    answers = []

    def post_some(program):
        for n in range(100):
            answers.append(
                post(program.address, f"{program.port} {n} {filling}").status)

    threads = [threading.Thread(target=post_some, args=(program,))
               for program in programs]
    for thread in threads:
        thread.start()
    received = [[event.data for event in stream.next_events(300)]
                for stream in streams]
    for thread in threads:
        thread.join()
    assert answers == [200] * 300
    assert received[1:] == received[:1] * 2
    assert len(set(received[0])) == 300
    for path in (spool.path, spool.older):
        assert os.path.getsize(path) <= 65536


# A full disk, and one that is read-only.

def test_full_disk_is_told_and_takes_nothing_in_part(room, spool):
    program = room(prefix=("prlimit", "--fsize=3000:unlimited"))
    stream = program.open().wait_open()
    assert post(program.address, "a" * 1000).status == 200
    refused = post(program.address, "b" * 3000)
    assert refused.status == 503
    assert int(refused.headers["retry-after"]) > 0
    program.wait_for_error("cannot append to it: File too large")
    assert post(program.address, "c" * 1000).status == 200
    subprocess.run(["prlimit", f"--pid={program.pid}",
                    "--fsize=unlimited:unlimited"], check=True)
    assert post(program.address, "b" * 3000).status == 200
    expected = ["a" * 1000, "c" * 1000, "b" * 3000]
    assert stream.next_data(3) == expected
    assert spool.data() == expected


def test_read_only_spool_is_read(room, spool, folder, unprivileged):
    spool.append("old")
    os.chmod(spool.path, 0o444)
    os.chmod(folder, 0o755)
    program = room("--replay", "1", **unprivileged)
    program.wait_for_error("it can only be read: Permission denied")
    stream = program.open()
    assert stream.next_event().data == "old"
    assert post(program.address, "new").status == 503
    os.chmod(spool.path, 0o666)
    assert post(program.address, "new").status == 200
    assert stream.next_event().data == "new"


# Writers that are killed.

class Sender(threading.Thread):
    """Posts events of many sizes until its pipecast is gone."""

    def __init__(self, address, name):
        super().__init__()
        self.address = address
        self.writer = name
        self.acknowledged = []
        self.start()

    def run(self):
        n = 0
        while True:
            n += 1
            letters = "x" * random.choice((1, 500, 5000, 60000))
            data = f"{self.writer}-{n} {letters}"
            try:
                answer = post(self.address, data)
            except (OSError, AssertionError):
                return
            if answer.status != 200:
                return
            self.acknowledged.append(data)


class Receiver(threading.Thread):
    def __init__(self, stream):
        super().__init__()
        self.stream = stream
        self.received = []
        self.start()

    def run(self):
        for event in iter(lambda: self.stream.next_event(3 * DEADLINE), None):
            if event.data == "the end":
                return
            self.received.append(event.data)


def test_acknowledged_posts_survive_kills(room, spool, measured):
    """make spool runs it for SPOOL_SECONDS."""
    receiver = Receiver(room("--spool-size", "1G").open().wait_open())
    acknowledged = []
    kills, end = 0, time.monotonic() + SECONDS
    while kills == 0 or time.monotonic() < end:
        programs = [room("--spool-size", "1G") for _ in range(2)]
        senders = [Sender(program.address, f"{program.pid}-{k}")
                   for program in programs for k in range(2)]
        wait_for(lambda: all(len(sender.acknowledged) > 3
                             for sender in senders), "posts")
        time.sleep(random.random() * 0.3)
        for program in programs:
            program.process.kill()
        kills += len(programs)
        for sender in senders:
            sender.join()
            acknowledged += sender.acknowledged
    last = room("--spool-size", "1G")
    assert post(last.address, "the end").status == 200
    receiver.join()
    assert len(set(receiver.received)) == len(receiver.received)
    assert set(acknowledged) <= set(receiver.received)
    assert receiver.received + ["the end"] == spool.data()
    measured("spool", kills=kills, posts=len(acknowledged),
             events=len(receiver.received))
