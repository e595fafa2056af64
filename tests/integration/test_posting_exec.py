"""Posts to a command: what is sent is its standard input, and what it prints
goes to everybody."""

import os
import signal

import pytest

from posting import FastcgiPost
from processes import bytes_written, resident_kib
from waiting import wait_for, wait_still

ECHO = 'exec:while read -r line; do echo "got $line"; done'
# Takes one line, and the others only once somebody has opened the FIFO.
SLEEPER = "exec:read -r line; echo $line; : <{gate}; exec cat"
# Sanitizers keep what was freed.
GROWTH_KIB = 1 << 20 if os.environ.get("PIPECAST_SANITIZERS") else 1024
NDJSON = {"Content-Type": "application/x-ndjson"}


@pytest.fixture
def gate(folder):
    path = folder / "gate"
    os.mkfifo(path)
    return path


def fill(server):
    """A post that fills the pipe, and waits with its end."""
    before = bytes_written(server.program.pid)
    post = server.begin(length=70_000)
    post.send(b"x" * 70_000)
    post.end()
    wait_for(lambda: bytes_written(server.program.pid) > before, "a write")
    wait_still(lambda: bytes_written(server.program.pid), "a full pipe")
    return post


def open_gate(path):
    with open(path, "w", encoding="ascii"):
        pass


def test_what_is_posted_is_read_and_what_it_prints_is_seen(start):
    server = start("--post", ECHO)
    viewers = [server.view() for _ in range(3)]
    answer = server.post(b"hello\n")
    assert (answer.status, answer.json) == (202, {})
    assert server.post(b"a\nb", "/?format=lines").json == {"events": 2}
    for viewer in viewers:
        assert viewer.next_data(3) == ["got hello", "got a", "got b"]


@pytest.mark.parametrize("form, target, body, read", [
    ("lines", "/", b"a \xff\n", "a \ufffd\n"),
    ("blocks", "/", b"a\r\nb\n", "a\nb\n\n"),
    ("nul", "/", b"a\nb", "a\nb\0"),
    ("sse", "/?event=x", b"a\n\nb", "event: x\ndata: a\ndata:\ndata: b\n\n"),
    ("json", "/?event=x", b'a\n"\0', '{"event":"x","data":"a\\u000a\\"\\u0000"}\n'),
])
def test_command_reads_what_its_format_is(start, folder, form, target, body,
                                          read):
    got = folder / "got"
    server = start("--format", form, "--post", f"exec:exec cat >{got}")
    assert server.post(body, target).status == 202
    wait_for(lambda: got.exists() and got.read_text() == read, repr(read))


def test_command_is_told_the_user_that_the_server_knows(serve):
    program = serve("--format", "json", "--post",
                    "exec:while read -r o; do echo \"{\\\"data\\\":$o}\"; done")
    viewer = program.open().wait_open()
    FastcgiPost(program, REMOTE_USER="al\"ice").post(b"hi")
    assert viewer.next_event().data == r'{"data":"hi","user":"al\"ice"}'


@pytest.mark.parametrize("form, target, body, why", [
    ("lines", "/", b"a\nb", "one line"),
    ("lines", "/?event=x", b"a", "type"),
    ("blocks", "/", b"a\n\nb", "empty line"),
    ("nul", "/", b"a\0b", "NUL"),
])
def test_event_that_would_be_another_for_the_command_is_refused(
        start, form, target, body, why):
    server = start("--format", form, "--post", "exec:cat")
    viewer = server.view()
    answer = server.post(body, target)
    assert (answer.status, why in answer.text) == (400, True), answer.text
    answer = server.post(b'{"data":"1"}\n{"data":"2","event":"x"}\n'
                         b'{"data":"3"}\n', headers=NDJSON)
    if form == "lines":
        assert answer.text.startswith("Event 2, after 1 that was published: ")
    server.post(b"last")
    assert viewer.next_data(2) == ["1", "last"]


