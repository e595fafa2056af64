"""The life of a process in which a call fails, and all such lives."""

import os
import signal
import socket
import subprocess
import time

from errno import (EAGAIN, EINTR, EIO, EMFILE, ENFILE, ENOBUFS, ENOLCK,
                   ENOMEM, ENOSPC)
from faults import preloaded
from waiting import DEADLINE

STEP = int(os.environ.get("FAULTS_STEP", "7"))
FIRST = int(os.environ.get("FAULTS_FIRST", "1"))

# Long enough for a visitor that is served at all, when perhaps none is.
GIVE_UP_S = 0.3
PATIENCE_S = 2

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
    "flock": (ENOLCK, EINTR),
    "ftruncate": (EIO,),
    "rename": (EIO,),
    "fsync": (EIO,),
    "fork": (EAGAIN, ENOMEM),
    "read": (EINTR, EAGAIN),
    "pread": (EIO,),
    "recv": (EINTR, EAGAIN),
    "write": (EINTR, EAGAIN, EIO),
    "writev": (EINTR, EAGAIN),
    "write_file": (EIO, ENOSPC),
    "send": (EINTR, EAGAIN),
}


class Life:
    """One life of a process, from its start to its end."""

    name = ""

    def __init__(self, binary, folder, rule):
        self.rule = rule
        self.folder = folder
        self.fired = folder / "fired"
        self.fired.unlink(missing_ok=True)
        self.errors_path = folder / "errors"
        self.is_lasting = "+" in rule
        self.process = None
        self.binary = binary

    def start(self, arguments, **options):
        """The call fails in one process only."""
        words = [] if self.has_fired() else \
            preloaded(self.rule, fired=self.fired)
        with open(self.errors_path, "wb") as errors:
            self.process = subprocess.Popen(
                [*words, str(self.binary), *arguments], stderr=errors,
                start_new_session=True, **{"stdin": subprocess.DEVNULL, **options})

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

    def judge_end(self, status):
        errors = self.errors()
        assert status >= 0, f"signal {-status}"
        assert status in (0, 1), f"exit {status}"
        assert status == 0 or "pipecast: " in errors \
            or self.rule.startswith("write"), "no reason was told"

    def judge(self, status):
        self.judge_end(status)
        self.judge_work(status == 0 and not self.is_lasting)

    def judge_work(self, must_work):
        """Whether what was done is right, as far as it goes; must_work: a call
        that failed has cost one visitor at most."""
        raise NotImplementedError


class Served(Life):
    """By a server of its own."""

    option = ""

    def socket_path(self):
        path = self.folder / "socket"
        path.unlink(missing_ok=True)
        return path

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


# There are few of them, and a post may depend on each.
WRITING = ("write_file", "flock", "ftruncate", "rename", "fsync")


def sweep_calls(life, binary, folder):
    """Each kind of call, by the reasons it has; how many were tried."""
    return sum(sweep(life, binary, folder, call, how,
                     step=1 if call in WRITING else STEP)
               for call, reasons in CALLS.items() if call != "allocate"
               for how in reasons)
