"""Peers of the FastCGI gateway that mean no good: whatever they do costs their
own connection. Good viewers of the same process go on without a hitch, and
descriptors and memory return to where they were."""

import random
import resource
import socket
import struct
import threading

import pytest

from client import connect
from fastcgi import (ABORT_REQUEST, abort, begin, record, request_records,
                     request_variables, values)
from faults import preloaded
from processes import count_descriptors
from waiting import wait_for

N_VIEWERS = 3
GROWTH_BYTES = 256 << 10
SILENT = 3000

REQUEST = b"".join(request_records(request_variables(), body=b"x" * 20))


class Good:
    """A viewer whose stream has to be complete and in order."""

    def __init__(self, program):
        self.stream = program.open().wait_open()
        self.last = self.number(self.stream.next_event())

    @staticmethod
    def number(event):
        return int(event.id.rpartition("-")[2])

    def check(self, count):
        for _ in range(count):
            found = self.number(self.stream.next_event())
            assert found == self.last + 1
            self.last = found


class Watched:
    def __init__(self, program, counts):
        self.program = program
        self.counts = counts
        self.good = [Good(program) for _ in range(N_VIEWERS)]
        self.n_descriptors = count_descriptors(program.pid)

    def check(self):
        """All is as it was."""
        wait_for(lambda: count_descriptors(self.program.pid)
                 <= self.n_descriptors, "the descriptors that there were", 40)
        for good in self.good:
            good.check(20)
        Good(self.program).stream.connection.close()

    def survive(self, attack):
        """Three times: the first may make the memory what it will be."""
        attack(self.program.address)
        self.check()
        before = self.counts.allocated
        for _ in range(2):
            attack(self.program.address)
            self.check()
        return self.counts.allocated - before


@pytest.fixture
def watched(serve, counts):
    return Watched(serve("every:10ms", prefix=preloaded(counts=counts)),
                   counts)


def send(address, data, waits=True):
    """Writes as far as it is let; waits for an answer, or leaves with RST."""
    peer = connect(address)
    try:
        peer.sendall(data)
        if waits:
            peer.settimeout(0.02)
            peer.recv(65536)
        else:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                            struct.pack("ii", 1, 0))
    except OSError:
        pass
    finally:
        peer.close()


def random_records(address):
    """Sound headers around whatever there may be."""
    numbers = random.Random(2)
    for _ in range(100):
        data = b"".join(
            record(numbers.randrange(13), numbers.randrange(3),
                   numbers.randbytes(numbers.choice((0, 1, 8, 100, 65535))),
                   numbers.randrange(256))
            for _ in range(numbers.randrange(1, 12)))
        send(address, begin() + data if numbers.random() < 0.5 else data,
             False)


def mutated_requests(address):
    numbers = random.Random(3)
    for _ in range(200):
        data = bytearray(REQUEST)
        for _ in range(numbers.randrange(1, 4)):
            data[numbers.randrange(len(data))] = numbers.randrange(256)
        send(address, bytes(data), False)


def truncated_requests(address):
    for end in range(len(REQUEST)):
        send(address, REQUEST[:end], False)


def aborts_at_every_moment(address):
    records = request_records(request_variables(), body=b"x")
    for count in range(len(records) + 1):
        send(address, b"".join(records[:count]) + abort())
        send(address, b"".join(records[:count]) + abort() * 100)
        send(address, b"".join(records[:count])
             + record(ABORT_REQUEST, 1, b"x" * 300, 7))


def closing_at_every_moment(address):
    """Whatever part of the stream was read by then."""
    for count in range(0, 400, 7):
        peer = connect(address)
        peer.sendall(REQUEST)
        if count:
            peer.recv(count)
        if count % 2:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                            struct.pack("ii", 1, 0))
        peer.close()


def questions_without_end(address):
    """Nobody reads the answers."""
    peer = connect(address)
    peer.settimeout(2)
    try:
        while True:
            peer.sendall(values() * 500)
    except OSError:
        pass
    finally:
        peer.close()


ATTACKS = [random_records, mutated_requests, truncated_requests,
           aborts_at_every_moment, closing_at_every_moment,
           questions_without_end]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda each: each.__name__)
def test_good_viewers_go_on_and_nothing_stays(watched, attack):
    assert watched.survive(attack) < GROWTH_BYTES


def test_one_byte_a_second_is_not_a_request(watched):
    """However slowly it comes, it comes to an end."""
    peers = [connect(watched.program.address) for _ in range(10)]
    done = threading.Event()

    def dribble():
        at = 0
        while not done.wait(1):
            for peer in peers:
                try:
                    peer.send(REQUEST[at:at + 1])
                except OSError:
                    pass
            at += 1

    writer = threading.Thread(target=dribble)
    writer.start()
    try:
        watched.check()
    finally:
        done.set()
        writer.join()
        for peer in peers:
            peer.close()


@pytest.fixture
def many_descriptors():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert hard > SILENT + 500
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_thousands_of_silent_connections_are_closed(many_descriptors, watched):
    peers = [connect(watched.program.address) for _ in range(SILENT)]
    for good in watched.good:
        good.check(50)
    Good(watched.program).stream.connection.close()
    watched.check()
    for peer in peers:
        peer.close()
