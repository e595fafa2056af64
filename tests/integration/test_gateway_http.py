"""The HTTP gateway by itself, as clients of all kinds find it. How requests are
read is tested without sockets."""

import socket
import sys
import time
from email.utils import parsedate_to_datetime

import pytest

from http_program import GET, HOST, POST, request
from processes import count_descriptors
from test_gateway_cgi import SHARED_HEAD
from waiting import DEADLINE, wait_for

FIRST_BLOCK = b": pipecast, heartbeat 15000 ms\nretry: 2000\n\n"
HEAD = {**{name: value for name, value in SHARED_HEAD.items()
            if name != "status"}, "connection": "close"}
MISSING = GET.replace(b"/ ", b"/missing ")


@pytest.fixture
def idle(listen, folder):
    return listen(f"fifo:{folder}/idle.fifo")


@pytest.fixture
def ticking(listen):
    return listen("every:20ms")


# Responses.

def test_head_and_first_block_of_a_stream(idle):
    """They come in one segment, and every answer has a date."""
    stream = idle.open().wait_open()
    assert stream.response.head_bytes.startswith(b"HTTP/1.1 200 OK\r\n")
    assert without_date(stream.headers) == HEAD
    assert stream.body == FIRST_BLOCK
    info = stream.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 192)
    # tcpi_data_segs_in of Linux's struct tcp_info
    assert int.from_bytes(info[152:156], sys.byteorder) == 1
    for target, status in ("/missing", 404), ("/%", 400), ("ftp://a/", 400):
        answer = idle.fetch(target)
        assert without_date(answer.headers) and answer.status == status
    assert idle.fetch("*", method="OPTIONS").status == 204


def without_date(headers):
    """The headers, of which the date is checked."""
    headers = dict(headers)
    date = parsedate_to_datetime(headers.pop("date"))
    assert abs(date.timestamp() - time.time()) < DEADLINE
    return headers


def test_http_1_0_client_gets_the_stream_without_a_host(ticking):
    connection = ticking.connect(request(b"GET / HTTP/1.0"))
    connection.wait_for(b"data: ")
    assert b"chunked" not in connection.received


@pytest.mark.parametrize("status, text", [
    (400, b"GET /\r\n\r\n"), (400, request(b"GET / HTTP/1.1", HOST, HOST)),
    (505, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), (400, b"\xff" * 20_000),
    (414, GET.replace(b"/ ", b"/" + b"x" * 20_000 + b" ")),
    (431, request(b"GET / HTTP/1.1", HOST, *[b"a: b"] * 200)),
    (400, request(POST, b"Content-Length: 1", b"Transfer-Encoding: chunked")),
    (501, request(POST, b"Transfer-Encoding: gzip, chunked")),
    (417, request(POST, b"Content-Length: 5", b"Expect: money")),
], ids=range(9))
def test_no_request_is_refused_with_a_sentence(listen, status, text):
    program = listen("--header", "X-One: 1", "every:1h")
    answer = program.connect(text).wait_closed()
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    for line in b"X-One: 1", b"Connection: close", b"X-Content-Type-Options":
        assert b"\r\n" + line in head
    assert b"\r\nDate: " in head and body.endswith(b".\n")
    assert program.open().wait_open().status == 200


@pytest.mark.parametrize("first, words", [
    (b"\1\1\0\1\0\10\0\0\0\1\0\0\0\0\0\0", b"--fastcgi"),
    (b"\x16\3\1\2\0\1\0\1\xfc\3\3", b"http://"),
], ids=["FastCGI", "TLS"])
def test_other_protocol_is_told_and_logged_once(idle, first, words):
    for _ in range(3):
        answer = idle.connect(first).wait_closed()
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert words in answer.partition(b"\r\n\r\n")[2]
    assert idle.errors().count("to the HTTP socket 127.0.0.1:") == 1
    assert idle.open().wait_open().status == 200


# Several requests on one connection.

def test_connection_stays_open_after_a_short_answer(ticking):
    connection = ticking.connect()
    for _ in range(2):
        connection.send(MISSING)
        assert connection.next_answer()[0] == 404
    connection.send(request(b"OPTIONS / HTTP/1.1", HOST))
    assert connection.next_answer() == (204, b"")
    connection.send(request(b"HEAD / HTTP/1.1", HOST))
    assert connection.next_answer() == (200, b"")
    connection.send(GET)
    connection.wait_for(b"data: ")


@pytest.mark.parametrize("version, fields, said, stays_open", [
    (b"1.1", [b"Connection: close"], b"close", False),
    (b"1.0", [], b"close", False),
    (b"1.0", [b"Connection: Keep-Alive"], b"keep-alive", True),
])
def test_client_decides_whether_the_connection_stays_open(
        idle, version, fields, said, stays_open):
    missing = request(b"GET /missing HTTP/" + version, HOST, *fields)
    connection = idle.connect(missing)
    connection.wait_for(b"\r\nConnection: " + said + b"\r\n")
    assert connection.next_answer()[0] == 404
    if stays_open:
        connection.send(missing)
        assert connection.next_answer()[0] == 404
    else:
        assert connection.wait_closed() == b""


