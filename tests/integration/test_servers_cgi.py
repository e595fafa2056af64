"""What only plain CGI has: nph- scripts, arguments from the query, a process of
its own for each request."""

import pytest

from client import assert_plain_text
from leaving import LIMIT_S, OFTEN, seconds_until, within_limit
from logfile import append
from processes import group_of, is_running, read_pid, wait_gone, write_pid
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


def test_nph_script_ends_the_response_by_closing(cgi_server, script_name):
    target = cgi_server.put_pipecast(f"nph-{script_name}", "exec:echo one")
    one, end = cgi_server.open(target).wait_end()
    assert (one.data, end.type) == ("one", "end")


def test_nph_script_refuses_a_post(cgi_server, script_name):
    target = cgi_server.put_pipecast(f"nph-{script_name}", "exec:echo one")
    assert_plain_text(cgi_server.fetch(target, method="POST", body=b"x"), 405)


@pytest.mark.parametrize("arguments, cause", [
    (["--no-such-option"], "--no-such-option"),
    (["--retry", "soon", "every:1s"], "soon"),
    (["file:/"], "/"),
    (["nothing:like-this"], "nothing:like-this"),
])
def test_misconfigured_script_says_so_in_the_error_log(
        cgi_server, script_name, arguments, cause):
    answer = cgi_server.fetch(cgi_server.put_pipecast(script_name, *arguments))
    assert_plain_text(answer, 500)
    assert "log" in answer.text
    cgi_server.wait_for_error(cause)


def test_misconfigured_script_tells_the_viewer_no_details(
        cgi_server, script_name):
    answer = cgi_server.fetch(
        cgi_server.put_pipecast(script_name, "--no-such-option", "every:1s"))
    assert "no-such-option" not in answer.text


def test_unreadable_file_is_an_error(cgi_server, script_name, folder):
    path = folder / "secret"
    path.touch()
    path.chmod(0)
    answer = cgi_server.fetch(
        cgi_server.put_pipecast(script_name, f"file:{path}"))
    assert_plain_text(answer, 500)
    cgi_server.wait_for_error(str(path))


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


@pytest.mark.parametrize("form", ["config", "wrapper"])
def test_query_words_never_become_options(
        cgi_server, script_name, folder, form):
    """RFC 3875, 4.4: a server may pass a query without "=" as arguments."""
    marker = folder / "ran"
    if form == "config":
        target = cgi_server.put_config(script_name, "source every:1s\n")
    else:
        target = cgi_server.put_shell(
            script_name, f'{cgi_server.binary} every:1s "$@"')
    passes_arguments = cgi_server.kind != "lighttpd"
    for query in INDEXED:
        answer = query_answer(cgi_server, target, query.format(marker=marker))
        assert not marker.exists(), query
        if passes_arguments:
            assert answer.status in (400, 404), query
            assert_plain_text_if_ours(answer)
        else:
            assert answer.status in (200, 400), query
        answer.close()


def assert_plain_text_if_ours(answer):
    if answer.status == 400:
        assert_plain_text(answer, 400)


# A viewer who leaves.

@pytest.mark.parametrize("leave", ["close", "reset"])
def test_viewer_leaving_an_idle_stream_ends_the_process(
        cgi_server, script_name, folder, measured, leave):
    pid_file = folder / "pid"
    target = cgi_server.put_pipecast(
        script_name, *OFTEN, f"fifo:{folder}/fifo",
        before=write_pid(pid_file))

    def measure():
        stream = cgi_server.open(target).wait_open()
        pid = read_pid(pid_file)
        getattr(stream, leave)()
        return seconds_until(lambda: not is_running(pid), "end of process")

    seconds = within_limit(measure)
    measured(f"process ends after idle {leave} {cgi_server.kind}",
             seconds=round(seconds, 2))
    assert seconds <= LIMIT_S


def test_viewer_leaving_ends_the_whole_command_group(
        cgi_server, script_name, folder):
    target = cgi_server.put_pipecast(
        script_name, *OFTEN, "exec:sleep 1000 & echo $$ $!; wait")
    stream = cgi_server.open(target)
    shell, child = map(int, stream.next_event().data.split())
    assert is_running(shell) and is_running(child)
    assert group_of(child) == group_of(shell)
    stream.close()
    wait_gone(shell)
    wait_gone(child)


def test_viewer_leaving_ends_a_command_that_ignores_sigterm(
        cgi_server, script_name, folder):
    target = cgi_server.put_pipecast(
        script_name, *OFTEN,
        "exec:trap '' TERM; echo $$; while :; do sleep 1000; done")
    stream = cgi_server.open(target)
    shell = int(stream.next_event().data)
    stream.close()
    wait_gone(shell)


def test_viewer_leaving_a_busy_stream_ends_the_process(
        cgi_server, script_name, folder):
    pid_file = folder / "pid"
    target = cgi_server.put_pipecast(script_name, "every:10ms",
                                     before=write_pid(pid_file))
    stream = cgi_server.open(target)
    stream.next_events(5)
    stream.close()
    wait_gone(read_pid(pid_file))


def test_viewer_leaving_in_the_middle_of_much_output_ends_the_command(
        cgi_server, script_name, folder):
    target = cgi_server.put_pipecast(
        script_name, *OFTEN, "exec:echo $$; exec yes")
    stream = cgi_server.open(target)
    pid = int(stream.next_event().data)
    stream.next_events(1000)
    stream.close()
    wait_gone(pid)
