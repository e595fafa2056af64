"""A headless Chromium."""

import functools
import os
import shutil
import tempfile

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from servers import find_program
import waiting

# To ask a browser is work for it, too.
wait_for = functools.partial(waiting.wait_for, pause=0.03)

FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
         "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync",
         # Each test navigates once or twice: nothing is rendered in advance.
         "--disable-features=SpareRendererForSitePerProcess",
         *(() if os.access("/dev/shm", os.W_OK)
           else ("--disable-dev-shm-usage",)))

PHONE = {"width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": True}


class Browser:
    def __init__(self, screenshots):
        self.screenshots = screenshots
        self.profile = tempfile.mkdtemp(prefix="pipecast-chromium-")
        options = webdriver.ChromeOptions()
        options.binary_location = find_program("chromium")
        for flag in (*FLAGS, f"--user-data-dir={self.profile}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(
            service=Service(find_program("chromedriver")), options=options)
        self.driver.set_window_size(1000, 800)
        self.driver.set_script_timeout(120)

    def quit(self):
        self.driver.quit()
        shutil.rmtree(self.profile, ignore_errors=True)

    def reset(self):
        """Leave the page, and with it all its connections."""
        self.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia",
                                    {"features": []})
        self.driver.get("about:blank")
        self.console()

    def trust_every_certificate(self, trust):
        self.driver.execute_cdp_cmd("Security.setIgnoreCertificateErrors",
                                    {"ignore": trust})

    def open(self, url):
        self.driver.get(url)

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def texts(self, selector):
        """The text of each element that matches, hidden or not."""
        return self.run("return Array.from(document.querySelectorAll("
                        "arguments[0]), (e) => e.textContent)", selector)

    def text(self, selector):
        return self.texts(selector)[0]

    def wait_texts(self, selector, count):
        """Wait for at least so many elements; returns their texts."""
        return wait_for(
            lambda: (found := self.texts(selector)) and len(found) >= count
            and found, f"{count} of {selector}; there is {self.state()}")

    def wait_text(self, selector, text):
        wait_for(lambda: self.text(selector) == text,
                 f"{text!r} in {selector}; there is {self.state()}")

    def wait_true(self, expression):
        """Wait until a JavaScript expression is true; returns its value."""
        return wait_for(lambda: self.run(f"return {expression}"), expression)

    def state(self):
        return self.run("return document.body?.innerText")

    def console(self):
        """What the page, or the browser about it, complained of since."""
        return [entry["message"] for entry in self.driver.get_log("browser")
                if entry["level"] in ("WARNING", "SEVERE")]

    def dark(self):
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": "dark"}]})

    def small(self, width, height):
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1,
            "mobile": False})

    def phone(self):
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                                    PHONE)

    def screenshot(self, name):
        self.screenshots.mkdir(parents=True, exist_ok=True)
        self.driver.save_screenshot(str(self.screenshots / f"{name}.png"))