def test_pipelined_requests_wait_for_a_client_that_reads_late(listen, folder):
    """Together the answers are more than sockets hold."""
    whole = b"<p>x</p>\n" * 100_000
    (folder / "page").write_bytes(whole)
    program = listen("--page", folder / "page", "every:1h")
    page = request(b"GET / HTTP/1.1", HOST, b"Accept: text/html")
    connection = program.connect(page * 20 + MISSING)
    assert program.open().wait_open().status == 200
    for _ in range(20):
        assert connection.next_answer() == (200, whole)
    assert connection.next_answer()[0] == 404


def test_pipelining_without_end_ends_the_connection(idle):
    answer = idle.connect(MISSING * 300).wait_closed()
    assert 1 <= answer.count(b"HTTP/1.1 404 ") < 300
    assert answer.count(b"Connection: close") == 1


def test_what_a_viewer_sends_beyond_a_request_is_ignored(ticking):
    connection = ticking.connect(MISSING + GET + MISSING)
    assert connection.next_answer()[0] == 404
    connection.wait_for(b"data: ")
    assert connection.send(MISSING * 10 + b"\0" * 1000)
    connection.wait_for(b"data: ")
    assert connection.received.count(b"HTTP/1.1") == 1


def test_viewer_who_sends_without_end_is_closed(idle):
    connection = idle.connect(GET)
    connection.wait_for(FIRST_BLOCK)
    wait_for(lambda: not connection.send(b"x" * 10_000), "end of patience")
    assert idle.open().wait_open().status == 200


@pytest.mark.parametrize("fields, body", [
    ([b"Content-Length: 65536"], b"x" * 65536),
    ([b"Transfer-Encoding: chunked"], b"5\r\nhello\r\n0\r\nX: y\r\n\r\n"),
], ids=["length", "chunked"])
def test_request_is_answered_before_its_body_which_is_dropped(
        idle, fields, body):
    """The next request is found behind it."""
    connection = idle.connect(request(POST, *fields))
    status, text = connection.next_answer()
    assert (status, b"takes no posts" in text) == (405, True)
    connection.send(body + MISSING)
    assert connection.next_answer()[0] == 404


@pytest.mark.parametrize("fields, body", [
    ([b"Content-Length: 65537"], b"x" * 65537),
    ([b"Transfer-Encoding: chunked"], b"10000\r\n" + b"x" * 65536 + b"\r\n9"),
    ([b"Transfer-Encoding: chunked"], b"zz\r\nhello\r\n"),
], ids=range(3))
def test_body_that_is_too_large_or_broken_ends_the_connection(
        idle, fields, body):
    connection = idle.connect(request(POST, *fields, body=body) + MISSING)
    assert connection.next_answer()[0] == 405
    connection.half_close()
    assert connection.wait_closed() == b""
    assert idle.open().wait_open().status == 200


# Clients that leave.

def test_half_closed_client_gets_its_short_answer(idle):
    connection = idle.connect(MISSING)
    connection.half_close()
    assert connection.wait_closed().startswith(b"HTTP/1.1 404 ")


@pytest.mark.parametrize("text", [b"", GET[:3], GET])
def test_half_closed_client_is_one_who_has_left(idle, text):
    connection = idle.connect(text)
    connection.half_close()
    connection.wait_closed()
    assert idle.open().wait_open().status == 200


@pytest.mark.parametrize("leave", ["close", "reset"])
def test_viewer_who_leaves_an_idle_stream_is_noticed_at_once(idle, leave):
    idle.open().wait_open()
    before = count_descriptors(idle.pid)
    streams = [idle.open().wait_open() for _ in range(10)]
    assert count_descriptors(idle.pid) >= before + len(streams)
    for stream in streams:
        getattr(stream, leave)()
    wait_for(lambda: count_descriptors(idle.pid) == before,
             "the viewers to be forgotten")


# Who may ask.

@pytest.mark.parametrize("host", ["LOCALHOST:80", "127.0.0.1", "[::1]:8080"])
def test_names_of_this_machine_are_answered(idle, host):
    assert idle.open(headers={"Host": host}).wait_open().status == 200
    answer = idle.fetch(f"http://{host}/missing", headers={"Host": "evil"})
    assert answer.status == 404


@pytest.mark.parametrize("host", ["localhost.evil.example", "10.0.0.1:80"])
def test_other_names_that_lead_here_are_refused(idle, host):
    answer = idle.fetch(headers={"Host": host})
    assert answer.status == 403
    for word in "localhost", "--allow-host", "--http unix:":
        assert word in answer.text
    assert idle.fetch(f"http://{host}/").status == 403
    assert idle.fetch(headers={"Host": "other.example"}).status == 403
    # The first that was refused is logged.
    assert idle.errors().count("--allow-host") == 1
    assert f'"{host.partition(":")[0]}"' in idle.errors()


def test_allowed_names_are_answered(listen):
    program = listen("--allow-host", "events.example.org", "--allow-host",
                     "[FD00::0:1]", "every:1h")
    for host in ("EVENTS.example.org:8443", "[fd00::1]:80", "localhost"):
        stream = program.open(headers={"Host": host})
        assert stream.wait_open().status == 200
    assert program.open("http://events.example.org/",
                        headers={"Host": "evil"}).wait_open().status == 200
    assert program.fetch(headers={"Host": "example.org"}).status == 403
