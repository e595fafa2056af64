"""The built-in page for everyone: small or enlarged, by keyboard, by ear."""

from test_page import json_source, log, publish  # noqa: F401


def types_source(folder, n):
    """Two numbers of each of n types."""
    return json_source(folder, *({"data": value, "event": f"type-{kind}"}
                                 for value in (1, 2) for kind in range(n)))


def test_events_have_room_on_a_page_zoomed_four_times(
        viewer, publish, folder):
    viewer.browser.small(320, 256)
    viewer.open(publish(*types_source(folder, 5))).wait_rows(10)
    browser = viewer.browser
    assert browser.run("return log.clientHeight") >= 0.7 * 256
    assert browser.run("return document.documentElement.scrollWidth") <= 320
    # Some of it is seen at first, and all of it with the focus in it.
    assert browser.run("return log.getBoundingClientRect().top") < 0.6 * 256
    browser.run("log.focus()")
    browser.wait_true("log.getBoundingClientRect().bottom <= innerHeight + 1")
    for name in ("clear", "use"):
        browser.run("document.getElementById(arguments[0]).focus()", name)
        assert viewer.find(name).is_displayed()
    viewer.assert_no_complaints()
