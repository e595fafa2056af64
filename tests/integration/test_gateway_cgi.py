"""The CGI gateway by itself: meta-variables in, response out (RFC 3875)."""

import pytest

from program import plain_environment

STREAM_HEAD = {
    "status": "200 OK",
    "content-type": "text/event-stream",
    "cache-control": "no-store, no-transform",
    "x-accel-buffering": "no",
    "incremental": "?1",
    "vary": "Accept",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
}


def answer(gateway, *arguments, **request):
    """The whole response to a request that ends by itself."""
    program = gateway(*(arguments or ("every:1h",)), request=request)
    assert program.finish() == 0
    return program.stream


def test_stream_head_and_first_block(gateway):
    stream = gateway("every:1h").stream.wait_open()
    assert stream.response.headers == STREAM_HEAD
    assert stream.body.startswith(b": pipecast\nretry: 2000\n\n")


def test_plain_shell_use_is_a_get(run):
    program = run("--cgi", "exec:echo one")
    assert program.finish() == 0
    assert program.stream.status == 200


@pytest.mark.parametrize("request_, status", [
    ({"REQUEST_METHOD": "HEAD"}, 200),
    ({"HTTP_ACCEPT": "text/html"}, 200),
    ({"REQUEST_METHOD": "OPTIONS"}, 204),
    ({"REQUEST_METHOD": "POST"}, 405),
    ({"PATH_INFO": "/missing"}, 404),
    ({"HTTP_SEC_FETCH_SITE": "cross-site",
      "HTTP_SEC_FETCH_MODE": "no-cors"}, 403),
    ({"HTTP_LAST_EVENT_ID": "pipecast-end"}, 204),
    ({"QUERY_STRING": "last_event_id=pipecast-end"}, 204),
])
def test_answers_without_a_stream_run_no_command(
        gateway, folder, request_, status):
    marker = folder / "ran"
    stream = answer(gateway, f"exec:touch {marker}", **request_)
    assert stream.status == status
    assert not marker.exists()


@pytest.mark.parametrize("variables, is_nph", [
    ({"SCRIPT_FILENAME": "/cgi/nph-x.cgi", "SCRIPT_NAME": "/x"}, True),
    ({"SCRIPT_FILENAME": "/nph-dir/x.cgi", "SCRIPT_NAME": "/nph-x"}, False),
    ({"SCRIPT_FILENAME": None, "SCRIPT_NAME": "/cgi-bin/nph-x.cgi"}, True),
    ({"SCRIPT_FILENAME": "/cgi/x-nph-.cgi"}, False),
])
def test_nph_script_names_are_told_by_their_beginning(
        gateway, variables, is_nph):
    stream = gateway("every:1h", request=variables).stream.wait_open()
    head = stream.response.head_bytes
    if is_nph:
        assert head.startswith(b"HTTP/1.1 200 OK\r\n")
        assert stream.headers["connection"] == "close"
        assert stream.headers["date"].endswith(" GMT")
        assert "status" not in stream.headers
    else:
        assert head.startswith(b"Status: 200 OK\r\n")


@pytest.mark.parametrize("request_", [
    {"PATH_INFO": "/" + "x" * 100_000}, {"QUERY_STRING": "source=one%00"},
    {"QUERY_STRING": "source=" + "x" * 100_000},
    {"PATH_INFO": "/\xff\r\nX: y<script>"},
], ids=lambda request: str(request)[:40])
def test_names_that_cannot_be_are_not_found(gateway, request_):
    stream = answer(gateway, "one=every:1h", "two=every:1h", **request_)
    assert stream.status == 404
    assert "x" not in stream.headers
    assert "\n\n" not in stream.text
    assert len(stream.body) < 1000


