"""Where the HTTP gateway listens, what it says of that, and how long."""

import re
import signal
import socket
import stat
import subprocess
import sys

import pytest

import fifo
from client import HttpStream
from http_program import GET, HOST, request
from ipv6 import needs_ipv6
from namespaces import namespaces
from processes import is_running
from program import plain_environment
from test_gateway_http import FIRST_BLOCK
from waiting import DEADLINE


@pytest.fixture
def idle(listen, folder):
    return listen(f"fifo:{folder}/idle.fifo")


# Addresses.

def test_name_that_was_asked_for_is_answered(listen):
    program = listen("every:1h", listen="127.0.0.2:0")
    url, = program.urls()
    assert url.startswith("http://127.0.0.2:")
    for host, status in (("127.0.0.2:80", 200), ("localhost", 200),
                         ("evil.example", 403)):
        connection = socket.create_connection(("127.0.0.2", program.port))
        with connection:
            connection.sendall(
                request(b"GET / HTTP/1.1", b"Host: " + host.encode()))
            assert connection.recv(12) == b"HTTP/1.1 %d" % status


def test_listener_for_others_asks_for_no_name(listen):
    program = listen("every:1h", listen="0.0.0.0:0")
    assert program.urls() == [f"http://127.0.0.1:{program.port}/"]
    assert "every address" in program.errors()
    stream = program.open(headers={"Host": "anything.example"})
    assert stream.wait_open().status == 200


class UnixStream(HttpStream):
    """A request over a socket file."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))
        super(HttpStream, self).__init__(self.socket.fileno())
        self.socket.sendall(request(b"GET / HTTP/1.1", b"Host: any"))


def test_socket_file(listen, folder):
    path = folder / "socket"
    program = listen("every:20ms", listen=f"unix:{path}")
    program.wait_for_error(f"HTTP on unix:{path}\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o660
    stream = UnixStream(path)
    assert stream.next_event().data
    stream.close()
    program.send_signal(signal.SIGTERM)
    assert program.wait_exit() == 0
    assert not path.exists()


@needs_ipv6
def test_one_stream_at_several_addresses(listen, folder):
    path = folder / "socket"
    program = listen("--http", "[::1]:0", "--http", f"unix:{path}",
                     f"fifo:{folder}/fifo")
    four, six = program.urls(2)
    program.wait_for_error("HTTP on unix:")
    ports = [int(url.rpartition(":")[2].strip("/")) for url in (four, six)]
    streams = [HttpStream(ports[0], "/"), UnixStream(path)]
    sixth = socket.create_connection(("::1", ports[1]))
    with sixth:
        sixth.sendall(GET)
        for stream in streams:
            stream.wait_open()
        assert sixth.recv(15) == b"HTTP/1.1 200 OK"
    fifo.write_once(folder / "fifo", b"one\n")
    for stream in streams:
        assert stream.next_event().data == "one"
        stream.close()


def fastcgi_record(kind, content=b""):
    return bytes([1, kind, 0, 1]) + len(content).to_bytes(2, "big") + \
        b"\0\0" + content


def test_one_stream_by_http_and_by_fastcgi(listen, folder):
    path = folder / "fastcgi"
    program = listen("--fastcgi", f"unix:{path}", f"fifo:{folder}/fifo")
    stream = program.open().wait_open()
    program.wait_for_error(f"FastCGI on unix:{path}")
    web_server = socket.socket(socket.AF_UNIX)
    with web_server:
        web_server.connect(str(path))
        web_server.settimeout(DEADLINE)
        web_server.sendall(fastcgi_record(1, b"\0\1\0\0\0\0\0\0") +
                           fastcgi_record(4) + fastcgi_record(5))
        received = web_server.recv(65536)
        assert received[:2] == b"\1\6" and FIRST_BLOCK in received
        fifo.write_once(folder / "fifo", b"one\n")
        event = stream.next_event()
        assert event.data == "one"
        wanted = f"id: {event.id}\ndata: one\n\n".encode()
        assert web_server.recv(65536) == fastcgi_record(6, wanted)


# The sockets become descriptors from 3 on, and the process id is that of the
# program itself (sd_listen_fds(3)).
LAUNCH = """
import fcntl, os, sys
given = [int(fd) for fd in sys.argv[1].split(",")]
high = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 100) for fd in given]
for at, fd in enumerate(high):
    os.dup2(fd, 3 + at)
