"""What make install puts where, and that make uninstall takes all of it."""

import os
import subprocess
from pathlib import Path

import pytest

from waiting import DEADLINE

PREFIX = "/opt/of/its/own"


@pytest.fixture
def make(folder):
    """Runs make in the folder in which pipecast was built."""
    built = Path(os.environ.get("PIPECAST", "pipecast")).resolve().parent
    if not (built / "Makefile").exists():
        pytest.skip("the program under test was not built by make")

    def make(target):
        subprocess.run(
            ["make", "-C", built, target, f"DESTDIR={folder}",
             f"prefix={PREFIX}"], check=True, timeout=3 * DEADLINE,
            stdout=subprocess.DEVNULL)
        return sorted(folder.rglob("*"))
    return make


def texts(paths):
    """Those of the files that are no programs."""
    for path in paths:
        data = path.read_bytes() if path.is_file() else b""
        if not data.startswith(b"\x7fELF"):
            yield path, data.decode()


def test_installed_files_name_their_own_prefix(make):
    installed = make("install")
    others = [path for path, text in texts(installed) if "/usr/local" in text]
    assert others == []
    named = {path.name for path, text in texts(installed) if PREFIX in text}
    assert {"README", "pipecast.1", "pipecast.service",
            "apache-cgi.conf"} <= named
    assert "SECURITY" in {path.name for path in installed}


def test_uninstalling_leaves_no_file_and_no_folder(make, folder):
    make("install")
    # That was there before, as the prefix is: "make uninstall" keeps it.
    kept = folder / PREFIX[1:]
    left = [path for path in make("uninstall") if kept in path.parents]
    assert left == []
