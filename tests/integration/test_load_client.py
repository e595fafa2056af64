"""The load client must not overlook anything: it is what the others trust."""

import contextlib
import gzip
import socket
import threading
import time

import pytest

from load import Load
from waiting import DEADLINE

HTTP_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
CGI_HEAD = b"Content-Type: text/event-stream\r\n\r\n"


def event(number, end=b"\n"):
    line = b"data: %d %d padding" % (number, time.monotonic_ns())
    return b"id: x-%d" % number + end + line + end + end


def events(*numbers):
    return b"".join(event(number) for number in numbers)


def record(kind, content, padding=0):
    """A FastCGI record."""
    return bytes([1, kind, 0, 1, len(content) >> 8, len(content) & 255,
                  padding, 0]) + content + bytes(padding)


@contextlib.contextmanager
def server(*answers, piece=1 << 16):
    """Answers each with its bytes, some at a time, and hangs up."""
    def serve():
        for answer in answers:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1 << 16)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY,
                                      1)
                for at in range(0, len(answer), piece):
                    connection.sendall(answer[at:at + piece])

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(DEADLINE)  # there may be no client
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"127.0.0.1:{listener.getsockname()[1]}"
        finally:
            thread.join()


def seen(folder, *answers, protocol="http", piece=1 << 16):
    """The events that viewers see who expect three of them."""
    with server(*answers, piece=piece) as address:
        load = Load(folder, protocol, address, "--events", 3,
                    "--clients", len(answers))
        figures = load.finish()
    return load.process.returncode, figures


@pytest.mark.parametrize("piece", [1, 7, 1 << 16])
def test_events_in_order_are_all_there_is(folder, piece):
    status, figures = seen(folder, HTTP_HEAD + events(1, 2, 3), piece=piece)
    assert status == 0
    assert figures["deliveries"] == 3
    assert [figures[name] for name in ("lost", "dup", "ooo")] == [0, 0, 0]


@pytest.mark.parametrize("numbers, what, count", [
    ((1, 3), "lost", 1),
    ((2, 3), "lost", 1),
    ((1, 2), "lost", 1),
    ((1,), "lost", 2),
    ((1, 2, 2, 3), "dup", 1),
    ((1, 2, 3, 1), "dup", 1),
    ((1, 3, 2), "ooo", 1),
    ((2, 1, 3), "ooo", 1),
])
def test_what_is_not_once_and_in_order_is_told(folder, numbers, what, count):
    status, figures = seen(folder, HTTP_HEAD + events(*numbers))
    wrong = {name: figures[name] for name in ("lost", "dup", "ooo")
             if figures[name]}
    assert wrong == {what: count}
    assert status == 1


def test_each_viewer_is_looked_at_by_itself(folder):
    body = events(1, 2, 3)
    status, figures = seen(
        folder, *(HTTP_HEAD + part for part in
                  (body, body, body.replace(b"padding", b"another"),
                   body.replace(b"data: 2", b"data: x"))))
    assert (status, figures["deliveries"]) == (1, 11)
    assert (figures["lost"], figures["other"]) == (1, 1)


@pytest.mark.parametrize("numbers, reordered", [
    ((2, 1, 3), 0), ((1, 2, 3), 1), ((2, 3, 1), 1), ((2, 1, 3, 3), 1)])
def test_viewers_of_another_order_than_the_first_are_told(
        folder, numbers, reordered):
    _, figures = seen(folder, HTTP_HEAD + events(2, 1, 3),
                      HTTP_HEAD + events(*numbers))
    assert figures["reordered"] == reordered


@pytest.mark.parametrize("piece", [1, 1 << 16])
def test_chunks_and_carriage_returns_are_taken_off(folder, piece):
    head = HTTP_HEAD[:-2] + b"Transfer-Encoding: chunked\r\n\r\n"
    body = b": hi\r\n\r\n" + b"".join(event(n, b"\r\n") for n in (1, 2, 3))
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part)
                      for part in (body[:50], body[50:]))
    status, figures = seen(folder, head + chunks, piece=piece)
    assert (status, figures["deliveries"]) == (0, 3)
    assert figures["comments"] == 1


@pytest.mark.parametrize("piece", [1, 1 << 16])
def test_gzip_is_unpacked(folder, piece):
    head = HTTP_HEAD[:-2] + b"Content-Encoding: gzip\r\n\r\n"
    status, figures = seen(folder, head + gzip.compress(events(1, 2, 3)),
                           piece=piece)
    assert (status, figures["deliveries"], figures["gzip"]) == (0, 3, 1)


@pytest.mark.parametrize("piece", [1, 1 << 16])
def test_records_with_padding_are_taken_off(folder, piece):
    body = CGI_HEAD + events(1, 2, 3)
    answer = record(6, body[:60], 5) + record(6, body[60:]) + record(6, b"")
    status, figures = seen(folder, answer, protocol="fastcgi",
                           piece=piece)
    assert (status, figures["deliveries"]) == (0, 3)


def test_end_of_the_request_is_the_end(folder):
    answer = record(6, CGI_HEAD + events(1)) + record(3, bytes(8))
    status, figures = seen(folder, answer, protocol="fastcgi")
    assert (status, figures["lost"], figures["ended"]) == (1, 2, 1)


@pytest.mark.parametrize("protocol, answer", [
    ("http", b"HTTP/1.1 503 Service Unavailable\r\n\r\n"),
    ("http", b""),
    ("fastcgi", record(6, b"Status: 404 Not Found\r\n\r\n")),
])
def test_a_stream_that_does_not_open_has_failed(folder, protocol, answer):
    status, figures = seen(folder, answer, protocol=protocol)
    assert (status, figures["failed"], figures["open"]) == (1, 1, 0)
