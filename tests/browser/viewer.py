"""The built-in page, as somebody sees and uses it."""

from selenium.webdriver import Keys

from browser import wait_for


# What the page must never cause, noted from its first moment on.
WATCH = """
window.complaints = [];
addEventListener("securitypolicyviolation", (event) => complaints.push(
    `violation: ${event.violatedDirective} ${event.blockedURI}`));
addEventListener("error", (event) => complaints.push(
    `error: ${event.message}`), true);
addEventListener("unhandledrejection", (event) => complaints.push(
    `rejection: ${event.reason}`));
"""

ROWS = """
return Array.from(document.querySelectorAll(".row:not([hidden])"), (row) =>
    [row.className, ...Array.from(row.children, (e) => e.textContent)]);
"""

CHARTS = """
// Read from a copy: the browser logs advice if a page reads from a canvas.
const painted = (canvas) => {
    const { width, height } = canvas;
    const copy = new OffscreenCanvas(width, height).getContext(
        "2d", { willReadFrequently: true });
    copy.drawImage(canvas, 0, 0);
    return copy.getImageData(0, 0, width, height).data.some((byte) => byte);
};
return Object.fromEntries(Array.from(
    document.querySelectorAll(".chart:not([hidden])"), (chart) => [
    chart.querySelector(".label").textContent,
    [...["last", "min", "max"].map((name) =>
        chart.querySelector(`.${name}`).textContent),
    painted(chart.querySelector("canvas"))]]));
"""


class Viewer:
    def __init__(self, browser):
        self.browser = browser
        self.driver = browser.driver
        self.script = self.driver.execute_cdp_cmd(
            "Page.addScriptToEvaluateOnNewDocument",
            {"source": WATCH})["identifier"]

    def close(self):
        # A page of a test before may be gone, or have none.
        self.browser.run("try { localStorage.clear(); } catch {}")
        self.driver.execute_cdp_cmd(
            "Page.removeScriptToEvaluateOnNewDocument",
            {"identifier": self.script})

    def open(self, url):
        self.browser.open(url)
        return self

    def assert_no_complaints(self, but=()):
        """Neither the page nor the browser about it, but for the messages
        that hold one of these words."""
        complaints = self.browser.run("return complaints")
        assert complaints == [], complaints
        console = [message for message in self.browser.console()
                   if not any(word in message for word in but)]
        assert console == [], console

    # What there is to see.

    @property
    def state(self):
        return self.browser.text("#word")

    def wait_state(self, word):
        self.browser.wait_text("#word", word)

    def rows(self):
        """The rows of events: (time, type, data, id)."""
        return [tuple(cells) for kind, *cells in self.browser.run(ROWS)
                if kind == "row"]

    def data(self):
        return [data for _, _, data, _ in self.rows()]

    def notes(self):
        """The rows that are no events of the source: (kind, text)."""
        return [(kind.split()[-1], cells[2])
                for kind, *cells in self.browser.run(ROWS) if kind != "row"]

    def wait_data(self, expected):
        """Wait for just these rows."""
        wait_for(lambda: self.data() == expected,
                 f"rows {expected}; there are {self.data()}")

    def wait_rows(self, count):
        return wait_for(lambda: len(rows := self.rows()) >= count and rows,
                        f"{count} rows; there are {self.data()}")

    def wait_note(self, kind, text):
        wait_for(lambda: any(kind == its_kind and text in its_text
                             for its_kind, its_text in self.notes()),
                 f"{kind} {text!r}; there are {self.notes()}")

    def charts(self):
        """Of each chart (last, min, max, whether a line is drawn)."""
        return self.browser.run(CHARTS)

    def chips(self):
        return self.browser.texts("#types .chip bdi")

    # What there is to do.

    def find(self, name):
        return self.driver.find_element("id", name)

    def click(self, name):
        self.find(name).click()

    def click_chip(self, name):
        for chip in self.driver.find_elements("css selector", ".chip"):
            if chip.is_displayed() and chip.text.rsplit(None, 1)[0] == name:
                chip.click()

    def filter(self, text):
        field = self.find("filter")
        field.send_keys(Keys.CONTROL, "a")
        field.send_keys(text or Keys.BACKSPACE)
