"""A server that answers as a test has written down, request by request."""

import socket
import ssl
import threading
from pathlib import Path

from fastcgi_servers import make_certificate

STREAM = (b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
          b"Connection: close\r\n\r\n")


def stream(*blocks):
    """The answer of a stream that then ends."""
    return STREAM + "".join(block + "\n\n" for block in blocks).encode()


def answer(status, text="", *fields, kind="text/plain; charset=utf-8"):
    lines = [f"HTTP/1.1 {status} X", f"Content-Type: {kind}",
             f"Content-Length: {len(text)}", "Connection: close", *fields]
    return ("\r\n".join(lines) + "\r\n\r\n" + text).encode()


class Certificate:
    """One that nobody has signed, of localhost."""

    def __init__(self, folder):
        folder = Path(folder)
        make_certificate(folder)
        self.path = folder / "cert.pem"
        self.key = folder / "key.pem"

    def context(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path, self.key)
        return context


NO_STREAM_LEFT = b"HTTP/1.1 204 No Content\r\n\r\n"


class Hub:
    """Each connection gets the next answer, the last one again and again. An
    answer is bytes, after which the connection is closed, or a function that
    gets the connection."""

    def __init__(self, *answers, context=None):
        self.answers = list(answers)
        self.context = context
        self.requests = []  # head and body of each
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.url = f"http{'s' if context else ''}://127.0.0.1:{self.port}/"
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self):
        n = 0
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            given = self.answers[min(n, len(self.answers) - 1)]
            n += 1
            threading.Thread(target=self._answer, daemon=True,
                             args=(connection, given)).start()

    def _read(self, connection):
        data = b""
        while b"\r\n\r\n" not in data:
            more = connection.recv(65536)
            if not more:
                return
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        fields = dict(line.lower().split(": ", 1)
                      for line in head.decode().split("\r\n")[1:])
        while len(body) < int(fields.get("content-length", 0)):
            body += connection.recv(65536)
        self.requests.append((head.decode(), body))

    def _answer(self, connection, given):
        try:
            if self.context:
                connection = self.context.wrap_socket(connection,
                                                      server_side=True)
            with connection:
                self._read(connection)
                if callable(given):
                    given(connection)
                else:
                    connection.sendall(given)
        except (OSError, ssl.SSLError):
            pass

    def heads(self):
        return [head for head, _ in self.requests]

    def stop(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()
