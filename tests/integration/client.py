"""A streaming HTTP client, and reader of CGI output."""

import os
import re
import select
import socket
import struct
import time
import zlib
from collections import deque

from sse import Comment, Event, Parser
from waiting import DEADLINE


class Chunks:
    """Decodes a chunked body piece by piece (RFC 9112, 7.1)."""

    def __init__(self):
        self.pending = b""
        self.left = 0
        self.ended = False

    def feed(self, data):
        self.pending += data
        body = b""
        while not self.ended and self._step():
            body += self.taken
        return body

    def _step(self):
        self.taken = b""
        if self.left > 2:
            return self._take_content()
        return self._take_size()

    def _take_content(self):
        self.taken = self.pending[:self.left - 2]
        self.pending = self.pending[len(self.taken):]
        self.left -= len(self.taken)
        return self.taken != b""

    def _take_size(self):
        line_end = self.pending.find(b"\r\n", self.left)
        if line_end < 0 or self.pending[:self.left] != b"\r\n"[:self.left]:
            return False
        size = int(self.pending[self.left:line_end].split(b";")[0], 16)
        self.pending = self.pending[line_end + 2:]
        self.left = size + 2
        self.ended = size == 0
        return True


class Response:
    """Head and body of an HTTP or CGI response, from bytes as they come."""

    def __init__(self):
        self.head_bytes = b""
        self.status = None
        self.headers = None
        self.chunks = None
        self.gunzip = None
        self.received = 0  # bytes of the body, encoded

    def feed(self, data):
        """Take bytes; return those of the body, decoded."""
        if self.headers is None:
            self.head_bytes += data
            head, end, data = self.head_bytes.partition(b"\r\n\r\n")
            if not end:
                return b""
            self.head_bytes = head + end
            self._parse_head(head.decode("latin-1"))
        body = self.chunks.feed(data) if self.chunks else data
        self.received += len(body)
        if not self.gunzip:
            return body
        text = self.gunzip.decompress(body)
        assert self.gunzip.unused_data == b""
        return text

    def _parse_head(self, head):
        lines = head.split("\r\n")
        self.status = 200
        if lines[0].startswith("HTTP/"):
            self.status = int(lines.pop(0).split()[1])
        self.headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            name, value = name.lower(), value.strip()
            if name in self.headers:
                value = self.headers[name] + ", " + value
            self.headers[name] = value
        if "status" in self.headers:
            self.status = int(self.headers["status"].split()[0])
        if self.headers.get("transfer-encoding") == "chunked":
            self.chunks = Chunks()
        if self.headers.get("content-encoding") == "gzip":
            self.gunzip = zlib.decompressobj(31)

    def is_complete(self):
        if self.headers is None:
            return False
        if self.chunks:
            return self.chunks.ended
        if self.status in (204, 304):
            return True
        length = self.headers.get("content-length")
        return length is not None and self.received >= int(length)


