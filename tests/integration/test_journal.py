"""journal: follows the system journal, here made of real journal files."""

import json
import os
import signal

import pytest

from journals import Journal
from test_relay import pipecats
from waiting import wait_for

US = 1700000000000000


@pytest.fixture
def journal(folder):
    return Journal(folder)


def messages(events):
    return [json.loads(event.data)["message"] for event in events]


def test_entry_is_an_object_with_its_cursor_as_id(listen, journal):
    journal.add("one", PRIORITY=4, _SYSTEMD_UNIT="nginx.service",
                SYSLOG_IDENTIFIER="nginx", _PID=77)
    journal.add("two", UNIT="a.service", _SYSTEMD_UNIT="init.scope",
                _COMM="sh", SYSLOG_PID="x")
    program = listen("--replay", "all", journal.source())
    one, two = program.open().next_events(2)
    assert one.data == (
        '{"time":"2023-11-14T22:13:20.000001Z","unit":"nginx.service",'
        '"priority":4,"identifier":"nginx","pid":77,"message":"one"}')
    assert one.id.startswith("s=")
    assert json.loads(two.data) == {
        "time": "2023-11-14T22:13:20.000002Z", "unit": "a.service",
        "identifier": "sh", "pid": None, "message": "two"}


def test_message_may_be_anything(listen, journal):
    odd = [b"\xff\0\x1b[1m\n", None, "x" * 5000, "\u00e4", b"y" * (1 << 20),
           b"\xfe" * 40000, "last"]
    program = listen(journal.source())
    viewer = program.open().wait_open()
    for message in odd:
        journal.add(message)
    events = viewer.next_events(len(odd))
    assert events.pop(4).type == "gap"
    assert messages(events) == ["\ufffd\0\x1b[1m\n", None, "x" * 5000,
                                "\u00e4", "\ufffd" * 40000, "last"]
    assert "skipped an event over --max-event" in program.errors()


def test_arguments_choose_entries_and_are_no_shell(listen, journal, folder):
    journal.add("a", PRIORITY=3, SYSLOG_IDENTIFIER="x $(touch no) y")
    journal.add("b", PRIORITY=6, SYSLOG_IDENTIFIER="x $(touch no) y")
    journal.add("c", PRIORITY=3, SYSLOG_IDENTIFIER="other")
    program = listen("--replay", "all", journal.source(
        "-p err", "-t 'x $(touch no)'\\ \"y\""), cwd=folder)
    assert messages(program.open().next_events(1)) == ["a"]
    assert not (folder / "no").exists()


@pytest.mark.parametrize("arguments", [
    "'open", "a\\", "-o cat", "--output=short", "-ocat", "--since today",
    "-r", "--cursor=s", "'--'"])
def test_wrong_arguments_are_refused(run, arguments):
    program = run("--check", f"journal:{arguments}")
    assert program.finish() == 2
    assert "it must be journal: " in program.errors()


def test_viewer_is_resumed_across_restart_and_rotation(listen, journal):
    journal.add("1", "2", "3")
    program = listen("--replay", "all", journal.source())
    viewer = program.open()
    place = viewer.next_events(2)[1].id
    program.send_signal(signal.SIGTERM)
    program.wait_exit()
    journal.rotate()
    journal.add(*map(str, range(4, 1500)))
    program = listen("--history", "8K", journal.source())
    viewer = program.open(headers={"Last-Event-ID": place})
    journal.add("1500")
    assert messages(viewer.next_events(1498)) == \
        [str(n) for n in range(3, 1501)]


def test_entry_that_is_gone_is_a_gap(listen, journal):
    journal.add("1", "2", SYSLOG_IDENTIFIER="a")
    program = listen("--replay", "all", journal.source())
    place = program.open().next_events(1)[0].id
    program.stop()
    journal.rotate()
    journal.add("3")
    journal.forget()
    program = listen("--history", "4K", journal.source("-n 0"))
    gap, three = program.open(headers={"Last-Event-ID": place}).next_events(2)
    assert gap.type == "gap" and messages([three]) == ["3"]


def test_cursor_of_a_visitor_is_no_word_of_a_command(listen, journal, folder):
    journal.add("1")
    program = listen("--replay", "all", journal.source(), cwd=folder)
    for made_up in ("s=1';touch no;'", "s=1 --file=x", "s=$(touch no)"):
        events = program.open(
            headers={"Last-Event-ID": made_up}).next_events(1)
        assert events[0].type == "gap"
    assert not (folder / "no").exists()


def test_journalctl_that_is_killed_is_started_again(listen, journal):
    journal.add("1")
    program = listen("--replay", "all", journal.source())
    viewer = program.open()
    assert messages(viewer.next_events(1)) == ["1"]
    child, = wait_for(lambda: pipecats(program, "journalctl"), "journalctl")
    os.kill(child, signal.SIGKILL)
    journal.add("2")
    assert messages(viewer.next_events(1)) == ["2"]
    assert "it is started again" in program.errors()


def test_missing_journalctl_ends_the_source(run, folder):
    program = run("--cgi", "journal:", env={"PATH": str(folder)})
    assert program.finish() == 0
    assert "exit status 127" in program.errors()
