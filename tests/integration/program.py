"""The program itself, run without a web server."""

import contextlib
import os
import re
import secrets
import signal
import subprocess
import tempfile

from client import EventStream
from processes import end_group, end_marked, is_stopped, marked
from waiting import DEADLINE, wait_for

BASE = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def plain_environment(**more):
    return {**BASE, **more}


def cgi_environment(**more):
    """What a web server sets (RFC 3875); a None removes a variable."""
    variables = {
        **BASE,
        "GATEWAY_INTERFACE": "CGI/1.1",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_SOFTWARE": "test",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "REMOTE_ADDR": "127.0.0.1",
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "/cgi-bin/events.cgi",
        "SCRIPT_FILENAME": "/usr/lib/cgi-bin/events.cgi",
        "QUERY_STRING": "",
        "HTTP_ACCEPT": "text/event-stream",
    }
    variables.update(more)
    return {name: value for name, value in variables.items()
            if value is not None}


class Program:
    """A pipecast process in its own process group.

    Standard output is read as an event stream unless given. Standard error
    goes to a file, so that the program never waits for us there. A prefix
    is a command that starts the program with the words it is given.
    """

    def __init__(self, binary, arguments, folder, env=None, stdin=None,
                 stdout=None, stderr=None, prefix=(), **popen):
        self.mark = secrets.token_hex(8)
        environment = dict(plain_environment() if env is None else env,
                           PIPECAST_TEST=self.mark)
        descriptor, self.error_path = tempfile.mkstemp(dir=folder)
        try:
            self.process = subprocess.Popen(
                [*prefix, str(binary), *map(str, arguments)],
                env=environment,
                stdin=subprocess.DEVNULL if stdin is None else stdin,
                stdout=subprocess.PIPE if stdout is None else stdout,
                stderr=descriptor if stderr is None else stderr,
                start_new_session=True, **popen)
        finally:
            os.close(descriptor)
        self.pid = self.process.pid
        self.stream = None
        if self.process.stdout:
            self.stream = EventStream(self.process.stdout.fileno())

    @property
    def stdin(self):
        return self.process.stdin

    def errors(self):
        with open(self.error_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def wait_for_error(self, text, seconds=DEADLINE):
        wait_for(lambda: text in self.errors(),
                 f"{text!r} on standard error", seconds)

    def wait_exit(self, seconds=DEADLINE):
        """Wait for the end; returns the exit status (negative: a signal)."""
        return self.process.wait(seconds)

    def finish(self, seconds=DEADLINE):
        """Read all output and wait for the end; returns the exit status."""
        self.stream.read_to_end(seconds)
        return self.wait_exit(seconds)

    def send_signal(self, number):
        os.kill(self.pid, number)

    @contextlib.contextmanager
    def stopped(self):
        """Holds the process still, so that a block happens behind its back."""
        self.send_signal(signal.SIGSTOP)
        try:
            wait_for(lambda: is_stopped(self.pid), "standstill")
            yield
        finally:
            self.send_signal(signal.SIGCONT)

    def wait_nothing_left(self, seconds=DEADLINE):
        """Wait until the program and all it ever started have ended."""
        wait_for(lambda: self.process.poll() is not None
                 and not marked(self.mark),
                 "end of the program and of its commands", seconds)

    def leave(self):
        """Close our end of standard output, like a viewer who leaves."""
        self.process.stdout.close()

    def stop(self):
        for pipe in (self.process.stdin, self.process.stdout):
            try:
                if pipe:
                    pipe.close()
            except BrokenPipeError:
                pass
        end_group(self.process)
        end_marked(self.mark)


class Listening(Program):
    """One that listens, where the options say nothing else on any free port of
    this machine; it prints where that is."""

    option = ""
    prints = ""  # the address

    def __init__(self, binary, arguments, folder, listen="0",
                 **options):
        if listen is not None:
            arguments = [self.option, listen, *arguments]
        options.setdefault("stdout", subprocess.DEVNULL)
        super().__init__(binary, arguments, folder, **options)
        self.connections = []

    def addresses(self, count=1, seconds=DEADLINE):
        """Wait until it says where it listens."""
        def printed():
            found = re.findall(self.prints, self.errors(), re.M)
            return found if len(found) == count else None
        return wait_for(printed, f"{count} addresses", seconds)

    @property
    def address(self):
        return self.addresses()[0]

    def closed_at_last(self, connection):
        self.connections.append(connection)
        return connection

    def stop(self):
        while self.connections:
            self.connections.pop().close()
        super().stop()
