"""The example pages, as they are, in a real browser."""

import re

import pytest

from gateways import LASTS
from terminals import needs_terminal

TIME = re.compile(r"\d{10}\.\d{6}")

PAGES = ["/classic/classic.html", "/classic/plain.html",
         "/classic/dialect-2006.html",
         # It begins with a command in a terminal.
         pytest.param("/watch/index.html", marks=needs_terminal)]


def refusals(console):
    """Chromium's complaint about a stream of 2006, which the element heeds."""
    return [message for message in console
            if "application/x-dom-event-stream" in message]


@pytest.mark.parametrize("page", ["classic", "plain", "dialect-2006"])
def test_page_shows_server_time_events(browser, site, page):
    browser.open(site.url(f"/classic/{page}.html"))
    later, earlier = browser.wait_texts("#log li", 2)[-2:]
    assert TIME.fullmatch(earlier) and TIME.fullmatch(later)
    assert 2.9 < float(later) - float(earlier) < 5
    assert re.fullmatch(r"\d\d:\d\d:\d\d", browser.text("#time"))
    assert browser.text("#state") == "open"
    browser.screenshot(page)
    console = browser.console()
    assert len(refusals(console)) == (page == "dialect-2006")
    assert len(console) == (page == "dialect-2006"), console


def test_php_style_page_shows_whole_seconds(browser, apache):
    browser.open(apache.url(apache.put_copy(
        "/classic/plain.html", "server-time.cgi", "server-time-php-style.cgi")))
    assert re.fullmatch(r"\d{10}", browser.wait_texts("#log li", 1)[0])
    assert browser.console() == []


def test_config_script_serves_its_sources(browser, apache):
    browser.open(apache.url("/watch/index.html?src=/cgi-bin/config-script.cgi"
                            "&event=server-time&event=load"))
    lines = browser.wait_texts(".line", 2)
    assert any(TIME.fullmatch(line) for line in lines)
    assert any(re.match(r"\d+\.\d\d \d+\.\d\d ", line) for line in lines)
    assert browser.console() == []


@pytest.mark.parametrize("page", PAGES)
def test_page_fits_a_phone_and_the_dark(browser, apache, page):
    browser.phone()
    browser.dark()
    browser.open(apache.url(page))
    browser.wait_text("#state", "open")
    browser.wait_texts("#log li, .line", 1)
    assert browser.run("return document.documentElement.scrollWidth") <= 360
    ground = browser.run(
        "return getComputedStyle(document.body).backgroundColor")
    assert max(map(int, re.findall(r"\d+", ground)[:3])) < 64
    browser.screenshot(f"phone{page.replace('/', '-').removesuffix('.html')}")


@pytest.mark.parametrize("page", PAGES)
def test_page_asks_nobody_else_for_anything(browser, apache, page):
    browser.open(apache.url(page))
    browser.wait_text("#state", "open")
    names = browser.run("return performance.getEntriesByType('resource')"
                        ".map((entry) => entry.name)")
    assert names
    assert all(name.startswith((apache.url("/"), "data:")) for name in names)


HOSTILE = ("<script>window.hit = 1</script><img src=x onerror='hit = 1'>"
           "<style>*{display:none}</style>&lt;b&gt;")


@pytest.fixture
def hostile_script(apache, folder):
    (folder / "hostile").write_text(HOSTILE + "\n")
    return apache.put_pipecast("hostile.cgi", "--event", "server-time",
                               f"exec:cat {folder}/hostile; {LASTS}")


def assert_is_only_text(browser, selector):
    assert browser.wait_texts(selector, 1) == [HOSTILE]
    assert browser.run("return window.hit") is None
    assert browser.run("return document.images.length") == 0
    assert browser.console() == []


@pytest.mark.parametrize("page", ["classic", "plain"])
def test_hostile_data_is_text_in_the_classic_page(browser, apache, page,
                                                  hostile_script):
    browser.open(apache.url(apache.put_copy(
        f"/classic/{page}.html", "/cgi-bin/server-time.cgi", hostile_script)))
    assert_is_only_text(browser, "#log li")


def test_hostile_data_is_text_in_the_line_viewer(browser, apache,
                                                 hostile_script):
    browser.open(apache.url(f"/watch/index.html?src={hostile_script}"
                            "&event=server-time"))
    assert_is_only_text(browser, ".line")


def test_line_viewer_refuses_a_stream_of_another_server(browser, apache,
                                                        lighttpd):
    browser.open(apache.url("/watch/index.html?src=") +
                 lighttpd.url("/cgi-bin/server-time.cgi"))
    assert "Only a stream of this server" in browser.wait_texts(".note", 1)[0]
    assert browser.text("#state") == "closed"
