"""More viewers than are allowed, more connections than there is room for."""

import resource

import pytest

from fastcgi import OVERLOADED, parse_pairs, request_records, values
from faults import preloaded
from logfile import LogFile
from processes import count_descriptors
from waiting import wait_for

RETRY_MS = 2000


@pytest.fixture(params=["listen", "serve"])
def start(request):
    """Starts it with one gateway after the other."""
    return request.getfixturevalue(request.param)


def assert_told_to_come_later(stream):
    """Much later than a viewer that has only lost its connection."""
    assert stream.wait_complete() == []
    assert stream.status == 200
    assert stream.headers["content-type"] == "text/event-stream"
    assert b": pipecast is full; come back later\n" in stream.body
    assert 3 * RETRY_MS <= stream.retries[-1] <= 60_000


def comes_in(program, target="/"):
    """Whether there is room for another, which then stays."""
    stream = program.open(target).wait_open()
    if len(stream.retries) == 1 and stream.event_or_end():
        return stream
    assert_told_to_come_later(stream)
    return None


# Viewers.

def test_full_house_is_told_to_come_later(start):
    """Not all at the same time, and only those who want the stream."""
    program = start("--max-clients", "2", "every:20ms")
    streams = [program.open().wait_open() for _ in range(2)]
    refused = [program.open() for _ in range(20)]
    for stream in refused:
        assert_told_to_come_later(stream)
    assert len({stream.retries[-1] for stream in refused}) > 10
    assert program.open(method="HEAD").status == 200
    assert program.open("/missing").status == 404
    streams[0].next_events(10)
    for _ in range(3):
        streams.pop().close()
        streams.append(wait_for(lambda: comes_in(program), "room"))
    streams[0].next_event()


def test_silent_connections_are_no_viewers(start):
    program = start("--max-clients", "2", "every:20ms")
    for _ in range(10):
        program.connect()
    assert program.open().next_event()


# Descriptors.

LIMIT = 64
N_SILENT = 300
WAITS_PER_EVENT = 50  # a loop that spins has thousands


@pytest.fixture
def few(start, counts):
    """Starts it with few descriptors."""
    prefix = ["prlimit", f"--nofile={LIMIT}", *preloaded(counts=counts)]
    return lambda *arguments: start(*arguments, prefix=prefix)


def test_viewers_get_at_least_half_of_the_descriptors(few):
    program = few("--max-clients", "100000", "every:20ms")
    streams = []
    while stream := comes_in(program):
        streams.append(stream)
    assert LIMIT // 2 <= len(streams) < LIMIT
    if program.option == "--fastcgi":
        limits = parse_pairs(program.connect().ask(values()).content)
        assert limits["FCGI_MAX_CONNS"] == str(len(streams))
    streams.pop().close()
    wait_for(lambda: comes_in(program), "room")


def be_silent(program):
    """Take all the room that there is, and more."""
    connections = [program.connect() for _ in range(N_SILENT)]
    program.wait_for_error("cannot accept")
    return connections


def assert_does_not_spin(counts, stream):
    stream.next_event()
    before = counts.waits
    stream.next_events(80)
    assert counts.waits - before < 80 * WAITS_PER_EVENT


def test_lack_of_room_is_told_once_and_waited_out(few, counts):
    program = few("every:20ms")
    streams = [program.open().wait_open() for _ in range(5)]
    silent = be_silent(program)
    assert_does_not_spin(counts, streams[0])
    late = program.open()
    for connection in silent:
        connection.close()
    for stream in (late, *streams):
        assert stream.next_event()
    assert program.errors().count("cannot accept") == 1


def test_silent_connections_do_not_keep_others_out_for_ever(few):
    program = few("every:20ms")
    silent = [program.connect() for _ in range(LIMIT)]
    assert program.open().next_event(60)
    assert not silent[0].wait_closed()


