"""The three ways in which a stream gets into a browser."""

import os
import re

from fastcgi_servers import Nginx
from one_program import Embedded
from processes import kill_if_running
from waiting import wait_for

# The end of a command of exec: that ends with its pipecast, even if that is
# killed.
LASTS = "exec tail --pid=$PPID -f /dev/null"


class ByScript:
    """CGI: a process for each viewer."""

    def __init__(self, site):
        self.site = site

    def put(self, name, *arguments, before=""):
        """Makes a stream; returns its URL."""
        return self.site.url(
            self.site.put_pipecast(f"{name}.cgi", *arguments, before=before))

    def kill(self, url):
        """Kills whatever runs for a URL."""
        path = re.sub(r"http://[^/]*|\?.*", "", url)
        for pid in wait_for(lambda: self.site.viewers(path),
                            f"viewers of {path}"):
            kill_if_running(pid)

    def start_again(self):
        pass  # the next viewer does

    def release(self):
        self.site.release()

    def stop(self):
        pass  # it ends with the other sites


class ByProgram:
    """FastCGI or HTTP: one process, which outlives its viewers."""

    def __init__(self, server):
        self.server = server

    def put(self, name, *arguments, before=""):
        # Whoever comes later is to see what a first viewer of CGI would.
        target = self.server.put_pipecast(
            name, "--replay", "all", *arguments, before=before)
        return f"http://127.0.0.1:{self.server.port}{target}"

    def kill(self, url):
        os.kill(self.server.program.pid, 9)
        self.server.program.wait()

    def start_again(self):
        self.server.start_again()

    def release(self):
        self.server.release()

    def stop(self):
        self.server.stop()


GATEWAYS = ("cgi", "fastcgi", "http")


def start_gateway(kind, running_sites, session_folder, binary):
    if kind == "cgi":
        return ByScript(running_sites("lighttpd"))
    server = {"fastcgi": Nginx, "http": Embedded}[kind]
    return ByProgram(server(session_folder / kind, binary).start())
