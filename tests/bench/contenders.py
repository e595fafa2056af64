"""The servers that the fan-out benchmark compares.

Each is started in a folder of its own and listens where it is told. Those with
a path to post to want the events in requests; the others read them as lines from
standard input.
"""

import contextlib
import os
import pwd
import shlex
import shutil
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Optional

HERE = Path(__file__).resolve().parent
SOURCES = Path(os.environ.get("PIPECAST_SRCDIR", HERE.parent.parent))
PROGRAM = Path(os.environ.get("PIPECAST", SOURCES / "pipecast")).resolve()
BUILT = PROGRAM.parent / "tests" / "bench"
NCHAN_MODULE = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")

# Descriptors: what one user may have open here.
MAX_DESCRIPTORS = 20000


class Failure(Exception):
    """A contender could not do it; the others go on."""


@dataclass(frozen=True)
class Place:
    """Where a run happens."""

    folder: Path
    addresses: tuple  # as the tools write them: 127.0.0.1:PORT or unix:PATH
    viewers: int
    options: tuple = ()  # for pipecast

    @property
    def address(self):
        return self.addresses[0]

    @property
    def port(self):
        return self.address.rpartition(":")[2]


@dataclass(frozen=True)
class Contender:
    name: str  # as on the command line
    title: str  # as in the table
    protocol: str  # http or fastcgi
    transport: str  # tcp or unix
    command: Callable  # of a Place
    limit: Optional[str] = None  # for pipecast: what it is measured by
    post_path: Optional[str] = None  # events are POSTed there
    path: str = "/"
    n_nodes: int = 1  # each has an address, and its part of the viewers
    load: tuple = ()  # options of the load client
    max_viewers: int = MAX_DESCRIPTORS // 2

    @property
    def is_peer(self):
        return self.name in ("naive", "nchan", "nchan-redis", "node")

    @property
    def is_gzip(self):
        return "--gzip" in self.load

    @property
    def is_pipecast(self):
        return self.limit is not None

    def addresses(self, folder):
        if self.transport == "unix":
            return (f"unix:{folder / 'socket'}",)
        return tuple(f"127.0.0.1:{port}" for port in free_ports(self.n_nodes))


def free_ports(count):
    with contextlib.ExitStack() as stack:
        unused = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in unused:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in unused]


def find(program, package):
    path = shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin")
    if not path:
        raise Failure(f"{program} is not installed (Debian: {package})")
    return path


def pipecast(option):
    def command(place):
        return [PROGRAM, "-q", option, place.address, *place.options, "-"]
    return command


def posted(source):
    def command(place):
        return [PROGRAM, "-q", "--http", place.address, *place.options,
                "--post", source.format(folder=place.folder)]
    return command


def posted_to_redis(place):
    return with_redis(place, [
        *posted("redis:bench")(place), "--redis-maxlen", 1000, "--redis",
        f"unix:{place.folder}/redis"])


def with_redis(place, command, port=0):
    """The command, once there is a Redis for it."""
    redis = find("redis-server", "redis-server")
    script = ('"$1" --port "$2" --unixsocket "$3" --save "" >/dev/null & '
              'until [ -S "$3" ]; do sleep 0.02; done; shift 3; exec "$@"')
    return ["sh", "-c", script, "sh", redis, port, place.folder / "redis",
            *command]


def nodes(program):
    """Redis, and several that read it; events are added to it."""
    def command(place):
        find("redis-server", "redis-server")
        return ["env", f"PEERS={BUILT / 'peers'}",
                HERE / "peers" / "redis-nodes", place.folder, program,
                *place.addresses]
    return command


def bare(how, protocol):
    def command(place):
        return [BUILT / "peers" / "bare", how, protocol, place.address]
    return command


def naive(place):
    path = place.address.partition(":")[2]
    # One connection more, to find out whether it listens.
    return [BUILT / "peers" / "naive", path, place.viewers + 1]


def node(place):
    return [find("node", "nodejs"), HERE / "peers" / "node.js", place.port]


NCHAN_CONFIG = """
daemon off;
worker_processes 1;
worker_rlimit_nofile {descriptors};
load_module {module};
pid {folder}/pid;
error_log stderr;
events {{ worker_connections {descriptors}; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    nchan_message_buffer_length 1000;
    {redis_server}
    server {{
        listen {address} backlog=4096;
        keepalive_requests 1000000000;
        keepalive_timeout 1h;
        {redis_pass}
        location = /events {{
            nchan_subscriber eventsource;
            nchan_channel_id bench;
            nchan_subscriber_first_message newest;
        }}
        location = /publish {{
            nchan_publisher;
            nchan_channel_id bench;
        }}
    }}
}}
"""


def nchan(place, redis_server="", redis_pass=""):
    if not NCHAN_MODULE.exists():
        raise Failure("nchan is not installed (Debian: libnginx-mod-nchan)")
    config = place.folder / "nginx.conf"
    config.write_text(NCHAN_CONFIG.format(
        folder=place.folder, address=place.address, module=NCHAN_MODULE,
        descriptors=MAX_DESCRIPTORS, redis_server=redis_server,
        redis_pass=redis_pass))
    return [find("nginx", "nginx"), "-p", place.folder, "-c", config,
            "-e", "stderr"]


def nchan_with_redis(place):
    port, = free_ports(1)
    command = nchan(
        place, f"upstream redis {{ nchan_redis_server redis://127.0.0.1:{port};"
        " }", "nchan_redis_pass redis;")
    return with_redis(place, command, port)


