# SPDX-License-Identifier: Apache-2.0
"""What tests/real/collection_test.py works with: Swift, the proxy before it, a node with dumps, kdumpd on it."""
import ctypes
import hashlib
import json
import os
import pathlib
import queue
import random
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import urllib.parse
import urllib.request
import xml.etree.ElementTree

SUPPORT = pathlib.Path(__file__).resolve().parent
HOST = SUPPORT.parent / "hosts/rhel9-ready/root"
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
KEY, SECRET = "test:node", "n0-other-text-says-this"


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def spawn(argv, stdin=None, stdout=None, stderr=None, text=None, **environment):
    return subprocess.Popen([str(word) for word in argv], env=ENVIRONMENT | environment, stdin=stdin, stdout=stdout,
                            stderr=stderr, text=text, preexec_fn=die_with_parent)


def until(what, holds, seconds=60):
    """The first value of `holds()` that is true."""
    end = time.monotonic() + seconds
    while True:
        value = holds()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.02)


def get(url, method="GET", most=600):
    """Status, headers, and an open answer."""
    try:
        return OPENER.open(urllib.request.Request(url, method=method), timeout=most)
    except urllib.error.HTTPError as error:
        return error


class Swift:
    """The real server, and its back door, by which the test sees what it really holds."""

    def __init__(self, most_parts=1000):
        self.process = spawn([SUPPORT / "swift_server.py", "--most-parts", most_parts], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, text=True)
        self.address, back, _, _ = (self.process.stdout.readline().strip() for _ in range(4))
        if not back:
            raise AssertionError("Swift does not start")
        self.back = f"http://{back}/v1/AUTH_test/"

    def make(self, bucket):
        # A busy machine may let it time out the first time.
        until(f"{bucket} is made", lambda: get(self.back + bucket, "PUT").status in (201, 202), 30)

    def names(self, bucket, prefix=""):
        text = get(f"{self.back}{bucket}?format=json&limit=10000&prefix={urllib.parse.quote(prefix)}").read()
        return sorted(item["name"] for item in json.loads(text))

    def open(self, bucket, name):
        answer = get(self.back + bucket + "/" + urllib.parse.quote(name))
        if answer.status != 200:
            raise AssertionError(f"{bucket}/{name}: HTTP status {answer.status}")
        return answer

    def text(self, bucket, name):
        return self.open(bucket, name).read()

    def uploads(self, bucket):
        """Keys of multipart uploads that are neither completed nor aborted: s3api's own markers of them."""
        # "KEY/UPLOAD" without a part's number, in BUCKET+segments.
        answer = get(f"{self.back}{bucket}%2Bsegments?format=json&limit=10000")
        names = [item["name"] for item in json.loads(answer.read())] if answer.status == 200 else []
        return [name for name in names if re.fullmatch(r".*/[A-Za-z0-9=_-]{30,}", name)]

    def end(self):
        self.process.stdin.close()
        self.process.wait(300)


class Proxy:
    """tests/support/fault_proxy.py, and the log of what it saw."""

    def __init__(self, server):
        self.process = spawn([SUPPORT / "fault_proxy.py", server], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             text=True)
        self.address = self.process.stdout.readline().strip()
        self.seen, self.held, self.acks = [], [], queue.Queue()
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        for line in self.process.stdout:
            said = json.loads(line)
            if "ack" in said:
                self.acks.put(said)
            elif "held" in said:
                self.held.append(said)
            else:
                self.seen.append(said)

    def tell(self, **command):
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        self.acks.get(timeout=10)

    def rules(self, *rules):
        self.tell(rules=list(rules))

    def matching(self, pattern, since=0):
        return [each for each in self.seen[since:] if re.search(pattern, f"{each['method']} {each['target']}")]

    def held_at(self, pattern, seconds=60):
        """Waits until what `pattern` tells of is held."""
        until(f"held: {pattern}", lambda: any(re.search(pattern, each["held"]) for each in self.held), seconds)

    def end(self):
        self.process.stdin.close()
        self.process.wait(300)


