"""Files of tokens, and where tokens must not get to. The tests of gateways show
how a request presents one."""

import os
import pty
import re
import select
import subprocess
from base64 import b64encode
from urllib.parse import quote

import pytest

from http_program import HOST, request
from program import cgi_environment, plain_environment
from processes import end_group
from terminals import skip_without_terminals
from waiting import wait_for

TOKEN = "correct+horse/battery="
BEARER = {"Authorization": f"Bearer {TOKEN}"}
PERSON = {"Accept": "text/html,*/*;q=0.8"}


def write_token(path, text=TOKEN + "\n", mode=0o600):
    path.write_text(text)
    path.chmod(mode)
    return path


@pytest.fixture
def token_file(folder):
    return write_token(folder / "token")


# Files.

@pytest.mark.parametrize("text", [TOKEN, TOKEN + "\n", TOKEN + "\r\n",
                                  "x" * 16, "x" * 256 + "\r\n"])
def test_file_may_end_its_line(listen, folder, text):
    program = listen("--read-token", write_token(folder / "t", text),
                     "every:20ms")
    authorization = {"Authorization": f"Bearer {text.strip()}"}
    assert program.fetch().status == 401
    assert program.open(headers=authorization).next_event()


@pytest.mark.parametrize("text, mode, why", [
    ("fifteen-letters\n", 0o600, "shorter than 16"),
    ("x" * 257, 0o600, "longer than 256"), ("", 0o600, "shorter than 16"),
    ("two-lines-of-text\n\n", 0o600, "one line"),
    ("some words of text\n", 0o600, "one line"),
    ("sixteen-letters-\0", 0o600, "one line"),
    (TOKEN, 0o604, "chmod 600"), (TOKEN, 0o640, "chmod 600"),
    (TOKEN, 0o602, "chmod 600"), (TOKEN, 0o644, "chmod 600"),
], ids=range(10))
@pytest.mark.parametrize("how", [["--http", "0"], ["--check"], ["--cgi"]],
                         ids=["http", "check", "cgi"])
def test_unfit_file_is_refused(run, folder, text, mode, why, how):
    path = write_token(folder / "t", text, mode)
    program = run(*how, "--read-token", path, "every:1h")
    assert program.finish() == 1
    said, = program.errors().splitlines()
    assert why in said and str(path) in said
    assert not text.strip() or text.strip() not in said


def test_what_is_no_file_is_refused(run, folder):
    os.mkfifo(folder / "fifo", 0o600)
    for path in folder / "no", folder / "fifo", folder, "/dev/null":
        program = run("--http", "0", "--read-token", path, "every:1h")
        assert program.finish() == 1
        assert str(path) in program.errors()


def test_file_of_another_user_may_be_read_by_its_group(listen, folder):
    if os.geteuid() != 0:
        pytest.skip("only root gives a file away")
    path = write_token(folder / "t", mode=0o640)
    os.chown(path, 65534, os.getegid())
    program = listen("--read-token", path, "every:20ms")
    assert program.open(headers=BEARER).next_event()
    path.chmod(0o644)
    program = listen("--read-token", path, "every:1h")
    assert program.wait_exit() == 1


def test_failing_cgi_says_nothing_of_the_file(run, folder):
    program = run("--read-token", write_token(folder / "t", mode=0o644),
                  "every:1h", env=cgi_environment(HTTP_AUTHORIZATION=TOKEN))
    assert program.finish() == 1
    assert program.stream.status == 500
    assert TOKEN not in program.stream.text + program.errors()
    assert str(folder) not in program.stream.text


