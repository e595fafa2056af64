"""Much of everything: nothing lost, memory flat, no crash."""

import os
import random
import subprocess
import time

import pytest

from faults import preloaded
from processes import bytes_written
from sse import parse
from waiting import wait_still

MILLION = 1_000_000
FLAT_BYTES = 1 << 20
HISTORY_MAX_BYTES = 4 << 20  # of events of any size, for --history 1M


def read_in_bursts(descriptor):
    """A consumer that stalls again and again."""
    parts = []
    while True:
        part = os.read(descriptor, 1 << 16)
        if not part:
            return b"".join(parts)
        parts.append(part)
        if len(parts) % 64 == 0:
            time.sleep(0.01)


def data_lines(output):
    """The data of events of one line each, much faster than a parser."""
    body = output.partition(b"\r\n\r\n")[2]
    return [line[6:] for line in body.split(b"\n")
            if line.startswith(b"data: ")]


def test_a_million_lines_reach_a_consumer_that_stalls(run, counts):
    with subprocess.Popen(["seq", "1", str(MILLION)],
                          stdout=subprocess.PIPE) as seq:
        program = run("--cgi", stdin=seq.stdout,
                      prefix=preloaded(counts=counts))
        seq.stdout.close()
        wait_still(lambda: bytes_written(program.pid), "output")
        before = counts.allocated_max
        output = read_in_bursts(program.process.stdout.fileno())
        assert program.wait_exit() == 0
    *lines, end = data_lines(output)
    assert end == b"{}"
    assert lines == [b"%d" % n for n in range(1, MILLION + 1)]
    assert counts.allocated_max - before < FLAT_BYTES


def test_large_file_is_resumed_with_flat_memory(run, folder, counts):
    log = folder / "log"
    line = b"x" * 99 + b"\n"
    log.write_bytes(b"first\n")
    program = run("--cgi", "--replay", "all", f"file:{log}",
                  prefix=preloaded(counts=counts))
    program.stream.next_event()
    before = counts.allocated_max
    with open(log, "ab") as file:
        for _ in range(40):
            file.write(line * 10_000)
        file.write(b"last\n")
    got = 0
    while b"data: last\n" not in program.stream.body[-4000:]:
        program.stream._read_once()
        got += len(program.stream.waiting_events)
        program.stream.waiting_events.clear()
        del program.stream.body[:-4000]
    assert got == 400_001
    assert counts.allocated_max - before < HISTORY_MAX_BYTES


@pytest.mark.parametrize("form, end", [
    ("lines", b"\n"), ("blocks", b"\n\n"), ("nul", b"\0"),
])
def test_megabyte_event_arrives_whole(convert, form, end):
    text = "".join(random.Random(1).choices("abc \u20ac", k=1 << 20))
    program = convert(text.encode() + end, "--max-event", "8M", "-f", form)
    assert [event.data for event in program.events] == [text]


@pytest.mark.parametrize("form", ["lines", "blocks", "nul", "sse", "json"])
def test_random_bytes_do_no_harm(run, folder, form):
    path = folder / "junk"
    path.write_bytes(os.urandom(2 << 20))
    with open(path, "rb") as stdin:
        program = run("--cgi", "-q", "-f", form, stdin=stdin)
    assert program.finish() == 0
    body = bytes(program.stream.body)
    body.decode("utf-8")
    assert parse(body)[-1].type == "end"
