"""Publishing by POST and PUT, alike in all gateways that serve many."""

import os
import signal

import pytest

from processes import resident_kib
from waiting import wait_for

MEMORY = "--post", "memory:"
# Sanitizers surround each piece of memory with more of it.
KIB_EACH = 80 if os.environ.get("PIPECAST_SANITIZERS") else 8
NDJSON = {"Content-Type": "application/x-ndjson"}
EVENT_STREAM = {"Content-Type": "text/event-stream"}


# One event.

def test_body_is_an_event_for_everybody(start):
    server = start(*MEMORY)
    viewers = [server.view() for _ in range(3)]
    for method in ("POST", "PUT"):
        answer = server.post(b"hello\nworld\n", method=method)
        assert answer.status == 200
        events = [viewer.next_event() for viewer in viewers]
        assert {(event.type, event.data, event.id) for event in events} == \
            {("message", "hello\nworld", answer.json["id"])}
    again = server.view(headers={"Last-Event-ID": events[0].id})
    server.post(b"next")
    assert again.next_event().data == "next"


def test_type_is_that_of_the_request_or_the_name(start):
    server = start("--post", "room=memory:", "every:1h")
    viewer = server.view("/room")
    server.post(b"", "/room")
    server.post(b"", "/room?event=ping")
    server.post(b"", "/room?event=ping", headers={"X-EventSource-Event": "a"})
    assert [event.type for event in viewer.next_events(3)] == \
        ["room", "ping", "a"]


def test_body_of_any_kind_is_its_data(start):
    server = start(*MEMORY)
    viewer = server.view()
    data = bytes(range(256))
    server.post(data, headers={"Content-Type": "image/png"})
    assert viewer.next_event().data == \
        data.decode("utf-8", "replace").replace("\r", "\n")


# Many events.

@pytest.mark.parametrize("target, headers, body, data", [
    ("/?format=lines", {}, b"a\nb\nc", ["a", "b", "c"]),
    ("/?format=blocks", {}, b"a\nb\n\nc\n", ["a\nb", "c"]),
    ("/?format=nul", {}, b"a\nb\0c", ["a\nb", "c"]),
    ("/?format=sse", {}, b"data: a\n\ndata: b\n\n", ["a", "b"]),
    ("/", EVENT_STREAM, b"data: a\n\ndata: b\n\n", ["a", "b"]),
    ("/", NDJSON, b'{"data":"a"}\n{"data":{"b": 1}}', ["a", '{"b":1}']),
], ids=["lines", "blocks", "nul", "sse", "event-stream", "ndjson"])
def test_body_of_a_format_is_many_events(start, target, headers, body, data):
    server = start(*MEMORY)
    viewer = server.view()
    answer = server.post(body, target, headers=headers)
    events = viewer.next_events(len(data))
    assert [event.data for event in events] == data
    assert answer.json == {"id": events[-1].id, "events": len(data)}


def test_events_arrive_while_the_body_does(start):
    server = start(*MEMORY)
    viewer = server.view()
    post = server.begin("/?format=lines")
    for n in range(5):
        post.send(b"%d\nto" % n)
        assert viewer.next_event().data == ("to" if n else "") + str(n)
    assert post.post(b"rn").json["events"] == 6
    assert viewer.next_event().data == "torn"


def test_pause_ends_a_block(start):
    server = start(*MEMORY)
    viewer = server.view()
    post = server.begin("/?format=blocks")
    post.send(b"a\nb\n")
    assert viewer.next_event().data == "a\nb"
    assert post.post(b"").json["events"] == 1


@pytest.mark.parametrize("target, whole", [
    ("/?format=lines", ["one", "two"]), ("/", [])], ids=["many", "one"])
def test_body_that_breaks_off_is_what_was_whole(start, target, whole):
    server = start(*MEMORY)
    viewer = server.view()
    post = server.begin(target)
    post.send(b"one\ntwo\nthr")
    post.close()
    server.post(b"last")
    assert viewer.next_data(len(whole) + 1) == [*whole, "last"]


