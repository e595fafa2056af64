"""Redis streams: what several pipecasts, and other programs, make of one."""

import json
import os
import shlex
import subprocess
import threading

import pytest

from documents import of_kind, readme_blocks
from redis_server import make_redis, needs_redis, redis  # noqa: F401
from servers import free_port
from spools import post
from sse import data_of, said
from waiting import DEADLINE, wait_for


@pytest.fixture
def node(listen, redis):
    """Starts a pipecast that reads the key, and takes posts for it."""
    def start(*options, source="redis:key", url=None):
        return listen("--redis", url or redis.url, *options, "--post", source)
    return start


def numbers(first, last):
    return [f"event {n}" for n in range(first, last + 1)]


def resume(program, last_event_id, target="/"):
    return program.open(target, headers={"Last-Event-ID": last_event_id})


# Reading.

def test_all_nodes_have_one_order_and_one_set_of_ids(node, redis):
    """Of two that post at the same time, and of another program."""
    nodes = [node(), node()]
    streams = [each.open().wait_open() for each in nodes]
    redis.wait_followed(2)
    writers = [threading.Thread(target=post, args=(
        each.address, "\n".join(f"{name} {n}" for n in range(500)),
        "/?format=lines")) for name, each in zip("ab", nodes)]
    for writer in writers:
        writer.start()
    redis.add("key", *numbers(1, 500))
    for writer in writers:
        writer.join()
    seen = [said(stream.next_events(1500)) for stream in streams]
    assert seen[0] == seen[1]
    assert [(id, data) for _, data, id in seen[0]] == redis.all("key")
    for name in ("a ", "b ", "event "):
        data = [text for _, text, _ in seen[0] if text.startswith(name)]
        assert data == sorted(data, key=lambda text: int(text.split()[1]))


def test_entries_of_other_programs_are_events(node, redis):
    node_stream = node(source="n=redis:key").open().wait_open()
    redis.wait_followed()
    for fields in (("data", "plain"), ("event", "kind", "data", "a\nb"),
                   ("sensor", "7", "unit", 'C"'), ("data", ""),
                   ("x", b"\xff\0\n", "event", "no"),
                   ("event", "bad\ntype", "data", "kept")):
        redis.ask("XADD", "key", "*", *fields)
    events = node_stream.next_events(6)
    assert [(event.type, event.data) for event in events] == [
        ("n", "plain"), ("kind", "a\nb"), ("n", '{"sensor":"7","unit":"C\\""}'),
        ("n", ""), ("n", '{"x":"\ufffd\\u0000\\u000a","event":"no"}'),
        ("n", "kept")]
    assert [event.id for event in events] == \
        [id for id, _ in redis.ask("XRANGE", "key", "-", "+")]


def test_start_brings_as_much_of_the_past_as_there_is_history(node, redis):
    redis.add("key", *numbers(1, 3000))
    assert node("--replay", "all").open().next_data(3000) == numbers(1, 3000)
    stream = node("--replay", "all", "--history", "16K").open()
    first = int(stream.next_event().data.split()[1])
    assert 2000 < first < 2950
    redis.add("key", "live")
    assert data_of(stream.events_until("live")) == \
        [*numbers(first + 1, 3000), "live"]
    stream = node().open().wait_open()
    redis.wait_followed(3)
    redis.add("key", "new")
    assert stream.next_event().data == "new"


def test_large_entries_come_whole_and_too_large_ones_are_told(node, redis):
    """Both live, and in a reply of hundreds of them."""
    sizes = {"a": 262_144, "b": 262_145, "c": 1}
    program = node("--history", "64K", "--patience", "1m")
    stream = program.open().wait_open()
    redis.wait_followed()
    redis.add("key", *(name * size for name, size in sizes.items()))
    redis.add("key", "large " * 40_000, *["d" * 262_144] * 300, "end")
    events = stream.events_until("end", 60)
    assert [event.type for event in events[:4]] == \
        ["message", "gap", "message", "message"]
    assert len(events) == 4 + 300 + 1
    program.wait_for_error("it is too long (262149 bytes)")
    later = resume(node("--history", "64K"), events[0].id)
    assert data_of(later.events_until("end", 60)) == data_of(events[1:])


