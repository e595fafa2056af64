"""What others put into requests, environments and shared folders stays there:
see SECURITY. What one way in must bear besides is in the tests of that way."""

import os
import signal
import stat

import pytest

from program import cgi_environment, plain_environment

HEADERS = {"status", "content-type", "cache-control", "x-accel-buffering",
           "incremental", "x-content-type-options", "vary", "allow",
           "access-control-allow-origin", "connection", "content-length",
           "referrer-policy", "content-security-policy", "date",
           "cross-origin-resource-policy", "cross-origin-opener-policy"}

# Line breaks, as they are and escaped, a colour, a bell, no text, no end.
HOSTILE = ["a\r\nSet-Cookie: b=c\r\n\r\n<script>", "a%0d%0aSet-Cookie:%20b=c",
           "\x1b[31m\x07", "\udcff\udcfe", "a" * 60000]


def assert_one_line_each(errors):
    for line in errors.splitlines():
        assert line.startswith("pipecast: "), line
        assert line.isprintable() and line.isascii(), line


# Requests.

@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("variable", [
    "HTTP_LAST_EVENT_ID", "PATH_INFO", "HTTP_ORIGIN", "HTTP_ACCEPT",
    "REQUEST_METHOD", "QUERY_STRING", "HTTP_HOST", "SERVER_PROTOCOL"])
def test_no_variable_of_cgi_gets_into_head_or_log(run, variable, text):
    program = run("-v", "--allow-origin", "*", "--cgi", "n=exec:echo x",
                  env=cgi_environment(**{variable: text}))
    assert program.finish() == 0
    assert set(program.stream.headers) <= HEADERS
    assert "Set-Cookie" not in program.stream.headers
    assert_one_line_each(program.errors())


@pytest.mark.parametrize("head", [
    b"GET /\r\nSet-Cookie: b=c HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /%0d%0aSet-Cookie:%20b=c HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: a\rSet-Cookie: b=c\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: local\x1b[31mhost\r\n\r\n",
    b"GET /../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: \x00\x1b[2J\r\n\r\n",
], ids=range(6))
def test_no_request_gets_into_head_or_log(listen, head):
    program = listen("-v", "--allow-origin", "*", "--keep", "exec:echo x")
    connection = program.connect(head)
    connection.half_close()
    received = connection.wait_closed()
    lines = received.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]
    assert {line.partition(b":")[0].decode().lower()
            for line in lines} <= HEADERS, received
    assert b"root:" not in received
    assert_one_line_each(program.errors())


# Environments.

@pytest.mark.parametrize("variables", [
    {"LISTEN_FDS": "99999999999999999999", "LISTEN_PID": "1"},
    {"LISTEN_FDS": "-1", "LISTEN_PID": "%d"},
    {"LISTEN_FDS": "1000000", "LISTEN_PID": "%d", "LISTEN_FDNAMES": ":" * 5000},
    {"NOTIFY_SOCKET": "/" + "n" * 5000},
    {"FCGI_WEB_SERVER_ADDRS": "," * 5000},
    {"TMPDIR": "/nonexistent", "TZ": "../../" * 500, "LC_ALL": "%n%s"},
    {"EVENT_NOEPOLL": "1", "EVENT_SHOW_METHOD": "1"},
], ids=lambda variables: next(iter(variables)))
def test_strange_environment_does_no_harm(listen, variables):
    # The shell knows the process number that the program will have.
    assignments = " ".join(
        f"{name}='{value}'".replace("'%d'", "$$")
        for name, value in variables.items())
    program = listen(
        "exec:echo x; sleep 60",
        prefix=("sh", "-c", f'{assignments} exec "$@"', "sh"),
        env=plain_environment())
    assert program.open().wait_open().status == 200


@pytest.mark.parametrize("variables", [
    {"CONTENT_LENGTH": "99999999999999999999"}, {"CONTENT_LENGTH": "-1"},
    {"CONTENT_LENGTH": "x", "CONTENT_TYPE": "x" * 60000},
    {"GATEWAY_INTERFACE": "x", "REQUEST_METHOD": None},
    {"SCRIPT_NAME": None, "SERVER_NAME": None, "SERVER_PORT": "-5"},
], ids=range(5))
def test_variables_that_no_server_sets_do_no_harm(run, variables):
    program = run("exec:echo x", env=cgi_environment(**variables))
    program.stream.wait_end()
    assert program.stream.status == 200
    assert program.wait_exit() == 0


# Folders that everybody may write to.

@pytest.fixture
def shared(folder):
    path = folder / "shared"
    path.mkdir()
    path.chmod(0o1777)
    return path


def test_link_in_place_of_a_fifo_is_not_written_through(run, shared, folder):
    """It may lead to a FIFO, but nothing else is made or written."""
    target = folder / "target"
    (shared / "fifo").symlink_to(target)
    missing = run("--cgi", f"fifo:{shared / 'fifo'}")
    assert missing.finish() == 1
    assert not target.exists()
    target.write_text("kept")
    program = run("--cgi", f"fifo:{shared / 'fifo'}")
    assert program.finish() == 1
    assert target.read_text() == "kept"


@pytest.mark.parametrize("option", ["--http", "--fastcgi"])
def test_link_in_place_of_a_socket_is_not_followed(
        run, shared, folder, option):
    (shared / "socket").symlink_to(folder / "elsewhere")
    program = run(option, f"unix:{shared / 'socket'}", "every:1h")
    assert program.wait_exit() == 1
    assert not (folder / "elsewhere").exists()
    assert (shared / "socket").is_symlink()


@pytest.mark.parametrize("option", ["--http", "--fastcgi"])
def test_what_took_the_place_of_our_socket_is_left_at_the_end(
        run, shared, option):
    path = shared / "socket"
    program = run(option, f"unix:{path}", "every:1h")
    program.wait_for_error(str(path))
    path.rename(shared / "moved")
    path.write_text("somebody else's")
    program.send_signal(signal.SIGTERM)
    assert program.wait_exit() == 0
    assert path.read_text() == "somebody else's"


def test_followed_link_is_read_and_never_written(run, shared, folder):
    target = folder / "target"
    target.write_text("line\n")
    os.chmod(target, 0o444)
    (shared / "log").symlink_to(target)
    program = run("--cgi", "--replay", "1", f"file:{shared / 'log'}")
    assert program.stream.next_data(1) == ["line"]
    program.leave()
    assert program.wait_exit() == 0
    assert stat.S_IMODE(target.stat().st_mode) == 0o444
    assert target.read_text() == "line\n"
