"""Many viewers that come back with their last event ID, in one thread."""

import asyncio
import random
import threading


class Crowd(threading.Thread):
    """Each viewer reads numbers until it has seen the last one. It comes back
    whenever the stream breaks, also if nobody is there."""

    def __init__(self, ports, n_viewers, last, pause=0.3):
        super().__init__(daemon=True)
        self.ports = ports
        self.n_viewers = n_viewers
        self.last = last
        self.pause = pause
        self.n_open = 0
        self.n_visits = 0
        self.seen = [[] for _ in range(n_viewers)]
        self.ids = [""] * n_viewers
        self.wrong = []

    def run(self):
        asyncio.run(self._all())

    async def _all(self):
        await asyncio.gather(*map(self._view, range(self.n_viewers)))

    async def _view(self, i):
        while not self.seen[i] or self.seen[i][-1] != self.last:
            try:
                await self._visit(i)
            except (OSError, asyncio.IncompleteReadError):
                pass
            await asyncio.sleep(self.pause * random.uniform(0.5, 1.5))

    async def _visit(self, i):
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", self.ports[i % len(self.ports)])
        self.n_visits += 1
        try:
            field = f"Last-Event-ID: {self.ids[i]}\r\n" if self.ids[i] else ""
            writer.write(f"GET / HTTP/1.1\r\nHost: localhost\r\n{field}"
                         "Connection: close\r\n\r\n".encode())
            await reader.readuntil(b"\r\n\r\n")
            self.n_open += 1
            while self.last not in self.seen[i][-1:]:
                block = await reader.readuntil(b"\n\n")
                self._take(i, block.decode())
        finally:
            writer.close()

    def _take(self, i, block):
        fields = dict(line.partition(": ")[::2]
                      for line in block.splitlines() if line[:1] != ":")
        if "data" not in fields:
            return
        if "event" in fields:
            self.wrong.append((i, self.ids[i], block))
            return
        self.seen[i].append(int(fields["data"]))
        self.ids[i] = fields.get("id", self.ids[i])

    def lost_or_doubled(self):
        """What is not the next number for some viewer."""
        return self.wrong[:3] + [
            (i, a, b) for i, seen in enumerate(self.seen)
            for a, b in zip(seen, seen[1:]) if b != a + 1][:3]
