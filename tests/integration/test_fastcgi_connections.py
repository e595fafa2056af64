"""What else happens on a FastCGI connection: several requests, questions,
aborts, mistakes. Section numbers are those of FastCGI 1.0."""

import socket

import pytest

import fifo
from fastcgi import (ABORT_REQUEST, BEGIN_REQUEST, CANT_MPX_CONN, DATA,
                     END_REQUEST, FILTER, GET_VALUES, GET_VALUES_RESULT,
                     LIMITS, PARAMS, REQUEST_COMPLETE, STDERR, STDIN, STDOUT,
                     UNKNOWN_ROLE, UNKNOWN_TYPE, WAYS, FastcgiStream, abort,
                     begin, parse_pairs, protocol_status, record,
                     request_records, request_variables, small_request, values)
from ipv6 import needs_ipv6
from processes import count_connections
from program import plain_environment
from waiting import wait_for


@pytest.fixture
def ticking(serve):
    return serve("every:20ms")


@pytest.fixture
def idle(serve, folder):
    return serve(f"fifo:{folder}/idle.fifo")


@pytest.fixture
def connection(ticking):
    return ticking.connect()


def again(connection, **request):
    return FastcgiStream(connection, keep=True, **request)


def assert_another_request_works(connection):
    assert again(connection, method="HEAD").wait_complete() == []


# Kept connections.

def test_connection_is_closed_unless_it_is_to_be_kept(idle):
    stream = idle.open(method="HEAD", keep=False)
    stream.wait_complete()
    assert stream.connection.wait_closed() == []


def test_half_closed_connection_is_one_whose_viewer_has_left(idle):
    """A web server has no other way to say so (5.4 apart)."""
    stream = idle.open()
    stream.wait_open()
    stream.connection.half_close()
    stream.connection.wait_closed()
    wait_for(lambda: count_connections(idle.pid) == 0, "no viewer")


def test_kept_connection_takes_request_after_request(idle):
    connection = idle.connect()
    for way in WAYS:
        answer = again(connection, method="POST", **WAYS[way])
        answer.wait_complete()
        assert answer.status == 405


def test_last_request_decides_whether_it_is_kept(idle):
    connection = idle.connect()
    again(connection, method="HEAD").wait_complete()
    FastcgiStream(connection, method="HEAD", keep=False).wait_complete()
    assert connection.wait_closed() == []


def test_kept_connection_takes_a_request_after_a_stream(serve):
    program = serve("--max-age", "200ms", "every:20ms")
    connection = program.connect()
    for _ in range(3):
        stream = again(connection)
        assert stream.wait_complete()
        assert stream.status == 200
    assert_another_request_works(connection)


def test_requests_may_have_different_ids(connection):
    for request_id in (1, 7, 1):
        again(connection, method="HEAD",
              request_id=request_id).wait_complete()


def test_second_request_may_be_written_before_the_first_is_answered(idle):
    """It need not, but nothing forbids it once the first is complete; here
    both come in one piece."""
    connection = idle.connect()
    head = request_variables(method="HEAD")
    connection.send(*request_records(head, keep=True),
                    *request_records(head, keep=True))
    for _ in range(2):
        kinds = [connection.next_record().kind for _ in range(3)]
        assert kinds == [STDOUT, STDOUT, END_REQUEST]


def test_half_of_the_next_request_may_come_with_the_one_before(idle):
    connection = idle.connect()
    head = request_records(request_variables(method="HEAD"), keep=True)
    connection.send(*head, *head[:2])
    assert [connection.next_record().kind for _ in range(3)][-1] == END_REQUEST
    connection.send(*head[2:])
    assert [connection.next_record().kind for _ in range(3)][-1] == END_REQUEST


# Management records (4).

def test_limits_are_told(serve):
    connection = serve("--max-clients", "123", "every:1h").connect()
    answer = connection.ask(values())
    assert (answer.kind, answer.id) == (GET_VALUES_RESULT, 0)
    assert parse_pairs(answer.content) == {
        "FCGI_MAX_CONNS": "123", "FCGI_MAX_REQS": "123",
        "FCGI_MPXS_CONNS": "0"}


@pytest.mark.parametrize("names", [*((name,) for name in LIMITS), LIMITS[:2]])
def test_only_what_is_asked_for_is_told(connection, names):
    answer = connection.ask(values(*names))
    assert list(parse_pairs(answer.content)) == list(names)


def test_unknown_limits_are_left_out(connection):
    answer = connection.ask(values("FCGI_NONSENSE", "FCGI_MPXS_CONNS", "x"))
    assert parse_pairs(answer.content) == {"FCGI_MPXS_CONNS": "0"}


