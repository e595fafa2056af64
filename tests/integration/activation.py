"""What systemd does for pipecast.socket and pipecast.service."""

import os
import re
import shlex
import socket
import subprocess

from examples import SERVERS
from handing_over import handed_over
from one_program import as_service_user
from processes import end_group
from waiting import DEADLINE

def unit(name):
    """The settings of a unit file: a list of values for each key."""
    settings = {}
    text = (SERVERS / name).read_text(encoding="utf-8")
    for key, value in re.findall(r"^(\w+)=(.*)$", text, re.M):
        settings.setdefault(key, []).append(value)
    return settings


class Activation:
    """Holds the socket open, and starts the service on it again and again."""

    def __init__(self, binary, folder, socket_path, error_log):
        self.binary = binary
        self.error_log = error_log
        self.socket_path = socket_path
        self.processes = []
        mode, = unit("pipecast.socket")["SocketMode"]
        self.listener = self._listen(socket.SOCK_STREAM, socket_path)
        os.chmod(socket_path, int(mode, 8))
        self.notify_path = folder / "notify"
        self.notified = self._listen(socket.SOCK_DGRAM, self.notify_path)
        os.chmod(self.notify_path, 0o666)

    @staticmethod
    def _listen(kind, path):
        listener = socket.socket(socket.AF_UNIX, kind)
        listener.bind(str(path))
        if kind == socket.SOCK_STREAM:
            listener.listen()
        listener.settimeout(DEADLINE)
        user = as_service_user()
        if user:
            os.chown(path, 0, user["group"])
        return listener

    def command(self, *arguments):
        """ExecStart with other sources."""
        line, = unit("pipecast.service")["ExecStart"]
        program, *_ = shlex.split(line)
        assert program == "/usr/local/bin/pipecast"
        return [str(self.binary), *map(str, arguments)]

    def start(self, *arguments):
        given = handed_over(self.listener.fileno())
        with open(self.error_log, "ab") as log:
            self.processes.append(subprocess.Popen(
                [*given.pop("prefix"), *self.command(*arguments)],
                env={"PATH": "/usr/bin:/bin",
                     "LISTEN_FDNAMES": "pipecast.socket",
                     "NOTIFY_SOCKET": str(self.notify_path)},
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, **given, **as_service_user()))
        return self.processes[-1]

    def next_state(self):
        """The next message of the service, as its lines."""
        return self.notified.recv(4096).decode().splitlines()

    def wait_ready(self):
        while "READY=1" not in self.next_state():
            pass

    def restart(self, *arguments):
        self.end()
        self.start(*arguments)
        self.wait_ready()

    def end(self):
        process = self.processes.pop()
        process.terminate()
        assert process.wait(DEADLINE) == 0

    def close(self):
        while self.processes:
            end_group(self.processes.pop())
        self.listener.close()
        self.notified.close()
