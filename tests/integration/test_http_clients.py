"""Clients of the HTTP gateway that are many, slow, or hostile."""

import random
import resource

import pytest

import fifo
from http_program import GET, HOST, POST, request
from processes import count_descriptors
from waiting import wait_for


def test_viewer_who_does_not_read_is_dropped(listen, folder):
    program = listen("--patience", "0", "--history", "64K",
                     f"fifo:{folder}/fifo")
    slow = program.open().wait_open()
    quick = program.open().wait_open()
    with_both = count_descriptors(program.pid)
    sent = 0
    with fifo.open_writer(folder / "fifo") as writer:
        while count_descriptors(program.pid) == with_both:
            writer.write(b"%d %s\n" % (sent, b"x" * 1000))
            assert quick.next_event().data.startswith(f"{sent} ")
            sent += 1
    quick.close()
    assert slow.read_to_end() is None


DRIBBLES = {
    "silent": (b"", b""),
    "head": (b"GET / HTTP/1.1\r\nX: ", b"x"),
    "fields": (b"GET / HTTP/1.1\r\n", b"a: b\r\n"),
    "first line": (b"GET /", b"x"),
    "method": (b"", b"x"),
    "body": (request(POST, b"Content-Length: 60000"), b"x"),
    "chunks": (request(POST, b"Transfer-Encoding: chunked"), b"1\r\nx\r\n"),
    "bodiless": (request(POST, b"Content-Length: 60000"), b""),
    "expecting": (request(POST, b"Content-Length: 9", b"Expect: 100-continue"),
                  b""),
    "answered": (request(b"GET /missing HTTP/1.1", HOST), b""),
    "next head": (request(b"GET /missing HTTP/1.1", HOST) + b"GET /",
                  b"x"),
}


def test_whoever_is_too_slow_with_a_request_is_cut_off(listen, folder):
    """However slowly the bytes come, they come to an end."""
    program = listen(f"fifo:{folder}/fifo")
    viewer = program.open().wait_open()
    slow = {kind: program.connect(begin)
            for kind, (begin, _) in DRIBBLES.items()}
    heads = [slow[kind] for kind in ("head", "first line", "next head")]

    def are_closed():
        for kind, connection in list(slow.items()):
            if not connection.send(DRIBBLES[kind][1]) or has_ended(connection):
                del slow[kind]
        return not slow

    wait_for(are_closed, "the end of those who dribble", 60)
    for connection in heads:
        assert b"HTTP/1.1 408 " in connection.received
    fifo.write_once(folder / "fifo", b"one\n")
    assert viewer.next_event().data == "one"


def has_ended(connection):
    """Whether the other side has closed; what it said is read."""
    connection.socket.setblocking(False)
    try:
        connection.received += connection.socket.recv(65536) or b"."
        return connection.socket.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True
    finally:
        connection.socket.setblocking(True)


@pytest.fixture
def many_descriptors():
    """As many as we may have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_thousands_of_silent_connections_keep_nobody_waiting(
        listen, many_descriptors):
    program = listen("every:20ms")
    silent = [program.connect() for _ in range(3000)]
    assert program.open().wait_open().next_event().data
    for connection in silent:
        assert connection.wait_closed(60) == b""
    assert program.open().wait_open().next_event().data


SEEDS = [
    GET, request(b"GET /a%20b?c=d HTTP/1.0", b"Host: [::1]:80"),
    request(b"HEAD http://localhost/x HTTP/1.1", HOST, b"Last-Event-ID: x-1"),
    request(b"OPTIONS * HTTP/1.1", HOST, b"Origin: http://a", b"Expect: x"),
    request(POST, b"Content-Length: 10", b"Expect: 100-continue",
            body=b"x" * 10),
    request(POST, b"Transfer-Encoding: chunked",
            body=b"5\r\nhello\r\n0\r\nA: b\r\n\r\n"),
]


def mutate(random_, text):
    text = bytearray(text)
    for _ in range(random_.randint(1, 6)):
        at = random_.randrange(len(text) + 1)
        kind = random_.randrange(5)
        if kind == 0:
            text[at:at + 1] = bytes([random_.randrange(256)])
        elif kind == 1:
            del text[at:at + random_.randint(1, 20)]
        elif kind == 2:
            other = random_.choice(SEEDS)
            text[at:at] = other[random_.randrange(len(other)):]
        elif kind == 3:
            text[at:at] = random_.choice([b"\r\n", b"\n", b" ", b":", b"\0",
                                          b"%", b"//", b"..", b"9" * 30])
        else:
            text[at:at] = text[at:at + 10] * random_.randint(2, 200)
    return bytes(text)


def test_broken_requests_are_answered_or_closed(listen):
    program = listen("every:1h")
    random_ = random.Random(4)
    connections = []
    for _ in range(600):
        text = mutate(random_, random_.choice(SEEDS))
        connections.append(program.connect())
        for part in (text[:len(text) // 2], text[len(text) // 2:]):
            connections[-1].send(part)
    for connection in connections:
        if connection.receive(60) and b" 200 OK" in connection.received:
            connection.close()
        elif not connection.ended:
            connection.wait_closed(60)
            assert connection.received.startswith(b"HTTP/")
    assert program.open().wait_open().status == 200
