"""What README, NEWS and the manual say: every command in them is run, every
configuration is given to a real server, every option is compared."""

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import textwrap

import pytest

import fifo
from activation import unit
from client import EventStream, HttpStream
from documents import kind_of, manual_blocks, of_kind, readme_blocks
from examples import put_in
from fastcgi_servers import SOCKET, ApacheProxyFcgi, LighttpdFastCgi, Nginx
from http_program import HttpProgram
from one_program import accepts
from processes import end_group, end_marked
from program import plain_environment
from servers import (Apache, ApacheCgi, ApacheCgid, Lighttpd, StartFailed,
                     service_user)
from terminals import skip_without_terminals
from waiting import DEADLINE, wait_for

PREFIX = "/usr/local"
LOG = "/var/log/dpkg.log"

README_BLOCKS = ["browser", "bootstrap", "browser", "journal", "follow",
                 "several", "shell", "fifo", "send", "send from cron",
                 "spool", "append", "token file", "token", "token curl",
                 "service", "password", "nginx proxy", "apache proxy",
                 "caddy proxy", "haproxy proxy", "sub-path", "systemd",
                 "nginx", "apache fastcgi", "lighttpd fastcgi", "apache",
                 "lighttpd", "rights", "nginx http2"]
MANUAL_BLOCKS = ["shell", "browser", "browser", "check", "shell", "shell",
                 "shell", "fastcgi",
                 "script", "script"]


# Finding what is shown.

@pytest.fixture(scope="module")
def readme(source_tree):
    return (source_tree / "README").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def manual(source_tree):
    return (source_tree / "man" / "pipecast.1").read_text(encoding="utf-8")


def test_every_block_of_readme_is_of_a_kind_that_is_tried(readme):
    assert [kind_of(block) for block in readme_blocks(readme)] == \
        README_BLOCKS


def test_every_example_of_the_manual_is_of_a_kind_that_is_tried(manual):
    assert [kind_of(block) for block in manual_blocks(manual)] == \
        MANUAL_BLOCKS


def test_no_example_follows_a_file_that_debian_lacks(source_tree):
    for folder in ("README", "man", "cgi-bin", "examples"):
        for path in (source_tree / folder, *(source_tree / folder).rglob("*")):
            if path.is_file():
                assert b"/var/log/syslog" not in path.read_bytes(), path


# Commands for a terminal.