# Refusals.

@pytest.mark.parametrize("status, target, headers, text", [
    (404, "/", {}, "to all streams at once. Streams that take posts: room"),
    (404, "/none", {}, "no such stream. Streams that take posts: room"),
    (405, "/tick", {}, "Nothing can be posted here."),
    (400, "/room?format=xml", {}, "lines, blocks, nul, sse or json"),
    (400, "/room?event=gap", {}, "Only pipecast itself"),
    (400, "/room?event=a%0Ab", {}, "line break"),
    (403, "/room", {"Origin": "https://evil.example"}, "--allow-origin"),
    (403, "/room", {"Sec-Fetch-Site": "cross-site"}, "--allow-origin"),
    (413, "/room", {}, "262144"),
])
def test_refusal_says_why(start, status, target, headers, text):
    server = start("--post", "room=memory:", "tick=every:1h")
    data = bytes(300_000) if status == 413 else b"x"
    answer = server.post(data, target, headers=headers)
    assert (answer.status, text in answer.text) == (status, True), answer.text
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    if status == 405:
        assert answer.headers["allow"] == "GET, HEAD, OPTIONS"


@pytest.fixture
def tokens(folder):
    """Options that name the files of two tokens."""
    options = []
    for purpose in "read", "post":
        path = folder / purpose
        path.write_text(f"the-token-to-{purpose}")
        path.chmod(0o600)
        options.append(f"--{purpose}-token={path}")
    return options


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def test_token_to_post_is_needed(start, tokens):
    server = start(*tokens, *MEMORY)
    for headers in {}, bearer("the-token-to-read"), bearer("x" * 16):
        assert server.post(b"wrong", headers=headers).status == 401
    assert server.post(b"wrong", "/?token=the-token-to-read").status == 401
    viewer = server.view(headers=bearer("the-token-to-read"))
    assert server.post(
        b"one", headers=bearer("the-token-to-post")).status == 200
    assert server.post(b"two", "/?token=the-token-to-post").status == 200
    assert viewer.next_data(2) == ["one", "two"]


def test_token_to_read_serves_for_posts_unless_anybody_may(start, tokens):
    server = start(tokens[0], *MEMORY)
    assert server.post(b"wrong").status == 401
    assert server.post(
        b"one", headers=bearer("the-token-to-read")).status == 200
    server = start(tokens[0], "--post-token", "none", *MEMORY)
    assert server.post(b"one").status == 200
    assert server.post(b"one", "/no").status == 401


def test_methods_are_those_of_the_stream(start):
    server = start("--post", "room=memory:", "tick=every:1h")
    for target, allow in [("/room", "GET, HEAD, OPTIONS, POST, PUT"),
                          ("/tick", "GET, HEAD, OPTIONS"),
                          ("/", "GET, HEAD, OPTIONS")]:
        options = server.program.open(target, method="OPTIONS")
        options.wait_end()
        assert options.headers["allow"] == allow


def test_check_says_where_and_from_whom(run):
    program = run("--check", "--post", "a=memory:", "b=memory:", "every:1h",
                  "--allow-origin", "*", "--allow-origin", "https://a.example",
                  "--http", "0")
    program.stream.read_to_end()
    assert program.wait_exit() == 0
    assert program.stream.response.head_bytes.endswith(
        b"posts to /a, /b from programs and pages of the same site, and of "
        b"https://a.example\n")


def test_named_origin_may_post_from_its_pages(start):
    origin = {"Origin": "https://a.example", "Sec-Fetch-Site": "cross-site"}
    server = start("--allow-origin", "https://a.example", *MEMORY)
    preflight = server.program.open(method="OPTIONS", headers=origin)
    preflight.wait_end()
    assert preflight.headers["access-control-allow-methods"] == \
        "GET, HEAD, POST, PUT"
    answer = server.post(b"x", headers=origin)
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == \
        "https://a.example"


