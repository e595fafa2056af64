"""The examples that are whole programs: each is run as its README says, with
pipecast from the PATH, and shows what it is there to show."""

import json
import urllib.request

import pytest
from selenium.webdriver import Keys

from browser import Browser, wait_for

NUMBER = r"/^[\d,.]+/"


@pytest.fixture
def log(folder):
    path = folder / "log"
    path.write_text("started\n")

    def append(line):
        with open(path, "a", encoding="utf-8") as file:
            file.write(f"{line}\n")
    append.path = path
    return append


@pytest.fixture
def friend(chromium):
    """Another browser, of somebody else."""
    browser = Browser(chromium.screenshots)
    yield browser
    browser.quit()


@pytest.fixture
def watcher(chromium):
    """A third one."""
    browser = Browser(chromium.screenshots)
    yield browser
    browser.quit()


def post(url, text):
    request = urllib.request.Request(url, data=text.encode(), method="POST")
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


@pytest.mark.parametrize("name", [
    "ticker", "log-monitor", "system-status", "notify", "remote-pipe",
    "chat", "game"])
def test_example_would_run(run, log, name):
    arguments = [log.path] if name == "log-monitor" else []
    assert run(name, *arguments, "--check").wait_exit() == 0


def test_ticker_shows_prices_and_headlines(run, viewer):
    browser = viewer.open(run("ticker").urls()[0]).browser
    browser.wait_text("#state", "open")
    browser.wait_texts("#quotes .quote .symbol", 3)
    browser.wait_true("Array.from(document.querySelectorAll('.price'))"
                      f".every((price) => {NUMBER}.test(price.textContent))")
    # A line takes two prices.
    browser.wait_true("document.querySelector('.quote polyline')"
                      ".getAttribute('points').split(' ').length > 1")
    browser.wait_texts("#news .headline", 1)
    browser.screenshot("example-ticker")
    viewer.assert_no_complaints()


def test_log_monitor_shows_lines_as_they_are_written(run, viewer, log):
    program = run("log-monitor", log.path)
    browser = viewer.open(program.urls()[0]).browser
    browser.wait_texts("#lines li", 1)
    log("disk: <b>error</b> 5")
    log("fan: warning")
    texts = browser.wait_texts("#lines li", 3)
    assert "started" in texts[0]
    assert "disk: <b>error</b> 5" in texts[1]
    assert [browser.text(f"#n-{level}") for level in
            ("error", "warning", "other")] == ["1", "1", "1"]
    browser.run("document.getElementById('wanted').focus()")
    browser.driver.switch_to.active_element.send_keys("fan")
    browser.wait_true("Array.from(document.querySelectorAll('#lines li'))"
                      ".filter((line) => line.checkVisibility()).length == 1")
    browser.screenshot("example-log-monitor")
    viewer.assert_no_complaints()


def test_log_monitor_shows_what_is_written_for_a_terminal(run, viewer, log):
    log("\x1b[1;31mred\x1b[m in \x1b]8;;http://e\x1b\\a link\x1b]8;;\x1b\\.")
    log("debug: connection refused")
    log("\x1b[38;5;196mclear\x1b[0m")
    log("".join(f"\x1b[{code}m{code}\x1b[0m"
                for code in (31, 32, 90, 91, 92)))
    browser = viewer.open(run("log-monitor", log.path).urls()[0]).browser
    texts = browser.wait_texts("#lines li", 5)
    assert texts[1:4] == ["red in a link.", "debug: connection refused",
                         "clear"]
    assert [browser.text(f"#n-{level}") for level in
            ("error", "warning", "other")] == ["0", "0", "5"]
    bold, clear = browser.run("""
        return [["red", "fontWeight"], ["clear", "color"]].map(
            ([text, name]) => getComputedStyle([...document
            .querySelectorAll("#lines span")].find((span) =>
            span.textContent === text))[name]);""")
    assert (bold, clear) == ("700", "rgb(255, 0, 0)")
    assert len(set(browser.run("""
        return [...document.querySelectorAll("#lines span")].filter((span) =>
            /^\\d+$/.test(span.textContent)).map((span) =>
            getComputedStyle(span).color);"""))) == 5
    viewer.assert_no_complaints()


def test_log_monitor_shows_progress_in_one_row(run, viewer, log):
    """Its row, and the counts, are those of the last state."""
    def write(text):
        with open(log.path, "a", encoding="utf-8") as file:
            file.write(text)

    def wait(*expected):
        wait_for(lambda: (browser.texts("#lines li"), browser.texts("output"))
                 == expected, f"{expected}; there is {browser.state()}")

    browser = viewer.open(run("log-monitor", log.path).urls()[0]).browser
    write("".join(f"error {n}%\r" for n in range(101)))
    wait(["started", "error 100%"], ["1", "0", "1"])
    browser.run("disconnect()")
    browser.wait_text("#state", "connecting")
    write("warning 2\r")
    browser.run("connect()")
    wait(["started", "warning 2"], ["0", "1", "1"])
    write("done\nerror 3\n")
    wait(["started", "done", "error 3"], ["1", "0", "2"])
    viewer.assert_no_complaints()


