"""Options of the delivery: retry, heartbeat, age, end, gap, dialect."""

import subprocess

import pytest

from program import cgi_environment


def raw_until(program, part):
    """The body of the response up to and including some bytes."""
    program.stream.wait_body(part)
    body = bytes(program.stream.body)
    return body[:body.index(part) + len(part)]


def test_default_retry_is_two_seconds(run):
    assert run("--cgi", "every:1h").stream.wait_open().retries == [2000]


def test_heartbeat_is_a_single_comment_line(run):
    program = run("--cgi", "--heartbeat", "50ms", stdin=subprocess.PIPE)
    raw = raw_until(program, b":\n:\n:\n")
    assert raw == b": pipecast\nretry: 2000\n\n:\n:\n:\n"


def test_heartbeat_comes_after_silence_only(run):
    program = run("--cgi", "--heartbeat", "5s", "every:10ms")
    program.stream.next_events(100)
    assert b"\n:\n" not in program.stream.body


def test_no_heartbeat_comes_into_an_event(run):
    """Heartbeats between, never inside, the events of a slow command."""
    program = run("--cgi", "--heartbeat", "20ms",
                  "exec:for i in 1 2 3; do printf a; sleep 0.1; echo b; done")
    assert program.finish() == 0
    events = program.stream.wait_end()
    assert [event.data for event in events[:-1]] == ["ab"] * 3
    assert b":\n:\n" in program.stream.body


def test_heartbeat_of_zero_is_none(run):
    """The end of a command, a second later, comes after silence."""
    program = run("--cgi", "--heartbeat", "0", "exec:sleep 1")
    assert program.finish() == 0
    assert b"\n:\n" not in program.stream.body


def test_default_heartbeat_is_far_away(run):
    program = run("--cgi", "every:1h")
    program.stream.next_event()
    program.send_signal(15)
    program.finish()
    assert b"\n:\n" not in program.stream.body


def test_max_age_ends_the_stream_for_a_reconnect(run):
    program = run("--cgi", "--max-age", "500ms", "every:20ms")
    assert program.finish() == 0
    assert {event.type for event in program.stream.wait_end()} == {"message"}


def test_max_age_ends_a_silent_stream_too(run):
    program = run("--cgi", "--max-age", "300ms", stdin=subprocess.PIPE)
    assert program.finish() == 0


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


def test_end_event_may_have_another_type(run):
    program = run("--cgi", "--end-event", "done", "exec:echo one")
    program.finish()
    assert [event.type for event in program.stream.wait_end()] == \
        ["message", "done"]


def test_end_event_may_be_left_out(run):
    program = run("--cgi", "--end-event", "", "exec:echo one")
    assert program.finish() == 0
    assert [event.type for event in program.stream.wait_end()] == ["message"]


def gap_of(run, *options):
    program = run("--cgi", *options, "exec:echo one",
                  env=cgi_environment(HTTP_LAST_EVENT_ID="old"))
    assert program.finish() == 0
    return program.stream


def test_gap_is_told_once_and_without_an_id(run):
    stream = gap_of(run)
    gap, one, end = stream.wait_end()
    assert (gap.type, gap.id) == ("gap", "")
    assert gap.data == '{"last_event_id":"old","missed":null}'
    assert (one.data, end.type) == ("one", "end")
    assert bytes(stream.body).count(b"event: gap\n") == 1


def test_gap_event_may_have_another_type(run):
    assert gap_of(run, "--gap-event", "hole").next_event().type == "hole"


def test_gap_event_may_be_left_out(run):
    assert gap_of(run, "--gap-event", "").next_event().data == "one"


def test_gap_escapes_the_id_it_repeats(run):
    program = run("--cgi", "exec:true", env=cgi_environment(
        HTTP_LAST_EVENT_ID='"}\\\u00e9'))
    assert program.finish() == 0
    gap = program.stream.wait_end()[0]
    assert gap.data == '{"last_event_id":"\\"}\\\\\u00e9","missed":null}'


def test_frames_have_their_fields_in_order(run):
    program = run("--cgi", "-f", "json", stdin=subprocess.PIPE)
    program.stdin.write(
        b'{"data":"a\\n\\nb","event":"e","id":"i","retry":9}\n')
    program.stdin.close()
    raw = raw_until(program, b"data: b\n\n")
    assert raw.endswith(
        b"\n\nid: i\nevent: e\nretry: 9\ndata: a\ndata:\ndata: b\n\n")


def test_control_frames_have_no_id(run):
    program = run("--cgi", "--heartbeat", "50ms", "--retry", "1s",
                  stdin=subprocess.PIPE,
                  env=cgi_environment(HTTP_LAST_EVENT_ID="old"))
    assert b"id:" not in raw_until(program, b":\n:\n").replace(
        b"last_event_id", b"")


OLD = ["--cgi", "--dialect", "dom-event-stream"]


def test_old_dialect_has_its_media_type_and_comment(run):
    program = run(*OLD, "every:1h")
    assert program.stream.headers["content-type"] == \
        "application/x-dom-event-stream"
    assert raw_until(program, b"\n") == b"; pipecast\n"


def test_old_dialect_has_capital_event_and_no_ids(run):
    program = run(*OLD, "-e", "server-time", "-d", "now", "every:1h")
    assert raw_until(program, b"\n\n") == \
        b"; pipecast\nEvent: server-time\ndata: now\n\n"


def test_old_dialect_heartbeats_are_a_comment_line(run):
    program = run(*OLD, "--heartbeat", "50ms", stdin=subprocess.PIPE)
    assert raw_until(program, b";\n;\n") == b"; pipecast\n;\n;\n"


def test_old_dialect_tells_the_end(run):
    program = run(*OLD, "exec:echo one")
    assert program.finish() == 0
    body = bytes(program.stream.body)
    assert body == (b"; pipecast\ndata: one\n\n"
                    b'Event: end\ndata: {"exit_status":0}\n\n')


def test_old_dialect_needs_its_name(run):
    program = run("--cgi", "--dialect", "text/event-stream", "every:1s")
    assert program.finish() == 2
    assert "dom-event-stream" in program.errors()


@pytest.mark.parametrize("size", ["64K", "1M"])
def test_history_does_not_lose_a_burst(run, size, folder):
    path = folder / "input"
    path.write_text("".join(f"{n}\n" for n in range(50_000)))
    with open(path, "rb") as stdin:
        program = run("--cgi", "--history", size, stdin=stdin)
    assert program.finish() == 0
    data = [event.data for event in program.stream.wait_end()[:-1]]
    assert data == [str(n) for n in range(50_000)]
