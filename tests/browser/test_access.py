"""Tokens in a real browser, and what pages of other sites can make it do."""

import os
import pwd
from urllib.parse import quote

import pytest

from browser import wait_for
from client import HttpStream
from proxies import ApacheProxy, CaddyProxy, NginxProxy
from servers import service_user

TOKEN = "correct+horse/battery="
OTHER = "another-secret-of-us"


@pytest.fixture
def token_file(folder):
    """Writes a token that pipecast may read, and nobody else."""
    def write(name, token):
        path = folder / name
        path.write_text(token)
        path.chmod(0o600)
        if service_user():
            os.chown(path, pwd.getpwnam(service_user()).pw_uid, -1)
        return path
    return write


@pytest.fixture
def forgetful(browser):
    """The browser, which forgets all cookies afterwards."""
    yield browser
    browser.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})


def listen(browser, url="location.href"):
    """What an EventSource of the page gets first."""
    return browser.driver.execute_async_script(f"""
        const done = arguments[0], source = new EventSource({url});
        source.onmessage = ({{ data }}) => {{ source.close(); done(data); }};
        source.onerror = () => {{ source.close(); done("error"); }};""")


def wait_live(browser):
    browser.wait_true("document.querySelector('#word')?.textContent === 'Live'")


# Reading.

def test_token_of_a_url_opens_every_tab_by_a_cookie(
        forgetful, gateway, token_file):
    browser = forgetful
    url = gateway.put("tabs", "--read-token", token_file("token", TOKEN),
                      "exec:echo x; exec sleep 1000")
    browser.open(f"{url}?token={quote(TOKEN)}")
    wait_live(browser)
    assert "token" not in browser.driver.current_url
    assert "battery" not in browser.driver.page_source
    assert browser.run("return document.cookie") == ""
    first = browser.driver.current_window_handle
    for _ in range(3):
        browser.driver.switch_to.new_window("tab")
        browser.open(url)
        wait_live(browser)
        assert listen(browser) == "x"
        browser.driver.close()
        browser.driver.switch_to.window(first)


def test_page_asks_a_person_for_the_token(forgetful, gateway, token_file):
    browser = forgetful
    url = gateway.put("form", "--read-token", token_file("token", TOKEN),
                      "every:1h")
    browser.open(url)
    for given, said in ("wrong", "This is not the right token."), (TOKEN, ""):
        browser.run("document.querySelector('input').value = arguments[0];"
                    "document.querySelector('button').click()", given)
        if said:
            browser.wait_true(f"document.body.innerText.includes('{said}')")
            browser.screenshot("token-form")
    wait_live(browser)
    assert "token" not in browser.driver.current_url


@pytest.mark.parametrize("query", ["?token=" + quote(TOKEN), "?a=b"],
                         ids=["with the token", "with the cookie"])
def test_link_of_another_site_opens_the_stream(
        forgetful, gateway, lighttpd, token_file, query):
    browser = forgetful
    url = gateway.put("link", "--read-token", token_file("token", TOKEN),
                      "every:1h")
    if query == "?a=b":
        browser.open(f"{url}?token={quote(TOKEN)}")
        wait_live(browser)
    page = lighttpd.put_page("link.html", f'<a href="{url}{query}">x</a>')
    browser.open(f"http://localhost:{lighttpd.port}{page}")
    browser.run("document.querySelector('a').click()")
    wait_live(browser)
    assert "token" not in browser.driver.current_url


def test_another_token_ends_what_the_cookie_opened(
        forgetful, gateway, token_file):
    browser = forgetful
    url = gateway.put("first", "--read-token", token_file("token", TOKEN),
                      "every:1h")
    browser.open(f"{url}?token={quote(TOKEN)}")
    wait_live(browser)
    gateway.put("second", "--read-token", token_file("other", OTHER),
                "every:1h")
    wait_for(lambda: "Reading this needs a token" in browser.state(),
             "the page says so")
    assert listen(browser) == "error"
    browser.open(f"{url}?token={quote(OTHER)}")
    wait_live(browser)


# Posting.

