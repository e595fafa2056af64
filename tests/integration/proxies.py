"""The web servers that lead to pipecast in more than one way, each with its
file of examples/servers: by FastCGI, and by HTTP with a path that they remove
or leave as it is."""

import contextlib
import dataclasses
import socket

from examples import server_example
from fastcgi_servers import (SOCKET, ApacheProxyFcgi, FastCgiApache, Nginx,
                             NginxServer)
from one_program import OneProgram
from servers import Server, find_program, free_port, service_user

FASTCGI_PORT = "127.0.0.1:9000"
HTTP_PORT = "127.0.0.1:8080"
HOST = "www.example.org"


def hold_port():
    """A free port and a socket that keeps others from it. pipecast can still
    listen there."""
    while True:
        held = socket.socket()
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        port = free_port()
        with contextlib.suppress(OSError):
            held.bind(("127.0.0.1", port))
            return port, held
        held.close()


class Caddy(Server):
    kind = "caddy"

    def command(self, config):
        return ["env", f"HOME={self.folder}", find_program("caddy"), "run",
                "--adapter", "caddyfile", "--config", str(config)]

    @property
    def site_changes(self):
        return {":80 {": f"http://:{self.port} {{\n\tbind 127.0.0.1",
                "/var/www/html": self.folder / "htdocs"}

    def configuration(self):
        return f"{{\n\tadmin off\n\tauto_https off\n}}\n{self.site()}"


class Haproxy(Server):
    kind = "haproxy"

    def command(self, config):
        return [find_program("haproxy"), "-db", "-f", str(config)]

    @property
    def site_changes(self):
        """HAProxy itself serves nothing."""
        token = self.folder / "htdocs" / "token.txt"
        return {"bind :80": f"""bind 127.0.0.1:{self.port}
    http-request return status 200 content-type text/plain file {token} \
if {{ path /token.txt }}"""}

    def configuration(self):
        user = service_user()
        return f"global\n    {f'user {user}' if user else ''}\n{self.site()}"


class H2o(Server):
    kind = "h2o"

    def command(self, config):
        return [find_program("h2o"), "-c", str(config)]

    @property
    def site_changes(self):
        user = service_user()
        return {"user: www-data": f"user: {user}" if user else "",
                "port: 80\n": f"port: {self.port}\n  host: 127.0.0.1\n",
                "/var/www/html": self.folder / "htdocs"}

    def configuration(self):
        return self.site()


class Proxy(OneProgram):
    """pipecast runs by itself and has the gateway that a test asks for."""

    example = ""
    gateway = "http"
    listens = {"fastcgi": SOCKET, "http": HTTP_PORT}

    def start(self):
        self.ports = {HTTP_PORT: hold_port(), FASTCGI_PORT: hold_port()}
        return super().start()

    def stop(self):
        super().stop()
        for _, held in self.ports.values():
            held.close()

    @property
    def socket_path(self):
        return self.folder / "run" / "pipecast.sock"

    def local(self, address):
        """What stands for an address of the example."""
        if address in self.ports:
            return f"127.0.0.1:{self.ports[address][0]}"
        return str(self.socket_path)

    @property
    def address(self):
        where = self.listens[self.gateway]
        if where in self.ports:
            return socket.AF_INET, ("127.0.0.1", self.ports[where][0])
        return socket.AF_UNIX, str(self.socket_path)

    def gateway_options(self):
        where = self.listens[self.gateway]
        kept = "" if where in self.ports else "unix:"
        return [f"--{self.gateway}", kept + self.local(where)]

    @property
    def changes(self):
        return {**self.site_changes, **{where: self.local(where)
                                        for where in self.listens.values()}}

    def site(self):
        return server_example(self.example, self.changes)


class CaddyProxy(Proxy, Caddy):
    example = "Caddyfile"


class CaddyWholePath(CaddyProxy):
    kind = "caddy-whole-path"

    @property
    def changes(self):
        return {**super().changes, "\tsplit /events\n": "\n"}


