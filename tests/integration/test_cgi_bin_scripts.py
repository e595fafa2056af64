"""The ready-made scripts of cgi-bin/, dropped in as they are: what runs as CGI
runs as FastCGI as well, where the server starts it."""

import json
import re

import pytest

import fifo
from examples import put_in
from journals import Journal
from fifo import make_fifo
from terminals import needs_terminal


@pytest.fixture
def server(apache_cgid):
    return apache_cgid


@pytest.fixture
def drop_in(server, source_tree, script_name):
    """Copies a script; replace is how its user would edit it."""
    def copy(name, **replace):
        text = (source_tree / "cgi-bin" / name).read_text()
        for variable, value in replace.items():
            text, n = re.subn(rf"(?m)^{variable}=.*$", f"{variable}={value}",
                              text)
            assert n == 1, f"{name} has no line {variable}=..."
        return server.put_script(f"{script_name}-{name}", text)
    return copy


def test_server_time_sends_seconds_and_microseconds(
        script_server, source_tree, script_name):
    """The same script for CGI and FastCGI."""
    script = (source_tree / "cgi-bin" / "server-time.cgi").read_text()
    stream = script_server.open(script_server.put_script(script_name, script))
    event = stream.next_event()
    assert event.type == "server-time"
    assert re.fullmatch(r"\d{10}\.\d{6}", event.data)
    later = stream.next_event()
    assert 2.5 < float(later.data) - float(event.data)


def test_server_time_php_style_sends_whole_seconds(server, drop_in):
    event = server.open(drop_in("server-time-php-style.cgi")).next_event()
    assert event.type == "server-time"
    assert re.fullmatch(r"\d{10}", event.data)


def test_tail_log_follows_a_log(server, drop_in, folder):
    log = folder / "log"
    log.write_text("old\n")
    stream = server.open(drop_in("tail-log.cgi", LOG=log)).wait_open()
    with open(log, "a", encoding="ascii") as file:
        file.write("new\n")
    assert stream.next_event().data == "new"


def test_journal_sends_its_messages(server, source_tree, script_name, folder):
    journal = Journal(folder)
    journal.add("message", PRIORITY=4)
    for path in (journal.folder, journal.file):
        path.chmod(0o755)
    script = put_in((source_tree / "cgi-bin" / "journal.cgi").read_text(),
                    {"journal:": f"'{journal.source()}'"})
    stream = server.open(server.put_script(f"{script_name}-journal", script))
    assert '"priority":4,"message":"message"}' in stream.next_event().data


@needs_terminal
def test_command_sends_output_line_by_line(server, drop_in, folder):
    go = folder / "go.fifo"
    make_fifo(go)
    target = drop_in("command.cgi",
                     COMMAND=f"'read x <{go}; seq 3; sleep 1000'")
    stream = server.open(target).wait_open()
    fifo.write_once(go, b"\n")
    assert stream.next_data(3) == ["1", "2", "3"]


@needs_terminal
def test_command_as_it_is_watches_the_machine(server, drop_in):
    """The page does not miss the header."""
    target = drop_in("command.cgi")
    server.open(target).next_data(3)
    lines = server.open(target).next_data(3)
    assert re.match(r"\s*r\s+b\s", lines[1])
    assert re.fullmatch(r"[\d\s]+", lines[2])


def test_fifo_sends_what_is_written(server, drop_in, folder):
    path = folder / "events.fifo"
    stream = server.open(drop_in("fifo.cgi", FIFO=path)).wait_open()
    fifo.write_once(path, b"hello\n")
    assert stream.next_event().data == "hello"


def test_room_is_a_chat_with_a_past(server, drop_in, folder):
    folder.chmod(0o777)
    room = drop_in("room.cgi", ROOM=folder / "room.sse")
    streams = [server.open(room).wait_open() for _ in range(2)]
    for text in ("hello", "hello again"):
        answer = server.fetch(room, method="POST", body=text.encode())
        assert answer.status == 200
        events = [stream.next_event() for stream in streams]
        assert [event.data for event in events] == [text] * 2
        assert {event.id for event in events} == \
            {json.loads(answer.text)["id"]}
    assert server.open(room).next_data(2) == ["hello", "hello again"]


def test_config_script_runs_without_a_shell(server, drop_in):
    stream = server.open(drop_in("config-script.cgi"))
    assert stream.wait_open().retries == [5000]
    types = set()
    while types != {"server-time", "load"}:
        types.add(stream.next_event().type)


def test_every_script_is_tested(source_tree):
    names = {path.name for path in (source_tree / "cgi-bin").iterdir()}
    assert names == {"server-time.cgi", "server-time-php-style.cgi",
                     "tail-log.cgi", "journal.cgi", "command.cgi",
                     "fifo.cgi", "config-script.cgi", "room.cgi"}
