"""Namespaces of a test's own, where the machine gives them away."""

import os
import shlex
import subprocess

import pytest

from waiting import DEADLINE


def namespaces(options, probe):
    """The command that starts another in new namespaces of these options of
    unshare. Where they cannot be had, or the probe fails there, the test is
    skipped with the reason."""
    # A user namespace makes anybody root; in a chroot there is none, but root
    # may have the other namespaces all the same.
    ways = [["unshare", "-r", *options]]
    if os.geteuid() == 0:
        ways.append(["unshare", *options])
    for way in ways:
        try:
            tried = subprocess.run(
                [*way, *probe], capture_output=True, text=True,
                errors="replace", timeout=DEADLINE, check=False)
        except FileNotFoundError:
            pytest.skip("there is no unshare here")
        if tried.returncode == 0:
            return way
    said = " ".join(tried.stderr.split()) or f"status {tried.returncode}"
    pytest.skip(f"{shlex.join(way)} does not work here: {said}")
