"""Waiting until it is noticed that a viewer has left."""

from processes import count_connections
from waiting import wait_for

OFTEN = ("--heartbeat", "200ms")


def wait_no_viewers(pid):
    wait_for(lambda: count_connections(pid) == 0, "end of all connections")