# What a page of another site may try, as scripts that say when they have.
ATTACKS = {
    "form": """
        const frame = document.createElement("iframe");
        frame.name = "to";
        document.body.append(frame);
        document.body.insertAdjacentHTML("beforeend",
            `<form method=post target=to enctype=text/plain action="${url}">
            <input name=evil value=form></form>`);
        frame.onload = said;
        document.forms[0].submit();""",
    "cors": """fetch(url, { method: "POST", body: "evil" })
        .then(said, said);""",
    "credentials": """fetch(url, { method: "POST", body: "evil",
        credentials: "include" }).then(said, said);""",
    "put": """fetch(url, { method: "PUT", body: "evil" })
        .then(said, said);""",
    "no-cors": """fetch(url, { method: "POST", mode: "no-cors", body: "evil",
        credentials: "include" }).then(said, said);""",
    "beacon": """navigator.sendBeacon(url, "evil");
        fetch(url, { mode: "no-cors" }).then(said, said);""",
    "image": """const image = new Image();
        image.onload = image.onerror = said;
        image.src = url + "?event=evil&data=evil";""",
    "EventSource": """const source = new EventSource(url,
        { withCredentials: true });
        source.onopen = source.onerror = () => { source.close(); said(); }""",
}


def attack(browser, script, url):
    browser.driver.execute_async_script(
        f"const url = arguments[0], said = () => arguments[1](); {script}", url)


def same_origin_post(browser, data):
    """Its status, from a page of the stream's own origin."""
    return browser.driver.execute_async_script(
        """const [data, done] = arguments;
        fetch(location.href, { method: "POST", body: data })
            .then((r) => done(r.status), (e) => done(`${e}`));""", data)


@pytest.mark.parametrize("options", [[], ["--allow-origin", "*"]],
                         ids=["default", "any origin may read"])
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"],
                         ids=["other site", "other origin"])
def test_pages_of_others_cannot_post(
        forgetful, gateway, lighttpd, token_file, host, options):
    """Even with the cookie of a token, which only its own pages use."""
    browser = forgetful
    url = gateway.put("attack", "--post-token", token_file("token", TOKEN),
                      *options, "--post", "memory:")
    browser.open(f"{url}?token={quote(TOKEN)}")
    wait_live(browser)
    for script in ATTACKS.values():
        browser.open(f"http://{host}:{lighttpd.port}{lighttpd.blank}")
        attack(browser, script, url)
    browser.open(url)
    assert same_origin_post(browser, "good") == 200
    browser.open(url)
    stream = HttpStream(int(url.split(":")[2].split("/")[0]), "/")
    try:
        assert stream.next_event().data == "good"
    finally:
        stream.close()


def test_named_origin_may_post_with_the_token(
        forgetful, gateway, lighttpd, token_file):
    browser = forgetful
    origin = f"http://localhost:{lighttpd.port}"
    url = gateway.put("named", "--post-token", token_file("token", TOKEN),
                      "--allow-origin", origin, "--post", "memory:")
    browser.open(f"{origin}{lighttpd.blank}")
    status = browser.driver.execute_async_script(
        """const [url, token, done] = arguments;
        fetch(url, { method: "POST", body: "good",
            headers: { Authorization: `Bearer ${token}` } })
            .then((r) => done(r.status), (e) => done(`${e}`));""", url, TOKEN)
    assert status == 200


@pytest.mark.parametrize("kind", [NginxProxy, ApacheProxy, CaddyProxy],
                         ids=lambda kind: kind.kind)
def test_own_page_posts_behind_a_proxy_that_changes_host_and_path(
        forgetful, session_folder, binary, token_file, kind):
    browser = forgetful
    server = kind(session_folder / f"access-{kind.kind}", binary).start()
    try:
        server.put_pipecast("posts", "--replay", "all", "--read-token",
                            token_file("token", TOKEN), "--post", "memory:")
        url = f"http://127.0.0.1:{server.port}/live/"
        browser.open(f"{url}?token={quote(TOKEN)}")
        wait_live(browser)
        assert browser.driver.current_url.rstrip("?") == url
        assert browser.driver.get_cookies()[0]["path"] == "/live"
        assert same_origin_post(browser, "hello") == 200
        assert listen(browser) == "hello"
    finally:
        browser.open("about:blank")
        server.release()
        server.stop()
