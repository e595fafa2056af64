"""What is left when the whole server goes: nothing."""

import signal

from leaving import OFTEN, wait_no_viewers
from processes import is_running, marked, read_pid, wait_gone, write_pid
from waiting import wait_for


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


def restart(server, stream):
    """As logrotate does every day.  What the server starts by itself it then
    starts anew at once."""
    server.ask_to_stop(signal.SIGUSR1)
    wait_for(lambda: "graceful" in server.errors().lower(), "a restart")
    stream.close()


def stop(server, stream, number):
    server.ask_to_stop(number)
    read_until_closed(stream)
    server.process.wait(60)
    wait_for(lambda: not marked(server.mark), "end of all processes")
    server.start()


def test_going_server_leaves_no_process(own_server, script_name):
    server = own_server
    for go in (restart, lambda *gone: stop(*gone, server.graceful_signal),
               lambda *gone: stop(*gone, signal.SIGTERM)):
        stream, pids = open_command_stream(server, script_name)
        pids += marked(server.mark)
        go(server, stream)
        for pid in pids:
            wait_gone(pid)
    assert open_command_stream(server, script_name)[0].status == 200


def test_stopping_the_server_lets_the_viewers_go(
        own_socket_server, script_name, folder):
    server, pid_file = own_socket_server, folder / "pid"
    target = server.put_pipecast(script_name, f"fifo:{folder}/fifo",
                                 before=write_pid(pid_file))
    streams = [server.open(target).wait_open() for _ in range(3)]
    server.ask_to_stop(server.graceful_signal)
    for stream in streams:
        read_until_closed(stream)
    pid = read_pid(pid_file)
    wait_no_viewers(pid)
    assert is_running(pid)
