"""A spool, as scripts and pipecasts write to it and as it is on the disk."""

import contextlib
import json
import os
import subprocess
import time

from client import HttpStream
from waiting import DEADLINE


class Spool:
    def __init__(self, path):
        self.path = path
        self.older = f"{path}.1"

    def append(self, data):
        """As a shell script does it."""
        subprocess.run(
            ["sh", "-c", """printf 'data: %s\\n\\n' "$1" >>"$2" """, "sh",
             data, self.path], check=True, timeout=DEADLINE)

    def append_raw(self, text):
        with open(self.path, "ab", buffering=0) as file:
            file.write(text.encode())

    def let_time_pass(self):
        """As if nobody had written for a while."""
        past = time.time() - 5
        os.utime(self.path, (past, past))

    def text(self):
        """All of it, from the older file on."""
        text = ""
        for path in (self.older, self.path):
            with contextlib.suppress(FileNotFoundError):
                with open(path, encoding="utf-8") as file:
                    text += file.read()
        return text

    def data(self):
        """The data of its whole events, each of a line."""
        *blocks, _ = self.text().split("\n\n")
        return [line[6:] for block in blocks for line in block.split("\n")
                if line.startswith("data: ")]


class Answer:
    def __init__(self, stream):
        self.status = stream.status
        self.headers = stream.headers
        self.text = stream.text

    @property
    def id(self):
        return json.loads(self.text)["id"]

    @property
    def events(self):
        return json.loads(self.text)["events"]


def post(address, data, target="/"):
    """The answer to a post over a connection of its own."""
    stream = HttpStream(address, target, method="POST",
                        body=data.encode())
    try:
        stream.wait_end()
        return Answer(stream)
    finally:
        stream.close()