def test_question_without_names_gets_an_empty_answer(connection):
    answer = connection.ask(record(GET_VALUES, 0))
    assert (answer.kind, answer.content) == (GET_VALUES_RESULT, b"")


@pytest.mark.parametrize("kind", [
    0, BEGIN_REQUEST, ABORT_REQUEST, PARAMS, STDIN, DATA, 12, 255])
def test_unknown_management_records_are_answered_so(connection, kind):
    answer = connection.ask(record(kind, 0, b"content", padding=3))
    assert (answer.kind, answer.content[0]) == (UNKNOWN_TYPE, kind)


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


def test_question_alone_does_not_end_the_connection(connection):
    connection.ask(values())
    assert_another_request_works(connection)


# One request at a time: nothing is multiplexed (4.1, 5.5).

def test_second_request_on_a_busy_connection_is_refused(connection):
    stream = again(connection).wait_open()
    connection.send(*request_records(request_variables(), request_id=2))
    refusal = stream.next_other()
    assert (refusal.id, protocol_status(refusal)) == (2, CANT_MPX_CONN)
    stream.next_events(10)
    assert not connection.records


def test_second_request_is_refused_before_the_first_is_complete(connection):
    first, *rest = request_records(request_variables(method="HEAD"),
                                   keep=True)
    connection.send(first)
    for each in rest:
        refusal = connection.ask(begin(request_id=2))
        assert (refusal.id, protocol_status(refusal)) == (2, CANT_MPX_CONN)
        connection.send(each)
    kinds = [connection.next_record().kind for _ in range(3)]
    assert kinds == [STDOUT, STDOUT, END_REQUEST]


def test_rest_of_a_refused_request_means_nothing(connection):
    refused = request_records(request_variables(method="POST"), b"body",
                              request_id=2)
    first = request_records(request_variables(method="HEAD"), keep=True)
    mixed = [first[0], *refused, *first[1:]]
    assert protocol_status(connection.ask(*mixed)) == CANT_MPX_CONN
    assert [connection.next_record().id for _ in range(3)] == [1, 1, 1]
    assert_another_request_works(connection)


def test_unknown_role_leaves_a_kept_connection_open(connection):
    refusal = connection.ask(*request_records(
        request_variables(), b"body", role=FILTER, keep=True))
    assert protocol_status(refusal) == UNKNOWN_ROLE
    assert_another_request_works(connection)


# Aborts (5.4).

def assert_aborted(connection):
    assert connection.next_record().kind == STDOUT
    ending = connection.next_record()
    assert protocol_status(ending) == REQUEST_COMPLETE


@pytest.mark.parametrize("n_records", range(1, 5))
def test_abort_ends_an_incomplete_request(connection, n_records):
    connection.send(*request_records(request_variables(), b"body",
                                     keep=True)[:n_records])
    connection.send(abort())
    assert_aborted(connection)
    assert_another_request_works(connection)


def test_abort_ends_a_stream(connection):
    stream = again(connection)
    stream.next_event()
    connection.send(abort())
    stream.wait_complete()
    assert_another_request_works(connection)


def test_abort_closes_a_connection_that_is_not_kept(ticking):
    stream = ticking.open()
    stream.next_event()
    stream.connection.send(abort())
    stream.wait_complete()
    assert stream.connection.wait_closed() == []


def test_abort_of_nothing_means_nothing(connection):
    connection.send(abort(), abort(7))
    assert_another_request_works(connection)
    connection.send(abort(), abort(7))
    assert_another_request_works(connection)


def test_aborted_viewer_leaves_the_others_alone(serve, folder):
    path = folder / "fifo"
    program = serve(f"fifo:{path}")
    staying, leaving = (program.open().wait_open() for _ in range(2))
    leaving.connection.send(abort())
    assert leaving.wait_complete() == []
    fifo.write_once(path, b"one\n")
    assert staying.next_event().data == "one"


# What no web server does costs the connection.

@pytest.mark.parametrize("mistake", [
    record(STDIN, version=0), record(STDIN, version=2),
    begin(),
    record(BEGIN_REQUEST, 2, b"short"), record(BEGIN_REQUEST, 2, bytes(9)),
    record(STDIN), record(STDIN, content=b"x"),
    record(STDOUT), record(STDERR), record(DATA, content=b"x"),
    record(END_REQUEST, content=bytes(8)), record(77),
    record(PARAMS, content=b"\xff\xff\xff\xff\xff\xff\xff\xff")
    + record(PARAMS),
    record(PARAMS, content=b"\x01\x01a") + record(PARAMS),
    record(PARAMS, content=bytes(0xffff)) + record(PARAMS, content=b"\0\0"),
    record(PARAMS) + record(PARAMS, content=b"\0\0"),
    record(PARAMS) + 17 * record(STDIN, content=bytes(0xffff)),
    record(PARAMS) + record(STDIN) + record(STDIN, content=b"x"),
    record(GET_VALUES, 0, bytes(1025)),
    record(GET_VALUES, 0, b"\x80\0\0"),
], ids=lambda mistake: f"{mistake[:16].hex()}-{len(mistake)}")
def test_mistake_closes_the_connection(connection, mistake):
    connection.send(begin(keep=True))
    connection.try_send(mistake)
    answers = connection.wait_closed()
    assert END_REQUEST not in {answer.kind for answer in answers}


