"""Redis that is away, that loses data, or that is not what it should be: what
viewers and posters see of it."""

import contextlib
import json
import re
import socket
import threading

import pytest

from faults import preloaded
from redis_server import make_redis, needs_redis, redis  # noqa: F401
from servers import free_port
from spools import post
from sse import data_of
from waiting import wait_for

DURABLE = ("--appendonly", "yes", "--appendfsync", "always")


@pytest.fixture
def node(listen):
    """A pipecast that reads the key, with a viewer who has seen an event."""
    def start(redis, *options):
        program = listen("--redis", redis.url, "--status", *options, "--post",
                         "redis:key")
        program.viewer = program.open().wait_open()
        redis.wait_followed()
        program.first = post(program.address, "first").id
        assert program.viewer.next_event().id == program.first
        return program
    return start


def refusal(program, data="refused"):
    answer = post(program.address, data)
    assert (answer.status, answer.headers["retry-after"]) == (503, "5")
    return answer.text.strip()


def source(program):
    return json.loads(program.fetch("/.status").text)["sources"][0]


def assert_lost(program, last_event_id=""):
    gap = program.viewer.next_event()
    assert gap.type == "gap"
    assert json.loads(gap.data) == {"last_event_id": last_event_id,
                                    "missed": None}


def test_viewers_stay_while_redis_is_away_and_posts_are_refused(
        make_redis, node):
    redis = make_redis(*DURABLE)
    program = node(redis)
    redis.kill()
    program.wait_for_error("; it is tried again until it is there")
    assert refusal(program) == "Redis cannot be reached; try again soon."
    assert source(program)["state"] == "away"
    assert source(program)["for_s"] >= 0
    assert "pipecast_source_away_seconds 0.000" not in program.fetch(
        "/.status", headers={"Accept": "text/plain"}).text
    redis.restart()
    program.wait_for_error("it is there again, after ")
    assert source(program)["state"] == "running"
    assert post(program.address, "second").status == 200
    assert program.viewer.next_event().data == "second"
    assert program.errors().count("\n") == 3


def test_node_that_starts_before_redis_waits_for_it(make_redis, listen):
    redis = make_redis(*DURABLE)
    redis.add("key", "old")
    redis.kill()
    program = listen("--redis", redis.url, "--replay", "all", "redis:key")
    program.wait_for_error("is tried again until it is there")
    viewer = program.open().wait_open()
    redis.restart()
    assert viewer.next_event().data == "old"


def test_name_that_is_not_found_in_time_holds_nothing_up(
        needs_redis, listen):  # noqa: F811
    program = listen("--redis", "redis://slow.example", "a=redis:key",
                     "b=every:100ms",
                     prefix=preloaded(hanging="slow.example"))
    viewer = program.open("/b").wait_open()
    viewer.next_events(2)
    program.wait_for_error("slow.example:6379: the name of its host is not "
                           "found in time; ")
    viewer.next_events(2)


def test_redis_that_comes_back_empty_has_lost_something(redis, node):
    program = node(redis)
    redis.restart()
    assert_lost(program)
    redis.ask("XADD", "key", "1-1", "data", "anew")
    assert program.viewer.next_event().data == "anew"
    program.wait_for_error("events are missing: Redis has lost them")
    late = program.open(headers={"Last-Event-ID": program.first})
    assert data_of(late.next_events(2))[1] == "anew"


def test_redis_that_has_lost_its_newest_data_goes_on_from_there(redis, node):
    program = node(redis)
    redis.ask("SAVE")
    lost = post(program.address, "lost").id
    assert program.viewer.next_event().id == lost
    redis.restart()
    assert_lost(program)
    answer = post(program.address, "next")
    assert program.viewer.next_event().id == answer.id
    other = program.open(headers={"Last-Event-ID": lost})
    assert [event.type for event in other.next_events(2)] == ["gap", "message"]


def test_redis_that_does_not_answer_is_given_up(redis, node):
    """A post in flight is not answered with success, and not sent again."""
    program = node(redis)
    with redis.stopped():
        text = refusal(program, "in flight")
        assert "may or may not have been published" in text
        program.wait_for_error("it does not answer")
    program.wait_for_error("it is there again", 30)
    assert post(program.address, "last").status == 200
    seen = [event.data for event in program.viewer.events_until("last")]
    assert seen == [data for _, data in redis.all("key")][1:]


def test_replica_is_followed_and_posted_to_once_it_is_promoted(
        make_redis, node):
    port = free_port()
    first = make_redis("--port", port)
    program = node(first)
    second = make_redis("--port", free_port(), "--replicaof", "127.0.0.1",
                        port)
    wait_for(lambda: "master_link_status:up" in second.ask("INFO"), "replica")
    first.ask("REPLICAOF", "127.0.0.1", second.options[1])
    program.wait_for_error("it has become a replica")
    wait_for(lambda: "it is a replica" in program.errors() or
             refusal(program), "a refused post")
    first.ask("REPLICAOF", "NO", "ONE")
    wait_for(lambda: post(program.address, "promoted").status == 200,
             "a post", pause=0.1)
    assert program.viewer.events_until("promoted")


def test_redis_without_memory_refuses_posts_alone(redis, node):
    program = node(redis)
    redis.ask("CONFIG", "SET", "maxmemory", "1")
    assert refusal(program).startswith("Redis has no memory left")
    redis.ask("CONFIG", "SET", "maxmemory", "0")
    assert post(program.address, "again").status == 200
    assert program.viewer.next_event().data == "again"
    program.wait_for_error("redis:key: cannot add to it: Redis has no memory")


