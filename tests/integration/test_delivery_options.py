"""Options of the delivery: retry, heartbeat, age, end, gap, dialect."""

import subprocess

import pytest

from program import cgi_environment


def raw_until(program, part):
    """The body of the response up to and including some bytes."""
    program.stream.wait_body(part)
    body = bytes(program.stream.body)
    return body[:body.index(part) + len(part)]


def test_heartbeat_is_a_single_comment_line(run):
    program = run("--cgi", "--heartbeat", "50ms", stdin=subprocess.PIPE)
    raw = raw_until(program, b":\n:\n:\n")
    assert raw == (b": pipecast, heartbeat 50 ms\nretry: 2000\n\n"
                   b":\n:\n:\n")


def test_no_heartbeat_comes_into_an_event(run):
    """Heartbeats between, never inside, the events of a slow command."""
    program = run("--cgi", "--heartbeat", "20ms",
                  "exec:for i in 1 2 3; do printf a; sleep 0.1; echo b; done")
    assert program.finish() == 0
    events = program.stream.wait_end()
    assert [event.data for event in events[:-1]] == ["ab"] * 3
    assert b":\n:\n" in program.stream.body


def test_max_age_ends_the_command(run):
    program = run("--cgi", "--max-age", "300ms", "exec:sleep 1000")
    assert program.finish() == 0
    program.wait_nothing_left()


def test_end_event_has_an_id_that_ends_the_reconnects(run):
    program = run("--cgi", "exec:echo one")
    program.finish()
    _, end = program.stream.wait_end()
    assert (end.type, end.data) == ("end", '{"exit_status":0}')
    again = run("--cgi", "exec:echo one",
                env=cgi_environment(HTTP_LAST_EVENT_ID=end.id))
    assert again.finish() == 0
    assert again.stream.status == 204


@pytest.mark.parametrize("options, types", [
    ([], ["gap", "message", "end"]),
    (["--end-event", "done", "--gap-event", "hole"],
     ["hole", "message", "done"]),
    (["--end-event", "", "--gap-event", ""], ["message"]),
])
def test_gap_and_end_are_told_once_as_the_options_say(run, options, types):
    program = run("--cgi", *options, "exec:echo one",
                  env=cgi_environment(HTTP_LAST_EVENT_ID='"}\\\u00e9'))
    assert program.finish() == 0
    events = program.stream.wait_end()
    assert [event.type for event in events] == types
    if types[0] != "message":
        assert (events[0].id, events[0].data) == (
            "", '{"last_event_id":"\\"}\\\\\u00e9","missed":null}')


OLD = ["--cgi", "--dialect", "dom-event-stream"]


def test_old_dialect_heartbeats_are_a_comment_line(run):
    program = run(*OLD, "--heartbeat", "50ms", stdin=subprocess.PIPE)
    assert raw_until(program, b";\n;\n") == \
        b"; pipecast, heartbeat 50 ms\n;\n;\n"


def test_old_dialect_has_capital_event_and_no_ids(run):
    program = run(*OLD, "-e", "typed", "exec:echo one")
    assert program.finish() == 0
    assert program.stream.headers["content-type"] == \
        "application/x-dom-event-stream"
    body = bytes(program.stream.body)
    assert body == (b"; pipecast, heartbeat 15000 ms\nEvent: typed\ndata: one\n\n"
                    b'Event: end\ndata: {"exit_status":0}\n\n')


@pytest.mark.parametrize("size", ["64K", "1M"])
def test_history_does_not_lose_a_burst(run, size, folder):
    path = folder / "input"
    path.write_text("".join(f"{n}\n" for n in range(50_000)))
    with open(path, "rb") as stdin:
        program = run("--cgi", "--history", size, stdin=stdin)
    assert program.finish() == 0
    data = [event.data for event in program.stream.wait_end()[:-1]]
    assert data == [str(n) for n in range(50_000)]
