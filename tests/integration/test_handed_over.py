"""Sockets that others hold open for pipecast: descriptor 0, as of mod_fcgid,
lighttpd's bin-path and spawn-fcgi, and those of a service manager."""

import os
import signal
import socket
import subprocess

import pytest

from client import HttpStream
from handing_over import Manager, abstract, handed_over, listen, prepared
from program import cgi_environment, plain_environment


@pytest.fixture
def path(folder):
    return folder / "socket"


@pytest.fixture
def address(path):
    return f"unix:{path}"


@pytest.fixture
def listener(address):
    with listen(address) as listener:
        yield listener


def failure(program, status=1):
    """What a program that does not run says."""
    assert program.wait_exit() == status
    return program.errors()


def end(program):
    program.send_signal(signal.SIGTERM)
    assert program.wait_exit() == 0


# Descriptor 0.

def test_socket_on_descriptor_0_is_served_and_left(
        serve, listener, path, address):
    """Whatever CGI variables mod_fcgid sets besides."""
    program = serve("every:20ms", listen=None, stdin=listener,
                    env=cgi_environment())
    assert program.open(address=address).next_event()
    assert program.errors() == ""
    end(program)
    assert path.exists()


@pytest.mark.parametrize("closed", ["1", "2", "1, 2"])
def test_socket_on_descriptor_0_and_nothing_on_others(
        serve, listener, address, closed, folder):
    """No file that is opened later may take their place."""
    program = serve(
        f"file:{folder}/log", listen=None, stdin=listener,
        **prepared(f"[os.close(fd) for fd in ({closed},)]"))
    stream = program.open(address=address).wait_open()
    (folder / "log").write_text("one\n")
    assert stream.next_event().data == "one"
    for fd in closed.split(", "):
        assert os.readlink(f"/proc/{program.pid}/fd/{fd}") == "/dev/null"


@pytest.mark.parametrize("sources", [["-"], [], ["every:1h", "one=-"]])
@pytest.mark.parametrize("where", [None, "0"])
def test_listening_socket_is_no_source(serve, listener, sources, where):
    if where and "-" not in sources:
        sources = ["-"]
    errors = failure(serve(*sources, listen=where, stdin=listener), 2)
    assert "standard input" in errors and "-" in errors


def test_standard_input_may_be_a_source_beside_other_sockets(serve):
    program = serve("-", stdin=subprocess.PIPE)
    stream = program.open().wait_open()
    program.stdin.write(b"one\n")
    program.stdin.flush()
    assert stream.next_event().data == "one"


def test_next_process_finds_the_queue_as_it_was(serve, listener, address):
    first = serve("every:20ms", listen=None, stdin=listener)
    first.open(address=address).next_event()
    end(first)
    waiting = first.open(address=address)
    serve("every:20ms", listen=None, stdin=listener)
    assert waiting.next_event()


def test_processes_may_share_a_socket(serve, listener, address):
    """lighttpd starts four unless told otherwise. One that was too slow to
    accept must not wait for the next connection."""
    programs = [serve("every:20ms", listen=None, stdin=listener)
                for _ in range(4)]
    streams = [programs[0].open(address=address) for _ in range(40)]
    for stream in streams:
        assert stream.next_events(3)
    assert os.get_blocking(listener.fileno())
    for stream in streams:
        assert stream.next_events(10)


# A service manager: LISTEN_FDS and NOTIFY_SOCKET.

@pytest.mark.parametrize("names, wanted", [
    ("http", ["HTTP"]), ("http:fastcgi", ["HTTP", "FastCGI"]),
    ("other:http", ["FastCGI", "HTTP"]), ("", ["FastCGI"]),
])
def test_sockets_of_a_service_manager_are_served_by_name(
        serve, names, wanted):
    listeners = [listen("127.0.0.1:0") for _ in wanted]
    program = serve("-v", "every:20ms", listen=None,
                    env=plain_environment(LISTEN_FDNAMES=names),
                    **handed_over(*[each.fileno() for each in listeners]))
    for listener, kind in zip(listeners, wanted):
        port = listener.getsockname()[1]
        listener.close()
        if kind == "HTTP":
            program.wait_for_error(f"http://127.0.0.1:{port}/")
            stream = program.closed_at_last(HttpStream(port, "/"))
        else:
            program.wait_for_error(f"FastCGI on 127.0.0.1:{port}\n")
            stream = program.open(address=f"127.0.0.1:{port}")
        assert stream.next_event()


