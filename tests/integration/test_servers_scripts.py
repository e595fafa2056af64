"""The files of examples/servers with which a server starts a script, where the
suite does not start the server with them anyway; and what they leave alone."""

import subprocess

import pytest

from examples import server_example
from fastcgi_servers import INSTALLED_PATH, INSTALLED_SCRIPTS, NginxServer
from leaving import OFTEN
from one_program import as_service_user
from processes import end_group, read_pid, wait_gone, write_pid
from servers import (Apache, ApacheCgi, ApacheCgid, StartFailed,
                     find_program)

N_EVENTS = 5
SCRIPT = "server-time.cgi"


class ApacheExample(Apache):
    """Apache with apache-cgi.conf, whose script is that of the test."""

    def _common(self):
        kept = super()._common().partition("ScriptAlias ")[0]
        return kept + server_example("apache-cgi.conf", {
            INSTALLED_SCRIPTS: self.cgi_bin,
            INSTALLED_PATH: f"{self.binary.parent}:/usr/bin:/bin",
            "SetEnv no-gzip": f"SetEnv PIPECAST_TEST {self.mark}\n"
                              "    SetEnv no-gzip"})

    def put_pipecast(self, name, *arguments, before=""):
        super().put_pipecast(SCRIPT, *arguments, before=before)
        return "/events"


class ExampleCgid(ApacheExample, ApacheCgid):
    pass


class ExampleCgi(ApacheExample, ApacheCgi):
    pass


class ExampleWithoutModule(ApacheExample, ApacheCgi):
    cgi = "status"


class NginxFcgiwrap(NginxServer):
    kind = "nginx-fcgiwrap"
    example = "nginx-fcgiwrap.conf"

    @property
    def changes(self):
        return {**self.site_changes,
                "/usr/local/share/pipecast$": f"{self.folder}$",
                "/run/fcgiwrap.socket": self.folder / "run" / "fcgiwrap.sock",
                INSTALLED_PATH: f"{self.binary.parent}:/usr/bin:/bin"}

    def start(self):
        with open(self.error_log, "ab") as log:
            self.fcgiwrap = subprocess.Popen(
                [find_program("fcgiwrap"), "-fc4", "-s",
                 f"unix:{self.folder}/run/fcgiwrap.sock"],
                env={"PATH": "/usr/bin:/bin", "PIPECAST_TEST": self.mark},
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, **as_service_user())
        return super().start()

    def stop(self):
        super().stop()
        end_group(self.fcgiwrap)


@pytest.fixture(params=[ExampleCgid, ExampleCgi, NginxFcgiwrap])
def example(request, binary, folder):
    server = request.param(folder / "server", binary).start()
    yield server
    server.stop()


def test_each_line_arrives_at_once_until_the_viewer_leaves(
        example, script_name, log, folder):
    pid_file = folder / "pid"
    target = example.put_pipecast(
        script_name, *OFTEN, f"first=file:{log.path}",
        f"second=fifo:{folder}/second.fifo", before=write_pid(pid_file))
    streams = [example.open(viewed).wait_open()
               for viewed in (target, f"{target}/first")]
    for n in range(N_EVENTS):
        log.write_line(str(n))
        for stream in streams:
            assert stream.next_event().data == str(n)
    pid = read_pid(pid_file)
    for stream in streams:
        stream.close()
    wait_gone(pid)


def test_apache_does_not_show_a_script_that_it_cannot_run(binary, folder):
    server = ExampleWithoutModule(folder / "server", binary)
    with pytest.raises(StartFailed, match="a2enmod cgi"):
        server.start()
