"""An hour of life in a few seconds: viewers and writers come and go, hundreds
a second, and the process is told to end in the midst of it, again and again.

make soak runs it for SOAK_SECONDS, under SOAK_PREFIX (valgrind, say)."""

import os
import random
import shlex
import signal
import threading
import time

import fifo
from fastcgi import abort, connect, request_records, request_variables
from load import Load
from waiting import DEADLINE, wait_for

SECONDS = float(os.environ.get("SOAK_SECONDS", "3"))
PREFIX = shlex.split(os.environ.get("SOAK_PREFIX", ""))

# What counts is that nothing is lost, however long valgrind takes.
PATIENT = DEADLINE * (20 if PREFIX else 1)
EVENTS_A_ROUND = 400

REQUEST = b"".join(request_records(request_variables()))


class Passers:
    """Viewers who do not stay: some read, some leave in the middle of their
    request, some abort, some are reset."""

    def __init__(self, address, seed):
        self.address = address
        self.random = random.Random(seed)
        self.done = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        here = []
        while not self.done.is_set():
            try:
                here.append(connect(self.address))
                here[-1].settimeout(1)
                self.act(here[-1])
            except OSError:
                pass  # it is told to end in the midst of it
            while len(here) > 50:
                here.pop(self.random.randrange(len(here))).close()
        for peer in here:
            peer.close()

    def act(self, peer):
        what = self.random.randrange(5)
        if what == 0:
            peer.sendall(REQUEST[:self.random.randrange(len(REQUEST))])
            return
        peer.sendall(REQUEST)
        if what == 1:
            peer.sendall(abort())
        elif what == 2:
            peer.close()
        else:
            peer.recv(self.random.randrange(1, 1000))

    def stop(self):
        self.done.set()
        self.thread.join()


def write_by_many_writers(path):
    """Each opens the FIFO, writes what there is to write, and leaves; there is
    time enough between them for guests to come and go."""
    writers = random.Random(4)
    at = 1
    while at <= EVENTS_A_ROUND:
        end = min(at + writers.randrange(1, 30), EVENTS_A_ROUND + 1)
        lines = "".join(f"{number} {time.monotonic_ns()}\n"
                        for number in range(at, end))
        with fifo.open_writer(path) as writer:
            writer.write(lines.encode())
        time.sleep(0.05)
        at = end


def live(serve, folder, number):
    """One life of a process; its viewers who stay miss nothing."""
    program = serve("--history", "256K", f"fifo:{folder}/fifo",
                    "every:30ms:echo", listen=f"unix:{folder}/socket",
                    prefix=PREFIX)
    address = program.addresses(seconds=PATIENT)[0]
    load = Load(folder, "fastcgi", address, "--clients", 60, "--guests", 30,
                "--churn", 300, "--resume", "--events", EVENTS_A_ROUND,
                "--idle", PATIENT, "--connect-timeout", PATIENT)
    passers = Passers(address, number)
    try:
        wait_for(load.is_ready, "viewers", PATIENT)
        write_by_many_writers(folder / "fifo")
        figures = load.finish(PATIENT)
        program.send_signal(signal.SIGTERM)
        assert program.wait_exit(PATIENT) == 0
    finally:
        passers.stop()
        load.stop()
        (folder / "progress").unlink(missing_ok=True)
    wrong = {name: figures[name] for name in ("failed", "lost", "dup", "ooo",
                                              "short") if figures[name]}
    assert not wrong
    assert "==" not in program.errors()  # valgrind's findings
    return figures


def test_lives_of_a_process_lose_nothing(serve, folder, measured):
    end = time.monotonic() + SECONDS
    lives = visits = 0
    while lives == 0 or time.monotonic() < end:
        visits += live(serve, folder, lives)["visits"]
        lives += 1
    measured("soak", lives=lives, visits=visits)