def test_sockets_that_are_meant_for_another_process(serve, listener):
    """Such as the one that started us; then this is plain CGI."""
    program = serve(
        "exec:echo one", listen=None, stdout=subprocess.PIPE,
        env=cgi_environment(LISTEN_PID="1"), **handed_over(listener.fileno()))
    assert program.finish() == 0
    assert program.stream.next_event().data == "one"


def test_what_is_no_listening_socket_is_left_out(serve, listener, address):
    reader, writer = os.pipe()
    with socket.socket() as unused:
        program = serve("every:20ms", listen=None, **handed_over(
            reader, unused.fileno(), listener.fileno()))
    os.close(reader)
    os.close(writer)
    assert program.open(address=address).next_event()
    for number in (3, 4):
        assert f"descriptor {number} of LISTEN_FDS" in program.errors()


@pytest.fixture(params=["path", "abstract"])
def manager(request, folder):
    """A service manager, and what NOTIFY_SOCKET names it."""
    bound = name = str(folder / "notify")
    if request.param == "abstract":
        bound, name = abstract(folder)
    manager = Manager(bound)
    manager.environment = plain_environment(NOTIFY_SOCKET=name)
    yield manager
    manager.close()


def test_manager_is_told_of_start_and_stop(serve, manager):
    program = serve("every:20ms", env=manager.environment)
    assert manager.next_state() == "READY=1"
    # A process that takes requests is ready.
    assert program.open(address=program.address).next_event()
    end(program)
    assert manager.next_state() == "STOPPING=1"


def test_manager_is_not_told_that_what_cannot_run_is_ready(
        serve, manager, folder):
    failure(serve(f"file:{folder}", env=manager.environment))
    assert manager.has_heard_nothing()


@pytest.mark.parametrize("name", [
    "", "/no/such/socket", "@no-such-socket-of-pipecast", "x" * 200, "@"])
def test_manager_that_cannot_be_told(serve, name):
    program = serve("every:20ms", env=plain_environment(NOTIFY_SOCKET=name))
    assert program.open().next_event()
    end(program)


# What commands get of all this.

SEE = ("every:50ms:ls /proc/self/fd | tr '\\n' ' '; ulimit -Sn; "
       "env | grep -c '^LISTEN\\|^NOTIFY'")
# 3 is the folder that is listed.
NOTHING_BUT_THEIR_OWN = "0 1 2 3 200\n0"

HAS_A_SOFT_LIMIT = prepared(
    "limits = resource.getrlimit(resource.RLIMIT_NOFILE); "
    "resource.setrlimit(resource.RLIMIT_NOFILE, (200, limits[1]))")["prefix"]


@pytest.mark.parametrize("socket_of", ["pipecast", "descriptor 0", "manager",
                                       "manager, unused"])
def test_sockets_are_not_for_commands(
        serve, listener, manager, address, socket_of):
    """While there are viewers, too."""
    options = {"prefix": HAS_A_SOFT_LIMIT, "env": manager.environment}
    where = None
    if "manager" in socket_of:
        options |= handed_over(listener.fileno())
        options["prefix"] = [*HAS_A_SOFT_LIMIT, *options["prefix"]]
    elif socket_of == "descriptor 0":
        options["stdin"] = listener
    if socket_of in ("pipecast", "manager, unused"):
        where = "0"
    program = serve(SEE, listen=where, **options)
    if where:
        address = program.address
    streams = [program.open(address=address).wait_open() for _ in range(3)]
    assert streams[0].next_data(3) == 3 * [NOTHING_BUT_THEIR_OWN]
