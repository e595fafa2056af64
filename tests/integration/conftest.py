"""Fixtures of the integration tests, and the list of measured figures."""

import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

sys.dont_write_bytecode = True

from faults import Counts  # noqa: E402
from fastcgi_program import FastcgiProgram  # noqa: E402
from http_program import HttpProgram  # noqa: E402
from logfile import LogFile  # noqa: E402
from one_program import Embedded  # noqa: E402
from posting import FastcgiPost, HttpPost, PostingServer  # noqa: E402
from program import Program, cgi_environment  # noqa: E402
from fastcgi_servers import BY_SOCKET, SPAWNED  # noqa: E402
from proxies import KINDS as PROXY_KINDS  # noqa: E402
from servers import KINDS as CGI_KINDS, SMALL_KINDS  # noqa: E402
from traffic import Writer  # noqa: E402
from waiting import DEADLINE  # noqa: E402

HERE = Path(__file__).resolve().parent

SOCKET_KINDS = {cls.kind: cls for cls in BY_SOCKET}
SPAWNED_KINDS = {cls.kind: cls for cls in SPAWNED}
FASTCGI_KINDS = {**SOCKET_KINDS, **SPAWNED_KINDS}
KINDS = {**CGI_KINDS, **FASTCGI_KINDS, Embedded.kind: Embedded}
SCRIPT_KINDS = [*CGI_KINDS, *SPAWNED_KINDS]
SHARING_KINDS = [kind for kind in FASTCGI_KINDS if kind != "apache-fcgid"]


def pytest_configure():
    """Being terminated is being interrupted: fixtures end what they began."""
    os.umask(0o022)  # a web server's user reads what tests write
    # A worker of xdist may run its tests in another thread.
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        # What is ignored here would be ignored by every program under test.
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
            if signal.getsignal(number) == signal.SIG_IGN:
                signal.signal(number, signal.default_int_handler)


@pytest.fixture(scope="session")
def source_tree():
    tree = os.environ.get("PIPECAST_SRCDIR", HERE.parent.parent)
    return Path(tree).resolve()


@pytest.fixture(scope="session")
def readme(source_tree):
    return (source_tree / "README").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def manual(source_tree):
    return (source_tree / "man" / "pipecast.1").read_text(encoding="utf-8")


