"""The web servers again, with pipecast behind them by FastCGI. Each is started
with a file of examples/servers; what is around it here is what the main
configuration file of the server's package brings."""

import os
import shlex
import shutil
import signal
import socket
import subprocess

import pytest

from examples import server_example
from one_program import OneProgram
from processes import end_marked, marked
from servers import (APACHE_MODULE_FOLDERS, GRACEFUL_SHUTDOWN_S, Apache,
                     Lighttpd, Server, find_program, free_port, service_user)
from waiting import wait_for

INSTALLED_SCRIPTS = "/usr/local/share/pipecast/cgi-bin"
INSTALLED_PATH = "/usr/local/bin:/usr/bin:/bin"
SOCKET = "/run/pipecast.sock"
CERTIFICATE = "/etc/ssl/certs/ssl-cert-snakeoil.pem"
CERTIFICATE_KEY = "/etc/ssl/private/ssl-cert-snakeoil.key"


def make_certificate(folder):
    subprocess.run(
        [find_program("openssl"), "req", "-x509", "-days", "2", "-nodes",
         "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-subj", "/CN=localhost", "-addext",
         "subjectAltName=DNS:localhost,IP:127.0.0.1",
         "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True, capture_output=True)


class BySocket(OneProgram):
    """pipecast runs by itself and listens on a socket."""

    target = "/events"

    def __init__(self, folder, binary):
        super().__init__(folder, binary)
        self.address = (socket.AF_UNIX, str(self.socket_path))
        make_certificate(folder)

    def start(self):
        self.tls_port = free_port()
        return super().start()

    @property
    def socket_path(self):
        return self.folder / "run" / "pipecast.sock"

    @property
    def changes(self):
        """What stands for the paths and ports of the example."""
        return {SOCKET: self.socket_path}

    @property
    def tls_changes(self):
        return {CERTIFICATE_KEY: self.folder / "key.pem",
                CERTIFICATE: self.folder / "cert.pem"}

    def gateway_options(self):
        return ["--fastcgi", f"unix:{self.socket_path}"]

    def put_lasting(self, name, *arguments):
        """On a socket that was handed over: pipecast keeps to it."""
        self.end_pipecast()
        self.spawn_pipecast(*arguments)
        return self.target

    def spawn_pipecast(self, *arguments):
        """With spawn-fcgi."""
        self.socket_path.unlink(missing_ok=True)
        words = [find_program("spawn-fcgi"), "-n", "-s",
                 str(self.socket_path), "--", str(self.binary),
                 *map(str, arguments)]
        self.run_program("exec " + shlex.join(words))


class NginxServer(Server):
    """nginx with a file of examples/servers."""

    graceful_signal = signal.SIGQUIT
    keeps_to_itself = frozenset({"x-accel-buffering"})
    example = ""

    def command(self, config):
        return [find_program("nginx"), "-c", str(config), "-e",
                str(self.error_log), "-g", "daemon off;"]

    @property
    def site_changes(self):
        return {"listen 80;": f"listen 127.0.0.1:{self.port};",
                "/var/www/html": self.folder / "htdocs"}

    def site(self):
        return server_example(self.example, self.changes)

    def configuration(self):
        shutil.copy("/etc/nginx/fastcgi_params", self.folder)
        user = service_user()
        folders = "\n".join(
            f"    {name}_temp_path {self.folder}/run;" for name in
            ("client_body", "fastcgi", "proxy", "scgi", "uwsgi"))
        return f"""
{f"user {user};" if user else ""}
worker_processes auto;
pid {self.folder}/run/nginx.pid;
error_log {self.error_log} notice;
worker_shutdown_timeout {GRACEFUL_SHUTDOWN_S}s;
events {{ worker_connections 768; }}
http {{
    include /etc/nginx/mime.types;
    access_log off;
{folders}
{self.site()}
}}
"""


class Nginx(BySocket, NginxServer):
    kind = "nginx"
    example = "nginx.conf"

    @property
    def changes(self):
        return {**super().changes, **self.tls_changes, **self.site_changes,
                "listen 443 ": f"listen 127.0.0.1:{self.tls_port} "}


class FastCgiApache(Apache):
    """Apache with the modules of a file of examples/servers."""

    mpm = "mpm_event"
    example = ""
    needs = ()

    def _modules(self):
        folder = next(f for f in APACHE_MODULE_FOLDERS if os.path.isdir(f))
        return [f"LoadModule {name}_module {folder}/mod_{name}.so"
                for name in (self.mpm, "unixd", "authz_core", "alias", "env",
                             "setenvif", "mime", "filter", "deflate",
                             *self.needs)
                if os.path.exists(f"{folder}/mod_{name}.so")]

    def tuning(self):
        return ["ThreadsPerChild 64", "MaxRequestWorkers 64",
                f"TypesConfig {os.devnull}"]

    def site(self):
        return server_example(self.example, self.changes)

    def _common(self):
        kept = super()._common().partition("ScriptAlias ")[0]
        return f"{kept}\n{self.site()}"


class ApacheProxyFcgi(BySocket, FastCgiApache):
    kind = "apache-proxy-fcgi"
    example = "apache-proxy-fcgi.conf"
    needs = ("proxy", "proxy_fcgi", "ssl", "socache_shmcb", "http2")

    def _common(self):
        http2 = server_example("apache-http2.conf", {
            **self.tls_changes, "*:443": f"*:{self.tls_port}",
            "/var/www/html": self.folder / "htdocs"})
        return (f"{super()._common()}\nListen 127.0.0.1:{self.tls_port}\n"
                f"{http2}")


class ApacheFcgid(FastCgiApache):
    """Starts pipecast by itself: a script for each stream, as with CGI."""

    kind = "apache-fcgid"
    example = "apache-fcgid.conf"
    needs = ("fcgid",)
    scripts_url = "/events/"

    @property
    def changes(self):
        return {INSTALLED_SCRIPTS: self.cgi_bin,
                INSTALLED_PATH: f"{self.binary.parent}:/usr/bin:/bin"}

    def _common(self):
        return f"""{super()._common()}
FcgidInitialEnv PIPECAST_TEST {self.mark}
FcgidIPCDir {self.folder}/run
FcgidProcessTableFile {self.folder}/run/fcgid
"""

    def start(self):
        if not os.access("/dev/shm", os.W_OK):
            pytest.skip("mod_fcgid needs /dev/shm, where nothing can be "
                        "written here")
        return super().start()

    def release(self):
        super().release()
        end_marked(self.mark, signal.SIGTERM)
        wait_for(lambda: not marked(self.mark), "end of all scripts")


class FastCgiLighttpd(Lighttpd):
    example = ""

    def site(self):
        return server_example(self.example, self.changes)

    def configuration(self):
        kept = super().configuration().partition("alias.url ")[0]
        kept = kept.replace("server.stream-response-body = 1\n", "")
        return f"{kept}\n{self.site()}"


class LighttpdFastCgi(BySocket, FastCgiLighttpd):
    kind = "lighttpd-fastcgi"
    example = "lighttpd.conf"


class LighttpdBinPath(FastCgiLighttpd):
    """Starts pipecast by itself, so that each stream takes a restart."""

    kind = "lighttpd-bin-path"
    example = "lighttpd-bin-path.conf"

    @property
    def changes(self):
        return {f"{INSTALLED_SCRIPTS}/tail-log.cgi": self.script,
                f'"{INSTALLED_PATH}"':
                    f'"{self.binary.parent}:/usr/bin:/bin", '
                    f'"PIPECAST_TEST" => "{self.mark}"',
                "/run/lighttpd/pipecast.sock":
                    self.folder / "run" / "pipecast.sock"}

    @property
    def script(self):
        return self.cgi_bin / "tail-log.cgi"

    def start(self):
        if not self.script.exists():
            super().put_script(self.script.name, "#!/bin/sh\nexec sleep 1d\n")
        return super().start()

    def put_script(self, name, text):
        self.stop()
        super().put_script(self.script.name, text)
        self.start()
        return "/events"


BY_SOCKET = (Nginx, ApacheProxyFcgi, LighttpdFastCgi)
SPAWNED = (ApacheFcgid, LighttpdBinPath)
