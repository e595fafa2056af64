"""What people pipe into the built-in page: lines of every kind."""

import json
import time

from browser import wait_for
from gateways import LASTS
from test_page import (  # noqa: F401
    json_source, log, publish, through_each_gateway)

LEVELS = """
return Array.from(document.querySelectorAll(".row:not([hidden])"), (row) =>
    row.dataset.level ?? "");
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


@through_each_gateway
def test_progress_is_one_row(viewer, publish):
    """Each state takes the place of the one that it was written over."""
    viewer.open(publish("exec:printf 'before\\n\\r0%%'; for i in $(seq 100); do "
                        "printf \"\\r$i%%\"; done; printf '\\nafter\\n'; "
                        f"{LASTS}"))
    viewer.wait_data(["before", "100%", "after"])
    viewer.browser.wait_true("figures.textContent.startsWith('103 events')")
    viewer.assert_no_complaints()


def test_time_of_a_line_is_its_own(viewer, publish, log):
    """Lines that are hours old do not say that they came just now."""
    year = time.localtime().tm_year
    log(f"{year}-01-31 07:08:09,250 ERROR old", "no time", *(
        f"line {n}" for n in range(300)))
    viewer.open(publish("--replay", "all", f"file:{log.path}"))
    viewer.wait_rows(302)
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


# Reads while the page has stood still meanwhile.
STALL = """
const proto = ReadableStreamDefaultReader.prototype;
const { read } = proto;
let left = 5;
proto.read = function () {
    const end = performance.now() + (left-- > 0 ? 150 : 0);
    while (performance.now() < end);
    return read.call(this);
};
window.rates = [];
addEventListener("DOMContentLoaded", () => new MutationObserver(() =>
    figures.textContent.includes("/s") && rates.push(figures.textContent))
    .observe(figures, { childList: true }));
"""


def test_what_a_slow_page_had_to_wait_for_is_no_rate(viewer, publish, log):
    log(*(f"{'x' * 1000} {n}" for n in range(2000)))
    script = viewer.driver.execute_cdp_cmd(
        "Page.addScriptToEvaluateOnNewDocument", {"source": STALL})
    viewer.open(publish("--history", "4M", "--replay", "all",
                        f"file:{log.path}"))
    viewer.driver.execute_cdp_cmd(
        "Page.removeScriptToEvaluateOnNewDocument", script)
    viewer.wait_rows(2000)
    viewer.browser.wait_true("performance.now() > 4000")
    assert viewer.browser.run("return rates") == []


WIDE = """
return Array.from(document.querySelectorAll(".row"), (row) =>
    [row.offsetHeight < 50, row.offsetWidth > innerWidth]);
