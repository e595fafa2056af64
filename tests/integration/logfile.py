"""A log file that is written and rotated the ways logrotate does it."""

import os
import shutil


def append(path, line):
    with open(path, "a", encoding="ascii") as file:
        file.write(line + "\n")


def lines(first, last):
    """Numbered, as tests write and see them."""
    return [f"line {n}" for n in range(first, last + 1)]


class LogFile:
    def __init__(self, path):
        self.path = path
        self.file = None
        self._open()

    def _open(self):
        self.file = open(self.path, "ab", buffering=0)
        os.chmod(self.path, 0o644)

    def write(self, data):
        self.file.write(data if isinstance(data, bytes) else data.encode())

    def write_line(self, line):
        self.write(f"{line}\n")

    def write_lines(self, lines):
        self.write("".join(f"{line}\n" for line in lines))

    def _shift(self):
        """FILE.2 becomes FILE.3, FILE.1 becomes FILE.2."""
        for n in range(8, 0, -1):
            if os.path.exists(f"{self.path}.{n}"):
                os.rename(f"{self.path}.{n}", f"{self.path}.{n + 1}")

    def rotate(self):
        """Rename to FILE.1 and begin a new file.

        Returns the old file, still open: a daemon goes on writing into it
        until it is told to open the new one.
        """
        self._shift()
        os.rename(self.path, f"{self.path}.1")
        old = self.file
        self._open()
        return old

    def rotate_by_copy(self):
        """Copy to FILE.1 and truncate (copytruncate)."""
        self._shift()
        shutil.copyfile(self.path, f"{self.path}.1")
        os.truncate(self.path, 0)

    def truncate(self):
        os.truncate(self.path, 0)

    def remove(self):
        os.unlink(self.path)

    def recreate(self):
        self.file.close()
        self._open()

    def close(self):
        self.file.close()
