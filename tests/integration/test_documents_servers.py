"""Every configuration that README shows is given to the server it is for."""

import re
import subprocess

import pytest

import fifo
from documents import of_kind, readme_blocks
from examples import put_in
from fastcgi_servers import SOCKET, ApacheProxyFcgi, LighttpdFastCgi, Nginx
from servers import (Apache, ApacheCgi, ApacheCgid, Lighttpd, StartFailed,
                     service_user)
from waiting import DEADLINE

PREFIX = "/usr/local"


def installed_here(snippet, server, source_tree):
    """The snippet with the paths of this test for those of an installation;
    the script is put where it then leads to."""
    for name in re.findall(rf"{PREFIX}/share/pipecast/cgi-bin/([\w.-]+)",
                           snippet):
        script = source_tree / "cgi-bin" / name
        # The hub has the mark of the server, which ends it.
        server.put_script(name, script.read_text(encoding="utf-8").replace(
            "exec pipecast", f"export XDG_RUNTIME_DIR={server.folder}/run "
            f"PIPECAST_TEST={server.mark}\nexec pipecast"))
    snippet = snippet.replace(f"{PREFIX}/share/pipecast/cgi-bin",
                              str(server.cgi_bin))
    snippet = snippet.replace(f"{PREFIX}/bin", str(server.binary.parent))
    assert PREFIX not in snippet
    return snippet


class ReadmeApache(Apache):
    snippet = ""

    def _common(self):
        kept = super()._common().partition("ScriptAlias ")[0]
        return f"{kept}\n{self.snippet}"


class ReadmeApacheCgid(ReadmeApache, ApacheCgid):
    pass


class ReadmeApacheCgi(ReadmeApache, ApacheCgi):
    pass


class ReadmeLighttpd(Lighttpd):
    snippet = ""

    def configuration(self):
        user = service_user()
        user_line = f'server.username = "{user}"' if user else ""
        return f"""
server.bind = "127.0.0.1"
server.port = {self.port}
{user_line}
server.document-root = "{self.folder}/htdocs"
server.upload-dirs = ( "{self.folder}/run" )
server.errorlog = "{self.error_log}"
{self.snippet}
"""


def assert_only_begins_alike(server):
    """/events.html is a page of the site."""
    page = server.folder / "htdocs" / "events.html"
    page.write_text("not pipecast")
    answer = server.fetch("/events.html")
    assert (answer.status, answer.text) == (200, "not pipecast")


@pytest.mark.parametrize("kind, block", [
    (ReadmeApacheCgid, "apache"),
    (ReadmeApacheCgi, "apache"),
    (ReadmeLighttpd, "lighttpd"),
])
def test_configurations_of_readme_stream(
        readme, source_tree, folder, binary, kind, block):
    server = kind(folder / "server", binary)
    snippet, = of_kind(readme_blocks(readme), block)
    server.snippet = installed_here(snippet, server, source_tree)
    server.start()
    try:
        assert_only_begins_alike(server)
        stream = server.open("/events").wait_open()
        rows = stream.next_data(3)  # of vmstat; two have its columns' names
    finally:
        server.stop()
    assert all(word.isdigit() for word in rows[2].split())


class ReadmeWithoutModule(ReadmeApache, ApacheCgi):
    cgi = "status"


def test_apache_of_readme_does_not_show_a_script_that_it_cannot_run(
        readme, source_tree, folder, binary):
    server = ReadmeWithoutModule(folder / "server", binary)
    snippet, = of_kind(readme_blocks(readme), "apache")
    server.snippet = installed_here(snippet, server, source_tree)
    with pytest.raises(StartFailed, match="a2enmod cgi"):
        server.start()


# The same by FastCGI.

class ReadmeNginx(Nginx):
    blocks = ("nginx", "nginx http2")

    def site(self):
        location, listen = self.snippets
        listen = put_in(listen, {"443": f"127.0.0.1:{self.tls_port}"})
        return f"""server {{
    listen 127.0.0.1:{self.port};
    root {self.folder}/htdocs;
    ssl_certificate {self.folder}/cert.pem;
    ssl_certificate_key {self.folder}/key.pem;
    {listen}{put_in(location, {SOCKET: self.socket_path})}}}"""


class ReadmeProxyFcgi(ApacheProxyFcgi):
    blocks = ("apache fastcgi",)

    def site(self):
        return put_in(self.snippets[0], {SOCKET: self.socket_path})


class ReadmeLighttpdFastCgi(LighttpdFastCgi):
    blocks = ("lighttpd fastcgi",)

    def site(self):
        return put_in(self.snippets[0], {SOCKET: self.socket_path})


@pytest.fixture
def readme_server(request, readme, folder, binary):
    """A server with blocks of README as its configuration."""
    server = request.param(folder / "server", binary)
    server.snippets = [block for kind in server.blocks
                       for block in of_kind(readme_blocks(readme), kind)]
    server.start()
    yield server
    server.stop()


@pytest.mark.parametrize(
    "readme_server", [ReadmeNginx, ReadmeProxyFcgi, ReadmeLighttpdFastCgi],
    indirect=True)
def test_fastcgi_configurations_of_readme_stream(readme_server, folder):
    path = folder / "events.fifo"
    readme_server.put_pipecast("readme", f"first=fifo:{path}",
                               f"second=fifo:{folder}/second.fifo")
    streams = [readme_server.open(target).wait_open()
               for target in ("/events", "/events/first")]
    other = readme_server.open("/events/second").wait_open()
    assert_only_begins_alike(readme_server)
    for n in range(3):
        fifo.write_once(path, b"%d\n" % n)
        for stream in streams:
            event = stream.next_event()
            assert (event.type, event.data) == ("first", str(n))
    assert not other.waiting_events


@pytest.mark.parametrize("readme_server", [ReadmeNginx], indirect=True)
def test_nginx_of_readme_speaks_http_2(readme_server):
    said = subprocess.run(
        ["curl", "-s", "--cacert", readme_server.folder / "cert.pem",
         "--write-out", " HTTP/%{http_version}",
         f"https://127.0.0.1:{readme_server.tls_port}/token.txt"],
        capture_output=True, text=True, timeout=DEADLINE, check=True).stdout
    assert said.endswith(" HTTP/2")


@pytest.mark.parametrize("kind, wanted, names", [
    ("systemd", "sockets.target.wants/pipecast.socket",
     ["pipecast.service", "pipecast.socket"]),
    ("service", "sockets.target.wants/pipecast-http.socket",
     ["pipecast-http.service", "pipecast-http.socket"])])
def test_systemd_commands_of_readme_enable_a_unit(
        readme, source_tree, folder, kind, wanted, names):
    block, = of_kind(readme_blocks(readme), kind)
    copy, enable = block.splitlines()
    units = folder / "etc" / "systemd" / "system"
    units.mkdir(parents=True)
    assert copy.endswith(" /etc/systemd/system")
    subprocess.run(["sh", "-c", copy.replace("/etc/", f"{folder}/etc/")],
                   cwd=source_tree, timeout=DEADLINE, check=True)
    # There is no systemd that could start anything now.
    enable = put_in(enable, {"systemctl": f"systemctl --root={folder}",
                             " --now": ""})
    subprocess.run(["sh", "-c", enable], timeout=DEADLINE, check=True,
                   capture_output=True)
    assert (units / wanted).is_symlink()
    assert sorted(path.name for path in units.glob("pipecast*")) == names
