"""The FastCGI gateway by itself: requests in, responses and streams out."""

import socket
import subprocess
import sys

import pytest

import fifo
from fastcgi import (AUTHORIZER, FILTER, UNKNOWN_ROLE, WAYS, protocol_status,
                     request_records, request_variables)
from test_gateway_cgi import STREAM_HEAD

FIRST_BLOCK = b": pipecast\nretry: 2000\n\n"


@pytest.fixture
def ticking(serve):
    return serve("every:20ms")


@pytest.fixture
def idle(serve, folder):
    return serve(f"fifo:{folder}/idle.fifo")


# Requests.

@pytest.mark.parametrize("way", WAYS)
def test_request_may_come_in_any_way(ticking, way):
    stream = ticking.open(**WAYS[way])
    assert stream.wait_open().status == 200
    assert stream.next_event().data


@pytest.mark.parametrize("way", WAYS)
def test_body_of_a_request_may_come_in_any_way(idle, way):
    stream = idle.open(method="POST", body=b"x" * 99, **WAYS[way])
    assert stream.wait_complete() == []
    assert stream.status == 405


@pytest.mark.parametrize("way", ["at once", "padded", "record by record"])
def test_large_requests(idle, way):
    headers = {f"X-{n}": "v" * 200 for n in range(250)}
    stream = idle.open(headers=headers, **WAYS[way])
    assert stream.wait_open().status == 200
    stream = idle.open(method="POST", body=bytes(1 << 20), **WAYS[way])
    assert stream.wait_complete() == []
    assert stream.status == 405


@pytest.mark.parametrize("request_id", [1, 2, 255, 256, 65535])
def test_response_bears_the_id_of_the_request(ticking, request_id):
    stream = ticking.open(request_id=request_id).wait_open()
    assert stream.next_event().data


@pytest.mark.parametrize("role", [0, AUTHORIZER, FILTER, 4, 0xffff])
def test_other_roles_are_unknown(idle, role):
    connection = idle.connect()
    connection.try_send(*request_records(request_variables(), role=role))
    answer, = connection.wait_closed()
    assert protocol_status(answer) == UNKNOWN_ROLE


# Responses.

def test_head_and_first_block_come_in_one_record(idle):
    """Apache holds back a head without a body."""
    stream = idle.open().wait_open()
    assert stream.headers == STREAM_HEAD
    assert stream.body == FIRST_BLOCK
    assert stream.sizes == \
        [len(stream.response.head_bytes) + len(FIRST_BLOCK)]


def test_head_and_first_block_come_in_one_write(idle):
    """And so in one segment, as nothing is held back."""
    stream = idle.open().wait_open()
    assert data_segments_received(stream.connection.socket) == 1


def data_segments_received(connected):
    """tcpi_data_segs_in of Linux's struct tcp_info."""
    info = connected.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 192)
    return int.from_bytes(info[152:156], sys.byteorder)


@pytest.mark.parametrize("request_", [
    {"method": "HEAD"}, {"method": "OPTIONS"}, {"method": "POST"},
    {"target": "/missing"},
], ids=str)
def test_short_answer_ends_its_request_and_the_connection(idle, request_):
    stream = idle.open(**request_)
    assert stream.wait_complete() == []
    assert stream.connection.wait_closed() == []


def test_request_without_variables_is_a_get(idle):
    stream = idle.open(variables={"": ""})
    assert stream.wait_open().headers == STREAM_HEAD


def test_headers_longer_than_a_record(serve):
    words = "x" * 900
    options = [f"--header=X-{n}: {words}" for n in range(90)]
    program = serve(*options, "every:20ms")
    stream = program.open().wait_open()
    assert stream.headers["x-89"] == words
    assert stream.sizes[0] == 65535
    assert stream.next_event().data
    head = program.open(method="HEAD")
    assert head.wait_complete() == []
    assert head.headers["x-89"] == words


# Streams.

def test_viewers_of_one_source_get_the_same_events(serve, folder):
    path = folder / "fifo"
    program = serve(f"fifo:{path}")
    streams = [program.open().wait_open() for _ in range(3)]
    with fifo.open_writer(path) as writer:
        for n in range(100):
            writer.write(b"line %d\n" % n)
    first, *others = [stream.next_events(100) for stream in streams]
    assert [event.data for event in first] == [f"line {n}" for n in range(100)]
    for events in others:
        assert said(events) == said(first)


def said(events):
    return [(event.type, event.data, event.id) for event in events]


def test_command_runs_once_for_all_viewers(serve, folder):
    marker = folder / "ran"
    program = serve(f"exec:echo ran >>{marker}; while :; do echo tick; "
                    "sleep 0.02; done")
    for _ in range(5):
        program.open().next_event()
    assert marker.read_text() == "ran\n"


def test_late_viewer_gets_as_much_of_the_past_as_is_wanted(serve, folder):
    path = folder / "fifo"
    program = serve("--replay", "2", f"fifo:{path}")
    stream = program.open().wait_open()
    fifo.write_once(path, b"1\n2\n3\n")
    assert stream.next_data(3) == ["1", "2", "3"]
    assert program.open().next_data(2) == ["2", "3"]


def test_event_longer_than_a_record(serve):
    program = serve("--max-event", "1M", "--replay", "all", "-f", "nul", "-",
                    stdin=subprocess.PIPE)
    stream = program.open().wait_open()
    text = "x" * 500_000
    program.stdin.write(text.encode() + b"\0after\0")
    program.stdin.flush()
    assert stream.next_data(2) == [text, "after"]
    assert max(stream.sizes) == 0xffff


def test_stream_ends_at_max_age(serve):
    stream = serve("--max-age", "200ms", "every:20ms").open()
    assert stream.wait_complete()
    assert stream.connection.wait_closed() == []
