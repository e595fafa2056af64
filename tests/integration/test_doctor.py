"""pipecat --doctor, with real web servers that are configured rightly and
wrongly: it names the layer and the line that mends it, or is silent."""

import socket
import subprocess

import pytest

import doctored
from documents import manual_blocks, of_kind, readme_blocks
from hub import answer, stream
from program import Listening, plain_environment
from test_pipecat import hub  # noqa: F401
from waiting import DEADLINE

WELL = "Nothing between here and the server holds events back.\n"
HELD = "Events are held back"
CUT = "in which nothing had come"
ONLY_1_1 = "speaks HTTP/1.1 only"

# Each way, what is seen there, and the line that mends it.
WAYS = {
    "nginx": {
        "right/": (), "right-fastcgi": (), "http2": (),
        "held/": (HELD, "nginx/", "by HTTP", "proxy_buffering off;"),
        "held-fastcgi": (HELD, "by FastCGI", "fastcgi_buffering off;"),
        "cut/": (CUT, "proxy_read_timeout 1d;", "pipecast --heartbeat "),
        "cut-fastcgi": (CUT, "fastcgi_read_timeout 1d;"),
        "cached/": ('no-store by "max-age=3600"', "expires off;"),
        "tls": (ONLY_1_1, "listen 443 ssl http2;"),
    },
    "apache": {
        "right/": (), "right-fastcgi": (), "right-cgi": (),
        "held-fastcgi": (HELD, "Apache/", "by FastCGI", "flushpackets=on"),
        "cut/": (CUT, "by HTTP", "timeout=86400"),
        "compressed-cgi": (HELD, "only for clients that take gzip", "by CGI",
                           "SetEnv no-gzip 1"),
        "tls": (ONLY_1_1, "Protocols h2 http/1.1"),
    },
    "lighttpd": {
        "right/": (), "right-fastcgi": (),
        "held/": (HELD, "lighttpd/", "server.stream-response-body = 1"),
        "held-fastcgi": (HELD, "by FastCGI", "server.stream-response-body"),
        "cut/": (CUT, "server.max-write-idle = 86400"),
    },
    "caddy": {
        "right/": (), "right-fastcgi": (),
        "held/": (HELD, "Caddy, by HTTP", "no buffer_responses"),
        "cut/": (CUT, "read_timeout 24h", "transport http"),
        "cut-fastcgi": ("after", "by FastCGI", "transport fastcgi"),
        "tls": (ONLY_1_1, "protocols h1 h2 h3"),
    },
    "haproxy": {
        "right/": (), "right-fastcgi": (),
        "held/": (HELD, "such as HAProxy", "no http-response wait-for-body"),
        "cut/": (CUT, "timeout server 1d", "timeout client 1d"),
        "cut-fastcgi": (CUT, "Layer: HAProxy 2", "timeout server 1d"),
        "tls": (ONLY_1_1, "alpn h2,http/1.1"),
    },
}


class Both(Listening):
    prints = r"^pipecast: (?:http://|FastCGI on )([\d.:]+)"


@pytest.fixture
def pipecast(binary, folder):
    """The addresses of two listeners of each gateway."""
    words = [word for option in ("--http", "--fastcgi")
             for _ in range(2) for word in (option, "0")]
    both = Both(binary, [*words, "--status", "--heartbeat", "0", "every:1h"],
                folder, listen=None)
    found = both.addresses(4)
    yield found[:2], found[2:]
    both.stop()


@pytest.fixture(params=list(WAYS))
def server(request, binary, folder, pipecast):
    server = doctored.KINDS[request.param](folder / "server", binary,
                                           *pipecast)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def doctor(pipecat):
    started = []

    def start(*arguments):
        started.append(subprocess.Popen(
            [pipecat, "--doctor", *map(str, arguments)],
            stdout=subprocess.PIPE, text=True, env=plain_environment()))
        return started[-1]
    yield start
    for process in started:
        process.kill()
        process.communicate()


def url(server, way):
    if way in ("tls", "http2"):
        port = getattr(server, f"{way}_port")
        return f"https://127.0.0.1:{port}/right/"
    return f"http://127.0.0.1:{server.port}/{way}"


def test_each_layer_is_named_with_the_line_that_mends_it(server, doctor):
    """All ways at once, each takes a few seconds of waiting."""
    ways = WAYS[server.kind]
    asked = {way: doctor(
        "--cacert", server.certificate, *(["--for", "2500ms"] * ("cut" in way)),
        url(server, way)) for way in ways}
    for way, wanted in ways.items():
        told = asked[way].communicate(timeout=DEADLINE)[0]
        assert (told == WELL) == (not wanted), f"{way}: {told}"
        assert all(text in told for text in wanted), f"{way}: {told}"
        assert asked[way].returncode == bool(wanted)


def test_commands_of_the_documents_find_nothing_wrong(
        listen, doctor, readme, source_tree):
    program = listen("--status", "every:1h")
    manual = (source_tree / "man" / "pipecat.1").read_text()
    commands = [*of_kind(readme_blocks(readme), "doctor"),
                *of_kind(manual_blocks(manual), "doctor")]
    assert len(commands) == 2
    asked = [doctor(*command.replace("2m", "1s").split()[2:-1],
                    program.address) for command in commands]
    assert [process.communicate(timeout=DEADLINE)[0]
            for process in asked] == [WELL] * 2


def test_a_probe_is_looked_for_at_each_part_of_the_path(hub, doctor):
    one = hub(stream("data: a"), answer(404))
    doctor(f"{one.url}a/b?x=y").communicate(timeout=DEADLINE)
    assert [head.split()[1] for head in one.heads()[1:]] == [
        "/a/b/.probe?x=y", "/a/.probe?x=y", "/.probe?x=y",
        "/a/b?x=y&source=.probe"]


def ticks(*sent_ms):
    """A probe whose ticks all arrive at once."""
    blocks = [f'event: probe\ndata: {{"n":{n},"of":{len(sent_ms)},"ms":{at}}}'
              for n, at in enumerate(sent_ms, 1)]
    return stream(*blocks).replace(
        b"\r\n\r\n", b"\r\nCache-Control: no-store\r\n\r\n", 1)


def test_events_are_held_back_only_if_that_happens_twice(hub, doctor):
    begin, held, well = stream("data: a"), ticks(0, 2000), ticks(7, 7)
    rows = [((begin, held, well), WELL), ((begin, well, held, well), WELL),
            ((begin, held, held), "up to 2.0 s later"),
            ((begin, held, answer(404)), "up to 2.0 s later")]
    asked = [doctor(hub(*answers).url) for answers, _ in rows]
    for (_, told), process in zip(rows, asked):
        assert told in process.communicate(timeout=DEADLINE)[0]


def test_server_that_does_not_answer_is_asked_for_one_probe_alone(doctor):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        told, _ = doctor(f"http://127.0.0.1:{port}/a/b/c").communicate(
            timeout=DEADLINE)
    assert told == ("1. The server has taken the connection, but did not "
                    "answer.\n")


def test_what_is_no_probe_is_not_judged(hub, doctor):
    rows = {
        "cannot be told whether": (stream(": hello", "data: a"),),
        "There is no stream: the answer is 502": (answer(502),),
        "has no room for a probe": (
            stream("data: a"), stream(": come back later\nretry: 1")),
    }
    asked = {told: doctor(hub(*answers).url)
             for told, answers in rows.items()}
    for told, process in asked.items():
        assert told in process.communicate(timeout=DEADLINE)[0]
        assert process.returncode == 1