def test_wrong_event_is_named_and_ends_the_post(start):
    server = start(*MEMORY)
    viewer = server.view()
    post = server.begin(headers=NDJSON)
    answer = post.post(b'{"data":1}\n{"data":2}\nno\n{"data":4}\n')
    assert answer.status == 400
    assert answer.text.startswith("Event 3, after 2 that were published: ")
    server.post(b"last")
    assert viewer.next_data(3) == ["1", "2", "last"]


# Hostile ones.

def test_event_without_an_end_is_refused_at_its_limit(start):
    server = start("--max-event", "64K", *MEMORY)
    post = server.begin("/?format=lines")
    post.send(b"first\n")
    for _ in range(20):
        post.send(b"x" * 50_000)
    post.end()
    answer = post.answer()
    assert answer.status == 413
    assert answer.text.startswith("Event 2, after 1 that was published: ")
    assert server.post(b"x").status == 200


def test_silent_sender_is_told_that_it_is_late(start):
    server = start("--heartbeat", "300ms", *MEMORY)
    post = server.begin("/?format=lines")
    post.send(b"a\nb")
    answer = post.answer()
    assert answer.status == 408
    assert answer.text.startswith("Event 2, after 1 that was published: ")


def test_sender_waits_for_viewers_and_not_in_memory(start):
    """Its socket is not read while the ring is full of what a viewer has not
    been sent; when the viewer is dropped, it goes on."""
    line = b"x" * 999 + b"\n"
    server = start("--history", "256K", "--patience", "2s", *MEMORY)
    server.post(b"warm up")
    before = resident_kib(server.program.pid)
    laggard = server.view()
    viewer = server.view()
    post = server.begin("/?format=lines")
    for _ in range(20):
        post.send(line * 1000)
        viewer.next_events(1000)
    assert post.post(b"").json["events"] == 20_000
    assert resident_kib(server.program.pid) < before + 4096
    laggard.close()


def test_half_posts_hold_up_nobody(start):
    server = start(*MEMORY)
    viewer = server.view()
    server.post(b"warm up")
    before = resident_kib(server.program.pid)
    posts = [server.begin("/?format=lines" if n % 2 else "/")
             for n in range(1000)]
    for n, post in enumerate(posts):
        post.send(b"%d" % n)
    assert server.post(b"in between").status == 200
    assert viewer.next_data(2) == ["warm up", "in between"]
    grown = resident_kib(server.program.pid) - before
    assert grown < 1000 * KIB_EACH, f"{grown} KiB for 1,000 of them"
    for post in posts[:500]:
        post.close()
    for post in posts[500:]:
        post.end()
    for post in posts[500:]:
        assert post.answer().status == 200
    assert sorted(viewer.next_data(500), key=int) == \
        [str(n) for n in range(500, 1000)]


def test_posts_are_refused_when_pipecast_stops(start):
    server = start("--patience", "1h", "--history", "4K", *MEMORY)
    idle = server.begin("/?format=lines")
    idle.send(b"a\nb")
    server.view()  # it does not read
    full = server.begin("/?format=lines")
    wait_for(lambda: not full.try_send(b"x" * 60_000 + b"\n"),
             "a full stream")
    server.program.send_signal(signal.SIGTERM)
    for post in (idle, full):
        assert post.answer().status == 503
        assert int(post.headers["retry-after"]) > 0
    assert server.program.wait_exit() == 0


def test_all_posts_are_in_one_order_for_all(start):
    server = start(*MEMORY)
    viewers = [server.view() for _ in range(3)]
    posts = [server.begin("/?format=lines") for _ in range(10)]
    for n in range(100):
        for at, post in enumerate(posts):
            post.send(b"%d.%d\n" % (at, n))
    ids = [post.post(b"").json["id"] for post in posts]
    first, *others = [
        [(event.data, event.id) for event in viewer.next_events(1000)]
        for viewer in viewers]
    assert all(other == first for other in others)
    assert set(ids) <= {event_id for _, event_id in first}
    for at in range(10):
        assert [data for data, _ in first if data.startswith(f"{at}.")] == \
            [f"{at}.{n}" for n in range(100)]
