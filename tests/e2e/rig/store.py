# SPDX-License-Identifier: Apache-2.0
"""A real S3 server on the host (OpenStack Swift), which machines reach as 10.0.2.2, and its back door for us."""
import http.client
import json
import re
import subprocess
import urllib.parse
from pathlib import Path

from .processes import RigError

SERVER = Path(__file__).resolve().parents[2] / "support/swift_server.py"
CREDENTIALS = "[default]\naws_access_key_id = test:tester\naws_secret_access_key = testing\n"


class Store:
    def __init__(self, directory, buckets):
        self.directory, self.buckets = Path(directory), buckets
        self.process = None
        self.port, self.back = 0, ""

    def __enter__(self):
        self.directory.mkdir(parents=True, exist_ok=True)
        log = open(self.directory / "swift.log", "ab")  # pylint: disable=consider-using-with; it is the server's
        self.process = subprocess.Popen(["setpriv", "--pdeathsig", "TERM", "/usr/bin/python3", "-B", SERVER],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)
        log.close()
        front, self.back = (self.process.stdout.readline().strip() for _ in range(2))
        if not self.back:
            raise RigError(f"Swift does not start: see {self.directory / 'swift.log'}")
        self.port = int(front.rsplit(":", 1)[1])
        for bucket in self.buckets:
            self._ask("PUT", f"/{bucket}")
        return self

    def __exit__(self, *_):
        self.process.stdin.close()  # which ends it
        self.process.wait(timeout=60)

    def endpoint(self):
        """As a machine reaches it."""
        return f"http://10.0.2.2:{self.port}"

    def _ask(self, method, path):
        connection = http.client.HTTPConnection(self.back, timeout=60)
        try:
            connection.request(method, "/v1/AUTH_test" + urllib.parse.quote(path, safe="/?=&"))
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        if answer.status >= 300 and answer.status != 404:
            raise RigError(f"Swift: {method} {path}: {answer.status}")
        return body if answer.status != 404 else None

    def _list(self, container):
        return json.loads(self._ask("GET", f"/{container}?format=json") or "[]")

    def objects(self, bucket):
        """When each was written, by name, in the order in which that was: ISO 8601 with microseconds."""
        written = {entry["name"]: entry["last_modified"] for entry in self._list(bucket)}
        return dict(sorted(written.items(), key=lambda each: each[1]))

    def parts(self, bucket):
        """Of all multipart uploads, finished or not: upload id and number -> size and when it was written."""
        found = {}
        for entry in self._list(f"{bucket}+segments"):
            place = re.fullmatch(r".*/([^/]+)/(\d+)", entry["name"])
            if place:
                found[(place.group(1), int(place.group(2)))] = (entry["bytes"], entry["last_modified"])
        return found

    def uploads(self, bucket):
        """Those that are under way, or were left."""
        return [entry["name"] for entry in self._list(f"{bucket}+segments") if not re.fullmatch(r".*/[^/]+/\d+", entry["name"])]

    def download(self, bucket, name, local):
        body = self._ask("GET", f"/{bucket}/{name}")
        if body is None:
            raise RigError(f"Swift has no {name}")
        Path(local).write_bytes(body)
        return Path(local)

    def text(self, bucket, name):
        return (self._ask("GET", f"/{bucket}/{name}") or b"").decode()

