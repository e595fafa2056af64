"""What every gateway has in common: requests as each brings them to pipecast,
and answers as each sends them."""

from base64 import b64encode
from urllib.parse import quote

import pytest

from client import assert_plain_text
from fastcgi import request_variables

TWO = "one=every:20ms", "two=every:20ms"
END = {"Last-Event-ID": "pipecast-end"}
ORIGIN = {"Origin": "https://a.example"}


class CgiProgram:
    """Asked as the others are. Each request has a process of its own."""

    def __init__(self, gateway, arguments):
        self.gateway = gateway
        self.arguments = arguments

    def open(self, target="/", method="GET", headers=None):
        return self.gateway(
            *self.arguments,
            request=request_variables(target, method, headers)).stream


@pytest.fixture(params=["cgi", "shared", "fastcgi", "http"])
def start(request):
    """Starts pipecast with one gateway after the other."""
    if request.param in ("cgi", "shared"):
        gateway = request.getfixturevalue(
            "gateway" if request.param == "cgi" else "share")
        return lambda *arguments: CgiProgram(gateway, arguments)
    return request.getfixturevalue(
        "serve" if request.param == "fastcgi" else "listen")


def answer(program, target="/", **request):
    """The whole of a response that ends by itself."""
    stream = program.open(target, **request)
    stream.wait_end()
    return stream


def test_head_has_the_head_of_a_stream_and_no_body(start):
    program = start("every:1h")
    stream = program.open().wait_open()
    head = answer(program, method="HEAD")
    assert {**head.headers, "date": ""} == {**stream.headers, "date": ""}
    assert head.body == b""


def test_options_has_no_content(start):
    options = answer(start("every:1h"), method="OPTIONS")
    assert (options.status, options.body) == (204, b"")
    assert options.headers["allow"] == "GET, HEAD, OPTIONS"


def test_other_methods_are_refused(start):
    program = start("every:1h")
    for method in ("POST", "PUT", "DELETE", "BREW", "get"):
        refused = answer(program, method=method)
        assert_plain_text(refused, 405)
        assert refused.headers["allow"] == "GET, HEAD, OPTIONS"
        assert int(refused.headers["content-length"]) == len(refused.body)


@pytest.mark.parametrize("types, targets", [
    ({"two"}, ["/two", "/two/", "//two", "/t%77o", "/?source=two",
               "/?x=1&source=t%77o&y", "/?x;source=two"]),
    ({"one", "two"}, ["/", "/?source=", "/?sources=two", "/?x=y"]),
], ids=["one", "all"])
def test_name_selects_a_source(start, types, targets):
    program = start(*TWO)
    for target in targets:
        events = program.open(target).next_events(10)
        assert {event.type for event in events} == types, target


def test_other_names_are_not_found(start):
    program = start(*TWO, "every:1h")
    for target in ("/three", "/one/x", "/x//one", "/ONE", "/on", "/every",
                   "/..", "/../one", "/%2e%2e/one", "/etc/passwd",
                   "/?source=three", "/?source=../one"):
        missing = answer(program, target)
        assert_plain_text(missing, 404)
    head = answer(program, "/three", method="HEAD")
    assert (head.status, head.body) == (404, b"")


@pytest.mark.parametrize("target, request_", [
    ("/", {"headers": END}), ("/", {"headers": END, "method": "HEAD"}),
    ("/?last_event_id=pipecast-end", {}), ("/?lastEventId=pipecast-end", {}),
], ids=["header", "head", "query", "other spelling"])
def test_viewer_that_has_seen_the_end_gets_no_content(start, target, request_):
    program = start("--keep", "--replay", "all", "exec:true")
    assert answer(program).status == 200
    stop = answer(program, target, **request_)
    assert (stop.status, stop.body) == (204, b"")
    assert "content-type" not in stop.headers


def test_viewer_resumes_after_its_last_event_id(start, log):
    program = start(f"file:{log.path}")
    stream = program.open().wait_open()
    log.write_lines(("one", "two", "three"))
    events = stream.next_events(3)
    own = {"Last-Event-ID": events[0].id}
    for target, headers in (("/", own),
                            (f"/?last_event_id={events[0].id}", {}),
                            ("/?last_event_id=other", own)):
        again = program.open(target, headers=headers)
        assert again.next_events(2) == events[1:]


