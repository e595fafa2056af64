"""The example of two nodes: the one that serves the page is killed."""

import re

from selenium.webdriver import Keys

from many_machines import machines, needs_redis  # noqa: F401

MESSAGES = "#list li:not(.waiting)"


def serving(browser):
    """The node that serves the page, as it says."""
    return browser.wait_true(
        "document.querySelector('.serving h2')?.textContent")[-1]


def say(browser, *texts):
    for text in texts:
        browser.driver.find_element("id", "text").send_keys(text, Keys.ENTER)


def shown(browser, count):
    """Newest first, with an id under each."""
    return [re.sub(r"\d{13}-\d+$", "", text)
            for text in browser.wait_texts(MESSAGES, count)]


def test_page_goes_on_while_the_node_that_serves_it_is_killed(
        machines, viewer):  # noqa: F811
    browser = viewer.browser
    browser.open(machines.addresses()[0])
    first = serving(browser)
    say(browser, "one", "two")
    assert sorted(shown(browser, 2)) == ["one", "two"]
    browser.screenshot("example-many-machines")
    viewer.assert_no_complaints()
    browser.run("document.querySelector('.serving button').click()")
    say(browser, "three")
    machines.run("XADD", hello="'<b>four</b>'")
    browser.wait_true("document.querySelector('.serving')?.textContent"
                      f".startsWith('Node {first}') === false")
    assert sorted(shown(browser, 4)) == ["<b>four</b>", "one", "three", "two"]
    before = browser.texts(MESSAGES)
    browser.open(machines.address)
    assert browser.wait_texts(MESSAGES, 4) == before
    browser.phone()
    assert browser.run("return document.documentElement.scrollWidth") <= 360
