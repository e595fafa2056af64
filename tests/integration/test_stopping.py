"""How a program that listens ends: signals, and sources that have ended."""

import signal
import subprocess

import pytest

from fastcgi import FastcgiStream, request_records, request_variables
from handing_over import listen as listen_on
from http_program import GET, HOST, request
from processes import bytes_written
from waiting import wait_for, wait_still

N_VIEWERS = 20
N_QUEUED = 100  # more than are accepted at a time
MISSING = request(b"GET /missing HTTP/1.1", HOST)


@pytest.fixture(params=["listen", "serve"])
def start(request):
    """Starts it with one gateway after the other."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def path(folder):
    return folder / "socket"


@pytest.fixture
def address(path):
    return f"unix:{path}"


def wait_draining(path):
    """The socket file goes first."""
    wait_for(lambda: not path.exists(), "the end of the socket file")


def assert_told_to_come_back(stream):
    """A stream that ends as it should, with a reconnection time last."""
    events = stream.wait_complete()
    assert stream.status == 200
    assert "end" not in {event.type for event in events}
    assert 1000 <= stream.retries[-1] <= 10_000
    return events


# Signals.

@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_lets_every_viewer_go(start, number):
    program = start("every:20ms")
    streams = [program.open().wait_open() for _ in range(N_VIEWERS)]
    program.send_signal(number)
    for stream in streams:
        assert_told_to_come_back(stream)
        assert len(stream.retries) == 2
    assert program.wait_exit() == 0
    # They are not to come back all at once.
    assert len({stream.retries[-1] for stream in streams}) > N_VIEWERS // 2


def test_events_that_were_read_before_the_signal_are_sent(start):
    program = start("-", stdin=subprocess.PIPE)
    streams = [program.open().wait_open() for _ in range(3)]
    program.stdin.write(b"".join(b"line %d\n" % n for n in range(1000)))
    program.stdin.flush()
    assert streams[0].next_data(1000)[-1] == "line 999"
    program.send_signal(signal.SIGTERM)
    for stream in streams[1:]:
        assert [event.data for event in assert_told_to_come_back(stream)] == \
            [f"line {n}" for n in range(1000)]


def test_kept_connections_are_closed_after_their_last_answer(serve):
    program = serve("every:1h")
    idle = program.connect()
    FastcgiStream(idle, method="HEAD", keep=True).wait_complete()
    stream = program.open(keep=True).wait_open()
    program.send_signal(signal.SIGTERM)
    assert_told_to_come_back(stream)
    assert idle.wait_closed() == stream.connection.wait_closed() == []
    assert program.wait_exit() == 0


@pytest.mark.parametrize("kept, n_records", [(False, 0), (False, 2), (True, 1)])
def test_requests_half_received_are_told_to_come_back(
        serve, path, address, kept, n_records):
    program = serve("every:20ms", listen=address)
    connection = program.connect()
    if kept:
        FastcgiStream(connection, method="HEAD", keep=True).wait_complete()

    def send(_, records):
        connection.send(*records[:n_records])
        # Whatever was sent before has been read by now.
        assert program.open(method="HEAD").wait_complete() == []
        program.send_signal(signal.SIGTERM)
        wait_draining(path)
        connection.send(*records[n_records:])

    stream = FastcgiStream(connection, keep=kept, send=send)
    assert_told_to_come_back(stream)
    assert connection.wait_closed() == []
    assert program.wait_exit() == 0


def test_request_on_a_kept_connection_that_was_not_read_is_answered(
        serve, listen):
    """By either gateway."""
    fastcgi = serve("every:1h")
    connection = fastcgi.connect()
    FastcgiStream(connection, method="HEAD", keep=True).wait_complete()
    with fastcgi.stopped():
        stream = FastcgiStream(connection, keep=True)
        fastcgi.send_signal(signal.SIGTERM)
    assert_told_to_come_back(stream)
    http = listen("every:1h")
    kept = http.connect(MISSING)
    assert kept.next_answer()[0] == 404
    with http.stopped():
        kept.send(MISSING)
        http.send_signal(signal.SIGTERM)
    assert kept.next_answer()[0] == 404
    assert kept.wait_closed() == b""
    assert fastcgi.wait_exit() == http.wait_exit() == 0


def test_own_queue_is_served_first(start, path, address):
    program = start("every:20ms", listen=address)
    program.open().next_event()
    with program.stopped():
        streams = [program.open() for _ in range(N_QUEUED)]
        program.send_signal(signal.SIGTERM)
    for stream in streams:
        assert_told_to_come_back(stream)
    assert program.wait_exit() == 0
    assert not path.exists()


def test_queue_of_others_is_for_the_next_process(serve, address):
    with listen_on(address) as listener:
        first = serve("every:20ms", listen=None, stdin=listener)
        first.open(address=address).next_event()
        with first.stopped():
            streams = [first.open(address=address) for _ in range(N_QUEUED)]
            first.send_signal(signal.SIGTERM)
        assert first.wait_exit() == 0
        serve("every:20ms", listen=None, stdin=listener)
    waited = [stream for stream in streams if stream.event_or_end()]
    assert waited
    for stream in streams:
        # Those who were let in before the signal was seen have been told.
        if stream not in waited:
            assert_told_to_come_back(stream)


def assert_ends(program):
    program.send_signal(signal.SIGTERM)
    assert program.wait_exit() == 0
    program.wait_nothing_left()


def test_silent_connections_do_not_keep_it(serve, listen):
    program = serve("every:1h")
    connections = [program.connect() for _ in range(N_VIEWERS)]
    connections[0].send(request_records(request_variables())[0])
    assert program.open(method="HEAD").wait_complete() == []
    assert_ends(program)
    program = listen("every:1h")
    connections = [program.connect(begun) for begun in (b"", b"", GET[:-1])]
    kept = program.connect(MISSING)
    assert kept.next_answer()[0] == 404
    assert_ends(program)
    assert kept.wait_closed() == b""


def test_viewers_who_do_not_read_do_not_keep_it(start):
    program = start("--patience", "1h", "exec:yes")
    stream = program.open().wait_open()
    wait_still(lambda: bytes_written(program.pid), "output")
    assert_ends(program)
    assert stream.next_events(100)


def test_stubborn_commands_and_more_signals_do_no_harm(start):
    program = start("exec:trap '' TERM; while :; do echo tick; sleep 0.05; "
                    "done")
    stream = program.open()
    stream.next_event()
    for number in (signal.SIGTERM, signal.SIGINT):
        program.send_signal(number)
    assert_ends(program)
    assert_told_to_come_back(stream)


# Sources that have ended.

def assert_ended(stream, *data):
    *events, end = stream.wait_complete()
    assert [event.data for event in events] == list(data)
    assert (end.type, end.id[:12]) == ("end", "pipecast-end")
    return end


def test_program_ends_with_the_last_of_its_sources(start, path, address):
    program = start("one=-", "two=exec:read line </dev/null; exit 3",
                    "--replay", "all", stdin=subprocess.PIPE, listen=address)
    two = program.open("/two")
    assert assert_ended(two).data == '{"exit_status":3}'
    streams = [program.open("/one").wait_open() for _ in range(N_VIEWERS)]
    program.stdin.write(b"still\nhere")
    program.stdin.close()
    for stream in streams:
        assert_ended(stream, "still", "here")
    assert program.wait_exit() == 0
    assert not path.exists()


def test_request_half_received_when_it_ends_gets_the_end(
        serve, path, address):
    program = serve("--replay", "all", "-", stdin=subprocess.PIPE,
                    listen=address)
    connection = program.connect()

    def send(_, records):
        connection.send(*records[:2])
        assert program.open(method="HEAD").wait_complete() == []
        program.stdin.write(b"one\n")
        program.stdin.close()
        wait_draining(path)
        connection.send(*records[2:])

    assert_ended(FastcgiStream(connection, send=send), "one")
    assert program.wait_exit() == 0


@pytest.fixture
def finishing(start, path, address):
    """A program whose source has ended, though a viewer has not read it all;
    and that viewer."""
    program = start("--patience", "1h", "--history", "16M", "-",
                    stdin=subprocess.PIPE, listen=address)
    stream = program.open().wait_open()
    program.stdin.write(b"".join(b"line %d\n" % n for n in range(200_000)))
    program.stdin.close()
    wait_draining(path)
    return program, stream


def test_viewer_who_reads_late_gets_it_all(finishing):
    program, stream = finishing
    assert_ended(stream, *(f"line {n}" for n in range(200_000)))
    assert program.wait_exit() == 0


def test_viewer_who_does_not_read_does_not_keep_it_from_a_signal(finishing):
    assert_ends(finishing[0])


@pytest.fixture(params=["kept", "handed over"])
def ended(request, listen, serve, folder, address):
    """A program whose source has ended and which stays, and how to ask it."""
    stream = ("--replay", "all", f"exec:echo ran >>{folder}/ran; echo one; "
              "echo two")
    if request.param == "kept":
        program = listen("--keep", *stream)
        yield program, program.open
        return
    with listen_on(address) as listener:
        program = serve(*stream, listen=None, stdin=listener)
        yield program, lambda **more: program.open(address=address, **more)


def test_program_that_stays_serves_history_and_end(ended, folder):
    program, ask = ended
    for _ in range(3):
        end = assert_ended(ask(), "one", "two")
    seen = ask(headers={"Last-Event-ID": end.id})
    assert (seen.wait_complete(), seen.status) == ([], 204)
    one = ask().next_event()
    assert_ended(ask(headers={"Last-Event-ID": one.id}), "two")
    assert (folder / "ran").read_text() == "ran\n"
    assert_ends(program)
