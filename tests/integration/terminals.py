"""Pseudo-terminals, which a chroot without /dev/pts has not."""

import functools
import os
import pty

import pytest


@functools.cache
def _missing():
    """Why there are none, or None."""
    try:
        ends = pty.openpty()
    except OSError as error:
        return f"no pseudo-terminals (is /dev/pts mounted?): {error}"
    for end in ends:
        os.close(end)
    return None


def skip_without_terminals():
    if _missing():
        pytest.skip(_missing())


needs_terminal = pytest.mark.skipif(
    _missing() is not None, reason=str(_missing()))
