"""A crowd before one shared script: every event once and in order, while
viewers come and go, and nothing that stays behind.

make share runs it for SHARE_SECONDS with SHARE_VIEWERS."""

import os
import resource
import threading
import time

import pytest

from load import Load
from processes import count_descriptors, is_running, private_kib
from servers import Lighttpd
from sharing import pipecasts, sockets, wait_for_hub
from waiting import DEADLINE, wait_for

SECONDS = float(os.environ.get("SHARE_SECONDS", "3"))
VIEWERS = int(os.environ.get("SHARE_VIEWERS", "200"))
EVENTS = max(int(SECONDS * 10), 1)


class LargeLighttpd(Lighttpd):
    """It takes three descriptors a viewer while a script starts."""

    descriptors = 4 * VIEWERS + 200

    def configuration(self):
        return super().configuration() + f"""
server.max-fds = {self.descriptors}
server.max-connections = {VIEWERS + 100}
server.listen-backlog = 4096
"""


@pytest.fixture
def server(binary, folder):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < LargeLighttpd.descriptors:
        pytest.skip(f"needs {LargeLighttpd.descriptors} descriptors "
                    f"(ulimit -Hn: {hard})")
    resource.setrlimit(resource.RLIMIT_NOFILE,
                       (max(soft, LargeLighttpd.descriptors), hard))
    (folder / "server").mkdir()
    server = LargeLighttpd(folder / "server", binary).start()
    yield server
    server.stop()
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def publish(post):
    """An event ten times a second, as the load client counts them."""
    for number in range(1, EVENTS + 1):
        post(f"{number} {time.monotonic_ns()}")
        time.sleep(0.1)


def test_crowd_costs_one_process_and_leaves_nothing(
        server, put_shared, folder, log, measured):
    target = put_shared(server, "--linger", "200ms", "--heartbeat", "500ms",
                        f"file:{log.path}")
    first = server.open(target).wait_open()
    hub = wait_for_hub(server, folder)
    few = count_descriptors(hub), private_kib(hub)
    load = Load(folder, "http", f"127.0.0.1:{server.port}", "--path", target,
                "--clients", VIEWERS, "--guests", VIEWERS // 2,
                "--churn", VIEWERS / 40, "--concurrency", 20, "--resume",
                "--events", EVENTS, "--idle", DEADLINE,
                "--connect-timeout", DEADLINE)
    try:
        wait_for(load.is_ready, "viewers")
        wait_for(lambda: len(pipecasts(server.mark)) == 1, "one process")
        many = count_descriptors(hub), private_kib(hub)
        writer = threading.Thread(target=publish, args=(log.write_line,))
        writer.start()
        figures = load.finish(SECONDS + 4 * DEADLINE)
        writer.join()
    finally:
        load.stop()
    measured("crowd of one shared script", viewers=VIEWERS,
             visits=figures["visits"], deliveries=figures["deliveries"],
             bytes_each=(many[1] - few[1]) * 1024 // VIEWERS)
    wrong = {name: figures[name] for name in ("failed", "lost", "dup", "ooo",
                                              "short") if figures[name]}
    assert not wrong
    assert figures["visits"] > 0
    assert VIEWERS * 0.9 < many[0] - few[0] <= VIEWERS
    wait_for(lambda: count_descriptors(hub) == few[0],
             "that the hub has closed what it had for the crowd")
    first.close()
    wait_for(lambda: not is_running(hub), "end of the hub")
    assert not pipecasts(server.mark)
    assert not sockets(folder)
