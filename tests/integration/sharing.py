"""Hubs of --share, which outlive the CGI processes that start them."""

import contextlib

from processes import is_running, marked, read_link
from waiting import wait_for


def place(folder):
    """Where the sockets of the hubs are."""
    return folder / "pipecast"


def sockets(folder):
    return [path for path in place(folder).iterdir() if path.is_socket()] \
        if place(folder).exists() else []


def pipecasts(mark):
    """The pipecast processes of a test."""
    found = []
    for pid in marked(mark):
        with contextlib.suppress(OSError):
            if read_link(pid, "exe").endswith("/pipecast"):
                found.append(pid)
    return found


def wait_for_hub(server):
    """The only pipecast process of a server, once no CGI process is left."""
    def found():
        pids = pipecasts(server.mark)
        return pids if len(pids) == 1 else None
    return wait_for(found, "one process for all viewers")


class Hub:
    """The hub that a program has started, and which outlives it."""

    def __init__(self, program):
        program.stream.wait_open()
        program.wait_exit()
        self.pid, = pipecasts(program.mark)

    def wait_gone(self):
        wait_for(lambda: not is_running(self.pid), "end of the hub")
