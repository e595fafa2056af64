"""Nodes, relays of nodes, and Redis are killed at random, while viewers come back
anywhere: each event reaches each viewer once and in order, or a gap is where
Redis lost it.

make redis lets this take REDIS_SECONDS."""

import os
import random
import selectors
import signal
import socket
import threading
import time

import pytest

from client import Response
from http_program import HttpProgram
from redis_server import (RedisClient, RedisError, make_redis,  # noqa: F401
                          needs_redis)  # noqa: F401
from servers import free_port
from spools import post
from sse import Event, Parser
from waiting import DEADLINE, wait_for

SECONDS = float(os.environ.get("REDIS_SECONDS", "8"))
VIEWERS = int(os.environ.get("REDIS_VIEWERS", "40"))
DURABLE = ("--appendonly", "yes", "--appendfsync", "always")
NODES = 3
RELAYS = 2


class Viewer:
    """One of many in a loop. What it has seen: data, or None for a gap."""

    def __init__(self, crowd):
        self.crowd = crowd
        self.seen = []
        self.gaps = 0
        self.last_event_id = ""
        self.socket = None
        self.due = 0.0

    def come(self):
        port = random.choice(self.crowd.ports)
        self.response, self.parser = Response(), Parser()
        self.socket = socket.socket()
        resume = f"Last-Event-ID: {self.last_event_id}\r\n" \
            if self.last_event_id else ""
        try:
            self.socket.connect(("127.0.0.1", port))
            self.socket.sendall(
                f"GET / HTTP/1.1\r\nHost: localhost\r\n{resume}\r\n"
                .encode())
        except OSError:
            self.leave()
            return
        self.socket.setblocking(False)
        self.crowd.selector.register(self.socket, selectors.EVENT_READ, self)

    def leave(self):
        self.socket.close()
        self.socket = None
        self.due = time.monotonic() + random.uniform(0.02, 0.2)

    def read(self):
        try:
            data = self.socket.recv(65536)
        except OSError:
            data = b""
        for item in self.parser.feed(self.response.feed(data)):
            if isinstance(item, Event):
                self.take(item)
        # An answer that ends at once asks to come back.
        if not data or self.response.is_complete():
            self.crowd.selector.unregister(self.socket)
            self.leave()

    def take(self, event):
        if event.type == "gap":
            self.seen.append(None)
            self.gaps += 1
            return
        self.seen.append((event.id, event.data))
        self.last_event_id = event.id


class Crowd(threading.Thread):
    """All viewers. Now and then one leaves by itself."""

    def __init__(self, ports, count):
        super().__init__(daemon=True)
        self.ports = ports
        self.selector = selectors.DefaultSelector()
        self.viewers = [Viewer(self) for _ in range(count)]
        self.calm = self.ended = False

    def run(self):
        while not self.ended:
            for key, _ in self.selector.select(0.02):
                key.data.read()
            now = time.monotonic()
            for viewer in self.viewers:
                if not viewer.socket and viewer.due < now:
                    viewer.come()
            if not self.calm and random.random() < 0.2:
                viewer = random.choice(self.viewers)
                if viewer.socket:
                    self.selector.unregister(viewer.socket)
                    viewer.leave()

    def have_seen(self, data):
        return all(viewer.seen and viewer.seen[-1] and
                   viewer.seen[-1][1] == data for viewer in self.viewers)


class Writer(threading.Thread):
    """Adds numbered events, by the nodes or directly, and notes those that
    were acknowledged."""

    def __init__(self, name, send):
        super().__init__(daemon=True)
        self.name = name
        self.send = send
        self.acknowledged = []
        self.ended = False
        self.fault = None

    def run(self):
        number = 0
        while not self.ended:
            number += 1
            data = f"{self.name} {number}"
            try:
                self.acknowledged.append((self.send(data), data))
            except (OSError, AssertionError, RedisError, ValueError):
                pass
            time.sleep(0.1)


