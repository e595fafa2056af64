"""The built-in page loses nothing silently."""

import pytest
from selenium.webdriver import ActionChains, Keys

from browser import wait_for
from test_page import (  # noqa: F401
    assert_at_end, before_stream, log, publish, through_cgi)
from test_page_connection import hide, show
from waiting import DEADLINE


@pytest.fixture
def flood(viewer, publish, log):  # noqa: F811
    """A page with 100 lines, and a way to append many more."""
    viewer.open(publish("--replay", "0", f"file:{log.path}"))
    viewer.wait_state("Live")
    log(*(f"old {n}" for n in range(100)))
    viewer.wait_rows(100)

    def append(begin, end, text="line"):
        log(*(f"{text} {n}" for n in range(begin, end)))
    append.page = viewer
    return append


def wait_total(viewer, total):
    wait_for(lambda: viewer.browser.text("#figures").startswith(
        f"{total:,} events"), f"{total} events", 3 * DEADLINE)


# For a page that is hidden no frame is drawn.
HOLD_FRAMES = """
const [draw, held] = [requestAnimationFrame, []];
window.requestAnimationFrame = (call) => held.push(call);
window.drawFrames = () => {
    window.requestAnimationFrame = draw;
    held.forEach((call) => draw(call));
};
"""


@pytest.mark.parametrize("how", ["pause", "hide"])
def test_what_passed_is_counted_where_it_did(flood, how):
    viewer = flood.page
    browser = viewer.browser
    if how == "pause":
        viewer.click("pause")
    else:
        browser.run(HOLD_FRAMES)
        hide(viewer, minute_ms=60_000)
    for n in range(0, 7000, 1000):
        flood(n, n + 1000)
        wait_total(viewer, 100 + n + 1000)
    if how == "pause":
        browser.wait_true(
            "figures.textContent.includes('7,000 new while paused')")
        viewer.click("pause")
    else:
        show(viewer)
        browser.run("drawFrames()")
    viewer.wait_note("passed", "5,000 events passed")
    rows = browser.texts(".row .data")
    at = next(i for i, text in enumerate(rows) if "passed" in text)
    assert (rows[at - 1], rows[at + 1]) == ("old 99", "line 5000")
    assert rows[-1] == "line 6999"
    browser.wait_true("figures.textContent.includes('5,000 passed')")


def test_filter_collects_as_many_matches(flood):
    viewer = flood.page
    viewer.filter("match")
    flood(0, 10, "match")
    for n in range(0, 8000, 1000):
        flood(n, n + 1000)
        wait_total(viewer, 110 + n + 1000)
    flood(10, 12, "match")
    viewer.wait_data([f"match {n}" for n in range(12)])
    viewer.browser.wait_true(
        "/ 12 of 3,\\d{3} match/.test(figures.textContent)")
    viewer.filter("")
    viewer.wait_note("passed", "passed (no match)")
    assert [data for data in viewer.data() if "match" in data] == [
        f"match {n}" for n in range(12)]


def test_nothing_is_taken_from_under_the_reader(flood):
    viewer = flood.page
    browser = viewer.browser
    browser.run("log.scrollTop = 0")
    browser.wait_true("!end.hidden")
    for n in range(0, 14000, 1000):
        flood(n, n + 1000)
        wait_total(viewer, 100 + n + 1000)
        if n == 4000:
            assert viewer.data()[0] == "old 0"
            assert browser.run("return log.scrollTop") == 0
            browser.wait_true("figures.textContent.includes("
                              "'up to 12,000 while scrolled up')")
    assert len(viewer.data()) == 12_000
    viewer.click("end")
    flood(14000, 14001)
    wait_for(lambda: len(viewer.data()) == 3000, "3,000 rows")
    assert_at_end(browser)


SELECT = """
const [from, to] = [...document.querySelectorAll(".row .data")].slice(-2);
getSelection().setBaseAndExtent(from, 0, to, to.childNodes.length);
"""


