"""How a FastCGI program ends: signals, and sources that have ended."""

import signal
import subprocess

import pytest

from fastcgi import FastcgiStream, request_records, request_variables
from handing_over import listen
from processes import bytes_written, is_stopped
from waiting import wait_for, wait_still

N_VIEWERS = 20


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


# Signals.

@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_lets_every_viewer_go(serve, number):
    program = serve("every:20ms")
    streams = [program.open().wait_open() for _ in range(N_VIEWERS)]
    program.send_signal(number)
    for stream in streams:
        assert_told_to_come_back(stream)
        assert len(stream.retries) == 2
        assert stream.connection.wait_closed() == []
    assert program.wait_exit() == 0
    # They are not to come back all at once.
    assert len({stream.retries[-1] for stream in streams}) > N_VIEWERS // 2


def test_events_that_were_read_before_the_signal_are_sent(serve):
    program = serve("-", stdin=subprocess.PIPE)
    streams = [program.open().wait_open() for _ in range(3)]
    program.stdin.write(b"".join(b"line %d\n" % n for n in range(1000)))
    program.stdin.flush()
    assert streams[0].next_data(1000)[-1] == "line 999"
    program.send_signal(signal.SIGTERM)
    for stream in streams[1:]:
        assert [event.data for event in stream.wait_complete()] == \
            [f"line {n}" for n in range(1000)]


def test_kept_connections_without_a_request_are_closed(serve):
    program = serve("every:1h")
    connection = program.connect()
    FastcgiStream(connection, method="HEAD", keep=True).wait_complete()
    program.send_signal(signal.SIGTERM)
    assert connection.wait_closed() == []
    assert program.wait_exit() == 0


def test_viewers_on_kept_connections_are_let_go_and_closed(serve):
    program = serve("every:1h")
    stream = program.open(keep=True).wait_open()
    program.send_signal(signal.SIGTERM)
    assert_told_to_come_back(stream)
    assert stream.connection.wait_closed() == []
    assert program.wait_exit() == 0


@pytest.mark.parametrize("kept, n_records", [
    (False, 0), (False, 1), (False, 2), (False, 3),
    (True, 1), (True, 2), (True, 3)])
def test_requests_half_received_are_told_to_come_back(
        serve, path, address, kept, n_records):
    program = serve("every:20ms", listen=address)
    connection = program.connect()
    if kept:
        FastcgiStream(connection, method="HEAD", keep=True).wait_complete()
    parts = {}

    def send(_, records):
        parts["late"] = records[n_records:]
        connection.send(*records[:n_records])
        # Whatever was sent before has been read by now.
        assert program.open(method="HEAD").wait_complete() == []
        program.send_signal(signal.SIGTERM)
        wait_draining(path)

    stream = FastcgiStream(connection, keep=kept, send=send)
    connection.send(*parts["late"])
    assert_told_to_come_back(stream)
    assert connection.wait_closed() == []
    assert program.wait_exit() == 0


def test_request_on_a_kept_connection_that_was_not_read_is_answered(
        serve, stopped):
    program = serve("every:1h")
    connection = program.connect()
    FastcgiStream(connection, method="HEAD", keep=True).wait_complete()
    with stopped(program):
        stream = FastcgiStream(connection, keep=True)
        program.send_signal(signal.SIGTERM)
    assert_told_to_come_back(stream)
    assert program.wait_exit() == 0


@pytest.fixture
def stopped():
    """Holds a process still, so that much happens behind its back."""
    class Stopped:
        def __init__(self, program):
            self.program = program

        def __enter__(self):
            self.program.send_signal(signal.SIGSTOP)
            wait_for(lambda: is_stopped(self.program.pid), "standstill")

        def __exit__(self, *_):
            self.program.send_signal(signal.SIGCONT)
    return Stopped


def test_own_queue_is_served_first(serve, path, address, stopped):
    program = serve("every:20ms", listen=address)
    program.open().next_event()
    with stopped(program):
        streams = [program.open() for _ in range(N_VIEWERS)]
        program.send_signal(signal.SIGTERM)
    for stream in streams:
        assert_told_to_come_back(stream)
    assert program.wait_exit() == 0
    assert not path.exists()


def test_queue_of_others_is_for_the_next_process(serve, address, stopped):
    with listen(address) as listener:
        first = serve("every:20ms", listen=None, stdin=listener)
        first.open(address=address).next_event()
        with stopped(first):
            streams = [first.open(address=address) for _ in range(N_VIEWERS)]
            first.send_signal(signal.SIGTERM)
        assert first.wait_exit() == 0
        serve("every:20ms", listen=None, stdin=listener)
    for stream in streams:
        # Who was let in before the signal was seen has been told.
        if not stream.event_or_end():
            assert_told_to_come_back(stream)


