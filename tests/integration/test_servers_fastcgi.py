"""What only FastCGI has: a process that outlives its viewers, and is one for
all of them where the web server lets it be."""

import pytest

import fifo
from fastcgi_servers import ApacheFcgid, ApacheProxyFcgi
from fifo import make_fifo
from leaving import wait_no_viewers
from posting import assert_posts_reach_viewers
from processes import read_pid, write_pid
from waiting import wait_for

N_VIEWERS = 200
N_EVENTS = 100


def test_viewers_share_one_command_and_its_past(
        sharing_server, script_name, folder):
    go = folder / "go.fifo"
    make_fifo(go)
    target = sharing_server.put_pipecast(
        script_name, f"exec:echo run >>{folder}/runs; read x <{go}; seq 50; "
        "sleep 1000")
    viewers = [sharing_server.open(target).wait_open() for _ in range(5)]
    fifo.write_once(go, b"\n")
    first, *others = [viewer.next_events(50) for viewer in viewers]
    assert [event.data for event in first] == [str(n) for n in range(1, 51)]
    late = sharing_server.open(target,
                               headers={"Last-Event-ID": first[9].id})
    for events in (*others, first[:10] + late.next_events(40)):
        assert [(event.data, event.id) for event in events] == \
            [(event.data, event.id) for event in first]
    assert (folder / "runs").read_text() == "run\n"


def test_the_server_starts_one_process_only(running_servers, script_name,
                                            folder):
    """As max-procs says; the default would be four."""
    server = running_servers("lighttpd-bin-path")
    target = server.put_pipecast(
        script_name, "every:1s", before=f"echo $$ >>{folder}/pids\n")
    for _ in range(8):
        server.open(target).wait_open()
    assert len((folder / "pids").read_text().split()) == 1
    server.release()


def test_two_hundred_viewers_get_every_event_once_and_in_order(
        nginx, script_name, folder):
    path = folder / "events.fifo"
    target = nginx.put_pipecast(script_name, f"fifo:{path}")
    viewers = [nginx.open(target) for _ in range(N_VIEWERS)]
    for viewer in viewers:
        viewer.wait_open()
    events = [f"event {n}" for n in range(N_EVENTS)]
    with fifo.open_writer(path) as writer:
        for event in events:
            writer.write(f"{event}\n".encode())
    ids = set()
    for viewer in viewers:
        got = viewer.next_events(N_EVENTS)
        assert [event.data for event in got] == events
        ids.add(tuple(event.id for event in got))
    (shared,) = ids
    assert len(set(shared)) == N_EVENTS


def test_nginx_tells_at_once_that_a_viewer_has_left(
        nginx, script_name, folder):
    """Nothing is ever written here that could fail."""
    pid_file = folder / "pid"
    target = nginx.put_pipecast(script_name, "--heartbeat", "0",
                                f"fifo:{folder}/fifo",
                                before=write_pid(pid_file))
    stream = nginx.open(target).wait_open()
    stream.close()
    wait_no_viewers(read_pid(pid_file))


# pipecast that is not there.

def test_nginx_has_viewers_come_back_while_pipecast_is_down(
        nginx, script_name, folder):
    """Anything but 200 would end an EventSource for good."""
    target = nginx.put_pipecast(script_name, f"fifo:{folder}/fifo")
    nginx.end_pipecast()
    answer = nginx.fetch(target)
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/event-stream"
    assert answer.wait_end() == []
    assert answer.retries == [3000]


def test_first_viewer_after_pipecast_was_down_is_served(
        socket_server, script_name, folder):
    server, path = socket_server, folder / "events.fifo"
    target = server.put_pipecast(script_name, f"fifo:{path}")
    server.end_pipecast()
    assert server.fetch(target).status in (200, 503)
    server.put_pipecast(script_name, f"fifo:{path}")
    stream = wait_for(lambda: open_if_served(server, target), "a stream")
    fifo.write_once(path, b"one\n")
    assert stream.next_event().data == "one"


def open_if_served(server, target):
    stream = server.open(target)
    return stream if stream.status == 200 else stream.close()


def test_misconfigured_program_says_so_in_the_error_log(
        running_servers, script_name):
    server = running_servers("apache-fcgid")
    answer = server.fetch(server.put_pipecast(script_name, "file:/"))
    assert answer.status in (500, 503)
    server.wait_for_error("pipecast: file:/: ")
    server.release()


# A site that is compressed as a whole.

class Compressing:
    def _common(self):
        (self.folder / "htdocs" / "page.txt").write_text("x" * 10_000)
        return f"SetOutputFilter DEFLATE\n{super()._common()}"


class CompressingProxyFcgi(Compressing, ApacheProxyFcgi):
    pass


class CompressingFcgid(Compressing, ApacheFcgid):
    pass


@pytest.mark.parametrize("kind", [CompressingProxyFcgi, CompressingFcgid])
def test_compression_of_the_whole_site_leaves_streams_alone(
        kind, binary, script_name, folder):
    server, path = kind(folder / "server", binary), folder / "events.fifo"
    gzip = {"Accept-Encoding": "gzip"}
    server.start()
    try:
        page = server.open("/page.txt", headers=gzip)
        assert page.headers["content-encoding"] == "gzip"
        target = server.put_pipecast(script_name, f"fifo:{path}")
        stream = server.open(target, headers=gzip).wait_open()
        assert "content-encoding" not in stream.headers or \
            stream.response.gunzip
        fifo.write_once(path, b"one\n")
        assert stream.next_event().data == "one"
    finally:
        server.stop()


def test_posts_reach_the_viewers(sharing_server, script_name):
    assert_posts_reach_viewers(sharing_server, sharing_server.put_pipecast(
        script_name, "--post", "memory:"))
