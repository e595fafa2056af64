"""Publishing under plain CGI, into a spool that others read."""

import json
import subprocess

import pytest

from program import cgi_environment


@pytest.fixture
def post(run, folder):
    """Posts a body; returns the program, which has ended."""
    def start(body, *options, source=None, **variables):
        variables = {"REQUEST_METHOD": "POST",
                     "CONTENT_LENGTH": str(len(body)), **variables}
        program = run(*options, source or f"spool:{folder}/spool",
                      stdin=subprocess.PIPE,
                      env=cgi_environment(**variables))
        program.stdin.write(body)
        program.stdin.close()
        program.stream.read_to_end()
        program.status = program.wait_exit()
        return program
    return start


@pytest.fixture
def spooled(folder):
    return lambda: (folder / "spool").read_text()


def test_body_is_appended_and_answered(post, spooled):
    stream = post(b"hello\n", "--post").stream
    assert stream.status == 200
    assert json.loads(stream.text)["id"].startswith("f-")
    assert spooled() == "data: hello\n\n"


def test_many_events_are_cut_up_to_the_end_of_the_input(post, spooled):
    """As Apache passes chunks on: without a length."""
    stream = post(b"a\nb\nc", "--post", CONTENT_LENGTH=None,
                  HTTP_TRANSFER_ENCODING="chunked",
                  QUERY_STRING="format=lines").stream
    assert json.loads(stream.text)["events"] == 3
    assert spooled() == "data: a\n\ndata: b\n\ndata: c\n\n"


def test_large_body_arrives_whole(post, spooled):
    lines = [f"line {n}" for n in range(20_000)]
    stream = post("\n".join(lines).encode(), "--post",
                  QUERY_STRING="format=lines").stream
    assert json.loads(stream.text)["events"] == len(lines)
    assert spooled() == "".join(f"data: {line}\n\n" for line in lines)


@pytest.mark.parametrize("status, variables", [
    (400, {"CONTENT_LENGTH": "99"}),
    (400, {"QUERY_STRING": "event=end"}),
    (403, {"HTTP_SEC_FETCH_SITE": "cross-site"}),
    (404, {"PATH_INFO": "/none"}),
    (413, {"CONTENT_LENGTH": "300000"}),
])
def test_refusal_publishes_nothing(post, folder, status, variables):
    program = post(b"hello", "--post", **variables)
    assert program.stream.status == status
    assert not (folder / "spool").exists() or \
        (folder / "spool").read_text() == ""


def test_refused_body_is_taken_from_the_server_all_the_same(post):
    """Apache would report an error of its own."""
    assert post(bytes(4_000_000), "--post").stream.status == 413


def test_stream_that_takes_no_posts_says_so(post):
    assert post(b"hello").stream.status == 405


@pytest.mark.parametrize("source", ["memory:", "exec:cat"])
def test_what_no_other_process_would_see_is_refused(post, source):
    program = post(b"hello", "--post", source=source)
    assert (program.stream.status, program.status) == (500, 2)
    assert "plain CGI starts one for each request" in program.errors()
