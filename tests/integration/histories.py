"""Random histories of a log file and of a viewer who follows it.

The writer appends, rotates in every way there is, empties, replaces and
rewrites; the viewer's program is stopped, killed and started again; the viewer
goes and comes back with the last event ID. What the viewer gets must be each
line once and in order, or a gap event where a line is missing.

A history is determined by its seed, but for the moments at which the program
looks. What no program could notice is left out: a file that is emptied or
removed before anybody has seen anything of it, and a file of lines that are all
the same, emptied and grown past the place unseen.
"""

import contextlib
import os
import random
import select
import shutil
import signal
import subprocess
import time

from fastcgi_program import FastcgiProgram
from http_program import HttpProgram
from program import Program, cgi_environment
from sse import Event
from waiting import DEADLINE, wait_for
from processes import is_stopped

KINDS = "unique", "alike", "even", "same"
GATEWAYS = "http", "fastcgi", "cgi"
LAYOUTS = "plain", "target", "switched"
TAIL = '"service":"payments","env":"production","region":"central","ok":true}'


class Wrong(AssertionError):
    """A line came twice, or is missing without a word."""


class File:
    """A file of the log: the lines that are in it now."""

    def __init__(self):
        self.lines = []
        self.seen_by_reader = False


class Log:
    """The writer, and what is on the disk."""

    def __init__(self, folder, kind, layout, keep, chance):
        self.kind, self.layout, self.keep = kind, layout, keep
        self.random = chance
        self.n_lines = 0
        self.n_targets = 0
        self.path = f"{folder}/log"
        self.folder = folder
        self.target = self.path
        self.files = {}  # by age; 0 is the current one
        self.copied = False  # and not emptied yet
        self.n_emptied = 0
        self._create()

    def text(self, number):
        if self.kind == "unique":
            return f"{number} {'x' * (number * 7919 % 61)}"
        if self.kind == "alike":
            return f'{{"n":{number},{TAIL}'
        if self.kind == "even":
            return f"{number:08d} is a line of this log"
        return "same"

    def number(self, text):
        digits = text.removeprefix('{"n":')
        if not digits[:1].isdigit():
            raise Wrong(f"{text!r} is no line of the log")
        n = 0
        while n < len(digits) and digits[n].isdigit():
            n += 1
        return int(digits[:n])

    def name(self, age):
        return f"{self.target}.{age}" if age else self.target

    def _create(self):
        """A new current file, empty."""
        if self.layout == "target":
            os.makedirs(f"{self.folder}/logs", exist_ok=True)
            self.target = f"{self.folder}/logs/current"
            if not os.path.islink(self.path):
                os.symlink(self.target, self.path)
        elif self.layout == "switched":
            self.n_targets += 1
            self.target = f"{self.folder}/log-{self.n_targets:03d}"
        open(self.target, "ab").close()
        if self.layout == "switched":
            os.symlink(self.target, f"{self.path}.link")
            os.replace(f"{self.path}.link", self.path)
        self.files[0] = File()

    def append(self, count, name=None, file=None):
        file = file or self.files[0]
        first, self.n_lines = self.n_lines, self.n_lines + count
        numbers = range(first, self.n_lines)
        data = "".join(f"{self.text(n)}\n" for n in numbers).encode()
        with open(name or self.path, "ab", buffering=0) as out:
            cut = self.random.randrange(len(data) + 1)
            out.write(data[:cut])
            out.write(data[cut:])
        file.lines += numbers

    def rewrite_last_line(self):
        """In place, but for its number. (A file of which the only line has
        changed is taken for a new one.)"""
        if len(self.files[0].lines) < 2 or self.kind == "same":
            return
        line = self.text(self.files[0].lines[-1])
        n = min(5, len(line) - len(str(self.files[0].lines[-1])) - 6)
        if n <= 0:
            return
        with open(self.path, "r+b", buffering=0) as out:
            out.seek(-1 - n, os.SEEK_END)
            out.write(b"#" * n)

    def _remove(self, name):
        """The next file may have the same inode, but not the same time of
        birth: that is as exact as the kernel's tick."""
        os.unlink(name)
        time.sleep(0.005)

    def _shift(self):
        for age in range(self.keep, 0, -1):
            if age not in self.files:
                continue
            if age == self.keep:
                self._remove(self.name(age))
                del self.files[age]
            else:
                os.rename(self.name(age), self.name(age + 1))
                self.files[age + 1] = self.files.pop(age)

    def rotate(self, late=0):
        self._shift()
        os.rename(self.target, self.name(1))
        self.files[1] = self.files.pop(0)
        self.append_late(late)
        self._create()

    def append_late(self, late):
        """The writer has the old file open until it is told."""
        if late:
            self.append(late, self.name(1), self.files[1])

    def rotate_by_link(self):
        self._shift()
        os.link(self.target, self.name(1))
        fresh = f"{self.target}.fresh"
        open(fresh, "ab").close()
        os.rename(fresh, self.target)
        self.files[1] = self.files[0]
        self.files[0] = File()

    def switch(self):
        """The link leads to a new file; old ones are removed by and by."""
        old = self.target
        self._create()
        if self.random.random() < 0.5:
            self._remove(old)

    def copy(self):
        self._shift()
        shutil.copyfile(self.target, self.name(1))
        self.files[1] = File()
        self.files[1].lines = list(self.files[0].lines)
        self.copied = True

    def empty(self):
        os.truncate(self.target, 0)
        self.n_emptied += 1
        self.files[0].lines = []
        self.copied = False

    def replace(self):
        """Another file is moved into its place."""
        fresh = f"{self.folder}/fresh"
        open(fresh, "wb").close()
        os.rename(fresh, self.target)
        time.sleep(0.005)
        self.files[0] = File()

    def remove_and_create(self):
        """Its inode is soon used again."""
        self._remove(self.target)
        self._create()