@pytest.mark.parametrize("allowed, origin, expected", [
    (["*"], "http://a.test", "*"),
    (["http://a.test"], "http://a.test", "http://a.test"),
    (["http://b.test", "http://a.test"], "http://a.test", "http://a.test"),
    (["http://b.test"], "http://a.test", None),
    (["http://a.test"], None, None),
    ([], "http://a.test", None),
    (["http://a.test"], "null", None),
    (["http://a.test"], "http://a.test.evil", None),
    (["HTTPS://A.test:443"], "https://a.test", "https://a.test"),
])
def test_allowed_origins(gateway, allowed, origin, expected):
    arguments = [f"--allow-origin={each}" for each in allowed]
    stream = gateway(*arguments, "every:1h",
                     request={"HTTP_ORIGIN": origin}).stream
    assert stream.headers.get("access-control-allow-origin") == expected
    if allowed and allowed != ["*"]:
        assert stream.headers["vary"] == "Accept, Origin"


@pytest.mark.parametrize("last_event_id", [
    "x" * 100_000, "\u00e9\u20ac\U0001f600", "\"\\\x01\x7f", "pipecast-end ",
], ids=lambda text: ascii(text)[:20])
def test_foreign_last_event_ids_do_no_harm(gateway, folder, last_event_id):
    path = folder / "log"
    path.write_text("old\n")
    program = gateway(f"file:{path}",
                      request={"HTTP_LAST_EVENT_ID": last_event_id})
    stream = program.stream
    assert stream.status in (200, 400)
    if stream.status == 200:
        gap = stream.next_event()
        assert gap.type == "gap"
        with open(path, "a", encoding="ascii") as log:
            log.write("new\n")
        assert stream.events_until("new")
    else:
        assert program.finish() == 0


def test_empty_last_event_id_is_none(gateway):
    program = gateway("exec:echo one", request={"HTTP_LAST_EVENT_ID": ""})
    assert program.finish() == 0
    assert [event.type for event in program.stream.wait_end()] == \
        ["message", "end"]


@pytest.mark.parametrize("query, words", [
    ("--help", ["--help"]),
    ("exec:echo+x", ["exec:echo", "x"]),
    ("exec:touch%20x", ["exec:touch x"]),
    ("a&b", ["a\\&b"]),
    ("x%00y", ["x"]),
    ("+x+", ["", "x", ""]),
    ("12345", ["12345"]),
])
def test_words_of_an_indexed_query_are_refused(gateway, query, words):
    program = gateway("every:1h", *words, request={"QUERY_STRING": query})
    program.finish()
    assert program.stream.status == 400
    assert program.stream.headers["content-type"].startswith("text/plain")


def test_request_body_is_not_read_by_commands(gateway, folder):
    """A command must never read the request's body as if it were its own."""
    path = folder / "body"
    path.write_text("from the network\n")
    with open(path, "rb") as body:
        program = gateway("exec:cat", stdin=body)
        assert program.finish() == 0
    assert [event.type for event in program.stream.wait_end()] == ["end"]


def test_http_proxy_is_kept_from_commands(gateway):
    program = gateway("exec:echo ${HTTP_PROXY-unset}",
                      request={"HTTP_PROXY": "http://evil.test"})
    assert program.stream.next_event().data == "unset"


@pytest.mark.parametrize("variable", [
    "SCRIPT_FILENAME", "HTTP_HOST", "FCGI_ROLE",
])
def test_server_that_passes_no_method_is_told_so(run, folder, variable):
    marker = folder / "ran"
    program = run(f"exec:touch {marker}",
                  env=plain_environment(**{variable: "x"}))
    assert program.finish() == 1
    assert program.stream.status == 500
    assert "REQUEST_METHOD" in program.stream.text
    assert "REQUEST_METHOD" in program.errors()
    assert not marker.exists()


def test_cgi_that_is_asked_for_needs_no_method(run):
    program = run("--cgi", "exec:echo one",
                  env=plain_environment(SCRIPT_FILENAME="/x"))
    assert program.finish() == 0
    assert program.stream.status == 200


@pytest.mark.parametrize("arguments", [
    ["--no-such-option"], ["--retry", "soon", "every:1s"], ["file:/"],
    ["nothing:like-this"],
])
def test_startup_failure_is_answered_with_500_and_logged(gateway, arguments):
    program = gateway(*arguments)
    assert program.finish() in (1, 2)
    assert program.stream.status == 500
    assert program.stream.headers["content-type"].startswith("text/plain")
    assert arguments[-1] in program.errors() or "soon" in program.errors()
    assert arguments[0] not in program.stream.text
