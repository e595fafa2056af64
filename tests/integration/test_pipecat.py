"""pipecat: prints streams of a server that does what servers do."""

import re
import signal
import socket
import subprocess
import time

import pytest

from documents import kind_of, manual_blocks, of_kind, readme_blocks
from hub import NO_STREAM_LEFT, STREAM, Certificate, Hub, answer, stream
from program import plain_environment
from test_tokens import BEARER, TOKEN, write_token
from waiting import DEADLINE, wait_for

FAST = "retry: 1"


@pytest.fixture
def hub():
    hubs = []

    def start(*answers, **options):
        hubs.append(Hub(*answers, **options))
        return hubs[-1]
    yield start
    for one in hubs:
        one.stop()


@pytest.fixture
def cat(pipecat):
    """Runs it to its end."""
    def run(*arguments, **options):
        return subprocess.run(
            [pipecat, *map(str, arguments)], capture_output=True, text=True,
            timeout=DEADLINE, **{"env": plain_environment(), **options})
    return run


@pytest.fixture
def certificate(folder):
    return Certificate(folder)


def last_event_ids(hub):
    return [(re.search(r"^Last-Event-ID: (.*)$", head, re.M) or [None] * 2)[1]
            for head in hub.heads()]


def test_goes_on_after_each_break_and_ends_at_204(hub, cat):
    one = hub(stream(FAST, "id: 1\ndata: a", "id: 2\ndata: b\ndata: c"),
              stream("id: 2"), stream("data: no id"),
              STREAM + b"data: cut off", NO_STREAM_LEFT)
    done = cat(one.url)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "a\nb\nc\nno id\n"
    assert last_event_ids(one) == [None, "2", "2", "2", "2"]
    assert "Accept: text/event-stream" in one.heads()[0]


@pytest.mark.parametrize("options, printed", [
    ([], "a\nb\nc\n"),
    (["--json"], '{"data":"a"}\n'
     '{"data":"b\\u000ac","event":"t","id":"\u00e4"}\n'),
    (["--format", "sse"],
     ": hello\nretry: 1\n\ndata: a\n\nid: \u00e4\nevent: t\ndata: b\n"
     "data: c\n\n"),
    (["--event", "t"], "b\nc\n"),
    (["--event", "message"], "a\n"),
    (["--count", "1"], "a\n"),
])
def test_forms(hub, cat, options, printed):
    one = hub(stream(": hello\n" + FAST, "data: a",
                     "event: t\nid: \u00e4\ndata: b\ndata: c"),
              NO_STREAM_LEFT)
    done = cat(*options, one.url)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.replace("\n\n: ", "\n: ") == printed


FINAL = [
    (answer(401, "A token is needed."), "A token is needed; give a token"),
    (answer(403), "403"), (answer(404, "No stream."), "No stream; check"),
    (answer(200, "<p>", kind="text/html"), "text/html; this is not an event"),
    (answer(302, "", "Location: ftp://127.0.0.1/"), ""),
]


@pytest.mark.parametrize("given, told", FINAL, ids=range(len(FINAL)))
def test_final_answer_ends_it_and_says_why(hub, cat, given, told):
    one = hub(given)
    done = cat(one.url)
    assert done.returncode == 1
    assert told in done.stderr and one.url in done.stderr
    assert len(done.stderr.splitlines()) == len(one.requests) == 1


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                          b"\1\0\0\0\0\0\0\0")


def test_trouble_that_passes_is_told_once_and_is_waited_for(hub, cat):
    one = hub(stream(FAST, "data: a"), answer(502, "<p>", kind="text/html"),
              answer(503), answer(503), answer(429), b"", reset, b"nonsense\r\n",
              stream("data: b"), NO_STREAM_LEFT)
    done = cat(one.url)
    assert done.stdout == "a\nb\n"
    lines = done.stderr.splitlines()
    assert sum("answer is 503" in line for line in lines) == 1
    assert "connected again" in lines[-1]
    assert all("trying again" in line for line in lines[:-1])


def test_redirection_is_followed_but_takes_the_token_to_no_other_server(
        hub, cat, folder):
    other = hub(stream("data: there", FAST), NO_STREAM_LEFT)
    elsewhere = other.url.replace("127.0.0.1", "localhost")
    one = hub(answer(307, "", f"Location: {elsewhere}"))
    token = write_token(folder / "token")
    done = cat("--token", token, one.url)
    assert done.stdout == "there\n"
    assert BEARER["Authorization"] in one.heads()[0]
    assert not any("Authorization" in head for head in other.heads())


