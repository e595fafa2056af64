"""Streams of NAME/*, in every gateway alike: made when they are asked for, and
forgotten."""

import json
import os

import pytest

from client import assert_plain_text
from test_gateways import answer, start  # noqa: F401 (the fixture)
from waiting import wait_for


@pytest.fixture
def logs(folder):
    """A folder with two logs, with secrets in it and beside it."""
    logs = folder / "logs"
    (logs / "folder").mkdir(parents=True)
    for name in ("a.log", "b.log"):
        (logs / name).write_text(f"first of {name}\n")
    (folder / "secret").write_text("secret\n")
    (logs / ".hidden").write_text("secret\n")
    (logs / "folder" / "below").write_text("secret\n")
    (logs / "out").symlink_to("../secret")
    (logs / "in").symlink_to("a.log")
    (logs / "away").symlink_to("..")
    os.mkfifo(logs / "fifo")
    return logs


def template(logs):
    return f"logs/*=file:{logs}/*"


def append(path, line):
    with open(path, "a", encoding="utf-8") as file:
        file.write(f"{line}\n")


def test_file_of_the_folder_is_a_stream(start, logs):
    program = start("--replay", "all", template(logs))
    for target in ("/logs/a.log", "/?source=logs/a.log", "/logs%2fa.log"):
        stream = program.open(target)
        event = stream.next_event()
        assert (event.type, event.data) == ("logs", "first of a.log"), target
        append(logs / "b.log", "not here")
    append(logs / "a.log", "second")
    assert stream.next_event().data == "second"


HOSTILE = (
    "..", "../secret", "%2e%2e", "%2e%2e/secret", "..%2fsecret",
    "%2e%2e%2fsecret", "%252e%252e%252fsecret", "..%5csecret", "..\\secret",
    "%c0%ae%c0%ae%c0%afsecret", "%e0%80%ae%e0%80%ae/secret", "a.log/../b.log",
    ".hidden", "%2ehidden", ".", "*", "%2a", "a*", "a.log%2f..%2f.hidden",
    "folder", "folder/below", "folder%2fbelow", "/etc/passwd",
    "%2fetc%2fpasswd", "a.log%0a", "a.log%0d%0aX:1", "a.log%20", "%20a.log",
    "a.log%7f", "a.log%c2%85", "a.log%22", "a.log:0", "a.log=", "out", "in",
    "fifo", "away", "away/secret", "none", "x" * 65, "x" * 10000,
)


def test_no_name_leads_anywhere_else(start, logs):
    program = start("--replay", "all", "all=every:1h", template(logs))
    for name in HOSTILE:
        missing = answer(program, f"/logs/{name}")
        assert_plain_text(missing, missing.status)
        assert missing.status in (400, 404, 414, 431), name
        assert b"secret\n" not in missing.body
        asked = answer(program, f"/?source=logs/{name[:5000]}")
        assert asked.status in (400, 404), name
    # Nobody has opened it for reading.
    with pytest.raises(OSError):
        os.open(logs / "fifo", os.O_WRONLY | os.O_NONBLOCK)


def test_without_other_sources_the_root_only_says_what_there_is(start, logs):
    program = start(template(logs), "x/*=file:/nowhere/*")
    missing = answer(program)
    assert_plain_text(missing, 404)
    assert b"logs/*, x/*" in missing.body
    program.open("/logs/a.log").wait_open()
    again = answer(program, "/logs/none")
    assert b"a.log" not in again.body


# One process for many viewers.

def test_asking_for_a_spool_creates_none(listen, folder):
    program = listen("--post", f"chat/*=spool:{folder}/*.sse")
    stream = program.open("/chat/room").wait_open()
    assert not (folder / "room.sse").exists()
    (folder / "room.sse").write_text("data: hello\n\n")
    assert stream.next_event().data == "hello"


def test_stream_is_made_by_a_post(listen):
    program = listen("--post", "--replay", "all", "--max-streams", "2",
                     "chat/*=memory:")
    for name in ("lobby", "%c3%a4"):
        posted = program.fetch(f"/chat/{name}", method="POST", body=b"hello")
        assert posted.status == 200
        event = program.open(f"/chat/{name}").next_event()
        assert (event.type, event.data) == ("chat", "hello")
        assert json.loads(posted.body) == {"id": event.id}
    for name, status in (("/chat/..", 404), ("/chat", 404), ("/", 404),
                         ("/chat/third", 503)):
        refused = program.fetch(name, method="POST", body=b"hello")
        assert refused.status == status, name


