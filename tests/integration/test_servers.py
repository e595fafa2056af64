"""What each web server must carry, one scenario a topic. What pipecast decides
is tested without a server: here it only has to arrive."""

import os
import signal

import pytest

import fifo
from client import assert_plain_text
from conftest import CGI_KINDS
from leaving import OFTEN, wait_no_viewers
from logfile import append
from processes import (count_connections, is_running, read_pid, wait_gone,
                       write_pid)
from test_page import CHROMIUM

N_EVENTS = 20
# More than a server holds back, yet read within the five seconds for which
# Apache keeps the connection.
N_MUCH = 20_000
ORIGIN = "http://viewer.test"
CROSS_SITE = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}
HEADERS = {
    "content-type": "text/event-stream",
    "cache-control": "no-store, no-transform",
    "x-accel-buffering": "no",
    "incremental": "?1",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
}
ODD_IDS = ["x" * 300, "h\u00e9".encode().decode("latin-1"), "\xff\xfe",
           '"\\{}', "%00", "a\tb"]


@pytest.fixture
def target(server, script_name, folder):
    """Two files, and heartbeats that come soon."""
    return server.put_pipecast(
        script_name, "--heartbeat", "200ms", "--allow-origin", ORIGIN,
        f"first=file:{folder}/first", f"second=file:{folder}/second")


def stream_headers(server):
    return {name: value for name, value in HEADERS.items()
            if name not in server.keeps_to_itself}


def test_head_and_each_event_arrive_at_once(server, target, folder):
    everything = server.open(target).wait_open()
    assert stream_headers(server).items() <= everything.headers.items()
    assert "content-length" not in everything.headers
    assert everything.retries == [2000]
    everything.wait_body(b":\n")
    old_client = server.open(target, version="1.0").wait_open()
    assert "transfer-encoding" not in old_client.headers
    named = [server.open(target + suffix).wait_open()
             for suffix in ("/second", "?_=1&x=--help&source=second")]
    append(folder / "first", "not for those with a name")
    assert everything.next_event().type == "first"
    assert old_client.next_event().type == "first"
    for n in range(N_EVENTS):
        append(folder / "second", str(n))
        for stream in (everything, old_client, *named):
            event = stream.next_event()
            assert (event.type, event.data) == ("second", str(n))


def test_viewer_resumes_by_its_last_event_id(server, script_name, log):
    target = server.put_pipecast(script_name, f"file:{log.path}")
    stream = server.open(target).wait_open()
    log.write_lines(("one", "two", "three"))
    one, two, three = stream.next_events(3)
    for suffix, headers in (("", {"Last-Event-ID": one.id}),
                            (f"?last_event_id={one.id}", {})):
        again = server.open(target + suffix, headers=headers)
        assert [(event.data, event.id) for event in again.next_events(2)] == \
            [(event.data, event.id) for event in (two, three)]
    for odd in ODD_IDS:
        stranger = server.open(target, headers={"Last-Event-ID": odd})
        assert stranger.next_event().type == "gap", odd
        stranger.close()


def test_compressed_stream_is_passed_on_at_once(server, target, folder):
    """Plain CGI does not compress."""
    stream = server.open(target, headers={"Accept-Encoding": "gzip"})
    stream.wait_open()
    plain = server.open(target).wait_open()
    if server.kind not in CGI_KINDS:
        assert stream.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    for n in range(N_EVENTS):
        append(folder / "first", str(n))
        assert stream.next_event().data == plain.next_event().data == str(n)
    stream.wait_body(b":\n")


def test_timer_is_seen_at_once(server, script_name):
    """Apache's mod_fcgid starts it for the first viewer, which comes after the
    first tick."""
    target = server.put_pipecast(script_name, "load=every:1h")
    for suffix in ("", "/load"):
        assert server.open(target + suffix).next_event().type == "load"


