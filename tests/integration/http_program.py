"""The program as a web server of its own."""

import functools
import re
import socket
import subprocess
import time

from client import HttpStream
from program import Program
from waiting import DEADLINE, wait_for


def request(*lines, body=b""):
    return b"".join(line + b"\r\n" for line in lines) + b"\r\n" + body


HOST = b"Host: localhost"
GET = request(b"GET / HTTP/1.1", HOST)
POST = b"POST / HTTP/1.1\r\n" + HOST


class Bytes:
    """A connection over which any bytes go, whether they are HTTP or not."""

    def __init__(self, connected):
        self.socket = connected
        self.received = b""
        self.ended = False

    def send(self, data):
        """Returns whether the other side took it."""
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            return False
        return True

    def half_close(self):
        self.socket.shutdown(socket.SHUT_WR)

    def receive(self, seconds=DEADLINE):
        """Wait for more; returns whether there is any."""
        self.socket.settimeout(seconds)
        try:
            more = self.socket.recv(65536)
        except ConnectionResetError:
            more = b""
        self.received += more
        self.ended = not more
        return bool(more)

    def wait_for(self, part, seconds=DEADLINE):
        end = time.monotonic() + seconds
        while part not in self.received:
            assert self.receive(max(end - time.monotonic(), 0.01)), \
                f"ended before {part!r}: {self.received!r}"

    def next_answer(self, seconds=DEADLINE):
        """The status and body of the next answer that has a length."""
        self.wait_for(b"\r\n\r\n", seconds)
        head, _, rest = self.received.partition(b"\r\n\r\n")
        length = re.search(rb"^content-length: (\d+)$", head.replace(
            b"\r", b""), re.I | re.M)
        length = int(length.group(1)) if length else 0
        while len(rest) < length:
            assert self.receive(seconds), f"ended after {rest!r}"
            rest = self.received.partition(b"\r\n\r\n")[2]
        self.received = rest[length:]
        return int(head.split()[1]), rest[:length]

    def wait_closed(self, seconds=DEADLINE):
        """Wait for the end; returns all that was received."""
        end = time.monotonic() + seconds
        while self.receive(max(end - time.monotonic(), 0.01)):
            pass
        return self.received

    def close(self):
        self.socket.close()


class HttpProgram(Program):
    """Listens on any free port of this machine, unless the options say
    otherwise; where that is, it prints."""

    def __init__(self, binary, arguments, folder, listen="0", **options):
        if listen is not None:
            arguments = ["--http", listen, *arguments]
        options.setdefault("stdout", subprocess.DEVNULL)
        super().__init__(binary, arguments, folder, **options)
        self.connections = []

    def urls(self, count=1, seconds=DEADLINE):
        """Wait until it says where it listens."""
        def printed():
            found = re.findall(r"^pipecast: (http://\S+/)[,\s]", self.errors(),
                               re.M)
            return found if len(found) == count else None
        return wait_for(printed, f"{count} URLs", seconds)

    @functools.cached_property
    def port(self):
        return int(re.search(r":(\d+)/", self.urls()[0]).group(1))

    def open(self, target="/", **request):
        """Asks, over a connection of its own."""
        stream = HttpStream(self.port, target, **request)
        self.connections.append(stream)
        return stream

    def fetch(self, target="/", **request):
        """The whole of a response that ends by itself."""
        stream = self.open(target, **request)
        stream.wait_end()
        return stream

    def connect(self, data=b""):
        """A connection for bytes, with the first of them sent."""
        connection = Bytes(
            socket.create_connection(("127.0.0.1", self.port), DEADLINE))
        self.connections.append(connection)
        connection.send(data)
        return connection

    def stop(self):
        while self.connections:
            self.connections.pop().close()
        super().stop()
