"""The five input formats, from bytes on standard input to events. What each
makes of its input is tested by itself; here it only has to arrive."""

import json
import subprocess

import pytest


def data_of(program):
    return [event.data for event in program.events]


@pytest.mark.parametrize("form, data, expected", [
    ("lines", "a\r\n\ndata: x\rnul\0\u00e9\u20ac\U0001f600",
     ["a", "", "data: x", "nul\0\u00e9\u20ac\U0001f600"]),
    ("blocks", "\n\na\nb\n\n\nc", ["a\nb", "c"]),
    ("nul", "two\nlines\0\0three\r\ntwo\rone", ["two\nlines", "",
                                               "three\ntwo\none"]),
    ("json", '{"data":[1,{"a":"\\u00e9"}]}\n{"data":"two\\nlines"}',
     ['[1,{"a":"\u00e9"}]', "two\nlines"]),
    ("sse", "data: a\ndata\n\ndata:b\r\r", ["a\n", "b"]),
])
@pytest.mark.parametrize("chunk", [1 << 16, 1])
def test_each_format_is_read(convert, form, data, expected, chunk):
    assert data_of(convert(data.encode(), "-f", form, chunk=chunk)) == expected


def test_sse_keeps_the_meaning(convert):
    program = convert(b"\xef\xbb\xbf: hello\nretry: 77\n\n"
                      b"event: a\ndata: 1\ndata:2\nid: x\n\n"
                      b"data\n\nid\n\n"
                      b"data:  two blanks\nid: no\0no\nevent: \n\n"
                      b"data: unfinished\n", "-f", "sse")
    assert [(event.type, event.data) for event in program.events] == \
        [("a", "1\n2"), ("message", ""), ("message", " two blanks"),
         ("gap", '{"last_event_id":"","missed":1}')]
    assert [event.id for event in program.events[:2]] == ["x", "x"]
    assert program.stream.retries == [2000, 77]
    comments = [c.text for c in program.stream.waiting_comments]
    assert " hello" in comments


def test_sse_warns_about_capitalised_event_field(convert):
    program = convert(b"Event: server-time\ndata: 1\n\n", "-f", "sse")
    assert [(e.type, e.data) for e in program.events] == [("message", "1")]
    assert "Event" in program.errors()


def test_json_members_become_fields(convert):
    program = convert(
        b'{"data":"1","event":"e","id":"i","retry":55}\n'
        b'{"data":"2","unknown":[]}\n', "-e", "default", "-f", "json")
    first, second = program.events
    assert (first.type, first.id, first.data) == ("e", "i", "1")
    assert (second.type, second.data) == ("default", "2")
    assert second.id not in ("", "i")
    assert 55 in program.stream.retries


def test_json_members_of_other_names(convert):
    program = convert(
        b'{"MESSAGE":"a","__CURSOR":"s=1","level":30,"id":[],"retry":1}\n'
        b'{"data":1,"level":40}\n'
        b'{"MESSAGE":{"b":2},"level":"warn"}\n',
        "--json", "data=MESSAGE,id=__CURSOR,event=level")
    first, gap, last = program.events
    assert (first.type, first.data, first.id) == ("30", "a", "s=1")
    assert gap.type == "gap"
    assert (last.type, last.data) == ("warn", '{"b":2}')
    assert program.stream.retries == [2000]


@pytest.mark.parametrize("format_", ["sse", "json"])
def test_id_that_cannot_be_the_inputs_is_replaced(convert, format_):
    for id_ in "pipecast-end", "s-abc-7", "f-1-20-3f", "a\x01b":
        given = {"data": "on", "id": id_}
        data = json.dumps(given) + "\n" if format_ == "json" else \
            f"id: {id_}\ndata: on\n\n"
        program = convert(data.encode() * 3, "-f", format_)
        assert data_of(program) == ["on"] * 3
        ids = {event.id for event in program.events}
        assert len(ids) == 3 and not ids & {id_, ""}
        assert program.errors().count("the event gets another id") == 1


@pytest.mark.parametrize("format_", ["sse", "json"])
def test_id_loses_the_blanks_at_its_ends(convert, format_):
    data = b'{"data":1,"id":" a b \\t"}\n' if format_ == "json" else \
        b"id:  a b \t\ndata: 1\n\n"
    program = convert(data * 2, "-f", format_)
    assert [event.id for event in program.events] == ["a b", "a b"]
    assert program.errors().count("blanks at its ends") == 1


def test_stream_of_ours_can_be_put_in_again(convert):
    first = convert(b"a\nb\n")
    saved = b"".join(
        b"id: %s\nevent: %s\ndata: %s\n\n" % (
            event.id.encode(), event.type.encode(), event.data.encode())
        for event in [*first.events, first.end])
    again = convert(saved, "-f", "sse")
    assert [(e.type, e.data) for e in again.events] == \
        [("message", "a"), ("message", "b"), ("end", "{}")]
    assert not {e.id for e in again.events} & {
        "pipecast-end", *(e.id for e in first.events)}
    assert again.end.id == "pipecast-end"


@pytest.mark.parametrize("type_", ["error", "open"])
def test_types_of_eventsource_itself_draw_one_warning(convert, type_):
    program = convert(f"event: {type_}\ndata: 1\n\n".encode() * 2,
                      "-f", "sse")
    assert [event.type for event in program.events] == [type_] * 2
    assert program.errors().count(f'of type "{type_}"') == 1


# What is shown when the input pauses.

def feed(program, data):
    program.stdin.write(data)
    program.stdin.flush()


def test_progress_is_shown_as_it_stands(run):
    program = run("--cgi", stdin=subprocess.PIPE)
    for state in ["1%", "2%", "100%"]:
        feed(program, b"\r" + state.encode())
        assert program.stream.next_event().data == state
    feed(program, b"\ndone\n")
    program.stdin.close()
    assert program.finish() == 0
    assert [event.data for event in program.stream.wait_end()[:-1]] == \
        ["done"]


def test_block_is_whole_when_its_writer_pauses(run):
    program = run("--cgi", "-f", "blocks", stdin=subprocess.PIPE)
    for text in ["a\nb", "c\nd"]:
        feed(program, b"\n" + text.encode() + b"\n")
        assert program.stream.next_event().data == text


@pytest.mark.parametrize("form, first, state, rest, expected", [
    ("lines", "before\n", "\r1%", "\nafter\n", "after"),
    ("lines", "before\n", "\r1%", "\r2%\n", "2%"),
    ("blocks", "before\n\n", "a\nb\n", "\nc\n\n", "c"),
])
def test_viewer_resumes_after_what_was_shown_in_a_pause(
        serve, log, form, first, state, rest, expected):
    program = serve("-f", form, f"file:{log.path}")
    stream = program.open().wait_open()
    log.write(first + state)
    seen = stream.next_events(2)
    assert [event.data for event in seen] == ["before", state.strip()]
    log.write(rest)
    assert stream.next_event().data == expected
    for server in (program, serve("-f", form, f"file:{log.path}")):
        again = server.open(headers={"Last-Event-ID": seen[1].id})
        assert again.next_event().data == expected


def test_line_that_goes_over_no_other_waits_for_its_end(run):
    program = run("--cgi", "--heartbeat", "300ms", stdin=subprocess.PIPE)
    feed(program, b"first\nhalf")
    assert program.stream.next_event().data == "first"
    program.stream.wait_body(b":\n:\n")
    feed(program, b" and half\n")
    assert program.stream.next_event().data == "half and half"
