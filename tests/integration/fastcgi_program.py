"""The program as a FastCGI application, asked without a web server."""

import re
import subprocess

from fastcgi import Connection, FastcgiStream
from program import Program
from waiting import DEADLINE, wait_for


class FastcgiProgram(Program):
    """Listens on any free port, unless the options say otherwise; the address
    is what it prints."""

    def __init__(self, binary, arguments, folder, listen="127.0.0.1:0",
                 **options):
        if listen:
            arguments = ["--fastcgi", listen, *arguments]
        options.setdefault("stdout", subprocess.DEVNULL)
        super().__init__(binary, arguments, folder, **options)
        self.connections = []

    def addresses(self, count=1, seconds=DEADLINE):
        """Wait until it says where it listens."""
        def printed():
            found = re.findall(r"^pipecast: FastCGI on (\S+)$", self.errors(),
                               re.M)
            return found if len(found) == count else None
        return wait_for(printed, f"{count} addresses", seconds)

    @property
    def address(self):
        return self.addresses()[0]

    def connect(self, address=None):
        connection = Connection(address or self.address)
        self.connections.append(connection)
        return connection

    def open(self, target="/", address=None, **request):
        """Asks, over a connection of its own."""
        return FastcgiStream(self.connect(address), target, **request)

    def stop(self):
        while self.connections:
            self.connections.pop().close()
        super().stop()
