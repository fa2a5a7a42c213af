#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""A proxy for plain HTTP/1.1 on loopback that does to requests what networks and servers do to them.

fault_proxy.py HOST:PORT

Between its clients and the server at HOST:PORT. Prints its own address, then one JSON object a line for each
request that it saw the end of: time, method, target, bytes of the body that came, fault (null: none), status
that the client was told (null: none), reached (the server was given all of it).
Reads one JSON object a line from its standard input, answers each with {"ack": N}, and ends with it:
  {"rules": [{"match": REGEX of "METHOD TARGET", "fault": NAME, "skip": 0, "times": 1, ...}]}  first that fits
  {"chance": {"seed": 1, "rate": 0.1, "faults": [NAME, ...]}}  of what no rule fits; rate 0 ends it.
      Never a lying_200 to a question or a removal
Faults; none holds a body in memory:
  reset_body    half of the body passes, then both connections break
  reset_answer  the server does it, and its answer is lost
  500, 503      the server is not asked; "retry_after" seconds
  stall         half of the body passes, then nothing for "seconds"
  wrong_etag    of the answer
  lying_200     the server is not asked; 200 and the right MD5 as ETag
  expired, skewed   403 ExpiredToken, RequestTimeTooSkewed; the server is not asked
  hold          is kept waiting, before the server is asked, until other rules come or the client goes
  hold_answer   the same of the answer, when the server has done it
