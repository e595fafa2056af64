"""Requests that publish: what must arrive through any server, and bodies that
are sent piece by piece, over HTTP in chunks or with a length, over FastCGI in
STDIN records."""

import json
import time

from client import Response, assert_plain_text
from fastcgi import (END_REQUEST, PARAMS, STDIN, STDOUT, begin, pairs, record,
                     request_variables, stream_records)
from waiting import DEADLINE


def assert_posts_reach_viewers(server, target, **headers):
    """A short one, refused ones, many events, and one as long as it may be."""
    def post(body, path=target, **more):
        return server.fetch(path, method="POST", body=body,
                            headers={**headers, **more})

    viewer = server.open(target, headers=headers).wait_open()
    answer = post(b"hello\n")
    assert answer.status == 200
    event = viewer.next_event()
    assert (event.data, event.id) == ("hello", json.loads(answer.text)["id"])
    refused = post(b"x", **{"Origin": "https://a.example",
                            "Sec-Fetch-Site": "cross-site"})
    assert_plain_text(refused, 403)
    lines = "\n".join(str(n) for n in range(20_000))
    many = post(lines.encode(), f"{target}?format=lines")
    assert json.loads(many.text)["events"] == 20_000
    assert viewer.next_data(20_000) == lines.split("\n")
    large = post(b"x" * 262_144)
    assert (large.status, len(viewer.next_event().data)) == (200, 262_144)
    assert post(b"x" * 300_000).status == 413


class Post:
    """What both have in common."""

    def __init__(self):
        self.response = Response()
        self.body = b""

    def post(self, data):
        """The rest of the body, and the answer to the whole."""
        self.send(data)
        self.end()
        return self.answer()

    def answer(self, seconds=DEADLINE):
        """Waits for the whole response."""
        end = time.monotonic() + seconds
        while not self.response.is_complete():
            assert self.receive(max(end - time.monotonic(), 0.01)), \
                f"ended after {self.response.head_bytes + self.body!r}"
        return self

    @property
    def status(self):
        return self.response.status

    @property
    def headers(self):
        return self.response.headers

    @property
    def text(self):
        return self.body.decode()

    @property
    def json(self):
        assert self.status in (200, 202), (self.status, self.text)
        assert self.headers["content-type"] == "application/json"
        return json.loads(self.text)

    def try_send(self, data):
        """Sends it, or a part, if the other side takes that now."""
        self.connection.socket.setblocking(False)
        try:
            self.send(data)
        except BlockingIOError:
            return False
        finally:
            self.connection.socket.setblocking(True)
        return True

    def feed(self, data):
        self.body += self.response.feed(data)

    def close(self):
        self.connection.close()


class HttpPost(Post):
    def __init__(self, program, target="/", method="POST", headers=None,
                 length=None):
        super().__init__()
        fields = {"Host": f"127.0.0.1:{program.port}", **(headers or {})}
        if length is None:
            fields["Transfer-Encoding"] = "chunked"
        else:
            fields["Content-Length"] = str(length)
        self.in_chunks = length is None
        head = "".join(f"{name}: {value}\r\n"
                       for name, value in fields.items())
        self.connection = program.connect(
            f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode("latin-1"))

    def send(self, data):
        if self.in_chunks and data:
            data = b"%x\r\n%s\r\n" % (len(data), data)
        return self.connection.send(data)

    def end(self):
        return self.connection.send(b"0\r\n\r\n" if self.in_chunks else b"")

    def receive(self, seconds):
        there = self.connection.receive(seconds)
        self.feed(self.connection.received)
        self.connection.received = b""
        return there


class FastcgiPost(Post):
    def __init__(self, program, target="/", method="POST", headers=None,
                 length=None, **more):
        super().__init__()
        headers = dict(headers or {})
        variables = {**request_variables(target, method, headers), **more}
        variables["CONTENT_TYPE"] = headers.get("Content-Type", "")
        variables["CONTENT_LENGTH"] = "" if length is None else str(length)
        self.connection = program.connect()
        self.connection.send(
            begin(), *stream_records(PARAMS, 1, pairs(variables)))

    def send(self, data):
        return self.connection.try_send(
            *(record(STDIN, 1, data[at:at + 65535])
              for at in range(0, len(data), 65535)))

    def end(self):
        return self.connection.try_send(record(STDIN))

    def receive(self, seconds):
        self.connection.socket.settimeout(seconds)
        found = self.connection.next_record()
        assert found.kind in (STDOUT, END_REQUEST)
        if found.kind == STDOUT:
            self.feed(found.content)
        return True


class PostingServer:
    """A program behind one gateway."""

    def __init__(self, program, kind):
        self.program = program
        self.kind = kind

    def begin(self, target="/", **request):
        """A request whose body is still to come."""
        return self.kind(self.program, target, **request)

    def post(self, data, target="/", **request):
        return self.begin(target, length=len(data), **request).post(data)

    def view(self, target="/", **request):
        return self.program.open(target, **request).wait_open()
