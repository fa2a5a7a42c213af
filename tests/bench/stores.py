# SPDX-License-Identifier: Apache-2.0
"""Stores that uploads are measured against, each a real server on loopback, and programs that upload."""
import datetime
import hashlib
import hmac
import http.client
import json
import os
import subprocess
import urllib.parse

from servers import Server

HERE = os.path.dirname(os.path.abspath(__file__))
ACCESS, SECRET, REGION, BUCKET = "test:tester", "testing", "us-east-1", "bench"
# What is between this machine and the servers of others is not between the programs and these.
CLEARED = ("AWS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "http_proxy", "https_proxy",
           "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "AWS_PROFILE", "AWS_SESSION_TOKEN")  # fmt: skip


def ask(address, method, path, headers=None):
    """Status, headers and body of one answer."""
    connection = http.client.HTTPConnection(address, timeout=60)
    connection.request(method, urllib.parse.quote(path, safe="/?=&"), headers=headers or {})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, answer.headers, body


def signed(method, host, path, sha256):
    """The headers of Signature Version 4 for a request without a query."""
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    headers = {"host": host, "x-amz-content-sha256": sha256, "x-amz-date": now}
    names = ";".join(headers)
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    request = "\n".join([method, path, "", lines, names, sha256])
    scope = f"{now[:8]}/{REGION}/s3/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", now, scope, hashlib.sha256(request.encode()).hexdigest()])
    key = ("AWS4" + SECRET).encode()
    for part in (now[:8], REGION, "s3", "aws4_request", text):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    del headers["host"]
    headers["Authorization"] = f"AWS4-HMAC-SHA256 Credential={ACCESS}/{scope}, SignedHeaders={names}, Signature={key.hex()}"
    return headers


class Swift:
    """S3 as OpenStack Swift speaks it: checks signatures and payload hashes, and reads all with Python."""

    name = "Swift's S3, http"

    def __init__(self):
        self.process = subprocess.Popen(["/usr/bin/python3", "-B", os.path.join(HERE, "../support/swift_server.py")],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # fmt: skip
        self.address = self.process.stdout.readline().strip()
        self.back = self.process.stdout.readline().strip()
        status, _, _ = ask(self.back, "PUT", f"/v1/AUTH_test/{BUCKET}")
        if status not in (201, 202):
            raise SystemExit(f"bench: Swift made no bucket: status {status}")

    def forget(self):
        """All objects, and the parts that they are made of."""
        for container in (BUCKET, f"{BUCKET}+segments"):
            status, _, body = ask(self.back, "GET", f"/v1/AUTH_test/{container}?format=json")
            for entry in json.loads(body) if status == 200 else []:
                ask(self.back, "DELETE", f"/v1/AUTH_test/{container}/{entry['name']}")

    def held(self):
        """The bytes of each large object."""
        _, _, body = ask(self.back, "GET", f"/v1/AUTH_test/{BUCKET}?format=json")
        names = [entry["name"] for entry in json.loads(body)]
        sizes = [int(ask(self.back, "HEAD", f"/v1/AUTH_test/{BUCKET}/{name}")[1]["Content-Length"]) for name in names]
        return [size for size in sizes if size >= 1 << 20]

    def target(self):
        return {"url": f"s3://{BUCKET}", "endpoint": f"http://{self.address}", "path-style": 1}

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


class Sink:
    """nginx that takes PUT: it checks nothing and says no digest, and costs next to nothing."""

    name = "nginx, http PUT"

    def __init__(self, directory):
        self.store = os.path.join(directory, "sink")
        os.makedirs(self.store)
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        temporary = " ".join(f"{kind}_temp_path {directory}/nginx-{kind};" for kind in kinds)
        conf = os.path.join(directory, "nginx.conf")
        self.server = Server("nginx", ["/usr/sbin/nginx", "-c", conf, "-e", "stderr"], "/ready", os.path.join(directory, "nginx.log"))
        with open(conf, "w", encoding="ascii") as file:
            file.write(f"daemon off; master_process off; pid {directory}/nginx.pid; error_log stderr;\nevents {{}}\nhttp {{\n"
                       f"{temporary} access_log off; client_max_body_size 0; root {self.store};\n"
                       f"server {{ listen 127.0.0.1:{self.server.port};\n"
                       "location = /ready { return 200; }\n"
                       "location / { dav_methods PUT DELETE MKCOL MOVE; create_full_put_path on; } } }\n")  # fmt: skip
        self.server.start()
        self.address = f"127.0.0.1:{self.server.port}"

    def _files(self):
        return [os.path.join(top, name) for top, _, names in os.walk(self.store) for name in names]

    def forget(self):
        for path in self._files():
            os.unlink(path)

    def held(self):
        return [size for size in map(os.path.getsize, self._files()) if size >= 1 << 20]

    def target(self):
        return {"url": f"http://{self.address}"}

    def stop(self):
        self.server.stop()


def escaped(value):
    """As daemon/core/field_line.cc writes it."""
    return "".join(chr(byte) if 0x20 < byte < 0x7F and byte not in b"%=" else f"%{byte:02x}" for byte in str(value).encode())


def line(word, fields):
    return " ".join([word, *(f"{key}={escaped(value)}" for key, value in fields.items())]) + "\n"


def write_job(path, target, recipient):
    """What kdumpd asks of kdumpd-ship (daemon/core/upload_job.h)."""
    full = {"name": "bench", "region": REGION, "part": 0, "parts": 10000, "bandwidth": 0, **target}
    text = line("job", {"task": "whole", "prefix": "lab/node/crash", "seal": 0, "pressure": 0})
    text += line("target", full)
    text += line("recipient", {"key": recipient}) if recipient else ""
    text += line("object", {"name": "vmcore", "small": 0})
    for name, value in (("AWS_ACCESS_KEY_ID", ACCESS), ("AWS_SECRET_ACCESS_KEY", SECRET)):
        text += line("environment", {"name": name, "value": value})
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