def test_selected_text_stays_in_sight_and_is_all_that_is_copied(flood):
    viewer = flood.page
    viewer.browser.run(SELECT)
    viewer.browser.wait_true("!end.hidden")
    top = viewer.browser.run("return log.scrollTop")
    flood(0, 50)
    viewer.wait_rows(150)
    assert viewer.browser.run("return log.scrollTop") == top
    for n in range(50, 4050, 1000):
        flood(n, n + 1000)
        wait_total(viewer, 100 + n + 1000)
    assert viewer.data()[0] == "old 0"
    assert viewer.browser.run(
        "return getSelection().toString()").split() == [
        "old", "98", "old", "99"]


def test_opened_event_is_seen_and_stays_in_sight(flood):
    viewer = flood.page
    browser = viewer.browser
    flood(0, 1, "Jan 31 12:00:01 host prog[1]: line")
    viewer.wait_rows(101)
    browser.run("document.querySelector('.opener').click()")
    browser.wait_true("!end.hidden")
    assert browser.run("""
        const [row, view] = [document.querySelector(".fields"), log].map(
            (element) => element.getBoundingClientRect());
        return row.top >= view.top && row.bottom <= view.bottom;""")
    top = browser.run("return log.scrollTop")
    flood(1, 50)
    viewer.wait_rows(150)
    assert browser.run("return log.scrollTop") == top


PACE = """
import time
while True:
    print(*range(5), sep="\\n", flush=True)
    time.sleep(0.02)
"""


@pytest.mark.parametrize("key", [Keys.HOME, Keys.PAGE_UP, Keys.ARROW_UP])
def test_keys_leave_the_end_of_a_fast_stream(viewer, publish, folder, key):
    """The browser may scroll smoothly, while the end moves on."""
    (folder / "pace").write_text(PACE)
    viewer.open(publish(f"exec:exec /usr/bin/python3 {folder}/pace"))
    viewer.wait_rows(500)
    browser = viewer.browser
    assert browser.run("return end.hidden")
    ActionChains(viewer.driver).send_keys(key).perform()
    browser.wait_true("/^\\d{3,} new/.test(end.textContent)")
    browser.wait_true("log.scrollHeight - log.scrollTop > 2 * log.clientHeight")


@through_cgi
def test_gaps_are_counted_for_good(viewer, publish, folder):
    """Each connection ends at once, and the next begins with a gap."""
    (folder / "gap").write_text(
        "Content-Type: text/event-stream\r\n\r\nretry: 50\n"
        'event: gap\ndata: {"last_event_id":"","missed":7}\n\n')
    viewer.open(publish("every:1h", before=before_stream(
        f"exec cat {folder}/gap")))
    viewer.browser.wait_true(
        "/ [2-9] gaps, [1-9][0-9] missed/.test(figures.textContent)")


@through_cgi
def test_nothing_before_a_gap_is_written_over(viewer, publish, folder):
    (folder / "stream").write_text(
        "Content-Type: text/event-stream\r\n\r\nretry: 60000\n"
        "data: 1%\n\n: cr\ndata: 2%\n\n"
        'event: gap\ndata: {"last_event_id":"","missed":7}\n\n'
        ": cr\ndata: 9%\n\n")
    viewer.open(publish("every:1h", before=before_stream(
        f"exec cat {folder}/stream")))
    viewer.wait_data(["2%", "9%"])


def test_reload_goes_on_where_the_page_began(flood):
    viewer = flood.page
    viewer.browser.wait_true("history.state?.n === 99")
    viewer.driver.refresh()
    viewer.driver.refresh()
    viewer.wait_data([f"old {n}" for n in range(100)])
    flood(0, 1)
    viewer.wait_data([*(f"old {n}" for n in range(100)), "line 0"])
    assert viewer.notes() == []
    viewer.browser.wait_true("figures.textContent.startsWith('101 events')")
