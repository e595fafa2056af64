"""What is left when a viewer, a process or the whole server goes: nothing."""

import os
import signal
import time

import pytest

import fifo
from processes import group_of, is_running, marked, read_pid, wait_gone
from waiting import wait_for

HEARTBEAT_S = 1
LIMIT_S = 2 * HEARTBEAT_S + 3
ATTEMPTS = 3


def write_pid(path):
    return f"rm -f {path}\necho $$ >{path}\n"


def seconds_until_gone(pid):
    start = time.monotonic()
    wait_gone(pid, 30)
    return time.monotonic() - start


def within_limit(measure):
    """Measure until within the limit; a busy machine may spoil a few."""
    for _ in range(ATTEMPTS):
        seconds = measure()
        if seconds <= LIMIT_S:
            break
    return seconds


@pytest.mark.parametrize("leave", ["close", "reset"])
def test_viewer_leaving_an_idle_stream_ends_the_process(
        server, script_name, folder, measured, leave):
    pid_file = folder / "pid"
    target = server.put_pipecast(
        script_name, "--heartbeat", f"{HEARTBEAT_S}s", f"fifo:{folder}/fifo",
        before=write_pid(pid_file))

    def measure():
        stream = server.open(target).wait_open()
        pid = read_pid(pid_file)
        getattr(stream, leave)()
        return seconds_until_gone(pid)

    seconds = within_limit(measure)
    measured(f"process ends after idle {leave} {server.kind}",
             seconds=round(seconds, 2))
    assert seconds <= LIMIT_S


def test_viewer_leaving_ends_the_whole_command_group(
        server, script_name, folder):
    target = server.put_pipecast(
        script_name, "--heartbeat", f"{HEARTBEAT_S}s",
        "exec:sleep 1000 & echo $$ $!; wait")
    stream = server.open(target)
    shell, child = map(int, stream.next_event().data.split())
    assert is_running(shell) and is_running(child)
    assert group_of(child) == group_of(shell)
    stream.close()
    wait_gone(shell)
    wait_gone(child)


def test_viewer_leaving_ends_a_command_that_ignores_sigterm(
        server, script_name, folder):
    target = server.put_pipecast(
        script_name, "--heartbeat", f"{HEARTBEAT_S}s",
        "exec:trap '' TERM; echo $$; while :; do sleep 1000; done")
    stream = server.open(target)
    shell = int(stream.next_event().data)
    stream.close()
    wait_gone(shell)


def test_viewer_leaving_a_busy_stream_ends_the_process(
        server, script_name, folder):
    pid_file = folder / "pid"
    target = server.put_pipecast(script_name, "every:10ms",
                                 before=write_pid(pid_file))
    stream = server.open(target)
    stream.next_events(5)
    stream.close()
    wait_gone(read_pid(pid_file))


def test_viewer_leaving_in_the_middle_of_much_output_ends_the_command(
        server, script_name, folder):
    target = server.put_pipecast(
        script_name, "--heartbeat", f"{HEARTBEAT_S}s",
        "exec:echo $$; exec yes")
    stream = server.open(target)
    pid = int(stream.next_event().data)
    stream.next_events(1000)
    stream.close()
    wait_gone(pid)


def test_killing_the_process_ends_the_response(server, script_name, folder):
    pid_file = folder / "pid"
    path = folder / "fifo"
    stream = server.open(server.put_pipecast(
        script_name, f"fifo:{path}", before=write_pid(pid_file)))
    stream.wait_open()
    fifo.write_once(path, b"one\n")
    assert stream.next_event().data == "one"
    os.kill(read_pid(pid_file), signal.SIGKILL)
    assert stream.wait_end() == []


def test_sigterm_ends_the_response_with_a_new_retry(
        server, script_name, folder):
    pid_file = folder / "pid"
    stream = server.open(server.put_pipecast(
        script_name, f"fifo:{folder}/fifo", before=write_pid(pid_file)))
    stream.wait_open()
    os.kill(read_pid(pid_file), signal.SIGTERM)
    assert stream.wait_end() == []
    assert len(stream.retries) == 2


def open_command_stream(server, script_name):
    target = server.put_pipecast(
        script_name, "--heartbeat", f"{HEARTBEAT_S}s",
        "exec:sleep 1000 & echo $$ $!; wait")
    stream = server.open(target)
    return stream, [int(pid) for pid in stream.next_event().data.split()]


def read_until_closed(stream):
    """As a browser does; servers wait for it to close its side, too."""
    stream.read_to_end(60)
    stream.close()


def assert_nothing_left(server, pids):
    for pid in pids:
        wait_gone(pid)
    wait_for(lambda: not marked(server.mark), "end of all CGI processes")


def test_stopping_the_server_leaves_no_process(own_server, script_name):
    stream, pids = open_command_stream(own_server, script_name)
    own_server.ask_to_stop(signal.SIGTERM)
    read_until_closed(stream)
    own_server.process.wait(60)
    assert_nothing_left(own_server, pids)


def test_restarting_the_server_gracefully_leaves_no_process(
        own_server, script_name):
    """As logrotate does every day."""
    stream, pids = open_command_stream(own_server, script_name)
    own_server.ask_to_stop(signal.SIGUSR1)
    wait_for(lambda: "graceful" in own_server.errors().lower(), "a restart")
    stream.close()
    assert_nothing_left(own_server, pids)
    stream, _ = open_command_stream(own_server, script_name)
    assert stream.status == 200


def test_stopping_the_server_gracefully_leaves_no_process(
        own_server, script_name):
    stream, pids = open_command_stream(own_server, script_name)
    own_server.ask_to_stop(own_server.graceful_signal)
    read_until_closed(stream)
    own_server.process.wait(60)
    assert_nothing_left(own_server, pids)
