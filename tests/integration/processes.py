"""Looking at processes through /proc, and waiting for their end."""

import contextlib
import ctypes
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


@contextlib.contextmanager
def as_owner_of(pid):
    """Lets root read what the owner of a process may read of /proc/PID. In a
    container root lacks CAP_SYS_PTRACE, and may not by itself."""
    if os.geteuid() != 0:
        yield
        return
    owner = os.stat(f"/proc/{pid}")
    libc = ctypes.CDLL(None)  # these count for this thread alone
    libc.setfsgid(owner.st_gid)
    libc.setfsuid(owner.st_uid)
    try:
        yield
    finally:
        libc.setfsuid(os.geteuid())
        libc.setfsgid(os.getegid())


def read_environ(pid):
    """The variables of a process, as bytes; OSError if it has ended."""
    with as_owner_of(pid), open(f"/proc/{pid}/environ", "rb") as environ:
        return environ.read().split(b"\0")


def read_link(pid, name):
    """What /proc/PID/NAME leads to; OSError if the process has ended."""
    with as_owner_of(pid):
        return os.readlink(f"/proc/{pid}/{name}")


def resident_kib(pid):
    """The memory that a process has in use now."""
    with open(f"/proc/{pid}/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGESIZE") // 1024


def private_kib(pid):
    """The memory that a process shares with no other."""
    with as_owner_of(pid), \
            open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as sums:
        return sum(int(line.split()[1]) for line in sums
                   if line.startswith("Private_"))


def is_running(pid):
    fields = _stat(pid)
    return fields is not None and fields[0] not in (b"Z", b"X")


def is_stopped(pid):
    fields = _stat(pid)
    return fields is not None and fields[0] == b"T"


def group_of(pid):
    return int(_stat(pid)[2])


def _transferred(pid, name):
    with as_owner_of(pid), open(f"/proc/{pid}/io", encoding="ascii") as io:
        for line in io:
            if line.startswith(name):
                return int(line.split()[1])
    raise AssertionError(f"process {pid} has no {name}")


def bytes_written(pid):
    """How much a process has written so far, to whatever it may be."""
    return _transferred(pid, "wchar:")


def bytes_read(pid):
    """How much a process has read so far, from whatever it may be."""
    return _transferred(pid, "rchar:")


def _descriptors(pid):
    with as_owner_of(pid):
        return os.listdir(f"/proc/{pid}/fd")


def count_descriptors(pid):
    return len(_descriptors(pid))


def watched(pid):
    """The inodes of what a process has asked inotify to tell it of."""
    inodes = []
    for name in os.listdir(f"/proc/{pid}/fdinfo"):
        # Another may be closed meanwhile.
        with contextlib.suppress(FileNotFoundError), \
                open(f"/proc/{pid}/fdinfo/{name}", encoding="ascii") as info:
            inodes += [int(line.split()[2].partition(":")[2], 16)
                       for line in info if line.startswith("inotify wd:")]
    return inodes


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
    for name in _descriptors(pid):
        try:
            link = read_link(pid, f"fd/{name}")
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
            variables = read_environ(name)
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
