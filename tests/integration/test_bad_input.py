"""Bad input never ends a stream, and never gets through as a field."""

import json
import re
import subprocess

import pytest

from program import cgi_environment
from waiting import wait_for

FORMATS = ["lines", "blocks", "nul", "sse", "json"]

# WHATWG decoding replaces each maximal subpart, as Python's decoder does.
BAD_UTF8 = [
    b"\xff", b"\xfe\xff", b"\x80", b"\xbf\xbf", b"\xc0\xaf", b"\xc1\xbf",
    b"\xe0\x80\x80", b"\xe0\x9f\xbf", b"\xed\xa0\x80", b"\xed\xbf\xbf",
    b"\xf0\x80\x80\x80", b"\xf0\x8f\xbf\xbf", b"\xf4\x90\x80\x80",
    b"\xf5\x80\x80\x80", b"\xf8\x88\x80\x80\x80", b"\xe2\x82", b"\xe2",
    b"\xf0\x9f\x98", b"\xf0\x9f", b"\xf0", b"\xe2\x82\xe2\x82\xac",
    b"a\xc3(b", b"\xc3\xc3\xa9", b"\xf0\x9f\x98\xf0\x9f\x98\x80",
]


MISSED_ONE = '{"last_event_id":"","missed":1}'


def data_of(program):
    return [event.data for event in program.events]


def assert_is_gap(event):
    assert (event.type, event.data) == ("gap", MISSED_ONE)


def data_of_events(events):
    return [event.data for event in events]


def framed(data, form):
    return {"lines": data + b"\n", "blocks": data + b"\n\n",
            "nul": data + b"\0", "sse": b"data: " + data + b"\n\n",
            "json": None}[form]


@pytest.mark.parametrize("form", ["lines", "blocks", "nul", "sse"])
@pytest.mark.parametrize("chunk", [1 << 16, 1])
def test_bad_utf8_becomes_replacement_characters(
        convert, form, chunk):
    data = b"".join(framed(b"<" + bad + b">", form) for bad in BAD_UTF8)
    program = convert(data, "-f", form, chunk=chunk)
    assert data_of(program) == \
        [f"<{bad.decode('utf-8', 'replace')}>" for bad in BAD_UTF8]
    program.stream.body.decode("utf-8")


@pytest.mark.parametrize("form", ["lines", "blocks", "nul"])
def test_bad_utf8_at_the_end_of_input(convert, form):
    assert data_of(convert(b"ends \xe2\x82", "-f", form)) == ["ends \ufffd"]


@pytest.mark.parametrize("text", [
    b"data\revent: x", b"data\nevent: x", b"data\r\nevent: x",
    b"data\r\rdata: y", b"data\n\ndata: y",
])
def test_line_breaks_in_data_inject_no_field(convert, text):
    (event,) = convert(text + b"\0", "-f", "nul").events
    lines = text.decode().replace("\r\n", "\n").replace("\r", "\n")
    assert (event.type, event.data) == ("message", lines)


@pytest.mark.parametrize("member", ["id", "event"])
@pytest.mark.parametrize("value", ["a\\rdata: x", "a\\ndata: x", "a\\u0000b",
                                   "a\\r\\n\\r\\ndata: x"])
def test_line_breaks_in_other_fields_are_refused(
        convert, member, value):
    line = b'{"data":"kept","%s":"%s"}\n{"data":"next"}\n' % (
        member.encode(), value.encode())
    program = convert(line, "-f", "json")
    assert [(e.type, e.data) for e in program.events] == \
        [("message", "kept"), ("message", "next")]
    assert member in program.errors()


BAD_JSON = [
    b"not json", b"{", b'{"data":', b"[]", b'"text"', b"12", b"null", b"{}",
    b'{"event":"no data"}', b'{"data":1}trailing', b'{"data":1,"event":5.5}',
    b'{"data":1,"id":{}}', b'{"data":1,"retry":"x"}', b'{"data":1,"retry":-1}',
    b'{"data":1,"retry":1.5}', b"{'data':1}", b'{"data":NaN}', b"\xff\xfe",
    b'{"data":"\xff"}', b"[" * 10_000, b'{"data":' * 5_000, b"\0",
    b'{"data":1e999999}',
]


@pytest.mark.parametrize("line", BAD_JSON, ids=lambda line: repr(line)[:30])
def test_bad_json_is_skipped_with_a_warning(convert, line):
    program = convert(b'{"data":"before"}\n' + line + b'\n{"data":"after"}\n',
                      "-f", "json")
    data = data_of(program)
    assert data[0] == "before" and data[-1] == "after"
    if line != b'{"data":"\xff"}':
        assert data == ["before", MISSED_ONE, "after"]
        assert_is_gap(program.events[1])
        assert program.errors().count(" skipped ") == 1
        assert "pipecast: " in program.errors()


def test_blank_json_lines_are_no_events(convert):
    program = convert(b'\n{"data":1}\n\n  \n{"data":2}\n', "-f", "json")
    assert data_of(program) == ["1", "2"]


def too_long(form, size):
    text = b"x" * size
    if form == "json":
        return b'{"data":"' + text + b'"}\n'
    return framed(text, form)


def small(form, text):
    if form == "json":
        return b'{"data":"' + text + b'"}\n'
    return framed(text, form)


