"""Each way in which a web server leads to pipecast: by FastCGI or HTTP, with
the path removed, split, or left to --base-path. What does not depend on the
way is tried elsewhere."""

import pytest

import fifo
from leaving import OFTEN
from posting import assert_posts_reach_viewers
from processes import count_connections, read_pid, write_pid
from proxies import HOST, WAYS
from waiting import wait_for

N_EVENTS = 5


@pytest.fixture(params=WAYS, ids=str)
def way(request):
    return request.param


@pytest.fixture
def mounted(way, running_servers):
    """The server that leads that way, asked for as by a browser."""
    server = running_servers(way.kind)
    server.gateway = way.gateway
    yield server
    server.release()


def test_way_leads_to_each_stream_and_to_nothing_else(mounted, way, folder):
    def ask(path, **headers):
        return mounted.open(path, headers={"Host": HOST, **headers})

    mounted.put_pipecast(
        way.kind, *way.options, *OFTEN,
        *(f"{name}=fifo:{folder}/{name}" for name in ("first", "second")),
        before=write_pid(folder / "pid"))
    root = ask(way.target).wait_open()
    first, second = (ask(f"{way.path}/{name}").wait_open()
                     for name in ("first", "second"))
    assert root.status == 200
    assert root.headers["content-type"] == "text/event-stream"
    with fifo.open_writer(folder / "first") as writer:
        for n in range(N_EVENTS):
            writer.write(b"%d\n" % n)
            events = [stream.next_event() for stream in (root, first)]
            assert [(event.type, event.data) for event in events] == \
                [("first", str(n))] * 2
    squeezed = ask(way.target, **{"Accept-Encoding": "gzip"}).wait_open()
    fifo.write_once(folder / "second", b"only this\n")
    assert second.next_event().data == "only this"
    assert squeezed.next_event().data == "only this"
    assert squeezed.headers["content-encoding"] == "gzip"
    again = ask(way.target, **{"Last-Event-ID": events[0].id})
    assert again.next_event().data == "only this"
    assert ask(f"{way.path}/third").status == 404
    assert_is_not_pipecasts(mounted, way, ask)
    pid = read_pid(folder / "pid")
    while_open = count_connections(pid)
    root.close()
    wait_for(lambda: count_connections(pid) < while_open, "its end")


def assert_is_not_pipecasts(mounted, way, ask):
    """A path that only begins like pipecast's."""
    page = mounted.folder / "htdocs" / f"{way.path}.html"[1:]
    page.parent.mkdir(exist_ok=True)
    page.write_text("not pipecast")
    answer = ask(f"{way.path}.html", Connection="close")
    answer.wait_end()
    if "haproxy" in way.kind:  # which has no files
        assert answer.status == 503
    else:
        assert (answer.status, answer.text) == (200, "not pipecast")


@pytest.mark.parametrize("kind", [way.kind for way in WAYS if way.is_removed])
def test_posts_of_its_pages_reach_the_viewers(running_servers, kind):
    """From behind each reverse proxy, whatever becomes of the Host."""
    server = running_servers(kind)
    server.gateway = "http"
    server.put_pipecast(kind, "--post", "memory:")
    try:
        assert_posts_reach_viewers(server, "/live/", **{
            "Host": HOST, "Origin": f"http://{HOST}",
            "Sec-Fetch-Site": "same-origin"})
    finally:
        server.release()


def test_apache_ignores_no_parameter_of_the_proxy(running_servers):
    """Two ways to one address share what is set for the first."""
    server = running_servers("apache-proxy-http")
    assert "Ignoring parameter" not in server.said_at_start