"""


def test_columns_of_a_table_stay_below_each_other(viewer, publish, log):
    """Other lines are wrapped as ever."""
    viewer.browser.phone()
    log("Device            r/s     rkB/s   rrqm/s  %rrqm r_await rareq-sz",
        "sda              0.10      2.20     0.00   0.10    0.54    22.00",
        "      | " + " " * 60 + "^~~", "word " * 40)
    viewer.open(publish(f"file:{log.path}")).wait_rows(4)
    assert viewer.browser.run(WIDE) == [
        [True, True], [True, True], [True, True], [False, False]]
    assert viewer.browser.run(
        "return document.documentElement.scrollWidth") <= 360


def test_time_is_in_the_id(viewer, publish, folder):
    ms = int(time.time() * 1000) - 60_000
    viewer.open(publish(*json_source(
        folder, {"data": "x", "id": f"s=1;t={ms * 1000:x};x=1"})))
    viewer.wait_rows(1)
    title = viewer.browser.run(
        "return document.querySelector('.time').title")
    assert title == time.strftime(
        f"%Y-%m-%dT%H:%M:%S.{ms % 1000:03}Z", time.gmtime(ms // 1000))


def copied(viewer, button):
    """What a button puts on the clipboard."""
    viewer.driver.execute_cdp_cmd("Browser.grantPermissions", {
        "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]})
    viewer.driver.find_element("css selector", button).click()
    viewer.browser.wait_text("#said", "Copied")
    return viewer.driver.execute_async_script(
        "navigator.clipboard.readText().then(arguments[0])")


def test_json_shows_its_message_first_and_opens(viewer, publish, log):
    viewer.open(publish(f"file:{log.path}")).wait_state("Live")
    now = int(time.time() * 1000)
    log(json.dumps({"level": 50, "time": now, "pid": 7, "msg": "it broke",
                    "id": 12345678901234567890, "a": {"b": 1}}),
        'level=info msg="say \\"hi\\"" took=3ms',
        "Jan 31 12:00:01 host prog[1]: a line")
    viewer.wait_data([
        'ERROR it broke pid=7 id=12345678901234567890 a.b=1',
        'INFO say "hi" took=3ms', "Jan 31 12:00:01 host prog[1]: a line"])
    browser = viewer.browser
    openers = viewer.driver.find_elements("css selector", ".opener")
    assert len(openers) == 3
    openers[0].click()
    opened = browser.run(
        "return document.querySelector('.fields').textContent")
    assert '\n  "a": {\n    "b": 1\n  }\n}' in opened
    assert copied(viewer, ".fields + button") == opened
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
    assert [time != "" for time, *_ in viewer.rows()] == [
        True, True, False, False, False, True]
    viewer.filter("disk")
    viewer.wait_data(trace)
    log(*trace[:2])
    log(*trace[2:])
    viewer.wait_data(trace * 2)


def wait_charts(viewer, expected):
    """Wait for just these charts, each with its last value."""
    def last():
        return {name: last for name, (last, *_) in viewer.charts().items()}
    wait_for(lambda: last() == expected, f"{expected}; there are {last()}")


def test_columns_of_vmstat_have_names_without_its_first_line(
        viewer, publish, log):
    viewer.open(publish(f"file:{log.path}")).wait_state("Live")
    row = [1, 0, 0, 9, 4, 5, 0, 0, 7, 8, 9, 10, 1, 2, 96, 1, 0]
    for _ in (1, 2):
        log(" ".join(map(str, row)))
    names = "r b swpd free buff cache si so bi bo in cs us sy id wa st"
    wait_charts(viewer, dict(zip(names.split(), map(str, row))))


def test_numbers_are_found_where_they_are(viewer, publish, folder):
    lines = {
        "ping": "64 bytes from ::1: icmp_seq=1 ttl=64 time=0.5 ms",
        "temp": "core: 45.5 C", "cpu": "cpu 42", "number": "1,234,567",
        "csv": "7,,8", "dev": "sda  1.5  2.0", "unit": "12.3ms",
        "load": "20:33:43 up  1:12,  0 user,  load average: 1.00, 2.00, 3.00"}
    viewer.open(publish(*json_source(
        folder, {"event": "dev", "data": "Device  tps  kB/s"}, *(
            {"event": kind, "data": text} for kind, text in lines.items()
            for _ in (1, 2)))))
    wait_charts(viewer, {
        "time": "0.5 ms", "core": "45.5 C", "cpu": "42",
        "number": "1,234,567", "#1": "7", "#3": "8", "sda tps": "1.5",
        "sda kB/s": "2", "unit": "12.3 ms", "load 1 min": "1",
        "load 5 min": "2", "load 15 min": "3"})


# As they are piped in, line by line, without the columns in between.
TABLES = {
    "iostat": """
Linux 6.1.0-26-amd64 (host) \t11/30/2026 \t_x86_64_\t(2 CPU)

avg-cpu:  %user   %nice %system %iowait  %steal   %idle
           1.50    0.00    0.50    0.00    0.00   98.00

Device             tps    kB_read/s    kB_wrtn
sda               3.00         2.50        200
nvme0n1           4.00         0.00          0
""",
    "mpstat": """
08:00:01     CPU    %usr    %sys   %gnice
08:00:02     all    0.50    0.25    99.25
""",
    "sar": """
08:00:01        IFACE   rxpck/s   rxkB/s  %ifutil
08:00:02           lo      1.00     0.10     0.00
08:00:02         eth0      5.00     0.50     0.00
""",
    "free": """
               total        used   available
Mem:        16315532     1234567    14735287
Swap:        2097148           0
"""}


def test_tables_of_usual_tools_are_drawn(viewer, publish, folder):
    viewer.open(publish(*json_source(folder, *(
        {"event": tool, "data": line} for tool, text in TABLES.items()
        for line in text.splitlines() * 2))))
    wait_charts(viewer, {
        "%user": "1.5", "%nice": "0", "%system": "0.5", "%iowait": "0",
        "%steal": "0", "%idle": "98",
        "sda tps": "3", "sda kB_read/s": "2.5", "sda kB_wrtn": "200",
        "nvme0n1 tps": "4", "nvme0n1 kB_read/s": "0", "nvme0n1 kB_wrtn": "0",
        "all %usr": "0.5", "all %sys": "0.25", "all %gnice": "99.25",
        "lo rxpck/s": "1", "lo rxkB/s": "0.1", "lo %ifutil": "0",
        "eth0 rxpck/s": "5", "eth0 rxkB/s": "0.5", "eth0 %ifutil": "0",
        "Mem total": "16,315,532", "Mem used": "1,234,567",
        "Mem available": "14,735,287",
        "Swap total": "2,097,148", "Swap used": "0"})


def test_what_is_no_quantity_is_not_drawn(viewer, publish, log):
    viewer.open(publish(f"file:{log.path}")).wait_state("Live")
    for n in (1, 2):
        log(json.dumps({"level": 30, "time": int(time.time() * 1000) + n,
                        "pid": n, "reqId": n, "status": 200, "msg": "x",
                        "took": n, "response_time": n}))
    wait_charts(viewer, {"took": "2", "response_time": "2"})
