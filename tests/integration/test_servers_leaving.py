"""What is left when a viewer, a process or the whole server goes: nothing."""

import os
import signal

import fifo
from leaving import OFTEN
from processes import marked, read_pid, wait_gone, write_pid
from waiting import wait_for


def test_killing_the_process_ends_the_response(server, script_name, folder):
    pid_file = folder / "pid"
    path = folder / "fifo"
    stream = server.open(server.put_pipecast(
        script_name, f"fifo:{path}", before=write_pid(pid_file)))
    stream.wait_open()
    fifo.write_once(path, b"one\n")
    assert stream.next_event().data == "one"
    pid = read_pid(pid_file)
    os.kill(pid, signal.SIGKILL)
    assert stream.wait_end() == []
    # Its descriptors are closed before it counts as ended.
    wait_gone(pid)


def test_sigterm_ends_the_response_with_a_new_retry(
        server, script_name, folder):
    pid_file = folder / "pid"
    stream = server.open(server.put_pipecast(
        script_name, f"fifo:{folder}/fifo", before=write_pid(pid_file)))
    stream.wait_open()
    pid = read_pid(pid_file)
    os.kill(pid, signal.SIGTERM)
    assert stream.wait_end() == []
    assert len(stream.retries) == 2
    wait_gone(pid)


def open_command_stream(server, script_name):
    target = server.put_pipecast(
        script_name, *OFTEN, "--replay", "1",
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
    wait_for(lambda: not marked(server.mark), "end of all processes")


def test_stopping_the_server_leaves_no_process(own_server, script_name):
    stream, pids = open_command_stream(own_server, script_name)
    own_server.ask_to_stop(signal.SIGTERM)
    read_until_closed(stream)
    own_server.process.wait(60)
    assert_nothing_left(own_server, pids)


def test_restarting_the_server_gracefully_leaves_no_process(
        own_server, script_name):
    """As logrotate does every day.  What the server starts by itself it then
    starts anew at once."""
    stream, pids = open_command_stream(own_server, script_name)
    pids += marked(own_server.mark)
    own_server.ask_to_stop(signal.SIGUSR1)
    wait_for(lambda: "graceful" in own_server.errors().lower(), "a restart")
    stream.close()
    for pid in pids:
        wait_gone(pid)
    stream, _ = open_command_stream(own_server, script_name)
    assert stream.status == 200


def test_stopping_the_server_gracefully_leaves_no_process(
        own_server, script_name):
    stream, pids = open_command_stream(own_server, script_name)
    own_server.ask_to_stop(own_server.graceful_signal)
    read_until_closed(stream)
    own_server.process.wait(60)
    assert_nothing_left(own_server, pids)
