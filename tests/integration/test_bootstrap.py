"""The commands of bootstrap that README names, on a tree whose build is over at
once: its configure and make put the program under test in place."""

import os
import re
import shutil
import signal
import socket
import subprocess
import textwrap

import pytest

from client import HttpStream
from documents import of_kind, readme_blocks
from processes import end_group
from waiting import DEADLINE, wait_for

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
