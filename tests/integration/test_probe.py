"""/.probe: a stream of ticks that say when each was sent."""

import json
import signal

import pytest

from fastcgi_program import FastcgiProgram
from http_program import HttpProgram

N_TICKS = 10
N_AT_ONCE = 16


@pytest.fixture(params=[HttpProgram, FastcgiProgram])
def program(request, binary, folder):
    program = request.param(binary, ["--status", "--end-event", "over",
                                     "every:1h"], folder)
    yield program
    program.stop()


def test_ticks_say_when_they_were_sent_and_how_the_request_came(program):
    stream = program.open("/.probe", headers={
        "Via": "1.1 x", "X-Forwarded-For": "::1", "Accept-Encoding": "gzip"})
    *events, end = stream.wait_complete()
    assert stream.headers["content-encoding"] == "gzip"
    ticks = [json.loads(event.data) for event in events]
    request = ticks[0].pop("request")
    assert {event.type for event in events} == {"probe"}
    assert [(tick["n"], tick["of"]) for tick in ticks] == \
        [(n, N_TICKS) for n in range(1, N_TICKS + 1)]
    assert all(a["ms"] < b["ms"] for a, b in zip(ticks, ticks[1:]))
    assert end.type == "over"
    gateway, server = ("HTTP", None) if isinstance(program, HttpProgram) \
        else ("FastCGI", "test")
    assert request == {
        "gateway": gateway, "server": server, "via": "1.1 x",
        "protocol": "HTTP/1.1", "forwarded": True, "accept_encoding": "gzip",
        "gzip": True}


def test_only_so_many_probes_run_at_once(program):
    for _ in range(N_AT_ONCE):
        program.open("/.probe").wait_open()
    late = program.open("/.probe")
    assert late.wait_complete() == []
    assert b"come back later" in late.body
    program.send_signal(signal.SIGTERM)
    assert program.wait_exit() == 0
