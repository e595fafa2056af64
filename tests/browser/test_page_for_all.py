"""The built-in page for everyone: small or enlarged, by keyboard, by ear."""

import pytest
from selenium.webdriver import ActionChains, Keys

from browser import wait_for
from test_page import json_source, log, publish  # noqa: F401


def press(viewer, *keys):
    ActionChains(viewer.driver).send_keys(*keys).perform()


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


# As many milliseconds as the test says instead of ten seconds.
SHORTER = """
const later = setTimeout;
window.setTimeout = (call, ms) => later(call, ms === 10000 ? 1000 : ms);
window.heard = [];
window.flips = 0;
new MutationObserver(() => flips++).observe(log,
    { attributeFilter: ["aria-live"] });
new MutationObserver((all) => all.forEach(({ target }) =>
    target.closest?.("[aria-live=polite], [role=status]") &&
    heard.push(target.textContent)))
    .observe(document.body, { subtree: true, childList: true });
"""


def test_screen_reader_has_a_summary_now_and_then(viewer, publish, log):
    viewer.open(publish(f"file:{log.path}")).wait_state("Live")
    browser = viewer.browser
    browser.run(SHORTER)
    log("first")
    browser.wait_true("heard.length === 1")
    for n in range(30):
        log(f"line {n}" + (" ERROR" if n % 10 == 0 else ""))
        browser.wait_true(f"document.querySelectorAll('.row').length > {n}")
    browser.wait_true("heard.join().includes('line 29')")
    heard = browser.run("return heard")
    assert heard[0] == "1 new event. Latest: first"
    assert "errors. Latest: " in " ".join(heard)
    assert len(heard) < 10
    assert browser.run("return [log.ariaLive, flips]") == ["off", 0]
    viewer.assert_no_complaints()


def test_screen_reader_may_have_each_event_or_none(viewer, publish, log):
    url = publish(f"file:{log.path}")
    viewer.open(url).wait_state("Live")
    browser = viewer.browser
    for choice, live in (("each event", "polite"), ("nothing", "off")):
        browser.run("help.showModal()")
        viewer.find("spoken").send_keys(choice)
        browser.run("help.close()")
        assert browser.run("return log.ariaLive") == live
        viewer.open(url).wait_state("Live")
        assert browser.run("return log.ariaLive") == live
    log("quiet")
    viewer.wait_rows(1)
    assert browser.text("#summary") == ""


def test_help_begins_at_its_beginning(viewer, publish, log):
    """Also where it has more than fits, as at 400 %."""
    viewer.browser.small(320, 256)
    viewer.open(publish(f"file:{log.path}")).wait_state("Live")
    press(viewer, "?")
    viewer.browser.wait_true("help.open")
    assert viewer.browser.run(
        "return help.querySelector('h2').getBoundingClientRect().top >= 0")
    press(viewer, Keys.TAB)
    assert viewer.browser.run("return document.activeElement.id") == "keys"


def test_keys_of_one_character_can_be_turned_off(viewer, publish, log):
    log("a line")
    url = publish(f"file:{log.path}")
    viewer.open(url).wait_rows(1)
    browser = viewer.browser
    press(viewer, "?")
    browser.wait_true("help.open")
    assert {"p", "/", "n", "N", "Enter", "End", "?"} == set(
        browser.texts("#help kbd"))
    viewer.click("keys")
    press(viewer, Keys.ESCAPE)
    for _ in range(2):
        browser.run("document.activeElement.blur()")
        press(viewer, "p", "?", "n")
        assert viewer.state == "Live"
        assert not browser.run("return help.open")
        assert browser.texts(".current") == []
        viewer.open(url).wait_rows(1)
    viewer.click("use")
    viewer.click("keys")
    press(viewer, Keys.ESCAPE)
    browser.wait_true("!help.open")
    press(viewer, "p")
    viewer.wait_state("Paused")


def test_theme_and_wrapping_are_remembered(viewer, publish):
    url = publish("every:1h")
    viewer.open(url).wait_state("Live")
    viewer.click("theme")
    viewer.click("theme")
    viewer.click("wrap")
    viewer.open(url).wait_state("Live")
    assert viewer.find("theme").accessible_name == "Theme: dark"
    assert viewer.browser.run(
        "return getComputedStyle(document.body).colorScheme") == "dark"
    assert viewer.find("wrap").get_attribute("aria-pressed") == "false"


def test_json_is_opened_by_keyboard(viewer, publish, log):
    log('{"msg":"one","a":1}', '{"msg":"two","a":2}')
    viewer.open(publish(f"file:{log.path}")).wait_rows(2)
    browser = viewer.browser
    press(viewer, "n", "N", Keys.ENTER)
    assert '"msg": "one"' in browser.text(".fields")
    press(viewer, Keys.ENTER)
    assert browser.texts(".fields") == []