os.environ["LISTEN_PID"] = str(os.getpid())
os.execv(sys.argv[2], sys.argv[2:])
"""


@pytest.mark.parametrize("names, wanted", [
    ("http", ["HTTP"]), ("http:fastcgi", ["HTTP", "FastCGI"]),
    ("other:http", ["FastCGI", "HTTP"]), ("", ["FastCGI"]),
])
def test_sockets_of_a_service_manager_are_served_by_name(
        run, names, wanted):
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in wanted]
    numbers = [listener.fileno() for listener in listeners]
    program = run(
        "-v", "every:20ms", pass_fds=numbers, stdout=subprocess.DEVNULL,
        prefix=[sys.executable, "-c", LAUNCH, ",".join(map(str, numbers))],
        env=plain_environment(LISTEN_FDNAMES=names,
                              LISTEN_FDS=str(len(numbers))))
    for listener, kind in zip(listeners, wanted):
        port = listener.getsockname()[1]
        listener.close()
        if kind == "HTTP":
            program.wait_for_error(f"http://127.0.0.1:{port}/")
            stream = HttpStream(port, "/")
            assert stream.next_event().data
            stream.close()
        else:
            program.wait_for_error(f"FastCGI on 127.0.0.1:{port}\n")


@pytest.fixture
def taken_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.mark.parametrize("address", ["{}", "localhost:{}", "0.0.0.0:{}"])
def test_port_in_use_is_named_with_a_way_out(run, taken_port, address):
    program = run("--http", address.format(taken_port), "every:1h")
    assert program.wait_exit() == 1
    named = address.format(taken_port)
    assert f"cannot listen on {named}: " in program.errors()
    assert "--http 8081" in program.errors()
    assert "--http 0" in program.errors()


def test_no_command_is_run_if_the_port_is_in_use(run, taken_port, folder):
    program = run("--http", taken_port, f"exec:touch {folder}/ran")
    assert program.wait_exit() == 1
    assert not (folder / "ran").exists()


def test_no_url_is_printed_if_a_source_cannot_be_started(run, folder):
    program = run("--http", "0", f"file:{folder}")
    assert program.wait_exit() == 1
    assert program.errors() == f"pipecast: file:{folder}: Is a directory\n"


def test_socket_file_in_use_is_left_alone(run, listen, folder):
    path = folder / "socket"
    first = listen("every:20ms", listen=f"unix:{path}")
    first.wait_for_error("HTTP on")
    second = run("--http", f"unix:{path}", "every:1h")
    assert second.wait_exit() == 1
    assert str(path) in second.errors()
    assert UnixStream(path).next_event().data


def test_http_is_what_runs_in_a_terminal(folder, binary):
    """In a network of its own, where the port is free."""
    own_network = namespaces(["-n"], ["ip", "link", "set", "lo", "up"])
    script = ('ip link set lo up; : >errors; '
              'yes | "$0" 2>errors & '
              'until grep -q http errors; do sleep 0.05; done; '
              'curl -sN http://127.0.0.1:8080/ | head -c 2000; '
              'kill $!; cat errors >&2')
    ran = subprocess.run(
        [*own_network, "sh", "-c", script, str(binary)], cwd=folder,
        capture_output=True, text=True, timeout=DEADLINE, check=False)
    assert ": pipecast\nretry: 2000\n\n" in ran.stdout
    assert "data: y\n" in ran.stdout
    assert ran.stderr == "pipecast: http://127.0.0.1:8080/\n"


def test_check_says_where_it_would_listen(run):
    def said(*arguments):
        program = run("--check", *arguments)
        assert program.finish() == 0
        return program.stream.response.head_bytes.decode()
    assert "HTTP on 8080\n" in said()
    both = said("--http", "0", "--fastcgi", "unix:/run/x")
    assert "HTTP on 0\n" in both and "FastCGI on unix:/run/x\n" in both
    assert "CGI on standard output\n" in said("--cgi")


def test_viewer_of_a_pipe_in_a_terminal_gets_its_past(folder, binary):
    """As of vmstat, which names its columns once; the first waits for the
    end, the second comes late."""
    script = ('ip link set lo up 2>/dev/null || exit 77; '
              'seq 400 | "$0" --keep "$@" 2>errors & '
              'until grep -q http errors; do sleep 0.05; done; '
              'curl -s http://127.0.0.1:8080/ >/dev/null; '
              'curl -s http://127.0.0.1:8080/; kill $!')

    def replayed(*arguments):
        ran = subprocess.run(
            ["unshare", "-rn", "sh", "-c", script, str(binary), *arguments],
            cwd=folder, capture_output=True, text=True, timeout=DEADLINE,
            check=False)
        if ran.returncode == 77 or "unshare" in ran.stderr:
            pytest.skip("no network of its own for a test here")
        return re.findall(r"^data: (.*)$", ran.stdout, re.MULTILINE)
    assert replayed() == [*map(str, range(102, 401)), "{}"]
    assert replayed("--replay", "0") == ["{}"]


def test_check_says_what_is_replayed(run):
    def said(*arguments):
        program = run("--check", *arguments)
        assert program.finish() == 0
        return program.stream.response.head_bytes.decode()
    assert "replay 300 events\n" in said()
    assert "replay 0 events\n" in said("--replay", "0")
    assert "replay all\n" in said("--replay", "all")
    assert "replay 1 event\n" in said("--replay", "1")
    assert "replay 0 events\n" in said("--http", "0")
    assert "replay 0 events\n" in said("--fastcgi", "0")
    assert "replay 0 events\n" in said("--cgi")


@pytest.mark.parametrize("arguments, words", [
    (["--http", "x"], ["--http", "'x'", "HOST:PORT"]),
    (["--http", "70000"], ["'70000'", "65535"]),
    (["--http", ""], ["--http"]),
    (["--http", "0", "--cgi"], ["--http", "--cgi"]),
    (["--fastcgi", "0", "--cgi"], ["--fastcgi", "--cgi"]),
    (["--http", "0"] * 17, ["16 addresses"]),
])
def test_wrong_address_is_a_usage_error(run, arguments, words):
    program = run(*arguments, "every:1h")
    assert program.wait_exit() == 2
    for word in words:
        assert word in program.errors()


# The end, and staying.

def test_program_ends_with_its_sources(listen):
    program = listen("exec:echo one")
    assert program.wait_exit() == 0


@pytest.fixture
def kept(listen):
    """A program whose source has ended."""
    program = listen("--keep", "--replay", "all", "-",
                     stdin=subprocess.PIPE)
    program.stdin.write(b"one\ntwo\n")
    program.stdin.close()
    assert len(program.open().wait_end()) == 3
    return program


def test_kept_listener_serves_history_and_the_end(kept):
    for _ in range(3):
        one, two, end = kept.open().wait_end()
        assert (one.data, two.data, end.type) == ("one", "two", "end")
    assert kept.fetch(headers={"Last-Event-ID": end.id}).status == 204
    late, end = kept.open(headers={"Last-Event-ID": one.id}).wait_end()
    assert (late.data, end.type) == ("two", "end")


def test_kept_listener_stays_until_it_is_told_to_go(kept):
    assert is_running(kept.pid)
    kept.send_signal(signal.SIGTERM)
    assert kept.wait_exit() == 0


def test_keep_is_nothing_to_a_cgi_program(gateway):
    program = gateway("--keep", "exec:echo one")
    assert program.finish() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_lets_viewers_go_with_a_reconnection_time(idle, number):
    streams = [idle.open().wait_open() for _ in range(3)]
    idle.send_signal(number)
    for stream in streams:
        assert stream.wait_end() == []
        assert len(stream.retries) == 2
        assert not stream.was_reset
        stream.close()
    assert idle.wait_exit() == 0


def test_whoever_is_in_the_queue_at_the_end_is_told_to_come_back(idle):
    port = idle.port
    idle.send_signal(signal.SIGSTOP)
    streams = [HttpStream(port, "/") for _ in range(200)]
    idle.send_signal(signal.SIGTERM)
    idle.send_signal(signal.SIGCONT)
    for stream in streams:
        assert stream.wait_end() == []
        assert stream.status == 200 and stream.retries
        stream.close()
    assert idle.wait_exit() == 0


def test_silent_connection_does_not_hold_up_the_end(idle):
    connections = [idle.connect() for _ in range(10)]
    connections.append(idle.connect(GET[:-1]))
    kept = idle.connect(request(b"GET /missing HTTP/1.1", HOST))
    assert kept.next_answer()[0] == 404
    idle.open().wait_open().close()
    idle.send_signal(signal.SIGTERM)
    assert kept.wait_closed() == b""
    assert idle.wait_exit() == 0


def test_request_on_a_kept_connection_is_answered_at_the_end(idle):
    """It has arrived, though nobody has read it when the signal comes."""
    missing = request(b"GET /missing HTTP/1.1", HOST)
    kept = idle.connect(missing)
    assert kept.next_answer()[0] == 404
    idle.send_signal(signal.SIGSTOP)
    kept.send(missing)
    idle.send_signal(signal.SIGTERM)
    idle.send_signal(signal.SIGCONT)
    assert kept.next_answer()[0] == 404
    assert kept.wait_closed() == b""
    assert idle.wait_exit() == 0


def test_port_can_be_had_again_at_once(idle, listen):
    port = idle.port
    stream = idle.open().wait_open()
    idle.send_signal(signal.SIGTERM)
    stream.wait_end()
    assert idle.wait_exit() == 0
    assert listen("every:1h", listen=port).open().wait_open().status == 200


