"""Real web servers, each in a temporary folder on a free port."""

import contextlib
import os
import pwd
import random
import secrets
import shlex
import signal
import socket
import subprocess

from client import HttpStream
from processes import end_group, end_marked
from waiting import wait_for

APACHE_MODULE_FOLDERS = ("/usr/lib/apache2/modules",
                         "/usr/lib64/httpd/modules", "/usr/lib/httpd/modules")
GRACEFUL_SHUTDOWN_S = 2


class StartFailed(Exception):
    pass


def find_program(*names):
    for name in names:
        for folder in ("/usr/sbin", "/usr/bin", "/usr/local/sbin"):
            if os.access(f"{folder}/{name}", os.X_OK):
                return f"{folder}/{name}"
    raise FileNotFoundError(f"none of {names} is installed")


def free_port():
    """A port outside of the range from which the kernel gives any free one, so
    that a server which starts anew finds it free."""
    while True:
        port = random.randrange(10240, 32768)
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port


def service_user():
    """Whom a server started by root should become, else None."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("www-data").pw_name
    except KeyError:
        return pwd.getpwnam("nobody").pw_name


class Server:
    """One running daemon, its cgi-bin and its error log."""

    kind = ""
    graceful_signal = None
    scripts_url = "/cgi-bin/"
    keeps_to_itself = frozenset()  # header fields that no client gets

    def __init__(self, folder, binary):
        self.folder = folder
        self.binary = binary
        self.cgi_bin = folder / "cgi-bin"
        self.error_log = folder / "error.log"
        self.mark = secrets.token_hex(8)
        self.streams = []
        self._make_folders()

    def _make_folders(self):
        for folder in (self.folder, self.cgi_bin, self.folder / "htdocs",
                       self.folder / "run"):
            folder.mkdir(exist_ok=True)
            folder.chmod(0o755)
        (self.folder / "run").chmod(0o777)
        self.error_log.touch()
        self.error_log.chmod(0o666)

    def start(self):
        for _ in range(10):
            self.port = free_port()
            try:
                self._start_once()
                return self
            except StartFailed as failure:
                reason = failure
        raise reason

    def _start_once(self):
        token = secrets.token_hex(16)
        (self.folder / "htdocs" / "token.txt").write_text(token)
        config = self.folder / "server.conf"
        config.write_text(self.configuration())
        with open(self.error_log, "ab") as log:
            self.process = subprocess.Popen(
                self.command(config), stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, start_new_session=True)
        try:
            wait_for(lambda: self._answers(token), f"start of {self.kind}")
            self.said_at_start = self.errors()
        except BaseException:
            self.stop()
            raise

    def _answers(self, token):
        """True once this very server, not another on its port, answers."""
        if self.process.poll() is not None:
            raise StartFailed(self.error_log.read_text())
        try:
            stream = HttpStream(self.port, "/token.txt",
                                headers={"Connection": "close"})
        except ConnectionRefusedError:
            return False
        try:
            stream.wait_end()
        except (AssertionError, ConnectionError):
            return False
        finally:
            stream.close()
        return stream.body.decode() == token

    def stop(self):
        """End the server at once, and all it started."""
        for stream in self.streams:
            stream.close()
        end_group(self.process)
        end_marked(self.mark)

    def close_streams(self):
        while self.streams:
            self.streams.pop().close()

    def release(self):
        """Between two tests: nobody reads any more."""
        self.close_streams()

    def ask_to_stop(self, signal_number):
        os.kill(self.process.pid, signal_number)

    def open(self, target, **request):
        """Send a request; the stream is closed with the server at last."""
        stream = HttpStream(self.port, target, **request)
        self.streams.append(stream)
        return stream

    def fetch(self, target, **request):
        """The whole answer to a request that is answered and ended."""
        request.setdefault("headers", {})["Connection"] = "close"
        stream = self.open(target, **request)
        stream.wait_end()
        return stream

    def put_script(self, name, text):
        """Put an executable into cgi-bin; returns its URL path. A file that
        is being executed cannot be written to."""
        fresh = self.cgi_bin / f"{name}.fresh"
        fresh.write_text(text)
        fresh.chmod(0o755)
        fresh.replace(self.cgi_bin / name)
        return f"{self.scripts_url}{name}"

    def put_shell(self, name, command, before=""):
        """A script whose shell becomes the command."""
        return self.put_script(name, f"#!/bin/sh\n{before}exec {command}\n")

    def put_pipecast(self, name, *arguments, before=""):
        """A script that becomes pipecast with these arguments."""
        words = [str(self.binary), *map(str, arguments)]
        return self.put_shell(name, shlex.join(words), before)

    def put_lasting(self, name, *arguments):
        """As put_pipecast, and still served when all sources have ended."""
        return self.put_pipecast(name, *arguments)

    def put_config(self, name, text):
        """An executable configuration file."""
        return self.put_script(name, f"#!{self.binary} -c\n{text}")

    def errors(self):
        return self.error_log.read_text(errors="replace")

    def wait_for_error(self, text):
        wait_for(lambda: text in self.errors(), f"{text!r} in the error log")


class Apache(Server):
    """Apache httpd, once with mod_cgid and once with mod_cgi."""

    graceful_signal = signal.SIGWINCH

    def command(self, config):
        return [find_program("apache2", "httpd"), "-f", str(config),
                "-DFOREGROUND"]

    def configuration(self):
        return "\n".join([*self._modules(), *self._user(), *self.tuning(),
                          self._common()])

    def _modules(self):
        folder = next(f for f in APACHE_MODULE_FOLDERS if os.path.isdir(f))
        names = [self.mpm, self.cgi, "unixd", "authz_core", "alias", "env",
                 "log_config"]
        return [f"LoadModule {name}_module {folder}/mod_{name}.so"
                for name in names
                if os.path.exists(f"{folder}/mod_{name}.so")]

    def _user(self):
        user = service_user()
        if user is None:
            return []
        return [f"User {user}", f"Group #{pwd.getpwnam(user).pw_gid}"]

    def _common(self):
        return f"""
