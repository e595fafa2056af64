"""pipecat --post: standard input, an event a line, to a server that fails."""

import signal
import subprocess
import time

import pytest

from hub import answer
from test_pipecat import cat, hub, reset  # noqa: F401

DONE = answer(200, '{"id":"1","events":1}')


def test_posts_lines_and_ends_once_all_are_acknowledged(listen, cat):
    program = listen("--post", "chat=memory:")
    lines = [f"line {i}" for i in range(20000)]
    stream = program.open("/chat")
    done = cat("--post", "--event", "t y", program.address + "chat",
               input="\n".join(lines))
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "")
    for line in lines:
        event = stream.next_event()
        assert (event.data, event.type) == (line, "t y")


def test_line_is_posted_at_once(listen, start_cat):
    program = listen("--post", "memory:")
    stream = program.open()
    poster = start_cat("--post", program.address, stdin=subprocess.PIPE)
    for text in (b"a", b"b"):
        poster.stdin.write(text + b"\n")
        poster.stdin.flush()
        assert stream.next_event().data == text.decode()
    poster.send_signal(signal.SIGTERM)
    assert poster.wait_exit() == 0


def test_what_is_not_acknowledged_is_posted_again(hub, cat):
    one = hub(answer(503), answer(502), reset, DONE)
    done = cat("--post", one.url, input="a\nb\n")
    assert done.returncode == 0
    assert [body for _, body in one.requests] == [b"a\nb\n"] * 4
    assert one.heads()[0].startswith("POST /?format=lines ")
    told = done.stderr.splitlines()
    assert "2 events may be posted twice" in told[-2]
    assert "posting again" in told[-1]
    assert not any("twice" in line for line in told[:-2])


def test_refused_line_is_skipped_and_nothing_is_posted_twice(hub, cat):
    one = hub(answer(413, "Event 2, after 1 that was published: too large."),
              answer(503, "Event 2, after 1 that was published: full."),
              answer(400, "Event 1, after 0 that were published: bad."), DONE)
    done = cat("--post", one.url, input="a\nb\nc\nd\ne\n")
    assert [body for _, body in one.requests] == \
        [b"a\nb\nc\nd\ne\n", b"c\nd\ne\n", b"d\ne\n", b"e\n"]
    assert done.returncode == 0
    assert done.stderr.count("skipped a line that the server refuses") == 2


@pytest.mark.parametrize("given, told", [
    (answer(401, "Token?"), "--token"), (answer(404), "check the path"),
    (answer(405), "takes no posts"), (answer(303), "has moved"),
    (answer(204), "takes no posts"), (answer(413, "too large"), "too large"),
], ids=range(6))
def test_final_answer_says_what_is_not_acknowledged(hub, cat, given, told):
    one = hub(given)
    done = cat("--post", one.url, input="a\nb\n")
    assert done.returncode == 1 and len(one.requests) == 1
    assert told in done.stderr
    assert "2 lines of standard input are not acknowledged" in done.stderr


def test_line_over_the_limit_is_skipped_and_told(listen, cat):
    program = listen("--post", "memory:")
    stream = program.open()
    done = cat("--post", "--max-event", "10", program.address,
               input="a\n" + "x" * 500000 + "\nb")
    assert done.returncode == 0
    assert "skipped a line of 500000 bytes" in done.stderr
    assert [stream.next_event().data for _ in range(2)] == ["a", "b"]


def test_asked_to_stop_it_gives_up_what_cannot_be_posted(
        hub, start_cat):
    poster = start_cat("--post", hub(answer(503)).url, stdin=subprocess.PIPE)
    poster.stdin.write(b"a\n")
    poster.stdin.flush()
    poster.wait_for_error("503")
    poster.send_signal(signal.SIGINT)
    assert poster.wait_exit() == 1
    poster.wait_for_error("1 line of standard input is not acknowledged")


def test_loses_nothing_while_the_server_is_killed_again_and_again(
        listen, start_cat, folder):
    spool = folder / "spool"
    options = ["--post", f"spool:{spool}"]
    program = listen(*options)
    port = program.port
    poster = start_cat("--post", program.address, stdin=subprocess.PIPE)
    for i in range(300):
        poster.stdin.write(f"{i}\n".encode())
        poster.stdin.flush()
        if i % 100 == 50:
            program.send_signal(signal.SIGKILL)
            program.wait_exit()
            program = listen(*options, listen=str(port))
            program.addresses()
        time.sleep(0.002)
    poster.stdin.close()
    assert poster.wait_exit() == 0
    numbers = [int(line[6:]) for line in spool.read_text().splitlines()
               if line.startswith("data: ")]
    assert sorted(set(numbers)) == list(range(300))
    twice = len(numbers) - 300
    assert not twice or "posted twice" in poster.errors()
