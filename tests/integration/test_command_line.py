"""The command line: help, check, and usage errors that say what is right."""

import itertools
import re
from errno import ENOMEM

import pytest

from faults import preloaded

OPTIONS = [
    "--http", "--fastcgi", "--keep",
    "--cgi", "--event", "--format", "--json", "--data", "--retry", "--heartbeat",
    "--history", "--replay", "--max-event", "--max-age", "--pty",
    "--allow-origin", "--header", "--end-event", "--gap-event", "--dialect",
    "--config", "--quiet", "--verbose", "--check", "--help", "--version",
]


def run_to_end(run, *arguments, **options):
    program = run(*arguments, **options)
    status = program.finish()
    return status, program.stream.response.head_bytes.decode(), \
        program.errors()


def refusal(run, *arguments):
    """The message of a usage error."""
    program = run("--cgi", *arguments)
    assert program.finish() == 2
    errors = program.errors()
    assert errors.startswith("pipecast: ")
    return errors


@pytest.mark.parametrize("word", ["--help", "-h"])
def test_help_lists_every_option(run, word):
    status, text, errors = run_to_end(run, word)
    assert (status, errors) == (0, "")
    for option in OPTIONS:
        assert re.search(rf"{option}\b", text), option
    for source in ("fifo:PATH", "file:PATH", "exec:COMMAND",
                   "every:DURATION"):
        assert source in text


@pytest.mark.parametrize("word", ["--version", "-V"])
def test_version_names_the_program(run, word):
    status, text, errors = run_to_end(run, word)
    assert (status, errors) == (0, "")
    assert re.match(r"pipecast \d+\.\d+", text)


@pytest.mark.parametrize("option", [
    "--http", "--fastcgi",
    "--patience", "--max-clients", "--no-such-option", "-Z",
])
def test_unknown_option_is_named(run, option):
    assert option in refusal(run, option)


def test_source_option_without_any_source_describes_standard_input(run):
    program = run("--cgi", "-e", "typed", "-f", "nul")
    assert program.finish() == 0


@pytest.mark.parametrize("variable", [
    {"GATEWAY_INTERFACE": "CGI/1.1"}, {"REQUEST_METHOD": "GET"},
])
def test_either_variable_of_a_server_chooses_cgi(run, variable):
    program = run("every:20ms", env={"PATH": "/usr/bin:/bin", **variable})
    assert program.stream.status == 200
    assert program.stream.next_event()


def test_check_says_what_would_run_and_runs_nothing(run, folder):
    marker = folder / "ran"
    fifo = folder / "fifo"
    status, text, errors = run_to_end(
        run, "--check", "-e", "typed", f"exec:touch {marker}",
        f"name=fifo:{fifo}", f"file:{folder}/missing")
    assert (status, errors) == (0, "")
    for part in (f"touch {marker}", str(fifo), f"{folder}/missing", "typed",
                 "name"):
        assert part in text
    assert not marker.exists() and not fifo.exists()


def test_json_members_describe_sources_up_to_the_next_format(run):
    status, text, errors = run_to_end(
        run, "--check", "-f", "lines", "file:a", "--json", "data=msg,id=seq",
        "file:b", "file:c", "-f", "json", "file:d", "-f", "json", "--json",
        "event=type", "file:e", "-f", "nul", "file:f")
    assert (status, errors) == (0, "")
    formats = re.findall(
        r"^source file:(.)\n.*format (\w+)(?:\n  (data from .*))?$", text, re.M)
    mapped = "data from msg, event type from (none), id from seq"
    assert formats == [
        ("a", "lines", ""), ("b", "json", mapped), ("c", "json", mapped),
        ("d", "json", ""),
        ("e", "json", "data from data, event type from type, id from (none)"),
        ("f", "nul", "")]


def test_check_finds_usage_errors(run):
    program = run("--check", "--retry", "soon", "every:1s")
    assert program.finish() == 2
    assert "soon" in program.errors()


def test_quiet_drops_warnings(run, folder):
    path = folder / "input"
    path.write_text("not json\n")
    with open(path, "rb") as stdin:
        loud = run("--cgi", "-f", "json", stdin=stdin)
        loud.finish()
    with open(path, "rb") as stdin:
        quiet = run("--cgi", "-q", "-f", "json", stdin=stdin)
        quiet.finish()
    assert loud.errors() != ""
    assert quiet.errors() == ""


def test_an_ordinary_run_logs_nothing(run):
    program = run("--cgi", "exec:seq 3")
    assert program.finish() == 0
    assert program.errors() == ""


def test_usage_error_under_a_server_is_answered_with_500(gateway):
    program = gateway("--no-such-option")
    assert program.finish() == 2
    assert program.stream.status == 500
    assert program.stream.headers["content-type"].startswith("text/plain")
    assert "--no-such-option" in program.errors()


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
