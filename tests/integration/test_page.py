"""The page that a browser is sent when a person opens a stream in it."""

import base64
import hashlib
import os
import re

import pytest

from program import plain_environment

CHROMIUM = ("text/html,application/xhtml+xml,application/xml;q=0.9,"
            "image/avif,image/webp,image/apng,*/*;q=0.8,"
            "application/signed-exchange;v=b3;q=0.7")

LARGEST = 60_000


def opened(gateway, *arguments, accept=CHROMIUM, **request):
    """What pipecast answers to who opens a stream."""
    program = gateway(*arguments, request={"HTTP_ACCEPT": accept, **request})
    assert program.finish() == 0
    assert program.errors() == ""
    return program.stream


def test_opened_stream_is_a_page_whatever_its_name(gateway):
    sources = "one=every:1h", "two=every:1h"
    page = opened(gateway, *sources)
    assert page.status == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-cache, no-transform"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cross-origin-opener-policy"] == "same-origin"
    assert "Accept" in page.headers["vary"]
    assert page.text.startswith("<!DOCTYPE html>")
    assert page.text.endswith("</html>\n")
    for request in {"PATH_INFO": "/one"}, {"QUERY_STRING": "source=two"}:
        assert opened(gateway, *sources, **request).body == page.body
    missing = opened(gateway, *sources, PATH_INFO="/three")
    assert missing.status == 404
    assert missing.headers["content-type"].startswith("text/plain")
    head = opened(gateway, *sources, REQUEST_METHOD="HEAD")
    assert (head.headers, head.body) == (page.headers, b"")


def test_page_is_small_and_self_contained(gateway):
    page = opened(gateway, "every:1h")
    assert int(page.headers["content-length"]) == len(page.body) <= LARGEST
    for url in re.findall(r'(?:src|href)="([^"]*)"', page.text):
        assert url.startswith("data:"), url


def test_page_runs_nothing_but_what_its_policy_names(gateway):
    page = opened(gateway, "every:1h")
    policy = dict(part.strip().split(" ", 1) for part in
                  page.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["connect-src"] == "'self'"
    for kind in ("script", "style"):
        held, = re.findall(rf"<{kind}\b[^>]*>(.*?)</{kind}>", page.text, re.S)
        digest = base64.b64encode(hashlib.sha256(held.encode()).digest())
        assert policy[f"{kind}-src"] == f"'sha256-{digest.decode()}'"
    assert policy["base-uri"] == policy["form-action"] == "'none'"
    assert "unsafe" not in page.headers["content-security-policy"]
    assert not re.search(r"<[^>]* (?:on[a-z]+|style)=", page.text)


def test_resumed_stream_is_no_page(gateway):
    for request in ({"HTTP_LAST_EVENT_ID": "7"},
                    {"QUERY_STRING": "last_event_id=7"}):
        stream = opened(gateway, "exec:echo 1", **request)
        assert stream.headers["content-type"] == "text/event-stream"


def test_no_page_leaves_the_stream(gateway, folder):
    stream = opened(gateway, "--no-page", "--page", folder / "missing.html",
                    "exec:echo 1")
    assert stream.headers["content-type"] == "text/event-stream"
    assert "vary" not in stream.headers


def test_page_of_the_owners_is_sent_as_it_is(gateway, folder):
    html = b"<!DOCTYPE html>\r\n<title>\0\xff</title>" + b"x" * (1 << 17)
    (folder / "own.html").write_bytes(html)
    page = opened(gateway, "--page", folder / "own.html", "--header",
                  "Content-Security-Policy: default-src 'self'", "every:1h")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["content-security-policy"] == "default-src 'self'"
    assert page.body == html


def test_dialect_of_2006_has_only_a_page_of_the_owners(gateway, folder):
    dialect = "--dialect", "dom-event-stream"
    stream = opened(gateway, *dialect, "exec:echo 1")
    assert stream.headers["content-type"] == "application/x-dom-event-stream"
    (folder / "own.html").write_text("own")
    page = opened(gateway, *dialect, "--page", folder / "own.html", "every:1h")
    assert page.text == "own"


@pytest.fixture
def bad_page(folder):
    """Makes a page that cannot be shown; returns its path."""
    def make(kind):
        path = folder / "bad.html"
        if kind == "too-large":
            path.write_bytes(b"x" * ((1 << 20) + 1))
        elif kind == "folder":
            path.mkdir()
        elif kind == "unreadable":
            path.write_text("x")
            path.chmod(0)
        return path
    return make


@pytest.mark.parametrize("kind, reason", [
    ("missing", "No such file"), ("too-large", "it is larger than 1M"),
    ("folder", "Is a directory"), ("unreadable", "Permission denied"),
])
@pytest.mark.parametrize("accept", [CHROMIUM, "text/event-stream"])
def test_page_that_cannot_be_read_is_an_error(
        gateway, unprivileged, bad_page, kind, reason, accept):
    path = bad_page(kind)
    program = gateway("--page", path, "every:1s",
                      request={"HTTP_ACCEPT": accept}, **unprivileged)
    assert program.finish() == 1
    assert program.stream.status == 500
    assert f"page '{path}': {reason}" in program.errors()


def test_check_says_which_page(run):
    for options, line in (((), "page built in"), (("--no-page",), "no page"),
                          (("--page", "own.html"), "page own.html"),
                          (("--dialect", "dom-event-stream"),
                           "no page in this dialect")):
        program = run("--check", *options, "every:1s",
                      env=plain_environment())
        assert program.finish() == 0
        output = program.stream.response.head_bytes.decode()
        assert line in output.split("\n"), output


def test_slow_server_gets_the_whole_page(gateway, folder):
    """A pipe that is full makes the program wait, not cut."""
    (folder / "own.html").write_bytes(b"x" * (1 << 20))
    reading, writing = os.pipe()
    program = gateway("--page", folder / "own.html", "every:1h",
                      request={"HTTP_ACCEPT": CHROMIUM}, stdout=writing)
    os.close(writing)
    body = b""
    while piece := os.read(reading, 1000):
        body += piece
    os.close(reading)
    assert program.wait_exit() == 0
    assert len(body.partition(b"\r\n\r\n")[2]) == 1 << 20
