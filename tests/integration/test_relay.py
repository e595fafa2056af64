"""http:// and https:// as a source: the stream of another server, with its ids,
through pipecat."""

import itertools
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from crowd import Crowd
from documents import of_kind, readme_blocks
from hub import NO_STREAM_LEFT, answer, stream
from program import plain_environment
from test_pipecat import (  # noqa: F401
    certificate, hub, last_event_ids, reset)
from waiting import DEADLINE, wait_for

FAST = "retry: 1"


@pytest.fixture(autouse=True)
def with_pipecat(pipecat):
    """None of these without it."""


def held(*blocks):
    """The answer of a stream that stays open."""
    def give(connection):
        connection.sendall(stream(*blocks))
        connection.recv(1)
    return give


def pipecats(program, name="pipecat"):
    """The children that read for the program."""
    found = subprocess.run(["ps", "-o", "pid=,comm=", "--ppid",
                            str(program.pid)], capture_output=True, text=True)
    return [int(line.split()[0]) for line in found.stdout.splitlines()
            if line.split()[1] == name]


def child_of(program):
    return wait_for(lambda: pipecats(program), "the child")[0]


def test_events_pass_as_they_are_and_the_rest_is_between_the_servers(
        hub, listen):
    one = hub(held(": hello", "retry: 5", "id: 1\nevent: t\ndata: a\ndata: b",
                   "id: s-aaaa-7\ndata: c", "data: no id",
                   "id: f-1-2-3\ndata: d", "id: pipecast-end\ndata: e"))
    program = listen("--replay", "all", "--retry", "1234ms", one.url)
    viewer = program.open()
    events = [viewer.next_event() for _ in range(5)]
    assert [(e.type, e.data, e.id) for e in events if e.data != "no id"] == [
        ("t", "a\nb", "1"), ("message", "c", "s-aaaa-7"),
        ("message", "d", "f-1-2-3"), ("message", "e", "pipecast-end")]
    assert events[2].id.startswith("s-")
    assert viewer.retries == [1234]
    # An end that was relayed stops nobody.
    again = program.open(headers={"Last-Event-ID": "pipecast-end"})
    assert again.wait_open().status == 200
    assert program.errors().count("\n") == 1


def test_losses_are_told_in_their_place(hub, listen):
    one = hub(held("id: 1\ndata: a", "data: " + "x" * 2000, "id: 2\ndata: b",
                   'event: gap\ndata: {"last_event_id":"2","missed":12}',
                   "id: 3\ndata: c"))
    program = listen("--max-event", "1000", "--replay", "all", one.url)
    events = program.open().next_events(5)
    assert [(e.type, e.id) for e in events] == [
        ("message", "1"), ("gap", events[1].id), ("message", "2"),
        ("gap", events[3].id), ("message", "3")]
    assert '"missed":1}' in events[1].data
    assert '"missed":12}' in events[3].data
    assert "skipped an event" in program.errors()


def test_trouble_is_told_once_while_viewers_stay(hub, listen):
    one = hub(stream("id: 1\ndata: a", FAST), answer(502), reset,
              answer(503), answer(503), held("id: 2\ndata: b"))
    program = listen("--replay", "all", one.url)
    assert program.open().next_data(2) == ["a", "b"]
    assert last_event_ids(one) == [None] + ["1"] * 5
    errors = program.errors()
    assert errors.count("the answer is 503") == 1
    assert "connected again" in errors


@pytest.mark.parametrize("status, told", [
    (401, "--token"), (404, "check the path")])
def test_final_answer_is_told_once_and_the_stream_stays(
        hub, listen, status, told):
    one = hub(answer(status))
    program = listen(one.url)
    viewer = program.open()
    program.wait_for_error(told)
    assert viewer.wait_open().status == 200
    assert "trying again" in program.errors()
    assert program.errors().count("answer is") == 1


def test_certificate_that_is_not_trusted_is_told_once(
        hub, listen, certificate):
    one = hub(held("id: 1\ndata: a"), context=certificate.context())
    url = one.url.replace("127.0.0.1", "localhost")
    program = listen(url)
    program.wait_for_error("--cacert")
    assert program.open().wait_open().status == 200
    trusting = listen("--replay", "all", url, env=plain_environment(
        SSL_CERT_FILE=str(certificate.path)))
    assert trusting.open().next_event().data == "a"


def test_end_at_the_server_is_the_end_here(hub, listen):
    one = hub(stream("id: 1\ndata: a", FAST,
                     "event: end\nid: pipecast-end\ndata: {}"),
              NO_STREAM_LEFT)
    program = listen("--keep", "--replay", "all", one.url)
    wait_for(lambda: len(one.requests) == 2, "the end")
    a, end = program.open().wait_end()
    assert (a.data, end.type, end.data) == ("a", "end", "{}")
    assert program.fetch(
        headers={"Last-Event-ID": "pipecast-end"}).status == 204


