"""Bad input never ends a stream, never gets through as a field, and is told
of. What each format refuses is tested by itself."""

import json
import re
import subprocess

import pytest

from waiting import wait_for

MISSED_ONE = '{"last_event_id":"","missed":1}'
FORMS = {"lines": b"%s\n", "blocks": b"%s\n\n", "nul": b"%s\0",
         "sse": b"data: %s\n\n", "json": b'{"data":"%s"}\n'}
each_format = pytest.mark.parametrize("form", FORMS)


def data_of(events):
    return [event.data for event in events]


def assert_is_gap(event):
    assert (event.type, event.data) == ("gap", MISSED_ONE)


@each_format
def test_bad_utf8_becomes_replacement_characters(convert, form):
    bad = b"<\xe2\x82><\xff>"
    program = convert(FORMS[form] % bad, "-f", form, chunk=1)
    assert data_of(program.events) == ["<\ufffd><\ufffd>"]


@each_format
def test_byte_order_mark_is_no_part_of_the_first_event(convert, form):
    program = convert(b"\xef\xbb\xbf" + FORMS[form] % b"first" +
                      FORMS[form] % b"next", "-f", form)
    assert data_of(program.events) == ["first", "next"]
    assert program.errors() == ""


def test_line_breaks_inject_no_field(convert):
    text = b"data\revent: x\r\n\ndata: y"
    event, = convert(text + b"\0", "-f", "nul").events
    assert (event.type, event.data) == ("message", "data\nevent: x\n\ndata: y")
    for member in "id", "event":
        program = convert(b'{"data":"kept","%s":"a\\rdata: x"}\n'
                          b'{"data":"next"}\n' % member.encode(), "-f", "json")
        assert [(e.type, e.data) for e in program.events] == \
            [("message", "kept"), ("message", "next")]
        assert member in program.errors()


@each_format
def test_oversize_event_is_skipped_with_a_warning(convert, form):
    program = convert(
        b"".join(FORMS[form] % text
                 for text in (b"before", b"x" * 5000, b"after")),
        "--max-event", "1K", "-f", form)
    assert data_of(program.events) == ["before", MISSED_ONE, "after"]
    assert_is_gap(program.events[1])
    errors = program.errors()
    assert errors.count("\n") == 1
    assert errors.startswith("pipecast: -: ")
    assert re.search(r"\b50\d\d bytes\b", errors)


def test_oversize_warning_names_source_and_place_and_viewers_resume_behind_it(
        serve, log):
    program = serve("--max-event", "1K", f"file:{log.path}")
    stream = program.open().wait_open()
    log.write("before\n" + "x" * 5000 + "\n" + "y" * 5000 + "\nafter\n")
    events = stream.next_events(3)
    assert re.search(rf"{log.path}: .*\(5000 bytes.*byte (7|5007|5008)\b",
                     program.errors())
    for server in program, serve("--max-event", "1K", f"file:{log.path}"):
        again = server.open(headers={"Last-Event-ID": events[0].id})
        assert again.next_event().type == "gap"
        assert again.events_until("after")[-1].id == events[2].id
    gap, after = program.open(
        headers={"Last-Event-ID": events[0].id}).next_events(2)
    assert json.loads(gap.data) == {"last_event_id": "", "missed": 2}
    assert (after.data, gap.id) == ("after", "")


@pytest.mark.parametrize("program", ["cgi", "http"])
def test_line_that_began_too_far_back_is_told_of(run, listen, log, program):
    log.write("x" * 20_000)
    if program == "cgi":
        running = run("--cgi", f"file:{log.path}")
        stream = running.stream.wait_open()
    else:
        running = listen("--history", "4K", f"file:{log.path}")
        stream = running.open().wait_open()
    log.write("x\nnext\n")
    gap, following = stream.next_events(2)
    assert_is_gap(gap)
    assert following.data == "next"
    assert "began too far back" in running.errors()


def test_many_bad_lines_do_not_stop_the_stream(run):
    program = run("--cgi", "-f", "json", stdin=subprocess.PIPE)
    program.stdin.write(b"\x1b[31mbad\x07\n" * 20_000 + b'{"data":"good"}\n')
    program.stdin.close()
    assert program.finish() == 0
    *gaps, good, end = program.stream.wait_end()
    assert (good.data, end.type) == ("good", "end")
    assert sum(json.loads(gap.data)["missed"] for gap in gaps) == 20_000
    assert not re.search(r"[\x00-\x09\x0b-\x1f]", program.errors())


def test_repeated_warnings_are_counted_and_the_first_says_what_to_do(convert):
    program = convert(b"plain text\n" * 1005, "-f", "json")
    warnings = program.errors().splitlines()
    assert [("-f lines" in warning) for warning in warnings] == \
        [True] + 6 * [False]
    assert [re.findall(r"(\d+) more like it", warning)
            for warning in warnings] == \
        [[], [], [], ["6"], ["89"], ["899"], ["5"]]


def test_warnings_of_a_failing_command_are_counted_as_well(run):
    program = run("--cgi", "every:10ms:echo done; exit 3")
    program.stream.wait_open()
    wait_for(lambda: " 6 more like it" in program.errors(), "the tenth")
    assert program.errors().count("exit status 3") == 4


@pytest.mark.parametrize("encoding, data", [
    ("UTF-16LE", "ab\ncd\n" * 50), ("ISO-8859-1", "gr\u00fc\u00df\n" * 50)])
def test_another_encoding_is_named_once(convert, encoding, data):
    program = convert(data.encode(encoding))
    assert program.errors().count("\n") == 1
    assert f"iconv -f {encoding} -t UTF-8" in program.errors()


def test_place_in_a_file_counts_its_byte_order_mark(serve, log):
    log.path.write_bytes(b"\xef\xbb\xbffirst\n\xef\xbb\xbfsecond\n")
    stream = serve("--replay", "all", f"file:{log.path}").open()
    first, second = stream.next_events(2)
    assert data_of([first, second]) == ["first", "\ufeffsecond"]
    again = serve(f"file:{log.path}").open(
        headers={"Last-Event-ID": first.id})
    assert again.next_event().data == "\ufeffsecond"


def test_every_run_of_a_command_may_begin_with_a_byte_order_mark(run):
    program = run("--cgi", r"every:10ms:printf '\357\273\277a\n\344'")
    events = program.stream.next_events(3)
    assert data_of(events) == ["a\n\ufffd"] * 3
    assert program.errors().count("\n") == 1
