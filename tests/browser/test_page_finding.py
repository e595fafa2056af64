"""Finding something in the built-in page."""

import pytest
from selenium.webdriver import ActionChains, Keys

from test_page import json_source, log, publish  # noqa: F401

MARKED = """
return Array.from(CSS.highlights.get("found") ?? [],
    ({ startContainer, startOffset, endOffset }) =>
    startContainer.data.slice(startOffset, endOffset));
"""


@pytest.fixture
def fruit(viewer, publish, log):  # noqa: F811
    viewer.open(publish(f"file:{log.path}")).wait_state("Live")
    log("One apple", "two green pears", "three APPLES", "four /var/log/pears")
    viewer.wait_rows(4)
    return viewer


def press(viewer, *keys):
    ActionChains(viewer.driver).send_keys(*keys).perform()


@pytest.mark.parametrize("query, found", [
    ("apple -one", ["three APPLES"]),
    ("green two", ["two green pears"]),
    ('"two pears"', []),
    ('-"green pears" -apple', ["four /var/log/pears"]),
    ("/^t.*s$/", ["two green pears", "three APPLES"]),
    ("/P{2}/i", ["One apple", "three APPLES"]),
    ("-/p{2}/", ["two green pears", "four /var/log/pears"]),
    ("/var/log", ["four /var/log/pears"]),
    ("/(/", []),
])
def test_filter_takes_words_phrases_and_expressions(fruit, query, found):
    fruit.filter(query)
    fruit.wait_data(found)
    fruit.assert_no_complaints()


def test_what_is_found_is_marked(fruit, log):
    fruit.filter("PEARS -green")
    fruit.browser.wait_true("CSS.highlights.get('found')?.size === 1")
    assert fruit.browser.run(MARKED) == ["pears"]
    log("five pears and pears")
    fruit.browser.wait_true("CSS.highlights.get('found').size === 3")
    fruit.filter("")
    fruit.browser.wait_true("CSS.highlights.get('found').size === 0")


def test_marks_of_a_long_row_have_a_limit(fruit, log):
    browser = fruit.browser
    fruit.filter("e")
    log("e" * 200_000)
    browser.wait_true("document.querySelector('.more button')")
    browser.run("document.querySelector('.more button').click()")
    browser.wait_true("document.querySelector('.data:has(.more)')"
                      ".textContent.length > 200000")
    fruit.filter("/e/")
    browser.wait_true("CSS.highlights.get('found')?.size === 2000")
    fruit.assert_no_complaints()


def test_what_a_row_shows_of_json_is_found(fruit, log):
    log('{"msg":"grape","req":{"method":"GET"},"n":1}',
        '{"msg":"grape","req":{"method":"PUT"},"n":1}')
    for query, method in (("req.method=GET n=1", "GET"), ('"PUT"', "PUT"),
                          ('grape -{"method":"PUT', "GET")):
        fruit.filter(query)
        fruit.wait_data([f"grape req.method={method} n=1"])


def test_next_and_previous_match(fruit, log):
    browser = fruit.browser
    assert not fruit.find("steps").is_displayed()
    fruit.filter("e")
    fruit.wait_rows(4)
    browser.wait_text("#place", "\u2013 of 4")
    current = "return document.querySelector('.current .data').textContent"
    press(fruit, Keys.ENTER)
    browser.wait_text("#place", "4 of 4")
    assert browser.run(current) == "four /var/log/pears"
    assert browser.text("#summary") == "4 of 4: four /var/log/pears"
    ActionChains(fruit.driver).key_down(Keys.SHIFT).send_keys(
        Keys.ENTER).key_up(Keys.SHIFT).perform()
    browser.wait_text("#place", "3 of 4")
    browser.run("filter.blur()")
    press(fruit, "n")
    browser.wait_text("#place", "4 of 4")
    press(fruit, "n")
    browser.wait_text("#place", "1 of 4")
    assert browser.run(current) == "One apple"
    fruit.click("next")
    browser.wait_text("#place", "2 of 4")
    fruit.click("previous")
    log("five apples")
    browser.wait_text("#place", "1 of 5")


def test_finding_works_in_a_browser_that_marks_nothing(fruit):
    fruit.browser.run("Object.defineProperty(CSS, 'highlights', "
                      "{ value: undefined }); delete window.Highlight")
    fruit.filter("apple")
    fruit.wait_data(["One apple", "three APPLES"])
    press(fruit, Keys.ENTER)
    fruit.browser.wait_text("#place", "2 of 2")
    fruit.assert_no_complaints()


def test_keys_work_wherever_the_focus_is(fruit):
    browser = fruit.browser
    browser.run("document.activeElement.blur()")
    press(fruit, "p")
    fruit.wait_state("Paused")
    fruit.find("copy").send_keys("p")
    fruit.wait_state("Live")
    press(fruit, "?")
    browser.wait_true("help.open")
    press(fruit, "p", Keys.ESCAPE)
    browser.wait_true("!help.open")
    assert fruit.state == "Live"
    press(fruit, "/")
    press(fruit, "p/?")
    assert fruit.find("filter").get_property("value") == "p/?"
    assert fruit.state == "Live"


def test_address_shows_the_same_again(viewer, publish, folder):
    url = publish(*json_source(folder, *(
        {"data": f"{kind} {level}", "event": kind} for kind in "ab"
        for level in ("ERROR #1", "INFO #1", "INFO 2"))))
    viewer.open(url).wait_rows(6)
    viewer.filter("#1")
    viewer.click_chip("a")
    viewer.click_chip("info")
    viewer.wait_data(["b ERROR #1"])
    address = viewer.driver.current_url
    viewer.open("about:blank")
    viewer.open(address).wait_data(["b ERROR #1"])
    assert viewer.find("filter").get_property("value") == "#1"
    viewer.filter("")
    viewer.click_chip("a")
    viewer.click_chip("info")
    viewer.wait_rows(6)
    viewer.browser.wait_true("location.hash === ''")
    viewer.assert_no_complaints()
