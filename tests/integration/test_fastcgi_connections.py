"""What else happens on a FastCGI connection: several requests, questions,
aborts, mistakes. Section numbers are those of FastCGI 1.0."""

import socket

import pytest

from fastcgi import (BEGIN_REQUEST, CANT_MPX_CONN, END_REQUEST, FILTER,
                     GET_VALUES, GET_VALUES_RESULT, PARAMS, REQUEST_COMPLETE,
                     STDIN, STDOUT, UNKNOWN_ROLE, UNKNOWN_TYPE, WAYS,
                     FastcgiStream, abort, begin, parse_pairs,
                     protocol_status, record, request_records,
                     request_variables, small_request, values)
from ipv6 import needs_ipv6
from processes import count_connections
from program import plain_environment
from waiting import wait_for


@pytest.fixture
def idle(serve, folder):
    return serve(f"fifo:{folder}/idle.fifo")


@pytest.fixture
def connection(serve):
    """To a program whose stream ticks."""
    return serve("every:20ms").connect()


def again(connection, **request):
    return FastcgiStream(connection, keep=True, **request)


def assert_another_request_works(connection):
    assert again(connection, method="HEAD").wait_complete() == []


# Bodies.

def test_body_shorter_than_its_length_is_not_published(serve):
    """(6.2). One that the web server has decompressed is longer."""
    connection = serve("--post", "memory:").connect()
    for length, status in ("9", 400), ("2", 200):
        variables = request_variables(method="POST")
        variables["CONTENT_LENGTH"] = length
        answer = again(connection, variables=variables, body=b"body")
        answer.wait_complete()
        assert answer.status == status


# Kept connections.

def test_half_closed_connection_is_one_whose_viewer_has_left(idle):
    """A web server has no other way to say so (5.4 apart)."""
    stream = idle.open()
    stream.wait_open()
    stream.connection.half_close()
    stream.connection.wait_closed()
    wait_for(lambda: count_connections(idle.pid) == 0, "no viewer")


def test_kept_connection_takes_request_after_request(idle):
    """Of any id, until one says that it is the last."""
    connection = idle.connect()
    for request_id, way in enumerate(WAYS.values(), 1):
        answer = again(connection, method="POST", request_id=request_id, **way)
        answer.wait_complete()
        assert answer.status == 405
    FastcgiStream(connection, method="HEAD", keep=False).wait_complete()
    assert connection.wait_closed() == []


def test_kept_connection_takes_a_request_after_a_stream(serve):
    connection = serve("--max-age", "200ms", "every:20ms").connect()
    for _ in range(3):
        stream = again(connection)
        assert stream.wait_complete()
        assert stream.status == 200
    assert_another_request_works(connection)


@pytest.mark.parametrize("n_early", [2, 4])
def test_next_request_may_come_with_the_one_before(idle, n_early):
    """It need not, but nothing forbids it once the first is complete."""
    connection = idle.connect()
    head = request_records(request_variables(method="HEAD"), keep=True)
    connection.send(*head, *head[:n_early])
    kinds = [connection.next_record().kind for _ in range(3)]
    connection.send(*head[n_early:])
    kinds += [connection.next_record().kind for _ in range(3)]
    assert kinds == 2 * [STDOUT, STDOUT, END_REQUEST]


# Management records (4).

def test_limits_are_told(serve):
    connection = serve("--max-clients", "123", "every:1h").connect()
    answer = connection.ask(values())
    assert (answer.kind, answer.id) == (GET_VALUES_RESULT, 0)
    assert parse_pairs(answer.content) == {
        "FCGI_MAX_CONNS": "123", "FCGI_MAX_REQS": "123",
        "FCGI_MPXS_CONNS": "0"}


def test_questions_are_answered_at_any_time(connection):
    """Between the records of a request, and while it is answered."""
    *records, last = small_request(keep=True)
    for each in records:
        assert connection.ask(each, values()).kind == GET_VALUES_RESULT
    connection.send(last)
    for _ in range(5):
        connection.send(values(), record(99, 0))
    kinds = [connection.next_record().kind for _ in range(20)]
    assert kinds.count(GET_VALUES_RESULT) == kinds.count(UNKNOWN_TYPE) == 5
    assert kinds.count(STDOUT) == 10


# One request at a time: nothing is multiplexed (4.1, 5.5).

def test_second_request_on_a_busy_connection_is_refused(connection):
    stream = again(connection).wait_open()
    connection.send(*request_records(request_variables(), b"body",
                                     request_id=2))
    refusal = stream.next_other()
    assert (refusal.id, protocol_status(refusal)) == (2, CANT_MPX_CONN)
    stream.next_events(10)
    assert not connection.records


