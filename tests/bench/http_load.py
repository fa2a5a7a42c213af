# SPDX-License-Identifier: Apache-2.0
"""One request at a time over a plain socket, and a server that does nothing: what the client itself costs.

http.client would take longer over an answer's headers than the servers take over the answer."""
import socket
import sys
import time


class Client:
    """Asks one server for one path. Without keep_alive each request is a connection of its own."""

    def __init__(self, port, path, keep_alive, gzip=False):
        self.port = port
        self.keep_alive = keep_alive
        self.socket = None
        self.request = (
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/plain\r\n"
            f"Accept-Encoding: {'gzip' if gzip else 'identity'}\r\n"
            f"Connection: {'keep-alive' if keep_alive else 'close'}\r\n\r\n"
        ).encode()

    def get(self):
        """(seconds from connect or send to the last byte, answer's head, body as it came)."""
        begin = time.perf_counter()
        if self.socket is None:
            self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=10)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(self.request)
        head, body = self._answer()
        seconds = time.perf_counter() - begin
        if not self.keep_alive:
            self.close()
        if not head.startswith(b"HTTP/1.1 200 "):
            raise ConnectionError(f"port {self.port} answered {head[:60]!r}")
        return seconds, head, body

    def close(self):
        if self.socket is not None:
            self.socket.close()
        self.socket = None

    def _answer(self):
        data = b""
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._more()
        head, body = data[:end], data[end + 4 :]
        length = content_length(head)
        if length is None:  # chunked
            while not body.endswith(b"\r\n0\r\n\r\n"):
                body += self._more()
        else:
            while len(body) < length:
                body += self._more()
        return head, body

    def _more(self):
        data = self.socket.recv(1 << 18)
        if not data:
            raise ConnectionError(f"port {self.port} closed the connection within an answer")
        return data


def content_length(head):
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return None


def serve_nothing(port):
    listener = socket.create_server(("127.0.0.1", port))
    while True:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while connection.recv(4096):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        connection.close()


if __name__ == "__main__":
    serve_nothing(int(sys.argv[1]))