def assert_ends(program):
    program.send_signal(signal.SIGTERM)
    assert program.wait_exit() == 0
    program.wait_nothing_left()


def test_silent_connections_do_not_keep_it(serve):
    program = serve("every:1h")
    connections = [program.connect() for _ in range(N_VIEWERS)]
    connections[0].send(request_records(request_variables())[0])
    assert program.open(method="HEAD").wait_complete() == []
    assert_ends(program)


def test_viewers_who_do_not_read_do_not_keep_it(serve):
    program = serve("--patience", "1h", "exec:yes")
    stream = program.open().wait_open()
    wait_still(lambda: bytes_written(program.pid), "output")
    assert_ends(program)
    assert stream.next_events(100)


def test_stubborn_commands_do_not_keep_it(serve):
    program = serve("exec:trap '' TERM; while :; do echo tick; sleep 0.05; "
                    "done")
    stream = program.open()
    stream.next_event()
    assert_ends(program)
    assert_told_to_come_back(stream)


def test_more_signals_do_no_harm(serve):
    program = serve("exec:trap '' TERM; while :; do echo tick; sleep 0.05; "
                    "done")
    stream = program.open()
    stream.next_event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGTERM):
        program.send_signal(number)
    assert_told_to_come_back(stream)
    assert program.wait_exit() == 0


# Sources that have ended.

def assert_ended(stream, *data):
    *events, end = stream.wait_complete()
    assert [event.data for event in events] == list(data)
    assert (end.type, end.id) == ("end", "pipecast-end")
    return end


def test_program_ends_with_its_source(serve, path, address):
    program = serve("-", stdin=subprocess.PIPE, listen=address)
    streams = [program.open().wait_open() for _ in range(N_VIEWERS)]
    program.stdin.write(b"one\ntwo")
    program.stdin.close()
    for stream in streams:
        assert_ended(stream, "one", "two")
    assert program.wait_exit() == 0
    assert not path.exists()


def test_program_ends_with_the_last_of_its_sources(serve):
    program = serve("one=-", "two=exec:read line </dev/null; exit 3",
                    "--replay", "all", stdin=subprocess.PIPE)
    two = program.open("/two")
    assert assert_ended(two).data == '{"exit_status":3}'
    one = program.open("/one").wait_open()
    program.stdin.write(b"still here\n")
    program.stdin.close()
    assert_ended(one, "still here")
    assert program.wait_exit() == 0


@pytest.mark.parametrize("n_records", range(1, 4))
def test_requests_half_received_when_it_ends_get_the_end(
        serve, path, address, n_records):
    program = serve("--replay", "all", "-", stdin=subprocess.PIPE,
                    listen=address)
    connection = program.connect()
    parts = {}

    def send(_, records):
        connection.send(*records[:n_records])
        assert program.open(method="HEAD").wait_complete() == []
        program.stdin.write(b"one\n")
        program.stdin.close()
        wait_draining(path)
        parts["late"] = records[n_records:]

    stream = FastcgiStream(connection, send=send)
    connection.send(*parts["late"])
    assert_ended(stream, "one")
    assert program.wait_exit() == 0


@pytest.fixture
def finishing(serve, path, address):
    """A program whose source has ended, though a viewer has not read it all;
    and that viewer."""
    program = serve("--patience", "1h", "--history", "16M", "-",
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
    program, _ = finishing
    assert_ends(program)


@pytest.fixture
def kept(serve, address):
    """A program with a socket of others, whose source has ended."""
    with listen(address) as listener:
        program = serve("--replay", "all", "exec:echo one; echo two",
                        listen=None, stdin=listener)
        assert_ended(program.open(address=address), "one", "two")
        yield program


def test_socket_of_others_is_served_when_all_has_ended(kept, address):
    for _ in range(3):
        assert_ended(kept.open(address=address), "one", "two")
    end = assert_ended(kept.open(address=address), "one", "two")
    seen = kept.open(address=address, headers={"Last-Event-ID": end.id})
    assert seen.wait_complete() == []
    assert seen.status == 204


def test_resuming_when_all_has_ended(kept, address):
    one = kept.open(address=address).next_event()
    assert_ended(kept.open(address=address,
                           headers={"Last-Event-ID": one.id}), "two")


def test_command_is_not_run_again_when_all_has_ended(serve, folder, address):
    with listen(address) as listener:
        program = serve("--replay", "all", f"exec:echo ran >>{folder}/ran",
                        listen=None, stdin=listener)
        for _ in range(3):
            assert_ended(program.open(address=address))
        program.send_signal(signal.SIGTERM)
        assert program.wait_exit() == 0
    assert (folder / "ran").read_text() == "ran\n"
