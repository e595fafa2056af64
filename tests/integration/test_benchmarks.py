"""The benchmarks run and compare. No test asserts how fast anything is."""

import json
import subprocess
import sys

import pytest

from redis_server import needs_redis  # noqa: F401
from waiting import DEADLINE


def run_bench(source_tree, *words):
    return subprocess.run(
        [sys.executable, "-B", source_tree / "tests" / "bench" / words[0],
         *words[1:]], capture_output=True, text=True, timeout=3 * DEADLINE,
        check=True).stdout


def test_cgi_process_is_compared_with_others(source_tree, folder):
    table = run_bench(source_tree, "bench-cgi", "--runs", "1", "--viewers",
                      "20", "--output", folder / "cgi.txt")
    assert {"pipecast ", "C, libc o", "First byt", "With --sh"} <= {
        line[:9] for line in table.splitlines()}
    assert (folder / "cgi.txt").read_text() == table


@pytest.mark.parametrize("mode, contenders", [
    ("saturated", "send-http,pipecast-http"),
    ("gzip-json", "pipecast-http,pipecast-gzip,nginx-gzip"),
    ("posting", "nchan,pipecast-memory,pipecast-spool"),
    ("posting-new", "pipecast-memory"),
    ("posting", "nchan-redis,pipecast-redis-post"),
    ("paced", "send-redis,pipecast-redis"),
    ("ingest", "pipecast-http"),
    ("posting-stalled", "pipecast-memory"),
])
def test_servers_are_compared(
        request, source_tree, folder, mode, contenders):
    if "redis" in contenders:
        request.getfixturevalue("needs_redis")
    run_bench(source_tree, "bench-fanout", "--quick", "--contenders",
              contenders, "--modes", mode, "--viewers", "10",
              "--seconds", "0.2", "--output", folder / "fanout")
    group, = json.loads((folder / "fanout.json").read_text())
    assert len(group["runs"]) == len(contenders.split(","))
    for name, (run,) in group["runs"].items():
        assert run["deliveries"] > 0, name
        if name.startswith("pipecast"):
            assert run["lost"] == run["dup"] == 0
