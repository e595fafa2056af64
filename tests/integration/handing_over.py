"""Sockets that another program holds open for pipecast: as descriptor 0, or as
systemd does."""

import os
import socket
import sys

from waiting import DEADLINE

# The sockets become descriptors from 3 on, and the process id is that of the
# program itself (sd_listen_fds(3)).
LAUNCH = """
import fcntl, os, sys
given = [int(fd) for fd in sys.argv[1].split(",")]
high = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 100) for fd in given]
for fd in given:
    os.close(fd)
for at, fd in enumerate(high):
    os.dup2(fd, 3 + at)
os.environ.setdefault("LISTEN_PID", str(os.getpid()))
os.environ["LISTEN_FDS"] = str(len(given))
os.execv(sys.argv[2], sys.argv[2:])
"""

# Runs Python statements in the process that becomes pipecast.
PREPARE = "import os, resource, sys; {}; os.execv(sys.argv[1], sys.argv[1:])"


def prepared(statements):
    return {"prefix": [sys.executable, "-c", PREPARE.format(statements)]}


def with_descriptor_limit(soft, hard=None):
    return prepared("resource.setrlimit(resource.RLIMIT_NOFILE, "
                    f"({soft}, {hard or soft}))")


def handed_over(*descriptors):
    """Options for a Program that is to find these from descriptor 3 on."""
    numbers = ",".join(str(each) for each in descriptors)
    return {"prefix": [sys.executable, "-c", LAUNCH, numbers],
            "pass_fds": descriptors}


def listen(address):
    """A listening socket on an address as --fastcgi takes it."""
    if address.startswith("unix:"):
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(address[5:])
    else:
        host, _, port = address.rpartition(":")
        listener = socket.create_server((host, int(port)))
    listener.listen()
    return listener


class Manager:
    """The socket that a service tells of its state (sd_notify(3))."""

    def __init__(self, address):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address)
        self.socket.settimeout(DEADLINE)

    def next_state(self):
        return self.socket.recv(4096).decode()

    def has_heard_nothing(self):
        self.socket.setblocking(False)
        try:
            return not self.socket.recv(4096)
        except BlockingIOError:
            return True

    def close(self):
        self.socket.close()


def abstract(folder):
    """A name in the abstract namespace, as socket and as NOTIFY_SOCKET."""
    name = f"pipecast-test-{os.getpid()}-{folder.name}"
    return f"\0{name}", f"@{name}"