Of what is held a line says so at once: {"held": "METHOD TARGET", "fault": NAME}.
"""
import ctypes
import email.utils
import hashlib
import json
import random
import re
import select
import signal
import socket
import struct
import sys
import threading
import time

PIECE = 64 << 10
MOST_HEAD = 64 << 10
REFUSALS = {"500": (500, "InternalError"), "503": (503, "SlowDown"), "expired": (403, "ExpiredToken"),
            "skewed": (403, "RequestTimeTooSkewed")}


class Broken(Exception):
    """A connection that ended, or is to end."""


class Stream:
    """One end of a connection, with what was read too far."""

    def __init__(self, sock):
        self.sock, self.rest = sock, b""
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.settimeout(120)

    def some(self, most=PIECE):
        piece, self.rest = (self.rest[:most], self.rest[most:]) if self.rest else (self.sock.recv(most), b"")
        if not piece:
            raise Broken
        return piece

    def until(self, mark):
        while mark not in self.rest:
            if len(self.rest) > MOST_HEAD:
                raise Broken
            piece = self.sock.recv(PIECE)
            if not piece:
                raise Broken
            self.rest += piece
        head, self.rest = self.rest.split(mark, 1)
        return head + mark

    def reset(self):
        try:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except OSError:
            pass
        self.sock.close()


def headers_of(head):
    lines = head.decode("latin-1").split("\r\n")
    return lines[0], {name.strip().lower(): value.strip()
                      for name, _, value in (line.partition(":") for line in lines[1:] if line)}


class Plan:
    """What is to be done to the next request."""

    def __init__(self):
        self.lock, self.version = threading.Lock(), 0
        self.rules, self.rate, self.faults, self.random = [], 0, [], random.Random(0)

    def take(self, command):
        with self.lock:
            self.version += 1
            if "rules" in command:
                self.rules = command["rules"]
            if "chance" in command:
                chance = command["chance"]
                self.rate, self.faults = chance["rate"], chance.get("faults", [])
                self.random = random.Random(chance.get("seed", 0))

    def fault_for(self, request):
        with self.lock:
            for rule in self.rules:
                if rule.get("times", 1) <= 0 or not re.search(rule["match"], request):
                    continue
                if rule.get("skip", 0) > 0:
                    rule["skip"] -= 1
                    continue
                rule["times"] = rule.get("times", 1) - 1
                return dict(rule)
            if self.rate and self.random.random() < self.rate:
                fault = self.random.choice(self.faults)
                asks = fault == "lying_200" and request.startswith(("GET", "HEAD", "DELETE"))
                return {"fault": None if asks else fault, "seconds": 0.3}
            return {"fault": None}


class Exchange:
    """One request and its answer."""

    def __init__(self, proxy, client):
        self.proxy, self.client = proxy, client
        self.head = client.until(b"\r\n\r\n")
        line, self.headers = headers_of(self.head)
        self.method, self.target, _ = line.split(" ", 2)
        self.length = int(self.headers.get("content-length", 0))
        self.came, self.status, self.reached = 0, None, False
        self.rule = proxy.plan.fault_for(f"{self.method} {self.target}")
        self.fault = self.rule["fault"]

    def run(self):
        try:
            if self.fault == "hold":
                self.hold()
            if self.fault in REFUSALS or self.fault == "lying_200":
                self.refuse()
            else:
                self.forward()
        finally:
            self.proxy.say({"time": time.time(), "method": self.method, "target": self.target,
                            "bytes": self.came, "fault": self.fault, "status": self.status,
                            "reached": self.reached})

    def hold(self):
        before = self.proxy.plan.version  # whoever is told may send other rules at once
        self.proxy.say({"held": f"{self.method} {self.target}", "fault": self.fault})
        ended = select.poll()
        ended.register(self.client.sock, select.POLLRDHUP | select.POLLERR | select.POLLHUP)
        while self.proxy.plan.version == before:
            if ended.poll(20):
                raise Broken  # whoever asked is gone, and so is what it asked

    def body(self, most):
        while self.came < most:
            piece = self.client.some(min(PIECE, most - self.came))
            self.came += len(piece)
            yield piece

    def refuse(self):
        md5 = hashlib.md5(usedforsecurity=False)
        for piece in self.body(self.length):
            md5.update(piece)
        extra, text = "", b""
        if self.fault == "lying_200":
            self.status, extra = 200, f'ETag: "{md5.hexdigest()}"\r\n'
        else:
            self.status, code = REFUSALS[self.fault]
            text = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>by the proxy</Message></Error>".encode()
        if "retry_after" in self.rule:
            extra += f"Retry-After: {self.rule['retry_after']}\r\n"
        answer = (f"HTTP/1.1 {self.status} Said\r\nDate: {email.utils.formatdate(usegmt=True)}\r\n{extra}"
                  f"Content-Length: {len(text)}\r\n\r\n").encode()
        self.client.sock.sendall(answer + (b"" if self.method == "HEAD" else text))

    def forward(self):
        server = Stream(socket.create_connection(self.proxy.server, 30))
        try:
            server.sock.sendall(self.head)
            half = self.length // 2
            for piece in self.body(half):
                server.sock.sendall(piece)
            if self.fault == "reset_body":
                raise Broken
            if self.fault == "stall":
                time.sleep(self.rule.get("seconds", 3))
            for piece in self.body(self.length):
                server.sock.sendall(piece)
            self.reached = True
            self.answer(server)
        finally:
            server.reset()

    def answer(self, server):
        head = server.until(b"\r\n\r\n")
        line, headers = headers_of(head)
        if self.fault == "wrong_etag":
            head = re.sub(rb'(?i)(\r\netag: "?)[0-9a-f]{32}', rb"\g<1>" + b"0" * 32, head)
        # One connection to the server for each request: it is closed here and not by the client.
        head = re.sub(rb"(?i)\r\nconnection:[^\r]*", b"", head)
        if self.fault == "hold_answer":
            self.hold()
        lost = self.fault == "reset_answer"
        if not lost:
            self.status = int(line.split(" ")[1])
            self.client.sock.sendall(head)
        bodiless = self.method == "HEAD" or line.split(" ")[1] in ("204", "304")
        for piece in () if bodiless else answer_body(server, headers):
            if not lost:
                self.client.sock.sendall(piece)
        if lost:
            raise Broken


def answer_body(server, headers):
    if headers.get("transfer-encoding", "").lower() == "chunked":
        while True:
            size = server.until(b"\r\n")
            yield size
            left = int(size.split(b";")[0], 16) + 2
            last = left == 2
            while left:
                piece = server.some(min(PIECE, left))
                left -= len(piece)
                yield piece
            if last:
                return
    left = int(headers.get("content-length", 0))
    while left:
        piece = server.some(min(PIECE, left))
        left -= len(piece)
        yield piece


class Proxy:
    def __init__(self, server):
        host, port = server.rsplit(":", 1)
        self.server, self.plan, self.speaking = (host, int(port)), Plan(), threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)

    def say(self, what):
        with self.speaking:
            print(json.dumps(what) if isinstance(what, dict) else what, flush=True)

    def serve(self, sock):
        client = Stream(sock)
        try:
            while True:
                Exchange(self, client).run()
        except (Broken, OSError, ValueError):
            client.reset()

    def accept(self):
        while True:
            sock, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(sock,), daemon=True).start()

    def run(self):
        self.say("127.0.0.1:%d" % self.listener.getsockname()[1])
        threading.Thread(target=self.accept, daemon=True).start()
        for number, line in enumerate(sys.stdin):
            self.plan.take(json.loads(line))
            self.say({"ack": number})


if __name__ == "__main__":
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    Proxy(sys.argv[1]).run()
