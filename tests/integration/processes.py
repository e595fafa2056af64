"""Looking at processes through /proc, and waiting for their end."""

import os
import signal

from waiting import DEADLINE, wait_for


def _stat(pid):
    """The fields of /proc/PID/stat from the state on, or None."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:
            return stat.read().rpartition(b")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def is_running(pid):
    fields = _stat(pid)
    return fields is not None and fields[0] not in (b"Z", b"X")


def is_stopped(pid):
    fields = _stat(pid)
    return fields is not None and fields[0] == b"T"


def group_of(pid):
    return int(_stat(pid)[2])


def bytes_written(pid):
    """How much a process has written so far, to whatever it may be."""
    with open(f"/proc/{pid}/io", encoding="ascii") as io:
        for line in io:
            if line.startswith("wchar:"):
                return int(line.split()[1])
    raise AssertionError(f"process {pid} has no wchar")


def count_descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def _listening():
    """The inodes of all Unix and TCP sockets that are listened on."""
    inodes = set()
    for line in _lines("/proc/net/unix"):
        if int(line[3], 16) & 0x10000:
            inodes.add(line[6])
    for line in _lines("/proc/net/tcp") + _lines("/proc/net/tcp6"):
        if line[3] == "0A":
            inodes.add(line[9])
    return inodes


def _lines(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return [line.split() for line in file][1:]


def count_connections(pid):
    """The sockets of a process that are not listened on."""
    inodes = set()
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            link = os.readlink(f"/proc/{pid}/fd/{name}")
        except FileNotFoundError:
            continue
        if link.startswith("socket:["):
            inodes.add(link[8:-1])
    return len(inodes - _listening())


def wait_gone(pid, seconds=DEADLINE):
    wait_for(lambda: not is_running(pid), f"end of process {pid}", seconds)


def write_pid(path):
    """Shell commands by which a script writes its process id."""
    return f"rm -f {path}\necho $$ >{path}\n"


def read_pid(path):
    """Wait until a script has written its process id into path."""
    def written():
        try:
            with open(path, encoding="ascii") as file:
                text = file.read()
        except FileNotFoundError:
            return None
        return int(text) if text.endswith("\n") else None
    return wait_for(written, f"process id in {path}")


def marked(mark):
    """The running processes that have PIPECAST_TEST=mark in their
    environment: those that a test started, whatever their parent is now."""
    wanted = f"PIPECAST_TEST={mark}".encode()
    pids = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/environ", "rb") as environ:
                variables = environ.read().split(b"\0")
        except OSError:
            continue
        if wanted in variables and is_running(int(name)):
            pids.append(int(name))
    return pids


def end_marked(mark, signal_number=signal.SIGKILL):
    for pid in marked(mark):
        kill_if_running(pid, signal_number)


def kill_if_running(pid, signal_number=signal.SIGKILL):
    try:
        os.kill(pid, signal_number)
    except ProcessLookupError:
        pass


def end_group(process, seconds=DEADLINE):
    """End a Popen that leads its own process group, kindly and then not."""
    try:
        os.killpg(process.pid, signal.SIGTERM)
    except ProcessLookupError:
        pass
    try:
        process.wait(seconds)
    except Exception:
        pass
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