@pytest.mark.parametrize("id_", [
    "foreign", "x" * 300, "\u00ff", "s-1-1", "f-1-1-1", "f-" + "9" * 300, "s--",
    "f-ffffffffffffffff-7fffffffffffffff-ffffffff",
], ids=lambda id_: ascii(id_)[:20])
def test_foreign_last_event_id_draws_a_gap_or_a_refusal(start, log, id_):
    log.write_line("old")
    stream = start(f"file:{log.path}").open(headers={"Last-Event-ID": id_})
    if stream.status != 400:
        assert stream.next_event().type == "gap"
        log.write_line("new")
        assert stream.next_event().data == "new"


def test_pages_of_other_origins_get_what_they_are_allowed(start):
    program = start("--allow-origin=https://a.example", "--header=X-One: 1",
                    "every:1h")
    stream = program.open(headers=ORIGIN).wait_open()
    preflight = answer(program, method="OPTIONS", headers=ORIGIN)
    assert (preflight.status, preflight.body) == (204, b"")
    for got in stream, preflight:
        assert got.headers["access-control-allow-origin"] == ORIGIN["Origin"]
        assert got.headers["vary"].endswith("Origin")
        assert got.headers["x-one"] == "1"
    allowed = preflight.headers
    assert "GET" in allowed["access-control-allow-methods"]
    assert "Last-Event-ID" in allowed["access-control-allow-headers"]
    for request in ({"method": "POST"}, {"target": "/no"}, {"headers": {
            "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}}):
        refused = answer(program, **request)
        assert refused.status in (403, 404, 405)
        assert refused.headers["x-one"] == "1"


@pytest.fixture
def token(folder):
    """A token, in a file."""
    token = "correct+horse/battery="
    path = folder / "token"
    path.write_text(f"{token}\n")
    path.chmod(0o600)
    return token


PERSON = {"Accept": "text/html,*/*;q=0.8"}


def test_token_is_needed_and_presented_in_any_way(start, folder, token):
    program = start("--read-token", folder / "token", "every:20ms")
    for target, method in (("/", "GET"), ("/", "HEAD"), ("/no", "GET"),
                           ("/.status", "GET"), ("/", "BREW")):
        refused = answer(program, target, method=method)
        assert refused.status == 401
        assert "Basic" in refused.headers["www-authenticate"]
    assert answer(program, method="OPTIONS").status == 204
    basic = b64encode(f"alice:{token}".encode()).decode()
    for target, headers in (
            ("/", {"Authorization": f"Bearer {token}"}),
            ("/", {"Authorization": f"Basic {basic}"}),
            (f"/?token={token}", {}), (f"/?a&token={quote(token)}", {})):
        assert program.open(target, headers=headers).next_event()


def test_browser_gets_a_cookie_for_the_token_in_its_url(start, folder, token):
    program = start("--read-token", folder / "token", "--base-path", "/a/b",
                    "every:20ms")
    asked = answer(program, headers=PERSON)
    assert (asked.status, "<form>" in asked.text) == (401, True)
    redirected = answer(program, f"/a/b/?x=%41&token={quote(token)}",
                        headers={**PERSON, "X-Forwarded-Proto": "https"})
    assert (redirected.status, redirected.body) == (303, b"")
    assert redirected.headers["location"] == "?x=%41"
    cookie, *flags = redirected.headers["set-cookie"].split("; ")
    assert flags == ["Path=/a/b", "HttpOnly", "SameSite=Strict", "Secure"]
    assert token not in cookie
    cookies = {"Cookie": f"a=b; {cookie}"}
    assert program.open("/a/b/", headers=cookies).next_event()
    assert answer(program, headers={**PERSON, **cookies}).status == 200


def test_viewer_is_told_how_many_look_on(start):
    stream = start("--viewers-event", "viewers", "every:1h").open()
    stream.wait_body(b'\nevent: viewers\ndata: {"n":1}\n\n')


def test_heartbeats_come_in_silence(start):
    stream = start("--heartbeat", "50ms", "every:1h").open().wait_open()
    stream.wait_body(b":\n:\n:\n")


def test_stream_ends_at_its_greatest_age(start):
    stream = start("--max-age", "200ms", "every:20ms").open()
    assert {event.type for event in stream.wait_end()} == {"message"}
