"""What the program that was built is hardened with, as its ELF file says."""

import os
import re
import subprocess

import pytest

from waiting import DEADLINE

HARDENED = os.environ.get("PIPECAST_HARDENED", "yes") == "yes"
FORTIFIED = os.environ.get("PIPECAST_FORTIFIED", "yes") == "yes"
SANITIZED = bool(os.environ.get("PIPECAST_SANITIZERS"))


@pytest.fixture(scope="module")
def elf(binary):
    return subprocess.run(
        ["readelf", "--wide", "--file-header", "--program-headers",
         "--dynamic", "--symbols", binary], capture_output=True, text=True,
        timeout=DEADLINE, check=True).stdout


def test_program_links_neither_libcurl_nor_libsystemd(elf):
    """They would multiply the time that plain CGI takes to start."""
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]", elf)
    assert not [name for name in needed
                if name.startswith(("libcurl", "libsystemd", "libssl"))]


def test_stack_is_not_executable(elf):
    flags = re.search(r"GNU_STACK(?: +0x[0-9a-f]+){5} +([RWE ]+?) +0x", elf)[1]
    assert flags == "RW"


def test_nothing_is_both_writable_and_executable(elf):
    loads = re.findall(r"LOAD(?: +0x[0-9a-f]+){5} +([RWE ]+?) +0x", elf)
    assert loads and not [flags for flags in loads if re.search("W.*E", flags)]


def test_build_is_what_it_was_configured_to_be(elf):
    """Position-independent, all of its relocations read-only, its stack
    checked; or, under the sanitizers, watched by those."""
    assert ("__asan_init" in elf) == SANITIZED
    hardened = {
        "PIE": "DYN (Position-Independent Executable file)" in elf,
        "RELRO": "GNU_RELRO" in elf and "BIND_NOW" in elf,
        "stack": "__stack_chk_fail" in elf,
    }
    assert all(hardened.values()) or not HARDENED, hardened


def test_copies_are_checked_as_configured(elf):
    checks = re.search(r"\b__\w+_chk(@|\b)", elf)
    # A C library or a sanitizer that is linked in has such functions itself.
    if FORTIFIED or ("(NEEDED)" in elf and not SANITIZED):
        assert bool(checks) == FORTIFIED