ServerRoot {self.folder}
DefaultRuntimeDir {self.folder}/run
PidFile {self.folder}/run/httpd.pid
ServerName localhost
Listen 127.0.0.1:{self.port}
DocumentRoot {self.folder}/htdocs
ErrorLog {self.error_log}
StartServers 1
GracefulShutdownTimeout {GRACEFUL_SHUTDOWN_S}
ScriptAlias /cgi-bin/ {self.cgi_bin}/
<Directory {self.cgi_bin}>
    Require all granted
    SetEnv PATH {self.binary.parent}:/usr/bin:/bin
    SetEnv PIPECAST_TEST {self.mark}
    SetEnv XDG_RUNTIME_DIR {self.folder}/run
</Directory>
"""


class ApacheCgid(Apache):
    kind = "apache-cgid"
    mpm, cgi = "mpm_event", "cgid"

    def tuning(self):
        return [f"ScriptSock {self.folder}/run/cgid.sock",
                "ThreadsPerChild 32", "MaxRequestWorkers 32"]

    def _answers(self, token):
        """Scripts are run by a daemon of its own, which may come up later."""
        return super()._answers(token) and \
            any((self.folder / "run").glob("cgid.sock*"))


class ApacheCgi(Apache):
    kind = "apache-cgi"
    mpm, cgi = "mpm_prefork", "cgi"

    def tuning(self):
        return ["MinSpareServers 1", "MaxSpareServers 4",
                "MaxRequestWorkers 32"]


class Lighttpd(Server):
    kind = "lighttpd"
    graceful_signal = signal.SIGINT

    def command(self, config):
        return [find_program("lighttpd"), "-D", "-f", str(config)]

    def configuration(self):
        user = service_user()
        user_line = f'server.username = "{user}"' if user else ""
        return f"""
server.modules = ( "mod_alias", "mod_cgi", "mod_setenv" )
server.bind = "127.0.0.1"
server.port = {self.port}
{user_line}
server.document-root = "{self.folder}/htdocs"
server.upload-dirs = ( "{self.folder}/run" )
server.errorlog = "{self.error_log}"
server.breakagelog = "{self.error_log}"
server.stream-response-body = 1
server.feature-flags =
    ( "server.graceful-shutdown-timeout" => {GRACEFUL_SHUTDOWN_S} )
setenv.set-environment =
    ( "PATH" => "{self.binary.parent}:/usr/bin:/bin",
      "PIPECAST_TEST" => "{self.mark}",
      "XDG_RUNTIME_DIR" => "{self.folder}/run" )
alias.url = ( "/cgi-bin/" => "{self.cgi_bin}/" )
$HTTP["url"] =~ "^/cgi-bin/" {{ cgi.assign = ( "" => "" ) }}
"""


class SmallServer(Server):
    """One that needs no configuration, and gives its scripts the variables of
    the request alone: scripts set the others."""

    def __init__(self, folder, binary):
        super().__init__(folder, binary)
        (folder / "htdocs" / "cgi-bin").symlink_to(self.cgi_bin)

    def configuration(self):
        return ""

    def user(self):
        return ["-u", service_user()] if service_user() else []


class BusyBox(SmallServer):
    kind = "busybox"

    def command(self, config):
        return [find_program("busybox"), "httpd", "-f", "-c", str(config),
                "-p", f"127.0.0.1:{self.port}", *self.user(),
                "-h", str(self.folder / "htdocs")]


class MiniHttpd(SmallServer):
    kind = "mini-httpd"

    def command(self, config):
        return [find_program("mini_httpd"), "-D", "-h", "127.0.0.1",
                "-p", str(self.port), *self.user(), "-c", "cgi-bin/*",
                "-d", str(self.folder / "htdocs")]


KINDS = {cls.kind: cls for cls in (ApacheCgid, ApacheCgi, Lighttpd)}
SMALL_KINDS = {cls.kind: cls for cls in (BusyBox, MiniHttpd)}
