"""One pipecast that runs by itself, as a service would: behind a web server, or
as one of its own."""

import pwd
import shlex
import socket
import subprocess

from processes import end_group
from servers import Server, free_port, service_user
from waiting import wait_for


def as_service_user():
    """Options of a process that runs as the web server does."""
    user = service_user()
    if user is None:
        return {}
    entry = pwd.getpwnam(user)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def accepts(family, address):
    """Whether somebody listens there."""
    with socket.socket(family) as probe:
        try:
            probe.connect(address)
        except OSError:
            return False
    return True


class OneProgram(Server):
    """From put_pipecast to the end of the test there is only that one."""

    target = "/"
    address = ()  # (family, address) to connect to

    def __init__(self, folder, binary):
        self.program = None
        self.command_line = None
        super().__init__(folder, binary)

    def gateway_options(self):
        """How pipecast is told where to listen."""
        raise NotImplementedError

    def put_pipecast(self, name, *arguments, before=""):
        self.end_pipecast()
        words = [str(self.binary), *self.gateway_options(),
                 *map(str, arguments)]
        self.run_program(before + "exec " + shlex.join(words))
        return self.target

    def run_program(self, command_line):
        self.command_line = command_line
        with open(self.error_log, "ab") as log:
            self.program = subprocess.Popen(
                ["sh", "-c", command_line], stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, cwd="/", start_new_session=True,
                env={"PATH": f"{self.binary.parent}:/usr/bin:/bin",
                     "PIPECAST_TEST": self.mark}, **as_service_user())
        wait_for(lambda: accepts(*self.address) or self._has_failed(),
                 "pipecast listens")

    def _has_failed(self):
        assert self.program.poll() is None, self.errors()
        return False

    def start_again(self):
        """After it was killed, as a service manager would."""
        self.run_program(self.command_line)

    def end_pipecast(self):
        """With nobody reading any more it ends at once, and well."""
        program, self.program = self.program, None
        if program is None:
            return
        was_running = program.poll() is None
        end_group(program)
        assert program.returncode == 0 or not was_running

    def release(self):
        super().release()
        self.end_pipecast()

    def stop(self):
        self.end_pipecast()
        super().stop()


class Embedded(OneProgram):
    """Without a web server."""

    kind = "embedded"
    target = ""

    def start(self):
        self.port = free_port()
        self.address = (socket.AF_INET, ("127.0.0.1", self.port))
        # So that no other server finds it free while no program runs.
        self.held = socket.socket()
        self.held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.held.bind(("127.0.0.1", self.port))
        return self

    def gateway_options(self):
        return ["--http", str(self.port)]

    def put_lasting(self, name, *arguments):
        return self.put_pipecast(name, "--keep", *arguments)

    def open(self, target, **request):
        path = target if target.startswith("/") else f"/{target}"
        return super().open(path, **request)

    def stop(self):
        self.close_streams()
        self.end_pipecast()
        self.held.close()
