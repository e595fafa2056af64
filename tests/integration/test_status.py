"""What pipecast says about itself."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import time

from fastcgi_program import FastcgiProgram
from processes import end_group
from terminals import skip_without_terminals
from waiting import DEADLINE, wait_for

PROMETHEUS = ("application/openmetrics-text;version=1.0.0;q=0.6,"
              "text/plain;version=0.0.4;q=0.5,*/*;q=0.1")


def report(program):
    answer = program.open("/.status")
    answer.wait_complete()
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.body.endswith(b"}\n")
    return json.loads(answer.body)


def root(program):
    return next(stream for stream in report(program)["streams"]
                if stream["name"] == "")


def test_report_counts_viewers_and_events(serve):
    program = serve("--status", "clock=every:1h", "exec:echo a; echo b; "
                    "exec sleep 1000", "done=exec:true")
    viewer = program.open("/").wait_open()
    other = program.open("/clock").wait_open()
    wait_for(lambda: root(program)["events"] == 3 and
             report(program)["sources"][2]["state"] == "ended", "all of it")
    found = report(program)
    assert found["viewers"] == found["viewers_total"] == 2
    assert found["connections"] == 3  # with the one that asks
    assert [(s["name"], s["viewers"], s["events"], s["ended"])
            for s in found["streams"]] == [("clock", 1, 1, False),
                                           ("done", 0, 1, True),
                                           ("", 1, 3, False)]
    assert found["sources"] == [
        {"kind": "every", "name": "clock", "state": "running"},
        {"kind": "exec", "name": "", "state": "running"},
        {"kind": "exec", "name": "done", "state": "ended"}]
    viewer.connection.close()
    other.connection.close()
    wait_for(lambda: report(program)["viewers"] == 0, "no viewer")
    assert report(program)["viewers_total"] == 2
    head = program.open("/.status", method="HEAD")
    assert head.wait_complete() == [] and not head.body
    assert int(head.headers["content-length"]) > 0


def test_report_counts_posts(serve):
    program = serve("--status", "--post", "memory:")
    for target in ("/", "/?event=a", "/?event=gap"):
        program.open(target, method="POST", body=b"x").wait_complete()
    assert root(program)["posts"] == 2
    answer = program.open("/.status", headers={"Accept": "text/plain"})
    answer.wait_complete()
    assert 'posts_total{stream=""} 2\n' in answer.text


def test_prometheus_gets_its_own_format(serve):
    program = serve("--status", "a=every:1h")
    wait_for(lambda: root(program)["events"] == 1, "the first event")
    answer = program.open("/.status", headers={"Accept": PROMETHEUS})
    answer.wait_complete()
    assert answer.headers["content-type"].startswith(
        "text/plain; version=0.0.4")
    lines = answer.body.decode().splitlines()
    assert 'pipecast_events_total{stream="a"} 1' in lines
    assert 'pipecast_events_total{stream=""} 1' in lines
    assert "pipecast_viewers_total 0" in lines
    samples = [line for line in lines if not line.startswith("#")]
    described = set(re.findall(r"^# TYPE (\w+) (?:counter|gauge)$",
                               answer.body.decode(), re.M))
    assert {re.match(r"\w+", line)[0] for line in samples} == described
    for line in samples:
        assert re.fullmatch(
            r'pipecast_\w+(\{stream="\w*"\})? \d+(\.\d+)?', line), line


def test_report_has_to_be_asked_for(serve):
    answer = serve("every:1h").open("/.status")
    answer.wait_complete()
    assert answer.status == 404


def test_signal_has_a_report_logged(serve):
    program = serve("a=every:1h", "exec:exec sleep 1000; \x1b[31m")
    program.open("/a").wait_open()
    program.send_signal(signal.SIGUSR1)
    program.wait_for_error("stream /a: 1 viewer, ")
    program.wait_for_error("source exec:exec sleep 1000; \\x1b[31m: running")


def test_viewers_are_logged_if_that_is_asked_for(serve):
    program = serve("-v", "every:1h")
    viewer = program.open(variables={
        "REQUEST_METHOD": "GET", "REMOTE_ADDR": "192.0.2.7\n"}).wait_open()
    program.wait_for_error("viewer 192.0.2.7\\x0a opened /; 1 viewer now")
    viewer.connection.close()
    program.wait_for_error("a viewer has left; 0 viewers now")


# The line in the terminal.

class Terminal:
    """A pseudo-terminal as standard error, and what was written to it."""

    def __init__(self):
        skip_without_terminals()
        self.ours, self.theirs = pty.openpty()
        self.written = b""

    def wait_for(self, pattern):
        end = time.monotonic() + DEADLINE
        while not re.search(pattern, self.written):
            left = end - time.monotonic()
            assert left > 0, f"no {pattern!r} in {self.written!r}"
            if select.select([self.ours], [], [], left)[0]:
                self.written += os.read(self.ours, 65536)

    def close(self):
        os.close(self.ours)
        os.close(self.theirs)


def in_terminal(binary, folder, *arguments):
    terminal = Terminal()
    program = FastcgiProgram(binary, arguments, folder,
                             stderr=terminal.theirs)
    return terminal, program


def test_terminal_shows_viewers_and_events_in_one_line(binary, folder):
    terminal, program = in_terminal(binary, folder, "-v", "every:1h")
    try:
        terminal.wait_for(rb"\r0 viewers, 1 event, \d+/s\x1b\[K")
        address = re.search(rb"FastCGI on (\S+)\r\n", terminal.written)
        program.open("/", address[1].decode()).wait_open()
        # A line of the log takes the place of the line, which follows it.
        terminal.wait_for(rb"\r\x1b\[Kpipecast: viewer .*? opened /\S*; "
                          rb"1 viewer now\r\n\r\d viewers?, ")
        terminal.wait_for(rb"\r1 viewer, 1 event, \d+/s\x1b\[K")
        program.send_signal(signal.SIGTERM)
        assert program.wait_exit() == 0
        terminal.wait_for(rb"\r\x1b\[K$")
    finally:
        program.stop()
        terminal.close()


def test_terminal_is_told_how_to_stop(binary):
    terminal = Terminal()
    process = subprocess.Popen(
        [binary, "--http", "0", "every:1h"], stdin=subprocess.DEVNULL,
        stderr=terminal.theirs, start_new_session=True)
    try:
        terminal.wait_for(rb"pipecast: http://\S+/ \(Ctrl-C ends it\)\r\n")
    finally:
        end_group(process)
        terminal.close()


def test_quiet_terminal_shows_nothing(binary, folder):
    terminal, program = in_terminal(binary, folder, "-q", "every:10ms",
                                    "exec:sleep 1.5; echo done >&2")
    try:
        terminal.wait_for(rb"done")
        assert terminal.written == b"done\r\n"
    finally:
        program.stop()
        terminal.close()
