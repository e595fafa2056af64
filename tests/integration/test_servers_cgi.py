"""What only plain CGI has: nph- scripts, arguments from the query, a process of
its own for each request."""

from client import assert_plain_text
from leaving import OFTEN
from logfile import append
from processes import is_running, wait_gone
from waiting import DEADLINE


def test_nph_script_sends_the_whole_head(cgi_server, script_name, folder):
    path = folder / "log"
    path.touch()
    target = cgi_server.put_pipecast(f"nph-{script_name}", f"file:{path}")
    stream = cgi_server.open(target).wait_open()
    assert stream.response.head_bytes.startswith(b"HTTP/1.1 200 OK\r\n")
    assert stream.headers["content-type"] == "text/event-stream"
    append(path, "line")
    assert stream.next_event().data == "line"
    assert_plain_text(cgi_server.fetch(target, method="POST", body=b"x"), 405)
    target = cgi_server.put_pipecast(f"nph-{script_name}", "exec:echo one")
    one, end = cgi_server.open(target).wait_end()
    assert (one.data, end.type) == ("one", "end")


def test_error_is_told_to_the_log_and_not_to_the_viewer(
        cgi_server, script_name, folder):
    path = folder / "secret"
    path.touch()
    path.chmod(0)
    for arguments, cause in ((["--retry", "soon", "every:1s"], "soon"),
                             ([f"file:{path}"], str(path))):
        answer = cgi_server.fetch(
            cgi_server.put_pipecast(script_name, *arguments))
        assert_plain_text(answer, 500)
        assert "log" in answer.text
        assert cause not in answer.text
        cgi_server.wait_for_error(cause)


INDEXED = [
    "--help", "--version", "--check", "-h", "12345",
    "--config+/etc/passwd", "-c+/etc/passwd",
    "exec:touch%20{marker}", "exec:touch%20{marker}+",
    "+exec:touch%20{marker}", "exec:touch%20{marker}+x",
    "exec:touch%20{marker}%00", "exec:touch%20{marker}%00+x",
    "x+exec:touch%20{marker}%zz", "exec:touch%20{marker}%0a",
    "every:1s:touch%20{marker}", "exec:touch%20{marker}%3B",
    "exec:touch%20{marker}&x",
]


def query_answer(cgi_server, target, query):
    """The answer; a stream is read until it proves to be one."""
    stream = cgi_server.open(f"{target}?{query}",
                         headers={"Connection": "close"})
    if stream.status == 200:
        stream.wait_open()
    else:
        stream.wait_end(DEADLINE)
    return stream


def test_query_words_never_become_options(cgi_server, script_name, folder):
    """RFC 3875, 4.4: a server may pass a query without "=" as arguments."""
    marker = folder / "ran"
    targets = [
        cgi_server.put_config(f"config-{script_name}", "source every:1s\n"),
        cgi_server.put_shell(script_name,
                             f'{cgi_server.binary} every:1s "$@"')]
    passes_arguments = cgi_server.kind != "lighttpd"
    for query in INDEXED:
        for target in targets:
            answer = query_answer(cgi_server, target,
                                  query.format(marker=marker))
            assert not marker.exists(), query
            assert answer.status in ((400, 404) if passes_arguments
                                     else (200, 400)), query
            if passes_arguments and answer.status == 400:
                assert_plain_text(answer, 400)
            answer.close()


def test_viewer_leaving_ends_a_whole_command_that_ignores_sigterm(
        cgi_server, script_name):
    """Before the server's own patience with pipecast ends, at 3 s."""
    stream = cgi_server.open(cgi_server.put_pipecast(
        script_name, *OFTEN,
        "exec:trap '' TERM; sleep 1000 & echo $$ $!; wait"))
    pids = [int(pid) for pid in stream.next_event().data.split()]
    assert all(map(is_running, pids))
    stream.close()
    for pid in pids:
        wait_gone(pid)
