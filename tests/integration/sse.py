"""A parser of event streams, written from WHATWG HTML 9.2.5 and 9.2.6."""

from dataclasses import dataclass


@dataclass
class Event:
    type: str
    data: str
    id: str


@dataclass
class Comment:
    text: str


class Parser:
    """Feed it bytes; it returns the events and comments they completed."""

    def __init__(self):
        self.pending = b""
        self.at_start = True
        self.after_cr = False
        self.last_event_id = ""
        self.retries = []
        self.fields = []
        self._reset()

    def _reset(self):
        self.data = []
        self.type = ""

    def feed(self, data):
        found = []
        for line in self._lines(data):
            item = self._line(line.decode("utf-8", "replace"))
            if item is not None:
                found.append(item)
        return found

    def _lines(self, data):
        if self.after_cr and data:
            if data.startswith(b"\n"):
                data = data[1:]
            self.after_cr = False
        data = self.pending + data
        self.after_cr = data.endswith(b"\r")
        lines = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        self.pending = lines.pop()
        if self.at_start and lines:
            self.at_start = False
            if lines[0].startswith(b"\xef\xbb\xbf"):
                lines[0] = lines[0][3:]
        return lines

    def _line(self, line):
        if line == "":
            return self._dispatch()
        if line.startswith(":"):
            return Comment(line[1:])
        name, colon, value = line.partition(":")
        if value.startswith(" "):
            value = value[1:]
        self._field(name, value)
        return None

    def _field(self, name, value):
        self.fields.append((name, value))
        if name == "event":
            self.type = value
        elif name == "data":
            self.data.append(value)
        elif name == "id" and "\0" not in value:
            self.last_event_id = value
        elif name == "retry" and value.isascii() and value.isdigit():
            self.retries.append(int(value))

    def _dispatch(self):
        event = None
        if self.data:
            event = Event(self.type or "message", "\n".join(self.data),
                          self.last_event_id)
        self._reset()
        return event


def parse(data):
    """The events of a whole stream."""
    return [item for item in Parser().feed(data) if isinstance(item, Event)]


def data_of(events):
    return [event.data for event in events]


def said(events):
    """All of them, to compare them with those of another stream."""
    return [(event.type, event.data, event.id) for event in events]
