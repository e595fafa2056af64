"""What bash, zsh and fish complete: the options of --help and what they take."""

import re
import shlex
import subprocess

import pytest

from terminals import needs_terminal
from waiting import DEADLINE


@pytest.fixture(scope="module")
def completions(source_tree):
    return source_tree / "completions"


@pytest.fixture(params=["pipecast", "pipecat"])
def program(request):
    return request.param


@pytest.fixture
def options(program, binary, request):
    """Each long option of the program, and its letter or nothing."""
    path = binary if program == "pipecast" else \
        request.getfixturevalue("pipecat")
    text = run("/", path, "--help")
    found = re.findall(r"^  (?:-(.), |    )--([a-z-]+)", text, re.M)
    assert len(found) > 15
    return {name: letter for letter, name in found}


def run(folder, *command, **more):
    return subprocess.run(
        list(map(str, command)), capture_output=True, text=True, check=True,
        timeout=DEADLINE, cwd=folder, stdin=subprocess.DEVNULL,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder), "TERM": "xterm",
             "LC_ALL": "C.UTF-8", **more}).stdout


# COMP_WORDBREAKS is as in an interactive shell.
BASH = """
COMP_WORDBREAKS=$' \\t\\n"\\'><=;|&(:'
compopt() { :; }
. %s
COMP_LINE=%s COMP_POINT=${#COMP_LINE}
COMP_WORDS=($COMP_LINE) COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_%s
printf '%%s\\n' "${COMPREPLY[@]}"
"""

# A terminal of its own, where the line and a Tab are typed.
ZSH = """
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z 'PS1=; fpath=(%s $fpath); autoload -Uz compinit; compinit -u -D'
zpty -w z 'zstyle ":completion:*" list-separator " "; LISTMAX=1000; stty cols 200'
zpty -w z 'bindkey "^I" complete-word; setopt noautomenu nobeep; echo re''ady'
zpty -r z seen $'*ready*'
zpty -w -n z %s$'\\t\\t'
zpty -r -t z seen
for i in {1..200}; do
    sleep 0.05
    zpty -r -t z more && seen+=$more
    [[ $seen == %s ]] && break
done
print -r -- $seen
"""


def bash(completions, folder, line):
    program = line.split()[0]
    script = BASH % (shlex.quote(str(completions / program)),
                     shlex.quote(line), program)
    return run(folder, "bash", "-c", script).split()


def fish(completions, folder, line):
    name = line.split()[0]
    script = f"source {completions}/{name}.fish; complete -C {shlex.quote(line)}"
    said = run(folder, "fish", "--no-config", "-c", script)
    return [entry.partition("\t")[0] for entry in said.splitlines()]


SHELLS = pytest.mark.parametrize("shell", [bash, fish])


@SHELLS
def test_options_are_those_of_help(
        shell, completions, folder, program, options):
    offered = shell(completions, folder, f"{program} --")
    assert sorted(offered) == sorted(f"--{name}" for name in options)


@SHELLS
def test_formats_are_offered(shell, completions, folder, help_text):
    named = re.search(r"input format: ([a-z, ]+) or ([a-z]+);", help_text)
    assert sorted(shell(completions, folder, "pipecast --format ")) == \
        sorted([*named[1].split(", "), named[2]])
    assert shell(completions, folder, "pipecast -f j") == ["json"]
    joined, = shell(completions, folder, "pipecast --format=j")
    assert joined.rpartition("=")[2] == "json"


@SHELLS
def test_sources_are_offered(shell, completions, folder, help_text):
    kinds = set(re.findall(r"^  ([a-z]+:)\S", help_text, re.M))
    assert len(kinds) > 3
    assert kinds <= set(shell(completions, folder, "pipecast "))


@SHELLS
def test_paths_of_sources_and_options_are_offered(
        shell, completions, folder):
    (folder / "some.log").touch()
    for line in ("file:so", "log=file:so", "--page so", "--http 0 fifo:so"):
        offered, = shell(completions, folder, f"pipecast {line}")
        assert offered.endswith("some.log"), line


@needs_terminal
def test_zsh_has_the_options_of_help(completions, folder, program, options):
    text = (completions / f"_{program}").read_text()
    rows = text.partition("\n_arguments ")[2]
    names = re.findall(r"(?<![\w-])--([a-z-]+)", rows)
    assert sorted(names) == sorted(options)
    letters = re.findall(r"\{-(\w),--([a-z-]+)\}", rows)
    assert {name: letter for letter, name in letters} == \
        {name: letter for name, letter in options.items() if letter}
    run(folder, "zsh", "-n", completions / f"_{program}")


@needs_terminal
@pytest.mark.parametrize("line, expected", [
    ("pipecast --format js", "*json*"),
    ("pipecast --heart", "*--heartbeat*"),
    ("pipecast log=fi", "*file*"),
])
def test_zsh_completes(completions, folder, line, expected):
    seen = run(folder, "zsh", "-f", "-c", ZSH % (
        completions, shlex.quote(line), expected))
    assert expected.strip("*") in seen, seen
