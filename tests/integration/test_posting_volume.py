"""Much of what is posted: each event once, and in one order for all.

make posting does it with POSTING_EVENTS, from POSTING_SENDERS to
POSTING_VIEWERS."""

import os
import time

import pytest

from load import Load
from waiting import wait_for

EVENTS = int(os.environ.get("POSTING_EVENTS", "3000"))
SENDERS = int(os.environ.get("POSTING_SENDERS", "50"))
VIEWERS = int(os.environ.get("POSTING_VIEWERS", "100"))
SECONDS = 60 + EVENTS // 1000


def address(program):
    return f"127.0.0.1:{program.port}"


@pytest.fixture
def view(folder):
    """Starts viewers and waits until they all look on."""
    started = []

    def start(program, *options):
        started.append(Load(folder, "http", address(program), *options))
        wait_for(started[-1].is_ready, "response heads")
        return started[-1]
    yield start
    for load in started:
        load.stop()


@pytest.mark.parametrize("source", ["memory:", "spool:{}/room.sse",
                                    "exec:exec cat"])
def test_all_that_is_posted_is_delivered_once_and_in_one_order(
        listen, view, folder, source, measured):
    program = listen("--patience", "20s", "--post", source.format(folder))
    load = view(program, "--clients", VIEWERS)
    begin = time.monotonic()
    load.publish(None, "--events", EVENTS, "--connections", SENDERS,
                 "--depth", 1, "--window", 2000, address(program))
    seconds = time.monotonic() - begin
    figures = load.finish(SECONDS)
    measured(f"posting {source.partition(':')[0]}",
             posts_per_s=int(EVENTS / seconds), events=EVENTS,
             p50_us=figures["p50_us"], p99_us=figures["p99_us"])
    wrong = {name: figures[name] for name in
             ("lost", "dup", "reordered", "short", "other", "ended",
              "failed") if figures[name]}
    assert not wrong, figures
    assert figures["deliveries"] == EVENTS * VIEWERS
