"""Fixtures of the browser tests: web servers that serve the examples, and a
Chromium. Servers, processes and waiting are those of the integration tests."""

import fcntl
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.dont_write_bytecode = True

HERE = Path(__file__).resolve().parent
INTEGRATION = HERE.parent / "integration"
sys.path.insert(0, str(INTEGRATION))

from browser import Browser  # noqa: E402
from gateways import start_gateway  # noqa: E402
from http_program import HttpProgram  # noqa: E402
from processes import marked, read_environ  # noqa: E402
from program import plain_environment  # noqa: E402
from servers import ApacheCgid, Lighttpd  # noqa: E402
from viewer import Viewer  # noqa: E402
from waiting import wait_for  # noqa: E402


def load(path, name):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


integration = load(INTEGRATION / "conftest.py", "integration_conftest")
source_tree = integration.source_tree
session_folder = integration.session_folder
binary = integration.binary
folder = integration.folder


# Nothing; not even an icon is asked for.
BLANK = '<!DOCTYPE html><title>blank</title><link rel="icon" href="data:,">'


def environment(pid):
    try:
        return read_environ(pid)
    except OSError:
        return []


class Site:
    """A web server with the examples as its pages and scripts."""

    media_types = {".html": "text/html; charset=utf-8", ".css": "text/css",
                   ".js": "text/javascript; charset=utf-8"}

    def fill(self, source_tree):
        self.copies = []
        self.htdocs = self.folder / "htdocs"
        shutil.copytree(source_tree / "examples", self.htdocs,
                        dirs_exist_ok=True)
        for script in (*source_tree.glob("cgi-bin/*.cgi"),
                       *source_tree.glob("examples/*/*.cgi")):
            self.put_script(script.name, script.read_text())
        for path in (self.htdocs, *self.htdocs.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        self.blank = self.put_page("blank.html", BLANK)
        return self

    def url(self, target):
        return f"http://127.0.0.1:{self.port}{target}"

    def put_page(self, name, text):
        """Put a page beside the examples; returns its URL path."""
        path = self.htdocs / name.lstrip("/")
        path.write_text(text, encoding="utf-8")
        path.chmod(0o644)
        return f"/{name.lstrip('/')}"

    def put_copy(self, page, old, new):
        """Put an edited copy of a page beside it; returns its URL path."""
        text = (self.htdocs / page.lstrip("/")).read_text()
        assert old in text
        name = f"{page.removesuffix('.html')}-copy-{len(self.copies)}.html"
        self.copies.append(self.put_page(name, text.replace(old, new)))
        return self.copies[-1]

    def put_edited(self, name, script, *changes):
        """Put a copy of a script into cgi-bin, edited as a user would."""
        text = (self.cgi_bin / script).read_text()
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        return self.put_script(name, text)

    def viewers(self, script):
        """The processes of a script, and of the commands it runs."""
        variable = f"SCRIPT_NAME={script}".encode()
        return [pid for pid in marked(self.mark)
                if variable in environment(pid)]

    def wait_no_viewers(self, script):
        wait_for(lambda: not self.viewers(script), f"end of {script}")


class ApacheSite(Site, ApacheCgid):
    def configuration(self):
        modules = self._modules()[0].split()[-1].rpartition("/")[0]
        types = "\n".join(f"AddType '{media_type}' {suffix}" for
                          suffix, media_type in self.media_types.items())
        return "\n".join([
            super().configuration(),
            f"LoadModule mime_module {modules}/mod_mime.so",
            f"TypesConfig {os.devnull}", types, "LogLevel error"])


class LighttpdSite(Site, Lighttpd):
    def configuration(self):
        types = ", ".join(f'"{suffix}" => "{media_type}"' for
                          suffix, media_type in self.media_types.items())
        return super().configuration() + f"mimetype.assign = ( {types} )\n"


SITES = {"apache": ApacheSite, "lighttpd": LighttpdSite}


@pytest.fixture(scope="session")
def running_sites(session_folder, binary, source_tree):
    running = {}

    def get(kind):
        if kind not in running:
            site = SITES[kind](session_folder / kind, binary)
            running[kind] = site.fill(source_tree).start()
        return running[kind]

    yield get
    for site in running.values():
        site.stop()


@pytest.fixture(scope="session")
def running_gateways(running_sites, session_folder, binary):
    running = {}

    def get(kind):
        if kind not in running:
            running[kind] = start_gateway(
                kind, running_sites, session_folder, binary)
        return running[kind]

    yield get
    for gateway in running.values():
        gateway.stop()


@pytest.fixture
def gateway(request, running_gateways):
    """That of the test's mark, else the one without a web server."""
    gateway = running_gateways(getattr(request, "param", "http"))
    yield gateway
    gateway.release()


@pytest.fixture(params=list(SITES))
def site(request, running_sites):
    """Each of the servers in turn."""
    return running_sites(request.param)


@pytest.fixture
def apache(running_sites):
    return running_sites("apache")


@pytest.fixture
def lighttpd(running_sites):
    return running_sites("lighttpd")


@pytest.fixture(scope="session")
def chromium():
    """One browser for all tests of a worker."""
    browser = Browser(screenshots=Path(
        os.environ.get("PIPECAST_RESULTS", "results/any")).parent /
        "screenshots")
    yield browser
    browser.quit()


@pytest.fixture
def browser(chromium):
    """The browser, showing nothing; whatever a page opened ends with it."""
    yield chromium
    chromium.reset()


@pytest.fixture
def viewer(browser):
    """The browser, with what nobody wants to see being noted."""
    viewer = Viewer(browser)
    yield viewer
    viewer.close()


@pytest.fixture(scope="session")
def axe():
    """The script of axe-core, installed into ./axe once for all workers."""
    modules = Path("axe").resolve()
    modules.mkdir(exist_ok=True)
    script = modules / "node_modules" / "axe-core" / "axe.min.js"
    with open(modules / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not script.exists():
            for name in "package.json", "package-lock.json":
                shutil.copyfile(HERE / name, modules / name)
            npm = subprocess.run(
                ["npm", "ci", "--no-audit", "--no-fund"], cwd=modules,
                capture_output=True, text=True, check=False)
            if not script.exists():
                pytest.skip(f"npm cannot install axe-core: {npm.stderr[-200:]}")
    return script.read_text(encoding="utf-8")


@pytest.fixture
def run(source_tree, binary, folder):
    """Runs an example on any free port."""
    started = []

    def start(name, *arguments):
        path = f"{os.path.dirname(binary)}:{plain_environment()['PATH']}"
        started.append(HttpProgram(
            source_tree / "examples" / name / "run",
            [*arguments, "--http", "0"], folder, listen=None,
            env=plain_environment(PATH=path)))
        return started[-1]

    yield start
    for program in started:
        program.stop()
