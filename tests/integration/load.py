"""The load client of the benchmark: many viewers in one process."""

import json
import os
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent


def tool(name):
    """Built by make check, beside the program under test."""
    built = Path(os.environ.get("PIPECAST", HERE.parent.parent / "pipecast"))
    path = built.resolve().parent / "tests" / "bench" / "tools" / name
    assert os.access(path, os.X_OK), f"{path} is not built"
    return str(path)


class Load:
    """A load client at work; a progress file tells when all is open."""

    def __init__(self, folder, protocol, address, *options):
        self.progress = folder / "progress"
        self.process = subprocess.Popen(
            [tool("load"), "--progress", str(self.progress),
             *map(str, options), protocol, address],
            stdout=subprocess.PIPE, text=True)

    def is_ready(self):
        """Whether every viewer has got its response head, or never will."""
        try:
            first = self.progress.read_bytes()[:8]
        except FileNotFoundError:
            return False
        return first == (1).to_bytes(8, "little")

    def publish(self, to, *options):
        """Writes events there, no faster than every reader receives them."""
        subprocess.run(
            [tool("publish"), "--progress", str(self.progress), "--rate", "0",
             *map(str, options)], stdout=to, check=True)

    def finish(self, seconds=60):
        """What it saw, once it has ended."""
        output, _ = self.process.communicate(timeout=seconds)
        return json.loads(output)

    def stop(self):
        self.process.kill()
        self.process.communicate()
