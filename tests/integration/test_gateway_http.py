"""The HTTP gateway by itself: requests in, responses and streams out."""

import os
import re
import socket
import subprocess
import sys
import time
from email.utils import parsedate_to_datetime

import pytest

import fifo
from http_program import GET, HOST, POST, request
from processes import count_descriptors
from test_gateway_cgi import STREAM_HEAD
from waiting import DEADLINE, wait_for

FIRST_BLOCK = b": pipecast\nretry: 2000\n\n"
HEAD = {**{name: value for name, value in STREAM_HEAD.items()
            if name != "status"}, "connection": "close"}


@pytest.fixture
def idle(listen, folder):
    return listen(f"fifo:{folder}/idle.fifo")


@pytest.fixture
def ticking(listen):
    return listen("every:20ms")


@pytest.fixture
def two(listen, folder):
    """Two sources, each with a name."""
    return listen(f"first=fifo:{folder}/first", f"second=fifo:{folder}/second")


# Responses.

def test_head_and_first_block_of_a_stream(idle):
    stream = idle.open().wait_open()
    assert stream.response.head_bytes.startswith(b"HTTP/1.1 200 OK\r\n")
    assert without_date(stream.headers) == HEAD
    assert stream.body == FIRST_BLOCK


def without_date(headers):
    """The headers, of which the date is checked."""
    headers = dict(headers)
    date = parsedate_to_datetime(headers.pop("date"))
    assert abs(date.timestamp() - time.time()) < DEADLINE
    return headers


def test_head_and_first_block_come_in_one_segment(idle):
    stream = idle.open().wait_open()
    info = stream.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 192)
    # tcpi_data_segs_in of Linux's struct tcp_info
    assert int.from_bytes(info[152:156], sys.byteorder) == 1


def test_event_goes_out_at_once_and_in_order(listen, folder):
    program = listen(f"fifo:{folder}/fifo")
    stream = program.open().wait_open()
    with fifo.open_writer(folder / "fifo") as writer:
        for n in range(100):
            writer.write(b"%d\n" % n)
            assert stream.next_event().data == str(n)


def test_end_is_told_and_the_response_ends(listen, folder):
    os.mkfifo(folder / "go")
    program = listen(f"exec:read x <{folder}/go; echo one; exit 3",
                     stdin=subprocess.DEVNULL)
    streams = [program.open().wait_open() for _ in range(3)]
    (folder / "go").write_text("go\n")
    for stream in streams:
        one, end = stream.wait_end()
        assert one.data == "one"
        assert (end.type, end.data) == ("end", '{"exit_status":3}')
        assert not stream.was_reset
        stream.close()
    assert program.wait_exit() == 0


def test_browser_that_comes_back_with_another_end_gets_the_stream(listen):
    stream = listen("every:1h").open(
        headers={"Last-Event-ID": "pipecast-end"})
    gap, tick = stream.next_events(2)
    assert (gap.type, tick.type) == ("gap", "message")
    assert '"last_event_id":"pipecast-end"' in gap.data


def test_options_may_be_asked_of_the_whole_server(idle):
    answer = idle.fetch("*", method="OPTIONS")
    assert (answer.status, answer.headers["connection"]) == (204, "close")


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND"])
def test_methods_that_only_http_servers_see_get_405(idle, method):
    assert idle.fetch(method=method).status == 405


def test_every_answer_has_a_date(idle):
    """A stream, and what is no request, and where one must not ask."""
    assert without_date(idle.open().wait_open().headers)
    for answer in (idle.fetch("/missing"), idle.fetch("/%"),
                   idle.fetch(headers={"Host": "evil"})):
        assert answer.status >= 400 and without_date(answer.headers)


# Targets.

def test_name_leads_to_the_stream_of_that_source(two, folder):
    targets = ["/second", "/?source=second", "/%73econd", "/second/", "//second",
               "http://localhost/second"]
    streams = [two.open(target).wait_open() for target in targets]
    fifo.write_once(folder / "first", b"one\n")
    fifo.write_once(folder / "second", b"two\n")
    for stream in streams:
        assert stream.next_event().data == "two"
    root = two.open("/?x=y").wait_open()
    fifo.write_once(folder / "first", b"three\n")
    assert root.next_event().data == "three"


