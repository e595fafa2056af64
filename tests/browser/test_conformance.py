"""What Chromium's own EventSource makes of difficult input, in each format."""

import pytest

from test_streams import read

OWN = "our own"
MESSAGE = "message"

# Name, format, input, events as (type, data, last event ID).
CASES = [
    ("line-ends", "lines", b"a\nb\rc\r\nd\n\re\n",
     [(MESSAGE, data, OWN) for data in ("a", "b", "c", "d", "e")]),
    ("not-fields", "lines", b"data: a\nid: 1\n: b\n retry: 1\nevent: end\n  c\n",
     [(MESSAGE, data, OWN) for data in (
         "data: a", "id: 1", ": b", " retry: 1", "event: end", "  c")]),
    ("bytes", "lines", "a\0b \u2026 \U0001f600 \u2028|\ufeff".encode() +
     b"\n\xff\xc3(\xe2\x82\xf0\x9f\x98|\xed\xa0\x80\n",
     [(MESSAGE, "a\0b \u2026 \U0001f600 \u2028|\ufeff", OWN),
      (MESSAGE, "\ufffd\ufffd(\ufffd\ufffd|\ufffd\ufffd\ufffd", OWN)]),
    ("long", "lines", b"x" * 200_000 + b"\n", [(MESSAGE, "x" * 200_000, OWN)]),
    ("blocks", "blocks", b"\n\na\n b\r\rc\r\n\r\n\r\nd",
     [(MESSAGE, data, OWN) for data in ("a\n b", "c", "d")]),
    ("nul", "nul", b"a\rb\nc\r\nd\n\0\0\n\0 e\0",
     [(MESSAGE, data, OWN) for data in ("a\nb\nc\nd\n", "", "\n", " e")]),
    ("json", "json", rb'{"data":"a\r\nb\rc\u0000","event":"t","id":"\u20261"}'
     b'\n{"data":[1,{"a":"\\ud83d\\ude00"}],"id":""}\nnot JSON\n'
     rb'{"data":"","event":"t\r\ndata: injected","id":"x\u0000y"}',
     [("t", "a\nb\nc\0", "\u20261"), (MESSAGE, '[1,{"a":"\U0001f600"}]', ""),
      (MESSAGE, "", OWN)]),
    ("sse-byte-order-mark", "sse", "\ufeffdata: a\n\n\ufeffdata: b\n\n"
     "data: \ufeffc\n\n".encode(),
     [(MESSAGE, "a", OWN), (MESSAGE, "\ufeffc", OWN)]),
    ("sse-line-ends", "sse", b"data: a\r\ndata\ndata: b\r\rdata:c\n\rdata:  d"
     b"\r\n\n", [(MESSAGE, "a\n\nb", OWN), (MESSAGE, "c", OWN),
                 (MESSAGE, " d", OWN)]),
    ("sse-ids", "sse", "data: a\n\nid: \u2026\ndata: b\n\ndata: c\n\nid: 7\n\n"
     "data: d\n\nid: 8\0\ndata: e\n\nid\ndata: f\n\n".encode(),
     [(MESSAGE, "a", OWN), (MESSAGE, "b", "\u2026"), (MESSAGE, "c", "\u2026"),
      (MESSAGE, "d", "7"), (MESSAGE, "e", "7"), (MESSAGE, "f", "")]),
    ("sse-fields", "sse", b"data: 1\n data\nDATA: x\ndata\nfoo: x\nEvent: t\n"
     b"data\0: x\n:data: x\ndata:\0\n\nevent: u\n\nevent: t\nevent\ndata: 2\n\n"
     b"event: t\ndata: 3\n\ndata: cut off", [
         (MESSAGE, "1\n\n\0", OWN), (MESSAGE, "2", OWN), ("t", "3", OWN)]),
    ("sse-bytes", "sse", b"data: \xe2\x82\nevent: t\nid: \xff\n\n",
     [("t", "\ufffd", "\ufffd")]),
]


def without_own_ids(events):
    return [(kind, data, OWN if identity.startswith("s-") else identity)
            for kind, data, identity in events]


@pytest.mark.parametrize("input_format, stream, expected",
                         [case[1:] for case in CASES],
                         ids=[case[0] for case in CASES])
def test_browser_reads_what_was_put_in(browser, site, folder, input_format,
                                       stream, expected):
    (folder / "input").write_bytes(stream)
    script = site.put_pipecast("tricky.cgi", "-f", input_format,
                               f"exec:cat {folder}/input")
    browser.open(site.url(site.blank))
    events = read(browser, site.url(script), ["t"])
    assert events[-1] == ["end", '{"exit_status":0}', "pipecast-end"]
    assert without_own_ids(events[:-1]) == expected
    assert browser.console() == []
