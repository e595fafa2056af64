"""One run of the fan-out benchmark: a server, its viewers, its publisher."""

import contextlib
import json
import mmap
import os
import resource
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from contenders import BUILT, Failure, Place

TICKS = os.sysconf("SC_CLK_TCK")
START_SECONDS = 20
OPEN_SECONDS = 60
PATIENCE_SECONDS = 180  # beyond the time events are published for
MEMORY_SECONDS = 0.5


@dataclass(frozen=True)
class Plan:
    """The events to publish, and their viewers."""

    mode: str
    viewers: int
    rate: float  # events a second, 0 for as many as the window allows
    seconds: float
    size: int
    window: int
    load: tuple = ()  # options of the load client
    server: tuple = ()  # options of pipecast
    publish: tuple = ()  # options of the publisher
    watch_memory: bool = False
    stalling: int = 0  # visitors whose posts never end
    patience_ms: int = 1000  # what pipecast is told, if it is


class Stalling(threading.Thread):
    """Visitors who post a byte now and then, and come back when sent away."""

    HEAD = (b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            b"Content-Length: 1000000\r\n\r\n")

    def __init__(self, address, number):
        super().__init__(daemon=True)
        host, _, port = address.rpartition(":")
        self.address = host, int(port)
        self.stopping = threading.Event()
        self.sockets = [self.come() for _ in range(number)]

    def come(self):
        connection = socket.create_connection(self.address)
        connection.setblocking(False)
        connection.sendall(self.HEAD)
        return connection

    def run(self):
        at = 0
        while not self.stopping.wait(0.001):
            at = (at + 1) % len(self.sockets)
            try:
                self.sockets[at].send(b"x")
            except OSError:
                self.sockets[at].close()
                self.sockets[at] = self.come()

    def leave(self):
        self.stopping.set()
        self.join()
        for connection in self.sockets:
            connection.close()


def process_tree(pid):
    pids = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            pids += process_tree(int(child))
    return pids


def cpu_seconds(pids):
    """User and system time of these processes, without their children."""
    ticks = 0
    for pid in pids:
        stat = Path(f"/proc/{pid}/stat").read_text()
        fields = stat.rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / TICKS


def memory_kib(pids):
    """Memory that is no copy of a file; what several share counts once, and
    what has ended meanwhile not at all."""
    kib = 0
    for pid in pids:
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        for line in text.splitlines():
            if line.startswith(("Pss_Anon:", "Pss_Shmem:")):
                kib += int(line.split()[1])
    return kib


def count_descriptors(pids):
    return sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in pids)


def machine_seconds():
    """What all processors together have been busy with, idle time left out."""
    fields = Path("/proc/stat").read_text().splitlines()[0].split()[1:9]
    user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, fields)
    return (user + nice + system + irq + softirq + steal) / TICKS


def own_seconds(who):
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


class Progress:
    """The file of tools/progress.h."""

    NAMES = ("ready", "low", "delivered", "done", "release", "total")
    LAYOUT = struct.Struct(f"={len(NAMES)}Q")

    def __init__(self, path):
        path.write_bytes(bytes(self.LAYOUT.size))
        with open(path, "r+b") as file:
            self.map = mmap.mmap(file.fileno(), self.LAYOUT.size)

    def __getattr__(self, name):
        values = self.LAYOUT.unpack(self.map[:])
        return dict(zip(self.NAMES, values))[name]

    def release_viewers(self):
        struct.pack_into("=Q", self.map, 8 * self.NAMES.index("release"), 1)


