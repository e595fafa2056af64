"""The line of the built-in page to write in."""

import pytest
from selenium.webdriver import ActionChains, Keys

from gateways import GATEWAYS

NETWORK = ("Failed to load resource",)


@pytest.fixture
def room(gateway, folder):
    """Makes a stream that takes posts; returns its URL."""
    def put(*options, before=""):
        return gateway.put("page-room", *options, "--retry", "300ms", "--post",
                           f"spool:{folder}/room.sse", before=before)
    return put


def write(viewer, text):
    viewer.find("text").send_keys(text, Keys.ENTER)


@pytest.mark.parametrize("gateway", GATEWAYS, indirect=True)
def test_what_is_written_is_posted_to_all(viewer, room):
    url = room()
    viewer.open(url).wait_state("Live")
    write(viewer, "Hello, <b>Ben</b> & 'all'")
    viewer.wait_data(["Hello, <b>Ben</b> & 'all'"])
    viewer.browser.wait_true("text.value === '' && !text.readOnly")
    viewer.find("text").send_keys(Keys.ENTER)
    viewer.find("text").send_keys("again")
    viewer.driver.find_element("css selector", "#post button").click()
    viewer.wait_data(["Hello, <b>Ben</b> & 'all'", "again"])
    viewer.browser.wait_true("document.activeElement === text")
    viewer.browser.screenshot("page-room")
    viewer.assert_no_complaints()


def test_stream_without_posts_has_no_such_line(viewer, gateway, folder):
    viewer.open(gateway.put("page-reading", f"spool:{folder}/room.sse"))
    viewer.wait_state("Live")
    assert not viewer.find("text").is_displayed()
    assert "curl -d" not in viewer.browser.state()


def test_event_type_of_the_address_is_that_of_the_posts(viewer, room):
    viewer.open(f"{room()}/?event=alarm").wait_state("Live")
    write(viewer, "fire")
    (_, kind, data, _), = viewer.wait_rows(1)
    assert (kind, data) == ("alarm", "fire")
    viewer.click("use")
    assert "curl -d hello 'http://" in viewer.find("post-use").text


def refuse(answer):
    """For a script: POST is refused, and all else is as it was."""
    return f'[ "$REQUEST_METHOD" != POST ] || {{ printf {answer}; exit; }}\n'


@pytest.mark.parametrize("gateway", ["cgi"], indirect=True)
@pytest.mark.parametrize("status, said", [
    ("401 Unauthorized", "Posting here needs a token or a password."),
    ("403 Forbidden", "This page may not post here."),
    ("413 Content Too Large", "This text is too long."),
    ("429 Too Many Requests", "Too many posts; try again soon."),
    ("503 Service Unavailable",
     "The server takes nothing now; try again soon."),
    ("402 Payment Required",
     "The server answered 402 Payment Required."),
])
def test_refusal_by_another_server_is_put_into_words(
        viewer, room, status, said):
    viewer.open(room(before=refuse(
        f"'Status: {status}\\nContent-Type: text/html\\n\\n<h1>No</h1>'")))
    viewer.wait_state("Live")
    write(viewer, "my words")
    viewer.browser.wait_text("#failure", f"Not sent. {said}")
    viewer.assert_no_complaints(but=NETWORK)


@pytest.mark.parametrize("gateway", ["http"], indirect=True)
def test_text_is_kept_until_it_was_taken(viewer, room, gateway):
    url = room("--max-event", "8")
    viewer.open(url).wait_state("Live")
    write(viewer, "more than 8")
    viewer.browser.wait_text(
        "#failure", "Not sent. An event has at most 8 bytes of data here "
        "(--max-event).")
    field = viewer.find("text")
    assert field.get_attribute("value") == "more than 8"
    assert field.get_attribute("aria-invalid") == "true"
    field.send_keys(Keys.BACKSPACE * 7)
    assert viewer.browser.text("#failure") == ""
    gateway.kill(url)
    viewer.wait_state("Reconnecting")
    field.send_keys(Keys.ENTER)
    viewer.browser.wait_text("#failure",
                             "Not sent. The server cannot be reached.")
    gateway.start_again()
    viewer.wait_state("Live")
    field.send_keys(Keys.ENTER)
    viewer.wait_data(["more"])
    assert field.get_attribute("value") == ""
    viewer.assert_no_complaints(but=(*NETWORK, "net::ERR"))


def test_line_is_for_keyboard_reader_and_phone(viewer, room, browser):
    browser.phone()
    viewer.open(room("--max-event", "8")).wait_state("Live")
    field = viewer.find("text")
    assert (field.aria_role, field.accessible_name) == (
        "textbox", "Event to post")
    viewer.find("log").click()
    ActionChains(viewer.driver).send_keys(Keys.TAB, "x" * 30, Keys.TAB,
                                          Keys.SPACE).perform()
    browser.wait_true("failure.textContent")
    assert viewer.find("failure").aria_role == "alert"
    assert browser.run("return document.documentElement.scrollWidth") <= 360
    assert browser.run("return post.getBoundingClientRect().bottom <= "
                       "innerHeight")
    browser.screenshot("page-room-phone")
    browser.dark()
    browser.screenshot("page-room-phone-dark")


def test_stream_that_has_ended_has_no_such_line_any_more(viewer, gateway):
    viewer.open(gateway.put("page-asking", "--post",
                            "exec:read answer; echo $answer"))
    viewer.wait_state("Live")
    write(viewer, "yes")
    viewer.wait_state("Ended")
    viewer.wait_data(["yes"])
    assert not viewer.find("text").is_displayed()
