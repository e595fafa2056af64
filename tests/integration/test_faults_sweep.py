"""Every allocation and every system call may fail.

Whatever fails, and whenever in the life of a process: pipecast ends with a
message and a status that says so, or it goes on. It never dies of a signal or
hangs, and what a viewer got is right as far as it goes. One call that failed
costs one viewer at most: the next viewer is served. (Allocations within
libfcgi are left out: it bears no failure.)

The suites try a sample, every FAULTS_STEP-th call from FAULTS_FIRST on; make
faults tries each."""

import os
import re
import subprocess

import pytest

from errno import EAGAIN, EINTR, ENOMEM
from fastcgi import Decoder, request_records, request_variables
from lives import STEP, Life, Served, sweep, sweep_calls
from program import cgi_environment, plain_environment
from sse import parse
from waiting import DEADLINE

N_EVENTS = 40
NUMBERS = list(range(1, N_EVENTS + 1))
COMMAND = f"exec:seq {N_EVENTS}"
OFTEN = ("--heartbeat", "200ms")

HTTP_REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
FCGI_REQUEST = b"".join(request_records(request_variables()))


class Viewed:
    """By viewers, each of whom is to get the numbers."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.bodies = []

    def judge_work(self, must_work):
        for body in self.bodies:
            self.judge_body(body)
        assert not must_work or self.is_whole(self.bodies[-1]), self.bodies

    def judge_body(self, body):
        """Right as far as it goes; what is missing is told of."""
        if b"\r\n\r\n" not in body:
            return
        head, _, rest = body.partition(b"\r\n\r\n")
        if b"text/event-stream" not in head:
            assert re.search(rb"\b(200|400|500|503) ", head), head
            return
        events = parse(rest)
        numbers = [int(e.data) for e in events if e.type == "message"]
        if "gap" not in [event.type for event in events]:
            assert numbers == NUMBERS[:len(numbers)], rest

    def is_whole(self, body):
        """Or has told that the command, or the stream, did not work."""
        return f"data: {N_EVENTS}\n".encode() in body or \
            b'"exit_status":127' in body or b"500 " in body[:40]


class Cgi(Viewed, Life):
    name = "cgi"

    def live(self):
        self.start([*OFTEN, "--cgi", COMMAND],
                   stdout=subprocess.PIPE, env=cgi_environment())
        self.bodies.append(self.process.communicate(timeout=DEADLINE)[0])


class CgiFile(Viewed, Life):
    """A file has no end: the viewer leaves."""

    name = "cgi-file"

    def live(self):
        path = self.folder / "log"
        path.write_text("".join(f"{n}\n" for n in NUMBERS))
        self.start([*OFTEN, "--cgi", "--replay", "all", f"file:{path}"],
                   stdout=subprocess.PIPE, env=cgi_environment())
        body = b""
        while f"data: {N_EVENTS}\n\n".encode() not in body:
            more = os.read(self.process.stdout.fileno(), 65536)
            if not more:
                break
            body += more
        self.process.stdout.close()
        self.bodies.append(body)
        if self.is_lasting:
            self.end()


class ServedViewers(Viewed, Served):
    """Until one is served."""

    request = b""

    def live(self):
        path = self.socket_path()
        self.start([*OFTEN, self.option, f"unix:{path}", "--keep", "--replay", "all",
                    COMMAND], env=plain_environment())
        for _ in range(3):
            connection = self.connect(path)
            if connection is None:
                return
            with connection:
                self.bodies.append(self.unwrap(self.ask(connection)))
            if self.is_whole(self.bodies[-1]):
                break
        self.end()

    def ask(self, connection):
        received = b""
        try:
            connection.sendall(self.request)
            while more := connection.recv(65536):
                received += more
                if b"pipecast-end" in received and b"exit_status" in received:
                    break
        except ConnectionError:
            pass
        except TimeoutError:
            pass
        return received

    def unwrap(self, received):
        return received


class Http(ServedViewers):
    name = "http"
    option = "--http"
    request = HTTP_REQUEST


class Fastcgi(ServedViewers):
    name = "fastcgi"
    option = "--fastcgi"
    request = FCGI_REQUEST

    def unwrap(self, received):
        return b"".join(each.content for each in Decoder().feed(received)
                        if each.kind == 6)


LIVES = {life.name: life for life in (Cgi, CgiFile, Http, Fastcgi)}


@pytest.mark.parametrize("life", LIVES)
def test_an_allocation_that_fails(binary, folder, life, measured):
    tried = sweep(LIVES[life], binary, folder, "allocate", ENOMEM)
    assert tried > 3
    measured(f"faults: allocations, {life}", tried=tried)


@pytest.mark.parametrize("life", LIVES)
def test_memory_that_has_run_out(binary, folder, life):
    """From some allocation on none succeeds."""
    assert sweep(LIVES[life], binary, folder, "allocate", ENOMEM,
                 step=3 * STEP, then="+") > 0


@pytest.mark.parametrize("life", LIVES)
def test_a_system_call_that_fails(binary, folder, life, measured):
    tried = sweep_calls(LIVES[life], binary, folder)
    measured(f"faults: system calls, {life}", tried=tried)


TRANSFERS = ("read", "recv", "write", "writev", "send")


@pytest.mark.parametrize("life", LIVES)
@pytest.mark.parametrize("how", ["short", EINTR, EAGAIN])
def test_transfers_that_are_cut_or_interrupted(binary, folder, life, how):
    """Whatever is done again or in pieces, the stream is whole."""
    when = ("%1",) if how == "short" else ("@1", "%2")
    one = LIVES[life](binary, folder, ",".join(
        f"{call}{at}={how}" for call in TRANSFERS for at in when))
    one.run()
    assert one.has_fired()
    assert len(one.bodies) == 1 and one.is_whole(one.bodies[0])
