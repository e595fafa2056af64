"""Where pipecast listens, and what it says of that: addresses and socket files
of its own."""

import grp
import os
import re
import signal
import socket
import stat
import subprocess

import pytest

import fifo
from fastcgi import Connection, FastcgiStream
from fastcgi_program import FastcgiProgram
from ipv6 import needs_ipv6
from namespaces import namespaces
from waiting import DEADLINE


@pytest.fixture(params=["listen", "serve"])
def start(request):
    """Starts it with one gateway after the other."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def path(folder):
    return folder / "socket"


def mode_of(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def failure(program, status=1):
    """What a program that does not run says."""
    assert program.wait_exit() == status
    return program.errors()


def end(program):
    program.send_signal(signal.SIGTERM)
    assert program.wait_exit() == 0


# Addresses.

@pytest.mark.parametrize("listen_on", [
    "0", "localhost:0", pytest.param("[::1]:0", marks=needs_ipv6)])
def test_free_port_is_printed(start, listen_on):
    program = start("every:20ms", listen=listen_on)
    found = re.search(r"(127\.0\.0\.1|\[::1\]):\d+", program.address)
    assert "localhost" in listen_on or \
        (found[1] == "[::1]") == ("[::1]" in listen_on)
    assert program.open().next_event()


def test_listener_for_others_asks_for_no_name(listen):
    program = listen("every:1h", listen="0.0.0.0:0")
    assert program.urls() == [f"http://127.0.0.1:{program.port}/"]
    assert "every address" in program.errors()
    stream = program.open(headers={"Host": "anything.example"})
    assert stream.wait_open().status == 200


def test_name_that_was_asked_for_is_answered(listen):
    program = listen("every:1h", listen="127.0.0.2:0")
    assert program.address.startswith("http://127.0.0.2:")
    for host, status in (("127.0.0.2:80", 200), ("localhost", 200),
                         ("evil.example", 403)):
        assert program.open(headers={"Host": host}).status == status


@needs_ipv6
def test_one_stream_at_several_addresses(listen, folder, path):
    """By both gateways."""
    program = listen("--http", "[::1]:0", "--http", f"unix:{path}",
                     "--fastcgi", "0", "--fastcgi", f"unix:{folder}/other",
                     f"fifo:{folder}/fifo")
    streams = [program.open(address=each) for each in program.addresses(3)]
    streams += [FastcgiStream(program.closed_at_last(Connection(each)))
                for each in re.findall(FastcgiProgram.prints,
                                       program.errors(), re.M)]
    assert len(streams) == 5
    for stream in streams:
        stream.wait_open()
    fifo.write_once(folder / "fifo", b"one\n")
    assert len({stream.next_event().id for stream in streams}) == 1


def test_port_in_use_is_named_with_a_way_out(start, folder):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        program = start(f"exec:touch {folder}/ran", listen=port)
        errors = failure(program)
    assert f"cannot listen on {port}: another program" in errors
    assert ("--http 8081" in errors) == (program.option == "--http")
    assert not (folder / "ran").exists()


def test_port_can_be_had_again_at_once(start):
    """Connections linger, but that is no reason to wait."""
    program = start("every:1h")
    port = re.search(r":(\d+)", program.address)[1]
    program.open().next_event()
    end(program)
    assert start("every:1h", listen=port).open().next_event()


@pytest.mark.parametrize("name", ["192.0.2.1", "nowhere.invalid"])
def test_address_of_another_machine_is_told(start, name):
    errors = failure(start("every:1h", listen=f"{name}:80"))
    assert f"{name}:80: this machine does not have that address" in errors


@pytest.mark.parametrize("arguments, words", [
    (["--http", "x"], ["--http", "'x'", "HOST:PORT"]),
    (["--fastcgi", "unix:s,mode=888"], ["--fastcgi", "mode=OCTAL"]),
    (["--http", "0", "--cgi"], ["--http", "--cgi"]),
])
def test_wrong_address_is_a_usage_error(run, arguments, words):
    errors = failure(run(*arguments, "every:1h"), 2)
    assert all(word in errors for word in words)


def test_no_url_is_printed_if_a_source_cannot_be_started(start, folder):
    assert failure(start(f"file:{folder}")) == \
        f"pipecast: file:{folder}: Is a directory\n"


# Socket files.

@pytest.mark.parametrize("settings, mode", [("", 0o660), (",mode=0606", 0o606)])
@pytest.mark.parametrize("umask", [0, 0o777])
def test_mode_of_the_socket_file_does_not_depend_on_the_umask(
        start, path, settings, mode, umask):
    program = start("every:20ms", listen=f"unix:{path}{settings}", umask=umask)
    assert program.address == f"unix:{path}"
    assert mode_of(path) == mode
    assert program.open().next_event()
    end(program)
    assert not path.exists()


def test_umask_is_left_as_it_was(start, folder, path):
    program = start(f"exec:touch {folder}/made; echo made; sleep 1000",
                    "--replay=all", listen=f"unix:{path}", umask=0o027)
    assert program.open().next_event()
    assert mode_of(folder / "made") == 0o640


def test_group_of_the_socket_file_may_be_chosen(start, path):
    others = [group for group in os.getgroups() if group != os.getegid()]
    if os.geteuid() == 0:
        others = [grp.getgrnam("www-data").gr_gid]
    if not others:
        pytest.skip("only root or a member of two groups can choose one")
    name = grp.getgrgid(others[0]).gr_name
    program = start("every:1h", listen=f"unix:{path},group={name}")
    assert program.address == f"unix:{path}"
    assert path.stat().st_gid == others[0]
    assert mode_of(path) == 0o660


def test_group_of_others_is_refused_and_leaves_no_file(
        start, path, unprivileged):
    program = start("every:1h", listen=f"unix:{path},group=root",
                    **unprivileged)
    assert "member of the group" in failure(program)
    assert not path.exists()


def test_socket_that_is_listened_on_is_left_alone(start, folder, path):
    first = start("every:20ms", listen=f"unix:{path}")
    stream = first.open().wait_open()
    errors = failure(start(f"exec:touch {folder}/ran", listen=f"unix:{path}"))
    assert f"unix:{path}: another program listens there" in errors
    assert stream.next_event() and first.open().next_event()
    assert not (folder / "ran").exists()


def test_file_that_is_no_socket_is_left_alone(start, path):
    path.write_text("precious")
    errors = failure(start("every:1h", listen=f"unix:{path}"))
    assert f"unix:{path}: that file exists and is not a socket" in errors
    assert path.read_text() == "precious"


def test_relative_path(start, folder):
    program = start("every:20ms", listen="unix:socket", cwd=folder)
    assert program.address == "unix:socket"
    assert program.open(address=f"unix:{folder}/socket").next_event()
    end(program)
    assert not (folder / "socket").exists()


# Without being asked to listen anywhere.

def in_a_terminal(folder, script, *arguments):
    """What a script prints in a network of its own, where port 8080 is
    free."""
    own_network = namespaces(["-n"], ["ip", "link", "set", "lo", "up"])
    return subprocess.run(
        [*own_network, "sh", "-c", f"ip link set lo up; : >errors; {script}",
         *arguments], cwd=folder, capture_output=True, text=True,
        timeout=DEADLINE, check=False)


def test_http_is_what_runs_in_a_terminal(folder, binary):
    ran = in_a_terminal(
        folder, 'yes | "$0" 2>errors & '
        'until grep -q http errors; do sleep 0.05; done; '
        'curl -sN http://127.0.0.1:8080/ | head -c 2000; '
        'kill $!; cat errors >&2', str(binary))
    assert ran.stdout.startswith(": pipecast")
    assert "data: y\n" in ran.stdout
    assert ran.stderr == "pipecast: http://127.0.0.1:8080/\n"


@pytest.mark.parametrize("options, data", [
    ([], [*map(str, range(102, 401)), "{}"]), (["--replay", "0"], ["{}"])])
def test_viewer_of_a_pipe_in_a_terminal_gets_its_past(
        folder, binary, options, data):
    """As of vmstat, which names its columns once; the first waits for the
    end, the second comes late."""
    ran = in_a_terminal(
        folder, 'seq 400 | "$0" --keep "$@" 2>errors & '
        'until grep -q http errors; do sleep 0.05; done; '
        'curl -s http://127.0.0.1:8080/ >/dev/null; '
        'curl -s http://127.0.0.1:8080/; kill $!', str(binary), *options)
    assert re.findall(r"^data: (.*)$", ran.stdout, re.MULTILINE) == data


@pytest.mark.parametrize("options, lines", [
    ([], ["HTTP on 8080", "replay 300 events"]),
    (["--replay", "1"], ["replay 1 event"]),
    (["--replay", "all"], ["replay all"]),
    (["--http", "0", "--fastcgi", "unix:/run/x"],
     ["HTTP on 0", "FastCGI on unix:/run/x", "replay 0 events"]),
    (["--cgi"], ["CGI on standard output", "replay 0 events"]),
])
def test_check_says_where_it_would_listen_and_what_is_replayed(
        run, options, lines):
    program = run("--check", *options)
    assert program.finish() == 0
    said = program.stream.response.head_bytes.decode().split("\n")
    assert set(lines) <= set(said)
