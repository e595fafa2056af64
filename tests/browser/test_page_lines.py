"""What people pipe into the built-in page: lines of every kind."""

import json
import time

from browser import wait_for
from test_page import json_source, log, publish  # noqa: F401

LEVELS = """
return Array.from(document.querySelectorAll(".row:not([hidden])"), (row) =>
    row.dataset.level);
"""


def test_colours_are_drawn_and_other_escapes_dropped(viewer, publish, log):
    viewer.open(publish(f"file:{log.path}")).wait_state("Live")
    log("\x1b[01;31m\x1b[Kerror\x1b[m\x1b[K in \x1b]8;;http://e\x1b\\link"
        "\x1b]8;;\x1b\\", "\x1b[38;2;1;2;3m\x1b[44mtrue\x1b[0m \x1b[7mswapped",
        "\x1b[1mbo\x1b[4mth\x1b[m")
    viewer.wait_data(["error in link", "true swapped", "both"])
    styles = viewer.browser.run("""
        return Object.fromEntries(Array.from(
            document.querySelectorAll(".data span"), (span) => {
                const { color, backgroundColor, fontWeight,
                    textDecorationLine } = getComputedStyle(span);
                return [span.textContent, [color, backgroundColor,
                    fontWeight, textDecorationLine]];
            }));""")
    plain = styles[" in link"]
    assert styles["error"][0] != plain[0] and styles["error"][2] == "700"
    assert styles["true"][:2] == ["rgb(1, 2, 3)", "rgb(42, 102, 209)"]
    assert styles["swapped"][1] == plain[0]
    assert styles["th"][2:] == ["700", "underline"]
    viewer.filter("error in")
    viewer.wait_data(["error in link"])
    viewer.assert_no_complaints()


def test_time_of_a_line_is_its_own(viewer, publish, log):
    """Lines that are hours old do not say that they came just now."""
    year = time.localtime().tm_year
    log(f"{year}-01-31 07:08:09,250 ERROR old", "no time", *(
        f"line {n}" for n in range(2000)))
    viewer.open(publish("--replay", "all", f"file:{log.path}"))
    viewer.wait_rows(2002)
    old, none = viewer.rows()[:2]
    assert old[0] == "Jan 31 07:08:09"
    assert old[2] == f"{year}-01-31 07:08:09,250 ERROR old"
    arrived = viewer.browser.run(
        "return document.querySelector('.time.arrived').title")
    assert arrived.startswith("Arrived ")
    assert none[0] != old[0]
    # What was sent at once is no rate.
    viewer.browser.wait_true("performance.now() > 2500")
    assert "/s" not in viewer.browser.text("#figures")


def test_time_is_in_the_id(viewer, publish, folder):
    ms = int(time.time() * 1000) - 60_000
    viewer.open(publish(*json_source(
        folder, {"data": "x", "id": f"s=1;t={ms * 1000:x};x=1"})))
    viewer.wait_rows(1)
    title = viewer.browser.run(
        "return document.querySelector('.time').title")
    assert title == time.strftime(
        f"%Y-%m-%dT%H:%M:%S.{ms % 1000:03}Z", time.gmtime(ms // 1000))


def test_json_shows_its_message_first_and_opens(viewer, publish, log):
    viewer.open(publish(f"file:{log.path}")).wait_state("Live")
    now = int(time.time() * 1000)
    log(json.dumps({"level": 50, "time": now, "pid": 7, "msg": "it broke",
                    "id": 12345678901234567890, "a": {"b": 1}}),
        'level=info msg="say \\"hi\\"" took=3ms',
        "Jan 31 12:00:01 host prog[1]: a line")
    viewer.wait_data([
        '50 it broke pid=7 id=12345678901234567890 a={"b":1}',
        'INFO say "hi" took=3ms', "Jan 31 12:00:01 host prog[1]: a line"])
    browser = viewer.browser
    openers = viewer.driver.find_elements("css selector", ".opener")
    assert len(openers) == 3
    openers[0].click()
    opened = browser.run(
        "return document.querySelector('.fields').textContent")
    assert '\n  "a": {\n    "b": 1\n  }\n}' in opened
    openers[0].click()
    assert browser.texts(".fields") == []
    openers[2].click()
    assert '"program": "prog"' in browser.text(".fields")
    viewer.assert_no_complaints()


def test_levels_have_chips(viewer, publish, log):
    viewer.open(publish(f"file:{log.path}")).wait_state("Live")
    log("plain")
    viewer.wait_rows(1)
    assert viewer.browser.run("return levels.hidden")
    log('{"level":50,"msg":"all is well"}', "app: WARN no disk",
        "DEBUG error 1", '::1 - - "GET / HTTP/1.1" 502 1')
    viewer.wait_rows(5)
    assert viewer.browser.run(LEVELS) == [
        "", "error", "warning", "debug", "error"]
    assert viewer.browser.texts("#levels .chip") == [
        "error 2", "warning 1", "debug 1", "no level 1"]
    viewer.click_chip("debug")
    viewer.click_chip("no level")
    wait_for(lambda: viewer.browser.run(LEVELS) ==
             ["error", "warning", "error"], "only those")


def test_stack_trace_stays_together(viewer, publish, log):
    viewer.open(publish(f"file:{log.path}")).wait_state("Live")
    trace = ["java.lang.IllegalStateException: no", "\tat a.B.c(B.java:1)",
             "Caused by: java.io.IOException: disk", "\t... 3 more"]
    log("before", *trace, "after")
    viewer.wait_rows(6)
    assert viewer.browser.run(LEVELS) == ["", *["error"] * 4, ""]
    viewer.filter("disk")
    viewer.wait_data(trace)
    log(*trace[:2])
    log(*trace[2:])
    viewer.wait_data(trace * 2)
