"""What make check says of a test that shows no results of its own."""

import os
import subprocess

import pytest

from namespaces import namespaces
from waiting import DEADLINE


@pytest.fixture
def drive(source_tree, folder):
    """Run a test, which is a script, as make check does: what its result
    file says, and what its log holds."""
    def run(script):
        test = folder / "the-test"
        test.write_text(f"#!/bin/sh\n{script}\n")
        test.chmod(0o755)
        subprocess.run(
            [source_tree / "tests" / "driver", "--test-name", "the-test",
             "--log-file", "the-test.log", "--trs-file", "the-test.trs",
             test], cwd=folder, timeout=DEADLINE, check=True,
            stdout=subprocess.DEVNULL)
        return (folder / "the-test.trs").read_text().splitlines()[:-3]
    return run


def test_test_that_skips_itself_is_named_with_its_last_line(drive):
    assert drive("echo first; echo there is no cat; echo; exit 77") == [
        ":test-result: SKIP the-test: there is no cat"]


@pytest.mark.parametrize("script, status", (
    ("echo first; echo 'there is no cat' >&2; exit 3", 3),
    ("echo there is no cat; kill -9 $$", -9)))
def test_test_without_a_report_is_named_with_its_last_line(
        drive, script, status):
    assert drive(script) == [
        f":test-result: ERROR the-test wrote no report (status {status}): "
        "there is no cat"]


def test_status_that_the_report_does_not_explain_is_an_error(drive):
    report = '<testsuite><testcase name="one"/></testsuite>'
    assert drive(f"echo '{report}' >${{1#--xml=}}; exit 3") == [
        ":test-result: PASS one",
        ":test-result: ERROR the-test: exit status 3"]


def test_suite_names_a_temporary_folder_that_runs_nothing(
        source_tree, folder):
    mount = namespaces(["-m"], ["true"])
    suite = subprocess.run(
        [*mount, "sh", "-c", 'mount -t tmpfs -o noexec none "$1" && '
         'TMPDIR=$1 exec "$0" integration', source_tree / "tests/run-pytest",
         folder], text=True, timeout=DEADLINE, check=False,
        stdout=subprocess.PIPE)
    assert suite.returncode == 1
    assert suite.stdout == (
        f"no program can be run in {folder} (noexec?); set TMPDIR to another "
        "folder\n")


# Of the suites one needs something that is not installed with the others.

@pytest.mark.parametrize("said, status, last", (
    ("npm ERR! request to https://registry.test/parser failed, reason: none",
     77, "npm cannot install the parser: request to "
     "https://registry.test/parser failed, reason: none"),
    ("npm ERR! 503 Service Unavailable - GET https://registry.test/parser",
     77, "npm cannot install the parser: "
     "503 Service Unavailable - GET https://registry.test/parser"),
    ("npm ERR! Invalid lock file", 1, "npm ERR! Invalid lock file")))
def test_conformance_is_skipped_without_a_registry(
        source_tree, folder, said, status, last):
    npm = folder / "npm"
    npm.write_text(f"#!/bin/sh\necho '{said}' >&2\nexit 1\n")
    npm.chmod(0o755)
    suite = subprocess.run(
        [source_tree / "tests" / "run-conformance"], cwd=folder, text=True,
        env={**os.environ, "NPM": str(npm)}, timeout=DEADLINE, check=False,
        stdout=subprocess.PIPE)
    assert suite.returncode == status
    assert suite.stdout.splitlines()[-1] == last
