"""Journal files, made as journald would, from the export format."""

import struct
import subprocess
from pathlib import Path

REMOTE = "/lib/systemd/systemd-journal-remote"
BOOT = "0123456789abcdef0123456789abcdef"


def entry(number, message, us, **fields):
    """An entry in the export format; a message may be bytes or None."""
    lines = [f"__REALTIME_TIMESTAMP={us}", f"__MONOTONIC_TIMESTAMP={number}",
             f"_BOOT_ID={BOOT}"]
    lines += [f"{name}={value}" for name, value in fields.items()]
    data = "\n".join(lines).encode() + b"\n"
    if isinstance(message, bytes):
        data += b"MESSAGE\n" + struct.pack("<Q", len(message)) + message + b"\n"
    elif message is not None:
        data += f"MESSAGE={message}\n".encode()
    return data + b"\n"


class Journal:
    """A folder of journal files, to which entries are added."""

    def __init__(self, folder):
        self.folder = folder / "journal"
        self.folder.mkdir()
        self.n = 0
        self.file = None
        self.rotate()

    def rotate(self):
        """Later entries are in another file."""
        number = len(list(self.folder.iterdir()))
        self.file = self.folder / f"system-{number}.journal"

    def add(self, *messages, us=1700000000000000, **fields):
        data = b""
        for message in messages:
            self.n += 1
            data += entry(self.n, message, us + self.n, **fields)
        subprocess.run([REMOTE, f"--output={self.file}", "-"], input=data,
                       check=True, capture_output=True)

    def forget(self):
        """The older files are gone, as after a vacuum."""
        for path in self.folder.iterdir():
            if path != self.file:
                path.unlink()

    def source(self, *more):
        return f"journal:{' '.join([f'--directory={self.folder}', *more])}"

    def exists(self):
        return Path(REMOTE).exists()