def test_log_monitor_fits_a_phone_and_keeps_to_the_last_line(
        run, viewer, log):
    for n in range(100):
        log(f"line {n} " * 5)
    browser = viewer.open(run("log-monitor", log.path).urls()[0]).browser
    last = "document.querySelector('#lines li:last-child')"
    in_sight = (f"{last}?.getBoundingClientRect().bottom <= "
                "lines.getBoundingClientRect().bottom")
    browser.wait_texts("#lines li", 101)
    browser.wait_true(in_sight)
    browser.phone()
    browser.wait_true("innerWidth === 360")
    browser.wait_true(in_sight)
    assert browser.run("const { scrollWidth, scrollHeight } = document."
                       "documentElement; return [scrollWidth <= innerWidth,"
                       " scrollHeight <= innerHeight]") == [True, True]
    browser.run("lines.scrollTop = 0")
    browser.wait_true("!following")
    log("one more")
    browser.wait_texts("#lines li", 102)
    assert browser.run("return lines.scrollTop") == 0
    viewer.assert_no_complaints()


def test_system_status_shows_this_machine(run, viewer):
    browser = viewer.open(run("system-status").urls()[0]).browser
    browser.wait_text("#state", "open")
    browser.wait_true(
        "document.querySelectorAll('#cards > *').length > 2 && "
        "Array.from(document.querySelectorAll('#cards .value'))"
        f".every((value) => {NUMBER}.test(value.textContent))")
    browser.wait_texts(".disk meter", 1)
    # Lines take the whole width from the second point on.
    browser.wait_true(
        "[...document.querySelectorAll('polyline')].every(({ points }) => "
        "points.length > 1 && points[0].x === 0 && "
        "points[points.length - 1].x === 100)")
    browser.screenshot("example-system-status")
    viewer.assert_no_complaints()


def test_notify_shows_what_is_posted(run, viewer):
    url = run("notify").urls()[0]
    browser = viewer.open(url).browser
    browser.wait_text("#state", "open")
    post(url, "The backup has ended.")
    post(f"{url}?event=warning", "<b>The disk is nearly full.</b>")
    texts = browser.wait_texts("#list li", 2)
    assert texts[1].endswith("The backup has ended.")
    assert texts[0].endswith("<b>The disk is nearly full.</b>")
    assert browser.texts("#list .warning") == texts[:1]
    browser.screenshot("example-notify")
    viewer.assert_no_complaints()


HAS_TURN = "document.getElementById('told').textContent.endsWith('It is your turn.')"


def join(browser, name):
    browser.run("document.getElementById('name').focus()")
    browser.driver.switch_to.active_element.send_keys(name, Keys.ENTER)
    browser.wait_true("document.getElementById('join').hidden")


def focused(browser):
    return browser.driver.switch_to.active_element


def test_game_is_played_by_two_and_watched_by_others(
        run, viewer, friend, watcher):
    """By keyboard alone."""
    url = run("game").urls()[0]
    ann, ben = viewer.open(url).browser, friend
    for browser in (ben, watcher):
        browser.open(url)
    ann.wait_text("#told", "Two players are wanted.")
    join(ann, 'A"nn')
    ben.wait_text("#told", "One more player is wanted.")
    join(ben, "Ben")
    ann.wait_text("#told", "It is your turn.")
    for browser in (ann, ben):
        browser.run("document.querySelector('.cell').focus()")
    # Whose turn it is not, or who only watches, cannot move.
    focused(ben).send_keys(Keys.SPACE)
    watcher.run("document.querySelector('.cell').click()")
    for browser, keys in (
            (ann, [Keys.ARROW_DOWN, Keys.ARROW_RIGHT]), (ben, []),
            (ann, [Keys.ARROW_UP]), (ben, [Keys.ARROW_RIGHT] * 2),
            (ann, [Keys.ARROW_DOWN] * 2)):
        browser.wait_true(HAS_TURN)
        for key in [*keys, Keys.SPACE]:
            focused(browser).send_keys(key)
        browser.wait_true(f"!{HAS_TURN}")
    ann.wait_text("#told", "Cross: bottom. You have won.")
    for browser in (ben, watcher):
        browser.wait_text("#told", "Cross: bottom. Ann has won.")
    board = [cell.accessible_name for cell in
             watcher.driver.find_elements("css selector", ".cell")]
    assert board == ["top left: nought", "top: cross", "top right: nought",
                     "left: empty", "middle: cross", "right: empty",
                     "bottom left: empty", "bottom: cross",
                     "bottom right: empty"]
    ann.screenshot("example-game")
    viewer.open(url)
    ann.wait_text("#told", "You have won.")
    watcher.phone()
    assert watcher.run("const { scrollWidth, scrollHeight } = document."
                       "documentElement; return [scrollWidth <= innerWidth,"
                       " scrollHeight <= innerHeight]") == [True, True]
    watcher.screenshot("example-game-phone")
    watcher.run("document.querySelector('#again button').click()")
    ben.wait_text("#told", "Two players are wanted.")
    viewer.assert_no_complaints()
