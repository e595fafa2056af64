"""The program as a FastCGI application, asked without a web server."""

from fastcgi import Connection, FastcgiStream
from program import Listening


class FastcgiProgram(Listening):
    option = "--fastcgi"
    prints = r"^pipecast: FastCGI on (\S+)$"

    def connect(self, address=None):
        return self.closed_at_last(Connection(address or self.address))

    def open(self, target="/", address=None, **request):
        """Asks, over a connection of its own."""
        return FastcgiStream(self.connect(address), target, **request)
