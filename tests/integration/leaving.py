"""How soon it is noticed that a viewer has left."""

import time

from waiting import wait_for

HEARTBEAT_S = 1
LIMIT_S = 2 * HEARTBEAT_S + 3
OFTEN = ("--heartbeat", f"{HEARTBEAT_S}s")
ATTEMPTS = 3


def seconds_until(condition, what):
    start = time.monotonic()
    wait_for(condition, what, 30)
    return time.monotonic() - start


def within_limit(measure):
    """Measure until within the limit; a busy machine may spoil a few."""
    for _ in range(ATTEMPTS):
        seconds = measure()
        if seconds <= LIMIT_S:
            break
    return seconds
