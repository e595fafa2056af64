"""Processes and servers that are killed or restarted while viewers are connected:
viewers that reconnect with their last event ID get every line of a followed file
once, and a gap event where nothing can be resumed."""

import os
import signal

import pytest

import fifo
from processes import end_group, kill_if_running, marked, read_link
from returning import ReturningViewer
from traffic import restart_under_traffic
from waiting import wait_for

# Those with one pipecast that the test itself has started.
OWN = ["nginx", "apache-proxy-fcgi", "embedded"]


@pytest.fixture(params=OWN)
def served(request, running_servers):
    server = running_servers(request.param)
    yield server
    server.release()


def kill(server):
    """Its socket file, if any, is left behind."""
    server.program.send_signal(signal.SIGKILL)
    server.program.wait()
    server.start_again()


def path_of(target):
    return target or "/"


def test_killed_program_loses_no_line(served, writer):
    target = served.put_pipecast("log", f"file:{writer.log.path}")
    restart_under_traffic(served, path_of(target), writer,
                          lambda: kill(served), patient=True)


def test_killed_program_draws_a_gap_where_nothing_is_left(served, folder):
    path = folder / "events.fifo"
    target = served.put_pipecast("fifo", f"fifo:{path}")
    viewer = ReturningViewer(served.port, path_of(target), "last",
                             patient=True)
    viewer.start()
    fifo.write_once(path, b"one\n")
    wait_for(lambda: viewer.events or not viewer.is_alive(), "an event")
    kill(served)
    wait_for(lambda: len(viewer.events) > 1 or not viewer.is_alive(),
             "another event")
    fifo.write_once(path, b"last\n")
    viewer.wait()
    one, gap, last = viewer.events
    assert (one.data, gap.type, last.data) == ("one", "gap", "last")
    assert one.id in gap.data


def is_pipecast(pid):
    try:
        return os.path.basename(read_link(pid, "exe")) == "pipecast"
    except OSError:  # it has just ended
        return False


def programs_of(server):
    """Those that became pipecast."""
    return [pid for pid in marked(server.mark) if is_pipecast(pid)]


def kill_all(server):
    for pid in programs_of(server):
        kill_if_running(pid)


def test_killed_cgi_programs_lose_no_line(cgi_server, script_name, writer):
    target = cgi_server.put_pipecast(script_name, f"file:{writer.log.path}")
    restart_under_traffic(cgi_server, target, writer,
                          lambda: kill_all(cgi_server), patient=True)


@pytest.mark.parametrize("own_socket_server", ["nginx", "apache-proxy-fcgi"],
                         indirect=True)
def test_restarted_web_server_loses_no_line(own_socket_server, writer):
    """pipecast lives on behind it."""
    server = own_socket_server
    target = server.put_pipecast("log", f"file:{writer.log.path}")
    program = server.program

    def restart():
        end_group(server.process)
        server._start_once()
    restart_under_traffic(server, target, writer, restart, patient=True)
    assert program.poll() is None