class Cluster:
    """Nodes, and relays of some of them, where this build can relay."""

    def __init__(self, redis, binary, folder):
        self.redis = redis
        self.binary = binary
        self.folder = folder
        n_relays = RELAYS if binary.with_name("pipecat").exists() else 0
        self.ports = [free_port() for _ in range(NODES + n_relays)]
        self.lives = [self.start(at) for at in range(len(self.ports))]
        self.errors = []

    def start(self, at):
        source = [f"http://127.0.0.1:{self.ports[at - NODES]}/"]
        if at < NODES:
            source = ["--redis", self.redis.url, "--redis-maxlen", "0",
                      "--post", "redis:key"]
        return HttpProgram(self.binary, [
            "--history", "16K", "--retry", "100ms", *source], self.folder,
            listen=str(self.ports[at]))

    def end_one(self, at):
        self.lives[at].stop()
        self.errors.append(self.lives[at].errors())

    def kill_one(self):
        at = random.randrange(len(self.ports))
        if random.random() < 0.7:
            self.lives[at].send_signal(signal.SIGKILL)
        self.end_one(at)
        time.sleep(random.uniform(0, 0.3))
        self.lives[at] = self.start(at)

    def kill_redis(self):
        self.redis.kill()
        time.sleep(random.uniform(0, 0.4))
        self.redis.start_again()

    def pause_redis(self):
        with self.redis.stopped():
            time.sleep(random.uniform(0, 0.4))

    def post(self, data):
        port = random.choice(self.ports[:NODES])
        answer = post(f"http://127.0.0.1:{port}/", data)
        if answer.status != 200:
            raise ConnectionError(answer.text)
        return answer.id

    def add(self, data):
        client = RedisClient(self.redis.path)
        try:
            return client.ask("XADD", "key", "*", "data", data)
        finally:
            client.close()

    def stop(self):
        for at in range(len(self.ports)):
            self.end_one(at)


@pytest.fixture
def cluster(make_redis, binary, folder):  # noqa: F811
    started = []

    def start(*options):
        started.append(Cluster(make_redis(*options), binary, folder))
        return started[-1]
    yield start
    for cluster in started:
        cluster.stop()
        assert not [text for text in cluster.errors if "Sanitizer" in text or
                    "runtime error" in text]


def let_happen(cluster, writers, what):
    """Everything until the end that all viewers have seen."""
    crowd = Crowd(cluster.ports, VIEWERS)
    crowd.start()
    for writer in writers:
        writer.start()
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        time.sleep(random.uniform(0.1, 1))
        random.choice(what)()
    for writer in writers:
        writer.ended = True
        writer.join(2 * DEADLINE)
    crowd.calm = True
    wait_for(lambda: is_added(cluster, "end"), "the end is added", 60, 0.5)
    wait_for(lambda: crowd.have_seen("end"), "everyone has seen the end", 90,
             0.1)
    crowd.ended = True
    crowd.join()
    for viewer in crowd.viewers:
        if viewer.socket:
            viewer.socket.close()
    return crowd.viewers


def is_added(cluster, data):
    try:
        return cluster.post(data)
    except OSError:
        return None


def entries(viewer):
    return [entry for entry in viewer.seen if entry]


def assert_survived(cluster, viewers, writers):
    """Nothing is lost, doubled or out of order, and no gap is told."""
    truth = cluster.redis.all("key")
    place = {entry: n for n, entry in enumerate(truth)}
    for writer in writers:
        assert writer.acknowledged
        assert all(entry in place for entry in writer.acknowledged)
    for viewer in viewers:
        seen = entries(viewer)
        first = place[seen[0]]
        assert seen == truth[first:place[seen[-1]] + 1]
        assert viewer.gaps == 0


def assert_losses_are_told(viewers, writer):
    """Between two events of one writer there is none, or a gap is told."""
    order = [data for _, data in writer.acknowledged]
    after = dict(zip(order, order[1:]))
    for viewer in viewers:
        ids = [id for id, _ in entries(viewer)]
        assert len(set(ids)) == len(ids)
        last = None
        for entry in viewer.seen:
            if entry is None or entry[1] == "end":
                last = None
                continue
            _, data = entry
            assert last is None or data in (after.get(last), data) or \
                data not in order or last not in order, (last, data)
            last = data


def test_nothing_is_lost_while_nodes_and_redis_are_killed(cluster):
    killed = cluster(*DURABLE)
    writers = [Writer(name, killed.post) for name in "ab"]
    writers.append(Writer("c", killed.add))
    viewers = let_happen(killed, writers, [
        killed.kill_one, killed.kill_redis, killed.pause_redis])
    assert_survived(killed, viewers, writers)


def test_what_redis_loses_is_told(cluster):
    killed = cluster()
    writer = Writer("c", killed.add)
    viewers = let_happen(killed, [writer], [
        killed.kill_one, killed.kill_redis])
    assert_losses_are_told(viewers, writer)
    assert all(viewer.gaps > 0 for viewer in viewers)