def test_chips_are_one_stop_of_the_tab_key(viewer, publish, folder):
    viewer.open(publish(*types_source(folder, 5))).wait_rows(10)
    browser = viewer.browser
    reached = []
    while "log" not in reached:
        press(viewer, Keys.TAB)
        reached.append(browser.run("return document.activeElement.id"))
        assert len(reached) < 20, reached
    assert reached == ["pause", "clear", "filter", "all", "format", "copy",
                       "download", "wrap", "theme", "use", "log"]
    browser.run("all.focus()")
    press(viewer, *[Keys.ARROW_RIGHT] * 3, Keys.SPACE)
    wait_for(lambda: "type-0" not in {row[1] for row in viewer.rows()},
             "the first type to go")
    press(viewer, *[Keys.ARROW_LEFT] * 2, Keys.ENTER)
    wait_for(lambda: viewer.rows() == [], "no rows")


TARGETS = """
return Array.from(document.querySelectorAll("button, input, select, a"),
    (element) => [element.id || element.textContent,
    element.getBoundingClientRect()]).filter(([, { width, height }]) =>
    width > 0 && (width < 44 || height < 44)).map(([name]) => name);
"""


def test_targets_on_a_phone_are_large(viewer, publish, folder):
    viewer.browser.phone()
    viewer.open(publish(*types_source(folder, 5))).wait_rows(10)
    viewer.filter("t")
    assert viewer.browser.run(TARGETS) == []
    viewer.browser.run("menu.showPopover()")
    assert viewer.browser.run(TARGETS) == []


# Of each border its contrast with what is around it.
BORDERS = """
const canvas = document.createElement("canvas").getContext("2d",
    { willReadFrequently: true });
function light(colour) {
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((c) =>
        c / 255 <= 0.04045 ? c / 255 / 12.92 :
        ((c / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
const around = light(getComputedStyle(tools).backgroundColor);
return Array.from(document.querySelectorAll(
    "#tools :is(button, input, select)"), (element) => {
    const [a, b] = [light(getComputedStyle(element).borderTopColor), around]
        .sort((x, y) => x - y);
    return [(b + 0.05) / (a + 0.05), element.id];
}).filter(([contrast]) => contrast < 3);
"""


@pytest.mark.parametrize("dark", [False, True])
def test_borders_of_controls_stand_out(viewer, publish, folder, dark):
    if dark:
        viewer.browser.dark()
    viewer.open(publish(*types_source(folder, 5))).wait_rows(10)
    assert viewer.browser.run(BORDERS) == []


# What is told apart by colours otherwise.
FORCED = """
const styleOf = (selector) =>
    getComputedStyle(document.querySelector(selector));
const edge = (selector) => ["borderLeftColor", "borderLeftStyle"]
    .map((name) => styleOf(selector)[name]).join();
return [new Set(["[data-level=error]", "[data-level=warning]",
    ".row:not([data-level])"].map((level) => edge(`.row${level}`.replace(
    ".row.row", ".row")))).size, styleOf("#log").backgroundColor !==
    getComputedStyle(state, "::before").borderTopColor];
"""


def test_forced_colours_leave_levels_and_state_to_see(viewer, publish, log):
    viewer.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
        "features": [{"name": "forced-colors", "value": "active"}]})
    log("ERROR a", "WARN b", "c")
    viewer.open(publish(f"file:{log.path}")).wait_rows(3)
    assert viewer.browser.run(FORCED) == [3, True]


# The rules of WCAG 2.2, A and AA, and of good practice.
JUDGE = """
const done = arguments[arguments.length - 1];
axe.run().then(({ violations }) => done(violations.map(({ id, nodes }) =>
    [id, ...nodes.map(({ html, failureSummary }) =>
        `${html.slice(0, 150)} ${failureSummary.slice(0, 200)}`)])));
"""


@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing(viewer, publish, folder, axe, dark):
    browser = viewer.browser
    if dark:
        browser.dark()
    viewer.open(publish("--post", *types_source(folder, 5)[:-1],
                        f"exec:cat {folder}/events; echo '"
                        '{"data":{"level":"error","msg":"no"}}'
                        "'; exec cat")).wait_rows(11)
    viewer.filter("-zzz")
    viewer.click("pause")
    browser.run("document.querySelector('.opener').click()")
    browser.run(axe)
    for show in "", "help.showModal()", "help.close(); menu.showPopover()":
        browser.run(show)
        assert viewer.driver.execute_async_script(JUDGE) == []
