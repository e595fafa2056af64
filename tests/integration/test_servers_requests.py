"""Requests of every kind through real web servers."""

import pytest

from client import assert_plain_text
from logfile import append

HEADERS = {
    "content-type": "text/event-stream",
    "cache-control": "no-store, no-transform",
    "x-accel-buffering": "no",
    "incremental": "?1",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
}


@pytest.fixture
def target(server, script_name, folder):
    return server.put_pipecast(
        script_name, "--allow-origin", "http://viewer.test",
        f"first=file:{folder}/first", f"second=file:{folder}/second")


def headers_of_a_stream(server):
    return {name: value for name, value in HEADERS.items()
            if name not in server.keeps_to_itself}


def test_page_of_another_site_cannot_load_the_stream(server, target):
    fetched = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}
    refused = server.fetch(target, headers=fetched)
    assert_plain_text(refused, 403)
    allowed = server.open(
        target, headers={**fetched, "Origin": "http://viewer.test"})
    assert allowed.wait_open().status == 200
    assert (allowed.headers["cross-origin-resource-policy"]
            == "cross-origin")


def test_get_has_the_headers_of_a_stream(server, target):
    headers = server.open(target).wait_open().headers
    assert headers_of_a_stream(server).items() <= headers.items()
    assert "content-length" not in headers


def test_head_has_the_same_headers_and_no_body(server, target):
    head = server.fetch(target, method="HEAD")
    got = server.open(target).wait_open()
    assert head.status == 200
    assert head.body == b""
    for name in headers_of_a_stream(server):
        assert head.headers[name] == got.headers[name]


def test_preflight_of_an_allowed_origin(server, target):
    answer = server.fetch(target, method="OPTIONS", headers={
        "Origin": "http://viewer.test",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "last-event-id"})
    headers = answer.headers
    assert answer.status in (200, 204)
    assert headers["access-control-allow-origin"] == "http://viewer.test"
    assert "GET" in headers["access-control-allow-methods"]
    assert "last-event-id" in headers["access-control-allow-headers"].lower()
    assert answer.body == b""


def test_preflight_of_another_origin_allows_nothing(server, target):
    answer = server.fetch(target, method="OPTIONS", headers={
        "Origin": "http://evil.test", "Access-Control-Request-Method": "GET"})
    assert "access-control-allow-origin" not in answer.headers


def test_allowed_origin_may_read_the_stream(server, target):
    stream = server.open(target, headers={"Origin": "http://viewer.test"})
    stream.wait_open()
    assert stream.headers["access-control-allow-origin"] == \
        "http://viewer.test"
    assert "origin" in stream.headers["vary"].lower()


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_other_methods_are_not_allowed(server, target, method):
    answer = server.fetch(target, method=method, body=b"x" * 10)
    assert_plain_text(answer, 405)
    allowed = {word.strip() for word in answer.headers["allow"].split(",")}
    assert allowed == {"GET", "HEAD", "OPTIONS"}


def test_large_post_is_refused_without_a_hang(server, target):
    answer = server.fetch(target, method="POST", body=b"x" * 120_000)
    assert answer.status in (405, 413)


def test_unknown_name_is_not_found(server, target):
    assert_plain_text(server.fetch(f"{target}/third"), 404)
    assert_plain_text(server.fetch(f"{target}?source=third"), 404)


@pytest.mark.parametrize("suffix", ["/second", "?source=second"])
def test_name_selects_one_source(server, target, folder, suffix):
    stream = server.open(target + suffix).wait_open()
    append(folder / "first", "not this")
    append(folder / "second", "this")
    event = stream.next_event()
    assert (event.type, event.data) == ("second", "this")


def test_root_carries_every_source(server, target, folder):
    stream = server.open(target).wait_open()
    append(folder / "first", "a")
    one = stream.next_event()
    append(folder / "second", "b")
    two = stream.next_event()
    assert (one.type, one.data) == ("first", "a")
    assert (two.type, two.data) == ("second", "b")


def test_http_1_0_client_gets_the_stream(server, target, folder):
    stream = server.open(target, version="1.0").wait_open()
    assert "transfer-encoding" not in stream.headers
    append(folder / "first", "line")
    assert stream.next_event().data == "line"


def test_connection_is_good_for_another_request_after_the_end(
        web_server, script_name):
    target = web_server.put_lasting(script_name, "--replay", "all",
                                    "exec:echo one")
    stream = web_server.open(target)
    assert len(stream.wait_end()) == 2
    stream.request_again(target, {"Last-Event-ID": "pipecast-end"})
    assert stream.status == 204


def test_end_is_told_and_a_reconnect_gets_no_content(
        server, script_name, folder):
    marker = folder / "runs"
    target = server.put_lasting(
        script_name, "--replay", "all",
        f"exec:echo run >>{marker}; echo one; exit 3")
    one, end = server.open(target).wait_end()
    assert one.data == "one"
    assert (end.type, end.data) == ("end", '{"exit_status":3}')
    answer = server.fetch(target, headers={"Last-Event-ID": end.id})
    assert answer.status == 204
    assert answer.body == b""
    assert marker.read_text() == "run\n"


def test_query_with_unknown_parameters_is_served(server, target):
    stream = server.open(f"{target}?_=12345&x=--help").wait_open()
    assert stream.status == 200


def test_enormous_header_is_refused_not_fatal(server, target):
    answer = server.fetch(target, headers={"X-Long": "x" * 100_000})
    assert answer.status in (400, 413, 431)
    assert server.open(target).wait_open().status == 200


@pytest.mark.parametrize("length", [300, 5_000])
def test_long_last_event_id_is_answered(server, target, length):
    stream = server.open(target, headers={"Last-Event-ID": "x" * length})
    assert stream.status in (200, 400)
    if stream.status == 200:
        assert stream.next_event().type == "gap"


def test_last_event_id_of_any_bytes_is_answered(server, target):
    """Browsers send the ID as UTF-8; others send what they like."""
    ids = ["h\u00e9".encode().decode("latin-1"), "\xff\xfe", '"\\{}', "%00",
           "a\tb"]
    for last_event_id in ids:
        stream = server.open(target,
                             headers={"Last-Event-ID": last_event_id})
        assert stream.status == 200, last_event_id
        assert stream.next_event().type == "gap", last_event_id
        stream.close()
