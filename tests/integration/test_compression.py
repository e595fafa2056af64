"""Streams, the page and reports for clients that accept gzip. What each viewer
is sent, to the byte, is a matter of the unit tests."""

import os
import signal
import subprocess

import pytest

from fifo import write_once
from logfile import LogFile
from test_page import CHROMIUM
from waiting import DEADLINE

GZIP = {"Accept-Encoding": "gzip, deflate, br"}
NODE = "process.stdin.pipe(require('zlib').createGunzip()).pipe(process.stdout)"
ASK = "curl -sN -H 'Accept-Encoding: gzip'"
READERS = {
    "curl": "curl -sN --compressed {url}",
    "node": f"{ASK} {{url}} | node -e \"{NODE}\"",
}


@pytest.fixture
def compressed(binary):
    if b"libz.so" not in binary.read_bytes():
        pytest.skip("pipecast was built without zlib")


@pytest.fixture(params=["fastcgi", "http"])
def start(request):
    return request.getfixturevalue(
        "serve" if request.param == "fastcgi" else "listen")


def coding(stream):
    stream.wait_head()
    assert "Accept-Encoding" in stream.headers["vary"].split(", ")
    return stream.headers.get("content-encoding")


def shell(command):
    return subprocess.Popen(["bash", "-o", "pipefail", "-c", command],
                            stdout=subprocess.PIPE)


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS.keys())
def test_programs_read_it_as_it_comes(compressed, listen, folder, reader):
    fifo = folder / "fifo"
    program = listen(f"fifo:{fifo}")
    plain = program.open().wait_open()
    url = f"http://127.0.0.1:{program.port}/"
    with shell(f"{ASK} {url} | gzip -t") as kept, \
            shell(reader.format(url=url)) as process:
        assert process.stdout.readline() == b": pipecast, heartbeat 15000 ms\n"
        for n in range(5):
            write_once(fifo, b"%d\n" % n)
            plain.next_event()
            while (line := process.stdout.readline()) != b"data: %d\n" % n:
                assert line
        program.send_signal(signal.SIGTERM)
        assert b"\nretry: " in process.stdout.read()
        assert [each.wait(DEADLINE) for each in (process, kept)] == [0, 0]


def test_viewer_gets_the_same_compressed(compressed, start, folder):
    log = folder / "log"
    log.write_text("a\n" * 3000)
    program = start("--replay", "all", "--heartbeat", "100ms", f"file:{log}")
    viewers = [program.open(headers=headers) for headers in (GZIP, {})]
    assert [coding(viewer) for viewer in viewers] == ["gzip", None]
    events = [viewer.next_events(3000) for viewer in viewers]
    assert events[0] == events[1]
    for viewer in viewers:
        viewer.wait_body(b"\n:\n")
    again = program.open(
        headers={**GZIP, "Last-Event-ID": events[0][-2].id})
    assert again.next_event() == events[0][-1]
    gap = program.open(headers={**GZIP, "Last-Event-ID": "unknown"})
    assert gap.next_event().type == "gap"
    program.send_signal(signal.SIGTERM)
    for viewer in (viewers[0], again, gap):
        viewer.wait_end()
        assert viewer.response.gunzip.eof
        assert len(viewer.retries) == 2


def test_page_and_report_are_compressed_too(compressed, start):
    program = start("--status", *(f"s{n}=every:1h" for n in range(20)))
    for target, headers in (("/", {"Accept": CHROMIUM}), ("/.status", {})):
        plain, squeezed = (
            program.open(target, headers={**headers, **more})
            for more in ({}, GZIP))
        for answer in plain, squeezed:
            answer.wait_end()
        assert squeezed.response.gunzip.eof
        assert squeezed.response.received < plain.response.received / 2
        if target == "/":
            assert squeezed.body == plain.body
    head = program.open(method="HEAD", headers=GZIP)
    assert coding(head) == "gzip"
    small = program.open("/none", headers=GZIP)
    small.wait_end()
    assert "content-encoding" not in small.headers


def test_nothing_is_compressed_that_is_not_to_be(start, gateway):
    program = start("--no-gzip", "every:1h")
    for accept in ("*/*", CHROMIUM):
        answer = program.open(headers={**GZIP, "Accept": accept})
        answer.wait_head()
        assert "content-encoding" not in answer.headers
        assert "Accept-Encoding" not in answer.headers.get("vary", "")
    cgi = gateway("every:1h", request={"HTTP_ACCEPT_ENCODING": "gzip"})
    assert "content-encoding" not in cgi.stream.wait_open().headers


def test_compressed_viewers_get_what_is_large_or_binary(
        compressed, start, folder):
    junk = os.urandom(1 << 20).replace(b"\0", b"\n")
    (folder / "log").write_bytes(junk + b"\n" + b"%x" % int.from_bytes(
        junk[:1 << 19], "big") + b"\nlast\n")
    program = start("--replay", "all", "--history", "8M", "--max-event", "2M",
                    f"file:{folder}/log")
    squeezed, plain = (program.open(headers=headers)
                       for headers in (GZIP, {}))
    plain.wait_body(b"data: last\n")
    squeezed.wait_body(b"data: last\n")
    assert squeezed.body == plain.body


def test_compressed_viewer_that_stalls_is_dropped(compressed, start, folder):
    log = LogFile(folder / "log")
    program = start("--patience", "100ms", "--history", "64K",
                    "--heartbeat", "1h", f"file:{log.path}")
    stalled, reader = (program.open(headers=GZIP).wait_open()
                       for _ in range(2))
    last = None
    for _ in range(40):
        lines = [os.urandom(500).hex() for _ in range(300)]
        log.write_lines(lines)
        assert reader.next_data(300) == lines
        last = lines[-1].encode()
    stalled.wait_end()
    assert last not in stalled.body
    assert not stalled.response.gunzip.eof
