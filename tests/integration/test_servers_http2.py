"""HTTP/2 to the browser, which shares one connection among all streams."""

import subprocess

import pytest

import fifo
from client import EventStream
from leaving import OFTEN, wait_no_viewers
from processes import count_connections, end_group, read_pid, write_pid
from servers import find_program
from sse import parse
from waiting import wait_for

KINDS = ["nginx", "apache-proxy-fcgi"]
N_STREAMS = 20
N_EVENTS = 10


@pytest.fixture(params=KINDS)
def http2_server(request, running_servers):
    server = running_servers(request.param)
    yield server
    server.release()


class Curl:
    """Requests with curl, over TLS and HTTP/2."""

    def __init__(self, server, *arguments):
        self.process = subprocess.Popen(
            [find_program("curl"), "--silent", "--show-error", "--http2",
             "--no-buffer", "--cacert", server.folder / "cert.pem",
             *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            start_new_session=True)
        self.stream = EventStream(self.process.stdout.fileno())

    def stop(self):
        self.process.stdout.close()
        end_group(self.process)


@pytest.fixture
def curl():
    started = []

    def start(server, *arguments):
        started.append(Curl(server, *arguments))
        return started[-1]

    yield start
    for process in started:
        process.stop()


def url(server, target):
    return f"https://127.0.0.1:{server.tls_port}{target}"


def test_events_arrive_as_they_are_made_until_the_viewer_leaves(
        http2_server, curl, script_name, folder):
    pid_file, path = folder / "pid", folder / "events.fifo"
    target = http2_server.put_pipecast(script_name, *OFTEN, f"fifo:{path}",
                                       before=write_pid(pid_file))
    viewer = curl(http2_server, "--include", url(http2_server, target))
    stream = viewer.stream.wait_open()
    assert stream.response.head_bytes.startswith(b"HTTP/2 200")
    assert stream.headers["content-type"] == "text/event-stream"
    with fifo.open_writer(path) as writer:
        for n in range(N_EVENTS):
            writer.write(b"%d\n" % n)
            assert stream.next_event().data == str(n)
    pid = read_pid(pid_file)
    assert count_connections(pid) == 1
    viewer.process.kill()
    wait_no_viewers(pid)


def count_established(port):
    """The connections that a server has."""
    count = 0
    with open("/proc/net/tcp", encoding="ascii") as table:
        for line in table:
            fields = line.split()
            if fields[1].endswith(f":{port:04X}") and fields[3] == "01":
                count += 1
    return count


def test_many_streams_share_one_connection(nginx, curl, script_name, folder):
    """Six of them would be all over HTTP/1.1."""
    path = folder / "events.fifo"
    target = nginx.put_pipecast(script_name, f"fifo:{path}")
    outputs = [folder / f"output-{n}" for n in range(N_STREAMS)]
    arguments = [word for output in outputs
                 for word in (url(nginx, target), "--output", output)]
    curl(nginx, "--parallel", "--parallel-max", "100", *arguments)
    for output in outputs:
        wait_for(lambda: contents(output), "the first block of each stream")
    assert count_established(nginx.tls_port) == 1
    with fifo.open_writer(path) as writer:
        for n in range(N_EVENTS):
            writer.write(b"%d\n" % n)
    for output in outputs:
        wait_for(lambda: len(parse(contents(output))) == N_EVENTS,
                 "every event in each stream")


def contents(path):
    return path.read_bytes() if path.exists() else b""
