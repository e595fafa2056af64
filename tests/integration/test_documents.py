"""What README, NEWS and the manual say, compared with each other and with the
program."""

import re
import subprocess

import pytest

from activation import unit
from documents import kind_of, manual_blocks, of_kind, readme_blocks
from waiting import DEADLINE

README_BLOCKS = ["browser", "bootstrap", "browser", "journal", "follow",
                 "several", "folder", "shell", "fifo", "send", "send from cron",
                 "spool", "append", "posting", "post", "notify", "curl bot",
                 "pipe post", "pipecat", "relay", "bot", "redis", "redis entry",
                 "machines", "token file", "token", "token curl",
                 "posting token", "pipe token",
                 "service", "password", "nginx proxy", "apache proxy",
                 "caddy proxy", "haproxy proxy", "sub-path", "doctor", "systemd",
                 "nginx", "apache fastcgi", "lighttpd fastcgi", "apache",
                 "lighttpd", "chat", "rights", "nginx http2"]
MANUAL_BLOCKS = ["shell", "browser", "browser", "check", "shell", "shell",
                 "shell", "fastcgi",
                 "script", "script"]


def test_every_block_of_readme_is_of_a_kind_that_is_tried(readme):
    assert [kind_of(block) for block in readme_blocks(readme)] == \
        README_BLOCKS


def test_every_example_of_the_manual_is_of_a_kind_that_is_tried(manual):
    assert [kind_of(block) for block in manual_blocks(manual)] == \
        MANUAL_BLOCKS


def test_no_example_follows_a_file_that_debian_lacks(source_tree):
    for folder in ("README", "man", "cgi-bin", "examples"):
        for path in (source_tree / folder, *(source_tree / folder).rglob("*")):
            if path.is_file():
                assert b"/var/log/syslog" not in path.read_bytes(), path


def test_services_of_readme_have_the_rights_that_it_gives_to_scripts(readme):
    block, = of_kind(readme_blocks(readme), "rights")
    adduser, user, group = block.split()
    assert (adduser, user) == ("adduser", "www-data")
    for name in ("pipecast.service", "pipecast-http.service"):
        assert unit(name)["SupplementaryGroups"] == [group]


def help_rows(text):
    """Of each option (letter, name, argument), and its text."""
    rows = {}
    for line in text.splitlines():
        found = re.match(r"  (?:-(.),|   ) --([a-z-]+)(?: ([A-Z]+))?(.*)",
                         line)
        if found:
            key = found[1], found[2], found[3]
            rows[key] = found[4].strip()
        elif rows and line.startswith(" " * 28):
            rows[key] += " " + line.strip()
    return rows


def manual_rows(text):
    section = text.partition("\n.Ss Options\n")[2].partition("\n.Ss ")[0]
    rows = {}
    for item in section.split("\n.It ")[1:]:
        head, _, body = item.partition("\n")
        found = re.fullmatch(
            r"(?:Fl (\w) , )?Fl Fl ([a-z-]+)(?: Ar ([A-Z]+))?", head)
        assert found, head
        rows[found.groups()] = body
    return rows


def default_of(text, pattern):
    found = re.search(pattern, text)
    return found and found[1]


@pytest.fixture
def cat_help(pipecat):
    return subprocess.run([pipecat, "--help"], capture_output=True, text=True,
                          timeout=DEADLINE, check=True).stdout


@pytest.fixture(params=["pipecast", "pipecat"])
def documented(request, source_tree):
    """The help and the manual of each program."""
    fixture = "help_text" if request.param == "pipecast" else "cat_help"
    manual = source_tree / "man" / f"{request.param}.1"
    return request.getfixturevalue(fixture), manual.read_text()


def test_help_and_manual_name_the_same_options_in_the_same_order(documented):
    help_text, manual = documented
    rows = list(help_rows(help_text))
    assert len(rows) > 15
    assert rows == list(manual_rows(manual))