def test_what_is_no_stream_is_answered(server, target):
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        answer = server.fetch(target, method=method, body=b"x" * 10)
        assert_plain_text(answer, 405)
        assert set(answer.headers["allow"].split(", ")) == \
            {"GET", "HEAD", "OPTIONS"}
    for suffix in ("/third", "?source=third"):
        assert_plain_text(server.fetch(target + suffix), 404)
    # Other servers and gateways have limits of their own.
    size = 1_000_000 if server.kind in CGI_KINDS else 120_000
    large = server.fetch(target, method="POST", body=b"x" * size)
    assert large.status in (405, 413)
    enormous = server.fetch(target, headers={"X-Long": "x" * 100_000})
    assert enormous.status in (400, 413, 431)
    head = server.fetch(target, method="HEAD")
    assert (head.status, head.body) == (200, b"")
    assert stream_headers(server).items() <= head.headers.items()
    page = server.fetch(target, headers={"Accept": CHROMIUM})
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cross-origin-opener-policy"] == "same-origin"
    assert page.text.endswith("</html>\n")
    assert_other_sites_get_what_they_are_allowed(server, target)


def assert_other_sites_get_what_they_are_allowed(server, target):
    preflight = {"Access-Control-Request-Method": "GET",
                 "Access-Control-Request-Headers": "last-event-id"}
    answer = server.fetch(target, method="OPTIONS",
                          headers={**preflight, "Origin": ORIGIN})
    assert (answer.status, answer.body) in ((200, b""), (204, b""))
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert "GET" in answer.headers["access-control-allow-methods"]
    allowed = server.open(target, headers={**CROSS_SITE, "Origin": ORIGIN})
    assert allowed.wait_open().headers["access-control-allow-origin"] == ORIGIN
    assert "origin" in allowed.headers["vary"].lower()
    assert_plain_text(server.fetch(target, headers=dict(CROSS_SITE)), 403)
    answer = server.fetch(target, method="OPTIONS", headers={
        **preflight, "Origin": "http://evil.test"})
    assert "access-control-allow-origin" not in answer.headers


def test_much_output_arrives_whole_and_ends_once(server, script_name, folder):
    marker = folder / "runs"
    target = server.put_lasting(
        script_name, "--history", "16M", "--replay", "all",
        f"exec:echo run >>{marker}; seq {N_MUCH}; exit 3")
    stream = server.open(target)
    *events, end = stream.wait_end(60)
    assert [event.data for event in events] == \
        [str(n) for n in range(1, N_MUCH + 1)]
    assert (end.type, end.data) == ("end", '{"exit_status":3}')
    came_back = {"Last-Event-ID": end.id}
    if server.kind == "embedded":
        answer = server.fetch(target, headers=came_back)
    else:
        # The connection is good for another request.
        stream.request_again(target, came_back)
        answer = stream
    assert (answer.status, bytes(answer.body)) == (204, b"")
    assert marker.read_text() == "run\n"


def test_end_of_pipecast_ends_the_response(server, script_name, folder):
    pid_file, path = folder / "pid", folder / "fifo"
    for number, n_retries in ((signal.SIGTERM, 2), (signal.SIGKILL, 1)):
        stream = server.open(server.put_pipecast(
            script_name, f"fifo:{path}", before=write_pid(pid_file)))
        stream.wait_open()
        fifo.write_once(path, b"one\n")
        assert stream.next_event().data == "one"
        pid = read_pid(pid_file)
        os.kill(pid, number)
        assert stream.wait_end() == []
        assert len(stream.retries) == n_retries
        wait_gone(pid)


def wait_left(server, pid):
    """Until it has been noticed that the only viewer is gone."""
    if server.kind in CGI_KINDS:
        wait_gone(pid)
    else:
        wait_no_viewers(pid)
        assert is_running(pid)


def test_viewer_leaving_is_noticed(server, script_name, folder):
    pid_file = folder / "pid"
    target = server.put_pipecast(script_name, *OFTEN, f"fifo:{folder}/fifo",
                                 before=write_pid(pid_file))
    for leave in ("close", "reset"):
        stream = server.open(target).wait_open()
        pid = read_pid(pid_file)
        assert server.kind in CGI_KINDS or count_connections(pid) == 1
        getattr(stream, leave)()
        wait_left(server, pid)
    target = server.put_pipecast(f"busy-{script_name}", *OFTEN, "exec:yes",
                                 before=write_pid(pid_file))
    for _ in range(2):
        stream = server.open(target)
        assert stream.next_data(1000) == ["y"] * 1000
        pid = read_pid(pid_file)
        stream.close()
        wait_left(server, pid)
