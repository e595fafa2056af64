"""How the hub of --share ends, and how its viewers get to the next one."""

import os
import signal

import pytest

from client import assert_plain_text
from fifo import open_writer, write_once
from processes import is_running
from sharing import Hub, sockets, wait_for_hub
from traffic import Writer, restart_under_traffic


def test_terminated_hub_sends_its_viewers_to_the_next(share, folder):
    program = share("every:20ms")
    hub = Hub(program)
    os.kill(hub.pid, signal.SIGTERM)
    program.stream.wait_end()
    assert len(program.stream.retries) == 2
    hub.wait_gone()
    assert not sockets(folder)
    assert share("every:20ms").stream.next_event()


class Spooler(Writer):
    def _write(self, line):
        self.log.write(f"data: {line}\n\n")
        self.lines.append(line)


@pytest.mark.parametrize("source, kind", [
    ("file", Writer), ("spool", Spooler)])
def test_killed_hub_costs_a_reconnection_and_no_line(
        cgi_server, put_shared, folder, source, kind):
    """kill -9, again and again, while many look on."""
    writer = kind(folder / "lines")
    target = put_shared(cgi_server, f"{source}:{writer.log.path}")

    def kill():
        os.kill(wait_for_hub(cgi_server, folder), signal.SIGKILL)
    restart_under_traffic(cgi_server, target, writer, kill, patient=True)


@pytest.mark.parametrize("source", ["every:20ms", "exec:yes", "fifo"])
def test_viewer_of_a_killed_hub_is_told_of_the_gap(share, folder, source):
    if source == "fifo":
        source = f"fifo:{folder}/fifo"
    program = share("-e", "one", source)
    hub = Hub(program)
    if "fifo" in source:
        write_once(folder / "fifo", b"line\n")
    last = program.stream.next_event().id
    os.kill(hub.pid, signal.SIGKILL)
    hub.wait_gone()
    again = share("-e", "one", source, request={"HTTP_LAST_EVENT_ID": last})
    gap = again.stream.next_event()
    assert gap.type == "gap" and last in gap.data


def test_hub_that_hangs_is_replaced_and_then_leaves(share):
    program = share("every:20ms")
    hub = Hub(program)
    os.kill(hub.pid, signal.SIGSTOP)
    try:
        own = share("every:20ms")
        assert own.stream.next_event()
        own.wait_for_error("does not answer")
        assert is_running(own.pid)
        other = share("every:20ms")
        assert Hub(other).pid != hub.pid
    finally:
        os.kill(hub.pid, signal.SIGCONT)
    program.stream.wait_end()
    assert len(program.stream.retries) == 2
    hub.wait_gone()
    assert other.stream.next_event()


def test_hub_that_cannot_start_is_tried_once(share, folder):
    """And once more by the process itself, which tells the viewer."""
    program = share(f"file:{folder}")
    assert_plain_text(program.stream, 500)
    assert program.errors().count(f"pipecast: file:{folder}: ") == 2


@pytest.fixture
def script(folder):
    """A script that can be edited, and the request for it."""
    class Script:
        path = folder / "script"
        request = {"SCRIPT_FILENAME": str(path)}

        def edit(self):
            with open(self.path, "a", encoding="ascii") as file:
                file.write("# edited\n")
    Script().edit()
    return Script()


def test_viewers_of_an_edited_script_are_sent_to_the_next_hub(
        share, script, folder):
    """As soon as there is one, which then has the FIFO for itself."""
    fifo = folder / "fifo"

    def start():
        return share(f"fifo:{fifo}", request=script.request)
    first = start()
    hub = Hub(first)
    second = start()
    second.stream.wait_open()
    script.edit()
    program = start()
    assert Hub(program).pid != hub.pid
    for each in first, second:
        each.stream.wait_end()
        assert len(each.stream.retries) == 2
    hub.wait_gone()
    lines = [str(i) for i in range(100)]
    with open_writer(fifo) as writer:
        writer.write("".join(f"{line}\n" for line in lines).encode())
    assert program.stream.next_data(100) == lines


def test_edited_config_file_counts_as_the_script_does(share, folder):
    config = folder / "config"
    config.write_text("source every:20ms\n")
    program = share("-c", config)
    hub = Hub(program)
    config.write_text("retry 7s\nsource every:20ms\n")
    share("-c", config).stream.wait_open()
    program.stream.wait_end()
    hub.wait_gone()


def test_hub_of_other_options_goes_on(share, script):
    program = share("every:20ms", request=script.request)
    Hub(program)
    share("every:30ms", request=script.request).stream.next_events(5)
    assert program.stream.next_events(10)
    assert len(program.stream.retries) == 1


@pytest.mark.parametrize("edited", ["before", "after"])
def test_hub_of_an_edited_script_does_not_linger(share, script, edited):
    program = share("--linger", "1h", "every:20ms", request=script.request)
    hub = Hub(program)
    if edited == "before":
        script.edit()
        assert program.stream.next_events(3)
    program.leave()
    if edited == "after":
        script.edit()
    hub.wait_gone()
