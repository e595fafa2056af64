"""The element <event-source> in a real browser."""

import json

import pytest

from browser import wait_for

HEAD = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><link rel="icon" href="data:,">
<script src="/classic/event-source.js"></script>
<script>
var seen = [];
function note(event) {
    seen.push([event.type, event.data, event.lastEventId]);
}
</script>
"""


@pytest.fixture
def ticks(site):
    return site.put_pipecast("ticks.cgi", "--event", "tick", "--data", "%s.%f",
                             "every:100ms")


def two_counters(apache):
    """Two streams that tell themselves apart."""
    return [apache.put_pipecast(f"{name}.cgi", "--data", name, "every:100ms")
            for name in ("left", "right")]


def put_json(apache, folder, name, *events):
    """A script that sends the events, then ends."""
    (folder / name).write_text("".join(json.dumps(e) + "\n" for e in events))
    return apache.put_pipecast(f"{name}.cgi", "--retry", "100ms",
                               "-f", "json", f"exec:cat {folder}/{name}")


def wait_seen(browser, count):
    return browser.wait_true(f"seen.length >= {count} && seen")


def test_markup_of_2006_in_the_head(browser, site, ticks):
    page = site.put_page("head.html", HEAD + f"""
<event-source src="{ticks}">
<title>After the element</title>
<style>p {{ color: rgb(1, 2, 3); }}</style>
<script>
document.getElementsByTagName("event-source")[0]
    .addEventListener("tick", note, false);
</script>
</head>
<body class="body"><p>text</p></body></html>""")
    browser.open(site.url(page))
    wait_seen(browser, 2)
    assert browser.driver.title == "After the element"
    assert browser.run("return document.body.className") == "body"
    assert browser.run("return getComputedStyle(document.querySelector('p'))"
                       ".color") == "rgb(1, 2, 3)"
    assert browser.run("return document.querySelector('p').offsetHeight") > 0
    assert browser.console() == []


def test_markup_of_2006_with_two_elements_in_a_row(browser, apache):
    left, right = two_counters(apache)
    page = apache.put_page("row.html", HEAD + f"""</head><body>
<event-source src="{left}">
<event-source src="{right}">
<p>text</p>
<script>
for (var element of document.getElementsByTagName("event-source"))
    element.addEventListener("message", note, false);
</script></body></html>""")
    browser.open(apache.url(page))
    wait_for(lambda: {data for _, data, _ in browser.run("return seen")} ==
             {"left", "right"}, "events of both elements")
    assert browser.run("return document.querySelector('p').offsetLeft") == 8
    assert browser.console() == []


def test_event_carries_what_the_stream_said(browser, apache, folder):
    script = put_json(
        apache, folder, "fields", {"data": "a", "id": "1", "event": "x"},
        {"data": "not asked for", "event": "y"}, {"data": "b\nc"},
        {"data": "d", "id": "\u2026", "event": "x"})
    page = apache.put_page("fields.html", HEAD + f"""</head><body>
<event-source src="{script}"></event-source>
<script>
var element = document.querySelector("event-source"), origins = [];
for (var type of ["x", "message", "end"])
    element.addEventListener(type, note);
element.addEventListener("x", (event) => origins.push(event.origin));
</script></body></html>""")
    browser.open(apache.url(page))
    seen = wait_seen(browser, 4)
    assert [event[:2] for event in seen] == [
        ["x", "a"], ["message", "b\nc"], ["x", "d"],
        ["end", '{"exit_status":0}']]
    assert [seen[0][2], seen[2][2], seen[3][2]] == [
        "1", "\u2026", "pipecast-end"]
    assert browser.run("return origins") == [apache.url("")] * 2
    browser.wait_true("element.readyState === EventSource.CLOSED")
    assert len(browser.run("return seen")) == 4


def test_element_follows_its_src(browser, apache):
    left, right = two_counters(apache)
    page = apache.put_page("src.html", HEAD + "</head><body></body></html>")
    browser.open(apache.url(page))
    browser.run("""
window.element = document.createElement("event-source");
element.addEventListener("message", note);
element.src = arguments[0];
document.body.append(element);""", left)
    assert wait_seen(browser, 2)[-1][1] == "left"
    assert len(apache.viewers(left)) == 1

    browser.run("element.src = arguments[0]; seen = []", right)
    assert {data for _, data, _ in wait_seen(browser, 3)} == {"right"}
    apache.wait_no_viewers(left)

    browser.run("element.removeAttribute('src'); seen = []")
    assert browser.run("return element.readyState") == 2
    apache.wait_no_viewers(right)
    assert browser.run("return seen") == []

    browser.run("element.src = arguments[0]", left)
    wait_seen(browser, 1)
    browser.run("element.remove(); seen = []")
    assert browser.run("return element.readyState") == 2
    apache.wait_no_viewers(left)
    assert browser.run("return seen") == []

    browser.run("document.body.append(element)")
    wait_seen(browser, 1)
    assert browser.console() == []


def test_element_ends_where_there_is_no_stream(browser, apache):
    page = apache.put_page("none.html", HEAD + """</head><body>
<event-source src="/nothing/here"></event-source>
<script>
var errors = 0, element = document.querySelector("event-source");
element.addEventListener("error", () => errors++);
</script></body></html>""")
    browser.open(apache.url(page))
    browser.wait_true("errors === 1 && element.readyState === 2")


OLD_STREAM = b"""; comment
:another
Event: first
data: a
data:b

data: without a type

; a comment before an empty line is an event

event: not a field of 2006
data:  two spaces
unknown: x
Event: last one wins
Event: second

Event: empty

Event: cut off
data: <b>\xe2\x80\xa6</b>"""

OLD_EVENTS = [
    ["first", "a\nb"], ["message", "without a type"], ["message", ""],
    ["second", " two spaces"], ["empty", ""], ["cut off", "<b>\u2026</b>"],
]


@pytest.mark.parametrize("line_end", ["LF", "CRLF", "CR"])
def test_element_reads_the_dialect_of_2006(browser, apache, folder, line_end):
    ends = {"LF": b"\n", "CRLF": b"\r\n", "CR": b"\r"}
    (folder / "old").write_bytes(OLD_STREAM.replace(b"\n", ends[line_end]))
    script = apache.put_script("old.cgi", f"""#!/bin/sh
printf 'Content-Type: application/x-dom-event-stream\\r\\n\\r\\n'
cat {folder}/old
""")
    page = apache.put_page("old.html", HEAD + f"""</head><body>
<event-source src="{script}">
<script>
var element = document.querySelector("event-source");
for (var type of ["first", "second", "empty", "cut off", "message", "event"])
    element.addEventListener(type, note);
element.addEventListener("open", (event) => seen.push(["open", ""]));
</script></body></html>""")
    browser.open(apache.url(page))
    seen = wait_seen(browser, len(OLD_EVENTS) + 1)
    assert [event[:2] for event in seen] == [["open", ""], *OLD_EVENTS]
    # It would come back in five seconds.
    browser.wait_true("element.readyState === EventSource.CONNECTING")
    browser.run("element.remove()")
    assert browser.run("return element.readyState") == 2