def test_viewers_resume_at_another_node(node, redis):
    """In its memory, or from Redis if it does not reach back so far."""
    ids = redis.add("key", *numbers(1, 2000))
    program = node("--history", "8K")
    program.open().wait_open()
    redis.wait_followed()
    streams = {at: resume(program, ids[at - 1])
               for at in (1, 2, 500, 1500, 1999, 2000)}
    redis.add("key", "live")
    for at, stream in streams.items():
        assert stream.next_data(2001 - at) == [*numbers(at + 1, 2000), "live"]
    redis.add("key", "after")
    for stream in streams.values():
        assert stream.next_data(1) == ["after"]


@pytest.mark.parametrize("known, trim, rest", [
    ("5-5", (), ["gap", "6", "7"]),        # never was
    ("5-0", (), ["6", "7"]),
    ("7-0", (), []),
    ("9-0", (), ["gap"]),                  # Redis has never been there
    ("2-0", ("XTRIM", "key", "MAXLEN", 2), ["gap", "6", "7"]),
    ("7-0", ("XTRIM", "key", "MAXLEN", 0), []),
    ("6-0", ("XTRIM", "key", "MAXLEN", 0), ["gap"]),
    ("6-0", ("DEL", "key"), ["gap"]),
])
def test_viewer_is_whole_only_if_redis_has_its_place(
        node, redis, gateway, known, trim, rest):
    """At a node, and under plain CGI, where a process serves it alone."""
    for n in range(1, 8):
        redis.ask("XADD", "key", f"{n}-0", "data", n)
    if trim:
        redis.ask(*trim)
    streams = [
        resume(node("--history", "4K"), known),
        gateway("--redis", redis.url, "redis:key",
                request={"HTTP_LAST_EVENT_ID": known}).stream]
    for stream in streams:
        stream.wait_open()
    redis.wait_followed(2)
    if trim and trim[0] == "DEL":  # both have come to its end
        for stream in streams:
            assert stream.next_event().type == "gap"
        rest = []
    redis.ask("XADD", "key", "10-0", "data", "live")
    for stream in streams:
        events = stream.events_until("live")
        assert [event.data if event.type != "gap" else "gap"
                for event in events] == [*rest, "live"]
        gaps = [event for event in events if event.type == "gap"]
        assert all(json.loads(gap.data) ==
                   {"last_event_id": known, "missed": None} for gap in gaps)


def test_keys_by_name_share_two_connections(node, redis):
    # A viewer is there before Redis has said where its stream begins.
    program = node("--max-streams", "1100", "--replay", "1",
                   source="room/*=redis:room:*")
    streams = {}
    for first in range(0, 1000, 50):  # no more at once than may wait
        names = range(first, first + 50)
        streams |= {n: program.open(f"/room/{n}").wait_open() for n in names}
        for n in names:
            redis.ask("XADD", f"room:{n}", "*", "data", f"in {n}")
        for n in names:
            assert streams[n].next_event().data == f"in {n}"
    assert redis.n_clients() == 2
    assert post(program.address, "posted", "/room/7").id == \
        streams[7].next_event().id
    assert redis.all("room:7")[-1][1] == "posted"


def test_plain_cgi_reads_and_posts(gateway, redis):
    options = ("--redis", redis.url, "--replay", "2", "--post", "redis:key")
    redis.add("key", *numbers(1, 5))
    stream = gateway(*options).stream
    assert stream.next_data(2) == ["event 4", "event 5"]
    posted = gateway(*options, request={
        "REQUEST_METHOD": "POST", "QUERY_STRING": "event=hello",
        "CONTENT_LENGTH": "2"}, stdin=open_with(b"hi"))
    assert posted.finish() == 0
    event = stream.next_event()
    assert (event.type, event.data) == ("hello", "hi")
    assert json.loads(posted.stream.text) == {"id": event.id}


def open_with(data):
    reader, writer = os.pipe()
    os.write(writer, data)
    os.close(writer)
    return reader


def test_posts_are_trimmed_to_the_length_asked_for(node, redis):
    program = node("--redis-maxlen", "100")
    lines = "\n".join(str(n) for n in range(1000))
    assert post(program.address, lines, "/?format=lines").events == 1000
    assert 100 <= redis.ask("XLEN", "key") < 300


