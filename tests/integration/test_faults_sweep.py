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
import signal
import socket
import subprocess
import time

import pytest

from errno import (EAGAIN, EINTR, EIO, EMFILE, ENFILE, ENOBUFS, ENOMEM,
                   ENOSPC)
from faults import preloaded
from fastcgi import Decoder, request_records, request_variables
from program import cgi_environment, plain_environment
from sse import parse
from waiting import DEADLINE

STEP = int(os.environ.get("FAULTS_STEP", "7"))
FIRST = int(os.environ.get("FAULTS_FIRST", "1"))

N_EVENTS = 40
NUMBERS = list(range(1, N_EVENTS + 1))
COMMAND = f"exec:seq {N_EVENTS}"

# Long enough for a viewer that is served at all, when perhaps none is.
GIVE_UP_S = 0.3
PATIENCE_S = 2
OFTEN = ("--heartbeat", "200ms")

HTTP_REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
FCGI_REQUEST = b"".join(request_records(request_variables()))

# How each call fails where it is known to, and some that are always possible.
CALLS = {
    "allocate": (ENOMEM,),
    "open": (EMFILE, ENFILE, EINTR),
    "socket": (EMFILE, ENOBUFS),
    "bind": (ENOMEM,),
    "listen": (ENOBUFS,),
    "accept4": (EMFILE, ENFILE, ENOMEM, EINTR),
    "pipe2": (EMFILE, ENFILE),
    "memfd_create": (EMFILE, ENFILE, ENOMEM),
    "eventfd": (EMFILE,),
    "epoll_create1": (EMFILE,),
    "epoll_ctl": (ENOMEM, ENOSPC),
    "epoll_wait": (EINTR,),
    "inotify_init1": (EMFILE,),
    "inotify_add_watch": (ENOSPC,),
    "fstat": (ENOMEM,),
    "fork": (EAGAIN, ENOMEM),
    "read": (EINTR, EAGAIN),
    "pread": (EIO,),
    "recv": (EINTR, EAGAIN),
    "write": (EINTR, EAGAIN, EIO),
    "writev": (EINTR, EAGAIN),
    "send": (EINTR, EAGAIN),
}


class Life:
    """One life of a process, from its start to its end."""

    name = ""
    source = COMMAND

    def __init__(self, binary, folder, rule):
        self.rule = rule
        self.folder = folder
        self.fired = folder / "fired"
        self.errors_path = folder / "errors"
        self.bodies = []
        self.is_lasting = "+" in rule
        self.process = None
        self.binary = binary

    def start(self, arguments, **options):
        self.fired.unlink(missing_ok=True)
        with open(self.errors_path, "wb") as errors:
            self.process = subprocess.Popen(
                [*preloaded(self.rule, fired=self.fired), str(self.binary),
                 *arguments], stdin=subprocess.DEVNULL, stderr=errors,
                start_new_session=True, **options)

    def errors(self):
        return self.errors_path.read_text(errors="replace")

    def has_fired(self):
        return self.fired.exists()

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(DEADLINE)

    def run(self):
        try:
            self.live()
            self.judge(self.process.wait(DEADLINE))
        except Exception as problem:
            raise AssertionError(f"{self.name} {self.rule}: {problem!r}\n"
                                 f"{self.errors()}") from problem
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()

    def judge(self, status):
        errors = self.errors()
        assert status >= 0, f"signal {-status}"
        assert status in (0, 1), f"exit {status}"
        assert status == 0 or "pipecast: " in errors \
            or self.rule.startswith("write"), "no reason was told"
        for body in self.bodies:
            self.judge_body(body)
        if status == 0 and not self.is_lasting:
            assert self.is_whole(self.bodies[-1]), self.bodies

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


class Cgi(Life):
    name = "cgi"

    def live(self):
        self.start([*OFTEN, "--cgi", self.source],
                   stdout=subprocess.PIPE, env=cgi_environment())
        self.bodies.append(self.process.communicate(timeout=DEADLINE)[0])


class CgiFile(Life):
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


class Served(Life):
    """By a server of its own, with visitors until one is served."""

    option = ""
    request = b""

    def live(self):
        path = self.folder / "socket"
        path.unlink(missing_ok=True)
        self.start([*OFTEN, self.option, f"unix:{path}", "--keep", "--replay", "all",
                    self.source], env=plain_environment())
        for _ in range(3):
            connection = self.connect(path)
            if connection is None:
                return
            with connection:
                self.bodies.append(self.unwrap(self.ask(connection)))
            if self.is_whole(self.bodies[-1]):
                break
        self.end()

    def connect(self, path):
        """None once the program has ended."""
        end = time.monotonic() + DEADLINE
        while self.process.poll() is None:
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(GIVE_UP_S if self.is_lasting else PATIENCE_S)
            try:
                connection.connect(str(path))
                return connection
            except OSError:
                connection.close()
            assert time.monotonic() < end, "it neither listens nor ends"
            time.sleep(0.001)
        return None

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


class Http(Served):
    name = "http"
    option = "--http"
    request = HTTP_REQUEST


class Fastcgi(Served):
    name = "fastcgi"
    option = "--fastcgi"
    request = FCGI_REQUEST

    def unwrap(self, received):
        return b"".join(each.content for each in Decoder().feed(received)
                        if each.kind == 6)


LIVES = {life.name: life for life in (Cgi, CgiFile, Http, Fastcgi)}


def sweep(life, binary, folder, call, how, first=FIRST, step=STEP, then=""):
    """Until there is no call left that could fail."""
    number, tried = first, 0
    while True:
        one = life(binary, folder, f"{call}@{number}{then}={how}")
        one.run()
        if not one.has_fired():
            return tried
        number += step
        tried += 1


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
    """Each kind of call, by the reasons it has."""
    tried = 0
    for call, reasons in CALLS.items():
        if call == "allocate":
            continue
        for how in reasons:
            tried += sweep(LIVES[life], binary, folder, call, how)
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