def test_entries_that_are_trimmed_before_they_are_read_are_told(redis, node):
    """While a viewer that does not read keeps the node from reading on."""
    program = node(redis, "--history", "4K", "--patience", "1m")
    redis.add("key", *(f"{n} {'x' * 200_000}" for n in range(60)))
    wait_for(lambda: source(program)["state"] == "waiting", "standstill")
    redis.ask("XTRIM", "key", "MAXLEN", 1)
    redis.add("key", "end")
    events = program.viewer.events_until("end")
    kinds = [event.type for event in events]
    assert kinds.count("gap") == 1
    first = kinds.index("gap")
    assert [event.data.split()[0] for event in events[:first]] == \
        [str(n) for n in range(first)]
    assert [event.data.split()[0] for event in events[first + 1:]] == \
        ["59", "end"]


@pytest.mark.parametrize("stops_redis", [False, True])
def test_entries_trimmed_while_either_stands_still_are_told(
        redis, node, stops_redis):
    """The first of them ends the wait of XREAD."""
    program = node(redis)
    wait_for(lambda: re.search(r" idle=[2-9] flags=b", redis.ask(
        "CLIENT", "LIST")), "a silence", pause=0.1)
    commands = [("XADD", "key", "*", "data", n) for n in range(3)]
    with (redis if stops_redis else program).stopped():
        redis.client.send(*commands, ("XTRIM", "key", "MAXLEN", 1))
        if not stops_redis:
            wait_for(lambda: redis.client.receive() == 3, "the trimming")
    events = program.viewer.events_until("2")
    assert [event.type if event.type == "gap" else event.data
            for event in events] == ["0", "gap", "2"]


# A server that is not Redis.

def bulk(*words):
    return b"*%d\r\n" % len(words) + b"".join(
        b"$%d\r\n%s\r\n" % (len(word), word) for word in words)


def entry(number):
    """The reply of XREAD with one entry."""
    return (b"*1\r\n*2\r\n$3\r\nkey\r\n*1\r\n*2\r\n$%d\r\n%s\r\n" % (
        len(number), number) + bulk(b"data", number))


class Impostor(threading.Thread):
    """Answers each XREAD with the next of the replies, then with entries."""

    USUAL = {b"XREVRANGE": b"*0\r\n", b"XRANGE": b"*0\r\n",
             b"PING": b"+PONG\r\n", b"CLIENT": b":1\r\n",
             b"XINFO": b"*2\r\n" + b"$17\r\nlast-generated-id\r\n"
                       b"$3\r\n0-0\r\n"}

    def __init__(self, path, replies):
        super().__init__(daemon=True)
        self.replies = list(replies)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen()
        self.n = 0

    def run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,),
                             daemon=True).start()

    def serve(self, connection):
        with contextlib.suppress(OSError), connection, \
                connection.makefile("rb") as commands:
            while line := commands.readline():
                words = [commands.read(int(commands.readline()[1:]) + 2)[:-2]
                         for _ in range(int(line[1:]))]
                connection.sendall(self.answer(words[0]))

    def answer(self, command):
        if command != b"XREAD":
            return self.USUAL[command]
        if self.replies:
            return self.replies.pop(0)
        self.n += 1
        return entry(b"%d-0" % self.n)


HOSTILE = [
    b"+OK\r\n", b":7\r\n", b"$3\r\nkey\r\n", b"*0\r\n", b"*-1\r\n",
    b"$-1\r\n", b"-ERR no\r\n", b"-\r\n", b"-LOADING wait\r\n",
    b"-MOVED 7 elsewhere:1\r\n", b"-UNBLOCKED \0\r\n",
    b"*1\r\n*2\r\n$5\r\nother\r\n*1\r\n*2\r\n$3\r\n1-1\r\n*0\r\n",
    b"*1\r\n*2\r\n$3\r\nkey\r\n*3\r\n+x\r\n*2\r\n$3\r\nx-y\r\n*0\r\n:1\r\n",
    b"*1\r\n*2\r\n*0\r\n$3\r\nkey\r\n", b"*2\r\n*-1\r\n*1\r\n$3\r\nkey\r\n",
    b"*1\r\n*2\r\n$3\r\nkey\r\n*1\r\n*2\r\n$3\r\n0-1\r\n*1\r\n$1\r\na\r\n",
    b"*1\r\n" * 7 + b":1\r\n",
    b"*1\r\n" * 20, b"hello\r\n", b"$-7\r\n", b"*99999999999\r\n",
    b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\0" * 100, b"x" * 100_000,
    b"*-1\r\n*-1\r\n",
]


@pytest.fixture
def impostor(folder, needs_redis):  # noqa: F811
    running = []

    def start(*replies):
        running.append(Impostor(f"{folder}/impostor", replies))
        running[-1].start()
        return f"unix:{folder}/impostor"
    yield start
    for server in running:
        server.listener.close()


@pytest.mark.parametrize("replies", [
    HOSTILE[at:at + 5] for at in range(0, len(HOSTILE), 5)])
def test_replies_that_are_none_end_no_stream(listen, impostor, replies):
    """Whatever they are, the entries that come later are delivered."""
    program = listen("--redis", impostor(*replies), "redis:key")
    program.open().events_until("2-0", 60)


def test_entry_too_large_for_any_memory_is_skipped(listen, impostor):
    large = (b"*1\r\n*2\r\n$3\r\nkey\r\n*1\r\n*2\r\n$3\r\n0-9\r\n*2\r\n"
             b"$4\r\ndata\r\n$40000000\r\n" + b"x" * 40_000_000 + b"\r\n")
    program = listen("--redis", impostor(large), "redis:key")
    stream = program.open().wait_open()
    gap = stream.events_until("1-0", 60)[0]
    assert (gap.type, json.loads(gap.data)["missed"]) == ("gap", 1)
    program.wait_for_error("skipped the entry 0-9: it is too large")
