"""The server configurations in examples/servers, as they are but for the paths
and ports of a test."""

import os
from pathlib import Path

HERE = Path(__file__).resolve().parent
TREE = Path(os.environ.get("PIPECAST_SRCDIR", HERE.parent.parent)).resolve()
SERVERS = TREE / "examples" / "servers"


def put_in(text, changes):
    """The text with new for old throughout; each of them must be there."""
    for old, new in changes.items():
        assert old in text, f"{old!r} is not in:\n{text}"
        text = text.replace(old, str(new))
    return text


def server_example(name, changes):
    return put_in((SERVERS / name).read_text(encoding="utf-8"), changes)
