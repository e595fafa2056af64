"""The example of a chat, by each way in which it gets into browsers."""

import shutil

import pytest
from selenium.webdriver import Keys

from browser import Browser, wait_for
from fastcgi_servers import Nginx

N_FRIENDS = 3
N_MESSAGES = 3


@pytest.fixture(scope="module")
def running_friends(chromium):
    browsers = []

    def get(count):
        while len(browsers) < count:
            browsers.append(Browser(chromium.screenshots))
        return browsers[:count]

    yield get
    for browser in browsers:
        browser.quit()


@pytest.fixture
def everybody(viewer, running_friends):
    """Four browsers of different people."""
    friends = running_friends(N_FRIENDS)
    yield [viewer.browser, *friends]
    for browser in friends:
        browser.reset()


def by_program(run, folder):
    return run("chat", folder / "rooms").urls()[0]


def by_nginx(nginx, source_tree, folder):
    shutil.copytree(source_tree / "examples" / "chat", folder / "chat")
    nginx.run_program(f"exec {folder}/chat/run {folder}/rooms "
                      f"--fastcgi unix:{nginx.socket_path}")
    return f"http://127.0.0.1:{nginx.port}{nginx.target}/"


def by_script(site, source_tree, folder):
    """The folder beside other scripts, edited as it says."""
    place = site.cgi_bin / folder.name
    shutil.copytree(source_tree / "examples" / "chat", place)
    site.put_edited(f"{folder.name}/chat.cgi", f"{folder.name}/chat.cgi",
                    ("FOLDER=/var/lib/pipecast-chat", f"FOLDER={folder}"))
    return site.url(f"{site.scripts_url}{folder.name}/chat.cgi/")


@pytest.fixture(params=["program", "nginx", "apache", "lighttpd"])
def chat(request, source_tree, session_folder, binary, folder):
    """The URL of the chat."""
    if request.param == "program":
        yield by_program(request.getfixturevalue("run"), folder)
    elif request.param == "nginx":
        nginx = Nginx(session_folder / "chat-nginx", binary).start()
        yield by_nginx(nginx, source_tree, folder)
        nginx.stop()
    else:
        site = request.getfixturevalue(request.param)
        yield by_script(site, source_tree, folder)
        site.release()


def enter(browser, url, name):
    browser.open(url)
    browser.wait_text("#state", "open")
    browser.run("const field = document.getElementById('name');"
                "field.value = arguments[0];"
                "field.dispatchEvent(new Event('change'))", name)


def say(browser, text):
    browser.driver.find_element("id", "text").send_keys(text, Keys.ENTER)


def wait_said(browser, count):
    return browser.wait_texts("#said li:not(.waiting, .note)", count)


def test_page_that_leads_to_a_room_is_in_none(viewer, run, folder):
    browser = viewer.browser
    enter(browser, by_program(run, folder), "Ann")
    browser.reset()
    here = folder / "rooms" / "here"
    wait_for(lambda: "gone" in (here / "lobby.sse").read_text(), "leaving")
    assert [path.name for path in here.iterdir()] == ["lobby.sse"]


def test_chat_is_the_same_for_all(chat, viewer, everybody):
    ann, *friends = everybody
    enter(ann, chat, "Ann")
    ann.wait_text("#room", "lobby")
    for browser, name in zip(friends, ("Ben", "Cleo", "Dora & <i>Émile</i>")):
        enter(browser, f"{chat}room/lobby", name)
    for n in range(N_MESSAGES):
        for browser in everybody:
            say(browser, f"<b>{n}</b>, I say")
    told = [wait_said(browser, len(everybody) * N_MESSAGES)
            for browser in everybody]
    assert len(told[0]) == len(everybody) * N_MESSAGES
    assert told == [told[0]] * len(everybody)
    for name in ("Ann", "Ben", "Cleo", "Dora & <i>Émile</i>"):
        assert sum(name in text for text in told[0]) == N_MESSAGES
    ann.wait_texts("#here li", len(everybody))
    ann.open(ann.driver.current_url)
    assert wait_said(ann, len(told[0])) == told[0]
    assert len(ann.texts("#said li.own")) == N_MESSAGES
    viewer.assert_no_complaints()
    ann.screenshot("example-chat")
    ann.dark()
    ann.screenshot("example-chat-dark")
    ann.phone()
    assert ann.run("return document.documentElement.scrollWidth") <= 360
    ann.screenshot("example-chat-phone-dark")


def test_message_that_was_not_sent_is_kept_and_told_of(run, viewer, folder):
    browser = viewer.browser
    program = run("chat", folder / "rooms")
    enter(browser, program.urls()[0], "Ann")
    program.stop()
    say(browser, "hello")
    browser.wait_true("said.textContent.includes('Not sent: the chat cannot be "
                      "reached; try again soon.')")
    assert browser.run("return text.value") == "hello"


def test_chat_has_private_rooms(run, viewer, folder):
    browser = viewer.browser
    enter(browser, f"{by_program(run, folder)}room/lobby", "Ann")
    say(browser, "in the lobby")
    wait_said(browser, 1)
    browser.run("document.getElementById('private').click()")
    browser.wait_text("#room", "Private room")
    browser.wait_text("#state", "open")
    assert "in the lobby" not in browser.state()
    browser.phone()
    browser.screenshot("example-chat-phone")