def test_help_and_manual_name_the_same_defaults(documented):
    help_text, manual = documented
    compared = 0
    described = manual_rows(manual)
    for option, text in help_rows(help_text).items():
        default = default_of(text, r"default (\S+)$")
        compared += default is not None
        assert default == default_of(
            described[option],
            r"The default is\n\.(?:Li|Cm) (\S+) ?\."), option
    assert compared > 1


def test_documents_name_no_option_that_is_not_there(
        readme, manual, help_text, cat_help):
    known = {name for _, name, _ in help_rows(help_text)}
    of_others = {"now"}  # systemctl's
    of_others |= {name for _, name, _ in help_rows(cat_help)}
    assert set(re.findall(r"--([a-z][a-z-]+)", readme)) <= known | of_others
    assert set(re.findall(r"Fl Fl ([a-z][a-z-]+)", manual)) == known


def test_manual_has_every_source_of_the_help(help_text, manual):
    shown = subprocess.run(
        ["mandoc", "-Tascii"], input=manual, text=True, check=True,
        capture_output=True, timeout=DEADLINE).stdout
    plain = re.sub(".\b", "", shown)
    sources = re.findall(r"^  ([a-z]+:\S+)", help_text, re.M)
    assert len(sources) > 4
    for source in sources:
        assert re.search(rf"^ +{re.escape(source)}$|^ +{re.escape(source)} ",
                         plain, re.M), source


def test_manual_has_the_sections_of_a_manual(manual):
    sections = re.findall(r"^\.Sh (.*)$", manual, re.M)
    assert sections == [
        "NAME", "SYNOPSIS", "DESCRIPTION", "ENVIRONMENT", "FILES",
        "EXIT STATUS", "EXAMPLES", "DIAGNOSTICS", "SEE ALSO", "STANDARDS",
        "CAVEATS", "BUGS"]


def test_bugs_are_reported_to_one_place(source_tree, readme, manual):
    """The one that configure.ac names."""
    configure = (source_tree / "configure.ac").read_text(encoding="ascii")
    place, = re.findall(r"^AC_INIT\(\[pipecast\], \[[\d.]+\],\s+\[(.*)\]\)",
                        configure, re.M)
    request = f"Report bugs to {place}"
    assert request in " ".join(readme.split())
    assert request in " ".join(manual.replace(".Nm", "pipecast").split())
    # A Debian package must have an address, and this one can have none.
    address = place if "@" in place else "pipecast@bugs.invalid"
    for name in ("control", "changelog"):
        text = (source_tree / "debian" / name).read_text(encoding="utf-8")
        assert set(re.findall(r"<(\S+@\S+)>", text)) == {address}


def test_diagnostics_of_the_manual_are_those_of_the_program(
        manual, source_tree):
    section = manual.partition(".Sh DIAGNOSTICS\n")[2].partition("\n.Sh ")[0]
    messages = re.findall(r"^\.It (.*)$", section, re.M)
    sources = "\n".join(path.read_text(encoding="utf-8")
                        for path in (source_tree / "src").rglob("*.c"))
    said = re.sub(r'"\s+"', "", sources)
    assert messages
    for message in messages:
        assert message in said, message


def test_news_begin_with_this_version(source_tree, binary, readme):
    said = subprocess.run([binary, "--version"], capture_output=True,
                          text=True, timeout=DEADLINE, check=True).stdout
    news = (source_tree / "NEWS").read_text(encoding="utf-8")
    newest = re.search(r"^(\d+\.\d+\S*)\n-+\n", news, re.M)
    assert said.split() == ["pipecast", newest[1]]
    assert f"This is version {newest[1]};" in readme


def test_what_the_documents_point_to_is_there(readme, manual, source_tree):
    for name in re.findall(r"\b((?:cgi-bin|examples|man)/[\w.-]*)",
                           readme + manual):
        assert (source_tree / name).exists(), name