def position_of(pid, descriptor):
    with open(f"/proc/{pid}/fdinfo/{descriptor}", encoding="ascii") as info:
        return int(info.readline().split()[1])


class Viewer:
    """The program, and a viewer of it."""

    def __init__(self, binary, folder, gateway, log, options):
        self.binary, self.folder, self.gateway = binary, folder, gateway
        self.log, self.options = log, options
        self.program = self.stream = None
        self.stopped = False
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
            self.program.send_signal(signal.SIGSTOP)
            wait_for(lambda: is_stopped(self.program.pid), "standstill")
        self.stopped = True

    def resume(self):
        if self.stopped:
            self.program.send_signal(signal.SIGCONT)
        self.stopped = False

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
        if number <= self.last:
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
        if self.stream is None:
            return
        if self.log.kind == "same" or not self.log.files[0].lines:
            wait_for(self.program_is_at_end, "the end of the file")
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


class History:
    """One history of so many steps."""

    def __init__(self, binary, folder, seed, steps=50):
        chance = self.random = random.Random(seed)
        self.seed, self.steps = seed, steps
        self.kind = chance.choice(KINDS)
        self.gateway = chance.choice(GATEWAYS)
        self.log = Log(folder, self.kind, chance.choice(LAYOUTS),
                       chance.choice((1, 2, 3, 9)), chance)
        options = ["--history", "4K"] if chance.random() < 0.4 else []
        self.viewer = Viewer(binary, folder, self.gateway, self.log, options)
        self.calm = chance.random() < 0.3
        if self.log.layout == "switched":
            self.ways = [self.switch]
        else:
            self.ways = [self.rotate, self.rotate_late, self.rotate_by_link,
                         self.rotate_by_copy, self.copy_only]

    def describe(self):
        return (f"seed {self.seed}: {self.kind} lines, {self.gateway}, "
                f"{self.log.layout}, keep {self.log.keep}, "
                f"{self.viewer.options}")

    # What is safe to do: see above.

    def is_known(self):
        """Whether the viewer has seen something of the current file."""
        lines = self.log.files[0].lines
        return not lines or self.viewer.last >= lines[0]

    def make_known(self):
        """Before the current file loses what it has."""
        if not self.is_known() or self.kind == "same" or \
                self.viewer.stream is None:
            self.come_back()
            self.viewer.settle()

    def come_back(self):
        if self.viewer.program is None:
            self.viewer.start()
        if self.viewer.stream is None:
            self.viewer.resume()
            self.viewer.come()

    # Steps.

    def append(self):
        self.finish_copy()
        self.log.append(self.random.choice((1, 1, 2, 3, 5, 40, 200)))

    def finish_copy(self):
        if self.log.copied:
            self.log.empty()
            self.after_emptying()

    def after_emptying(self):
        if self.kind == "same":
            self.viewer.settle()

    def rotate(self):
        self.finish_copy()
        self.log.rotate()

    def rotate_late(self):
        self.finish_copy()
        self.log.rotate(late=self.random.choice((1, 3)))

    def rotate_by_link(self):
        self.finish_copy()
        self.log.rotate_by_link()

    def rotate_by_copy(self):
        self.finish_copy()
        self.before_copying()
        self.log.copy()
        self.log.empty()
        self.after_emptying()

    def before_copying(self):
        """The copy may be removed before anybody sees it."""
        if self.kind == "same" or self.log.keep < 9:
            self.make_known()

    def copy_only(self):
        self.finish_copy()
        self.before_copying()
        self.log.copy()

    def switch(self):
        self.make_known()
        self.log.switch()

    def empty(self):
        self.finish_copy()
        self.make_known()
        self.log.empty()
        self.after_emptying()

    def replace(self):
        self.finish_copy()
        self.make_known()
        self.log.replace()

    def remove_and_create(self):
        self.finish_copy()
        self.make_known()
        self.log.remove_and_create()

    def rewrite_last_line(self):
        self.finish_copy()
        self.log.rewrite_last_line()

    def stall(self):
        if self.viewer.program:
            if self.viewer.stream:
                self.viewer.read(0)
            self.viewer.stop()

    def go(self):
        # Without an id it would come back as a new viewer.
        if self.viewer.stream and self.viewer.last_event_id:
            self.viewer.go()

    def restart(self):
        self.go()
        if not self.viewer.stream:
            self.viewer.end()

    def settle(self):
        self.come_back()
        self.viewer.settle()

    def look(self):
        self.viewer.resume()
        if self.viewer.stream:
            self.viewer.read(0.002)

    def choose(self):
        steps = [(self.append, 10), (self.look, 3), (self.settle, 3),
                 (self.rewrite_last_line, 1)]
        steps += [(way, 4 / len(self.ways)) for way in self.ways]
        if not self.calm:
            steps += [(self.empty, 0.5), (self.replace, 0.5),
                      (self.remove_and_create, 0.7)]
        steps += [(self.stall, 3), (self.go, 1.5), (self.restart, 1)]
        return self.random.choices([step for step, _ in steps],
                                   [weight for _, weight in steps])[0]

    def run(self):
        """Raises Wrong, having said what has happened."""
        try:
            self.come_back()
            for _ in range(self.steps):
                step = self.choose()
                self.viewer.note(f"-- {step.__name__} (next line "
                                 f"{self.log.n_lines}, {self.viewer.n_got} "
                                 "came)")
                step()
            self.append()
            self.settle()
            self.check_end()
        except AssertionError as wrong:
            raise Wrong("\n".join(
                [self.describe(), *self.viewer.trace[-600:],
                 str(wrong)])) from wrong
        finally:
            self.viewer.end()

    def check_end(self):
        viewer = self.viewer
        # The first line of a file is as that before it was emptied.
        n_known = viewer.n_got + self.log.n_emptied
        if self.kind == "same" and n_known < self.log.n_lines and \
                viewer.n_gaps == 0:
            raise Wrong(f"{viewer.n_got} of {self.log.n_lines} lines came, "
                        "without a gap")
