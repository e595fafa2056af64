"""Followed files: what is appended, what was there, what appears later."""

import os

import pytest

from logfile import LogFile
from program import cgi_environment
from sse import data_of


@pytest.fixture
def follow(run):
    def start(path, *options, **popen):
        return run("--cgi", "--heartbeat", "200ms", *options, f"file:{path}",
                   **popen).stream
    return start


def resume(run, path, last_event_id, *options):
    return run("--cgi", *options, f"file:{path}", env=cgi_environment(
        HTTP_LAST_EVENT_ID=last_event_id)).stream


def test_only_new_lines_are_sent(follow, log):
    log.write_line("old")
    stream = follow(log.path).wait_open()
    log.write_line("new")
    assert stream.next_event().data == "new"


def test_unfinished_line_waits_for_its_end(follow, log):
    stream = follow(log.path).wait_open()
    log.write("first\nbeg")
    assert stream.next_event().data == "first"
    log.write("inn")
    stream.wait_body(b":\n")
    log.write("ing\nlast\n")
    assert stream.next_data(2) == ["beginning", "last"]


def test_file_may_be_created_later(follow, folder):
    path = folder / "later"
    stream = follow(path).wait_open()
    path.write_text("one\ntwo\n")
    assert stream.next_data(2) == ["one", "two"]
    with open(path, "a", encoding="ascii") as file:
        file.write("three\n")
    assert stream.next_event().data == "three"


def test_file_that_is_not_there_is_named_unless_quiet(run, folder):
    path = folder / "later"
    programs = [run("--cgi", *options, f"file:{path}")
                for options in ([], ["-q"])]
    programs[0].wait_for_error(f"{path}: waiting for it to be created\n")
    for program in programs:
        program.stream.wait_open()
    path.write_text("one\n")
    for program in programs:
        assert program.stream.next_event().data == "one"
    assert programs[1].errors() == ""


@pytest.mark.parametrize("path, reason", [
    ("/", "Is a directory"), ("/dev/null", "it is not a regular file"),
    ("a/" * 3000, "File name too long"), ("unreadable", "Permission denied"),
], ids=["folder", "device", "too long", "unreadable"])
def test_path_that_cannot_be_followed_is_a_startup_error(
        run, folder, unprivileged, path, reason):
    (folder / "unreadable").touch(mode=0)
    program = run("--cgi", f"file:{path}", cwd=folder, **unprivileged)
    assert program.finish() == 1
    assert program.errors().startswith(f"pipecast: file:{path[:50]}")
    assert program.errors().endswith(f": {reason}\n")


def test_folder_may_be_created_later_too(follow, folder):
    """Of a relative path, of any characters."""
    path = folder / "a =b: c#\u00e9" / "b" / "later"
    stream = follow(path.relative_to(folder), cwd=folder).wait_open()
    path.parent.mkdir(parents=True)
    path.write_text("one\n")
    assert stream.next_event().data == "one"


def test_truncated_file_is_read_from_its_beginning(follow, log):
    log.write_line("a long line that was there before")
    stream = follow(log.path).wait_open()
    log.write_line("one")
    assert stream.next_event().data == "one"
    log.truncate()
    log.write_line("two")
    assert stream.next_event().type == "gap"
    assert stream.next_event().data == "two"


def test_deleted_file_is_found_again(follow, log):
    stream = follow(log.path).wait_open()
    log.write_line("one")
    assert stream.next_event().data == "one"
    log.remove()
    log.recreate()
    log.write_line("two")
    assert stream.next_event().data == "two"


def test_symbolic_link_is_followed_to_its_new_target(follow, folder):
    one, two, link = folder / "one", folder / "two", folder / "current"
    one.touch()
    link.symlink_to(one)
    stream = follow(link).wait_open()
    one.write_text("in one\n")
    assert stream.next_event().data == "in one"
    two.write_text("in two\n")
    (folder / "new").symlink_to(two)
    os.rename(folder / "new", link)
    assert stream.next_event().data == "in two"


def test_target_of_a_symbolic_link_may_rotate(follow, folder):
    """Link and log in different folders: /var/log/x -> /data/x.log."""
    (folder / "data").mkdir()
    target = LogFile(folder / "data" / "log")
    link = folder / "link"
    link.symlink_to(target.path)
    stream = follow(link).wait_open()
    target.write_line("one")
    assert stream.next_event().data == "one"
    target.rotate().close()
    target.write_line("two")
    assert stream.next_event().data == "two"
    target.close()