class Shell:
    """A command line given to sh, with its output as an event stream."""

    def __init__(self, command, folder, binary, mark):
        self.mark = mark
        self.process = subprocess.Popen(
            ["sh", "-c", command], cwd=folder, start_new_session=True,
            env={"PATH": f"{folder}/bin:{binary.parent}:/usr/bin:/bin", "TZ": "UTC",
                 "LC_ALL": "C.UTF-8", "PIPECAST_TEST": mark},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self.stream = EventStream(self.process.stdout.fileno())

    def stop(self):
        self.process.stdout.close()
        end_group(self.process)
        end_marked(self.mark)


@pytest.fixture
def shell(binary, folder):
    started = []

    def start(command):
        mark = f"{folder.name}-{len(started)}"
        started.append(Shell(command, folder, binary, mark))
        return started[-1].stream

    yield start
    for program in started:
        program.stop()


@pytest.fixture
def log(folder):
    """The last lines of a log file, and of the journal."""
    path = folder / "log"
    path.write_text("".join(f"line {n}\n" for n in range(20)))
    command = folder / "bin" / "journalctl"
    command.parent.mkdir()
    command.write_text('#!/bin/sh\n[ "$*" = "-f -n 20" ] || exit 1\n'
                       f"exec tail -n 20 -F {path}\n")
    command.chmod(0o755)
    return path


def assert_vmstat(stream):
    lines = stream.next_data(3)
    assert "procs" in lines[0]
    assert re.fullmatch(r"[\d\s]+", lines[2])


def append_line(log):
    with open(log, "a", encoding="ascii") as file:
        file.write("another line\n")


def assert_log_and_load(stream, log):
    append_line(log)
    last = {"log": "", "load": ""}
    while last["log"] != "another line" or not last["load"]:
        event = stream.next_event()
        last[event.type] = event.data
    assert set(last) == {"log", "load"}
    assert re.match(r"[\d.]+ [\d.]+ [\d.]+ ", last["load"])


def assert_json(stream):
    event, end = stream.wait_end()
    assert (event.type, event.id, event.data) == ("news", "7", '{"n":1}')
    assert end.type == "end"


def assert_streams(stream, command, log):
    """What the command, which is one of the documents', should send."""
    assert stream.wait_open().status == 200
    if "--format json" in command:
        assert_json(stream)
    elif "log=exec:" in command:
        assert_log_and_load(stream, log)
    else:
        assert "vmstat" in command
        assert_vmstat(stream)


def test_terminal_commands_of_readme_stream(readme, shell, log):
    for command in of_kind(readme_blocks(readme), "shell"):
        assert_streams(shell(command), command, log)


@pytest.mark.parametrize("number", range(MANUAL_BLOCKS.count("shell")))
def test_terminal_commands_of_the_manual_stream(manual, shell, log, number):
    command = of_kind(manual_blocks(manual), "shell")[number]
    if "--pty" in command:
        skip_without_terminals()
    stream = shell(command.replace(LOG, str(log)))
    assert_streams(stream, command, log)


@pytest.fixture
def browse(binary, folder):
    """Starts a command line of a document, on a port that is free."""
    started = []

    def start(command):
        assert re.match(r"(.* \| )?pipecast\b", command)
        command = re.sub(r"pipecast(?= |$)", "pipecast --http 0", command)
        started.append(HttpProgram(
            "sh", ["-c", command],
            folder, listen=None, cwd=folder,
            env=plain_environment(
                PATH=f"{folder}/bin:{binary.parent}:/usr/bin:/bin")))
        return started[-1]

    yield start
    for program in started:
        program.stop()


@pytest.mark.parametrize("blocks_of, document", [
    (readme_blocks, "readme"), (manual_blocks, "manual")])
def test_commands_for_a_browser_stream(
        request, blocks_of, document, browse, folder):
    (folder / "Makefile").write_text("all:\n\t@echo built\n")
    commands = of_kind(blocks_of(request.getfixturevalue(document)), "browser")
    assert len(commands) == 2
    for command in commands:
        stream = browse(command).open()
        if "vmstat" in command:  # whose heading may be past by now
            assert re.fullmatch(r"[\d\s]+", stream.next_data(3)[-1])
        else:
            built, end = stream.wait_end()
            assert (built.data, end.type) == ("built", "end")


def test_followed_file_of_readme_begins_with_its_last_lines(
        readme, browse, log):
    command, = of_kind(readme_blocks(readme), "follow")
    stream = browse(command.replace(LOG, str(log))).open()
    assert stream.next_data(10) == [f"line {n}" for n in range(10, 20)]
    append_line(log)
    assert stream.next_event().data == "another line"


def assert_journal(stream, log):
    stream.wait_open()  # before that, a line may be past
    append_line(log)
    while stream.next_event().data != "another line":
        pass


def test_journal_of_readme_is_followed(readme, browse, log):
    command, = of_kind(readme_blocks(readme), "journal")
    assert_journal(browse(command).open(), log)


def test_http_service_of_readme_shows_the_journal(readme, browse, log):
    copy = of_kind(readme_blocks(readme), "service")[0].split()[1]
    assert copy == "examples/servers/pipecast-http.s*"
    line, = unit("pipecast-http.service")["ExecStart"]
    command = put_in(line, {f"{PREFIX}/bin/pipecast": "pipecast"})
    assert_journal(browse(command).open(), log)


def test_services_of_readme_have_the_rights_that_it_gives_to_scripts(readme):
    block, = of_kind(readme_blocks(readme), "rights")
    adduser, user, group = block.split()
    assert (adduser, user) == ("adduser", "www-data")
    for name in ("pipecast.service", "pipecast-http.service"):
        assert unit(name)["SupplementaryGroups"] == [group]


def test_stream_of_readme_is_found_behind_a_path_and_a_host(readme, browse):
    command, = of_kind(readme_blocks(readme), "sub-path")
    program = browse(command)
    stream = program.open("/events", headers={"Host": "www.example.org"})
    assert stream.wait_open().status == 200
    elsewhere = program.fetch("/events", headers={"Host": "www.example.com"})
    assert elsewhere.status == 403


def test_token_of_readme_opens_the_stream(readme, browse, folder):
    make, command, curl = (of_kind(readme_blocks(readme), kind)[0]
                           for kind in ("token file", "token", "token curl"))
    subprocess.run(["sh", "-c", make], cwd=folder, check=True,
                   env=plain_environment())
    program = browse(command.replace(" --http 0.0.0.0:8080", ""))
    assert program.fetch().status == 401
    curl = curl.replace("http://127.0.0.1:8080/", program.urls()[0])
    with subprocess.Popen(["sh", "-c", f"exec {curl}"], cwd=folder,
                          stdout=subprocess.PIPE) as got:
        line = got.stdout.readline()
        got.terminate()
    assert line == b": pipecast\n"


# A FIFO.

def run_in(folder, command):
    return subprocess.run(["sh", "-c", command], cwd=folder, timeout=DEADLINE,
                          capture_output=True, check=False).returncode


def test_scripts_of_readme_send_events_through_a_fifo(readme, browse, folder):
    blocks = readme_blocks(readme)
    command, = of_kind(blocks, "fifo")
    stream = browse(command).open().wait_open()
    wait_for((folder / "events").is_fifo, "the FIFO")
    for kind in ("send", "send from cron"):
        send, = of_kind(blocks, kind)
        assert run_in(folder, send) == 0
        assert stream.next_event().data == "backup finished"


def test_cron_job_of_readme_fails_at_once_without_a_reader(readme, folder):
    send, = of_kind(readme_blocks(readme), "send from cron")
    assert run_in(folder, send) != 0
    assert not (folder / "events").exists()
    os.mkfifo(folder / "events")
    assert run_in(folder, send) != 0


def test_script_of_readme_appends_an_event_to_a_spool(readme, browse, folder):
    blocks = readme_blocks(readme)
    command, = of_kind(blocks, "spool")
    append, = of_kind(blocks, "append")
    stream = browse(command).open().wait_open()
    assert run_in(folder, append) == 0
    assert stream.next_event().data == "backup finished"


def test_sources_of_readme_are_streams_of_their_own(readme, browse, log):
    command, = of_kind(readme_blocks(readme), "several")
    program = browse(command.replace(LOG, str(log)))
    both, load = program.open(), program.open("/load")
    both.wait_open()
    assert load.next_event().type == "load"
    assert_log_and_load(both, log)
    report = json.loads(program.fetch("/.status").text)
    assert report["viewers"] == 2


def test_check_of_the_manual_says_what_would_run(manual, binary):
    for block in of_kind(manual_blocks(manual), "check"):
        words = shlex.split(block)
        said = subprocess.run([binary, *words[1:]], capture_output=True,
                              text=True, timeout=DEADLINE, check=True)
        assert words[-1] in said.stdout
        assert "event type tick" in said.stdout
        assert said.stderr == ""


def test_fastcgi_command_of_the_manual_listens(manual, run, folder, log):
    block, = of_kind(manual_blocks(manual), "fastcgi")
    path = folder / "pipecast.sock"
    command = put_in(block, {SOCKET: path, LOG: log})
    program = run(*shlex.split(command)[1:])
    wait_for(lambda: accepts(socket.AF_UNIX, str(path)), "a listening socket")
    program.send_signal(signal.SIGTERM)
    assert program.wait_exit() == 0


# Scripts for cgi-bin.

@pytest.mark.parametrize("number", range(MANUAL_BLOCKS.count("script")))
def test_scripts_of_the_manual_stream(
        manual, apache_cgid, script_name, binary, log, number):
    server = apache_cgid
    script = of_kind(manual_blocks(manual), "script")[number]
    text = script.replace(f"{PREFIX}/bin", str(binary.parent))
    stream = server.open(server.put_script(
        script_name.replace("[", "").replace("]", ""),
        text.replace(LOG, str(log))))
    if LOG in script:
        assert stream.next_data(10) == [f"line {n}" for n in range(10, 20)]
    else:
        event = stream.next_event()
        assert event.type == "server-time"
        assert re.fullmatch(r"\d{10}\.\d{6}", event.data)


# Configurations of servers.

def installed_here(snippet, server, source_tree):
    """The snippet with the paths of this test for those of an installation;
    the script is put where it then leads to."""
    for name in re.findall(rf"{PREFIX}/share/pipecast/cgi-bin/([\w.-]+)",
                           snippet):
        script = source_tree / "cgi-bin" / name
        server.put_script(name, script.read_text(encoding="utf-8"))
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
        stream = server.open("/events").wait_open()
        first, second = stream.next_events(2)
    finally:
        server.stop()
    assert first.type == second.type == "server-time"
    assert 2.5 < float(second.data) - float(first.data)


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


# The bootstrap commands, on a tree whose build is over at once: its configure
# and make put the program under test in place.

CONFIGURE = r"""#!/bin/sh
printf '#!/bin/sh\n' >config.status
chmod +x config.status
printf 'all:\n\tcp -f %s pipecast\n' '{binary}' >Makefile
printf 'check:\n\t@echo the suite runs\n' >>Makefile
"""


@pytest.fixture
def tree(source_tree, folder, binary):
    """A checkout, in which nothing can be installed."""
    tree = folder / "tree"
    tree.mkdir()
    shutil.copy(source_tree / "bootstrap", tree)
    (tree / "tests").mkdir()
    shutil.copy(source_tree / "tests" / "summary", tree / "tests")
    (tree / "configure").write_text(CONFIGURE.format(binary=binary))
    (folder / "no").mkdir()
    for name in ("apt-get", "sudo"):
        (folder / "no" / name).write_text("#!/bin/sh\nexit 1\n")
        (folder / "no" / name).chmod(0o755)
    (tree / "configure").chmod(0o755)
    (folder / "tmp").mkdir(mode=0o755)
    return tree


@pytest.fixture
def bootstrap(tree, folder):
    """Starts a command line there, with its output in a file."""
    started = []
    outer = {"BUILD_DIR", "MAKEFLAGS", "MFLAGS", "MAKELEVEL"}
    environment = {name: value for name, value in os.environ.items()
                   if name not in outer}

    def start(line):
        path = folder / f"output-{len(started)}"
        with open(path, "wb") as output:
            started.append(subprocess.Popen(
                ["sh", "-c", f"exec {line}"], cwd=tree, start_new_session=True,
                env={**environment, "TMPDIR": str(folder / "tmp"),
                     "PATH": f"{folder / 'no'}:{os.environ['PATH']}"},
                stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT))
        started[-1].output = path
        return started[-1]

    yield start
    for process in started:
        end_group(process)


def bootstrap_lines(readme):
    lines = [line.partition("#")[0].strip()
             for block in of_kind(readme_blocks(readme), "bootstrap")
             for line in block.splitlines()]
    return lines + re.findall(r"`(\./bootstrap [^`]+)`", readme)


def test_readme_names_the_bootstrap_commands(readme):
    assert bootstrap_lines(readme) == [
        "./bootstrap demo", "./bootstrap check", "./bootstrap build"]


def test_bootstrap_builds(bootstrap, tree):
    build = bootstrap("./bootstrap build")
    assert build.wait(DEADLINE) == 0
    assert os.access(tree / "pipecast", os.X_OK)
    built, following = build.output.read_text().splitlines()[-2:]
    assert built.startswith(f"bootstrap: built {tree}/pipecast")
    assert following.startswith("bootstrap: Next: ")


@pytest.mark.parametrize("status", (0, 100))
def test_bootstrap_shows_the_messages_of_apt_only_if_it_fails(
        bootstrap, folder, status):
    """A fresh system has messages that sound like errors and are none; so has
    a repository that cannot be reached."""
    scripts = {
        "id": "echo 1000",
        "pkg-config": f"[ -e {folder}/installed ]",
        "apt-get": f"""
            echo 'invoke-rc.d: could not determine current runlevel' >&2
            case "$*" in *install*) ;; *) exit 100 ;; esac
            echo 'Setting up libjansson-dev:amd64 (2.14-2) ...'
            : >{folder}/installed
            exit {status}""",
        "sudo": """
            [ "$1" != -n ] || shift
            case $1 in apt-get | env) exec "$@" ;; tee) cat >&2 ;; esac"""}
    for name, script in scripts.items():
        path = folder / "no" / name
        path.write_text(f"#!/bin/sh\n{textwrap.dedent(script)}\n")
        path.chmod(0o755)
    build = bootstrap("./bootstrap build")
    assert build.wait(DEADLINE) == (1 if status else 0)
    output = build.output.read_text()
    assert "bootstrap: installed libjansson-dev\n" in output
    assert ("could not determine" in output) == bool(status)
    assert not list((folder / "tmp").iterdir())


def test_bootstrap_checks(bootstrap, tree):
    check = bootstrap("./bootstrap check")
    assert check.wait(DEADLINE) == 0
    assert os.access(tree / "pipecast", os.X_OK)
    assert "the suite runs" in check.output.read_text()


def test_bootstrap_names_what_failed_and_was_skipped_last(bootstrap, tree):
    results = [":test-result: PASS one", ":test-result: FAIL two: broken",
               ":test-result: SKIP three: no room"]
    with open(tree / "configure", "a", encoding="ascii") as configure:
        configure.write("printf '\\t@printf \"%%s\\\\n\" "
                        + " ".join(f'"{line}"' for line in results)
                        + " >tests/a.trs; exit 1\\n' >>Makefile\n")
    check = bootstrap("./bootstrap check")
    assert check.wait(DEADLINE) != 0
    assert check.output.read_text().splitlines()[-3:] == [
        "  FAIL: two: broken", "  SKIP: three: no room",
        "1 passed, 1 failed, 1 skipped"]


def wait_port(demo):
    """Wait until a demonstration says where it is."""
    def printed():
        output = demo.output.read_text()
        assert demo.poll() is None, output
        return re.search(r"^pipecast: http://127\.0\.0\.1:(\d+)/$",
                         output, re.M)
    return int(wait_for(printed, "the address")[1])


def assert_nothing_left(demo):
    assert demo.wait(DEADLINE) == 0
    with pytest.raises(ProcessLookupError):
        os.killpg(demo.pid, 0)


def test_bootstrap_shows_streams(bootstrap):
    demo = bootstrap("./bootstrap demo")
    port = wait_port(demo)
    page = HttpStream(port, "/", headers={"Accept": "text/html"})
    page.wait_end()
    assert page.headers["content-type"].startswith("text/html")
    page.close()
    for name in ("vmstat", "time"):
        stream = HttpStream(port, f"/{name}")
        assert stream.next_event().type == name
        stream.close()
    os.kill(demo.pid, signal.SIGTERM)
    assert_nothing_left(demo)


def test_bootstrap_shows_streams_on_another_port_if_one_is_taken(bootstrap):
    demos, ports = [], set()
    for _ in range(2):
        demos.append(bootstrap("./bootstrap demo"))
        ports.add(wait_port(demos[-1]))
    assert len(ports) == 2 and ports < set(range(8080, 8090))
    for demo in demos:
        os.killpg(demo.pid, signal.SIGINT)  # as Ctrl-C does
        assert_nothing_left(demo)


def test_bootstrap_says_that_the_port_it_was_given_is_taken(bootstrap):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        demo = bootstrap(f"./bootstrap demo --port {port}")
        assert demo.wait(DEADLINE) == 1
    output = demo.output.read_text()
    assert f"cannot listen on {port}: another program" in output
    assert output.endswith(
        f"bootstrap: --port {port} cannot be used; without --port, demo "
        "takes the first free one of 8080 to 8089\n")


@pytest.mark.parametrize("arguments, words", [
    ("--port x", "not 'x'"), ("--port=0", "not '0'"), ("--port", "not ''"),
    ("--port 70000", "not '70000'"), ("-p 80", "no option -p"),
    ("--prot 80", "no option --prot"), ("80", "no option 80"),
    ("--enable-werror --port 80", "right after demo")])
def test_bootstrap_refuses_what_is_no_port_before_anything_else(
        bootstrap, arguments, words):
    demo = bootstrap(f"./bootstrap demo {arguments}")
    assert demo.wait(DEADLINE) == 1
    said, = demo.output.read_text().splitlines()
    assert words in said


def test_make_install_is_a_target(readme, source_tree):
    """Automake's own; what is installed is listed for it."""
    assert "`make install`" in readme
    lists = (source_tree / "Makefile.am").read_text(encoding="utf-8")
    for name in ("man/pipecast.1", "README", "NEWS", "bin_PROGRAMS"):
        assert name in lists


# Options.

@pytest.fixture(scope="module")
def help_text(binary):
    return subprocess.run([binary, "--help"], capture_output=True, text=True,
                          timeout=DEADLINE, check=True).stdout


def help_rows(text):
    """Of each option (letter, name, argument), and its text."""
    rows = {}
    for line in text.splitlines():
        found = re.match(r"  (?:-(.),|   ) --([a-z-]+)(?: ([A-Z]+))?(.*)",
                         line)
        if found:
            key = found[1], found[2], found[3]
            rows[key] = found[4].strip()
        elif rows and line.startswith(" " * 28):
            rows[key] += " " + line.strip()
    return rows


def manual_rows(text):
    section = text.partition("\n.Ss Options\n")[2].partition("\n.Ss ")[0]
    rows = {}
    for item in section.split("\n.It ")[1:]:
        head, _, body = item.partition("\n")
        found = re.fullmatch(
            r"(?:Fl (\w) , )?Fl Fl ([a-z-]+)(?: Ar ([A-Z]+))?", head)
        assert found, head
        rows[found.groups()] = body
    return rows


def default_of(text, pattern):
    found = re.search(pattern, text)
    return found and found[1]


def test_help_and_manual_name_the_same_options_in_the_same_order(
        help_text, manual):
    rows = list(help_rows(help_text))
    assert len(rows) > 20
    assert rows == list(manual_rows(manual))


def test_help_and_manual_name_the_same_defaults(help_text, manual):
    compared = 0
    described = manual_rows(manual)
    for option, text in help_rows(help_text).items():
        default = default_of(text, r"default (\S+)$")
        compared += default is not None
        assert default == default_of(
            described[option],
            r"The default is\n\.(?:Li|Cm) (\S+) ?\."), option
    assert compared > 8


def test_option_table_and_manual_name_the_same_options(source_tree, manual):
    table = (source_tree / "src" / "program" / "option_table.c").read_text()
    rows = table.partition("option_rows[] = {")[2].partition("\n};")[0]
    names = [a or b or c for a, b, c in re.findall(
        r'(?:FLAG|SOURCE)\([^,]+, "([a-z-]+)"|[A-Z]+\("([a-z-]+)"'
        r'|\.name = "([a-z-]+)"', rows)]
    assert names == [name for _, name, _ in manual_rows(manual)]


def options_in(text):
    return set(re.findall(r"--([a-z][a-z-]+)", text))


def test_readme_names_no_option_that_is_not_there(readme, help_text):
    known = {name for _, name, _ in help_rows(help_text)}
    of_others = {"now"}  # systemctl's
    assert options_in(readme) <= known | of_others


def test_manual_names_no_option_that_is_not_there(manual, help_text):
    known = {name for _, name, _ in help_rows(help_text)}
    assert set(re.findall(r"Fl Fl ([a-z][a-z-]+)", manual)) == known


def test_manual_has_every_source_of_the_help(help_text, manual):
    shown = subprocess.run(
        ["mandoc", "-Tascii"], input=manual, text=True, check=True,
        capture_output=True, timeout=DEADLINE).stdout
    plain = re.sub(".\b", "", shown)
    sources = re.findall(r"^  ([a-z]+:\S+)", help_text, re.M)
    assert len(sources) > 4
    for source in sources:
        assert re.search(rf"^ +{re.escape(source)}$|^ +{re.escape(source)} ",
                         plain, re.M), source


# The rest.

def test_manual_has_no_fault(source_tree):
    lint = subprocess.run(
        ["mandoc", "-Tlint", "-W", "warning",
         source_tree / "man" / "pipecast.1"],
        capture_output=True, text=True, timeout=DEADLINE, check=False)
    assert (lint.returncode, lint.stdout, lint.stderr) == (0, "", "")


def test_manual_has_the_sections_of_a_manual(manual):
    sections = re.findall(r"^\.Sh (.*)$", manual, re.M)
    assert sections == [
        "NAME", "SYNOPSIS", "DESCRIPTION", "ENVIRONMENT", "FILES",
        "EXIT STATUS", "EXAMPLES", "DIAGNOSTICS", "SEE ALSO", "STANDARDS",
        "CAVEATS", "BUGS"]


def test_bugs_are_reported_to_one_place(source_tree, readme, manual):
    """The one that configure.ac names."""
    configure = (source_tree / "configure.ac").read_text(encoding="ascii")
    place, = re.findall(r"^AC_INIT\(\[pipecast\], \[[\d.]+\],\s+\[(.*)\]\)",
                        configure, re.M)
    request = f"Report bugs to {place}"
    assert request in " ".join(readme.split())
    assert request in " ".join(manual.replace(".Nm", "pipecast").split())
    # A Debian package must have an address, and this one can have none.
    address = place if "@" in place else "pipecast@bugs.invalid"
    for name in ("control", "changelog"):
        text = (source_tree / "debian" / name).read_text(encoding="utf-8")
        assert set(re.findall(r"<(\S+@\S+)>", text)) == {address}


def test_diagnostics_of_the_manual_are_those_of_the_program(
        manual, source_tree):
    section = manual.partition(".Sh DIAGNOSTICS\n")[2].partition("\n.Sh ")[0]
    messages = re.findall(r"^\.It (.*)$", section, re.M)
    sources = "\n".join(path.read_text(encoding="utf-8")
                        for path in (source_tree / "src").rglob("*.c"))
    said = re.sub(r'"\s+"', "", sources)
    assert messages
    for message in messages:
        assert message in said, message


def test_news_begin_with_this_version(source_tree, binary, readme):
    said = subprocess.run([binary, "--version"], capture_output=True,
                          text=True, timeout=DEADLINE, check=True).stdout
    news = (source_tree / "NEWS").read_text(encoding="utf-8")
    newest = re.search(r"^(\d+\.\d+\S*)\n-+\n", news, re.M)
    assert said.split() == ["pipecast", newest[1]]
    assert f"This is version {newest[1]};" in readme


def test_what_the_documents_point_to_is_there(readme, manual, source_tree):
    for name in re.findall(r"\b((?:cgi-bin|examples|man)/[\w.-]*)",
                           readme + manual):
        assert (source_tree / name).exists(), name
