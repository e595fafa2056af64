"""The web servers again, with pipecast behind them by FastCGI. Each is started
with a file of examples/servers; what is around it here is what the main
configuration file of the server's package brings."""

import os
import pwd
import shlex
import shutil
import signal
import socket
import subprocess

from examples import server_example
from processes import end_group, end_marked, marked
from servers import (APACHE_MODULE_FOLDERS, GRACEFUL_SHUTDOWN_S, Apache,
                     Lighttpd, Server, find_program, free_port, service_user)
from waiting import wait_for

INSTALLED_SCRIPTS = "/usr/local/share/pipecast/cgi-bin"
INSTALLED_PATH = "/usr/local/bin:/usr/bin:/bin"
SOCKET = "/run/pipecast.sock"
CERTIFICATE = "/etc/ssl/certs/ssl-cert-snakeoil.pem"
CERTIFICATE_KEY = "/etc/ssl/private/ssl-cert-snakeoil.key"


def as_service_user():
    """Options of a process that runs as the web server does."""
    user = service_user()
    if user is None:
        return {}
    entry = pwd.getpwnam(user)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def accepts(path):
    """Whether somebody listens on a socket."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


def make_certificate(folder):
    subprocess.run(
        [find_program("openssl"), "req", "-x509", "-days", "2", "-nodes",
         "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-subj", "/CN=localhost", "-addext",
         "subjectAltName=DNS:localhost,IP:127.0.0.1",
         "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True, capture_output=True)


class BySocket(Server):
    """pipecast runs by itself and listens on a socket; it is the only one
    behind that server, from put_pipecast to the end of the test."""

    target = "/events"

    def __init__(self, folder, binary):
        self.program = None
        super().__init__(folder, binary)
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

    def put_pipecast(self, name, *arguments, before=""):
        self.end_pipecast()
        self.start_pipecast(*arguments, before=before)
        return self.target

    def put_lasting(self, name, *arguments):
        """On a socket that was handed over: pipecast keeps to it."""
        self.end_pipecast()
        self.spawn_pipecast(*arguments)
        return self.target

    def start_pipecast(self, *arguments, before=""):
        words = [str(self.binary), "--fastcgi", f"unix:{self.socket_path}",
                 *map(str, arguments)]
        self.run_program(before + "exec " + shlex.join(words))
        self.wait_listening()

    def spawn_pipecast(self, *arguments):
        """With spawn-fcgi."""
        self.socket_path.unlink(missing_ok=True)
        words = [find_program("spawn-fcgi"), "-n", "-s",
                 str(self.socket_path), "--", str(self.binary),
                 *map(str, arguments)]
        self.run_program("exec " + shlex.join(words))
        self.wait_listening()

    def wait_listening(self):
        wait_for(lambda: accepts(self.socket_path) or self._has_failed(),
                 "pipecast listens")

    def run_program(self, command):
        with open(self.error_log, "ab") as log:
            self.program = subprocess.Popen(
                ["sh", "-c", command], stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, cwd="/", start_new_session=True,
                env={"PATH": f"{self.binary.parent}:/usr/bin:/bin",
                     "PIPECAST_TEST": self.mark}, **as_service_user())

    def _has_failed(self):
        assert self.program.poll() is None, self.errors()
        return False

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


class Nginx(BySocket):
    kind = "nginx"
    graceful_signal = signal.SIGQUIT
    keeps_to_itself = frozenset({"x-accel-buffering"})

    def command(self, config):
        return [find_program("nginx"), "-c", str(config), "-e",
                str(self.error_log), "-g", "daemon off;"]

    @property
    def changes(self):
        return {**super().changes, **self.tls_changes,
                "listen 80;": f"listen 127.0.0.1:{self.port};",
                "listen 443 ": f"listen 127.0.0.1:{self.tls_port} ",
                "/var/www/html": self.folder / "htdocs"}

    def site(self):
        return server_example("nginx.conf", self.changes)

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
