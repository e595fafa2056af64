"""Every command and script that README and the manual show is run."""

import json
import os
import re
import shlex
import signal
import socket
import subprocess

import pytest

from activation import unit
from client import EventStream
from documents import manual_blocks, of_kind, readme_blocks
from examples import put_in
from fastcgi_servers import SOCKET
from http_program import HttpProgram
from logfile import append, lines
from one_program import accepts
from processes import end_group, end_marked
from program import plain_environment
from terminals import skip_without_terminals
from waiting import DEADLINE, wait_for

LOG = "/var/log/dpkg.log"
DOCUMENTS = (readme_blocks, "readme"), (manual_blocks, "manual")


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
    path.write_text("".join(f"{line}\n" for line in lines(0, 19)))
    command = folder / "bin" / "journalctl"
    command.parent.mkdir()
    command.write_text(
        "#!/bin/sh\ncase $* in *--output=json*) ;; *) exit 1 ;; esac\n"
        f"tail -n 20 -F {path} | sed -u "
        """'s/.*/{"__CURSOR": "s=1;t=fffffffffffffff", "MESSAGE": "&"}/'\n""")
    command.chmod(0o755)
    return path


def assert_vmstat(stream):
    lines = stream.next_data(3)
    assert "procs" in lines[0]
    assert re.fullmatch(r"[\d\s]+", lines[2])


def assert_log_and_load(stream, log):
    append(log, "another line")
    last = {"log": "", "load": ""}
    while "another line" not in last["log"] or not last["load"]:
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
    elif "log=journal:" in command:
        assert_log_and_load(stream, log)
    else:
        assert "vmstat" in command
        assert_vmstat(stream)


@pytest.mark.parametrize("blocks_of, document", DOCUMENTS)
def test_terminal_commands_stream(request, blocks_of, document, shell, log):
    skip_without_terminals()
    commands = of_kind(blocks_of(request.getfixturevalue(document)), "shell")
    assert commands
    for command in commands:
        assert_streams(shell(command.replace(LOG, str(log))), command, log)


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


@pytest.mark.parametrize("blocks_of, document", DOCUMENTS)
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
    assert stream.next_data(10) == lines(10, 19)
    append(log, "another line")
    assert stream.next_event().data == "another line"


def assert_journal(stream, log):
    stream.wait_open()  # before that, a line may be past
    append(log, "another line")
    while "another line" not in stream.next_event().data:
        pass


def test_journal_of_readme_is_followed(readme, browse, log):
    command, = of_kind(readme_blocks(readme), "journal")
    assert_journal(browse(command).open(), log)


def test_http_service_of_readme_shows_the_journal(readme, browse, log):
    copy = of_kind(readme_blocks(readme), "service")[0].split()[1]
    assert copy == "examples/servers/pipecast-http.s*"
    line, = unit("pipecast-http.service")["ExecStart"]
    command = put_in(line, {"/usr/local/bin/pipecast": "pipecast"})
    assert_journal(browse(command).open(), log)


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
    assert line == b": pipecast, heartbeat 15000 ms\n"


# Scripts.

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
    script, = of_kind(blocks, "append")
    stream = browse(command).open().wait_open()
    assert run_in(folder, script) == 0
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


def test_every_log_of_the_folder_of_readme_is_a_stream(readme, browse, log):
    command, = of_kind(readme_blocks(readme), "folder")
    program = browse(command.replace("/var/log/nginx", str(log.parent)))
    stream = program.open(f"/logs/{log.name}")
    assert stream.next_data(10) == lines(10, 19)
    append(log, "another line")
    assert stream.next_event().data == "another line"


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

def test_scripts_of_the_manual_stream(
        manual, apache_cgid, script_name, binary, log):
    for number, script in enumerate(of_kind(manual_blocks(manual), "script")):
        stream = apache_cgid.open(apache_cgid.put_script(
            f"{number}-{script_name}",
            script.replace("/usr/local/bin", str(binary.parent))
            .replace(LOG, str(log))))
        if LOG in script:
            assert stream.next_data(10) == lines(10, 19)
        else:
            event = stream.next_event()
            assert event.type == "server-time"
            assert re.fullmatch(r"\d{10}\.\d{6}", event.data)


def test_bot_of_readme_answers(readme, browse, folder):
    program = browse(of_kind(readme_blocks(readme), "bot")[0])
    stream = program.open().wait_open()
    run_in(folder, f"curl -d 'It rains' {program.urls()[0]}")
    assert stream.next_event().data == "It rains? Why?"
