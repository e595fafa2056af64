"""The built-in page with a stream of many sources."""

import pytest

from test_page import log, publish  # noqa: F401
from browser import wait_for
from gateways import LASTS


def source(n, before=":", then=LASTS):
    return (f"source-{n}=exec:{before}; echo temp: {n} C; echo temp: 1 C; "
            f"{then}")


COLOURS = """
return Object.fromEntries(Array.from(document.querySelectorAll("#types .chip"),
    (chip) => [chip.querySelector("bdi").textContent,
    getComputedStyle(chip).color]));
"""


def test_twenty_sources_have_chips_in_one_line(viewer, publish):
    viewer.open(publish(*map(source, range(20)))).wait_rows(40)
    browser = viewer.browser
    assert len(viewer.chips()) == 20
    assert browser.run("return types.offsetHeight") < 50
    assert browser.run(
        "const { scrollWidth, scrollHeight } = document.documentElement;"
        "return scrollWidth <= innerWidth && scrollHeight <= innerHeight")
    browser.wait_true("!charts.hidden")
    viewer.click("none")
    wait_for(lambda: viewer.rows() == [], "no rows")
    assert browser.run("return charts.hidden")
    viewer.click("all")
    viewer.wait_rows(40)
    browser.run("document.querySelector('[popovertarget]').click()")
    only, = [button for button in viewer.driver.find_elements(
        "css selector", "#menu button")
        if button.accessible_name == "Only source-7"]
    only.click()
    viewer.wait_data(["temp: 7 C", "temp: 1 C"])
    assert not browser.run("return menu.matches(':popover-open')")
    viewer.assert_no_complaints()


@pytest.mark.parametrize("width", [360, 1000])
def test_twenty_sources_leave_the_events_room(viewer, publish, width):
    browser = viewer.browser
    browser.small(width, 740)
    viewer.open(publish(*(f"source-{n}=exec:echo {n}; echo 1; {LASTS}"
                          for n in range(20)))).wait_rows(40)
    browser.wait_texts(".chart", 20)
    assert browser.run("return log.clientHeight") > 0.4 * 740
    assert browser.run("return document.documentElement.scrollWidth") <= width


def test_source_has_its_colour_in_every_tab(viewer, publish, folder):
    """Whichever source comes first."""
    begun = folder / "begun"
    first = ":", f"touch {begun}; {LASTS}"
    second = f"until [ -e {begun} ]; do sleep .01; done", LASTS
    seen = []
    for commands in ((first, second), (second, first)):
        begun.unlink(missing_ok=True)
        viewer.open(publish(*(source(n, *each) for n, each in
                              enumerate(commands)))).wait_rows(4)
        seen.append(viewer.browser.run(COLOURS))
    assert seen[0] == seen[1]
    assert len(set(seen[0].values())) == 2


def test_source_links_to_its_own_stream(viewer, publish):
    viewer.open(publish(source(1), source(2))).wait_rows(4)
    viewer.browser.run("menu.showPopover()")
    viewer.browser.wait_true("document.querySelectorAll('#menu a[href]')"
                             ".length === 2")
    viewer.driver.find_element("link text", "source-2").click()
    viewer.wait_data(["temp: 2 C", "temp: 1 C"])
    assert viewer.browser.text("#name") == "source-2"
    viewer.assert_no_complaints()


def test_viewers_are_a_figure_like_those_of_the_status(viewer, publish):
    viewer.open(publish("--viewers-event", "look", source(1))).wait_rows(2)
    viewer.browser.wait_true("figures.textContent.includes('1 viewer')")
    assert viewer.data() == ["temp: 1 C"] * 2


def test_id_of_a_followed_file_is_a_place(viewer, publish, log):  # noqa: F811
    log("12345", "", "1234")
    viewer.open(publish(f"file:{log.path}")).wait_rows(2)
    assert [row[3] for row in viewer.rows()][0] == "byte 6"
    assert len({row[3] for row in viewer.rows()}) == len(viewer.rows())