@pytest.mark.parametrize("target", [
    "/missing", "/..", "/../", "/.", "/./first", "/x//first",
    "/First", "/first%20", "/../../../../../../etc/passwd",
    "/%2e%2e/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc%2fpasswd",
    "/etc/passwd", "/first/../second", "/\\..\\..", "/?source=../first",
    "/index.html", "/favicon.ico", "/\xff\xfe", "/" + "x" * 10_000,
])
def test_whatever_is_no_name_is_not_found(two, target):
    answer = two.fetch(target)
    assert answer.status == 404
    assert answer.headers["content-type"].startswith("text/plain")
    assert b"root:" not in answer.body


@pytest.mark.parametrize("target", [
    "/%", "/%4", "/%zz", "/first%", "/%00", "/first%00", "/first%00.html",
    "/#first", "first", "?source=first", "ftp://localhost/",
    "file:///etc/passwd", "/first\x01", "/first\t",
])
def test_whatever_is_no_target_is_refused(two, target):
    answer = two.fetch(target)
    assert answer.status == 400
    assert answer.body.strip()


# Requests.

MISSING = GET.replace(b"/ ", b"/missing ")


def test_http_1_0_client_gets_the_stream_without_a_host(ticking):
    connection = ticking.connect(request(b"GET / HTTP/1.0"))
    connection.wait_for(b"data: ")
    assert b"chunked" not in connection.received


@pytest.mark.parametrize("size", [1, 7])
def test_request_may_come_in_pieces(ticking, size):
    connection = ticking.connect()
    for at in range(0, len(GET), size):
        connection.send(GET[at:at + size])
    connection.wait_for(b"data: ")


def test_long_head_is_fine_and_a_longer_one_is_refused(idle):
    padding = {f"X-{n}": "v" * 200 for n in range(70)}
    assert idle.open(headers=padding).wait_open().status == 200
    for many in ({f"X-{n}": "v" * 200 for n in range(200)},
                 {"X": "v" * 100_000}):
        assert idle.fetch(headers=many).status == 431
    assert idle.fetch("/" + "x" * 20_000).status == 414
    assert idle.open().wait_open().status == 200


def with_fields(*fields):
    return request(b"GET / HTTP/1.1", *fields)


