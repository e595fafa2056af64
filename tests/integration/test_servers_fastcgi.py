"""What only FastCGI has: a process that outlives its viewers, and is one for
all of them where the web server lets it be."""

import pytest

import fifo
from fastcgi_servers import ApacheFcgid, ApacheProxyFcgi, Nginx
from fifo import make_fifo
from leaving import LIMIT_S, OFTEN, seconds_until, within_limit
from processes import count_connections, is_running, read_pid, write_pid
from servers import free_port
from waiting import wait_for

N_VIEWERS = 200
N_EVENTS = 100


def wait_no_viewers(pid):
    wait_for(lambda: count_connections(pid) == 0, "end of all connections")


# One source for all.

def test_viewers_share_one_command(sharing_server, script_name, folder):
    go = folder / "go.fifo"
    make_fifo(go)
    target = sharing_server.put_pipecast(
        script_name, f"exec:echo run >>{folder}/runs; read x <{go}; seq 50; "
        "sleep 1000")
    viewers = [sharing_server.open(target).wait_open() for _ in range(5)]
    fifo.write_once(go, b"\n")
    for viewer in viewers:
        assert viewer.next_data(50) == [str(n) for n in range(1, 51)]
    assert (folder / "runs").read_text() == "run\n"


def test_an_event_of_a_fifo_goes_to_every_viewer(
        sharing_server, script_name, folder):
    path = folder / "events.fifo"
    target = sharing_server.put_pipecast(script_name, f"fifo:{path}")
    viewers = [sharing_server.open(target).wait_open() for _ in range(5)]
    with fifo.open_writer(path) as writer:
        for n in range(20):
            writer.write(b"%d\n" % n)
    for viewer in viewers:
        assert viewer.next_data(20) == [str(n) for n in range(20)]


def test_viewers_share_the_ids_and_the_past_of_a_fifo(
        sharing_server, script_name, folder):
    """Plain CGI has no past of a FIFO to go on in."""
    path = folder / "events.fifo"
    target = sharing_server.put_pipecast(script_name, f"fifo:{path}")
    viewer = sharing_server.open(target).wait_open()
    fifo.write_once(path, b"one\ntwo\nthree\n")
    events = viewer.next_events(3)
    late = sharing_server.open(
        target, headers={"Last-Event-ID": events[0].id})
    again = late.next_events(2)
    assert [(e.data, e.id) for e in again] == \
        [(e.data, e.id) for e in events[1:]]


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


# Viewers who leave, and servers that do.

@pytest.mark.parametrize("leave", ["close", "reset"])
def test_viewer_leaving_an_idle_stream_is_noticed(
        lasting_server, script_name, folder, measured, leave):
    server, pid_file = lasting_server, folder / "pid"
    target = server.put_pipecast(script_name, *OFTEN, f"fifo:{folder}/fifo",
                                 before=write_pid(pid_file))

    def measure():
        stream = server.open(target).wait_open()
        pid = read_pid(pid_file)
        assert count_connections(pid) == 1
        getattr(stream, leave)()
        seconds = seconds_until(lambda: count_connections(pid) == 0,
                                "end of the connection")
        assert is_running(pid)
        return seconds

    seconds = within_limit(measure)
    measured(f"connection ends after idle {leave} {server.kind}",
             seconds=round(seconds, 2))
    assert seconds <= LIMIT_S


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


def test_viewer_leaving_in_the_middle_of_much_output_costs_nobody_else(
        lasting_server, script_name, folder):
    server, pid_file = lasting_server, folder / "pid"
    target = server.put_pipecast(script_name, *OFTEN, "exec:yes",
                                 before=write_pid(pid_file))
    leaving = server.open(target)
    leaving.next_events(1000)
    pid = read_pid(pid_file)
    leaving.close()
    wait_no_viewers(pid)
    assert server.open(target).next_data(1000) == ["y"] * 1000
    assert is_running(pid)


def test_stopping_the_web_server_lets_the_viewers_go(
        own_socket_server, script_name, folder):
    server, pid_file = own_socket_server, folder / "pid"
    target = server.put_pipecast(script_name, f"fifo:{folder}/fifo",
                                 before=write_pid(pid_file))
    streams = [server.open(target).wait_open() for _ in range(3)]
    server.ask_to_stop(server.graceful_signal)
    for stream in streams:
        stream.read_to_end(60)
        stream.close()
    pid = read_pid(pid_file)
    wait_no_viewers(pid)
    assert is_running(pid)


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


@pytest.mark.parametrize("arguments, cause", [
    (["--no-such-option"], "--no-such-option"),
    (["file:/"], "/"),
])
def test_misconfigured_program_says_so_in_the_error_log(
        running_servers, script_name, arguments, cause):
    server = running_servers("apache-fcgid")
    answer = server.fetch(server.put_pipecast(script_name, *arguments))
    assert answer.status in (500, 503)
    server.wait_for_error(cause)
    server.release()


# Who may connect.

class NginxByPort(Nginx):
    """It reaches pipecast over TCP, as from another machine."""

    @property
    def changes(self):
        return {**super().changes, f"unix:{self.socket_path};":
                f"127.0.0.1:{self.pipecast_port};"}

    def start(self):
        self.pipecast_port = free_port()
        return super().start()


@pytest.fixture
def nginx_by_port(folder, binary):
    server = NginxByPort(folder / "server", binary).start()
    yield server
    server.stop()


@pytest.mark.parametrize("addresses, is_served", [
    ("127.0.0.1", True), ("10.0.0.1,127.0.0.1", True), ("10.0.0.1", False)])
def test_only_the_web_servers_that_were_named_may_connect(
        nginx_by_port, script_name, addresses, is_served):
    server = nginx_by_port
    server.put_pipecast(
        script_name, "--fastcgi", f"127.0.0.1:{server.pipecast_port}",
        "every:50ms", before=f"export FCGI_WEB_SERVER_ADDRS={addresses}\n")
    stream = server.open(server.target)
    if is_served:
        assert len(stream.next_events(3)) == 3
    else:
        # As if there were no pipecast.
        assert stream.wait_end() == []
        assert stream.retries == [3000]


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
        assert "content-encoding" not in stream.headers
        fifo.write_once(path, b"one\n")
        assert stream.next_event().data == "one"
    finally:
        server.stop()
