"""Each way in which a web server leads to pipecast: by FastCGI or HTTP, with
the path removed, split, or left to --base-path. What does not depend on the
way is tried elsewhere."""

import shutil

import pytest

import fifo
from conftest import make_folder
from processes import count_connections, read_pid, write_pid
from proxies import HOST, WAYS
from waiting import wait_for

N_EVENTS = 5
HEARTBEATS = "--heartbeat", "200ms"


class Mounted:
    """One pipecast with two sources, as a browser finds it."""

    def __init__(self, server, way, folder):
        self.server = server
        self.way = way
        self.folder = folder
        self.options = None
        server.gateway = way.gateway

    def run_pipecast(self, *options):
        """Unless it runs with these options already."""
        if options == self.options:
            return
        self.options = options
        self.server.put_pipecast(
            self.way.kind, *self.way.options, *options,
            *(f"{name}=fifo:{self.folder}/{name}"
              for name in ("first", "second")),
            before=write_pid(self.folder / "pid"))

    def open(self, target, **headers):
        return self.server.open(target, headers={"Host": HOST, **headers})

    def open_stream(self, name="", **headers):
        target = f"{self.way.path}/{name}" if name else self.way.target
        return self.open(target, **headers).wait_open()

    def write_each(self, *streams):
        """Every event has arrived before the next is written."""
        with fifo.open_writer(self.folder / "first") as writer:
            for n in range(N_EVENTS):
                writer.write(b"%d\n" % n)
                events = [stream.next_event() for stream in streams]
                for event in events:
                    assert (event.type, event.data) == ("first", str(n))
        return events


@pytest.fixture(params=WAYS, ids=str, scope="module")
def way_to_pipecast(request, running_servers):
    server = running_servers(request.param.kind)
    folder = make_folder("pipecast-test-")
    folder.chmod(0o777)
    yield Mounted(server, request.param, folder)
    server.release()
    shutil.rmtree(folder)


@pytest.fixture
def mounted(way_to_pipecast):
    way_to_pipecast.run_pipecast()
    yield way_to_pipecast
    way_to_pipecast.server.close_streams()


def test_head_and_each_event_arrive_at_once(mounted):
    stream = mounted.open_stream()
    assert stream.status == 200
    assert stream.headers["content-type"] == "text/event-stream"
    mounted.write_each(stream)


def test_name_below_the_path_selects_its_source(mounted):
    first, second = map(mounted.open_stream, ("first", "second"))
    mounted.write_each(first)
    fifo.write_once(mounted.folder / "second", b"only this\n")
    assert second.next_event().data == "only this"
    third = mounted.open(f"{mounted.way.path}/third")
    assert third.status == 404


def test_last_event_id_is_passed_on(mounted):
    stream = mounted.open_stream()
    with fifo.open_writer(mounted.folder / "first") as writer:
        writer.write(b"one\ntwo\nthree\n")
    one, two, three = stream.next_events(3)
    again = mounted.open_stream(**{"Last-Event-ID": one.id})
    assert [(event.data, event.id) for event in again.next_events(2)] == \
        [(event.data, event.id) for event in (two, three)]


def test_path_that_only_begins_alike_is_not_pipecasts(mounted):
    path = mounted.way.path
    page = mounted.server.folder / "htdocs" / f"{path}.html"[1:]
    page.parent.mkdir(exist_ok=True)
    page.write_text("not pipecast")
    answer = mounted.open(f"{path}.html", Connection="close")
    answer.wait_end()
    if "haproxy" in mounted.way.kind:  # which has no files
        assert answer.status == 503
    else:
        assert (answer.status, answer.text) == (200, "not pipecast")


def test_viewer_leaving_is_noticed(mounted):
    mounted.run_pipecast(*HEARTBEATS)
    pid = read_pid(mounted.folder / "pid")
    stream = mounted.open_stream()
    while_open = count_connections(pid)
    assert while_open > 0
    stream.close()
    wait_for(lambda: count_connections(pid) < while_open, "its end")
