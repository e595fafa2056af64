"""Listening sockets that others hold: systemd, with the units of
examples/servers, and spawn-fcgi. And restarts, while viewers look on."""

import shlex
import subprocess

import pytest

import fifo
from activation import Activation, unit
from client import HttpStream
from examples import SERVERS, put_in
from returning import ReturningViewer
from servers import find_program, free_port
from traffic import restart_under_traffic
from waiting import DEADLINE, wait_for


@pytest.fixture
def activation(nginx, binary, folder):
    """systemd, behind a server. A pipecast that was killed behind it has left
    its socket file."""
    nginx.socket_path.unlink(missing_ok=True)
    activation = Activation(binary, folder, nginx.socket_path, nginx.error_log)
    yield activation
    activation.close()
    nginx.socket_path.unlink()


# systemd.

def test_units_have_no_fault(folder, binary):
    names = [f"{name}.{suffix}" for name in ("pipecast", "pipecast-http")
             for suffix in ("socket", "service")]
    for name in names:
        text = (SERVERS / name).read_text(encoding="utf-8")
        if "ExecStart" in text:
            text = put_in(text, {"/usr/local/bin/pipecast": binary})
        (folder / name).write_text(text)
    verified = subprocess.run(
        [find_program("systemd-analyze"), "--man=no", "verify",
         *(folder / name for name in names)],
        capture_output=True, text=True, timeout=DEADLINE, check=False)
    assert (verified.returncode, verified.stdout, verified.stderr) == \
        (0, "", "")


@pytest.mark.parametrize("name", ["pipecast.service", "pipecast-http.service"])
def test_service_is_exposed_to_little(name):
    """Of 100; without any of what the unit says it is over 90."""
    said = subprocess.run(
        [find_program("systemd-analyze"), "security", "--offline=yes",
         "--no-pager", "--threshold=10", SERVERS / name],
        capture_output=True, text=True, timeout=DEADLINE, check=False)
    assert said.returncode == 0, said.stdout + said.stderr


@pytest.mark.parametrize("name, servers", [
    ("pipecast", ["nginx.conf", "apache-proxy-fcgi.conf", "lighttpd.conf",
                  "Caddyfile", "h2o.conf"]),
    ("pipecast-http", ["nginx-proxy.conf", "apache-proxy-http.conf",
                       "Caddyfile", "haproxy.cfg", "h2o.conf"])])
def test_units_fit_together_and_the_servers(name, servers):
    listen, = unit(f"{name}.socket")["ListenStream"]
    for server in servers:
        assert listen in (SERVERS / server).read_text(encoding="utf-8")
    assert unit(f"{name}.socket")["Accept"] == ["no"]
    assert unit(f"{name}.service")["Type"] == ["notify"]
    assert unit(f"{name}.service")["Requires"] == [f"{name}.socket"]


def test_service_says_when_it_is_ready_and_when_it_stops(
        activation, nginx, folder):
    process = activation.start(f"fifo:{folder}/events.fifo")
    assert "READY=1" in activation.next_state()
    nginx.open(nginx.target).wait_open()
    process.terminate()
    assert "STOPPING=1" in activation.next_state()
    assert process.wait(DEADLINE) == 0


def test_service_that_cannot_run_is_never_ready(activation):
    process = activation.start("file:/")
    assert process.wait(DEADLINE) == 1
    activation.notified.setblocking(False)
    with pytest.raises(BlockingIOError):
        activation.next_state()


def test_viewer_who_comes_before_the_service_is_served(
        activation, nginx, folder):
    path = folder / "events.fifo"
    stream = nginx.open(nginx.target)
    activation.start(f"fifo:{path}")
    stream.wait_open()
    fifo.write_once(path, b"one\n")
    assert stream.next_event().data == "one"


def test_restart_under_traffic_loses_no_line_of_a_file(
        activation, nginx, writer):
    stream = "--retry", "500ms", f"file:{writer.log.path}"
    activation.start(*stream)
    activation.wait_ready()
    viewers = restart_under_traffic(nginx, nginx.target, writer,
                                    lambda: activation.restart(*stream))
    # Nobody found the door closed, of which nginx would tell.
    for viewer in viewers:
        assert 3000 not in viewer.retries


def test_restart_draws_a_gap_where_nothing_can_be_resumed(
        activation, nginx, folder):
    path = folder / "events.fifo"
    activation.start(f"fifo:{path}")
    viewer = ReturningViewer(nginx.port, nginx.target, "last")
    viewer.start()
    fifo.write_once(path, b"one\n")
    wait_for(lambda: viewer.events or not viewer.is_alive(), "an event")
    activation.restart(f"fifo:{path}")
    wait_for(lambda: len(viewer.events) > 1 or not viewer.is_alive(),
             "another event")
    fifo.write_once(path, b"last\n")
    viewer.wait()
    one, gap, last = viewer.events
    assert (gap.type, last.data) == ("gap", "last")
    assert one.id in gap.data


def test_the_tool_of_systemd_starts_it_for_the_first_viewer(
        nginx, binary, folder):
    listen = shlex.join([find_program("systemd-socket-activate"),
                         f"--listen={nginx.socket_path}",
                         f"--setenv=PIPECAST_TEST={nginx.mark}",
                         "--fdname=pipecast.socket"])
    log = folder / "log"
    log.touch()
    nginx.run_program(f"exec {listen} {binary} file:{log}")
    # A connection would be the first viewer.
    wait_for(lambda: "Listening on" in nginx.errors(), "a listening socket")
    stream = nginx.open(nginx.target).wait_open()
    with open(log, "a", encoding="ascii") as file:
        file.write("one\n")
    assert stream.next_event().data == "one"


def test_http_units_start_it_for_the_first_viewer(run, folder):
    """Over HTTP because of the name of the descriptor."""
    path = folder / "events.fifo"
    name, = unit("pipecast-http.socket")["FileDescriptorName"]
    port = free_port()
    program = run(f"fifo:{path}", prefix=[
        find_program("systemd-socket-activate"),
        f"--listen=127.0.0.1:{port}", f"--fdname={name}"])
    wait_for(lambda: "Listening on" in program.errors(), "a listening socket")
    stream = HttpStream(port, "/")
    try:
        stream.wait_open()
        fifo.write_once(path, b"one\n")
        assert stream.next_event().data == "one"
    finally:
        stream.close()


# Others.

def test_spawn_fcgi_starts_it(nginx, folder):
    path = folder / "events.fifo"
    nginx.spawn_pipecast(f"fifo:{path}")
    stream = nginx.open(nginx.target).wait_open()
    fifo.write_once(path, b"one\n")
    assert stream.next_event().data == "one"


def test_quick_restart_with_a_socket_of_its_own_loses_no_line(nginx, writer):
    source = f"file:{writer.log.path}"
    nginx.put_pipecast("log", source)
    restart_under_traffic(nginx, nginx.target, writer,
                          lambda: nginx.put_pipecast("log", source))
