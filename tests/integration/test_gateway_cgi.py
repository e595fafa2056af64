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

# Of a gateway that can compress.
SHARED_HEAD = {**STREAM_HEAD, "vary": "Accept, Accept-Encoding"}


def answer(gateway, *arguments, **request):
    """The whole response to a request that ends by itself."""
    program = gateway(*(arguments or ("every:1h",)), request=request)
    assert program.finish() == 0
    return program.stream


def test_stream_head_and_first_block(gateway):
    stream = gateway("every:1h").stream.wait_open()
    assert stream.response.headers == STREAM_HEAD
    assert stream.body.startswith(
        b": pipecast, heartbeat 15000 ms\nretry: 2000\n\n")


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


def test_nph_script_sends_the_whole_head(gateway):
    stream = gateway("every:1h", request={
        "SCRIPT_FILENAME": "/cgi/nph-x.cgi"}).stream.wait_open()
    assert stream.response.head_bytes.startswith(b"HTTP/1.1 200 OK\r\n")
    assert stream.headers["connection"] == "close"
    assert stream.headers["date"].endswith(" GMT")
    assert "status" not in stream.headers


def test_empty_last_event_id_is_none(gateway):
    program = gateway("exec:echo one", request={"HTTP_LAST_EVENT_ID": ""})
    assert program.finish() == 0
    assert [event.type for event in program.stream.wait_end()] == \
        ["message", "end"]


@pytest.mark.parametrize("query, words", [
    ("--help", ["--help"]),
    ("exec:touch%20x", ["exec:touch x"]),
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


@pytest.mark.parametrize("variable", [
    {"GATEWAY_INTERFACE": "CGI/1.1"}, {"REQUEST_METHOD": "GET"}])
def test_either_variable_of_a_server_chooses_cgi(run, variable):
    """Which opens no port, --keep or not."""
    program = run("--keep", "exec:echo one", env=plain_environment(**variable))
    assert program.finish() == 0
    assert program.stream.status == 200
    assert program.errors() == ""


def test_cgi_that_is_asked_for_needs_no_method(run):
    program = run("--cgi", "exec:echo one",
                  env=plain_environment(SCRIPT_FILENAME="/x"))
    assert program.finish() == 0
    assert program.stream.status == 200


@pytest.mark.parametrize("arguments", [
    ["--retry", "soon", "every:1s"], ["file:/"],
])
def test_startup_failure_is_answered_with_500_and_logged(gateway, arguments):
    program = gateway(*arguments)
    assert program.finish() in (1, 2)
    assert program.stream.status == 500
    assert program.stream.headers["content-type"].startswith("text/plain")
    assert arguments[-1] in program.errors() or "soon" in program.errors()
    assert arguments[0] not in program.stream.text
