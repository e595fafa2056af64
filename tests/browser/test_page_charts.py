"""The charts of the built-in page: time, cursor, and which of them there are."""

import json
import time

from selenium.webdriver import ActionChains, Keys

from browser import wait_for
from test_page import LASTS, json_source, log, publish  # noqa: F401

# Of each column of pixels of a canvas the first and the last row that are
# painted, in parts of the height, or null.
COLUMNS = """
const canvas = document.querySelectorAll("canvas")[arguments[0]];
const { width, height } = canvas;
const copy = new OffscreenCanvas(width, height).getContext(
    "2d", { willReadFrequently: true });
copy.drawImage(canvas, 0, 0);
const { data } = copy.getImageData(0, 0, width, height);
return Array.from({ length: width }, (_, x) => {
    const rows = Array.from({ length: height }, (_, y) => y).filter(
        (y) => data[4 * (y * width + x) + 3] > 0);
    return rows.length ? [rows[0] / height, rows.at(-1) / height] : null;
});
"""


def timed(*seconds, **values):
    """An event for each second before now, with its own time."""
    now = time.time()
    return [{"data": {"time": now - before, **{
        name: of(before) for name, of in values.items()}}}
        for before in seconds]


def columns(viewer, count, chart=0):
    """The columns of a chart once it has drawn so many charts."""
    wait_for(lambda: len(viewer.charts()) == count
             and all(drawn for *_, drawn in viewer.charts().values()),
             f"{count} charts; there are {viewer.charts()}")
    return viewer.browser.run(COLUMNS, chart)


def test_line_has_a_break_where_nothing_came(viewer, publish, folder):
    """x is the time that the events name; 12 of 30 seconds are empty."""
    viewer.open(publish(*json_source(folder, *timed(
        *range(29, 20, -1), *range(8, -1, -1), w=lambda before: before % 3))))
    found = columns(viewer, 1)
    empty = "".join("x" if each else " " for each in found).strip().split("x")
    assert 0.35 < max(map(len, empty)) / len(found) < 0.45
    assert viewer.browser.text("#span") == "last 30 s"


def test_line_has_a_break_where_the_connection_was_lost(
        viewer, publish, gateway, log):
    """Though the values before and after it are no further apart."""
    url = publish(f"file:{log.path}")
    events = [json.dumps(event["data"]) for event in timed(
        *range(19, -1, -1), w=lambda before: before % 3)]
    viewer.open(url).wait_state("Live")
    log(*events[:10])
    viewer.wait_rows(10)
    gateway.kill(url)
    gateway.start_again()
    viewer.wait_note("note", "Reconnected.")
    log(*events[10:])
    viewer.wait_rows(20)
    drawn = "".join("x" if each else " " for each in columns(viewer, 1))
    before, after = drawn.split()
    assert 0.8 < len(before) / len(after) < 1.25


BOUNDS = """
return ["canvas", ".max", ".min"].map((part) => {
    const { top, bottom } = document.querySelector(`.chart ${part}`)
        .getBoundingClientRect();
    return [top, bottom];
});
"""


def test_bounds_stand_where_they_are_drawn(viewer, publish, folder):
    viewer.open(publish(*json_source(folder, *timed(
        3, 2, 1, w=lambda before: 10 * before))))
    columns(viewer, 1)
    assert viewer.charts()["w"][1:3] == ["10", "30"]
    (top, bottom), high, low = viewer.browser.run(BOUNDS)
    quarter = (bottom - top) / 4
    assert top <= high[0] and high[1] < top + quarter
    assert low[0] > bottom - quarter and low[1] <= bottom


def test_negative_values_are_filled_from_zero(viewer, publish, folder):
    viewer.open(publish(*json_source(folder, *timed(
        *range(9, -1, -1), w=lambda before: -1 - before % 2 * 8))))
    # Not the round ends of the line.
    found = [each for each in columns(viewer, 1) if each][5:-5]
    assert all(first < 0.2 for first, _ in found)
    assert min(last for _, last in found) < 0.3


