"""The main job in a real browser: commands and growing log files, connections
that break, streams that end."""

import os
import re
import signal
import threading

import pytest

from browser import wait_for
from gateways import LASTS
from processes import kill_if_running
from terminals import needs_terminal

# Far below what a person would set, so that a test need not wait.
FAST = ("exec pipecast", "exec pipecast --retry 100ms --heartbeat 500ms")
# Long enough for somebody to see that it is not connected.
LEISURELY = ("exec pipecast", "exec pipecast --retry 2s --heartbeat 500ms")


def watch(browser, site, script, parameters=""):
    browser.open(site.url(f"/watch/index.html?src={script}{parameters}"))
    browser.wait_text("#state", "open")


def put_tail(site, name, log, pace=FAST):
    return site.put_edited(name, "tail-log.cgi", pace,
                           ("LOG=/var/log/dpkg.log", f"LOG={log}"))


class Writer(threading.Thread):
    """Appends numbered lines to a log file until told to stop."""

    def __init__(self, log):
        super().__init__(daemon=True)
        self.log = log
        self.written = 0
        self.stopping = threading.Event()

    def run(self):
        while not self.stopping.wait(0.01):
            with open(self.log, "a", encoding="ascii") as log:
                log.write(f"line {self.written}\n")
            self.written += 1

    def stop(self):
        self.stopping.set()
        self.join()


@pytest.fixture
def log(folder):
    path = folder / "growing.log"
    path.write_text("before anybody looked\n")
    return path


@pytest.fixture
def writer(log):
    writer = Writer(log)
    yield writer
    if writer.is_alive():
        writer.stop()


def kill_viewer(site, script):
    (pid,) = wait_for(lambda: site.viewers(script), "a viewer's process")
    kill_if_running(pid, signal.SIGKILL)


def wait_lines_past(browser, count):
    return wait_for(lambda: len(browser.texts(".line")) > count,
                    f"more than {count} lines")


def test_killed_process_is_resumed_without_gap_or_repetition(
        browser, site, log, writer):
    script = put_tail(site, "killed.cgi", log, LEISURELY)
    watch(browser, site, script)
    writer.start()
    for _ in range(3):
        wait_lines_past(browser, writer.written)
        kill_viewer(site, script)
        browser.wait_text("#state", "connecting")
        browser.wait_text("#state", "open")
    # And once while it may not be connected at all.
    kill_viewer(site, script)
    writer.stop()
    browser.wait_texts(".line", writer.written)
    assert browser.texts(".line, .note") == [
        f"line {n}" for n in range(writer.written)]


def test_growing_log_file_across_a_rotation(browser, site, log, writer):
    script = put_tail(site, "rotated.cgi", log)
    watch(browser, site, script)
    writer.start()
    wait_lines_past(browser, 20)
    os.rename(log, log.with_suffix(".log.1"))
    wait_lines_past(browser, writer.written)
    # The connection breaks and the file is rotated meanwhile.
    kill_viewer(site, script)
    wait_for(log.exists, "the writer's new file")
    os.rename(log, log.with_suffix(".log.1"))
    wait_lines_past(browser, writer.written)
    writer.stop()
    browser.wait_texts(".line", writer.written)
    assert browser.texts(".line, .note") == [
        f"line {n}" for n in range(writer.written)]
    browser.screenshot("growing-log")


@needs_terminal
def test_output_of_vmstat_as_it_comes(browser, site):
    script = site.put_edited("command-edited.cgi", "command.cgi", FAST,
                             ("--share", "--share --linger 1s"))
    watch(browser, site, script)
    lines = browser.wait_texts(".line", 4)
    assert "memory" in lines[0]
    assert lines[1].split()[:2] == ["r", "b"]
    assert all(re.fullmatch(r"[ \d]+", line) for line in lines[2:])
    assert browser.console() == []
    browser.screenshot("vmstat")
    # Process and command end soon after the last viewer.
    browser.reset()
    site.wait_no_viewers(script)


def test_fifo(browser, site, folder):
    fifo = folder / "events"
    script = site.put_edited("fifo-edited.cgi", "fifo.cgi", FAST,
                             ("FIFO=/run/pipecast.fifo", f"FIFO={fifo}"))
    watch(browser, site, script)
    for n in range(3):
        with open(fifo, "w", encoding="ascii") as writer:
            writer.write(f"written {n}\n")
        browser.wait_texts(".line", n + 1)
    assert browser.texts(".line, .note") == [f"written {n}" for n in range(3)]
    assert browser.console() == []


