"""Configuration files as scripts, which begin with #!."""

import subprocess

import pytest

from program import cgi_environment


@pytest.fixture
def run_config(binary, folder):
    """What an executable configuration file answers, as a CGI script."""
    def start(text):
        path = folder / "pipecast.conf"
        path.write_text(f"#!{binary} -c\n{text}")
        path.chmod(0o755)
        return subprocess.run(
            [str(path)], env=cgi_environment(), timeout=20,
            stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return start


def test_executable_config_is_a_cgi_script(run_config):
    answer = run_config("retry 250ms\nsource exec:echo hello\n")
    assert answer.returncode == 0
    assert answer.stdout.startswith(b"Status: 200 OK\r\n")
    assert b"retry: 250\n" in answer.stdout
    assert b"data: hello\n" in answer.stdout


def test_executable_config_with_an_error_answers_500(run_config, folder):
    answer = run_config("retry soon\nsource every:1s\n")
    assert answer.returncode == 2
    assert answer.stdout.startswith(b"Status: 500 ")
    assert f"{folder}/pipecast.conf:2".encode() in answer.stderr
