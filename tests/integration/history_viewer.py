"""The program in a random history, and a viewer of it who knows which line comes
next."""

import contextlib
import os
import select
import signal
import time

from fastcgi_program import FastcgiProgram
from http_program import HttpProgram
from program import Program, cgi_environment
from sse import Event
from waiting import DEADLINE, wait_for


class Wrong(AssertionError):
    """A line came twice, or is missing without a word."""


def position_of(pid, descriptor):
    with open(f"/proc/{pid}/fdinfo/{descriptor}", encoding="ascii") as info:
        return int(info.readline().split()[1])


class Viewer:
    """The program, and a viewer of it."""

    def __init__(self, binary, folder, gateway, log, options):
        self.binary, self.folder, self.gateway = binary, folder, gateway
        self.log, self.options = log, options
        self.program = self.stream = None
        self.stopped = None
        self.last_event_id = ""
        self.last = -1  # number of the last line
        self.n_got = 0
        self.n_gaps = self.n_needless = 0
        self.gap = False  # since the last line
        self.trace = []

    def note(self, *words):
        self.trace.append(" ".join(map(str, words)))

    # The program.

    def _launch(self, kind, *arguments, **more):
        return kind(self.binary, [*arguments, *self.options,
                                  f"file:{self.log.path}"],
                    self.folder, **more)

    def start(self):
        if self.gateway == "http":
            self.program = self._launch(HttpProgram)
        elif self.gateway == "fastcgi":
            self.program = self._launch(FastcgiProgram)

    def come(self):
        headers = {"Last-Event-ID": self.last_event_id} \
            if self.last_event_id else {}
        if self.gateway == "cgi":
            variables = {"HTTP_LAST_EVENT_ID": self.last_event_id} \
                if headers else {}
            self.program = self._launch(
                Program, "--cgi", env=cgi_environment(**variables))
            self.stream = self.program.stream
        else:
            self.stream = self.program.open(headers=headers)
        self.stream.wait_open()
        if self.gateway == "cgi" and not self.last_event_id:
            wait_for(self.positions, "the file to be opened")
        self.note("came with", self.last_event_id or "no id")

    def go(self):
        self.resume()
        self.read(0)
        self.stream = None
        if self.gateway == "cgi":
            self.end()
        else:
            for connection in self.program.connections:
                connection.close()
            self.program.connections.clear()

    def end(self):
        self.resume()
        if self.program:
            self.program.send_signal(signal.SIGKILL)
            self.program.wait_exit()
            self.program.stop()
            self.check_errors()
        self.program = self.stream = None

    def check_errors(self):
        errors = self.program.errors()
        if "ERROR: " in errors or "runtime error" in errors:
            raise Wrong(errors)

    def stop(self):
        if not self.stopped:
            self.stopped = contextlib.ExitStack()
            self.stopped.enter_context(self.program.stopped())

    def resume(self):
        if self.stopped:
            self.stopped.close()
        self.stopped = None

    # The stream.

    def read(self, seconds):
        """Take what is there, or comes in that time."""
        poller = select.poll()
        poller.register(self.stream.descriptor, select.POLLIN)
        self.take_all()
        while poller.poll(seconds * 1000):
            self.stream._read_once()
            self.take_all()
            if self.stream.ended:
                raise Wrong(f"the stream ended: {self.stream!r}")
            if seconds:
                return True
        return False

    def take_all(self):
        while self.stream.waiting_events:
            self.take(self.stream.waiting_events.popleft())

    def take(self, event: Event):
        self.last_event_id = event.id
        if event.type == "gap":
            self.note("got gap", event.data)
            self.gap = True
            self.n_gaps += 1
            return
        self.n_got += 1
        if self.log.kind == "same":
            self.note("got", event.id)
            self.gap = self.gap and self.n_got < self.log.n_lines
            if self.n_got > self.log.n_lines:
                raise Wrong(f"{self.n_got} lines of {self.log.n_lines} came")
            return
        number = self.log.number(event.data)
        self.note("got", number, event.id)
        if number <= self.last and \
                not (self.gap and self.last in self.log.rewritten):
            raise Wrong(f"line {number} came after line {self.last}")
        if number > self.last + 1 and not self.gap:
            raise Wrong(f"line {number} came after {self.last}, without a gap")
        if number == self.last + 1 and self.gap:
            self.n_needless += 1
        self.gap = False
        self.last = number

    def positions(self):
        """Up to where the program has read the current file, which it may
        have open more than once."""
        current = os.stat(self.log.path)
        positions = []
        for name in os.listdir(f"/proc/{self.program.pid}/fd"):
            with contextlib.suppress(FileNotFoundError):
                status = os.stat(f"/proc/{self.program.pid}/fd/{name}")
                if (status.st_dev, status.st_ino) == \
                        (current.st_dev, current.st_ino):
                    positions.append(position_of(self.program.pid, name))
        return positions

    def program_is_at_end(self):
        """Whether the program has read the whole current file."""
        size = os.stat(self.log.path).st_size
        positions = self.positions()
        return all(at == size for at in positions) and \
            (positions or size == 0)

    def settle(self):
        """Wait until everything has come that is to come."""
        self.resume()
        is_quick = self.log.kind == "same" or not self.log.files[0].lines
        if self.program and is_quick:
            wait_for(self.program_is_at_end, "the end of the file")
        if self.stream is None:
            return
        if is_quick:
            while self.read(0.05):
                pass
            return
        end = time.monotonic() + DEADLINE
        while self.last < self.log.files[0].lines[-1]:
            if self.read(0.2):
                continue
            if self.gap:
                return
            if time.monotonic() > end:
                raise Wrong(f"line {self.log.n_lines - 1} never came, "
                            f"only {self.last}")
