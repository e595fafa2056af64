"""The FastCGI gateway by itself: requests in, responses and streams out. How
records are read and written is tested without sockets."""

import socket
import subprocess
import sys

import pytest

from fastcgi import (FILTER, UNKNOWN_ROLE, WAYS, protocol_status,
                     request_records, request_variables)
from test_gateway_cgi import SHARED_HEAD

FIRST_BLOCK = b": pipecast, heartbeat 15000 ms\nretry: 2000\n\n"


@pytest.fixture
def idle(serve, folder):
    return serve(f"fifo:{folder}/idle.fifo")


# Requests.

@pytest.mark.parametrize("way", WAYS)
def test_request_may_come_in_any_way(idle, way):
    stream = idle.open(**WAYS[way])
    assert stream.wait_open().status == 200
    refused = idle.open(method="POST", body=b"x" * 99, **WAYS[way])
    assert (refused.wait_complete(), refused.status) == ([], 405)


@pytest.mark.parametrize("way", ["at once", "padded", "record by record"])
def test_large_requests(idle, way):
    headers = {f"X-{n}": "v" * 200 for n in range(250)}
    stream = idle.open(headers=headers, **WAYS[way])
    assert stream.wait_open().status == 200
    stream = idle.open(method="POST", body=bytes(1 << 20), **WAYS[way])
    assert (stream.wait_complete(), stream.status) == ([], 405)


def test_response_bears_the_id_of_the_request(serve):
    stream = serve("every:20ms").open(request_id=65535).wait_open()
    assert stream.next_event().data


def test_other_roles_are_unknown(idle):
    connection = idle.connect()
    connection.try_send(*request_records(request_variables(), role=FILTER))
    answer, = connection.wait_closed()
    assert protocol_status(answer) == UNKNOWN_ROLE


def test_request_without_variables_is_a_get(idle):
    stream = idle.open(variables={"": ""})
    assert stream.wait_open().headers == SHARED_HEAD


# Responses.

def test_head_and_first_block_come_in_one_record_and_one_segment(idle):
    """Apache holds back a head without a body."""
    stream = idle.open().wait_open()
    assert stream.headers == SHARED_HEAD
    assert stream.body == FIRST_BLOCK
    assert stream.sizes == \
        [len(stream.response.head_bytes) + len(FIRST_BLOCK)]
    info = stream.connection.socket.getsockopt(
        socket.IPPROTO_TCP, socket.TCP_INFO, 192)
    # tcpi_data_segs_in of Linux's struct tcp_info
    assert int.from_bytes(info[152:156], sys.byteorder) == 1


@pytest.mark.parametrize("request_", [
    {"method": "HEAD"}, {"method": "OPTIONS"}, {"target": "/missing"},
], ids=str)
def test_short_answer_ends_its_request_and_the_connection(idle, request_):
    stream = idle.open(**request_)
    assert stream.wait_complete() == []
    assert stream.connection.wait_closed() == []


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