class EventStream:
    """Reads a response from a descriptor, only while somebody waits."""

    def __init__(self, descriptor):
        self.descriptor = descriptor
        self._begin()

    def _begin(self):
        self.response = Response()
        self.parser = Parser()
        self.body = bytearray()
        self.waiting_events = deque()
        self.waiting_comments = deque()
        self.ended = False
        self.was_reset = False

    @property
    def status(self):
        self.wait_head()
        return self.response.status

    @property
    def headers(self):
        self.wait_head()
        return self.response.headers

    @property
    def retries(self):
        return self.parser.retries

    @property
    def text(self):
        return self.body.decode("utf-8")

    def wait_head(self, seconds=DEADLINE):
        self._read_until(lambda: self.response.headers is not None,
                         "response head", seconds)

    def wait_open(self, seconds=DEADLINE):
        """Wait for the head and the first block of the stream."""
        self._read_until(lambda: self.parser.retries, "first block", seconds)
        return self

    def wait_body(self, part, seconds=DEADLINE):
        self._read_until(lambda: part in self.body, repr(part), seconds)

    def next_event(self, seconds=DEADLINE):
        self._read_until(lambda: self.waiting_events, "an event", seconds)
        return self.waiting_events.popleft()

    def next_events(self, count, seconds=DEADLINE):
        return [self.next_event(seconds) for _ in range(count)]

    def event_or_end(self, seconds=DEADLINE):
        """The next event, None once the stream has ended."""
        self._read_until(lambda: self.waiting_events or self.ended,
                         "an event, nor the end,", seconds)
        return self.waiting_events.popleft() if self.waiting_events else None

    def next_data(self, count, seconds=DEADLINE):
        """The data of the next so many events."""
        return [event.data for event in self.next_events(count, seconds)]

    def events_until(self, data, seconds=DEADLINE):
        """The events up to and including the one with this data."""
        events = [self.next_event(seconds)]
        while events[-1].data != data:
            events.append(self.next_event(seconds))
        return events

    def next_comment(self, seconds=DEADLINE):
        self._read_until(lambda: self.waiting_comments, "a comment", seconds)
        return self.waiting_comments.popleft()

    def read_to_end(self, seconds=DEADLINE):
        self._read_until(lambda: self.ended, "the end of the stream", seconds)

    def wait_end(self, seconds=DEADLINE):
        """Read to the end; return the events that were not yet taken."""
        self.read_to_end(seconds)
        events = list(self.waiting_events)
        self.waiting_events.clear()
        return events

    def wait_complete(self, seconds=DEADLINE):
        """As wait_end, and the connection was not torn down."""
        events = self.wait_end(seconds)
        assert not self.was_reset, repr(self)
        return events

    def _read_until(self, condition, what, seconds):
        end = time.monotonic() + seconds
        while not condition():
            if self.ended:
                raise AssertionError(f"stream ended before {what}; {self!r}")
            left = end - time.monotonic()
            if left <= 0 or not self._wait_readable(left):
                raise AssertionError(
                    f"no {what} within {seconds:g} s; {self!r}")
            self._read_once()

    def _wait_readable(self, seconds):
        poller = select.poll()
        poller.register(self.descriptor, select.POLLIN)
        return poller.poll(seconds * 1000)

    def _read_once(self):
        try:
            data = os.read(self.descriptor, 65536)
        except ConnectionResetError:
            self.was_reset = True
            data = b""
        body = self.response.feed(self._unwrap(data))
        self.body += body
        for item in self.parser.feed(body):
            if isinstance(item, Event):
                self.waiting_events.append(item)
            elif isinstance(item, Comment):
                self.waiting_comments.append(item)
        self.ended = not data or self._is_complete()

    def _unwrap(self, data):
        """What of these bytes is the response's."""
        return data

    def _is_complete(self):
        return self.response.is_complete()

    def __repr__(self):
        return (f"head {self.response.head_bytes!r}, "
                f"end of body {bytes(self.body[-2000:])!r}")


def connect(address):
    """To an address as pipecast prints it: HOST:PORT, a URL, or unix:PATH."""
    if address.startswith("unix:"):
        connected = socket.socket(socket.AF_UNIX)
        connected.settimeout(DEADLINE)
        connected.connect(address[5:])
        return connected
    host, port = re.fullmatch(r"(?:http://)?\[?(.*?)\]?:(\d+)(?:/.*)?",
                              address).groups()
    return socket.create_connection((host, int(port)), DEADLINE)


class HttpStream(EventStream):
    """One request over its own connection, to an address or a port here."""

    def __init__(self, address, target, method="GET", headers=None, body=b"",
                 version="1.1"):
        if isinstance(address, int):
            address = f"127.0.0.1:{address}"
        self.socket = connect(address)
        self.socket.setblocking(True)
        super().__init__(self.socket.fileno())
        request = request_bytes(target, method, headers, body)
        self.socket.sendall(request.replace(b"HTTP/1.1", b"HTTP/" +
                                            version.encode(), 1))

    def request_again(self, target, headers):
        """Another request over the same connection, as browsers do."""
        self._begin()
        self.socket.sendall(request_bytes(target, "GET", headers, b""))

    def close(self):
        self.socket.close()

    def reset(self):
        """Leave with RST, as a crashed or killed browser may."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                               struct.pack("ii", 1, 0))
        self.socket.close()


def request_bytes(target, method, headers, body):
    fields = {"Host": "127.0.0.1", "Accept": "text/event-stream"}
    if body:
        fields["Content-Length"] = str(len(body))
    if method != "GET":
        fields["Connection"] = "close"
    fields.update(headers or {})
    lines = [f"{method} {target} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in fields.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body


def assert_plain_text(answer, status):
    assert answer.status == status
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.body.strip()
