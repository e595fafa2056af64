"""The blocks of README and of the manual's examples, by what they are."""

import re
import textwrap

KINDS = (
    ("bootstrap", r"\./bootstrap "),
    ("curl bot", r"#!/bin/sh\n# Answers "),
    ("script", r"#!"),
    ("service", r"cp .*-http\.s\* .*\nsystemctl "),
    ("systemd", r"cp .*\nsystemctl "),
    ("password", r"htpasswd "),
    ("rights", r"adduser "),
    ("nginx proxy", r"location /events/ "),
    ("nginx", r"location "),
    ("nginx http2", r"listen "),
    ("apache proxy", r"ProxyPass /events/ http:"),
    ("apache fastcgi", r"ProxyPass "),
    ("apache", r"ScriptAlias "),
    ("caddy proxy", r"handle_path "),
    ("haproxy proxy", r"userlist "),
    ("lighttpd fastcgi", r".*mod_fastcgi"),
    ("lighttpd", r"server\.modules "),
    ("check", r"pipecast --check "),
    ("fastcgi", r"pipecast --fastcgi "),
    ("fifo", r"pipecast --replay \d+ fifo:"),
    ("spool", r"pipecast --replay \d+ spool:"),
    ("append", r"printf .* >>room.sse\n$"),
    ("send", r"echo .* >events\n$"),
    ("send from cron", r"echo .* \|\n *dd "),
    ("journal", r"pipecast journal:"),
    ("follow", r"pipecast --replay \d+ file:"),
    ("folder", r"pipecast --replay \d+ '\w+/\*=file:"),
    ("several", r"pipecast --status "),
    ("sub-path", r"\w+ \S+ \| pipecast --base-path "),
    ("bot", r"pipecast --post 'exec:"),
    ("redis", r"pipecast --redis "),
    ("redis entry", r"redis-cli "),
    ("posting", r"pipecast --post "),
    ("post", r"curl -d "),
    ("notify", r"make; curl "),
    ("pipe post", r"vmstat 1 \| curl -T"),
    ("pipe token", r"vmstat 1 \| curl -u "),
    ("posting token", r"pipecast --http \S+ --post-token "),
    ("chat", r"cp -r examples/chat "),
    ("machines", r"examples/many-machines/run\n"),
    ("relay", r"pipecast https://"),
    ("pipecat", r"pipecat --state "),
    ("doctor", r"pipecat --doctor "),
    ("token file", r"\(umask 077; "),
    ("token", r"\w+ \S+ \| pipecast --http \S+ --read-token "),
    ("token curl", r"curl -N -u "),
    ("browser", r"\w+ \S+ \| pipecast($| --keep)"),
    ("shell", r"(.*\| *\n? *)?pipecast "),
)


def readme_blocks(text):
    """Indented paragraphs."""
    found = re.findall(r"(?:^    .*\n|^\n(?=    ))+", text, re.M)
    return [textwrap.dedent(block).strip("\n") + "\n" for block in found
            if block.strip()]


def manual_blocks(text):
    """Literal displays of the examples, as they are shown."""
    examples = text.partition(".Sh EXAMPLES\n")[2].partition("\n.Sh ")[0]
    found = re.findall(r"^\.Bd -literal.*\n((?:.*\n)*?)\.Ed", examples, re.M)
    for escape, shown in ((r"\(aq", "'"), (r"\-", "-"), (r"\e", "\\")):
        found = [block.replace(escape, shown) for block in found]
    return found


def kind_of(block):
    return next((kind for kind, pattern in KINDS if re.match(pattern, block)),
                "unknown")


def of_kind(blocks, kind):
    return [block for block in blocks if kind_of(block) == kind]
