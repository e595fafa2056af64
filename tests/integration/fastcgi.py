"""A FastCGI client, written from the FastCGI 1.0 specification: it asks in
every way in which web servers do, and takes nothing but whole, sound records
for an answer. Section numbers are those of the specification."""

import select
import socket
import struct
from collections import deque
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from client import EventStream, connect
from waiting import DEADLINE

VERSION = 1
HEADER = struct.Struct(">BBHHBB")

# Types of records, roles, flags and protocol states (8).
BEGIN_REQUEST, ABORT_REQUEST, END_REQUEST = 1, 2, 3
PARAMS, STDIN, STDOUT, STDERR, DATA = 4, 5, 6, 7, 8
GET_VALUES, GET_VALUES_RESULT, UNKNOWN_TYPE = 9, 10, 11
RESPONDER, AUTHORIZER, FILTER = 1, 2, 3
KEEP_CONN = 1
REQUEST_COMPLETE, CANT_MPX_CONN, OVERLOADED, UNKNOWN_ROLE = 0, 1, 2, 3

LIMITS = ("FCGI_MAX_CONNS", "FCGI_MAX_REQS", "FCGI_MPXS_CONNS")


# What a web server writes.

def record(kind, request_id=1, content=b"", padding=0, version=VERSION):
    header = HEADER.pack(version, kind, request_id, len(content), padding, 0)
    return header + content + b"\xdd" * padding


def begin(request_id=1, role=RESPONDER, keep=False):
    return record(BEGIN_REQUEST, request_id,
                  struct.pack(">HB5x", role, KEEP_CONN if keep else 0))


def abort(request_id=1):
    return record(ABORT_REQUEST, request_id)


def length(number):
    """In one byte, or in four with the top bit set (3.4)."""
    if number < 0x80:
        return bytes([number])
    return struct.pack(">I", number | 0x80000000)


def pairs(variables):
    encoded = b""
    for name, value in variables.items():
        name, value = name.encode("latin-1"), value.encode("latin-1")
        encoded += length(len(name)) + length(len(value)) + name + value
    return encoded


def parse_pairs(content):
    found = {}
    while content:
        lengths = []
        for _ in range(2):
            size = 4 if content[0] & 0x80 else 1
            lengths.append(int.from_bytes(content[:size], "big") & 0x7fffffff)
            content = content[size:]
        end = sum(lengths)
        assert end <= len(content), "a name-value pair is cut off"
        found[content[:lengths[0]].decode()] = content[lengths[0]:end].decode()
        content = content[end:]
    return found


def values(*names):
    return record(GET_VALUES, 0, pairs(dict.fromkeys(names or LIMITS, "")))


def request_variables(target="/", method="GET", headers=None, body=b""):
    """What a web server says of a request (RFC 3875)."""
    path, _, query = target.partition("?")
    variables = {
        "GATEWAY_INTERFACE": "CGI/1.1",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_SOFTWARE": "test",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "REMOTE_ADDR": "192.0.2.1",
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "/events",
        "REQUEST_URI": f"/events{target}",
        "QUERY_STRING": query,
        "HTTP_ACCEPT": "text/event-stream",
        "CONTENT_LENGTH": str(len(body)) if body else "",
    }
    if path not in ("", "/"):
        variables["PATH_INFO"] = unquote_to_bytes(path).decode("latin-1")
    for name, value in (headers or {}).items():
        variables["HTTP_" + name.upper().replace("-", "_")] = value
    return variables


def stream_records(kind, request_id, content, padding=0, size=0xffff):
    """Content in records of at most that size, and its end (3.3)."""
    parts = [content[at:at + size] for at in range(0, len(content), size)]
    return [record(kind, request_id, part, padding and -len(part) % 8)
            for part in [*parts, b""]]


def request_records(variables, body=b"", request_id=1, keep=False,
                    role=RESPONDER, **form):
    return [begin(request_id, role, keep),
            *stream_records(PARAMS, request_id, pairs(variables), **form),
            *stream_records(STDIN, request_id, body, **form)]


def small_request(keep=False):
    """The records of a request as short as can be."""
    return request_records({"REQUEST_METHOD": "GET"}, keep=keep)


# Ways of writing it: nginx, mod_fcgid and lighttpd write everything at once,
# the former with padding, mod_proxy_fcgi writes record by record.

def at_once(connection, records):
    connection.send(b"".join(records))


def record_by_record(connection, records):
    for each in records:
        connection.send(each)


def byte_by_byte(connection, records):
    for byte in b"".join(records):
        connection.send(bytes([byte]))


def in_parts_that_end_anywhere(connection, records):
    data = b"".join(records)
    for at in range(0, len(data), 11):
        connection.send(data[at:at + 11])


