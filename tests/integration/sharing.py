"""Hubs of --share, which outlive the CGI processes that start them."""

import contextlib

from processes import is_running, marked, read_environ, read_link
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


def wait_for_hub(server, folder):
    """The only pipecast process of a server whose sockets are in the folder,
    once no CGI process is left. Hubs of earlier tests may linger there."""
    ours = f"XDG_RUNTIME_DIR={folder}".encode()

    def found():
        with contextlib.suppress(OSError, ValueError):
            hub, = [pid for pid in pipecasts(server.mark)
                    if ours in read_environ(pid)]
            return hub
        return None
    return wait_for(found, "one process for all viewers")


class Hub:
    """The hub that a program has started, and which outlives it."""

    def __init__(self, program):
        program.stream.wait_open()
        program.wait_exit()
        self.pid, = pipecasts(program.mark)

    def wait_gone(self):
        wait_for(lambda: not is_running(self.pid), "end of the hub")