def test_cursor_shows_all_values_at_one_time(viewer, publish, folder):
    viewer.open(publish(*json_source(folder, *timed(
        *range(19, -1, -1), a=lambda before: before,
        b=lambda before: -before))))
    columns(viewer, 2)
    browser = viewer.browser

    def last():
        return [values[0] for values in viewer.charts().values()]
    canvas = viewer.driver.find_elements("css selector", "canvas")[0]
    ActionChains(viewer.driver).move_to_element(canvas).perform()
    wait_for(lambda: last() == ["10", "-10"], f"values; there are {last()}")
    assert browser.run("return /^\\d\\d:\\d\\d:\\d\\d/.test(span.textContent)")
    label = viewer.driver.find_element("css selector", ".label")
    label.send_keys(Keys.ARROW_LEFT)
    wait_for(lambda: last() == ["11", "-11"], f"values; there are {last()}")
    assert browser.text("#span").endswith(", a 11")
    label.send_keys(Keys.ESCAPE)
    wait_for(lambda: last() == ["0", "0"], f"values; there are {last()}")
    viewer.assert_no_complaints()


def test_charts_are_in_the_order_of_their_numbers(viewer, publish, folder):
    """Those of the first event are shown only when they come again."""
    (folder / "again").write_text('{"data": {"a": 2, "b": 2}}\n')
    viewer.open(publish(*json_source(
        folder, {"data": {"a": 1, "b": 1, "c": 1}}, {"data": {"c": 2}},
        then=f"sleep 1; cat {folder}/again; {LASTS}")))
    wait_for(lambda: list(viewer.charts()) == ["c"], "the chart of c")
    wait_for(lambda: list(viewer.charts()) == ["a", "b", "c"],
             f"charts in order; there are {list(viewer.charts())}")
    # When those came which were there before is guessed.
    viewer.browser.wait_true("span.textContent.endsWith(' or so')")


def test_chart_can_be_hidden_and_made_large(viewer, publish, folder):
    viewer.open(publish(*json_source(folder, *timed(
        2, 1, a=abs, b=abs, c=abs))))
    columns(viewer, 3)
    browser = viewer.browser
    active = "document.activeElement.textContent"
    viewer.driver.find_element("css selector", ".label").send_keys(Keys.DELETE)
    wait_for(lambda: list(viewer.charts()) == ["b", "c"], "two charts")
    assert browser.run(f"return {active}") == "b"
    viewer.driver.switch_to.active_element.send_keys(
        Keys.ARROW_DOWN, Keys.ENTER)
    browser.wait_true("document.querySelector('.large .label').textContent "
                      "=== 'c'")
    browser.wait_true("document.querySelector('.large canvas').height > 150")
    # Of the times at its foot, the last is that of the last event.
    (start, top), _, (end, end_top) = browser.run("""
        return Array.from(document.querySelectorAll(".large .times span"),
            (time) => [time.textContent, time.getBoundingClientRect().top]);
        """)
    assert start != end and top == end_top > 0
    browser.phone()
    browser.wait_true("document.querySelector('.large canvas').offsetWidth "
                      "> 250")
    browser.small(1000, 800)
    assert browser.text("#back") == "Show 1 hidden"
    viewer.click("back")
    wait_for(lambda: list(viewer.charts()) == ["a", "b", "c"], "all charts")
    assert browser.run(f"return {active}") == "a"


def test_type_has_the_same_colour_in_every_page(viewer, publish, folder):
    """However many types come before it; and its charts stand together."""
    def shown(*types):
        viewer.open(publish(*json_source(folder, *(
            {"event": kind, "data": {name: n}} for n in (1, 2)
            for kind, name in types))))
        wait_for(lambda: len(viewer.charts()) == len(types), "charts")
        colour = viewer.browser.run(
            "return getComputedStyle(document.querySelector("
            "`.chart:has(.label:not(:empty)) canvas`)).color")
        return colour, viewer.browser.texts(".chart .of")
    assert shown(("one", "a"), ("two", "b"), ("one", "c"))[1] == [
        "one", "one", "two"]
    assert shown(("two", "b"))[0] != shown(("one", "a"))[0]
    assert shown(("one", "a"))[0] == shown(("one", "a"), ("two", "b"))[0]
