"""Every allocation and every system call may fail while visitors post.

Whatever fails: a post that was answered 200 or 202 is there, once, and nothing
is there that was not posted, or only a part of it. One call that failed costs
one post at most. (tests/integration/test_faults_sweep.py says the rest.)"""

import re
import subprocess

import pytest

from errno import EAGAIN, EINTR, ENOMEM
from fastcgi import Decoder, request_records, request_variables
from lives import STEP, Life, Served, sweep, sweep_calls
from program import cgi_environment, plain_environment
from sse import parse
from spools import Spool
from waiting import DEADLINE, wait_for

N_POSTS = 3
SIZE = 1500  # bytes of a post: the third makes the file rotate
TAKEN = re.compile(rb"(^Status:|HTTP/1.1) 20[02] ")
ANSWERED = re.compile(rb"(^Status:|HTTP/1.1) (200|202|404|500|503|507) ")


class Posting:
    """Some posts, all of which may be tried."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.spool = Spool(f"{self.folder}/spool")
        for path in (self.spool.path, self.spool.older):
            subprocess.run(["rm", "-f", path], check=True)
        # A writer was killed in its middle.
        self.spool.append_raw("data: whole\n\ndata: torn")
        self.spool.let_time_pass()
        self.tried, self.taken = [], []

    def source(self):
        return f"spool:{self.spool.path}"

    def options(self):
        return ["--post", "--spool-size", "4K", self.source()]

    def post(self, number):
        data = f"{number:x<{SIZE}}"
        self.tried.append(data)
        answer = self.answer(data.encode())
        assert not answer or ANSWERED.search(answer), answer
        if TAKEN.search(answer):
            self.taken.append(data)

    def answer(self, body):
        """All that came, perhaps nothing."""
        raise NotImplementedError

    def there(self):
        """What whoever comes later finds."""
        whole, *posted = self.spool.data()
        assert whole == "whole"
        return posted

    def judge_work(self, must_work):
        there = self.there()
        assert len(set(there)) == len(there), "twice"
        assert set(there) <= set(self.tried), there
        assert set(self.taken) <= set(there), "lost"
        assert not must_work or len(self.taken) >= N_POSTS - 1


class CgiPosting(Posting, Life):
    """A process for each."""

    name = "post-cgi"

    def live(self):
        for number in range(N_POSTS):
            self.post(number)

    def answer(self, body):
        self.start([*self.options(), "--cgi"], stdin=subprocess.PIPE,
                   stdout=subprocess.PIPE, env=cgi_environment(
                       REQUEST_METHOD="POST", CONTENT_LENGTH=str(len(body))))
        answer = self.process.communicate(body, DEADLINE)[0]
        self.judge_end(self.process.returncode)
        return answer


class ServedPosting(Posting, Served):
    def request(self, body):
        raise NotImplementedError

    def unwrap(self, received):
        return received

    def live(self):
        path = self.socket_path()
        self.start([self.option, f"unix:{path}", *self.options()],
                   env=plain_environment())
        for number in range(N_POSTS):
            self.connection = self.connect(path)
            if self.connection is None:
                return
            with self.connection:
                self.post(number)
        self.end()

    def answer(self, body):
        received = b""
        try:
            self.connection.sendall(self.request(body))
            while more := self.connection.recv(65536):
                received += more
        except (ConnectionError, TimeoutError):
            pass
        return self.unwrap(received)


class HttpPosting(ServedPosting):
    name = "post-http"
    option = "--http"

    def request(self, body):
        return (b"POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                b"Content-Length: %d\r\n\r\n%s" % (len(body), body))


class FastcgiPosting(ServedPosting):
    name = "post-fastcgi"
    option = "--fastcgi"

    def request(self, body):
        variables = request_variables("/", "POST", body=body)
        return b"".join(request_records(variables, body))

    def unwrap(self, received):
        return b"".join(each.content for each in Decoder().feed(received)
                        if each.kind == 6)


class MemoryPosting(HttpPosting):
    """Into memory, of which a late viewer gets all."""

    name = "post-memory"

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.seen = b""

    def source(self):
        return "memory:"

    def options(self):
        return ["--replay", "all", *super().options()]

    def end(self):
        connection = self.connect(self.folder / "socket")
        if connection:
            with connection:
                self.look(connection)
        super().end()

    def look(self, connection):
        try:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            while not all(data.encode() in self.seen for data in self.taken):
                more = connection.recv(65536)
                if not more:
                    break
                self.seen += more
        except (ConnectionError, TimeoutError):
            pass

    def there(self):
        """The call that failed may have been one for the viewer."""
        events = [event.data for event in
                  parse(self.seen.partition(b"\r\n\r\n")[2])
                  if event.type == "message"]
        return events if len(events) >= len(self.taken) else self.taken


class ExecPosting(HttpPosting):
    """To a command, which reads to the end of its input even when it is told
    to end."""

    name = "post-exec"

    def source(self):
        (self.folder / "read").unlink(missing_ok=True)
        return f"exec:trap '' TERM; exec cat >{self.folder}/read"

    def end(self):
        """Not before the command can read."""
        wait_for(lambda: (self.folder / "read").exists() or self.cannot_work()
                 or self.process.poll() is not None, "a command that reads")
        super().end()

    def cannot_work(self):
        return "cannot start the command" in self.errors() or \
            "has closed its standard input" in self.errors()

    def there(self):
        path = self.folder / "read"
        return path.read_text().splitlines() if path.exists() else []

    def judge_work(self, must_work):
        super().judge_work(must_work and not self.cannot_work())


LIVES = {life.name: life for life in
         (CgiPosting, HttpPosting, FastcgiPosting, MemoryPosting, ExecPosting)}


@pytest.mark.parametrize("life", LIVES)
def test_an_allocation_that_fails(binary, folder, life):
    assert sweep(LIVES[life], binary, folder, "allocate", ENOMEM) > 3


@pytest.mark.parametrize("life", LIVES)
def test_memory_that_has_run_out(binary, folder, life):
    assert sweep(LIVES[life], binary, folder, "allocate", ENOMEM,
                 step=3 * STEP, then="+") > 0


@pytest.mark.parametrize("life", LIVES)
def test_a_system_call_that_fails(binary, folder, life):
    assert sweep_calls(LIVES[life], binary, folder) > 3


@pytest.mark.parametrize("life", LIVES)
@pytest.mark.parametrize("how", ["short", EINTR, EAGAIN])
def test_transfers_that_are_cut_or_interrupted(binary, folder, life, how):
    calls = ["read", "recv", "write", "writev", "send"]
    if how == "short":
        calls.append("write_file")
    when = ("%1",) if how == "short" else ("@1", "%2")
    one = LIVES[life](binary, folder, ",".join(
        f"{call}{at}={how}" for call in calls for at in when))
    one.run()
    assert one.has_fired() and len(one.taken) == N_POSTS
