"""The command line as a whole. What each option takes is tested with the
options."""

import itertools
import re
from errno import ENOMEM

import pytest

from faults import preloaded


def run_to_end(run, *arguments, **options):
    program = run(*arguments, **options)
    status = program.finish()
    return status, program.stream.response.head_bytes.decode(), \
        program.errors()


@pytest.mark.parametrize("words, first", [
    (["--version", "-V"], r"pipecast \d+\.\d+"), (["--help", "-h"], "Usage: ")])
def test_help_and_version_are_printed(run, words, first):
    answers = [run_to_end(run, word) for word in words]
    assert answers[0] == answers[1]
    status, text, errors = answers[0]
    assert (status, errors) == (0, "")
    assert re.match(first, text)


def test_check_says_what_would_run_and_runs_nothing(run, folder):
    marker = folder / "ran"
    fifo = folder / "fifo"
    status, text, errors = run_to_end(
        run, "--check", "-e", "typed", f"exec:touch {marker}",
        f"name=fifo:{fifo}", "--json", "data=msg,id=seq",
        f"file:{folder}/missing")
    assert (status, errors) == (0, "")
    for part in (f"touch {marker}", str(fifo), f"{folder}/missing", "typed",
                 "name", "data from msg, event type from (none), id from seq"):
        assert part in text
    assert not marker.exists() and not fifo.exists()


def test_quiet_drops_warnings(convert):
    assert convert(b"not json\n", "-f", "json").errors() != ""
    assert convert(b"not json\n", "-q", "-f", "json").errors() == ""


@pytest.mark.parametrize("arguments", [
    ["--config", "/nowhere/\u009b31m\u202e"], ["\u202enothing:"],
    ["--\u009b"], ["--page", "/nowhere/\u202e"],
    ["--http", "unix:/nowhere/\u202e"],
])
def test_log_lines_are_ascii_whatever_the_arguments(run, arguments):
    program = run(*arguments)
    assert program.finish() in (1, 2)
    assert "\\xe2\\x80\\xae" in program.errors() \
        or "\\xc2\\x9b" in program.errors()
    assert program.errors().isascii()


def test_lack_of_memory_is_told_once_and_is_no_mistake_of_the_user(
        run, folder):
    """For each allocation in turn that fails, to the first that is not."""
    config, fired = folder / "config", folder / "fired"
    config.write_text("source every:1h\nheader X: y\n")
    for number in itertools.count(1):
        program = run("--check", "--config", config, "--allow-origin",
                      "https://a.example", "-e", "a", "one=every:1h",
                      prefix=preloaded(f"allocate@{number}={ENOMEM}",
                                       fired=fired))
        status, lines = program.wait_exit(), program.errors().count("\n")
        if not fired.exists():
            break
        assert (status, lines) in ((0, 0), (1, 1)), program.errors()
        fired.unlink()
    assert number > 5
    assert status == 0