def test_sources_have_descriptors_in_reserve(few, log):
    """For the next run of a command, for the next file."""
    program = few(f"file=file:{log.path}", "command=every:20ms:echo tick")
    file, command = (program.open(target).wait_open()
                     for target in ("/file", "/command"))
    be_silent(program)
    command.next_events(10)
    for n in range(3):
        log.write_line(f"line {n}")
        assert file.next_event().data == f"line {n}"
        log.rotate().close()
    command.next_events(10)
    assert program.errors().count("\n") == 2  # the address, the warning


def test_many_sources_have_descriptors_in_reserve(start, folder):
    """For as many files as there may be, whatever viewers take."""
    logs = [LogFile(folder / str(n)) for n in range(200)]
    files = [f"f{n}=file:{log.path}" for n, log in enumerate(logs)]
    program = start(*files, "tick=every:20ms:echo tick",
                    prefix=["prlimit", "--nofile=1024"])
    ticks = program.open("/tick").wait_open()
    last = program.open("/f199").wait_open()
    while comes_in(program, "/tick"):
        pass
    for _ in range(10):
        program.connect()
    ticks.next_events(10)
    for log in logs:
        log.rotate().close()
        log.write_line("line")
        log.close()
    assert last.next_event().data == "line"
    ticks.next_events(10)
    assert_told_to_come_later(program.open("/tick"))
    assert program.errors().count("\n") == 1  # the address


def test_sources_that_may_need_too_many_descriptors_are_warned_of(few, folder):
    program = few(*[f"f{n}=file:{folder}/{n}" for n in range(40)])
    program.wait_for_error("80 file descriptors, and the limit is 64")
    assert program.open("/f1").wait_open().status == 200


def test_requests_have_descriptors_in_reserve(serve):
    """To decode a request takes one, too."""
    program = serve("every:20ms", prefix=["prlimit", f"--nofile={LIMIT}"])
    silent = be_silent(program)
    for connection in silent[:LIMIT // 4]:
        answer = connection.ask(*request_records({"REQUEST_METHOD": "HEAD"}))
        assert answer.content.startswith(b"Status: 200")


@pytest.fixture
def exhausted(start, counts):
    """A program to which the system gives no more descriptors, a viewer of
    its, and one who waits."""
    program = start("every:20ms", prefix=preloaded(counts=counts))
    stream = program.open().wait_open()
    limits = resource.prlimit(program.pid, resource.RLIMIT_NOFILE)
    n_open = count_descriptors(program.pid)
    resource.prlimit(program.pid, resource.RLIMIT_NOFILE, (n_open, limits[1]))
    waiting = program.open()
    program.wait_for_error("cannot accept")
    return program, stream, waiting


def test_exhaustion_is_waited_out(exhausted, counts):
    program, stream, waiting = exhausted
    assert_does_not_spin(counts, stream)
    resource.prlimit(program.pid, resource.RLIMIT_NOFILE, (LIMIT, LIMIT))
    assert waiting.next_event() and stream.next_event()


def test_exhausted_program_tells_its_viewers_when_it_ends(exhausted):
    program, stream, waiting = exhausted
    assert stream.next_event()
    program.process.terminate()
    stream.wait_complete()
    assert len(stream.retries) == 2
    assert program.wait_exit() == 0
    waiting.read_to_end()
    assert waiting.response.headers is None


# The size of files: a request is decoded from one in memory.

@pytest.mark.parametrize("limit", [0, 4096])
def test_limit_on_file_sizes_costs_the_request_that_exceeds_it(serve, limit):
    """As LimitFSIZE= of a hardened unit sets it."""
    program = serve("every:20ms")
    viewer = program.open()
    assert viewer.next_event()
    resource.prlimit(program.pid, resource.RLIMIT_FSIZE, (limit, limit))
    refused = program.open(headers={"Cookie": 6000 * "x"})
    assert refused.wait_end() == []
    assert refused.ending == OVERLOADED
    if limit > 0:  # standard error is a file, too
        assert "LimitFSIZE=" in program.errors()
        assert program.open().next_event()
    assert viewer.next_event()
