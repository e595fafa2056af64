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


@pytest.mark.parametrize("arguments, remedy", [
    (["--retry", "soon"], "250ms"),
    (["--retry", "5x"], "5"),
    (["--retry", "-1"], ""),
    (["--retry", ""], ""),
    (["--retry", "99999999999999999999h"], ""),
    (["--heartbeat", "1.5s"], ""),
    (["--max-age", "tomorrow"], ""),
    (["--history", "1Q"], ""),
    (["--history", "-5"], ""),
    (["--max-event", "big"], ""),
    (["--replay", "some"], "all"),
    (["--format", "xml", "-"], "lines"),
    (["--json", "message", "-"], "data=NAME"),
    (["--json", "data=a,data=b", "-"], "each once"),
    (["--json", "retry=a", "-"], "data=NAME,event=NAME,id=NAME"),
    (["--dialect", "atom"], "dom-event-stream"),
    (["--header", "NoColon"], "NAME: VALUE"),
    (["--header", "Bad Name: x"], ""),
    (["--header", "content-type: text/plain"], "does not set itself"),
    (["--max-age", "366d"], "from 0 to 365d"),
    (["--retry", "0"], "from 1ms to 365d"),
    (["--history", "4095"], "from 4K to 1G"),
    (["--history", "1048577K"], "from 4K to 1G"),
    (["--max-event", "0"], "from 1 to 1G"),
    (["--max-clients", "0"], "from 1 to 4294967295"),
    (["--max-clients", "4294967296"], "from 1 to 4294967295"),
    (["--page", ""], "a file"),
])
def test_bad_value_is_named_with_its_option(run, arguments, remedy):
    message = refusal(run, *arguments)
    assert arguments[0] in message
    assert arguments[1] in message
    assert remedy in message


def test_unknown_format_is_answered_with_all_formats(run):
    message = refusal(run, "--format", "xml", "-")
    for name in ("lines", "blocks", "nul", "sse", "json"):
        assert name in message


@pytest.mark.parametrize("arguments", [
    ["--header", "X-A: b\r\nX-C: d"],
    ["--header", "X-A: b\nX-C: d"],
    ["--allow-origin", "http://a\r\nX: y"],
    ["--event", "a\nb", "-"],
    ["--end-event", "a\nb"],
    ["--gap-event", "a\rb"],
])
def test_value_with_a_line_break_is_refused(run, arguments):
    assert arguments[0] in refusal(run, *arguments)


def test_data_that_get_too_long_are_refused(run):
    message = refusal(run, "--data", 99 * "%c", "every:1s")
    assert "less than 1000 bytes" in message


def test_header_with_a_control_character_is_refused(run):
    message = refusal(run, "--header", "X-A: \x01")
    assert "without control characters" in message


@pytest.mark.parametrize("option", [
    "--retry", "--event", "-e", "--format", "-f", "--data", "-d", "--header",
    "--config", "-c",
])
def test_missing_value_is_told(run, option):
    assert option in refusal(run, option)


def test_flag_with_a_value_is_refused(run):
    assert "--pty" in refusal(run, "--pty=yes", "exec:true")


@pytest.mark.parametrize("source", [
    "gopher:/x", "file:", "fifo:", "exec:", "every:", "every:soon",
    "every:-1s", "every:0", "no-kind-at-all", "name=gopher:/x",
])
def test_bad_source_is_named(run, source):
    assert source in refusal(run, source)


def test_unknown_kind_of_source_is_answered_with_all_kinds(run):
    message = refusal(run, "gopher:/x")
    for kind in ("fifo:", "file:", "exec:", "every:"):
        assert kind in message


@pytest.mark.parametrize("option", [
    ["-e", "x"], ["--event", "x"], ["-f", "nul"], ["-d", "%s"],
])
def test_source_option_after_the_last_source_is_refused(run, option):
    message = refusal(run, "every:1s", *option)
    assert option[0].lstrip("-")[0] in message
    assert "source" in message


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


@pytest.mark.parametrize("arguments, part", [
    (["-f", "lines", "--json", "data=a", "-"], "--json 'data=a'"),
    (["--json", "data=a", "-f", "lines", "-"], "--format 'lines'"),
])
def test_json_members_of_another_format_are_refused(run, arguments, part):
    assert part in refusal(run, *arguments)


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


def test_value_may_follow_an_equals_sign(run):
    program = run("--cgi", "--retry=250ms", "every:20ms")
    program.stream.next_event()
    assert program.stream.retries == [250]


def test_value_may_stick_to_a_short_option(run):
    program = run("--cgi", "-etyped", "every:20ms")
    assert program.stream.next_event().type == "typed"


def test_options_and_sources_may_be_mixed(run, folder):
    program = run("--cgi", "every:20ms", "--retry", "250ms")
    program.stream.next_event()
    assert program.stream.retries == [250]


@pytest.mark.parametrize("duration, ms", [
    ("3", 3000), ("3s", 3000), ("250ms", 250), ("2m", 120_000),
    ("1h", 3_600_000),
])
def test_durations(run, duration, ms):
    program = run("--cgi", "--retry", duration, "every:20ms")
    assert program.stream.wait_open().retries == [ms]


def test_double_dash_ends_the_options(run):
    program = run("--cgi", "--", "every:20ms")
    assert program.stream.next_event()


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


def test_standard_input_can_be_one_source_only(run):
    """Each of two readers would get a part of it."""
    errors = refusal(run, "-", "x=-")
    assert "'x=-' conflicts with '-'" in errors


def test_two_sources_of_one_name_are_refused(run):
    errors = refusal(run, "a=every:1s", "a=every:2s")
    assert "'a=every:2s'" in errors and "--event" in errors


@pytest.mark.parametrize("arguments", [
    ["--event", "error", "-"], ["-e", "open", "-"], ["error=-"],
    ["open=every:1s"], ["--end-event", "error"], ["--gap-event", "open"],
])
def test_types_of_eventsource_itself_are_refused(run, arguments):
    message = refusal(run, *arguments)
    assert arguments[-1] in message or arguments[-2] in message
    assert "EventSource has its own events" in message


@pytest.mark.parametrize("arguments, option", [
    (["end=every:1s"], "--end-event"),
    (["--event", "gap", "every:1s"], "--gap-event"),
    (["a=every:1s", "--end-event", "a"], "--end-event"),
])
def test_type_of_a_source_is_not_that_of_end_or_gap(run, arguments, option):
    assert option in refusal(run, *arguments)


@pytest.mark.parametrize("arguments", [
    ["-e", "x", "error=every:1s"], ["--end-event", "", "end=every:1s"],
    ["-e", "x", "end=every:1s"], ["--end-event", "done", "end=every:1s"],
    ["-e", "message", "every:1s"],
])
def test_names_are_free_where_they_are_no_type(run, arguments):
    assert run("--check", *arguments).wait_exit() == 0


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
