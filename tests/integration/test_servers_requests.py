"""Requests of every kind through real web servers."""

import pytest

from waiting import DEADLINE


@pytest.fixture
def target(server, script_name, folder):
    return server.put_pipecast(
        script_name, "--allow-origin", "http://viewer.test",
        f"first=file:{folder}/first", f"second=file:{folder}/second")


def append(path, line):
    with open(path, "a", encoding="ascii") as file:
        file.write(line + "\n")


def assert_plain_text(answer, status):
    assert answer.status == status
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.body.strip()


def test_get_has_the_headers_of_a_stream(server, target):
    headers = server.open(target).wait_open().headers
    assert headers["content-type"] == "text/event-stream"
    assert headers["cache-control"] == "no-store, no-transform"
    assert headers["x-accel-buffering"] == "no"
    assert headers["incremental"] == "?1"
    assert headers["x-content-type-options"] == "nosniff"
    assert "content-length" not in headers


def test_head_has_the_same_headers_and_no_body(server, target):
    head = server.fetch(target, method="HEAD")
    got = server.open(target).wait_open()
    assert head.status == 200
    assert head.body == b""
    for name in ("content-type", "cache-control", "x-accel-buffering",
                 "incremental", "x-content-type-options"):
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
    answer = server.fetch(target, method="POST", body=b"x" * 300_000)
    assert answer.status == 405


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


def test_page_view_gets_the_stream(server, target):
    stream = server.open(target, headers={
        "Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    stream.wait_open()
    assert stream.headers["content-type"] == "text/event-stream"


def test_http_1_0_client_gets_the_stream(server, target, folder):
    stream = server.open(target, version="1.0").wait_open()
    assert "transfer-encoding" not in stream.headers
    append(folder / "first", "line")
    assert stream.next_event().data == "line"


def test_connection_is_good_for_another_request_after_the_end(
        server, script_name):
    target = server.put_pipecast(script_name, "exec:echo one")
    stream = server.open(target)
    assert len(stream.wait_end()) == 2
    stream.request_again(target, {"Last-Event-ID": "pipecast-end"})
    assert stream.status == 204


def test_end_is_told_and_a_reconnect_gets_no_content(
        server, script_name, folder):
    marker = folder / "runs"
    target = server.put_pipecast(
        script_name, f"exec:echo run >>{marker}; echo one; exit 3")
    one, end = server.open(target).wait_end()
    assert one.data == "one"
    assert (end.type, end.data) == ("end", '{"exit_status":3}')
    answer = server.fetch(target, headers={"Last-Event-ID": end.id})
    assert answer.status == 204
    assert answer.body == b""
    assert marker.read_text() == "run\n"


def test_nph_script_sends_the_whole_head(server, script_name, folder):
    path = folder / "log"
    path.touch()
    target = server.put_pipecast(f"nph-{script_name}", f"file:{path}")
    stream = server.open(target).wait_open()
    assert stream.response.head_bytes.startswith(b"HTTP/1.1 200 OK\r\n")
    assert stream.headers["content-type"] == "text/event-stream"
    append(path, "line")
    assert stream.next_event().data == "line"


def test_nph_script_ends_the_response_by_closing(server, script_name):
    target = server.put_pipecast(f"nph-{script_name}", "exec:echo one")
    one, end = server.open(target).wait_end()
    assert (one.data, end.type) == ("one", "end")


def test_nph_script_refuses_a_post(server, script_name):
    target = server.put_pipecast(f"nph-{script_name}", "exec:echo one")
    assert_plain_text(server.fetch(target, method="POST", body=b"x"), 405)


@pytest.mark.parametrize("arguments, cause", [
    (["--no-such-option"], "--no-such-option"),
    (["--retry", "soon", "every:1s"], "soon"),
    (["file:/"], "/"),
    (["nothing:like-this"], "nothing:like-this"),
])
def test_misconfigured_script_says_so_in_the_error_log(
        server, script_name, arguments, cause):
    answer = server.fetch(server.put_pipecast(script_name, *arguments))
    assert_plain_text(answer, 500)
    assert "log" in answer.text
    server.wait_for_error(cause)


def test_misconfigured_script_tells_the_viewer_no_details(
        server, script_name):
    answer = server.fetch(
        server.put_pipecast(script_name, "--no-such-option", "every:1s"))
    assert "no-such-option" not in answer.text


def test_unreadable_file_is_an_error(server, script_name, folder):
    path = folder / "secret"
    path.touch()
    path.chmod(0)
    answer = server.fetch(server.put_pipecast(script_name, f"file:{path}"))
    assert_plain_text(answer, 500)
    server.wait_for_error(str(path))


INDEXED = [
    "--help", "--version", "--check", "-h", "12345",
    "--config+/etc/passwd", "-c+/etc/passwd",
    "exec:touch%20{marker}", "exec:touch%20{marker}+",
    "+exec:touch%20{marker}", "exec:touch%20{marker}+x",
    "exec:touch%20{marker}%00", "exec:touch%20{marker}%00+x",
    "x+exec:touch%20{marker}%zz", "exec:touch%20{marker}%0a",
    "every:1s:touch%20{marker}", "exec:touch%20{marker}%3B",
    "exec:touch%20{marker}&x",
]


def query_answer(server, target, query):
    """The answer; a stream is read until it proves to be one."""
    stream = server.open(f"{target}?{query}",
                         headers={"Connection": "close"})
    if stream.status == 200:
        stream.wait_open()
    else:
        stream.wait_end(DEADLINE)
    return stream


@pytest.mark.parametrize("form", ["config", "wrapper"])
def test_query_words_never_become_options(
        server, script_name, folder, form):
    """RFC 3875, 4.4: a server may pass a query without "=" as arguments."""
    marker = folder / "ran"
    if form == "config":
        target = server.put_config(script_name, "source every:1s\n")
    else:
        target = server.put_shell(
            script_name, f'{server.binary} every:1s "$@"')
    passes_arguments = server.kind != "lighttpd"
    for query in INDEXED:
        answer = query_answer(server, target, query.format(marker=marker))
        assert not marker.exists(), query
        if passes_arguments:
            assert answer.status in (400, 404), query
            assert_plain_text_if_ours(answer)
        else:
            assert answer.status in (200, 400), query
        answer.close()


def assert_plain_text_if_ours(answer):
    if answer.status == 400:
        assert_plain_text(answer, 400)


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