@pytest.mark.parametrize("replay, expected", [
    ("0", []), ("1", ["5"]), ("3", ["3", "4", "5"]),
    ("all", ["1", "2", "3", "4", "5"]), ("99", ["1", "2", "3", "4", "5"]),
])
def test_replay_begins_with_the_last_lines(follow, log, replay, expected):
    log.write_lines(range(1, 6))
    stream = follow(log.path, "--replay", replay).wait_open()
    log.write_line("new")
    assert data_of(stream.events_until("new")) == expected + ["new"]


def test_replay_of_a_large_file_reads_only_its_end(follow, log):
    log.write(b"x" * 99 + b"\n")
    os.truncate(log.path, 1 << 33)
    log.write("\n1\n2\n3\n")
    stream = follow(log.path, "--replay", "2").wait_open()
    assert stream.next_data(2) == ["2", "3"]


@pytest.mark.parametrize("form, text, data", [
    ("lines", "one\n\n\u00e9\u20ac\nfour\r\nfour\n",
     ["one", "", "\u00e9\u20ac", "four", "four"]),
    ("blocks", "a\nb\n\nc\n\nd\n\n", ["a\nb", "c", "d"]),
])
def test_every_id_resumes_right_after_its_event(
        run, follow, log, form, text, data):
    stream = follow(log.path, "-f", form).wait_open()
    log.write(text)
    events = stream.next_events(len(data))
    assert data_of(events) == data
    for n, event in enumerate(events[:-1], 1):
        resumed = resume(run, log.path, event.id, "-f", form)
        assert resumed.next_events(len(data) - n) == events[n:]


def test_resume_of_a_changed_file_draws_a_gap(run, follow, log):
    """Truncated and grown past the old place, or gone."""
    stream = follow(log.path).wait_open()
    log.write_lines(["one", "two"])
    last = stream.next_events(2)[-1]
    log.truncate()
    log.write_lines(["other", "lines", "now"])
    gap = resume(run, log.path, last.id).next_event()
    assert gap.type == "gap"
    assert f'"last_event_id":"{last.id}"' in gap.data
    log.remove()
    resumed = resume(run, log.path, last.id)
    assert resumed.next_event().type == "gap"
    log.recreate()
    log.write_line("new")
    assert resumed.next_event().data == "new"


def test_resume_goes_on_past_the_history(run, follow, log):
    """History limits what is kept in memory, not how far a file reaches."""
    stream = follow(log.path).wait_open()
    log.write_line("first")
    last = stream.next_event()
    lines = [f"{n:099d}" for n in range(5000)]
    log.write_lines(lines)
    resumed = resume(run, log.path, last.id, "--history", "64K")
    assert data_of(resumed.next_events(len(lines))) == lines


def test_ids_that_the_file_brings_resume_it(run, log):
    arguments = ["--cgi", "-f", "json", f"file:{log.path}"]
    log.write_lines(f'{{"data":{n},"id":"\u00e9-{n}"}}' for n in range(9))
    program = run(*arguments, env=cgi_environment(
        HTTP_LAST_EVENT_ID="\u00e9-6"))
    assert data_of(program.stream.next_events(2)) == ["7", "8"]
    log.write_line('{"data":9}')
    assert program.stream.next_event().data == "9"


def test_ids_that_the_file_brings_may_be_out_of_reach(run, log):
    log.write_lines(f'{{"data":{n},"id":"{n}"}}' for n in range(9))
    program = run("--cgi", "-f", "json", f"file:{log.path}",
                  env=cgi_environment(HTTP_LAST_EVENT_ID="old"))
    assert program.stream.next_event().type == "gap"
    # Anybody can make up such an id: nothing of the past follows.
    log.write_line('{"data":9}')
    assert program.stream.next_event().data == "9"


def test_wildcards_are_said_to_stand_for_themselves(run, folder):
    program = run("--cgi", f"file:{folder}/log-*.txt")
    program.wait_for_error("wildcards in its name are not expanded")
    (folder / "log-*.txt").write_text("one\n")
    assert program.stream.next_event().data == "one"
