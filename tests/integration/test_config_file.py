"""Configuration files: --config FILE, and scripts that begin with #!."""

import subprocess

import pytest

from program import cgi_environment
from terminals import needs_terminal


@pytest.fixture
def config(folder):
    path = folder / "pipecast.conf"

    def write(text):
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path
    return write


def refusal(run, path, line=None):
    program = run("--cgi", "--config", path)
    assert program.finish() == 2
    if line is not None:
        assert f"{path}:{line}" in program.errors()
    return program.errors()


def test_options_and_sources_are_read(run, config):
    path = config("# a comment\n"
                  "\n"
                  "retry 250ms\n"
                  "  # an indented comment\n"
                  "event first\n"
                  "data %s.%f\n"
                  "source every:20ms\n")
    stream = run("--cgi", "--config", path).stream
    assert stream.wait_open().retries == [250]
    assert stream.next_event().type == "first"


def test_short_option_names_the_file_too(run, config):
    path = config("source every:20ms\n")
    assert run("--cgi", "-c", path).stream.next_event()


def test_source_options_apply_in_their_order(run, config):
    path = config("event one\nsource exec:echo 1\n"
                  "event two\nsource exec:sleep 0.2; echo 2\n")
    program = run("--cgi", "-c", path)
    program.finish()
    one, two, _ = program.stream.wait_end()
    assert [(one.type, one.data), (two.type, two.data)] == \
        [("one", "1"), ("two", "2")]


def test_values_may_hold_blanks_and_hash_signs(run, config):
    path = config("source exec:echo 'a  b' '#c'\n")
    assert run("--cgi", "-c", path).stream.next_event().data == "a  b #c"


@needs_terminal
def test_flag_needs_no_value(run, config):
    path = config("pty\nsource exec:test -t 1 && echo terminal\n")
    assert run("--cgi", "-c", path).stream.next_event().data == "terminal"


def test_last_line_needs_no_newline(run, config):
    path = config("source every:20ms")
    assert run("--cgi", "-c", path).stream.next_event()


def test_crlf_line_ends_are_read(run, config):
    path = config("retry 250ms\r\nsource every:20ms\r\n")
    assert run("--cgi", "-c", path).stream.wait_open().retries == [250]


def test_command_line_and_file_add_up(run, config):
    path = config("retry 250ms\n")
    stream = run("--cgi", "-c", path, "-e", "typed", "every:20ms").stream
    assert stream.wait_open().retries == [250]
    assert stream.next_event().type == "typed"


@pytest.mark.parametrize("text, line, part", [
    ("retry 1s\nno-such-option 1\n", 2, "no-such-option"),
    ("\n\nretry soon\n", 3, "soon"),
    ("retry\n", 1, "retry"),
    ("source gopher:/x\n", 1, "gopher:/x"),
    ("source\n", 1, "source"),
    ("pty yes\n", 1, "pty"),
    ("--retry 1s\n", 1, "--retry"),
    ("#!/usr/bin/pipecast -c\ncolour red\n", 2, "colour"),
])
def test_errors_name_file_and_line(run, config, text, line, part):
    assert part in refusal(run, config(text), line)


def test_dangling_source_option_is_an_error(run, config):
    assert "event" in refusal(run, config("source every:1s\nevent x\n"))


def test_missing_file_is_named(run, folder):
    path = folder / "missing.conf"
    program = run("--cgi", "-c", path)
    assert program.finish() in (1, 2)
    assert str(path) in program.errors()


def test_directory_is_refused(run, folder):
    program = run("--cgi", "-c", folder)
    assert program.finish() in (1, 2)
    assert str(folder) in program.errors()


@pytest.mark.parametrize("junk", [
    b"\0\0\0\n", b"\xff\xfe\n", b"x" * 200_000 + b"\n", b"retry 1s\0\n",
], ids=["nul", "not-utf-8", "long-line", "nul-in-value"])
def test_junk_is_refused(run, config, junk):
    path = config(junk)
    assert str(path) in refusal(run, path)


def test_file_that_names_itself_is_no_endless_loop(run, folder, config):
    path = folder / "pipecast.conf"
    config(f"config {path}\n")
    program = run("--cgi", "-c", path)
    assert program.finish() in (1, 2)
    assert str(path) in program.errors()


def run_script(path):
    return subprocess.run([str(path)], env=cgi_environment(), timeout=20,
                          stdin=subprocess.DEVNULL, capture_output=True,
                          check=False)


def test_executable_config_is_a_cgi_script(binary, config):
    path = config(f"#!{binary} -c\nretry 250ms\nsource exec:echo hello\n")
    path.chmod(0o755)
    answer = run_script(path)
    assert answer.returncode == 0
    assert answer.stdout.startswith(b"Status: 200 OK\r\n")
    assert b"retry: 250\n" in answer.stdout
    assert b"data: hello\n" in answer.stdout


def test_executable_config_with_an_error_answers_500(binary, config):
    path = config(f"#!{binary} -c\nretry soon\nsource every:1s\n")
    path.chmod(0o755)
    answer = run_script(path)
    assert answer.returncode == 2
    assert answer.stdout.startswith(b"Status: 500 ")
    assert f"{path}:2".encode() in answer.stderr


def test_check_reads_the_file(run, config):
    program = run("--check", "-c", config("source every:1s\n"))
    assert program.finish() == 0
    assert "every:1s" in program.stream.response.head_bytes.decode()


def test_byte_order_mark_is_dropped(run, config):
    path = config(b"\xef\xbb\xbfretry 250ms\nsource every:20ms\n")
    assert run("--cgi", "--config", path).stream.wait_open().retries == [250]
