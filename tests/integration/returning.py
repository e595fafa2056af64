"""A viewer who comes back with its last event ID, as EventSource does."""

import threading
import time

from client import HttpStream
from waiting import DEADLINE, wait_for

RECONNECT_S = 0.05


class ReturningViewer(threading.Thread):
    """Reads until it has seen the event with that data. It comes back sooner
    than it is told to, so that a test need not wait. A patient one knocks
    until it is let in, though nobody may be there."""

    def __init__(self, port, target, last, patient=False):
        super().__init__(daemon=True)
        self.patient = patient
        self.port = port
        self.target = target
        self.last = last
        self.events = []
        self.retries = []
        self.visits = 0
        self.fault = None
        self.last_event_id = ""
        self.stream = None
        self._come()
        self.stream.wait_open()

    def _come(self):
        headers = {"Connection": "close"}
        if self.last_event_id:
            headers["Last-Event-ID"] = self.last_event_id
        self.stream = HttpStream(self.port, self.target, headers=headers)
        self.visits += 1

    def _is_let_in(self):
        try:
            self._come()
            return self.stream.status == 200
        except (AssertionError, ConnectionError):
            return False

    def run(self):
        try:
            while not self._read():
                time.sleep(RECONNECT_S)
                if self.patient:
                    wait_for(self._is_let_in, "an open stream", pause=0.02)
                else:
                    self._come()
                assert self.stream.status == 200, self.stream
        except Exception as fault:
            self.fault = fault
        finally:
            self.stream.close()

    def _read(self):
        """Whether the last event came before the end of this response."""
        while event := self.stream.event_or_end():
            self.events.append(event)
            self.last_event_id = event.id or self.last_event_id
            if event.data == self.last:
                return True
        self.retries += self.stream.retries
        self.stream.close()
        return False

    def wait(self):
        """Wait for the last event; returns the data of all."""
        self.join(3 * DEADLINE)
        assert not self.is_alive(), f"still reading {self.stream!r}"
        if self.fault:
            raise self.fault
        return [event.data for event in self.events]