def test_silence_beyond_two_heartbeats_is_a_broken_connection(hub, cat):
    def silent(connection):
        connection.sendall(stream(
            ": pipecast, heartbeat 1 ms\n" + FAST, "id: 1\ndata: a"))
        connection.recv(1)
    one = hub(silent, NO_STREAM_LEFT)
    done = cat(one.url)
    assert done.stdout == "a\n"
    assert last_event_ids(one) == [None, "1"]
    assert "nothing came for" in done.stderr


HOSTILE = [
    ("data: " + "x" * 3000, "", "skipped an event over --max-event"),
    ("data: 1\n" * 2000, "", "skipped"),
    ("event: " + "t" * 65536 + "\ndata: kept", "", "skipped"),
    ("id: a\0b\ndata: kept", "kept\n", "id with NUL"),
    ("id: " + "i" * 1025 + "\ndata: kept", "", "skipped"),
    ("data: \ufffd\0\x1b[1m", "\ufffd\0\x1b[1m\n", ""),
    ("event: end\nid: pipecast-end\ndata: {}", "", ""),
    ('event: gap\ndata: {"last_event_id":"1","missed":3}', "",
     "events are missing here"),
]


@pytest.mark.parametrize("block, printed, told", HOSTILE,
                         ids=range(len(HOSTILE)))
def test_hostile_stream_is_bounded_and_goes_on(hub, cat, block, printed, told):
    one = hub(stream(FAST, "data: a", block, "data: b"), NO_STREAM_LEFT)
    done = cat("--max-event", "1000", one.url)
    assert done.returncode == 0
    assert done.stdout == f"a\n{printed}b\n"
    assert told in done.stderr and bool(told) == bool(done.stderr)


def test_endless_line_and_endless_event_are_skipped(hub, cat):
    def endless(connection):
        connection.sendall(STREAM)
        for part in (b"data: " + b"x" * 65530, b"\ndata: y" * 8192):
            for _ in range(200):
                connection.sendall(part)
        connection.sendall(b"\n\ndata: after\n\nretry: 1\n\n")
    one = hub(endless, NO_STREAM_LEFT)
    done = cat(one.url)
    assert done.stdout == "after\n"
    assert "skipped" in done.stderr


def test_state_is_where_it_goes_on_also_after_a_restart(hub, cat, folder):
    one = hub(stream("id: 1\ndata: a", "id: 2\ndata: b", "id: 3\ndata: c"),
              stream("id: 3\ndata: c", FAST), NO_STREAM_LEFT)
    state = folder / "state"
    assert cat("--state", state, "-n", "2", one.url).stdout == "a\nb\n"
    assert state.read_text() == "2\n"
    assert cat("--state", state, one.url).stdout == "c\n"
    assert last_event_ids(one) == [None, "2", "3"]
    assert [path.name for path in folder.iterdir()] == ["state"]
    for wrong in ("", "no end", "two\nlines\n", "x" * 2000 + "\n"):
        state.write_text(wrong)
        done = cat("--state", state, one.url)
        assert done.returncode == 1 and "not a file of --state" in done.stderr


def test_state_that_cannot_be_written_is_told_once(hub, cat, folder):
    one = hub(stream("id: 1\ndata: a", FAST), stream("id: 2\ndata: b"),
              NO_STREAM_LEFT)
    done = cat("--state", folder / "no" / "state", one.url)
    assert done.stdout == "a\nb\n"
    assert done.stderr.count("cannot write") == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_it_with_its_place_kept(hub, start_cat, folder, number):
    def open_end(connection):
        connection.sendall(stream("id: 7\ndata: a"))
        connection.recv(1)
    state = folder / "state"
    program = start_cat("--state", state, hub(open_end).url)
    wait_for(state.exists, "the state")
    program.send_signal(number)
    assert program.wait_exit() == 0
    assert state.read_text() == "7\n"


def test_certificate_of_nobody_is_told_with_what_to_do(
        hub, cat, certificate):
    one = hub(stream("data: a", FAST), NO_STREAM_LEFT,
              context=certificate.context())
    url = one.url.replace("127.0.0.1", "localhost")
    done = cat(url)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "certificate" in done.stderr and "--cacert" in done.stderr
    for more in ({}, {"SSL_CERT_FILE": str(certificate.path)}):
        options = [] if more else ["--cacert", certificate.path]
        assert cat(*options, url,
                   env=plain_environment(**more)).stdout in ("a\n", "")