@pytest.mark.parametrize("options, source, wanted", [
    (["--read-token", "t"], ["every:1h"], ["reading needs the token of t"]),
    (["--read-token", "t"], ["--post", "memory:"],
     ["reading needs the token of t", "posting needs the token of t"]),
    (["--read-token", "t", "--post-token", "./u"], ["--post", "memory:"],
     ["reading needs the token of t", "posting needs the token of ./u"]),
    (["--read-token", "t", "--post-token", "none"], ["--post", "memory:"],
     ["reading needs the token of t", "anybody may post"]),
    ([], ["--post", "memory:"], ["anybody may post"]),
], ids=range(5))
def test_check_tells_who_may_read_and_post(run, folder, options, source,
                                           wanted):
    write_token(folder / "t")
    write_token(folder / "u", "another-secret-of-us")
    program = run("--check", *options, *source, cwd=folder)
    assert program.finish() == 0
    said = program.stream.response.head_bytes.decode()
    assert re.findall("^.*(?:needs|anybody).*$", said, re.M) == wanted


@pytest.mark.parametrize("gateway", ["listen", "serve"])
def test_posts_of_other_machines_need_a_decision(
        request, gateway, folder, token_file):
    start = request.getfixturevalue(gateway)
    open_to_all = {"listen": "0.0.0.0:0"}
    refused = start("--post", "memory:", **open_to_all)
    assert refused.wait_exit() == 1
    assert re.search(r"--post-token FILE .* reach 0\.0\.0\.0:\d+\n",
                     refused.errors())
    for options in (["--post-token", token_file], ["--post-token", "none"],
                    ["--read-token", token_file]):
        start(*options, "--post", "memory:", **open_to_all).addresses()
    start("--post", "memory:").addresses()
    start("every:1h", **open_to_all).addresses()
    start("--post", "memory:", listen=f"unix:{folder}/s").wait_for_error(" on ")


# Secrets.

WAYS = [{"headers": BEARER},
        {"headers": {"Authorization": "Basic " + b64encode(
            f"alice:{TOKEN}".encode()).decode()}},
        {"target": f"/?token={quote(TOKEN)}"},
        {"target": f"/.status?token={TOKEN}"},
        {"target": f"/{quote(TOKEN)}", "headers": BEARER},
        {"target": f"/?token={TOKEN}", "headers": PERSON},
        {"target": f"/?token={TOKEN}x", "headers": PERSON},
        {"target": f"/?token={TOKEN}", "method": "BREW"},
        {"headers": {"Authorization": f"Bearer {TOKEN}x"}}]
OF_NO_STREAM = {"target": f"/{quote(TOKEN)}", "headers": BEARER}


def test_token_gets_into_no_log_and_no_answer(listen, token_file):
    program = listen("-v", "--status", "--read-token", token_file, "every:1h")
    for way in WAYS:
        stream = program.open(**way)
        stream.wait_head()
        said = stream.response.head_bytes + bytes(stream.body)
        if way != OF_NO_STREAM:  # an error names what was asked for
            assert TOKEN.encode() not in said, way
            assert quote(TOKEN).encode() not in said, way
    program.send_signal(10)
    program.wait_for_error("since the start")
    assert TOKEN not in program.errors()
    assert quote(TOKEN) not in program.errors()
    for name in "cmdline", "environ":
        with open(f"/proc/{program.pid}/{name}", "rb") as file:
            assert TOKEN.encode() not in file.read()


def test_old_cookie_is_refused_once_there_is_another_token(
        listen, folder, token_file):
    def asked(program, token):
        redirected = program.fetch(f"/?token={quote(token)}", headers=PERSON)
        return redirected.headers["set-cookie"].split(";")[0]
    first = listen("--read-token", token_file, "every:20ms")
    cookie = asked(first, TOKEN)
    assert first.open(headers={"Cookie": cookie}).next_event()
    second = listen("--read-token",
                    write_token(folder / "other", "another-secret-of-us"),
                    "every:20ms")
    assert second.fetch(headers={"Cookie": cookie}).status == 401
    both = f"{cookie}; {asked(second, 'another-secret-of-us')}"
    for program in first, second:
        assert program.open(headers={"Cookie": both}).next_event()


