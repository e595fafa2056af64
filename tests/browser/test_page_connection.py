"""The built-in page tells the truth about its connection."""

import os
import re
import signal
import urllib.parse

import pytest

from browser import wait_for
from processes import count_connections
from test_page import before_stream, log, publish, through_cgi  # noqa: F401

# The browser of the tests hides no page, and its minutes are long.
HIDE = """
const [hidden, minuteMs] = arguments;
const later = setTimeout;
window.setTimeout = (call, ms) => later(call, ms === 60000 ? minuteMs : ms);
Object.defineProperty(document, "hidden",
    { value: hidden, configurable: true });
document.dispatchEvent(new Event("visibilitychange"));
window.setTimeout = later;
"""


def hide(viewer, minute_ms=1):
    viewer.browser.run(HIDE, True, minute_ms)


def show(viewer):
    viewer.browser.run(HIDE, False, 1)


def icon(browser):
    return urllib.parse.unquote(browser.run("return icon.href"))


def colour(browser, selector):
    return browser.run("return getComputedStyle(document.querySelector("
                       "arguments[0])).color", selector)


def test_server_that_says_nothing_is_given_up_and_asked_again(
        viewer, publish, gateway, log):
    viewer.open(publish(f"file:{log.path}")).wait_state("Live")
    browser = viewer.browser
    green = icon(browser)
    log("before")
    viewer.wait_data(["before"])
    pid = gateway.server.program.pid
    os.kill(pid, signal.SIGSTOP)
    try:
        log("meanwhile")
        viewer.wait_state("Reconnecting")
        browser.wait_true("/^Nothing has come for \\d+ s, not even a "
                          "heartbeat\\.$/.test(reason.textContent)")
        assert browser.driver.title.startswith("(reconnecting) ")
        assert icon(browser) != green
        r, g, b = map(int, re.findall(
            r"\d+", colour(browser, "#state")))
        assert r > g > b
    finally:
        os.kill(pid, signal.SIGCONT)
    viewer.wait_data(["before", "meanwhile"])
    viewer.wait_state("Live")
    assert icon(browser) == green


def test_full_house_is_called_so(viewer, publish):
    url = publish("--max-clients", "1", "every:1h")
    browser = viewer.browser
    viewer.open(url).wait_state("Live")
    live = icon(browser)
    taken = browser.driver.current_window_handle
    browser.driver.switch_to.new_window("tab")
    viewer.open(url).wait_state("Full")
    assert browser.text("#reason") == \
        "The server says: pipecast is full; come back later."
    assert browser.driver.title.startswith("(full) ")
    assert icon(browser) != live
    browser.driver.close()
    browser.driver.switch_to.window(taken)


@through_cgi
def test_comment_before_an_early_end_is_shown(viewer, publish):
    viewer.open(publish("every:1h", before=before_stream(
        "printf 'Content-Type: text/event-stream\\r\\n\\r\\n"
        ": back at noon\\nretry: 1000\\n\\n'; exit")))
    viewer.wait_state("Reconnecting")
    assert viewer.browser.text("#reason") == "The server says: back at noon."


@pytest.mark.parametrize("status, word, form, is_bad", [
    (0, "Ended", "<path d='M4 8.5l3 3 5-6.5'/>", False),
    (3, "Failed (exit status 3)", "<path d='M4.5 4.5l7 7", True)])
def test_failure_looks_like_none_other(
        viewer, publish, status, word, form, is_bad):
    viewer.open(publish("--keep", f"exec:echo data; exit {status}"))
    viewer.wait_state(word)
    browser = viewer.browser
    assert browser.driver.title.startswith(f"({word.lower()}) ")
    assert form in icon(browser)
    assert (colour(browser, "#state") == colour(browser, "#failure")
            ) == is_bad
    # What was shown does not come a second time.
    viewer.click("again")
    browser.wait_true("figures.textContent.startsWith('4 events') || "
                      "figures.textContent.startsWith('2 events')")
    viewer.wait_state(word)
    viewer.wait_data(["data"])


def test_pause_is_in_the_title_and_the_icon(viewer, publish):
    viewer.open(publish("every:1h")).wait_state("Live")
    live = icon(viewer.browser)
    viewer.click("pause")
    viewer.wait_state("Paused")
    assert viewer.driver.title.startswith("(paused) ")
    assert icon(viewer.browser) != live
    viewer.click("pause")
    viewer.wait_state("Live")


def test_title_counts_what_came_while_hidden(viewer, publish, log):
    viewer.open(publish(f"file:{log.path}")).wait_state("Live")
    title = viewer.driver.title
    hide(viewer, minute_ms=60_000)
    log("one", "two")
    wait_for(lambda: viewer.driver.title == f"(2) {title}", "two in the title")
    show(viewer)
    assert viewer.driver.title == title
    viewer.wait_data(["one", "two"])


def test_hidden_page_gives_its_connection_back(viewer, publish, gateway, log):
    """And goes on where it was."""
    viewer.open(publish("--replay", "0", f"file:{log.path}"))
    viewer.wait_state("Live")
    log("before")
    viewer.wait_data(["before"])
    hide(viewer)
    viewer.wait_state("Resting")
    assert viewer.driver.title.startswith("(resting) ")
    pid = gateway.server.program.pid
    wait_for(lambda: count_connections(pid) == 0, "the viewer to leave")
    log("meanwhile")
    show(viewer)
    viewer.wait_data(["before", "meanwhile"])
    assert viewer.state == "Live"
    assert viewer.notes() == []
    viewer.assert_no_complaints()


def test_seventh_tab_is_as_good_as_the_first(viewer, publish, log):
    url = publish(f"file:{log.path}")
    log("an event")
    driver = viewer.driver
    first = driver.current_window_handle
    for n in range(7):
        if n > 0:
            driver.switch_to.new_window("tab")
        viewer.open(url).wait_data(["an event"])
        if n < 6:
            hide(viewer)
            viewer.wait_state("Resting")
    for tab in driver.window_handles:
        if tab != first:
            driver.switch_to.window(tab)
            driver.close()
    driver.switch_to.window(first)
