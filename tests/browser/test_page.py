"""The built-in page: what opens when a stream is opened in a browser."""

import itertools
import json
import re

import pytest
from selenium.webdriver import ActionChains, Keys

from browser import wait_for
from gateways import GATEWAYS, LASTS
from processes import count_connections
from waiting import DEADLINE

NETWORK = ("net::ERR", "Failed to load resource")


through_each_gateway = pytest.mark.parametrize(
    "gateway", GATEWAYS, indirect=True)
through_cgi = pytest.mark.parametrize("gateway", ["cgi"], indirect=True)


@pytest.fixture
def publish(gateway, request):
    """Makes a stream of pipecast with these arguments; returns its URL."""
    numbers = itertools.count()
    name = "".join(c if c.isalnum() else "-" for c in request.node.name)

    def put(*arguments, before=""):
        return gateway.put(
            f"page-{name}-{next(numbers)}", "--retry", "300ms", "--heartbeat",
            "500ms", *arguments, before=before)
    return put


@pytest.fixture
def log(folder):
    path = folder / "log"
    path.touch()

    def append(*lines):
        with open(path, "a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)
    append.path = path
    return append


def json_source(folder, *events, then=LASTS):
    """Options and source of a stream of these events."""
    path = folder / "events"
    path.write_text("".join(json.dumps(event) + "\n" for event in events))
    return "-f", "json", f"exec:cat {path}; {then}"


# Events.

@through_each_gateway
def test_events_have_time_type_and_id(viewer, publish, folder):
    url = publish(*json_source(
        folder, {"data": "one", "id": "first-id", "event": "t"},
        {"data": "two\nlines", "id": "2"}))
    (time_1, *one), (time_2, *two) = viewer.open(url).wait_rows(2)
    assert re.fullmatch(r"\d\d:\d\d:\d\d\.\d{3}", time_1)
    assert time_1 <= time_2
    assert one == ["t", "one", "\u2026rst-id"]
    assert two == ["message", "two\nlines", "2"]
    assert viewer.state == "Live"
    viewer.assert_no_complaints()


def test_page_says_which_stream_it_shows(viewer, publish):
    url = publish("load=every:1h:echo 1", "disk=every:1h:echo 2")
    host = url.rpartition("/")[2]
    for address, name, data in (
            (url, host, ["1", "2"]),
            (f"{url}/load", "load", ["1"]),
            (f"{url}?source=disk", "disk", ["2"])):
        viewer.open(address)
        viewer.wait_rows(len(data))
        assert sorted(viewer.data()) == data
        assert viewer.browser.text("#name") == name
        assert viewer.driver.title == (
            host if name == host else f"{name} \u2013 {host}")


def test_page_that_waits_says_what_for(viewer, publish, log):
    url = publish(f"file:{log.path}")
    viewer.open(url).wait_state("Live")
    browser = viewer.browser
    browser.wait_text("#waiting",
                      "Connected. Waiting for the first event\u2026")
    assert f"curl -N '{url}/'" in browser.text("#empty")
    assert browser.run("return getComputedStyle(empty).display") != "none"
    log("an event")
    viewer.wait_data(["an event"])
    assert browser.run("return getComputedStyle(empty).display") == "none"


def test_many_events_a_second_are_all_seen(viewer, publish, folder):
    """It keeps up with 1,000 a second, and keeps the last 3,000."""
    (folder / "pace").write_text(
        "import sys, time\n"
        "begin, n = time.monotonic(), 0\n"
        "while n < 8000:\n"
        "    while n < min(8000, 1000 * (time.monotonic() - begin)):\n"
        "        print(n, n % 10, 'x' if n % 3 else 'y')\n"
        "        n += 1\n"
        "    sys.stdout.flush()\n"
        "    time.sleep(0.01)\n"
        "time.sleep(3600)\n")
    viewer.open(publish(f"exec:exec /usr/bin/python3 {folder}/pace"))
    browser = viewer.browser
    wait_for(lambda: browser.texts(".data")[-1:] == ["7999 9 x"],
             "the last event", 3 * DEADLINE)
    wait_for(lambda: [int(data.split()[0]) for data in viewer.data()] ==
             list(range(5000, 8000)), "the last 3,000")
    browser.wait_true("figures.textContent.startsWith('8,000 events')")
    assert "showing the last 3,000" in browser.text("#figures")
    assert_at_end(browser)
    viewer.assert_no_complaints()


@through_cgi
def test_burst_is_kept_by_size_too(viewer, publish, folder):
    """30 lines of 1 MB are more than is kept."""
    (folder / "events").write_text(
        "".join(f"{n}{'x' * 1_000_000}\n" for n in range(30)))
    viewer.open(publish("--max-event", "2M", "--history", "4M",
                        f"exec:cat {folder}/events; {LASTS}"))
    wait_for(lambda: viewer.data()[-1:] and viewer.data()[-1].startswith("29x"),
             "the last line", 3 * DEADLINE)
    assert [int(data.partition("x")[0]) for data in viewer.data()] == list(
        range(14, 30))
    viewer.assert_no_complaints()


# The connection.

@through_each_gateway
def test_killed_stream_resumes_without_loss_or_repetition(
        viewer, publish, gateway, log):
    url = publish(f"file:{log.path}")
    viewer.open(url).wait_state("Live")
    log(*(f"line {n}" for n in range(10)))
    viewer.wait_rows(10)
    for begin in (10, 20):
        gateway.kill(url)
        viewer.wait_state("Reconnecting")
        log(*(f"line {n}" for n in range(begin, begin + 10)))
        gateway.start_again()
        viewer.wait_data([f"line {n}" for n in range(begin + 10)])
    assert viewer.state == "Live"
    # One at least for each time, more if the server was slow to come back.
    assert re.search(r"\b[2-9] reconnects", viewer.browser.text("#figures"))
    kinds = {kind for kind, _ in viewer.notes()}
    assert kinds == {"note"}
    viewer.assert_no_complaints(but=NETWORK)


def test_server_that_is_gone_is_waited_for(viewer, browser, folder, binary):
    """With its web server, the stream comes back."""
    from conftest import LighttpdSite  # its own, to be stopped
    log = folder / "log"
    log.write_text("")
    site = LighttpdSite(folder / "server", binary).start()
    url = site.url(site.put_pipecast("log.cgi", "--retry", "200ms",
                                     f"file:{log}"))
    try:
        viewer.open(url).wait_state("Live")
        log.write_text("one\n")
        viewer.wait_data(["one"])
        site.stop()
        viewer.wait_state("Reconnecting")
        browser.wait_text("#reason", "The server cannot be reached.")
        browser.wait_true("/^in \\d+ s$/.test(countdown.textContent)")
        assert browser.driver.title.startswith("(reconnecting) ")
        with open(log, "a", encoding="ascii") as file:
            file.write("two\n")
        site._start_once()  # on the same port
        browser.run("again.click()")
        viewer.wait_data(["one", "two"])
        viewer.wait_state("Live")
    finally:
        site.stop()
    viewer.assert_no_complaints(but=NETWORK)


@through_each_gateway
def test_gap_is_shown(viewer, publish, gateway):
    url = publish("--gap-event", "hole", f"exec:echo once; {LASTS}")
    viewer.open(url).wait_rows(1)
    gateway.kill(url)
    gateway.start_again()
    viewer.wait_note("gap", "events may be missing here")
    viewer.wait_data(["once", "once"])
    assert [kind for kind, _ in viewer.notes()] == ["note", "note", "gap"]


@through_each_gateway
@pytest.mark.parametrize("status, word, text", [
    (0, "Ended", "The stream has ended."),
    (3, "Failed (exit status 3)", "failed with exit status 3")])
def test_end_is_shown_and_nothing_is_run_again(
        viewer, publish, folder, status, word, text):
    ran = folder / "ran"
    url = publish("--end-event", "over", "--keep",
                  f"exec:echo x >>{ran}; echo data; exit {status}")
    viewer.open(url).wait_state(word)
    viewer.wait_note("end", text)
    assert viewer.data() == ["data"]
    assert ran.read_text() == "x\n"
    viewer.assert_no_complaints()


@through_cgi
def test_ended_stream_is_asked_for_again_only_on_demand(
        viewer, publish, folder):
    url = publish(f"exec:echo data", before=f"echo x >>{folder}/asked\n")
    viewer.open(url).wait_state("Ended")
    # Once for the page, once for the stream.
    assert (folder / "asked").read_text() == "x\nx\n"
    viewer.click("again")
    wait_for(lambda: (folder / "asked").read_text() == "x\nx\nx\n",
             "a third request")
    viewer.wait_state("Ended")
    viewer.wait_data(["data"])


def before_stream(command):
    """Lines of a script that run a command first, but let the page come."""
    return f"case $HTTP_ACCEPT in text/html*) ;; *) {command} ;; esac\n"


def refuse_while(path, status):
    """Lines of a script that answer otherwise while a file is there."""
    return before_stream(
        f"[ ! -e {path} ] || {{\n"
        f"printf 'Status: {status}\\r\\nContent-Type: text/plain\\r\\n"
        "\\r\\nNot now.\\nAt all.\\n'; exit; }")


@through_cgi
def test_refusal_is_shown_and_not_asked_again(viewer, publish, folder):
    refusing = folder / "refusing"
    refusing.touch()
    viewer.open(publish(f"exec:echo data; {LASTS}",
                        before=refuse_while(refusing, "403 Forbidden")))
    viewer.wait_state("Stopped")
    assert viewer.browser.text("#reason") == \
        "The server answered 403 Forbidden. Not now."
    refusing.unlink()
    viewer.click("again")
    viewer.wait_data(["data"])
    assert viewer.state == "Live"
    viewer.assert_no_complaints(but=NETWORK)


@through_cgi
def test_full_house_is_told_of_once(viewer, publish, folder):
    """It is a stream that ends at once, again and again."""
    full = folder / "full"
    full.touch()
    url = publish(f"exec:echo data; {LASTS}", before=before_stream(
        f"[ ! -e {full} ] || {{ printf "
        "'Content-Type: text/event-stream\\r\\n\\r\\nretry: 50\\n\\n'; "
        "exit; }"))
    viewer.open(url)
    viewer.browser.wait_true("/ [5-9] reconnects/.test(figures.textContent)")
    assert len(viewer.notes()) == 2
    full.unlink()
    viewer.wait_data(["data"])
    assert len(viewer.notes()) == 2
    viewer.assert_no_complaints()


@through_cgi
def test_server_out_of_order_is_asked_again(viewer, publish, folder):
    refusing = folder / "refusing"
    refusing.touch()
    viewer.open(publish(f"exec:echo data; {LASTS}", before=refuse_while(
        refusing, "503 Service Unavailable")))
    viewer.wait_state("Reconnecting")
    assert "503" in viewer.browser.text("#reason")
    refusing.unlink()
    viewer.wait_data(["data"])
    viewer.assert_no_complaints(but=NETWORK)


@pytest.mark.parametrize("is_kept", [True, False])
def test_page_that_was_left_goes_on_when_one_comes_back(
        viewer, publish, gateway, log, is_kept):
    """Whether the browser has kept it, or makes it anew."""
    browser = viewer.browser
    viewer.open(publish("--replay", "0", f"file:{log.path}"))
    viewer.wait_state("Live")
    log("line 0")
    viewer.wait_data(["line 0"])
    browser.run("window.mark = 1")
    if not is_kept:  # as no page is that listens for this
        browser.run("addEventListener('unload', () => {})")
    browser.open("about:blank")
    pid = gateway.server.program.pid
    wait_for(lambda: count_connections(pid) == 0, "the viewer to leave")
    log("line 1")
    viewer.driver.back()
    viewer.wait_state("Live")
    assert browser.run("return window.mark === 1") == is_kept
    log("line 2")
    viewer.wait_data(["line 0", "line 1", "line 2"])
    assert viewer.notes() == []


def test_browser_keeps_a_busy_page_for_its_back_button(viewer, publish):
    viewer.open(publish("exec:while sleep 0.05; do echo line; done"))
    viewer.wait_rows(10)
    viewer.browser.run("window.mark = 1")
    viewer.browser.open("about:blank")
    viewer.driver.back()
    assert viewer.browser.run("return window.mark === 1")
    viewer.wait_rows(20)


# Controls.

@through_each_gateway
def test_pause_holds_what_comes(viewer, publish, log):
    viewer.open(publish(f"file:{log.path}")).wait_state("Live")
    log("before")
    viewer.wait_data(["before"])
    viewer.click("pause")
    log("while 1", "while 2")
    viewer.browser.wait_true("figures.textContent.includes('2 new while paused')")
    assert viewer.data() == ["before"]
    assert viewer.browser.text("#pause") == "Resume"
    viewer.click("pause")
    viewer.wait_data(["before", "while 1", "while 2"])
    log("after")
    viewer.wait_data(["before", "while 1", "while 2", "after"])


@through_each_gateway
def test_filter_by_text(viewer, publish, log):
    viewer.open(publish(f"file:{log.path}")).wait_state("Live")
    log("One apple", "two pears", "three APPLES")
    viewer.wait_rows(3)
    viewer.filter("apple")
    viewer.wait_data(["One apple", "three APPLES"])
    log("four pears", "five apples")
    viewer.wait_data(["One apple", "three APPLES", "five apples"])
    viewer.filter("nothing like it")
    viewer.wait_data([])
    viewer.browser.wait_text("#waiting", "No events match.")
    viewer.filter("")
    viewer.wait_data(["One apple", "two pears", "three APPLES", "four pears",
                      "five apples"])


def test_filter_by_type(viewer, publish, folder):
    viewer.open(publish(*json_source(folder, *(
        {"data": kind * n, "event": kind} for kind in "ab" for n in (1, 2)))))
    viewer.wait_data(["a", "aa", "b", "bb"])
    assert viewer.chips() == ["a", "b"]
    viewer.click_chip("a")
    viewer.wait_data(["b", "bb"])
    viewer.filter("bb")
    viewer.wait_data(["bb"])
    viewer.click_chip("a")
    viewer.filter("aa")
    viewer.wait_data(["aa"])


def test_clear_leaves_nothing_but_what_comes(viewer, publish, log):
    viewer.open(publish(f"file:{log.path}")).wait_state("Live")
    log("1", "2", "3")
    viewer.wait_rows(3)
    viewer.browser.wait_true("!charts.hidden")
    viewer.click("clear")
    viewer.wait_data([])
    assert viewer.browser.run("return charts.hidden")
    log("4")
    viewer.wait_data(["4"])


def assert_at_end(browser):
    browser.wait_true("log.scrollHeight - log.scrollTop - "
                      "log.clientHeight < 2")


def test_view_follows_the_end_unless_scrolled_up(viewer, publish, log):
    viewer.open(publish(f"file:{log.path}")).wait_state("Live")
    browser = viewer.browser
    log(*(f"line {n}" for n in range(200)))
    viewer.wait_rows(200)
    assert_at_end(browser)
    assert browser.run("return end.hidden")
    browser.run("log.scrollTop = 300")
    browser.wait_true("!end.hidden")
    top = browser.run("return log.scrollTop")
    log("new 1", "new 2")
    browser.wait_text("#end", "2 new \u2193")
    assert browser.run("return log.scrollTop") == top
    viewer.click("end")
    assert_at_end(browser)
    browser.wait_true("end.hidden")
    log("new 3")
    viewer.wait_rows(203)
    assert_at_end(browser)


def test_copy_and_download_what_is_shown(viewer, publish, folder):
    viewer.driver.execute_cdp_cmd("Browser.setDownloadBehavior", {
        "behavior": "allow", "downloadPath": str(folder)})
    viewer.open(publish(*json_source(
        folder, {"data": "a\nb", "event": "t", "id": "1"}, {"data": "no"})))
    viewer.wait_rows(2)
    viewer.filter("b")
    viewer.wait_data(["a\nb"])
    for name, suffix, text in (
            ("Text", "txt", "a\nb\n"),
            ("Event stream", "sse", "id: 1\nevent: t\ndata: a\ndata: b\n\n")):
        viewer.find("format").send_keys(name)
        viewer.click("download")
        file, = wait_for(lambda s=suffix: list(folder.glob(f"*.{s}")),
                         f"a file *.{suffix}")
        wait_for(lambda f=file, t=text: f.read_text() == t, text)


@pytest.mark.parametrize("secure", [True, False])
def test_copy_puts_text_on_the_clipboard(viewer, publish, log, secure):
    """Also where the page came by HTTP, which has no clipboard of its own."""
    viewer.driver.execute_cdp_cmd("Browser.grantPermissions", {
        "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]})
    viewer.open(publish(f"file:{log.path}")).wait_state("Live")
    if not secure:
        viewer.browser.run("navigator.clipboard.writeText = "
                           "() => Promise.reject(new Error('insecure'))")
    log("some text")
    viewer.wait_rows(1)
    viewer.click("copy")
    viewer.browser.wait_text("#said", "1 event copied")
    field = viewer.find("filter")
    field.send_keys(Keys.CONTROL, "v")
    assert field.get_property("value") == "some text"


def test_keyboard_is_enough(viewer, publish, log):
    viewer.open(publish(f"file:{log.path}")).wait_state("Live")
    log("one", "two")
    viewer.wait_rows(2)
    browser = viewer.browser
    reached = []

    def press(*keys):
        ActionChains(viewer.driver).send_keys(*keys).perform()

    while "log" not in reached:
        press(Keys.TAB)
        reached.append(browser.run("return document.activeElement.id"))
        assert len(reached) < 20, reached
        outline = browser.run("return getComputedStyle("
                              "document.activeElement).outlineStyle")
        assert outline != "none", reached
    assert reached == ["pause", "clear", "filter", "format", "copy",
                       "download", "wrap", "theme", "use", "log"]
    press("p")
    browser.wait_text("#pause", "Resume")
    press("p")
    browser.wait_text("#pause", "Pause")
    press("/")
    press("two")
    viewer.wait_data(["two"])
    press(Keys.ESCAPE)
    viewer.wait_data(["one", "two"])
    viewer.find("use").send_keys(Keys.ENTER)
    browser.wait_true("help.open")
    press(Keys.ESCAPE)
    browser.wait_true("!help.open")
    assert browser.run("return document.activeElement.id") == "use"


# Numbers.

@through_each_gateway
def test_row_of_numbers_is_drawn(viewer, publish, log):
    viewer.open(publish(f"file:{log.path}")).wait_state("Live")
    log(" r  b   free", " 1  0 123456", " 3  0 123400", " 2  0 123450")
    wait_for(lambda: viewer.charts() == {
        "r": ["2", "1", "3", True],
        "b": ["0", "0", "0", True],
        "free": ["123,450", "123,400", "123,456", True],
    }, f"charts; there are {viewer.charts()}")
    viewer.assert_no_complaints()


def test_numbers_in_json_are_drawn(viewer, publish, folder):
    viewer.open(publish(*json_source(folder, *(
        {"event": "load", "data": {"cpu": {"user": n}, "host": "a"}}
        for n in (1.5, -2, 1_234_567)))))
    wait_for(lambda: viewer.charts() == {
        "cpu.user": ["1,234,567", "-2", "1.235M", True]},
        f"a chart; there are {viewer.charts()}")


def test_number_is_drawn(viewer, publish):
    viewer.open(publish("-e", "server-time", "-d", "0.%f", "every:100ms"))
    (last, low, high, drawn), = wait_for(
        lambda: list(viewer.charts().values()), "a chart")
    assert drawn
    low, high, last = (float(text.replace(",", ""))
                       for text in (low, high, last))
    assert 0 <= low <= last <= high < 1


def test_log_draws_nothing(viewer, publish, log):
    viewer.open(publish(f"file:{log.path}")).wait_state("Live")
    log("GET / 200", "GET / 404", "2026-01-31 worker 7 started")
    viewer.wait_rows(3)
    assert viewer.charts() == {}
    assert viewer.browser.run("return charts.hidden")


def test_charts_without_end_have_a_limit(viewer, publish, folder):
    viewer.open(publish(*json_source(folder, *(
        {"data": {f"member-{n}": n for n in range(60)}} for _ in (1, 2)))))
    wait_for(lambda: len(viewer.charts()) == 40, "40 charts")
    assert "first 40" in viewer.browser.run(
        "return getComputedStyle(charts, '::after').content")


def test_charts_of_hidden_types_are_hidden(viewer, publish, folder):
    viewer.open(publish(*json_source(folder, *(
        {"data": n, "event": kind} for n in (1, 2, 3) for kind in "ab"))))
    wait_for(lambda: set(viewer.charts()) == {"a", "b"}, "two charts")
    viewer.click_chip("a")
    wait_for(lambda: set(viewer.charts()) == {"b"}, "one chart")


# Hostile data.

MARKUP = ("<script>window.hit = 1</script><img src=x onerror='hit = 1'>"
          "<style>*{display:none}</style>&lt;b&gt;</span>")


@through_each_gateway
def test_markup_is_text(viewer, publish, folder):
    viewer.open(publish(*json_source(
        folder, {"data": MARKUP, "event": MARKUP, "id": MARKUP},
        {"data": {MARKUP: 1}, "event": MARKUP},
        {"data": {MARKUP: 2}, "event": MARKUP})))
    assert viewer.wait_rows(3)[0][2] == MARKUP
    wait_for(lambda: viewer.charts(), "a chart")
    browser = viewer.browser
    assert browser.run("return window.hit") is None
    assert browser.run("return document.querySelectorAll("
                       "'img, body script, body style, b').length") == 0
    viewer.click("use")
    assert browser.run("return window.hit") is None
    viewer.assert_no_complaints()


@through_each_gateway
def test_controls_in_text_are_made_visible(viewer, publish, folder):
    viewer.open(publish(*json_source(
        folder, {"data": "\x1b[31mred\x1b[0m \x1b[2J\x07\0", "event": "a\x01b"},
        {"data": "user \u202e cod.exe \u2066 x"})))
    (_, kind, red, _), (_, _, turned, _) = viewer.wait_rows(2)
    assert red == "red \u2039U+0007\u203a\u2039U+0000\u203a"
    assert kind == "a\u2039U+0001\u203ab"
    assert turned == "user \u2039U+202E\u203a cod.exe \u2039U+2066\u203a x"
    viewer.assert_no_complaints()


def test_text_of_any_direction_keeps_to_its_place(viewer, publish, log):
    viewer.open(publish(f"file:{log.path}")).wait_state("Live")
    log("\u0634\u0631\u0643\u0629 123", "abc \u0634\u0631\u0643\u0629")
    viewer.wait_rows(2)
    places = viewer.browser.run("""
        return Array.from(document.querySelectorAll(".row"), (row) =>
            Array.from(row.children, (e) => e.getBoundingClientRect().left)
            .filter((left) => left > 0));""")
    assert places[0] == places[1] == sorted(places[0])


@through_each_gateway
def test_line_of_a_megabyte_is_shown_in_part(viewer, publish, folder):
    line = "".join(f"{n} " for n in range(160_000))[:1_000_000]
    (folder / "line").write_text(line + "\nnext\n")
    viewer.open(publish("--max-event", "2M",
                        f"exec:cat {folder}/line; {LASTS}"))
    viewer.wait_rows(2)
    browser = viewer.browser
    data = browser.run("return document.querySelector('.data').textContent")
    assert data.startswith(line[:1000] + "\u2026")
    assert len(data) < 1200
    button = browser.driver.find_element("css selector", ".more button")
    assert button.text == "Show all 1,000,000 characters"
    assert browser.run("return log.scrollWidth <= log.clientWidth")
    button.click()
    assert browser.run(
        "return document.querySelector('.data').firstChild.data") == line
    assert browser.run("return log.scrollWidth <= log.clientWidth")
    viewer.assert_no_complaints()


def test_types_without_end_share_a_button(viewer, publish, folder):
    viewer.open(publish(*json_source(folder, *(
        {"data": n, "event": f"type-{n}" + "x" * 200} for n in range(200)))))
    viewer.wait_rows(200)
    assert len(viewer.chips()) == 25
    assert viewer.chips()[-1] == "other types"
    assert viewer.browser.run(
        "return document.documentElement.scrollWidth <= innerWidth")


# The page as such.

@through_each_gateway
def test_security_policy_holds(viewer, publish):
    """Nothing but the page's own script would run in it."""
    viewer.open(publish("every:1h")).wait_state("Live")
    found = viewer.browser.run("""
        const tries = {
            markup: () => document.body.innerHTML = "<p>",
            script: () => {
                const script = document.createElement("script");
                script.textContent = "window.hit = 1";
                document.body.append(script);
            },
        };
        return Object.entries(tries).map(([name, attempt]) => {
            try { attempt(); } catch (error) { return error.name; }
            return `${name} went`;
        });""")
    assert found == ["TypeError", "TypeError"]
    assert viewer.browser.run("return window.hit") is None


@through_each_gateway
def test_page_asks_nobody_else_for_anything(viewer, publish):
    url = publish("every:1h")
    viewer.open(url).wait_state("Live")
    entries = viewer.browser.run(
        "return performance.getEntries().map(({ name, entryType }) =>"
        "[entryType, name])")
    names = [name for kind, name in entries
             if kind in ("navigation", "resource")]
    assert names
    assert all(name.startswith((url, "data:")) for name in names)
    viewer.assert_no_complaints()


ACCESSIBLE = {"button", "textbox", "searchbox", "combobox", "log",
              "complementary", "group", "dialog"}


def test_everything_to_use_has_a_role_and_a_name(viewer, publish, folder):
    viewer.open(publish(*json_source(folder, *(
        {"data": n, "event": kind} for n in (1, 2) for kind in "ab"))))
    wait_for(lambda: len(viewer.charts()) == 2, "charts")
    tree = viewer.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})
    found = {}
    for node in tree["nodes"]:
        role = node.get("role", {}).get("value")
        name = node.get("name", {}).get("value", "")
        if not node["ignored"] and role in ACCESSIBLE:
            assert name.strip(), node
            found.setdefault(role, []).append(name)
    assert found["log"] == ["Events"]
    assert found["searchbox"] == ["Show events with this text"]
    assert found["complementary"] == ["Charts"]
    assert {"Pause", "Clear", "Copy", "Download", "Wrap", "Theme: auto",
            "Help", "a 2", "b 2"} <= set(found["button"])
    assert viewer.find("word").aria_role == "status"


CONTRASTS = """
const canvas = document.createElement("canvas").getContext("2d",
    { willReadFrequently: true });
function light() {
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((c) =>
        c / 255 <= 0.04045 ? c / 255 / 12.92 :
        ((c / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
// What is painted, from the outermost to the innermost, is what is seen.
function paint(element) {
    if (element.parentElement)
        paint(element.parentElement);
    canvas.fillStyle = getComputedStyle(element).backgroundColor;
    canvas.fillRect(0, 0, 1, 1);
}
return Array.from(document.querySelectorAll("body *"), (element) => {
    const text = [...element.childNodes].some(({ nodeType, data }) =>
        nodeType === 3 && data.trim() !== "");
    if (!text || !element.checkVisibility())
        return null;
    paint(element);
    const ground = light();
    canvas.fillStyle = getComputedStyle(element).color;
    canvas.fillRect(0, 0, 1, 1);
    const [a, b] = [light(), ground].sort((x, y) => x - y);
    return [(b + 0.05) / (a + 0.05), element.className || element.id ||
        element.tagName, element.textContent.slice(0, 40)];
}).filter((found) => found);
"""


@pytest.mark.parametrize("dark", [False, True])
def test_all_text_stands_out_from_its_ground(
        viewer, publish, gateway, folder, dark):
    if dark:
        viewer.browser.dark()
    url = publish(*json_source(folder, *(
        {"data": n, "event": f"type-{kind}"} for n in (1, 2)
        for kind in range(9))))
    viewer.open(url)
    wait_for(lambda: len(viewer.charts()) == 9, "charts")
    gateway.kill(url)
    gateway.start_again()
    viewer.wait_note("gap", "missing")
    viewer.click_chip("type-8")
    viewer.click("pause")
    found = viewer.browser.run(CONTRASTS)
    assert len(found) > 60
    assert [each for each in found if each[0] < 4.5] == []


def test_theme_can_be_chosen(viewer, publish):
    viewer.open(publish("every:1h")).wait_state("Live")

    def is_dark():
        ground = viewer.browser.run(
            "return getComputedStyle(document.body).backgroundColor")
        return max(map(int, re.findall(r"\d+", ground)[:3])) < 64
    seen = []
    for _ in range(4):
        seen.append((viewer.find("theme").accessible_name, is_dark()))
        viewer.click("theme")
    assert seen == [("Theme: auto", False), ("Theme: light", False),
                    ("Theme: dark", True), ("Theme: auto", False)]


def test_page_fits_a_phone_and_the_dark(viewer, publish, folder):
    browser = viewer.browser
    browser.phone()
    browser.dark()
    viewer.open(publish(*json_source(folder, *(
        {"data": {f"a long name in {kind}": n, kind: -n}, "event": kind}
        for n in range(20) for kind in ("quote", "a-longer-type")))))
    viewer.wait_rows(40)
    wait_for(lambda: len(viewer.charts()) == 4, "charts")
    assert browser.run("return document.documentElement.scrollWidth") <= 360
    assert browser.run("return log.clientHeight") > 250
    assert browser.run("return log.scrollWidth <= log.clientWidth")
    browser.screenshot("page-phone-dark")
    viewer.assert_no_complaints()


def test_lines_are_wrapped_or_not(viewer, publish, log):
    viewer.open(publish(f"file:{log.path}")).wait_state("Live")
    log("word " * 100)
    viewer.wait_rows(1)
    assert viewer.browser.run("return log.scrollWidth <= log.clientWidth")
    viewer.click("wrap")
    assert viewer.browser.run("return log.scrollWidth > log.clientWidth")
    viewer.click("wrap")
    assert viewer.browser.run("return log.scrollWidth <= log.clientWidth")


def test_page_says_how_to_use_the_stream(viewer, publish, folder):
    url = publish(*json_source(folder, {"data": 1, "event": "it's \"one\""}))
    viewer.open(url).wait_rows(1)
    viewer.click("use")
    text = viewer.find("help").text
    assert f"curl -N '{url}/'" in text
    assert 'new EventSource("/")' in text
    assert json.dumps("it's \"one\"") in text
    viewer.driver.find_element("css selector", "#help button").click()
    viewer.browser.wait_true("!help.open")
    viewer.assert_no_complaints()


def test_code_to_copy_does_nothing_else(viewer, publish, folder):
    """Neither in a shell, nor for curl, nor in an element of a page."""
    kind = "a</script><img src=x>\u202e"
    url = publish(*json_source(folder, {"data": 1, "event": kind}))
    viewer.open(f"{url}/?x=';id;'[1-9]{{a,b}}").wait_rows(1)
    viewer.click("use")
    text = viewer.find("help").text
    assert f"curl -N '{url}/?x=%27;id;%27%5B1-9%5D%7Ba,b%7D'" in text
    assert '("a\\x3C/script>\\x3Cimg src=x>\u2039U+202E\u203a"' in text
    viewer.assert_no_complaints()


def test_name_of_a_stream_moves_nothing_about(viewer, publish):
    # The page decodes the parameter's name, too; the server does not.
    viewer.open(f"{publish('every:1h')}/?sourc%65=%E2%80%AEmoc%00{'x' * 999}")
    wait_for(lambda: viewer.browser.text("#name") ==
             "\u2039U+202E\u203amoc\u2039U+0000\u203a" + "x" * 195, "the name")
    assert "\u202e" not in viewer.driver.title
    viewer.assert_no_complaints()


def test_state_of_another_page_is_not_taken_for_ours(viewer, publish, folder):
    viewer.open(publish(*json_source(folder, {"data": 1}))).wait_rows(1)
    for state in ("'text'", "{ key: 1 }", "{ event: {}, id: 1 }"):
        viewer.browser.run(f"""
            const state = {state};
            history.replaceState = () => {{}};
            History.prototype.replaceState.call(history, state, "");
            location.reload();""")
        viewer.browser.wait_true(f"window.complaints && "
                                 "document.querySelector('.row')")
        viewer.wait_data(["1"])
        viewer.assert_no_complaints()


def test_page_of_the_owners_takes_its_place(browser, publish, folder):
    (folder / "own.html").write_text(
        "<!DOCTYPE html><title>own</title><link rel=icon href='data:,'>"
        "<p id=own></p><script>new EventSource(location).onmessage ="
        " (event) => own.textContent = event.data</script>")
    browser.open(publish("--page", folder / "own.html",
                         f"exec:echo data; {LASTS}"))
    browser.wait_text("#own", "data")
    assert browser.console() == []