def test_status_is_that_of_the_node(node, redis):
    nodes = [node("--status", "--header", f"X-Node: {name}")
             for name in "ab"]
    viewer = nodes[1].open().wait_open()
    redis.wait_followed(2)
    assert post(nodes[0].address, "hello").status == 200
    assert viewer.next_event().data == "hello"
    for program, name, posts, viewers in zip(nodes, "ab", (1, 0), (0, 1)):
        status = program.fetch("/.status")
        assert status.headers["x-node"] == name
        stream, = json.loads(status.text)["streams"]
        assert (stream["posts"], stream["viewers"]) == (posts, viewers)
        assert f'pipecast_posts_total{{stream=""}} {posts}\n' in \
            program.fetch("/.status", headers={"Accept": "text/plain"}).text


# Letting in.

def test_password_comes_from_url_or_environment_and_is_not_shown(
        make_redis, listen):
    port = free_port()
    redis = make_redis("--requirepass", "sesame", "--port", port)
    redis.ask("AUTH", "sesame")
    redis.ask("ACL", "SETUSER", "ann", "on", ">s@crt", "~key", "+@all")
    refused = [listen("--redis", url, "redis:key") for url in (
        redis.url, f"redis://ann:wrong@127.0.0.1:{port}")]
    refused[0].wait_for_error("redis.socket: it wants a password: give it in "
                              "--redis or in REDISCLI_AUTH")
    refused[1].wait_for_error(f"redis://127.0.0.1:{port}: it does not know "
                              "this user and password")
    programs = [
        listen("--redis", redis.url, "redis:key",
               env={"PATH": "/usr/bin:/bin", "REDISCLI_AUTH": "sesame"}),
        listen("--redis", f"redis://ann:s%40crt@localhost:{port}/0",
               "redis:key")]
    streams = [program.open().wait_open() for program in programs]
    redis.wait_followed(2)
    redis.add("key", "seen")
    for stream in streams:
        assert stream.next_event().data == "seen"
    with open(f"/proc/{programs[1].pid}/cmdline", "rb") as file:
        assert b"crt" not in file.read()
    assert "wrong" not in refused[1].errors()


def test_user_that_may_not_read_a_key_has_that_one_refused(
        node, redis, listen):
    redis.ask("ACL", "SETUSER", "default", "resetkeys", "~ok",
              "~text")
    redis.ask("SET", "text", "no stream")
    program = listen("--redis", redis.url, "--status", "--post", "ok=redis:ok",
                     "--post", "no=redis:secret", "--post", "text=redis:text")
    program.wait_for_error("redis:secret: cannot read it: the user may not")
    program.wait_for_error("redis:text: cannot read it: the key is there, but "
                           "it is no stream")
    stream = program.open("/ok").wait_open()
    redis.wait_followed()
    redis.add("ok", "goes on")
    assert stream.next_event().data == "goes on"
    refused = post(program.address, "x", "/no")
    assert (refused.status, refused.headers["retry-after"]) == (503, "5")
    states = {source["name"]: source["state"] for source in json.loads(
        program.fetch("/.status").text)["sources"]}
    assert states == {"ok": "running", "no": "away", "text": "away"}
    late = program.open("/text").wait_open()
    redis.ask("DEL", "text")
    redis.add("text", "mended")
    wait_for(lambda: "away" not in json.loads(
        program.fetch("/.status").text)["sources"][2]["state"], "mended")
    redis.add("text", "and on")
    assert late.events_until("and on")


def test_commands_of_the_documents_work(redis, listen, readme):  # noqa: F811
    blocks = readme_blocks(readme)
    words = shlex.split(*of_kind(blocks, "redis"))
    assert words.pop(0) == "pipecast"
    words[words.index("--redis") + 1] = redis.url
    program = listen(*words)
    stream = program.open().wait_open()
    redis.wait_followed()
    command, = of_kind(blocks, "redis entry")
    subprocess.run(command.replace("redis-cli", f"redis-cli -s {redis.path}"),
                   shell=True, check=True, timeout=DEADLINE)
    assert stream.next_event().data == "hello"
    assert post(program.address, "back").id == stream.next_event().id
