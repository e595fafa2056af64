"""More viewers than are allowed, more connections than there is room for."""

import resource

import pytest

from fastcgi import (
    GET_VALUES_RESULT, OVERLOADED, parse_pairs, request_records, values)
from faults import preloaded
from logfile import LogFile
from processes import count_descriptors
from waiting import wait_for

RETRY_MS = 2000


def assert_told_to_come_later(stream):
    """Much later than a viewer that has only lost its connection."""
    assert stream.wait_complete() == []
    assert stream.status == 200
    assert stream.headers["content-type"] == "text/event-stream"
    assert 3 * RETRY_MS <= stream.retries[-1] <= 60_000
    assert stream.connection.wait_closed() == []


def comes_in(program, target="/"):
    """Whether there is room for another, which then stays."""
    stream = program.open(target).wait_open()
    if len(stream.retries) == 1 and stream.event_or_end():
        return stream
    assert_told_to_come_later(stream)
    return None


# Viewers.

@pytest.fixture
def program(serve):
    return serve("--max-clients", "2", "every:20ms")


def test_full_house_is_told_to_come_later(program):
    streams = [program.open().wait_open() for _ in range(2)]
    for _ in range(3):
        assert_told_to_come_later(program.open())
    for stream in streams:
        stream.next_events(10)


def test_next_viewer_comes_in_once_another_has_left(program):
    staying, leaving = (program.open().wait_open() for _ in range(2))
    for _ in range(3):
        assert_told_to_come_later(program.open())
        leaving.close()
        leaving = wait_for(lambda: comes_in(program), "room")
    staying.next_event()


def test_who_comes_later_does_not_come_with_all_others(program):
    streams = [program.open().wait_open() for _ in range(2)]
    refused = [program.open() for _ in range(20)]
    for stream in refused:
        assert_told_to_come_later(stream)
    assert len({stream.retries[-1] for stream in refused}) > 10
    assert streams[0].next_event()


def test_full_house_answers_everything_else(program):
    streams = [program.open().wait_open() for _ in range(2)]
    for target, request, status in [
            ("/", {"method": "HEAD"}, 200), ("/missing", {}, 404),
            ("/", {"method": "POST"}, 405),
            ("/", {"method": "OPTIONS"}, 204)]:
        stream = program.open(target, **request)
        assert stream.wait_complete() == []
        assert stream.status == status
    assert streams[0].next_event()


def test_silent_connections_are_no_viewers(program):
    for _ in range(10):
        program.connect()
    assert program.open().next_event()


# Descriptors.

LIMIT = 64
N_SILENT = 300
WAITS_PER_EVENT = 50  # a loop that spins has thousands


@pytest.fixture
def few(serve, counts):
    """Starts it with few descriptors."""
    prefix = ["prlimit", f"--nofile={LIMIT}", *preloaded(counts=counts)]

    def start(*arguments, **options):
        return serve(*arguments, prefix=prefix, **options)
    return start


def test_viewers_get_at_least_half_of_the_descriptors(few):
    program = few("every:20ms")
    streams = []
    while stream := comes_in(program):
        streams.append(stream)
    assert LIMIT // 2 <= len(streams) < LIMIT
    limits = parse_pairs(program.connect().ask(values()).content)
    assert limits["FCGI_MAX_CONNS"] == str(len(streams))
    streams[0].next_event()
    streams.pop().close()
    wait_for(lambda: comes_in(program), "room")


def test_allowed_number_of_viewers_does_not_exceed_the_descriptors(few):
    program = few("--max-clients", "100000", "every:20ms")
    answer = program.connect().ask(values())
    assert int(parse_pairs(answer.content)["FCGI_MAX_CONNS"]) < LIMIT


def be_silent(program):
    """Take all the room that there is, and more."""
    connections = [program.connect() for _ in range(N_SILENT)]
    wait_for(lambda: "cannot accept" in program.errors(), "no more room")
    return connections


