"""Configuration files: --config FILE, and scripts that begin with #!."""

import subprocess

import pytest

from program import cgi_environment


@pytest.fixture
def config(folder):
    path = folder / "pipecast.conf"

    def write(text):
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path
    return write


def refusal(run, path):
    program = run("--cgi", "--config", path)
    assert program.finish() == 2
    return program.errors()


def test_source_options_apply_in_their_order(run, config):
    path = config("event one\nsource exec:echo 1\n"
                  "event two\nsource exec:sleep 0.2; echo 2\n")
    program = run("--cgi", "-c", path)
    program.finish()
    one, two, _ = program.stream.wait_end()
    assert [(one.type, one.data), (two.type, two.data)] == \
        [("one", "1"), ("two", "2")]


def test_missing_file_is_named(run, folder):
    path = folder / "missing.conf"
    program = run("--cgi", "-c", path)
    assert program.finish() in (1, 2)
    assert str(path) in program.errors()


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