@pytest.mark.parametrize("form", FORMATS)
def test_oversize_event_is_skipped_with_a_warning(convert, form):
    program = convert(
        small(form, b"before") + too_long(form, 5000) + small(form, b"after"),
        "--max-event", "1K", "-f", form)
    assert data_of(program) == ["before", MISSED_ONE, "after"]
    assert_is_gap(program.events[1])
    errors = program.errors()
    assert errors.count("\n") == 1
    assert errors.startswith("pipecast: -: ")
    assert re.search(r"\b50\d\d bytes\b", errors)


def test_oversize_warning_names_source_and_place(run, folder):
    log = folder / "log"
    log.touch()
    program = run("--cgi", "--max-event", "1K", f"file:{log}")
    program.stream.wait_open()
    log.write_bytes(b"before\n" + b"x" * 5000 + b"\nafter\n")
    assert program.stream.next_data(3) == ["before", MISSED_ONE, "after"]
    assert str(log) in program.errors()
    assert "(5000 bytes" in program.errors()
    assert re.search(r"byte (7|5007|5008)\b", program.errors())


def test_event_of_exactly_the_largest_size_passes(convert):
    program = convert(b"x" * 1024 + b"\n" + b"y" * 1025 + b"\nz\n",
                      "--max-event", "1K")
    assert data_of(program) == ["x" * 1024, MISSED_ONE, "z"]


def test_oversize_event_resumes_behind_it(run, folder):
    log = folder / "log"
    log.touch()
    program = run("--cgi", "--max-event", "1K", f"file:{log}")
    program.stream.wait_open()
    log.write_bytes(b"before\n" + b"x" * 5000 + b"\nafter\nlast\n")
    events = program.stream.next_events(4)
    assert data_of_events(events) == ["before", MISSED_ONE, "after", "last"]
    for n in (0, 2):
        again = run("--cgi", "--max-event", "1K", f"file:{log}",
                    env=cgi_environment(HTTP_LAST_EVENT_ID=events[n].id))
        assert again.stream.next_data(3 - n) == data_of_events(events[n + 1:])


def test_viewers_who_come_back_are_told_of_what_was_skipped(serve, log):
    program = serve("--max-event", "1K", f"file:{log.path}")
    stream = program.open().wait_open()
    log.write("before\n" + "x" * 5000 + "\n" + "y" * 5000 + "\nafter\n")
    events = stream.next_events(3)
    again = program.open(headers={"Last-Event-ID": events[0].id})
    gap, after = again.next_events(2)
    assert (gap.type, gap.id) == ("gap", "")
    assert json.loads(gap.data) == {"last_event_id": "", "missed": 2}
    assert (after.data, after.id) == ("after", events[2].id)


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


def test_warnings_show_no_control_characters(convert):
    program = convert(b"\x1b[31mred\x07\r\n", "-f", "json")
    assert "\x1b" not in program.errors()
    assert "\x07" not in program.errors()


def test_many_bad_lines_do_not_stop_the_stream(run):
    program = run("--cgi", "-f", "json", stdin=subprocess.PIPE)
    program.stdin.write(b"bad\n" * 20_000 + b'{"data":"good"}\n')
    program.stdin.close()
    assert program.finish() == 0
    *gaps, good, end = program.stream.wait_end()
    assert (good.data, end.type) == ("good", "end")
    assert sum(json.loads(gap.data)["missed"] for gap in gaps) == 20_000


@pytest.mark.parametrize("line", [b'{"level":30,"msg":"hi"}', b"[1,2]", b"7",
                                  b"plain text"])
def test_repeated_warnings_are_counted_and_the_first_says_what_to_do(
        convert, line):
    program = convert((line + b"\n") * 1005, "-f", "json")
    warnings = program.errors().splitlines()
    assert len(warnings) == 7
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
    ("UTF-16", "ab\ncd\n" * 50), ("UTF-16LE", "ab\ncd\n" * 50),
    ("UTF-16BE", "ab\ncd\n" * 50), ("ISO-8859-1", "gr\u00fc\u00df\n" * 50),
    ("WINDOWS-1252", "\u201egut\u201c\n" * 50)])
def test_another_encoding_is_named_once(convert, encoding, data):
    program = convert(data.encode(encoding))
    assert program.errors().count("\n") == 1
    assert f"iconv -f {encoding} -t UTF-8" in program.errors()


@pytest.mark.parametrize("form", FORMATS)
def test_byte_order_mark_is_no_part_of_the_first_event(convert, form):
    program = convert(b"\xef\xbb\xbf" + small(form, b"first") +
                      small(form, b"next"), "-f", form)
    assert data_of(program) == ["first", "next"]
    assert program.errors() == ""


def test_place_in_a_file_counts_its_byte_order_mark(serve, log):
    log.path.write_bytes(b"\xef\xbb\xbffirst\n\xef\xbb\xbfsecond\n")
    stream = serve("--replay", "all", f"file:{log.path}").open()
    first, second = stream.next_events(2)
    assert data_of_events([first, second]) == ["first", "\ufeffsecond"]
    again = serve(f"file:{log.path}").open(
        headers={"Last-Event-ID": first.id})
    assert again.next_event().data == "\ufeffsecond"


def test_every_run_of_a_command_may_begin_with_a_byte_order_mark(run):
    program = run("--cgi", r"every:10ms:printf '\357\273\277a\n\344'")
    events = program.stream.next_events(3)
    assert data_of_events(events) == ["a\n\ufffd"] * 3
    assert program.errors().count("\n") == 1