def test_no_name_has_a_nul(listen, logs):
    program = listen(template(logs))
    for target in ("/logs/a.log%00", "/?source=logs/a.log%00", "/logs/%00"):
        assert answer(program, target).status in (400, 404), target


def test_viewer_resumes_in_a_stream_that_was_forgotten(listen, logs):
    program = listen("--replay", "all", "--linger", "0", template(logs))
    stream = program.open("/logs/a.log")
    first = stream.next_event()
    stream.close()
    append(logs / "a.log", "second")
    stream = program.open("/logs/a.log", headers={"Last-Event-ID": first.id})
    assert stream.next_event().data == "second"


def descriptors(program, folder):
    found = []
    for number in os.listdir(f"/proc/{program.pid}/fd"):
        try:
            found.append(os.readlink(f"/proc/{program.pid}/fd/{number}"))
        except FileNotFoundError:
            pass
    return [path for path in found if path.startswith(f"{folder}/")]


def test_unused_stream_gives_its_descriptor_back(listen, logs):
    program = listen("--linger", "100ms", template(logs))
    assert not descriptors(program, logs)
    stream = program.open("/logs/a.log").wait_open()
    assert descriptors(program, logs) == [str(logs / "a.log")]
    stream.close()
    wait_for(lambda: not descriptors(program, logs), "the file to be closed")
    program.open("/logs/a.log").wait_open()
    assert descriptors(program, logs) == [str(logs / "a.log")]


def test_at_the_limit_viewers_are_asked_to_come_later(listen, logs):
    program = listen("--max-streams", "1", "--linger", "0", template(logs))
    stream = program.open("/logs/a.log").wait_open()
    for _ in range(2):
        later = answer(program, "/logs/b.log")
        assert later.status == 200
        assert b"retry: " in later.body
    program.open("/logs/a.log").wait_open()
    assert program.errors().count("which is the limit") == 1
    stream.close()


def test_link_that_takes_the_place_of_a_file_is_not_followed(listen, logs):
    program = listen("--replay", "all", template(logs))
    stream = program.open("/logs/a.log")
    assert stream.next_event().data == "first of a.log"
    (logs / "new").symlink_to("../secret")
    os.rename(logs / "new", logs / "a.log")
    append(logs.parent / "secret", "more")
    assert program.open("/logs/b.log").next_event().data == "first of b.log"
    (logs / "new").write_text("an honest file\n")
    os.rename(logs / "new", logs / "a.log")
    gap, event = stream.next_events(2)
    assert (gap.type, event.data) == ("gap", "an honest file")


def test_program_goes_on_when_its_other_sources_have_ended(listen, logs):
    program = listen("--replay", "all", "x=exec:true", template(logs))
    end, = program.open("/").wait_end()
    assert end.type == "end"
    assert program.open("/logs/a.log").next_event().data == "first of a.log"


def test_report_sums_up_and_names_nothing(listen, logs):
    program = listen("--status", "--linger", "0", "--replay", "all",
                     template(logs))
    streams = [program.open(f"/logs/{name}") for name in ("a.log", "b.log")]
    for stream in streams:
        stream.next_event()
    streams[1].close()

    def row():
        report = program.fetch("/.status")
        assert "a.log" not in report.text
        return next(stream for stream in json.loads(report.body)["streams"]
                    if stream["name"] == "logs/*")
    wait_for(lambda: row()["streams"] == 1, "one stream to be forgotten")
    assert row() == {"name": "logs/*", "streams": 1, "viewers": 1,
                     "events": 2, "viewers_dropped": 0, "posts": 0,
                     "ended": False}
    text = program.fetch("/.status", headers={"Accept": "text/plain"}).text
    assert 'pipecast_streams{stream="logs/*"} 1' in text.splitlines()
    assert 'pipecast_events_total{stream="logs/*"} 2' in text.splitlines()