def end(process):
    """Ends a process that leads its own group, kindly and then not."""
    for number, seconds in ((signal.SIGTERM, 8), (signal.SIGKILL, 8)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
    process.wait()


def listens(address):
    if address.startswith("unix:"):
        family, name = socket.AF_UNIX, address[5:]
    else:
        host, _, port = address.rpartition(":")
        family, name = socket.AF_INET, (host, int(port))
    with socket.socket(family) as probe:
        return probe.connect_ex(name) == 0


class Run:
    """Starts everything in a temporary folder; ends it when left."""

    def __init__(self, contender, plan):
        self.contender = contender
        self.plan = plan
        self.cleanup = contextlib.ExitStack()

    def __enter__(self):
        folder = tempfile.TemporaryDirectory(prefix="pipecast-bench-")
        self.folder = Path(self.cleanup.enter_context(folder))
        # A server started by root may become another user.
        self.folder.chmod(0o755)
        return self

    def __exit__(self, *_):
        self.cleanup.close()

    def spawn(self, command, name, **popen):
        errors = open(self.folder / f"{name}.errors", "wb")
        with errors:
            process = subprocess.Popen(
                list(map(str, command)), start_new_session=True,
                stderr=errors, **popen)
        self.cleanup.callback(end, process)
        return process

    def errors(self, name):
        path = self.folder / f"{name}.errors"
        lines = path.read_text(errors="replace").strip().splitlines()
        return "; ".join(lines[-2:]) or "no word why"

    def fail(self, what, name):
        raise Failure(f"{what}: {self.errors(name)}")

    def start_server(self):
        self.place = Place(
            self.folder, self.contender.addresses(self.folder),
            self.plan.viewers, self.plan.server)
        command = self.contender.command(self.place)
        input_end, self.feed = os.pipe()
        self.cleanup.callback(os.close, self.feed)
        try:
            self.server = self.spawn(command, "server", stdin=input_end,
                                     stdout=subprocess.DEVNULL)
        finally:
            os.close(input_end)
        self.wait_for(lambda: all(map(listens, self.place.addresses)),
                      START_SECONDS, "does not listen")
        # Its workers and threads may take a little longer.
        time.sleep(0.2)

    def wait_for(self, condition, seconds, complaint):
        deadline = time.monotonic() + seconds
        while not condition():
            if self.server.poll() is not None:
                self.fail(f"ended ({self.server.returncode})", "server")
            if time.monotonic() > deadline:
                self.fail(complaint, "server")
            time.sleep(0.01)

    def start_viewers(self):
        path = self.folder / "progress"
        self.progress = Progress(path)
        self.load_output = open(self.folder / "load.json", "w+b")
        self.cleanup.enter_context(self.load_output)
        self.load = self.spawn(
            [BUILT / "tools" / "load", "--clients", self.plan.viewers,
             "--path", self.contender.path, "--progress", path, "--hold",
             "--connect-timeout", OPEN_SECONDS, *self.contender.load,
             *self.plan.load, self.contender.protocol, *self.place.addresses],
            "load", stdout=self.load_output)
        self.wait_for(lambda: self.progress.ready or self.load_ended(),
                      2 * OPEN_SECONDS, "viewers were not let in")

    def load_ended(self):
        return self.load.poll() is not None

    def start_publisher(self):
        plan = self.plan
        command = [BUILT / "tools" / "publish", "--rate", plan.rate,
                   "--duration", plan.seconds, "--size", plan.size,
                   "--window", plan.window,
                   "--progress", self.folder / "progress", *plan.publish]
        if self.contender.post_path:
            command += ["--path", self.contender.post_path, self.place.address]
        self.publisher = self.spawn(command, "publisher", stdout=self.feed,
                                    stdin=subprocess.DEVNULL)

    def wait_done(self):
        """Until all is counted; returns the most memory seen meanwhile."""
        most, next_look = 0, 0
        deadline = self.plan.seconds + PATIENCE_SECONDS + time.monotonic()
        while not self.progress.done and not self.load_ended():
            if self.server.poll() is not None:
                self.fail(f"ended ({self.server.returncode})", "server")
            if self.publisher.poll():
                self.fail("publishing failed", "publisher")
            now = time.monotonic()
            if now > deadline:
                raise Failure("viewers have not got all in time")
            if self.plan.watch_memory and now > next_look:
                next_look = now + MEMORY_SECONDS
                most = max(most, memory_kib(process_tree(self.server.pid)))
            time.sleep(0.02)
        return max(most, memory_kib(process_tree(self.server.pid)))

    def count_cpu(self):
        return {"server": cpu_seconds(process_tree(self.server.pid)),
                "load": cpu_seconds([self.load.pid]),
                "publisher": own_seconds(resource.RUSAGE_CHILDREN),
                "self": own_seconds(resource.RUSAGE_SELF),
                "machine": machine_seconds(),
                "elapsed": time.monotonic()}

    def measure(self):
        if self.plan.viewers > self.contender.max_viewers:
            raise Failure("it needs more descriptors than there are")
        self.start_server()
        empty_kib = memory_kib(process_tree(self.server.pid))
        self.start_viewers()
        if self.load_ended():
            self.fail(f"load ended ({self.load.returncode})", "load")
        pids = process_tree(self.server.pid)
        open_kib, descriptors = memory_kib(pids), count_descriptors(pids)
        stalling = None
        if self.plan.stalling:
            stalling = Stalling(self.place.address, self.plan.stalling)
            stalling.start()
        before = self.count_cpu()
        self.start_publisher()
        most_kib = self.wait_done()
        if stalling:
            stalling.leave()
            time.sleep(MEMORY_SECONDS)
        # A viewer over TCP who does not read is never told.
        dropped = descriptors - count_descriptors(pids)
        self.publisher.wait(10)
        after = self.count_cpu()
        left_kib = memory_kib(process_tree(self.server.pid))
        self.progress.release_viewers()
        self.load.wait(30)
        self.load_output.seek(0)
        figures = json.loads(self.load_output.read())
        if figures["failed"]:
            self.fail("not all viewers were let in", "load")
        if self.contender.is_gzip and figures["gzip"] < figures["open"]:
            raise Failure("it did not compress")
        figures["bytes_each"] = (
            figures["bytes"] / max(figures["deliveries"], 1))
        figures.update(cpu_figures(before, after, figures["deliveries"]))
        figures.update(
            dropped=dropped, empty_kib=empty_kib, open_kib=open_kib,
            most_kib=most_kib, left_kib=left_kib,
            viewer_kib=(open_kib - empty_kib) / self.plan.viewers,
            used_viewer_kib=(most_kib - empty_kib) / self.plan.viewers)
        return figures


def cpu_figures(before, after, deliveries):
    used = {name: after[name] - before[name] for name in before}
    capacity = used["elapsed"] * os.cpu_count()
    ours = sum(used[name] for name in ("server", "load", "publisher", "self"))
    return {
        "cpu_s": used["server"],
        "cpu_s_per_million": used["server"] / max(deliveries, 1) * 1e6,
        "server_busy": used["server"] / used["elapsed"],
        "load_busy": used["load"] / used["elapsed"],
        "others_busy": max(0.0, used["machine"] - ours) / capacity,
    }


def measure(contender, plan):
    """Returns the figures of one run as a dictionary; may raise Failure."""
    with Run(contender, plan) as run:
        return run.measure()