@pytest.mark.parametrize("status, text", [
    (400, b"\r\n\r\n"), (400, b"\n" * 100), (400, b"GET\r\n\r\n"),
    (400, b"GET /\r\n\r\n"), (505, b"GET / HTTP/2.0\r\n\r\n"),
    (400, b"GET / HTTP/1.1x\r\n\r\n"), (400, b"GET / FTP/1.1\r\n\r\n"),
    (400, b"GET /\0 HTTP/1.1\r\n\r\n"),
    (505, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    (400, with_fields(HOST, b"no field")), (400, with_fields(HOST, b" folded")),
    (400, b"\xff" * 20_000), (400, GET.replace(b"\r", b"")),
    (431, with_fields(HOST, *[b"a: b"] * 200)),
    (400, b"GET http://[ HTTP/1.1\r\n\r\n"),
    (400, b"CONNECT ][ HTTP/1.1\r\n\r\n"),
    (400, request(POST, b"Content-Length: -1")),
    (400, request(POST, b"Content-Length: x")),
    (400, request(POST, b"Content-Length: 1", b"Content-Length: 1")),
    (400, request(POST, b"Content-Length: 1", b"Transfer-Encoding: chunked")),
    (501, request(POST, b"Transfer-Encoding: gzip, chunked")),
    (400, with_fields()), (400, with_fields(HOST, HOST)),
    (400, with_fields(b"Host : evil")), (400, with_fields(b"Host: a\0b")),
    (400, with_fields(b"Host: x@localhost")),
], ids=range(26))
def test_no_request_is_refused_with_a_sentence(listen, status, text):
    idle = listen("--header", "X-One: 1", "every:1h")
    answer = idle.connect(text).wait_closed()
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    for line in b"X-One: 1", b"Connection: close", b"X-Content-Type-Options":
        assert b"\r\n" + line in head
    assert b"\r\nDate: " in head and body.endswith(b".\n")
    assert idle.open().wait_open().status == 200


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
    for _ in range(3):
        connection.send(MISSING)
        assert connection.next_answer()[0] == 404
    connection.send(request(b"OPTIONS / HTTP/1.1", HOST))
    assert connection.next_answer() == (204, b"")
    connection.send(request(b"HEAD / HTTP/1.1", HOST))
    assert connection.next_answer() == (200, b"")
    connection.send(GET)
    connection.wait_for(b"data: ")


@pytest.mark.parametrize("version, fields, stays_open", [
    (b"1.1", [], True), (b"1.1", [b"Connection: close"], False),
    (b"1.0", [], False), (b"1.0", [b"Connection: Keep-Alive"], True),
    (b"1.0", [b"Connection: keep-alive, close"], False),
])
def test_client_decides_whether_the_connection_stays_open(
        idle, version, fields, stays_open):
    missing = request(b"GET /missing HTTP/" + version, HOST, *fields)
    connection = idle.connect(missing)
    connection.wait_for(b"\r\n\r\n")
    said = {b"1.0": b"keep-alive", b"1.1": b""}[version]
    found = re.search(rb"\r\nConnection: (\S+)\r\n", connection.received)
    assert (found[1] if found else b"") == (said if stays_open else b"close")
    assert connection.next_answer()[0] == 404
    if stays_open:
        connection.send(missing)
        assert connection.next_answer()[0] == 404
    else:
        assert connection.wait_closed() == b""


def test_pipelined_requests_are_answered_in_order(ticking):
    names = [b"/%d" % n for n in range(50)]
    asked = b"".join(request(b"GET %s HTTP/1.1" % name, HOST)
                     for name in names)
    connection = ticking.connect(asked + GET + MISSING)
    for name in names:
        status, body = connection.next_answer()
        assert status == 404 and b'"%s"' % name[1:] in body
    connection.wait_for(b"data: ")


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


def test_request_behind_a_stream_gets_no_answer(ticking):
    connection = ticking.connect(MISSING + GET + MISSING)
    assert connection.next_answer()[0] == 404
    connection.wait_for(b"data: ")
    assert b"404" not in connection.received


def test_what_a_viewer_sends_beyond_a_request_is_ignored(ticking):
    connection = ticking.connect(GET + MISSING)
    connection.wait_for(b"data: ")
    assert connection.send(MISSING * 10 + b"\0" * 1000)
    connection.received = b""
    connection.wait_for(b"data: ")
    assert b"HTTP/1.1" not in connection.received


def test_viewer_who_sends_without_end_is_closed(idle):
    connection = idle.connect(GET)
    connection.wait_for(FIRST_BLOCK)
    wait_for(lambda: not connection.send(b"x" * 10_000), "end of patience")
    assert idle.open().wait_open().status == 200


@pytest.mark.parametrize("fields, body", [
    ([b"Content-Length: 5"], b"hello"),
    ([b"Content-Length: 65536"], b"x" * 65536),
    ([b"Content-Length: 0"], b""),
    ([b"Transfer-Encoding: chunked"], b"5\r\nhello\r\n0\r\n\r\n"),
    ([b"Transfer-Encoding: chunked"], b"5\r\nhello\r\n0\r\nX: y\r\n\r\n"),
], ids=range(5))
def test_body_is_read_and_dropped(idle, fields, body):
    """The next request is found behind it."""
    connection = idle.connect(request(POST, *fields, body=body) + MISSING)
    assert connection.next_answer() == \
        (405, b"An event stream is read with GET.\n")
    assert connection.next_answer()[0] == 404


def test_request_is_answered_before_its_body_has_come(idle):
    connection = idle.connect(request(POST, b"Content-Length: 5"))
    assert connection.next_answer()[0] == 405
    connection.send(b"hello" + MISSING)
    assert connection.next_answer()[0] == 404


@pytest.mark.parametrize("fields, body", [
    ([b"Content-Length: 65537"], b"x" * 65537),
    ([b"Transfer-Encoding: chunked"], b"fffffffffffffff\r\nhello"),
    ([b"Transfer-Encoding: chunked"], b"zz\r\nhello\r\n"),
    ([b"Transfer-Encoding: chunked"], b"10000\r\n" + b"x" * 65536 + b"\r\n9"),
], ids=range(4))
def test_body_that_is_too_large_or_broken_ends_the_connection(
        idle, fields, body):
    connection = idle.connect(request(POST, *fields, body=body) + MISSING)
    assert connection.next_answer()[0] == 405
    connection.half_close()
    assert connection.wait_closed() == b""
    assert idle.open().wait_open().status == 200


@pytest.mark.parametrize("body", [b"", b"hello"])
def test_client_that_waits_to_send_its_body_gets_the_answer_at_once(idle, body):
    """Whether the body follows nobody knows, so the connection ends."""
    head = request(POST, b"Content-Length: 5", b"Expect: 100-continue")
    answer = idle.connect(head + body + MISSING).wait_closed()
    assert answer.startswith(b"HTTP/1.1 405 ")
    assert b"\r\nConnection: close\r\n" in answer
    assert answer.count(b"HTTP/1.1") == 1


def test_client_that_expects_something_else_is_refused(idle):
    head = request(POST, b"Content-Length: 5", b"Expect: money")
    assert idle.connect(head + b"hello").wait_closed().startswith(
        b"HTTP/1.1 417 ")


def test_get_with_an_expectation_and_no_body_is_a_get(ticking):
    head = request(b"GET / HTTP/1.1", HOST, b"Expect: 100-continue")
    ticking.connect(head).wait_for(b"data: ")


# Clients that stop sending.

def test_half_closed_client_gets_its_short_answer(idle):
    connection = idle.connect(MISSING)
    connection.half_close()
    assert connection.wait_closed().startswith(b"HTTP/1.1 404 ")


@pytest.mark.parametrize("text", [b"", GET[:3], GET[:-1], GET])
def test_half_closed_client_is_one_who_has_left(idle, text):
    connection = idle.connect(text)
    connection.half_close()
    connection.wait_closed()
    assert idle.open().wait_open().status == 200


def count_with_a_viewer(program):
    """The descriptors, once all is open that will be."""
    program.open().wait_open()
    return count_descriptors(program.pid)


@pytest.mark.parametrize("leave", ["close", "reset"])
def test_viewer_who_leaves_an_idle_stream_is_noticed_at_once(idle, leave):
    before = count_with_a_viewer(idle)
    streams = [idle.open().wait_open() for _ in range(10)]
    assert count_descriptors(idle.pid) >= before + len(streams)
    for stream in streams:
        getattr(stream, leave)()
    wait_for(lambda: count_descriptors(idle.pid) == before,
             "the viewers to be forgotten")


def test_client_who_keeps_an_answered_connection_is_closed(idle):
    before = count_with_a_viewer(idle)
    connections = [idle.connect(text) for text in (
        MISSING, MISSING.replace(b"1.1", b"1.0"), POST + b"\r\n" * 2) * 3]
    for connection in connections:
        assert connection.wait_closed(60).startswith(b"HTTP/1.1 4")
    wait_for(lambda: count_descriptors(idle.pid) == before,
             "the connections to be closed")


# Who may ask.

LOCAL = ["localhost", "LOCALHOST:80", "127.0.0.1", "127.0.0.1:1", "[::1]",
         "[::1]:8080"]
FOREIGN = ["evil.example", "evil.example:8080", "localhost.evil.example",
           "127.0.0.1.evil.example", "", "10.0.0.1", "[::2]"]


@pytest.mark.parametrize("host", LOCAL)
def test_names_of_this_machine_are_answered(idle, host):
    assert idle.open(headers={"Host": host}).wait_open().status == 200
    answer = idle.fetch(f"http://{host}/missing", headers={"Host": "evil"})
    assert answer.status == 404


@pytest.mark.parametrize("host", FOREIGN)
def test_other_names_that_lead_here_are_refused(idle, host):
    answer = idle.fetch(headers={"Host": host})
    assert answer.status == 403
    for word in "localhost", "--allow-host", "--http unix:":
        assert word in answer.text
    if host:
        assert idle.fetch(f"http://{host}/").status == 403


def test_first_name_that_was_refused_is_logged(idle):
    for host in "events.example.org:80", "other.example":
        assert idle.fetch(headers={"Host": host}).status == 403
    assert idle.errors().count("--allow-host") == 1
    assert '"events.example.org"' in idle.errors()
    assert "other.example" not in idle.errors()


def test_allowed_names_are_answered(listen):
    program = listen("--allow-host", "events.example.org", "--allow-host",
                     "[FD00::0:1]", "every:1h")
    for host in ("EVENTS.example.org:8443", "[fd00::1]:80", "localhost"):
        stream = program.open(headers={"Host": host})
        assert stream.wait_open().status == 200
    assert program.open("http://events.example.org/",
                        headers={"Host": "evil"}).wait_open().status == 200
    assert program.fetch(headers={"Host": "example.org"}).status == 403


@pytest.mark.parametrize("name", ["", "*", "a:80", "http://a", "127.1"])
def test_wrong_host_name_is_a_usage_error(run, name):
    program = run("--allow-host", name, "every:1h")
    assert program.wait_exit() == 2
    assert "events.example.org" in program.errors()
