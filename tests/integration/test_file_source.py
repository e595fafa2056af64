"""Followed files: what is appended, what was there, what appears later."""

import os

import pytest

from logfile import LogFile
from program import cgi_environment
from waiting import wait_for


@pytest.fixture
def follow(run):
    def start(path, *options, **popen):
        return run("--cgi", "--heartbeat", "200ms", *options, f"file:{path}",
                   **popen).stream
    return start


def resume(run, path, last_event_id, *options):
    return run("--cgi", *options, f"file:{path}", env=cgi_environment(
        HTTP_LAST_EVENT_ID=last_event_id)).stream


def data_of(events):
    return [event.data for event in events]


def test_only_new_lines_are_sent(follow, log):
    log.write_line("old")
    stream = follow(log.path).wait_open()
    log.write_line("new")
    assert stream.next_event().data == "new"


def test_many_lines_one_by_one(follow, log):
    stream = follow(log.path).wait_open()
    for n in range(100):
        log.write_line(n)
        assert stream.next_event().data == str(n)


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


def test_folder_may_be_created_later_too(follow, folder):
    path = folder / "a" / "b" / "later"
    stream = follow(path).wait_open()
    path.parent.mkdir(parents=True)
    path.write_text("one\n")
    assert stream.next_event().data == "one"


def test_relative_path(follow, folder):
    path = folder / "log"
    path.touch()
    stream = follow("log", cwd=folder).wait_open()
    path.write_text("one\n")
    assert stream.next_event().data == "one"


def test_path_with_odd_characters(follow, folder):
    path = folder / "a =b: c#\u00e9"
    path.touch()
    stream = follow(path).wait_open()
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


def test_file_truncated_in_mid_line_begins_afresh(follow, log):
    stream = follow(log.path).wait_open()
    log.write("one\ncut o")
    assert stream.next_event().data == "one"
    log.truncate()
    log.write("t\ntwo\n")
    assert "two" in data_of(stream.events_until("two"))


def test_deleted_file_is_found_again(follow, log):
    stream = follow(log.path).wait_open()
    log.write_line("one")
    assert stream.next_event().data == "one"
    log.remove()
    log.recreate()
    log.write_line("two")
    assert stream.next_event().data == "two"


def test_deleted_file_is_read_while_it_is_written(follow, log):
    stream = follow(log.path).wait_open()
    log.remove()
    log.write_line("after deletion")
    assert stream.next_event().data == "after deletion"


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


def test_directory_is_a_startup_error(run, folder):
    program = run("--cgi", f"file:{folder}")
    assert program.finish() == 1
    assert str(folder) in program.errors()
    assert "directory" in program.errors()


def test_device_is_a_startup_error(run):
    program = run("--cgi", "file:/dev/null")
    assert program.finish() == 1
    assert program.errors() == \
        "pipecast: file:/dev/null: it is not a regular file\n"


def test_path_too_long_is_a_startup_error(run):
    program = run("--cgi", "file:" + "a/" * 3000)
    assert program.finish() == 1
    assert "File name too long" in program.errors()


def test_unreadable_file_is_a_startup_error(run, log, unprivileged):
    os.chmod(log.path, 0)
    program = run("--cgi", f"file:{log.path}", **unprivileged)
    assert program.finish() == 1
    assert str(log.path) in program.errors()


@pytest.mark.parametrize("replay, expected", [
    ("0", []), ("1", ["5"]), ("3", ["3", "4", "5"]),
    ("all", ["1", "2", "3", "4", "5"]), ("99", ["1", "2", "3", "4", "5"]),
])
def test_replay_begins_with_the_last_lines(follow, log, replay, expected):
    log.write_lines(range(1, 6))
    stream = follow(log.path, "--replay", replay).wait_open()
    log.write_line("new")
    assert data_of(stream.events_until("new")) == expected + ["new"]


def test_replay_is_bounded_by_the_history(follow, log):
    lines = [f"{n:099d}" for n in range(2000)]
    log.write_lines(lines)
    stream = follow(log.path, "--replay", "all", "--history", "64K")
    log.write_line("new")
    *old, _ = data_of(stream.wait_open().events_until("new"))
    assert 100 <= len(old) <= 656
    assert old == lines[-len(old):]


def test_replay_of_a_large_file_reads_only_its_end(follow, log):
    log.write(b"x" * 99 + b"\n")
    os.truncate(log.path, 1 << 33)
    log.write("\n1\n2\n3\n")
    stream = follow(log.path, "--replay", "2").wait_open()
    assert stream.next_data(2) == ["2", "3"]


def test_each_line_has_an_id_of_its_own(follow, log):
    stream = follow(log.path).wait_open()
    log.write_lines(["same"] * 50)
    ids = [event.id for event in stream.next_events(50)]
    assert len(set(ids)) == 50
    assert all(id_.isascii() and id_.isprintable() for id_ in ids)


def test_every_id_resumes_right_after_its_event(run, follow, log):
    stream = follow(log.path).wait_open()
    log.write("one\n\n\u00e9\u20ac\nfour\r\nfive\n")
    events = stream.next_events(5)
    assert data_of(events) == ["one", "", "\u00e9\u20ac", "four", "five"]
    for n, event in enumerate(events[:-1]):
        resumed = resume(run, log.path, event.id)
        assert data_of(resumed.next_events(4 - n)) == data_of(events[n + 1:])


def test_resume_has_the_same_ids_as_before(run, follow, log):
    stream = follow(log.path).wait_open()
    log.write_lines("abc")
    first = stream.next_events(3)
    second = resume(run, log.path, first[0].id).next_events(2)
    assert [event.id for event in second] == [event.id for event in first[1:]]


def test_resume_of_a_changed_file_draws_a_gap(run, follow, log):
    """Truncated and grown past the old place: that place means nothing."""
    stream = follow(log.path).wait_open()
    log.write_lines(["one", "two"])
    last = stream.next_events(2)[-1]
    log.truncate()
    log.write_lines(["other", "lines", "now"])
    resumed = resume(run, log.path, last.id)
    gap = resumed.next_event()
    assert gap.type == "gap"
    assert f'"last_event_id":"{last.id}"' in gap.data


def test_resume_of_a_vanished_file_draws_a_gap(run, follow, log):
    stream = follow(log.path).wait_open()
    log.write_line("one")
    last = stream.next_event()
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


def test_formats_other_than_lines_resume_too(run, log):
    program = run("--cgi", "-f", "blocks", f"file:{log.path}")
    program.stream.wait_open()
    log.write("a\nb\n\nc\n\nd\n\n")
    events = program.stream.next_events(3)
    assert data_of(events) == ["a\nb", "c", "d"]
    resumed = run("--cgi", "-f", "blocks", f"file:{log.path}",
                  env=cgi_environment(HTTP_LAST_EVENT_ID=events[0].id))
    assert data_of(resumed.stream.next_events(2)) == ["c", "d"]


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
    gap, *events = program.stream.next_events(10)
    assert gap.type == "gap"
    assert data_of(events) == [str(n) for n in range(9)]


def test_viewer_leaving_an_idle_file_is_noticed(run, log):
    program = run("--cgi", "--heartbeat", "1h", f"file:{log.path}")
    program.stream.wait_open()
    program.leave()
    assert program.wait_exit() == 0
    wait_for(lambda: os.path.exists(log.path), "the file is still there")


def test_wildcards_are_said_to_stand_for_themselves(run, folder):
    program = run("--cgi", f"file:{folder}/log-*.txt")
    program.wait_for_error("wildcards in its name are not expanded")
    (folder / "log-*.txt").write_text("one\n")
    assert program.stream.next_event().data == "one"
