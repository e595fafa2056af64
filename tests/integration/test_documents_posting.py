"""What README shows of publishing is run: by hand, by scripts, by a bot, by a
pipe from elsewhere, and in a cgi-bin."""

import contextlib
import json
import shlex
import subprocess

import pytest

from documents import of_kind, readme_blocks
from examples import put_in
from processes import end_group
from program import plain_environment
from test_documents_commands import browse, run_in  # noqa: F401
from waiting import wait_for

URL = "http://127.0.0.1:8080/"


@pytest.fixture
def block(readme):
    """The only one of a kind, with other addresses."""
    def get(kind, changes=None):
        found, = of_kind(readme_blocks(readme), kind)
        return put_in(found, changes or {})
    return get


@pytest.fixture
def posting(browse, block):  # noqa: F811
    return browse(block("posting", {"pipecast": "pipecast --status"}))


@contextlib.contextmanager
def running(folder, command):
    process = subprocess.Popen(
        ["sh", "-c", command], cwd=folder, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True,
        env=plain_environment())
    try:
        yield
    finally:
        end_group(process)


def test_commands_post_events(posting, block, folder):
    (folder / "Makefile").write_text("all:\n\tfalse\n")
    stream = posting.open().wait_open()
    here = {URL: posting.urls()[0]}
    for command in (*block("post", here).splitlines(), block("notify", here)):
        assert run_in(folder, command) == 0
    assert [(event.type, event.data) for event in stream.next_events(3)] == \
        [("message", "hello"), ("alarm", "disk full"),
         ("message", "make: exit status 2")]
    posting.stop()
    assert run_in(folder, block("notify", here)) != 0


def test_bot_on_any_machine_answers(posting, block, folder):
    stream = posting.open().wait_open()
    here = posting.urls()[0]
    with running(folder, block("curl bot", {URL: here})):
        wait_for(lambda: json.loads(posting.fetch("/.status").text)["viewers"]
                 == 2, "the bot")
        for text in ("hello", "!uptime"):
            assert run_in(folder, f"curl -d '{text}' {here}") == 0
        assert stream.next_data(2) == ["hello", "!uptime"]
        assert "load average" in stream.next_event().data


def test_pipe_becomes_events(posting, block, folder):
    stream = posting.open().wait_open()
    with running(folder, block("pipe post", {URL: posting.urls()[0]})):
        assert "memory" in stream.next_event().data


def test_pipe_of_another_machine_has_a_token(
        browse, block, folder):  # noqa: F811
    assert run_in(folder, block("token file")) == 0
    program = browse(block("posting token",
                           {"--http 0.0.0.0:8080": ""}))
    stream = program.open().wait_open()
    assert program.fetch(method="POST", body=b"x").status == 401
    pipe = block("pipe token", {"http://HOST:8080/": program.urls()[0]})
    with running(folder, pipe):
        assert "memory" in stream.next_event().data


def test_chat_is_a_folder_in_a_cgi_bin(apache_cgid, block, source_tree, folder):
    copy, make = block("chat", {
        "examples/chat": source_tree / "examples" / "chat",
        "/usr/lib/cgi-bin": apache_cgid.cgi_bin,
        "www-data -g www-data": "$(id -u) -g $(id -g)",
        "770 /var/lib/pipecast-chat": f"777 {folder}/chat",
    }).splitlines()
    assert run_in(folder, copy) == 0 and run_in(folder, make) == 0
    script = apache_cgid.cgi_bin / "chat" / "chat.cgi"
    text = put_in(script.read_text(), {
        "FOLDER=/var/lib/pipecast-chat":
            f"FOLDER={shlex.quote(str(folder / 'chat'))}"})
    room = apache_cgid.put_script("chat/chat.cgi", text) + "/room/lobby"
    page = apache_cgid.fetch("/cgi-bin/chat/chat.cgi",
                             headers={"Accept": "text/html"})
    assert "<title>Chat</title>" in page.text
    stream = apache_cgid.open(room).wait_open()
    assert apache_cgid.fetch(room, method="POST", body=b"hi").status == 200
    assert stream.next_event().data == "hi"
    assert apache_cgid.open(room).next_event().data == "hi"
