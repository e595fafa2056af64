"""More streams at once than HTTP/1.1 has connections for."""

import pytest

from browser import wait_for
from fastcgi_servers import ApacheProxyFcgi, Nginx

N_STREAMS = 20

PAGE = '<!DOCTYPE html><title>streams</title><link rel="icon" href="data:,">'

OPEN = """
const [target, n] = arguments;
window.seen = new Array(n).fill(0);
window.streams = seen.map((_, i) => new EventSource(`${target}?n=${i}`));
streams.forEach((stream, i) => stream.onmessage = () => seen[i]++);
"""

FETCH = """
const [n, done] = arguments;
(async () => {
    for (let i = 0; i < n; i++)
        await (await fetch(`/page.html?n=${i}`)).text();
    done();
})();
"""


@pytest.fixture
def start(folder, binary, browser):
    """Starts a server whose stream is a fast clock."""
    started = []

    def start(kind):
        server = kind(folder / "server", binary).start()
        started.append(server)
        (server.folder / "htdocs" / "page.html").write_text(PAGE)
        server.put_pipecast("clock", "every:50ms")
        # Its certificate is as old as the test.
        browser.trust_every_certificate(True)
        return server

    yield start
    browser.trust_every_certificate(False)
    browser.reset()
    for server in started:
        server.stop()


def count_streaming(browser):
    return browser.run("return seen.filter((n) => n > 2).length")


def test_over_http_1_1_the_seventh_stream_waits(browser, start):
    server = start(Nginx)
    browser.open(f"http://127.0.0.1:{server.port}/page.html")
    browser.run(OPEN, server.target, 7)
    wait_for(lambda: count_streaming(browser) == 6, "six streams")
    browser.run("seen.fill(0)")
    wait_for(lambda: count_streaming(browser) == 6, "six streams")
    assert sorted(browser.run(
        "return streams.map((stream) => stream.readyState)")) == [0] + 6 * [1]


def test_over_http_2_many_streams_run_at_once(browser, start):
    server = start(Nginx)
    browser.open(f"https://127.0.0.1:{server.tls_port}/page.html")
    browser.run(OPEN, server.target, N_STREAMS)
    wait_for(lambda: count_streaming(browser) == N_STREAMS, "all streams")


def test_apache_runs_more_streams_after_other_requests(browser, start):
    """It doubles the number, six at first, as requests come to their end."""
    server = start(ApacheProxyFcgi)
    browser.open(f"https://127.0.0.1:{server.tls_port}/page.html")
    browser.driver.execute_async_script(FETCH, 100)
    browser.run(OPEN, server.target, N_STREAMS)
    wait_for(lambda: count_streaming(browser) == N_STREAMS, "all streams")