def make_folder(prefix):
    """A folder that a web server's user can reach, with a short path."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    folder.chmod(0o755)
    return folder


@pytest.fixture(scope="session")
def session_folder():
    folder = make_folder("pipecast-")
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def binary(session_folder):
    """The program under test, copied to where every user may run it, with
    pipecat beside it, unless that was left out."""
    built = Path(os.environ.get("PIPECAST", HERE.parent.parent / "pipecast"))
    if not os.access(built, os.X_OK):
        pytest.exit(f"{built} is not built; build it or set PIPECAST", 2)
    folder = session_folder / "bin"
    folder.mkdir(mode=0o755)
    for program in built, built.with_name("pipecat"):
        if program.exists():
            shutil.copy(program, folder)
            (folder / program.name).chmod(0o755)
    return folder / built.name


@pytest.fixture(scope="session")
def pipecat(binary):
    program = binary.with_name("pipecat")
    if not program.exists():
        pytest.skip("this build is without libcurl")
    return program


@pytest.fixture(scope="session")
def help_text(binary):
    return subprocess.run([binary, "--help"], capture_output=True, text=True,
                          timeout=DEADLINE, check=True).stdout


@pytest.fixture
def folder():
    """A folder of the test's own that the server's user may write to."""
    folder = make_folder("pipecast-test-")
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def assert_no_finding(errors):
    """What a build with sanitizers may have to say."""
    assert "Sanitizer" not in errors
    assert "runtime error: " not in errors


@pytest.fixture
def log(folder):
    """A file that lines are put into."""
    log = LogFile(folder / "log")
    yield log
    log.close()


@pytest.fixture(scope="session")
def running_servers(session_folder, binary):
    """Starts each kind of server once, when it is first asked for."""
    every_kind = {**KINDS, **PROXY_KINDS, **SMALL_KINDS}
    running = {}

    def get(kind):
        if kind not in running:
            running[kind] = every_kind[kind](session_folder / kind,
                                             binary).start()
        return running[kind]

    yield get
    for server in running.values():
        server.stop()
    for server in running.values():
        assert_no_finding(server.errors())


def lent(server):
    yield server
    server.release()


@pytest.fixture(params=list(KINDS))
def server(request, running_servers):
    """Each of the servers in turn, shared by the tests of a session."""
    yield from lent(running_servers(request.param))


@pytest.fixture(params=list(CGI_KINDS))
def cgi_server(request, running_servers):
    """Those that start a process for each viewer and end it with them."""
    yield from lent(running_servers(request.param))


@pytest.fixture(params=[*CGI_KINDS, *SMALL_KINDS])
def any_cgi_server(request, running_servers):
    """The same, and some that have nothing but that."""
    yield from lent(running_servers(request.param))


@pytest.fixture(params=SHARING_KINDS)
def sharing_server(request, running_servers):
    """Those that have one process for all viewers."""
    yield from lent(running_servers(request.param))


@pytest.fixture(params=list(SOCKET_KINDS))
def socket_server(request, running_servers):
    """Those behind which pipecast runs by itself, on a socket."""
    yield from lent(running_servers(request.param))


@pytest.fixture(params=SCRIPT_KINDS)
def script_server(request, running_servers):
    """Those that start a script."""
    yield from lent(running_servers(request.param))


@pytest.fixture
def nginx(running_servers):
    yield from lent(running_servers("nginx"))


@pytest.fixture
def apache_cgid(running_servers):
    yield from lent(running_servers("apache-cgid"))


def started(kind, binary, folder):
    server = KINDS[kind](folder / "server", binary).start()
    yield server
    server.stop()


@pytest.fixture(params=SCRIPT_KINDS)
def own_server(request, binary, folder):
    """Each server that starts scripts, for a test that stops it."""
    yield from started(request.param, binary, folder)


@pytest.fixture(params=list(SOCKET_KINDS))
def own_socket_server(request, binary, folder):
    yield from started(request.param, binary, folder)


@pytest.fixture
def script_name(request):
    """A file name in cgi-bin that no other test uses."""
    kept = "".join(c if c.isalnum() else "-" for c in request.node.name)
    return f"{kept}.cgi"


def starter(kind, binary, folder):
    """Starts programs of a kind; ends what it started."""
    programs = []

    def start(*arguments, **options):
        program = kind(binary, arguments, folder, **options)
        programs.append(program)
        return program

    yield start
    for program in programs:
        program.stop()
    for program in programs:
        assert_no_finding(program.errors())


@pytest.fixture
def run(binary, folder):
    """Starts pipecast outside of a server."""
    yield from starter(Program, binary, folder)


@pytest.fixture
def listen(binary, folder):
    """Starts pipecast as a web server of its own."""
    yield from starter(HttpProgram, binary, folder)


@pytest.fixture
def start_cat(pipecat, folder):
    """Starts pipecat."""
    yield from starter(Program, pipecat, folder)


@pytest.fixture
def serve(binary, folder):
    """Starts pipecast as a FastCGI program, which any client may ask."""
    yield from starter(FastcgiProgram, binary, folder)


@pytest.fixture(params=["http", "fastcgi"])
def start(request):
    """Starts pipecast with one gateway after the other, to post to it."""
    start = request.getfixturevalue(
        "listen" if request.param == "http" else "serve")
    kind = HttpPost if request.param == "http" else FastcgiPost
    return lambda *arguments: PostingServer(start(*arguments), kind)


@pytest.fixture
def gateway(run):
    """Starts pipecast as a web server would start a CGI program."""
    def start(*arguments, request=None, **options):
        return run(*arguments, env=cgi_environment(**(request or {})),
                   **options)
    return start


@pytest.fixture
def share(gateway, folder):
    """The same, handing the viewers over to a hub, the socket of which is in
    the folder; each process of one call has the same script and working
    directory."""
    def start(*arguments, request=None, **options):
        return gateway("--share", *arguments, cwd=folder, request={
            "XDG_RUNTIME_DIR": str(folder), **(request or {})}, **options)
    return start


@pytest.fixture
def put_shared(folder, script_name):
    """Puts a script into a server's cgi-bin."""
    def put(server, *arguments, name=script_name):
        return server.put_pipecast(
            name, "--share", *arguments,
            before=f"export XDG_RUNTIME_DIR={folder} "
                   f"PIPECAST_TEST={server.mark}\n")
    return put


def write_all(pipe, data, chunk):
    try:
        for start in range(0, len(data), chunk):
            pipe.write(data[start:start + chunk])
            pipe.flush()
        pipe.close()
    except BrokenPipeError:
        pass


@pytest.fixture
def convert(run):
    """What pipecast makes of some input: the program after its end."""
    def start(data, *options, chunk=1 << 16):
        program = run("--cgi", *options, stdin=subprocess.PIPE)
        writer = threading.Thread(target=write_all,
                                  args=(program.stdin, data, chunk))
        writer.start()
        try:
            assert program.finish() == 0
        finally:
            program.process.kill()
            writer.join()
        program.events = program.stream.wait_end()
        program.end = program.events.pop()
        assert program.end.type == "end"
        return program
    return start


@pytest.fixture
def writer(folder):
    writer = Writer(folder / "log")
    yield writer
    if writer.is_alive():
        writer.stop()


@pytest.fixture
def measured(request, record_property):
    """Notes a figure: in the JUnit report, the summary and a results file."""
    def note(what, **figures):
        record_property(what, json.dumps(figures))
        results = os.environ.get("PIPECAST_RESULTS")
        if results:
            Path(results).parent.mkdir(parents=True, exist_ok=True)
            with open(results, "a", encoding="utf-8") as file:
                file.write(json.dumps({"what": what, **figures}) + "\n")
    return note


def pytest_runtest_logreport(report):
    if report.when == "teardown":
        FIGURES.extend(report.user_properties)


FIGURES = []


def pytest_terminal_summary(terminalreporter):
    if not FIGURES:
        return
    terminalreporter.section("measured")
    for what, figures in sorted(FIGURES):
        terminalreporter.line(f"{what}: {figures}")


@pytest.fixture
def counts(folder):
    return Counts(folder / "counts")


@pytest.fixture
def unprivileged():
    """Options of a process that is bound by file permissions."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