def test_command_that_does_not_read_is_told_of_and_fills_no_memory(
        start, gate):
    """When it reads again, it gets what was accepted, and nothing else."""
    server = start("--post", SLEEPER.format(gate=gate))
    viewer = server.view()
    server.post(b"first")
    viewer.next_event()
    before = resident_kib(server.program.pid)
    lines = [f"{n} " + "x" * 90 for n in range(1000)]
    post = server.begin("/?format=lines")
    post.send("\n".join(lines).encode())
    assert post.answer().status == 503
    assert "does not read" in post.text
    assert int(post.headers["retry-after"]) > 0
    count = int(post.text.split()[3])
    assert post.text.startswith(f"Event {count + 1}, after {count} that were ")
    assert 0 < count < 1000
    server.program.wait_for_error("the command does not read")
    for _ in range(300):
        assert server.post(b"x" * 10_000).status == 503
    assert resident_kib(server.program.pid) < before + GROWTH_KIB
    open_gate(gate)
    wait_for(lambda: server.post(b"last").status == 202, "a reading command")
    assert viewer.next_data(count + 1) == lines[:count] + ["last"]


def test_command_that_ends_is_not_started_again(start):
    server = start("--keep", "--post",
                   "exec:read -r line; echo got $line; exit 3")
    viewer = server.view()
    assert server.post(b"x").status == 202
    events = viewer.wait_end()
    assert [event.data for event in events] == ["got x", '{"exit_status":3}']
    answer = server.post(b"y")
    assert (answer.status, answer.text) == (404, "The stream has ended.\n")
    again = server.program.open(headers={"Last-Event-ID": events[-1].id})
    again.wait_end()
    assert again.status == 204


def test_post_that_waits_when_the_command_ends_is_told(start, gate):
    server = start("--keep", "--post", f"exec:: <{gate}; exit")
    server.view()
    post = fill(server)
    open_gate(gate)
    answer = post.answer()
    assert (answer.status, answer.text) == (404, "The stream has ended.\n")


def test_command_that_only_closes_its_input_goes_on(start, folder):
    server = start("--post", "exec:exec <&-; while sleep 0.05; do echo on; "
                   "done")
    viewer = server.view()
    viewer.next_event()
    for _ in range(2):
        answer = server.post(b"x")
        assert (answer.status, "closed its input" in answer.text) == \
            (503, True), answer.text
    assert server.post(b"a\nb\n", "/?format=lines").status == 503
    viewer.next_events(3)
    assert server.program.errors().count("closed its standard input") == 1


def test_command_that_floods_is_still_posted_to(start):
    server = start("--patience", "1h", "--post",
                   "exec:while :; do echo flood; done & "
                   "while read -r line; do echo $line; done")
    viewer = server.view()
    viewer.next_events(1000)
    for text in ("one", "two"):
        assert server.post(text.encode()).status == 202
        while viewer.next_event().data != text:
            pass


def test_both_sides_say_much_at_once(start):
    """Neither waits for the other, and each line comes back once."""
    server = start("--history", "64K", "--post", "exec:exec cat")
    viewers = [server.view() for _ in range(2)]
    posts = [server.begin("/?format=lines") for _ in range(4)]
    for n in range(0, 2000, 20):
        for at, post in enumerate(posts):
            post.send(b"".join(b"%d.%d %s\n" % (at, m, b"x" * 500)
                               for m in range(n, n + 20)))
        # So much that no socket holds it.
        for viewer in viewers:
            viewer.seen = getattr(viewer, "seen", []) + viewer.next_data(80)
    for post in posts:
        assert post.post(b"").json == {"events": 2000}
    first, second = (viewer.seen for viewer in viewers)
    assert first == second
    for at in range(4):
        assert [line.split()[0] for line in first
                if line.startswith(f"{at}.")] == \
            [f"{at}.{n}" for n in range(2000)]


def test_event_larger_than_a_pipe_arrives_whole(start):
    server = start("--post", "exec:exec cat")
    viewer = server.view()
    text = "x" * 200_000
    assert server.post(text.encode()).status == 202
    assert server.post(b"next").status == 202
    assert viewer.next_data(2) == [text, "next"]


def test_post_that_waits_when_pipecast_stops_is_refused(start):
    server = start("--post", "exec:echo ready; exec sleep 1000")
    server.view()
    post = fill(server)
    server.program.send_signal(signal.SIGTERM)
    answer = post.answer()
    assert (answer.status, "stops" in answer.text) == (503, True)
    assert server.program.wait_exit() == 0
