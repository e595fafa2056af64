"""What may go wrong with sources: storms of rotations, daemons, floods, full
disks."""

import os
import signal
import subprocess
from errno import ENOSPC, EROFS, errorcode

import pytest

from namespaces import namespaces

ROTATIONS = 1000
COPIES = 200


@pytest.fixture
def stream(run, log):
    return run("--cgi", f"file:{log.path}").stream.wait_open()


def test_storm_of_rotations_loses_nothing(log, stream):
    """Several at a time, as many as there are old files to look into."""
    at_once = 5
    for first in range(0, ROTATIONS, at_once):
        numbers = [str(n) for n in range(first, first + at_once)]
        for number in numbers:
            log.write_line(number)
            log.rotate().close()
        log.write_line(f"behind {first}")
        assert stream.next_data(at_once + 1) == [*numbers, f"behind {first}"]


def test_storm_of_copying_rotations_loses_nothing(log, stream):
    """What was read before the truncation is not sent again."""
    for number in range(COPIES):
        log.write_line(number)
        assert stream.next_event().data == str(number)
        log.rotate_by_copy()


def test_daemon_that_keeps_the_output_keeps_the_stream_open(run):
    program = run("--cgi", "exec:setsid sh -c 'sleep 0.2; echo late' & "
                  "echo early")
    assert program.finish() == 0
    assert [event.data for event in program.stream.wait_end()] == \
        ["early", "late", '{"exit_status":0}']


def test_daemon_that_lets_go_of_the_output_lets_the_stream_end(run):
    program = run("--cgi", "exec:setsid sleep 1000 </dev/null >/dev/null "
                  "2>&1 & echo started")
    assert program.finish() == 0
    assert [event.data for event in program.stream.wait_end()] == \
        ["started", '{"exit_status":0}']


def test_flood_on_standard_error_does_not_stop_the_events(run):
    program = run("--cgi", "exec:head -c 5000000 /dev/zero >&2; seq 3")
    assert program.finish() == 0
    assert [event.data for event in program.stream.wait_end()][:3] == \
        ["1", "2", "3"]


def test_error_log_that_nobody_reads_does_not_stop_the_events(run):
    """A pipe that is full for good: log lines are lost, events are not."""
    reader, writer = os.pipe()
    try:
        os.set_blocking(writer, False)
        try:
            while True:
                os.write(writer, bytes(4096))
        except BlockingIOError:
            os.set_blocking(writer, True)
        program = run("--cgi", "-f", "json", stdin=subprocess.PIPE,
                      stderr=writer)
        program.stdin.write(b'bad\n' * 100 + b'{"data":"good"}\n')
        program.stdin.close()
        assert program.finish() == 0
        gap, good = program.stream.wait_end()[:2]
        assert (gap.type, good.data) == ("gap", "good")
    finally:
        os.close(reader)
        os.close(writer)


def test_events_for_which_memory_is_short_are_counted_in_the_log(run, binary):
    """300,000 events, of which most do not fit into the memory at hand."""
    if b"__asan_init" in binary.read_bytes():
        return  # the sanitizer itself needs more: the other builds show it
    program = run("--http", "0", "--history", "64M", "--keep",
                  "exec:seq 1000000 1300000",
                  prefix=["prlimit", "--as=16777216"])
    program.wait_for_error("more like it were not logged")
    program.send_signal(signal.SIGTERM)
    assert program.wait_exit() == 0
    assert 4 <= program.errors().count("an event was lost") <= 10


# Disks: a real one of each kind, in a mount namespace of the program's own.

DISKS = {ENOSPC: "size=4k,nr_inodes=1", EROFS: "ro"}
disks = pytest.mark.parametrize(
    "error", DISKS, ids=lambda error: errorcode[error])


def on_disk(error, folder):
    mount = ["sh", "-c",
             f'mount -t tmpfs -o {DISKS[error]} disk "$0" && exec "$@"',
             str(folder)]
    return [*namespaces(["-m"], [*mount, "true"]), *mount]


@disks
def test_fifo_that_the_disk_has_no_room_for_is_told(run, folder, error):
    program = run("--cgi", f"fifo:{folder}/fifo",
                  prefix=on_disk(error, folder))
    assert program.finish() == 1
    assert f"fifo:{folder}/fifo: {os.strerror(error)}" in program.errors()


@pytest.mark.parametrize("gateway", ["--http", "--fastcgi"])
@disks
def test_socket_that_the_disk_has_no_room_for_is_told(run, folder, gateway,
                                                      error):
    address = f"unix:{folder}/socket"
    program = run(gateway, address, "every:1s", prefix=on_disk(error, folder))
    assert program.wait_exit() == 1
    assert f"cannot listen on {address}: {os.strerror(error)}" \
        in program.errors()