def test_unknown_role_leaves_a_kept_connection_open(connection):
    refusal = connection.ask(*request_records(
        request_variables(), b"body", role=FILTER, keep=True))
    assert protocol_status(refusal) == UNKNOWN_ROLE
    assert_another_request_works(connection)


# Aborts (5.4).

@pytest.mark.parametrize("n_records", range(1, 5))
def test_abort_ends_an_incomplete_request(connection, n_records):
    connection.send(*request_records(request_variables(), b"body",
                                     keep=True)[:n_records])
    connection.send(abort())
    assert connection.next_record().kind == STDOUT
    assert protocol_status(connection.next_record()) == REQUEST_COMPLETE
    assert_another_request_works(connection)


@pytest.mark.parametrize("keep", [True, False])
def test_abort_ends_a_stream(serve, keep):
    program = serve("every:20ms")
    staying = program.open()
    stream = program.open(keep=keep)
    stream.next_event()
    stream.connection.send(abort())
    stream.wait_complete()
    if keep:
        assert_another_request_works(stream.connection)
    else:
        assert stream.connection.wait_closed() == []
    assert staying.next_event()


def test_abort_of_nothing_means_nothing(connection):
    for _ in range(2):
        connection.send(abort(), abort(7))
        assert_another_request_works(connection)


# What no web server does costs the connection.

@pytest.mark.parametrize("mistake", [
    record(STDIN, version=2), begin(), record(BEGIN_REQUEST, 2, b"short"),
    record(STDIN, content=b"x"), record(END_REQUEST, content=bytes(8)),
    record(PARAMS, content=b"\x01\x01a") + record(PARAMS),
    record(PARAMS, content=bytes(0xffff)) + record(PARAMS, content=b"\0\0"),
    record(PARAMS) + 17 * record(STDIN, content=bytes(0xffff)),
    record(GET_VALUES, 0, bytes(1025)),
], ids=lambda mistake: f"{mistake[:16].hex()}-{len(mistake)}")
def test_mistake_closes_the_connection(connection, mistake):
    connection.send(begin(keep=True))
    connection.try_send(mistake)
    answers = connection.wait_closed()
    assert END_REQUEST not in {answer.kind for answer in answers}


def test_http_request_is_answered_with_a_sentence(idle):
    request = (b"POST /load HTTP/1.1\r\nHost: a\r\nContent-Length: 99999\r\n"
               b"\r\n" + b"x" * 99999)
    for _ in range(2):
        connection = idle.connect()
        connection.socket.sendall(request)
        connection.half_close()
        received = b""
        while data := connection.socket.recv(65536):
            received += data
        assert received.startswith(b"HTTP/1.1 400 Bad Request\r\n")
        assert b"--http" in received.partition(b"\r\n\r\n")[2]
    assert idle.errors().count("FileDescriptorName=http") == 1
    assert_another_request_works(idle.connect())


@pytest.mark.parametrize("first, n_told", [
    (b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", 1),
    (b"SSH-2.0-OpenSSH_9.2\r\n", 0)], ids=["TLS", "SSH"])
def test_what_is_not_fastcgi_is_closed_at_once(idle, first, n_told):
    connection = idle.connect()
    connection.socket.sendall(first)
    assert connection.wait_closed() == []
    assert idle.errors().count("TLS") == n_told


def test_http_after_a_request_is_no_http(idle):
    connection = idle.connect()
    assert_another_request_works(connection)
    connection.send(b"GET / HTTP/1.1\r\n\r\n")
    assert connection.wait_closed() == []


# Addresses of web servers (3.2).

def is_let_in(program, from_address):
    host, _, port = program.address.rpartition(":")
    with socket.create_connection((host.strip("[]"), int(port)), 20,
                                  (from_address, 0)) as connected:
        connected.sendall(values())
        try:
            return connected.recv(100) != b""
        except ConnectionResetError:
            return False


@pytest.mark.parametrize("allowed", ["127.0.0.1", "192.0.2.1, ::1, 127.0.0.1"])
def test_only_web_servers_of_the_list_are_let_in(serve, allowed):
    program = serve("every:1h", env=plain_environment(
        FCGI_WEB_SERVER_ADDRS=allowed))
    assert is_let_in(program, "127.0.0.1")
    assert not is_let_in(program, "127.0.0.2")


@needs_ipv6
def test_web_servers_may_have_ipv6_addresses(serve):
    program = serve("every:1h", listen="[::1]:0", env=plain_environment(
        FCGI_WEB_SERVER_ADDRS="::1"))
    assert is_let_in(program, "::1")


def test_socket_file_is_for_whoever_may_open_it(serve, folder):
    program = serve("every:1h", listen=f"unix:{folder}/socket",
                    env=plain_environment(FCGI_WEB_SERVER_ADDRS="192.0.2.1"))
    assert program.connect().ask(values()).kind == GET_VALUES_RESULT
