"""The writing end of a FIFO."""

import os
import stat

from waiting import wait_for


def is_fifo(path):
    try:
        return stat.S_ISFIFO(os.stat(path).st_mode)
    except FileNotFoundError:
        return False


def make_fifo(path):
    """One that a server's user may read and write, too."""
    os.mkfifo(path)
    os.chmod(path, 0o666)


def open_writer(path):
    """Wait until somebody reads the FIFO, then open it for writing."""
    wait_for(lambda: is_fifo(path), f"creation of FIFO {path}")

    def try_open():
        try:
            return os.fdopen(os.open(path, os.O_WRONLY | os.O_NONBLOCK), "wb",
                             buffering=0)
        except OSError:
            return None
    writer = wait_for(try_open, f"a reader of FIFO {path}")
    os.set_blocking(writer.fileno(), True)
    return writer


def write_once(path, data):
    """What `echo ... > FIFO` does: open, write, close."""
    with open_writer(path) as writer:
        writer.write(data)