def test_viewers_go_on_though_there_is_no_more_room(few, counts):
    program = few("every:20ms")
    streams = [program.open().wait_open() for _ in range(5)]
    be_silent(program)
    for stream in streams:
        stream.next_events(20)
    before = counts.waits
    streams[0].next_events(80)
    assert counts.waits - before < 80 * WAITS_PER_EVENT


def test_whoever_comes_when_there_is_no_room_waits(few):
    program = few("every:20ms")
    silent = be_silent(program)
    stream = program.open()
    for connection in silent:
        connection.close()
    assert stream.next_event()
    # It is logged once, not all the time.
    assert program.errors().count("cannot accept") == 1


def test_silent_connections_do_not_keep_others_out_for_ever(few):
    program = few("every:20ms")
    silent = [program.connect() for _ in range(LIMIT)]
    assert program.open().next_event(60)
    assert silent[0].wait_closed() == []


def test_sources_have_descriptors_in_reserve(few, folder):
    """For the next run of a command, for the next file."""
    log = LogFile(folder / "log")
    program = few("file=file:" + str(log.path), "command=every:20ms:echo tick")
    file, command = (program.open(target).wait_open()
                     for target in ("/file", "/command"))
    be_silent(program)
    command.next_events(10)
    for n in range(3):
        log.write_line(f"line {n}")
        assert file.next_event().data == f"line {n}"
        log.rotate().close()
    log.close()
    command.next_events(10)
    assert program.errors().count("\n") == 2  # the address, the warning


def test_many_sources_have_descriptors_in_reserve(serve, folder):
    """For as many files as there may be, whatever viewers take."""
    logs = [LogFile(folder / str(n)) for n in range(200)]
    files = [f"f{n}=file:{log.path}" for n, log in enumerate(logs)]
    program = serve(*files, "tick=every:20ms:echo tick",
                    prefix=["prlimit", "--nofile=1024"])
    ticks = program.open("/tick").wait_open()
    last = program.open("/f199").wait_open()
    while comes_in(program, "/tick"):
        pass
    for connection in [program.connect() for _ in range(10)]:
        assert connection.ask(values()).kind == GET_VALUES_RESULT
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


def test_requests_have_descriptors_in_reserve(few):
    """To decode a request takes one, too."""
    program = few("every:20ms")
    silent = be_silent(program)
    records = request_records({"REQUEST_METHOD": "HEAD"})
    for connection in silent[:LIMIT // 4]:
        connection.send(*records)
        content = connection.next_record().content
        assert content.startswith(b"Status: 200")


@pytest.fixture
def exhausted(serve, counts):
    """A program to which the system gives no more descriptors, and a viewer
    of its."""
    program = serve("every:20ms", prefix=preloaded(counts=counts))
    stream = program.open().wait_open()
    limits = resource.prlimit(program.pid, resource.RLIMIT_NOFILE)
    n_open = count_descriptors(program.pid)
    resource.prlimit(program.pid, resource.RLIMIT_NOFILE, (n_open, limits[1]))
    return program, stream


def test_exhaustion_does_not_make_it_spin(exhausted, counts):
    program, stream = exhausted
    program.open()
    wait_for(lambda: "cannot accept" in program.errors(), "exhaustion")
    stream.next_event()
    before = counts.waits
    stream.next_events(100)
    assert counts.waits - before < 100 * WAITS_PER_EVENT


def test_later_viewers_come_in_when_there_are_descriptors_again(exhausted):
    program, stream = exhausted
    waiting = [program.open() for _ in range(5)]
    wait_for(lambda: "cannot accept" in program.errors(), "exhaustion")
    resource.prlimit(program.pid, resource.RLIMIT_NOFILE, (LIMIT, LIMIT))
    for each in (*waiting, stream):
        assert each.next_event()


def test_exhausted_program_tells_its_viewers_when_it_ends(exhausted):
    program, stream = exhausted
    waiting = program.open()
    wait_for(lambda: "cannot accept" in program.errors(), "exhaustion")
    assert stream.next_event()
    program.process.terminate()
    stream.wait_complete()
    assert len(stream.retries) == 2
    assert program.wait_exit() == 0
    assert waiting.connection.wait_closed() == []


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
