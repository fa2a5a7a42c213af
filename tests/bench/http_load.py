# SPDX-License-Identifier: Apache-2.0
"""One scraper or a crowd of them over plain sockets, and a server that does nothing: what the client itself costs.

http.client would take longer over an answer's headers than the servers take over the answer."""
import selectors
import socket
import sys
import time


class Answer:
    """The bytes of one answer as they arrive."""

    def __init__(self):
        self.head = None
        self.body = b""
        self.length = None  # chunked

    def feed(self, data):
        """True when it is complete."""
        self.body += data
        if self.head is None:
            end = self.body.find(b"\r\n\r\n")
            if end < 0:
                return False
            self.head, self.body = self.body[:end], self.body[end + 4 :]
            self.length = content_length(self.head)
        if self.length is None:
            return self.body.endswith(b"\r\n0\r\n\r\n")
        return len(self.body) >= self.length

    @property
    def good(self):
        return self.head is not None and self.head.startswith(b"HTTP/1.1 200 ")

    @property
    def wire_bytes(self):
        return len(self.head) + 4 + len(self.body)


def content_length(head):
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return None


def request_bytes(path, keep_alive, gzip=False):
    return (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/plain\r\n"
        f"Accept-Encoding: {'gzip' if gzip else 'identity'}\r\n"
        f"Connection: {'keep-alive' if keep_alive else 'close'}\r\n\r\n"
    ).encode()


class Client:
    """Asks one server for one path. Without keep_alive each request is a connection of its own."""

    def __init__(self, port, path, keep_alive, gzip=False):
        self.port = port
        self.keep_alive = keep_alive
        self.socket = None
        self.request = request_bytes(path, keep_alive, gzip)

    def get(self):
        """(seconds from connect or send to the last byte, Answer)."""
        begin = time.perf_counter()
        if self.socket is None:
            self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=10)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(self.request)
        answer = Answer()
        while not answer.feed(self._more()):
            pass
        seconds = time.perf_counter() - begin
        if not self.keep_alive:
            self.close()
        if not answer.good:
            raise ConnectionError(f"port {self.port} answered {answer.head[:60]!r}")
        return seconds, answer

    def close(self):
        if self.socket is not None:
            self.socket.close()
        self.socket = None

    def _more(self):
        data = self.socket.recv(1 << 18)
        if not data:
            raise ConnectionError(f"port {self.port} closed the connection within an answer")
        return data


class Scraper:
    """One of a crowd: at every moment one request of it is outstanding."""

    def __init__(self, crowd, number):
        self.crowd = crowd
        # An address of its own, as scrapers have: a server may limit how many connections one address gets.
        self.address = f"127.0.1.{number + 1}"
        self.socket = None
        self.answered = 0

    def ask(self):
        self.begin = time.perf_counter()
        self.answer = Answer()
        if self.socket is None:
            self.socket = socket.socket()
            self.socket.setsockopt(socket.IPPROTO_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.socket.bind((self.address, 0))
            # Loopback: done at once, by the kernel, also while the server does not accept.
            self.socket.connect(("127.0.0.1", self.crowd.port))
            self.crowd.selector.register(self.socket, selectors.EVENT_READ, self)
        self.socket.sendall(self.crowd.request)

    def read(self):
        data = self.socket.recv(1 << 18)
        if not data:
            raise ConnectionError(f"port {self.crowd.port} closed the connection of {self.address} without an answer")
        if not self.answer.feed(data):
            return
        self.crowd.times.append(time.perf_counter() - self.begin)
        self.crowd.bytes += self.answer.wire_bytes
        self.answered += 1
        if not self.answer.good:
            raise ConnectionError(f"port {self.crowd.port} answered {self.answer.head[:60]!r}")
        if not self.crowd.keep_alive:
            self.close()
        self.ask()

    def close(self):
        if self.socket is not None:
            self.crowd.selector.unregister(self.socket)
            self.socket.close()
        self.socket = None


class Crowd:
    """`count` scrapers of one server in this one thread, for `requests` answers altogether."""

    def __init__(self, port, path, count, keep_alive):
        self.port = port
        self.keep_alive = keep_alive
        self.request = request_bytes(path, keep_alive)
        self.selector = selectors.DefaultSelector()
        self.times = []  # seconds of each answer
        self.bytes = 0  # of all of them, heads included
        self.scrapers = [Scraper(self, number) for number in range(count)]

    def run(self, requests):
        """Seconds that it took."""
        begin = time.perf_counter()
        try:
            for scraper in self.scrapers:
                scraper.ask()
            while len(self.times) < requests:
                events = self.selector.select(10)
                if not events:
                    raise ConnectionError(f"port {self.port} said nothing for 10 s")
                for key, _ in events:
                    key.data.read()
            return time.perf_counter() - begin
        finally:
            for scraper in self.scrapers:
                scraper.close()
            self.selector.close()

    def served(self):
        """How many got an answer at all."""
        return sum(1 for scraper in self.scrapers if scraper.answered)


def serve_nothing(port):
    selector = selectors.DefaultSelector()
    listener = socket.create_server(("127.0.0.1", port), backlog=128)
    selector.register(listener, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            if key.fileobj is listener:
                connection, _ = listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                selector.register(connection, selectors.EVENT_READ)
            elif not answer_nothing(key.fileobj):
                selector.unregister(key.fileobj)
                key.fileobj.close()


def answer_nothing(connection):
    """False at its end."""
    try:
        if not connection.recv(4096):
            return False
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        return True
    except ConnectionError:
        return False


if __name__ == "__main__":
    serve_nothing(int(sys.argv[1]))