def test_what_is_not_fastcgi_is_closed_at_once(connection):
    connection.send(b"SSH-2.0-OpenSSH_9.2\r\n")
    assert connection.wait_closed() == []


# Addresses of web servers (3.2).

LOOPBACK = "127.0.0.1"


def is_let_in(program, from_address=LOOPBACK):
    host, _, port = program.address.rpartition(":")
    with socket.create_connection((host.strip("[]"), int(port)), 20,
                                  (from_address, 0)) as connected:
        connected.sendall(values())
        try:
            return connected.recv(100) != b""
        except ConnectionResetError:
            return False


@pytest.mark.parametrize("allowed, let_in", [
    ("127.0.0.1", True), ("192.0.2.1,127.0.0.1", True),
    ("127.0.0.1,192.0.2.1", True), ("192.0.2.1, 127.0.0.1", True),
    ("192.0.2.1", False), ("127.0.0.10", False), ("27.0.0.1", False),
    ("127.0.0.1.", False), (",", False), ("::1", False),
    ("::ffff:127.0.0.1", True), ("localhost", False), ("", True),
])
def test_only_web_servers_of_the_list_are_let_in(serve, allowed, let_in):
    program = serve("every:1h", env=plain_environment(
        FCGI_WEB_SERVER_ADDRS=allowed))
    assert is_let_in(program) == let_in


def test_others_are_refused_beside_those_of_the_list(serve):
    program = serve("every:1h", env=plain_environment(
        FCGI_WEB_SERVER_ADDRS="127.0.0.1"))
    assert is_let_in(program)
    assert not is_let_in(program, "127.0.0.2")


@needs_ipv6
@pytest.mark.parametrize("listen", ["[::1]:0", "[::]:0"])
@pytest.mark.parametrize("allowed, let_in", [
    ("::1", True), ("0:0:0:0:0:0:0:1", True), ("127.0.0.1", False),
])
def test_web_servers_may_have_ipv6_addresses(serve, listen, allowed, let_in):
    program = serve("every:1h", listen=listen, env=plain_environment(
        FCGI_WEB_SERVER_ADDRS=allowed))
    assert is_let_in(program, "::1") == let_in


@needs_ipv6
def test_ipv4_server_is_known_on_an_ipv6_socket(serve):
    program = serve("every:1h", listen="[::]:0", env=plain_environment(
        FCGI_WEB_SERVER_ADDRS="127.0.0.1"))
    port = int(program.address.rpartition(":")[2])
    with socket.create_connection((LOOPBACK, port), 20) as connected:
        connected.sendall(values())
        assert connected.recv(100)


def test_socket_file_is_for_whoever_may_open_it(serve, folder):
    program = serve("every:1h", listen=f"unix:{folder}/socket",
                    env=plain_environment(FCGI_WEB_SERVER_ADDRS="192.0.2.1"))
    assert program.connect().ask(values()).kind == GET_VALUES_RESULT


# Peers that speak something else.

@pytest.mark.parametrize("request_", [
    b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"POST /load HTTP/1.1\r\nHost: a\r\nContent-Length: 99999\r\n\r\n"
    + b"x" * 99999,
], ids=["GET", "POST"])
def test_http_request_is_answered_with_a_sentence(idle, request_):
    for _ in range(2):
        connection = idle.connect()
        connection.socket.sendall(request_)
        connection.half_close()
        received = b""
        while data := connection.socket.recv(65536):
            received += data
        assert received.startswith(b"HTTP/1.1 400 Bad Request\r\n")
        assert b"--http" in received.partition(b"\r\n\r\n")[2]
    assert idle.errors().count("FileDescriptorName=http") == 1
    assert_another_request_works(idle.connect())


def test_tls_is_logged_and_closed(idle):
    connection = idle.connect()
    connection.socket.sendall(b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00")
    assert connection.wait_closed() == []
    assert idle.errors().count("TLS") == 1


def test_http_after_a_request_is_no_http(idle):
    connection = idle.connect()
    again(connection, method="HEAD").wait_complete()
    connection.send(b"GET / HTTP/1.1\r\n\r\n")
    assert connection.wait_closed() == []
