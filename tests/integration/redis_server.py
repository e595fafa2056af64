"""A real redis-server of a test's own, and words to it."""

import contextlib
import os
import signal
import socket
import subprocess

import pytest

from processes import is_stopped
from waiting import DEADLINE, wait_for


class RedisError(Exception):
    pass


class RedisClient:
    """Commands and replies (RESP2) over one connection."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(3 * DEADLINE)
        self.socket.connect(path)
        self.replies = self.socket.makefile("rb")

    def send(self, *commands):
        self.socket.sendall(b"".join(
            b"*%d\r\n" % len(words) + b"".join(
                b"$%d\r\n%s\r\n" % (len(word), word) for word in words)
            for words in ([word if isinstance(word, bytes)
                           else str(word).encode() for word in command]
                          for command in commands)))

    def receive(self):
        line = self.replies.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("no reply")
        kind, rest = line[:1], line[1:-2]
        if kind == b"-":
            raise RedisError(rest.decode())
        if kind == b"+":
            return rest.decode()
        if kind == b":":
            return int(rest)
        if int(rest) < 0:
            return None
        if kind == b"*":
            return [self.receive() for _ in range(int(rest))]
        return self.replies.read(int(rest) + 2)[:-2].decode(errors="replace")

    def ask(self, *words):
        self.send(words)
        return self.receive()

    def close(self):
        self.replies.close()
        self.socket.close()


class RedisServer:
    def __init__(self, folder, *options):
        self.folder = folder
        self.path = f"{folder}/redis.socket"
        self.url = f"unix:{self.path}"
        self.options = [str(option) for option in options]
        if "--port" not in self.options:
            self.options += ["--port", "0"]
        self.process = self.client = None

    def start(self, *options):
        self.process = subprocess.Popen(
            ["redis-server", "--unixsocket", self.path,
             "--dir", str(self.folder), "--logfile", "redis.log",
             "--save", "", *self.options, *map(str, options)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(self._answers, "Redis answers", pause=0.02)
        return self

    def _answers(self):
        assert self.process.poll() is None, "redis-server has ended"
        with contextlib.suppress(OSError):
            self.client = RedisClient(self.path)
            # One that wants a password is there as well.
            with contextlib.suppress(RedisError):
                return self.client.ask("PING")
            return "--requirepass" in self.options
        return False

    def ask(self, *words):
        return self.client.ask(*words)

    def add(self, key, *data):
        """Adds an entry for each; their ids."""
        self.client.send(*(("XADD", key, "*", "data", text) for text in data))
        return [self.client.receive() for _ in data]

    def all(self, key):
        """The ids and data of the whole stream."""
        return [(id, fields[fields.index("data") + 1])
                for id, fields in self.ask("XRANGE", key, "-", "+")]

    def wait_followed(self, count=1):
        """Wait until so many pipecasts wait for entries."""
        def waiting():
            return [line for line in self.ask("CLIENT", "LIST").splitlines()
                    if "flags=b" in line]
        wait_for(lambda: len(waiting()) == count, f"{count} readers")

    def n_clients(self):
        """Connections that are not the test's own."""
        return len(self.ask("CLIENT", "LIST").splitlines()) - 1

    def kill(self, number=signal.SIGKILL):
        if self.client:
            self.client.close()
            self.client = None
        self.process.send_signal(number)
        self.process.send_signal(signal.SIGCONT)
        self.process.wait(DEADLINE)

    def restart(self, *options):
        self.kill()
        return self.start_again(*options)

    def start_again(self, *options):
        """After its end."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)
        return self.start(*options)

    @contextlib.contextmanager
    def stopped(self):
        self.process.send_signal(signal.SIGSTOP)
        try:
            wait_for(lambda: is_stopped(self.process.pid), "standstill")
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.kill()


@pytest.fixture
def needs_redis(binary):
    if subprocess.run([binary, "--check", "redis:key"], check=False,
                      capture_output=True, timeout=DEADLINE).returncode:
        pytest.skip("this pipecast was built without hiredis")


@pytest.fixture
def make_redis(folder, needs_redis):
    servers = []

    def make(*options):
        place = folder / f"redis-{len(servers)}"
        place.mkdir()
        servers.append(RedisServer(place, *options).start())
        return servers[-1]
    yield make
    for server in servers:
        server.stop()


@pytest.fixture
def redis(make_redis):
    return make_redis()
