"""Calls that fail, clocks that jump, and what is counted:
tests/preload/faults.c, preloaded."""

import os
import struct
from pathlib import Path

HERE = Path(__file__).resolve().parent

NS_PER_S = 10 ** 9


def library():
    """Built by make check, beside the program under test."""
    built = Path(os.environ.get("PIPECAST", HERE.parent.parent / "pipecast"))
    path = built.resolve().parent / "tests" / "preload" / "faults.so"
    assert os.access(path, os.R_OK), f"{path} is not built"
    return path


def preloaded(*rules, fired=None, clock=None, counts=None, hanging=None):
    """Words that start the program after them with these faults.

    The address sanitizer wants to be the first library, unless it is told not
    to mind; it forwards what is forwarded to it. What a program that was cut
    short did not free is nobody's loss.
    """
    words = ["env", f"LD_PRELOAD={library()}", f"FAULTS={','.join(rules)}",
             "ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0"]
    if fired:
        words.append(f"FAULTS_FIRED={fired}")
    if clock:
        words.append(f"FAULTS_CLOCK={clock.path}")
    if hanging:
        words.append(f"FAULTS_HANGING_HOST={hanging}")
    if counts:
        words.append(f"FAULTS_COUNTS={counts.path}")
    return words


class Clock:
    """How far the clocks of a program are ahead of those of the machine."""

    def __init__(self, path):
        self.path = path
        path.write_bytes(bytes(16))
        path.chmod(0o666)

    def jump(self, realtime_s=0, monotonic_s=0):
        """In place: the program has mapped the file."""
        with open(self.path, "r+b") as file:
            before = struct.unpack("=qq", file.read(16))
            file.seek(0)
            file.write(struct.pack("=qq",
                                   before[0] + realtime_s * NS_PER_S,
                                   before[1] + monotonic_s * NS_PER_S))


class Counts:
    """What a program does, however slow the machine may be."""

    def __init__(self, path):
        self.path = path
        path.write_bytes(bytes(32))
        path.chmod(0o666)

    def _read(self):
        return struct.unpack("=qqqq", self.path.read_bytes())

    @property
    def waits(self):
        """How often it has waited for something to happen."""
        return self._read()[0]

    @property
    def busy(self):
        """How often it did not have to wait, since there was work."""
        return self._read()[1]

    @property
    def allocated(self):
        """How many bytes it has allocated and not freed."""
        return self._read()[2]

    @property
    def allocated_max(self):
        """The most bytes that it had allocated at a time."""
        return self._read()[3]
