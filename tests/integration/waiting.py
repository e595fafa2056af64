"""Waiting for conditions, with deadlines that only a hang can miss."""

import time

DEADLINE = 20.0


def wait_for(condition, what, seconds=DEADLINE, pause=0.005):
    """Poll condition() until it is true and return its value."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds:g} s: {what}")
        time.sleep(pause)


def wait_still(measure, what, seconds=DEADLINE):
    """Poll measure() until it has not changed for a while."""
    history = []

    def is_still():
        history.append(measure())
        return len(history) > 40 and len(set(history[-40:])) == 1
    wait_for(is_still, f"{what} comes to a halt", seconds)