class Identity:
    """An age key."""

    def __init__(self, top):
        self.file = pathlib.Path(top) / "identity"
        subprocess.run(["age-keygen", "-o", self.file], check=True, capture_output=True)
        self.recipient = subprocess.run(["age-keygen", "-y", self.file], check=True, capture_output=True,
                                        text=True).stdout.strip()

    def digest(self, stream):
        """SHA-256 of what `stream` holds sealed."""
        age = spawn(["age", "-d", "-i", self.file], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        feeder = threading.Thread(target=lambda: (shutil.copyfileobj(stream, age.stdin), age.stdin.close()))
        feeder.start()
        digest = hashlib.sha256()
        for piece in iter(lambda: age.stdout.read(1 << 20), b""):
            digest.update(piece)
        feeder.join()
        if age.wait() != 0:
            raise AssertionError("age does not open it")
        return digest.hexdigest()


def digest_of(stream):
    digest = hashlib.sha256()
    for piece in iter(lambda: stream.read(1 << 20), b""):
        digest.update(piece)
    return digest.hexdigest()


def write_bytes(path, size, seed):
    """Bytes of no pattern, and the same for a seed."""
    source = random.Random(seed)
    with open(path, "wb") as file:
        while size > 0:
            file.write(source.randbytes(min(size, 1 << 20)))
            size -= 1 << 20


class Node:
    """A folder that is a node's root, its state directory, the configuration, and kdumpd on it."""

    def __init__(self, build, destinations, uploads="", state=None):
        self.build = pathlib.Path(build)
        self.top = pathlib.Path(tempfile.mkdtemp(prefix="kdumpd-collection."))
        self.root, self.state = self.top / "root", state or self.top / "state"
        shutil.copytree(HOST, self.root, symlinks=True)
        shutil.rmtree(self.root / "sys/fs/selinux", ignore_errors=True)
        self.state.mkdir(exist_ok=True)
        self.credentials = self.top / "credentials"
        self.credentials_are(SECRET)
        self.config, self.log = self.top / "config.yaml", self.top / "log"
        self.config.write_text(f"uploads: {{cluster: lab, pause-under-pressure: false{uploads}}}\n"
                               f"destinations: {json.dumps(destinations)}\n"
                               .replace("CREDENTIALS", str(self.credentials)))
        self.process = None

    def credentials_are(self, secret):
        fresh = self.top / "credentials.new"
        fresh.write_text(f"[default]\naws_access_key_id = {KEY}\naws_secret_access_key = {secret}\n")
        fresh.chmod(0o600)
        fresh.rename(self.credentials)

    def directory(self, number):
        return self.root / f"var/crash/127.0.0.1-2026-11-2{number // 60 % 9}-07:{number % 60:02}:03"

    @staticmethod
    def id_of(number):
        """What the crash's id begins with."""
        return f"2026112{number // 60 % 9}t07{number % 60:02}03z-"

    def crash(self, number, size, seed=None, log="hello"):
        directory = self.directory(number)
        directory.mkdir(parents=True)
        write_bytes(directory / "writing", size, number if seed is None else seed)
        (directory / "vmcore-dmesg.txt").write_text(f"[    1.000000] {log} {number}\n")
        (directory / "writing").rename(directory / "vmcore")
        return directory / "vmcore"

    def start(self, settle="1s", **environment):
        first = self.process is None
        with open(self.log, "ab") as log:
            self.process = spawn([self.build / "kdumpd", "run", f"--config.file={self.config}",
                                  f"--path.rootfs={self.root}", f"--path.state={self.state}", "--node.name=n1",
                                  "--web.listen-address=127.0.0.1:0", "--observe.interval=1s",
                                  f"--observe.settle={settle}"], stdout=log, stderr=log, **environment)
        if first:  # what is there before it has looked is of the past, and is not sent
            until("a first look", lambda: "msg=\"verdict\"" in self.log_text(), 20)

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.wait(20)

    def helpers(self):
        """Ids of kdumpd-ship's processes that the running daemon has started."""
        try:
            children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        except OSError:
            return []
        return [int(child) for child in children.split() if name_of(int(child)) == "kdumpd-ship"]

    def log_text(self):
        return self.log.read_text(errors="replace")

    def url(self, path):
        found = re.findall(r"listening=\"?http://([0-9.:]+)|listening=\"?([0-9.:]+)", self.log_text())
        return "http://" + (found[-1][0] or found[-1][1]) + path

    def api(self, path):
        return get(self.url(path)).read().decode()

    def looks(self, count):
        """Waits for so many further looks at the node; not more than one a second is counted."""
        for _ in range(count):
            before = json.loads(self.api("/api/v1/crashes"))["time"]
            until("a look", lambda: json.loads(self.api("/api/v1/crashes"))["time"] != before, 20)

    def record(self, number):
        """The text of the crash's record; "" none."""
        for path in self.state.glob(f"crashes/{self.id_of(number)}*"):
            try:
                if path.is_file():
                    return path.read_text()
            except OSError:
                pass
        return ""

    def upload(self, number, destination):
        text = self.record(number)
        try:
            return json.loads(text).get("uploads", {}).get(destination, {}) if text else {}
        except ValueError:
            return {}

    def verified(self, numbers, destinations, seconds=60):
        for number in numbers:
            for destination in destinations:
                try:
                    until("verified", lambda: self.upload(number, destination).get("state") == "verified", seconds)
                except AssertionError:
                    raise AssertionError(f"{destination}, {self.id_of(number)}: {self.upload(number, destination)}"
                                         f"\n{self.log_text()[-6000:]}") from None

    def journals(self):
        return sorted(path.name for path in self.state.glob("uploads/*"))

    def journal(self, number, destination):
        for path in self.state.glob(f"uploads/{self.id_of(number)}*.{destination}"):
            try:
                return path.read_text(errors="replace")
            except OSError:
                pass
        return None

    def end(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.top, ignore_errors=True)


def name_of(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def is_alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