def test_proxy_of_the_environment_is_used(hub, cat):
    proxy = hub(stream("data: by proxy", FAST), NO_STREAM_LEFT)
    done = cat("http://hub.example/news",
               env=plain_environment(http_proxy=proxy.url))
    assert done.stdout == "by proxy\n"
    assert proxy.heads()[0].startswith("GET http://hub.example/news ")


@pytest.mark.parametrize("arguments, told", [
    ([], "which stream?"), (["ftp://h/"], "http://HOST"),
    (["a", "b"], "one URL too many"), (["--format", "x", "h"], "json or sse"),
    (["--count", "0", "h"], "from 1"), (["--nope", "h"], "no option --nope"),
    (["--count"], "needs a value"), (["--post", "--relay"], "exclude"),
    (["--post", "--state", "f", "h"], "for reading"),
    (["--token", "/dev/null", "h"], "must hold a token"),
    (["--last-event-id", "a\nb", "h"], "event ID"),
    (["--relay"], "is for pipecast"),
])
def test_wrong_options_say_what_would_be_right(cat, arguments, told):
    done = cat(*arguments, stdin=subprocess.DEVNULL)
    assert done.returncode == 2
    assert told in done.stderr and done.stderr.startswith("pipecat: ")


def test_reads_pipecast_by_tcp_and_unix_socket_with_a_token(
        listen, cat, folder):
    token = write_token(folder / "token")
    for address in ("0", f"unix:{folder}/socket"):
        program = listen("--read-token", token, "--keep", "--replay", "all",
                         "exec:printf 'a\\nb\\n'", listen=address)
        url = program.address
        done = cat("--token", token, url)
        assert (done.returncode, done.stdout) == (0, "a\nb\n")
        done = cat(url, env=plain_environment(PIPECAT_TOKEN_FILE=str(token)))
        assert done.returncode == 0
        assert cat(url).returncode == 1
    done = cat("--unix-socket", folder / "socket",
               f"http://:{TOKEN.replace('/', '%2F')}@localhost/")
    assert done.returncode == 0 and TOKEN not in done.stderr


def test_loses_nothing_while_its_server_is_killed_again_and_again(
        listen, start_cat, folder):
    spool = folder / "spool"
    options = ["--retry", "50ms", "--history", "1M", f"spool:{spool}"]
    program = listen(*options)
    port = program.port
    out = open(folder / "out", "wb")
    start_cat(program.address, stdout=out)
    for i in range(400):
        with open(spool, "a") as file:
            file.write(f"data: {i}\n\n")
        if i % 100 == 50:
            program.send_signal(signal.SIGKILL)
            program.wait_exit()
            program = listen(*options, listen=str(port))
            program.addresses()
        time.sleep(0.002)
    wait_for(lambda: (folder / "out").read_text().endswith("399\n"),
             "the last event")
    lines = list(map(int, (folder / "out").read_text().split()))
    assert lines == list(range(lines[0], 400))
    out.close()


def commands_of_documents(readme, source_tree):
    text = (source_tree / "man" / "pipecat.1").read_text()
    for block in of_kind(readme_blocks(readme), "pipecat"):
        yield from block.splitlines()
    for block in manual_blocks(text):
        if kind_of(block) != "doctor":
            yield block.strip()


def test_commands_of_the_documents_do_what_is_said_there(
        listen, pipecat, folder, readme, source_tree):
    program = listen("--post", "--replay", "all", "memory:")
    vmstat = folder / "vmstat"
    vmstat.write_text("#!/bin/sh\nseq $1 5\n")
    vmstat.chmod(0o755)
    path = f"{folder}:{pipecat.parent}:/usr/bin:/bin"
    commands = sorted(commands_of_documents(readme, source_tree),
                      key=lambda command: "--post" not in command)
    assert len(commands) == 5 and "--post" in commands[1]
    for command in commands:
        (folder / "place").unlink(missing_ok=True)
        line = command.replace("http://127.0.0.1:8080/", program.address)
        line = line.replace("pipecat ", "pipecat --count 10 ")
        if "--post" in command:
            line = line.replace("--count 10 ", "")
        done = subprocess.run(
            ["sh", "-c", line], cwd=folder, capture_output=True, text=True,
            env=plain_environment(PATH=path), timeout=DEADLINE)
        assert line != command and (done.returncode, done.stderr) == (0, "")
        printed = done.stdout
        if ">>events.log" in line:
            printed = (folder / "events.log").read_text()
            (folder / "events.log").unlink()
        assert printed == ("" if "--post" in line else "1\n2\n3\n4\n5\n" * 2)