GZIP_NGINX_CONFIG = """
user {user};
daemon off;
worker_processes 1;
worker_rlimit_nofile {descriptors};
pid {folder}/pid;
error_log stderr;
events {{ worker_connections {descriptors}; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    gzip on;
    gzip_types text/event-stream;
    gzip_min_length 0;
    gzip_proxied any;
    server {{
        listen {address} backlog=4096;
        location / {{
            proxy_buffering off;
            proxy_read_timeout 1h;
            proxy_pass http://unix:{folder}/bare:/;
        }}
    }}
}}
"""

GZIP_CADDY_CONFIG = """
{{
    admin off
    auto_https off
}}
http://{address} {{
    bind 127.0.0.1
    encode {{
        gzip
        minimum_length 1
        match {{
            header Content-Type text/event-stream*
        }}
    }}
    reverse_proxy unix/{folder}/bare {{
        flush_interval -1
    }}
}}
"""


def before_bare(config, *server):
    """A server that compresses, and the bare stream behind it."""
    def command(place):
        path = place.folder / "server.conf"
        path.write_text(config.format(
            folder=place.folder, address=place.address,
            user=pwd.getpwuid(os.geteuid()).pw_name,
            descriptors=MAX_DESCRIPTORS))
        words = [str(word).format(folder=place.folder, config=path)
                 for word in server]
        bare_words = [BUILT / "peers" / "bare", "send", "http",
                      f"unix:{place.folder}/bare"]
        # What is started in the background has no standard input by itself.
        return ["sh", "-c", "exec 3<&0; "
                f"{shlex.join(map(str, bare_words))} <&3 & exec \"$@\"",
                "sh", find(words[0], words[0]), *words[1:]]
    return command


CONTENDERS = {contender.name: contender for contender in (
    Contender("coalesce-fastcgi", "bare coalescing, FastCGI", "fastcgi",
              "unix", bare("coalesce", "fastcgi")),
    Contender("send-fastcgi", "bare send, FastCGI", "fastcgi", "unix",
              bare("send", "fastcgi")),
    Contender("pipecast-fastcgi", "pipecast, FastCGI", "fastcgi", "unix",
              pipecast("--fastcgi"), limit="fastcgi"),
    Contender("naive", "naive libfcgi", "fastcgi", "unix", naive),
    Contender("coalesce-fastcgi-tcp", "bare coalescing, FastCGI/TCP",
              "fastcgi", "tcp", bare("coalesce", "fastcgi")),
    Contender("send-fastcgi-tcp", "bare send, FastCGI/TCP", "fastcgi", "tcp",
              bare("send", "fastcgi")),
    Contender("pipecast-fastcgi-tcp", "pipecast, FastCGI/TCP", "fastcgi",
              "tcp", pipecast("--fastcgi"), limit="fastcgi-tcp"),
    Contender("coalesce-http", "bare coalescing, HTTP", "http", "tcp",
              bare("coalesce", "http")),
    Contender("send-http", "bare send, HTTP", "http", "tcp",
              bare("send", "http")),
    Contender("pipecast-http", "pipecast, HTTP", "http", "tcp",
              pipecast("--http"), limit="http"),
    Contender("nchan", "nchan", "http", "tcp", nchan, path="/events",
              post_path="/publish"),
    Contender("nchan-redis", "nchan, Redis", "http", "tcp", nchan_with_redis,
              path="/events", post_path="/publish"),
    Contender("send-redis", "XREAD and send, 2 nodes", "http", "tcp",
              nodes("-"), n_nodes=2),
    Contender("pipecast-redis", "pipecast, redis:, 2 nodes", "http", "tcp",
              nodes(PROGRAM), limit="redis", n_nodes=2),
    Contender("pipecast-redis-post", "pipecast, redis:", "http", "tcp",
              posted_to_redis, limit="http", post_path="/"),
    Contender("node", "Node", "http", "tcp", node),
    Contender("pipecast-gzip", "pipecast, HTTP, gzip", "http", "tcp",
              pipecast("--http"), limit="http", load=("--gzip",)),
    Contender("nginx-gzip", "nginx, gzip, bare send", "http", "tcp",
              before_bare(GZIP_NGINX_CONFIG, "nginx", "-p", "{folder}", "-c",
                          "{config}", "-e", "stderr"),
              load=("--gzip",), max_viewers=MAX_DESCRIPTORS // 4),
    # It holds events back (2.6), so each of its runs fails, after two minutes.
    Contender("caddy-gzip", "Caddy, encode, bare send", "http", "tcp",
              before_bare(GZIP_CADDY_CONFIG, "caddy", "run", "--config",
                          "{config}", "--adapter", "caddyfile"),
              load=("--gzip",), max_viewers=MAX_DESCRIPTORS // 4),
    Contender("post-http", "bare post", "http", "tcp", bare("send", "http"),
              post_path="/"),
    Contender("pipecast-memory", "pipecast, memory:", "http", "tcp",
              posted("memory:"), limit="http", post_path="/"),
    Contender("pipecast-spool", "pipecast, spool:", "http", "tcp",
              posted("spool:{folder}/spool"), limit="http", post_path="/"),
)}


def check_tools():
    for program in (PROGRAM, BUILT / "tools" / "load", BUILT / "peers" / "bare",
                    BUILT / "tools" / "publish", BUILT / "peers" / "naive"):
        if not os.access(program, os.X_OK):
            sys.exit(f"{program} is not built; make bench builds it")
