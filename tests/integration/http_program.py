"""The program as a web server of its own."""

import functools
import re
import socket
import time

from client import HttpStream, connect
from program import Listening
from waiting import DEADLINE


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


class HttpProgram(Listening):
    option = "--http"
    prints = r"^pipecast: (?:HTTP on )?(http://\S+/|unix:\S+)(?=[,\s])"

    urls = Listening.addresses

    @functools.cached_property
    def port(self):
        return int(re.search(r":(\d+)/", self.address).group(1))

    def open(self, target="/", address=None, **request):
        """Asks, over a connection of its own."""
        return self.closed_at_last(
            HttpStream(address or self.address, target, **request))

    def fetch(self, target="/", **request):
        """The whole of a response that ends by itself."""
        stream = self.open(target, **request)
        stream.wait_end()
        return stream

    def connect(self, data=b""):
        """A connection for bytes, with the first of them sent."""
        connection = self.closed_at_last(Bytes(connect(self.address)))
        connection.send(data)
        return connection
