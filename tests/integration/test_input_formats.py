"""The five input formats, from bytes on standard input to events."""

import json

import pytest


def data_of(program):
    return [event.data for event in program.events]


@pytest.mark.parametrize("data, expected", [
    (b"a\nb\n", ["a", "b"]),
    (b"a\r\nb\r\n", ["a", "b"]),
    (b"a\rb\r", ["a", "b"]),
    (b"a\r\n\nb\r\r\nc", ["a", "", "b", "", "c"]),
    (b"no newline", ["no newline"]),
    (b"", []),
    (b"\n", [""]),
    (b"data: x\nid: 1\n: comment\n", ["data: x", "id: 1", ": comment"]),
    (b"  blanks \t\n", ["  blanks \t"]),
    (b"nul\0inside\n", ["nul\0inside"]),
    ("\u00e9\u20ac\U0001f600\n".encode(), ["\u00e9\u20ac\U0001f600"]),
])
@pytest.mark.parametrize("chunk", [1 << 16, 1])
def test_lines(convert, data, expected, chunk):
    assert data_of(convert(data, chunk=chunk)) == expected


@pytest.mark.parametrize("data, expected", [
    (b"a\nb\n\nc\n\n", ["a\nb", "c"]),
    (b"\n\n\na\n\n\n\nb\n", ["a", "b"]),
    (b"a\r\nb\r\n\r\nc\r\n\r\n", ["a\nb", "c"]),
    (b"a\r\rb\r\r", ["a", "b"]),
    (b"last without end", ["last without end"]),
    (b"", []),
])
def test_blocks(convert, data, expected):
    assert data_of(convert(data, "-f", "blocks")) == expected


@pytest.mark.parametrize("data, expected", [
    (b"a\0b\0", ["a", "b"]),
    (b"two\nlines\0", ["two\nlines"]),
    (b"three\r\ntwo\rone\0", ["three\ntwo\none"]),
    (b"a\0\0b", ["a", "", "b"]),
    (b"ends with newline\n\0", ["ends with newline\n"]),
    (b"", []),
])
def test_nul(convert, data, expected):
    assert data_of(convert(data, "-f", "nul")) == expected


def test_sse_keeps_the_meaning(convert):
    program = convert(b"\xef\xbb\xbf: hello\nretry: 77\n\n"
                      b"event: a\ndata: 1\ndata:2\nid: x\n\n"
                      b"data\n\n"
                      b"id\n\n"
                      b"data:  two blanks\nid: no\0no\nevent: \n\n"
                      b"data: unfinished\n", "-f", "sse")
    assert [(event.type, event.data) for event in program.events] == \
        [("a", "1\n2"), ("message", ""), ("message", " two blanks")]
    assert [event.id for event in program.events[:2]] == ["x", "x"]
    assert program.stream.retries == [2000, 77]
    comments = [c.text for c in program.stream.waiting_comments]
    assert " hello" in comments


def test_sse_warns_about_capitalised_event_field(convert):
    program = convert(b"Event: server-time\ndata: 1\n\n", "-f", "sse")
    assert [(e.type, e.data) for e in program.events] == [("message", "1")]
    assert "Event" in program.errors()


@pytest.mark.parametrize("value, expected", [
    ("text", "text"),
    ("two\nlines", "two\nlines"),
    (1, "1"), (True, "true"), (None, "null"), (1.5, "1.5"),
    ([1, 2], "[1,2]"), ({"a": {"b": []}}, '{"a":{"b":[]}}'),
    ("", ""), ("\u00e9\U0001f600", "\u00e9\U0001f600"), ("nul\0", "nul\0"),
])
def test_json_data_of_any_kind(convert, value, expected):
    line = json.dumps({"data": value}).encode() + b"\n"
    assert data_of(convert(line, "-f", "json")) == [expected]


def test_json_members(convert):
    program = convert(
        b'{"data":"1","event":"e","id":"i","retry":55}\n'
        b'{"data":"2","unknown":[]}\n'
        b'  {"data": "3"}  \r\n'
        b'{"data":"4"}', "-f", "json")
    assert data_of(program) == ["1", "2", "3", "4"]
    first, second = program.events[:2]
    assert (first.type, first.id) == ("e", "i")
    assert second.type == "message"
    assert 55 in program.stream.retries


def test_json_big_numbers_are_not_bent(convert):
    line = b'{"data":[9007199254740993,123456789012345678,0.1,-0]}\n'
    assert data_of(convert(line, "-f", "json")) in (
        [["[9007199254740993,123456789012345678,0.1,-0]"]] +
        [["[9007199254740993,123456789012345678,0.1,0]"]])


def test_event_option_is_the_default_of_other_formats(convert):
    program = convert(b'{"data":1}\n{"data":2,"event":"own"}\n',
                      "-e", "default", "-f", "json")
    assert [event.type for event in program.events] == ["default", "own"]


def test_ids_of_the_input_are_kept(convert):
    program = convert(b'{"data":1,"id":"one"}\n{"data":2}\n', "-f", "json")
    assert program.events[0].id == "one"
    assert program.events[1].id not in ("", "one")


def test_ids_made_by_us_differ_between_streams(convert):
    one = convert(b"a\nb\n")
    two = convert(b"a\nb\n")
    ids = [event.id for event in one.events + two.events]
    assert len(set(ids)) == 4