def test_child_that_is_killed_is_started_again_where_it_was(hub, listen):
    one = hub(held("id: 1\ndata: a"), held("id: 2\ndata: b"))
    program = listen("--replay", "all", one.url)
    viewer = program.open()
    assert viewer.next_event().data == "a"
    os.kill(child_of(program), signal.SIGKILL)
    assert viewer.next_event().data == "b"
    assert last_event_ids(one) == [None, "1"]
    assert "it is started again" in program.errors()


def test_child_does_not_outlive_pipecast_nor_show_the_url(hub, listen):
    one = hub(held("id: 1\ndata: a"))
    program = listen(one.url.replace("//", "//user:secret@"))
    child = child_of(program)
    command = wait_for(lambda: (text := Path(
        f"/proc/{child}/cmdline").read_text()).count("--relay") and text,
        "the command")
    assert "secret" not in command and str(one.port) not in command
    program.send_signal(signal.SIGKILL)
    program.wait_nothing_left()


def test_missing_pipecat_is_told_with_what_to_do(binary, folder):
    shutil.copy(binary, folder / "alone")
    done = subprocess.run(
        [folder / "alone", "--http", "0", "http://127.0.0.1:1/"],
        capture_output=True, text=True, timeout=DEADLINE,
        env={"PATH": str(folder)})
    assert done.returncode == 1
    assert "neither beside pipecast nor in PATH" in done.stderr


def test_plain_cgi_resumes_at_the_server(hub, gateway):
    one = hub(stream("id: 8\ndata: a", FAST), NO_STREAM_LEFT)
    program = gateway(one.url, request={"HTTP_LAST_EVENT_ID": "7"})
    a, end = program.stream.wait_end()
    assert (a.data, a.id, end.type) == ("a", "8", "end")
    assert last_event_ids(one) == ["7", "8"]


def test_viewers_that_memory_does_not_reach_share_a_child(hub, listen):
    def give(connection):
        wait_for(lambda: len(viewers) == 20, "all viewers")
        connection.sendall(stream("id: 6\ndata: a", "id: 7\ndata: b"))
        connection.recv(1)

    viewers = []
    first = held("id: 7\ndata: b")
    one = hub(first, give)
    program = listen(one.url)
    wait_for(lambda: one.requests, "the stream")
    for _ in range(20):
        viewers.append(program.open(
            headers={"Last-Event-ID": "5"}).wait_open())
    for viewer in viewers:
        assert viewer.next_data(2) == ["a", "b"]
    wait_for(lambda: len(pipecats(program)) == 1, "all have joined")
    assert last_event_ids(one) == [None, "5"]


def test_last_event_id_writes_no_line_for_the_child(hub, listen):
    one = hub(held("id: 1\ndata: a"))
    program = listen(one.url)
    stranger = program.open("/?last_event_id=x%0Ahttp://h/%0A1")
    assert stranger.wait_open().status == 200
    assert len(pipecats(program)) == 1


def test_relay_of_readme_is_a_source(run, readme):
    block, = of_kind(readme_blocks(readme), "relay")
    program = run("--check", *block.split()[1:])
    assert program.finish() == 0


class Node:
    """One of a tree, which is killed and comes back at its port."""

    def __init__(self, listen, *arguments):
        self.listen = listen
        self.arguments = ("--retry", "100ms", *arguments)
        self.program = listen(*self.arguments)
        self.port = self.program.port

    def kill(self):
        self.program.send_signal(signal.SIGKILL)
        self.program.wait_nothing_left()
        self.program = self.listen(*self.arguments, listen=str(self.port))
        self.program.addresses()

    def url(self):
        return f"http://127.0.0.1:{self.port}/"


N_VIEWERS = 1000
# make tree has more of them, and so more kills.
N_EVENTS = int(os.environ.get("TREE_EVENTS", "400"))
KILL_EVERY = 80


def test_tree_of_relays_loses_nothing_while_each_node_is_killed(
        listen, folder):
    spool = folder / "spool"
    hub = Node(listen, f"spool:{spool}")
    middle = Node(listen, hub.url())
    leaves = [Node(listen, middle.url()) for _ in range(2)]
    crowd = Crowd([leaf.port for leaf in leaves], N_VIEWERS, N_EVENTS)
    crowd.start()
    wait_for(lambda: crowd.n_open == N_VIEWERS, "all viewers", 3 * DEADLINE)
    for node in (middle, *leaves):
        child_of(node.program)
    victims = itertools.cycle([leaves[1], hub, middle, leaves[0]])
    for i in range(1, N_EVENTS + 1):
        with open(spool, "a") as file:
            file.write(f"data: {i}\n\n")
        if i == 20:
            wait_for(lambda: all(crowd.seen), "the first events", 3 * DEADLINE)
        if i % KILL_EVERY == 60 and i + KILL_EVERY <= N_EVENTS:
            next(victims).kill()
        time.sleep(0.01)
    crowd.join(9 * DEADLINE)
    assert crowd.lost_or_doubled() == []
    assert {seen[-1:] == [N_EVENTS] for seen in crowd.seen} == {True}
