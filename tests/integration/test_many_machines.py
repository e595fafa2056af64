"""examples/many-machines: nodes and Redis are killed, and nothing is lost."""

import re
import subprocess

from documents import of_kind, readme_blocks
from examples import put_in
from many_machines import EXAMPLE, machines, needs_redis  # noqa: F401
from servers import find_program
from spools import post
from waiting import DEADLINE, wait_for


class Reader:
    """A viewer that reconnects, and knows which node serves it."""

    def __init__(self, machines):
        self.machines = machines
        self.seen = []
        self.last = self.node = None
        self.stream = machines.open("/news").wait_open()

    def read(self):
        event = self.stream.event_or_end()
        if not event:
            self.stream = self.machines.open(
                "/news", headers={"Last-Event-ID": self.last})
        elif event.type.startswith("node-"):
            self.node = event.type[-1]
        else:
            assert event.type == "news"
            self.seen.append(event.data)
            self.last = event.id

    def read_until(self, data):
        while self.seen[-1:] != [data]:
            self.read()


def post_again(machines, data):
    wait_for(lambda: post(machines.address, data, "/news").status == 200,
             f"a post of {data}", pause=0.1)


def test_nothing_is_lost_while_each_is_killed(machines):  # noqa: F811
    reader = Reader(machines)
    post_again(machines, "first")
    reader.read_until("first")
    while not reader.node:
        reader.read()
    first = reader.node
    machines.run(f"node/{first}/kill")
    wait_for(lambda: machines.fetch(f"/node/{first}/.status").status == 502,
             "the end of the node")
    post_again(machines, "second")
    reader.read_until("second")
    while reader.node == first:
        reader.read()
    machines.run("redis.pid")
    machines.wait_for_error("redis has ended")
    post_again(machines, "third")
    machines.run("XADD", hello="fourth")
    reader.read_until("fourth")
    assert reader.seen == ["first", "second", "third", "fourth"]


def test_interrupt_ends_everything(machines, folder):  # noqa: F811
    machines.addresses()
    assert any(folder.glob("tmp.*"))
    subprocess.run(["kill", "-INT", "--", f"-{machines.pid}"], check=True)
    machines.wait_nothing_left()
    assert machines.wait_exit() == 0
    assert not any(folder.glob("tmp.*"))


def test_what_is_missing_is_named(folder):
    (folder / "dirname").symlink_to("/usr/bin/dirname")
    done = subprocess.run([EXAMPLE / "run"], env={"PATH": str(folder)},
                          capture_output=True, text=True, check=False,
                          timeout=DEADLINE)
    assert done.returncode == 1
    assert "not installed: redis-server" in done.stderr
    assert "apt-get install redis-server" in done.stderr


def test_unit_has_no_fault_and_fits_nginx(folder, binary):
    name = "pipecast@.service"
    text = (EXAMPLE / name).read_text(encoding="utf-8")
    (folder / name).write_text(
        put_in(text, {"/usr/local/bin/pipecast": binary}))
    analyze = find_program("systemd-analyze")
    for words in (("--man=no", "verify", folder / "pipecast@1.service"),
                  ("security", "--offline=yes", "--no-pager",
                   "--threshold=15", folder / name)):
        done = subprocess.run([analyze, *words], capture_output=True,
                              text=True, timeout=DEADLINE, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    socket, = re.findall(r"--http unix:([^,]*),", text)
    site = (EXAMPLE / "site.conf").read_text(encoding="utf-8")
    for node in "12":
        assert site.count(f"server unix:{socket.replace('%i', node)} ") == 1


def test_commands_of_the_readme_are_those_printed(machines, readme):  # noqa: F811
    machines.addresses()
    example, kill = of_kind(readme_blocks(readme), "machines")[0].split(
        "\n")[:2]
    assert example == "examples/many-machines/run"
    assert kill.replace("8080", str(machines.port)) in machines.errors()