class Terminal:
    """A program whose messages go to a terminal."""

    def __init__(self, *command):
        self.terminal, other = pty.openpty()
        self.said = b""
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stderr=other,
            start_new_session=True, env=plain_environment())
        os.close(other)

    def wait_said(self, pattern):
        def found():
            if select.select([self.terminal], [], [], 0)[0]:
                self.said += os.read(self.terminal, 65536)
            return re.search(pattern, self.said)
        return wait_for(found, f"{pattern!r} in a terminal").group(1).decode()

    def stop(self):
        end_group(self.process)
        os.close(self.terminal)


def test_url_of_a_terminal_presents_the_token(binary, token_file):
    skip_without_terminals()
    terminal = Terminal(binary, "--http", "0", "--base-path", "/a",
                        "--read-token", token_file, "every:1h")
    try:
        url = terminal.wait_said(rb"pipecast: (http://\S+)")
    finally:
        terminal.stop()
    assert re.fullmatch(rf"http://127\.0\.0\.1:\d+/a/\?token={quote(TOKEN, '')}",
                        url)


# Hostile requests.

HOSTILE = [
    [b"Authorization: Bearer " + b"x" * 12000],
    [b"Authorization: Basic " + b"OmNvcnJl" * 1400],
    [b"Authorization: Basic " + b64encode(b":" * 6000)],
    [b"Authorization: Basic ====", b"Authorization: Basic \xff\xfe=="],
    [b"Authorization: Basic Og==", b"Cookie: "],
    [b"Authorization: " + b"Bearer " * 1500],
    # Only the first of them counts.
    [b"Authorization: Bearer x", b"Authorization: Bearer " + TOKEN.encode()],
    [b"Cookie: " + b"; ".join(b"pipecast-read-%08x=" % n + b"0" * 56
                              for n in range(140))],
    [b"Cookie: " + b";" * 12000], [b"Cookie: a=b"] * 90,
    [b"Cookie: pipecast-read-7d523eb3=" + b"0" * 11000],
    [b"Cookie: pipecast-read-7d523eb3=" + b"\xff" * 56],
]


@pytest.mark.parametrize("fields", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_fields_are_refused(listen, token_file, fields):
    program = listen("--read-token", token_file, "every:20ms")
    connection = program.connect(
        request(b"GET / HTTP/1.1", HOST, b"Connection: close", *fields))
    assert connection.wait_closed().startswith(b"HTTP/1.1 401 ")
    assert program.open(headers=BEARER).next_event()


@pytest.mark.parametrize("field", [
    b"Authorization: Bearer \0", b"Cookie: \0",
    b"Authorization: Bearer x\r\n y"], ids=range(3))
def test_fields_that_break_a_head_are_refused(listen, token_file, field):
    program = listen("--read-token", token_file, "every:20ms")
    connection = program.connect(request(b"GET / HTTP/1.1", HOST, field))
    connection.wait_for(b"HTTP/1.1 400 ")
    assert program.open(headers=BEARER).next_event()


@pytest.mark.parametrize("query", [
    "token=" + "x" * 11000, "&".join(["token=x"] * 1400), "token=%00",
    "token=%", "token=" + "%" * 5000, "&;" * 5000 + "token=x"], ids=range(6))
def test_hostile_queries_are_refused(listen, token_file, query):
    program = listen("--read-token", token_file, "every:20ms")
    for headers in {}, PERSON:
        refused = program.fetch(f"/?{query}", headers=headers)
        assert refused.status == 401
        assert "set-cookie" not in refused.headers
    assert program.open(headers=BEARER).next_event()


def test_query_of_cgi_breaks_no_head(run, token_file):
    query = f"a\r\nSet-Cookie: b=c\r\n\r\n\x1b&token={quote(TOKEN)}"
    program = run("--read-token", token_file, "every:1h",
                  env=cgi_environment(QUERY_STRING=query, HTTP_ACCEPT="text/html"))
    assert program.finish() == 0
    assert program.stream.status == 303
    assert program.stream.headers["location"] == \
        "?a%0D%0ASet-Cookie:%20b=c%0D%0A%0D%0A%1B"
    assert program.stream.headers["set-cookie"].startswith("pipecast-read-")