class HaproxyProxy(Proxy, Haproxy):
    example = "haproxy.cfg"
    listens = {"fastcgi": FASTCGI_PORT, "http": HTTP_PORT}


class HaproxyWholePath(HaproxyProxy):
    kind = "haproxy-whole-path"

    @property
    def changes(self):
        return {**super().changes, "path-info ^(/events)(/.*)?$": ""}


class H2oProxy(Proxy, H2o):
    example = "h2o.conf"


class NginxProxy(Proxy, NginxServer):
    kind = "nginx-proxy"
    example = "nginx-proxy.conf"
    listens = {"http": HTTP_PORT}


class ApacheProxy(Proxy, FastCgiApache):
    kind = "apache-proxy-http"
    example = "apache-proxy-http.conf"
    listens = {"http": HTTP_PORT}
    needs = ("proxy", "proxy_http")
    site_changes = {}


class NginxToSocket(NginxProxy):
    """Without a word to pipecast about the host that a browser asks for."""

    kind = "nginx-proxy-socket"
    listens = {"http": SOCKET}

    @property
    def changes(self):
        return {**self.site_changes,
                "http://127.0.0.1:8080;": f"http://unix:{self.socket_path};"}


class ApacheToSocket(ApacheProxy):
    kind = "apache-proxy-http-socket"
    listens = {"http": SOCKET}

    @property
    def changes(self):
        return {"http://127.0.0.1:8080/tools":
                f"unix:{self.socket_path}|http://localhost/tools"}


class NginxWholePath(Nginx):
    kind = "nginx-whole-path"

    @property
    def changes(self):
        return {**super().changes, "fastcgi_param PATH_INFO $1;": ""}


class ApacheWholePath(ApacheProxyFcgi):
    kind = "apache-proxy-fcgi-whole-path"

    @property
    def changes(self):
        return {**super().changes,
                "SetEnvIf Request_URI . proxy-fcgi-pathinfo=unescape": ""}


KINDS = {cls.kind: cls for cls in (
    CaddyProxy, CaddyWholePath, HaproxyProxy, HaproxyWholePath, H2oProxy,
    NginxProxy, NginxToSocket, ApacheProxy, ApacheToSocket, NginxWholePath,
    ApacheWholePath)}


@dataclasses.dataclass(frozen=True)
class Way:
    """A way from a browser to pipecast."""

    kind: str
    gateway: str
    path: str
    options: tuple = ()
    is_removed: bool = False

    def __str__(self):
        return f"{self.kind}{self.path}"

    @property
    def target(self):
        """Of the stream with all sources. What is removed ends in a slash."""
        return self.path + "/" * self.is_removed


EVENTS = "--base-path", "/events"
TOOLS = "--base-path", "/tools/live"


def fastcgi(kind, *options):
    return Way(kind, "fastcgi", "/events", options)


def removed(kind):
    return Way(kind, "http", "/live", is_removed=True)


def unchanged(kind, *options):
    return Way(kind, "http", "/tools/live", (*TOOLS, *options))


ALLOW = "--allow-host", HOST
WAYS = [
    fastcgi("caddy"), fastcgi("caddy-whole-path", *EVENTS),
    removed("caddy"), unchanged("caddy", *ALLOW),
    fastcgi("haproxy"), fastcgi("haproxy-whole-path", *EVENTS),
    removed("haproxy"), unchanged("haproxy", *ALLOW),
    fastcgi("h2o", *EVENTS), removed("h2o"), unchanged("h2o", *ALLOW),
    removed("nginx-proxy"), unchanged("nginx-proxy", *ALLOW),
    unchanged("nginx-proxy-socket"),
    removed("apache-proxy-http"), unchanged("apache-proxy-http", *ALLOW),
    unchanged("apache-proxy-http-socket"),
    fastcgi("nginx", *EVENTS), fastcgi("nginx-whole-path", *EVENTS),
    fastcgi("apache-proxy-fcgi", *EVENTS),
    fastcgi("apache-proxy-fcgi-whole-path", *EVENTS),
    fastcgi("lighttpd-fastcgi", *EVENTS),
]