def test_stream_that_ended_is_not_asked_for_again(browser, site, folder):
    script = site.put_pipecast(
        "ended.cgi", "--retry", "100ms",
        f"exec:echo run >>{folder}/commands; seq 3; exit 4",
        before=f"echo run >>{folder}/requests\n")
    watch_page = site.url(f"/watch/index.html?src={script}")
    browser.open(watch_page)
    browser.wait_text("#state", "closed")
    assert browser.texts(".line") == ["1", "2", "3"]
    assert browser.texts(".note") == ["ended with exit status 4"]
    site.wait_no_viewers(script)
    # Closed is for good, so this is all that was ever asked for and run.
    assert (folder / "requests").read_text() == "run\nrun\n"
    assert (folder / "commands").read_text() == "run\n"
    browser.screenshot("ended")


def test_missed_events_are_told(browser, site):
    script = site.put_pipecast("missed.cgi", "--retry", "100ms",
                               f"exec:echo once; {LASTS}")
    watch(browser, site, script)
    browser.wait_texts(".line", 1)
    for pid in site.viewers(script):
        kill_if_running(pid)
    assert browser.wait_texts(".note", 1) == ["some events were missed"]
    browser.wait_texts(".line", 2)


READ = """
const [url, types, done] = arguments, events = [];
const source = new EventSource(url);
let opened = false;
for (const type of types)
    source.addEventListener(type, (event) => {
        events.push([event.type, event.data, event.lastEventId]);
        if (event.type === "end") {
            source.close();
            done(events);
        }
    });
source.onopen = () => opened = true;
source.onerror = () => {
    source.close();
    done(opened ? ["broken", events] : ["refused"]);
};
"""


def read(browser, url, types=()):
    """What an EventSource gets, up to the end, as (type, data, id)."""
    return browser.driver.execute_async_script(
        READ, url, ["message", "end", *types])


def test_page_of_another_origin_needs_to_be_allowed(browser, apache, lighttpd):
    closed = apache.put_pipecast("closed.cgi", "exec:seq 1")
    opened = apache.put_pipecast("opened.cgi", "--allow-origin",
                                 lighttpd.url(""), "exec:seq 1")
    browser.open(lighttpd.url(lighttpd.blank))
    assert read(browser, apache.url(closed)) == ["refused"]
    assert [data for _, data, _ in read(browser, apache.url(opened))] == [
        "1", '{"exit_status":0}']


LOAD = """
const [url, done] = arguments;
const image = new Image();
const loaded = new Promise((go) => { image.onload = image.onerror = go; });
image.src = `${url}?image`;
Promise.allSettled([fetch(url, { mode: "no-cors" }), loaded])
    .then(() => done());
"""


def test_page_of_another_site_starts_nothing(
        browser, apache, lighttpd, folder):
    """To a browser localhost and 127.0.0.1 are two sites."""
    ran = folder / "ran"
    script = apache.put_pipecast("sites.cgi", f"exec:touch {ran}; echo 1")
    url = apache.url(script).replace("127.0.0.1", "localhost")
    assert "localhost" in url
    browser.open(lighttpd.url(lighttpd.blank))
    browser.driver.execute_async_script(LOAD, url)
    assert read(browser, url) == ["refused"]
    assert not ran.exists()
    browser.driver.execute_script("location = arguments[0]", url)
    browser.wait_text("#name", "sites.cgi")
    wait_for(ran.exists, "the page to read the stream")


def test_page_of_an_allowed_site_reads_the_stream(browser, apache, lighttpd):
    script = apache.put_pipecast("allowed.cgi", "--allow-origin",
                                 lighttpd.url(""), "exec:seq 1")
    url = apache.url(script).replace("127.0.0.1", "localhost")
    browser.open(lighttpd.url(lighttpd.blank))
    assert [data for _, data, _ in read(browser, url)] == [
        "1", '{"exit_status":0}']


def test_page_that_was_left_goes_on_when_one_comes_back(browser, site, log):
    script = put_tail(site, "left.cgi", log)
    watch(browser, site, script)
    with open(log, "a", encoding="ascii") as file:
        file.write("line 0\n")
        file.flush()
        browser.wait_texts(".line", 1)
        # The browser may keep the page; it must not keep the connection.
        browser.open(site.url(site.blank))
        site.wait_no_viewers(script)
        file.write("line 1\n")
    browser.driver.back()
    browser.wait_texts(".line", 2)
    assert browser.texts(".line, .note") == ["line 0", "line 1"]


@pytest.mark.parametrize("page", ["classic", "plain", "dialect-2006"])
def test_going_to_and_fro_leaves_no_connection_behind(browser, apache, page):
    for _ in range(8):
        browser.open(apache.url(f"/classic/{page}.html"))
        browser.wait_text("#state", "open")
        browser.open(apache.url(apache.blank))
    browser.driver.back()
    browser.wait_text("#state", "open")
    seen = len(browser.texts("#log li"))
    browser.wait_texts("#log li", seen + 1)
