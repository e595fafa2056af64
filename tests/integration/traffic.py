"""A file that grows while viewers of it look on, and something is restarted."""

import threading

from logfile import LogFile
from returning import ReturningViewer
from waiting import wait_for

N_VIEWERS = 5
N_RESTARTS = 3


class Writer(threading.Thread):
    """Writes numbered lines to a file until it is told to stop."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.log = LogFile(path)
        self.lines = []
        self.stopping = threading.Event()

    def run(self):
        while not self.stopping.wait(0.002):
            self._write(f"line {len(self.lines)}")
        self._write("last")

    def _write(self, line):
        self.log.write_line(line)
        self.lines.append(line)

    def stop(self):
        self.stopping.set()
        self.join()
        self.log.close()


def restart_under_traffic(server, target, writer, restart, patient=False):
    """What comes of it: the viewers, who have seen every line once."""
    viewers = [ReturningViewer(server.port, target, "last", patient)
               for _ in range(N_VIEWERS)]
    for thread in (*viewers, writer):
        thread.start()
    for _ in range(N_RESTARTS):
        seen = [len(viewer.events) for viewer in viewers]
        wait_for(lambda: all(len(viewer.events) > n or not viewer.is_alive()
                             for viewer, n in zip(viewers, seen)),
                 "everybody has seen more")
        restart()
    writer.stop()
    for viewer in viewers:
        assert viewer.wait() == writer.lines
        # One that is on its way when something is killed misses that.
        assert viewer.visits > (1 if patient else N_RESTARTS)
    return viewers