WAYS = {
    "at once": {"send": at_once},
    "padded": {"send": at_once, "padding": 8},
    "record by record": {"send": record_by_record},
    "byte by byte": {"send": byte_by_byte},
    "parts that end anywhere": {"send": in_parts_that_end_anywhere},
    "small records": {"send": at_once, "size": 5},
}


# What pipecast writes.

@dataclass
class Record:
    kind: int
    id: int
    content: bytes


class Decoder:
    """Cuts bytes into records. pipecast pads nothing: web servers hold back
    what comes in records with padding."""

    def __init__(self):
        self.pending = b""

    def feed(self, data):
        self.pending += data
        found = []
        while len(self.pending) >= HEADER.size:
            version, kind, request_id, size, padding, reserved = \
                HEADER.unpack_from(self.pending)
            assert (version, padding, reserved) == (VERSION, 0, 0)
            end = HEADER.size + size
            if len(self.pending) < end:
                break
            content = self.pending[HEADER.size:end]
            self.pending = self.pending[end:]
            found.append(check(Record(kind, request_id, content)))
        return found


def check(found):
    if found.kind in (END_REQUEST, STDOUT):
        assert found.id != 0
    else:
        assert found.kind in (GET_VALUES_RESULT, UNKNOWN_TYPE)
        assert found.id == 0
    if found.kind == END_REQUEST:
        assert len(found.content) == 8 and found.content[5:] == bytes(3)
    if found.kind == UNKNOWN_TYPE:
        assert len(found.content) == 8 and found.content[1:] == bytes(7)
    return found


def protocol_status(end_request):
    """What an END_REQUEST record says; the application's status is 0."""
    assert end_request.kind == END_REQUEST
    assert end_request.content[:4] == bytes(4)
    return end_request.content[4]


# Talking.

class Connection:
    """A connection on which records of all kinds are exchanged."""

    def __init__(self, address):
        self.socket = connect(address)
        self.decoder = Decoder()
        self.records = deque()

    def send(self, *records):
        self.socket.sendall(b"".join(records))

    def try_send(self, *records):
        """As far as pipecast has not closed yet; whether it had not."""
        try:
            self.send(*records)
        except (BrokenPipeError, ConnectionResetError):
            return False
        return True

    def next_record(self):
        while not self.records:
            data = self.socket.recv(65536)
            assert data, "closed before a record"
            self.records.extend(self.decoder.feed(data))
        return self.records.popleft()

    def ask(self, *records):
        """The record that answers these."""
        self.send(*records)
        return self.next_record()

    def wait_closed(self):
        """Wait until pipecast has closed; returns what it wrote before."""
        try:
            while data := self.socket.recv(65536):
                self.records.extend(self.decoder.feed(data))
        except ConnectionResetError:
            pass
        return list(self.records)

    def is_open(self):
        """Whether it is still, with nothing more to be read."""
        return not select.select([self.socket], [], [], 0)[0]

    def half_close(self):
        self.socket.shutdown(socket.SHUT_WR)

    def reset(self):
        """Over TCP with RST, as a crashed web server may."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                               struct.pack("ii", 1, 0))
        self.close()

    def close(self):
        self.socket.close()


class FastcgiStream(EventStream):
    """One request and its response, over a connection of its own or not."""

    def __init__(self, connection, target="/", method="GET", headers=None,
                 body=b"", variables=None, send=at_once, request_id=1, **form):
        self.connection = connection
        self.request_id = request_id
        self.ending = None
        self.sizes = []  # of the STDOUT records
        super().__init__(connection.socket.fileno())
        variables = variables or request_variables(target, method, headers,
                                                   body)
        send(connection, request_records(variables, body, request_id, **form))

    def _unwrap(self, data):
        return b"".join(self._take(each)
                        for each in self.connection.decoder.feed(data))

    def _take(self, each):
        if each.id != self.request_id:
            self.connection.records.append(each)
            return b""
        assert self.ending is None, "a record after the end"
        if each.kind == END_REQUEST:
            assert self.sizes[-1:] == [0], "STDOUT was not ended"
            self.ending = protocol_status(each)
            return b""
        assert 0 not in self.sizes, "STDOUT after its end"
        self.sizes.append(len(each.content))
        return each.content

    def _is_complete(self):
        return self.ending is not None

    @property
    def is_cut(self):
        """Whether it ended inside a record, or without the record that says
        so."""
        return self.ended and (self.ending is None
                               or self.connection.decoder.pending != b"")

    def wait_complete(self, seconds=DEADLINE):
        """As wait_end, and END_REQUEST says that all is well."""
        events = self.wait_end(seconds)
        assert self.ending == REQUEST_COMPLETE, repr(self)
        return events

    def next_other(self, seconds=DEADLINE):
        """The next record that belongs to no response of this request."""
        others = self.connection.records
        self._read_until(lambda: others, "another record", seconds)
        return others.popleft()

    def close(self):
        self.connection.close()

    def reset(self):
        self.connection.reset()
