"""The reverse proxies of README, each as printed there, in front of a listener
and with a password."""

import base64
import os
import subprocess

import pytest

import fifo
from documents import of_kind, readme_blocks
from examples import put_in
from fastcgi_servers import FastCgiApache, NginxServer
from http_program import HttpProgram
from proxies import Caddy, Haproxy
from waiting import DEADLINE

USERS = "/etc/pipecast.users"
UPSTREAM = "127.0.0.1:8080"
PASSWORD = "an open secret"
AUTHORIZATION = "Basic " + base64.b64encode(
    f"alice:{PASSWORD}".encode()).decode()


def output_of(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True,
                          timeout=DEADLINE).stdout.strip()


class Proxy:
    """Its configuration is a block of README, for these changes."""

    block = ""
    upstream = ""
    users = ""

    def proxy(self, **changes):
        return put_in(self.block, {UPSTREAM: self.upstream, **changes})


class NginxProxy(Proxy, NginxServer):
    kind = "nginx proxy"

    def site(self):
        return f"""server {{
    listen 127.0.0.1:{self.port};
    root {self.folder}/htdocs;
    {self.proxy(**{USERS: self.users})}}}"""


class ApacheProxy(Proxy, FastCgiApache):
    kind = "apache proxy"
    needs = ("proxy", "proxy_http", "authn_core", "authn_file", "auth_basic",
             "authz_user")

    def site(self):
        return self.proxy(**{USERS: self.users})


class CaddyProxy(Proxy, Caddy):
    kind = "caddy proxy"

    def site(self):
        hashed = output_of("caddy", "hash-password", "--plaintext", PASSWORD)
        return f"""http://:{self.port} {{
    bind 127.0.0.1
    root * {self.folder}/htdocs
    file_server
    {self.proxy(HASH=hashed)}
}}
"""


class HaproxyProxy(Proxy, Haproxy):
    kind = "haproxy proxy"

    def site(self):
        hashed = output_of("openssl", "passwd", "-6", PASSWORD)
        return self.proxy(**{"HASH": hashed, **self.site_changes})


@pytest.fixture(scope="module")
def blocks(readme):
    return readme_blocks(readme)


@pytest.fixture
def users(blocks, folder):
    """The file of passwords that README makes, which asks for one."""
    path = folder / "users"
    line, = of_kind(blocks, "password")
    command = put_in(line, {USERS: path, "htpasswd ": "htpasswd -i "})
    subprocess.run(["sh", "-c", command], input=PASSWORD, text=True,
                   check=True, capture_output=True, timeout=DEADLINE)
    os.chmod(path, 0o644)
    return path


@pytest.fixture
def program(binary, folder):
    program = HttpProgram(binary, [f"first=fifo:{folder}/first.fifo",
                                   f"second=fifo:{folder}/second.fifo"],
                          folder)
    yield program
    program.stop()


@pytest.fixture(params=[NginxProxy, ApacheProxy, CaddyProxy, HaproxyProxy],
                ids=lambda kind: kind.kind)
def proxy(request, blocks, folder, binary, users, program):
    proxy = request.param(folder / "server", binary)
    proxy.block, = of_kind(blocks, proxy.kind)
    proxy.upstream = f"127.0.0.1:{program.port}"
    proxy.users = users
    proxy.start()
    yield proxy
    program.stop()  # first, or Apache would wait for it
    proxy.stop()


def open_with_password(proxy, target):
    """Asks for the host that a browser elsewhere would."""
    return proxy.open(target, headers={
        "Host": "www.example.org", "Authorization": AUTHORIZATION}).wait_open()


def test_proxy_of_readme_streams_and_asks_for_a_password(proxy, folder):
    refused = proxy.fetch("/events/")
    assert refused.status == 401
    streams = [open_with_password(proxy, target)
               for target in ("/events/", "/events/first")]
    other = open_with_password(proxy, "/events/second")
    assert {stream.status for stream in (*streams, other)} == {200}
    for n in range(3):
        fifo.write_once(folder / "first.fifo", b"%d\n" % n)
        for stream in streams:
            event = stream.next_event()
            assert (event.type, event.data) == ("first", str(n))
    assert not other.waiting_events
