"""examples/many-machines, run as its README says, on any free port."""

import re
import subprocess

import pytest

from examples import TREE
from http_program import HttpProgram
from program import plain_environment
from redis_server import needs_redis  # noqa: F401
from servers import free_port
from waiting import DEADLINE

EXAMPLE = TREE / "examples" / "many-machines"


class ManyMachines(HttpProgram):
    prints = r"^many-machines: open (http://\S+/)"

    def __init__(self, binary, folder):
        super().__init__(EXAMPLE / "run", [free_port()], folder, listen=None,
                         env=plain_environment(
                             PATH=f"{binary.parent}:/usr/bin:/bin",
                             TMPDIR=folder))

    def run(self, pattern, **changes):
        """Runs one of the commands that it prints."""
        command = re.search(f"^    (.*{pattern}.*)$", self.errors(), re.M)[1]
        for old, new in changes.items():
            command = command.replace(old, new)
        subprocess.run(command, shell=True, check=True, timeout=DEADLINE,
                       capture_output=True)


@pytest.fixture
def machines(binary, folder, needs_redis):  # noqa: F811
    program = ManyMachines(binary, folder)
    yield program
    program.stop()
