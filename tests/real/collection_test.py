#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""collection_test.py BUILD [SCENARIO...]: nothing that kdumpd sends is lost, and nothing is doubled.

`kdumpd run` of the build directory, against a real S3 server (Swift) behind a proxy that breaks, lies and stalls.
KDUMPD_LONG=1: larger dumps. KDUMPD_SEED: the seed of what is random, which is printed. Exit 77: cannot run here.
"""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import collection  # noqa: E402
from collection import Identity, Node, Proxy, Swift, digest_of, is_alive, name_of, until, write_bytes  # noqa: E402

BUCKET = "dumps"
MIB = 1 << 20
LONG = os.environ.get("KDUMPD_LONG") == "1"
SEED = int(os.environ.get("KDUMPD_SEED") or int.from_bytes(os.urandom(3), "big"))


class Lab:
    """What one scenario has for itself; ended by end()."""

    def __init__(self, build, swift, name):
        self.build, self.swift, self.name = build, swift, name
        self.top = pathlib.Path(tempfile.mkdtemp(prefix="kdumpd-lab."))
        self.identity = Identity(self.top)
        self.proxy = Proxy(swift.address)
        self.nodes, self.said = [], []

    def say(self, text):
        self.said.append(f"  {text}")

    def target(self, where, **more):
        """Of a destination whose objects are below SCENARIO/WHERE/; sealed where it says so."""
        target = {"url": f"s3://{BUCKET}/{self.name}/{where}", "endpoint": f"http://{self.proxy.address}",
                  "path-style": True, "credentials-file": "CREDENTIALS", "part-size": "5MiB", "most-parts": 1000}
        if where.startswith("sealed"):
            target["recipients"] = [self.identity.recipient]
        return target | more

    def node(self, destinations, **options):
        self.nodes.append(Node(self.build, destinations, **options))
        return self.nodes[-1]

    def names(self, where):
        return self.swift.names(BUCKET, f"{self.name}/{where}/")

    def end(self):
        for node in self.nodes:
            node.end()
        self.proxy.end()
        shutil.rmtree(self.top, ignore_errors=True)

    def prefix_of(self, where, number):
        found = {name.rsplit("/", 1)[0] for name in self.names(where) if f"/{Node.id_of(number)}" in name}
        assert len(found) == 1, f"{where}: one prefix for {Node.id_of(number)}, got {found}"
        return found.pop()

    def check(self, node, dumps, wheres, still=()):
        """Each dump (number: path) is at each destination, once, whole, proven; and nothing else is. Those of
        `still` are not done."""
        expected = []
        for where in wheres:
            for number, path in dumps.items():
                expected += self.check_one(node, number, path, where)
            names = self.names(where)
            mine = [name for name in expected if name.startswith(f"{self.name}/{where}/")]
            assert names == sorted(mine), f"{where}: expected {sorted(mine)}, got {names}"
        until("no journal stays", lambda: not [name for name in node.journals() if not name.endswith(
            tuple(f".{where}" for where in still))], 10)
        stale = self.stale()
        assert not stale, f"multipart uploads that nobody wants: {stale}"

    def stale(self):
        return [key for key in self.swift.uploads(BUCKET) if key.startswith(f"{self.name}/")]

    def check_one(self, node, number, path, where):
        sealed = where.startswith("sealed")
        dump = "vmcore.age" if sealed else "vmcore"
        prefix = self.prefix_of(where, number)
        manifest = json.loads(self.swift.text(BUCKET, f"{prefix}/manifest.json"))
        objects = {each["name"]: each for each in manifest["objects"]}
        assert set(objects) == {"report.json", "vmcore-dmesg.txt", dump}, objects
        with path.open("rb") as file:
            plain = digest_of(file)
        for name, each in objects.items():
            stored = digest_of(self.swift.open(BUCKET, f"{prefix}/{name}"))
            assert stored == each["stored_sha256"], f"{prefix}/{name} is not what the manifest says"
        opened = self.swift.open(BUCKET, f"{prefix}/{dump}")
        got = self.identity.digest(opened) if sealed else digest_of(opened)
        assert got == plain, f"{prefix}/{dump} is not the dump"
        assert objects[dump]["plain_sha256"] == plain and objects[dump]["plain_bytes"] == path.stat().st_size
        record = node.upload(number, where)
        assert record["state"] == "verified" and dump in record["objects"], record
        return [f"{prefix}/{name}" for name in (*objects, "manifest.json")]

    def manifest_last(self, where, number):
        """Nothing was changed below its prefix after the manifest was there."""
        changes = [each for each in self.proxy.matching(f"^(PUT|POST|DELETE) .*/{where}/.*/{Node.id_of(number)}")
                   if each["reached"]]
        assert "/manifest.json" in changes[-1]["target"], changes[-1]
        assert any("/vmcore" in each["target"] for each in changes)


# Name, what is asked, and what is done to it, once for each destination.
PART = r"/vmcore(\.age)?\?partNumber=2"
FAULTS = [
    ("reset in the body of a part", "PUT", PART, {"fault": "reset_body"}),
    ("the answer to a part is lost", "PUT", PART, {"fault": "reset_answer"}),
    ("500 to a part", "PUT", PART, {"fault": "500"}),
    ("503 SlowDown to a part", "PUT", PART, {"fault": "503", "retry_after": 2}),
    ("a part stalls", "PUT", PART, {"fault": "stall", "seconds": 3}),
    ("wrong ETag of a part", "PUT", PART, {"fault": "wrong_etag"}),
    ("200 to a part that nobody stored", "PUT", PART, {"fault": "lying_200"}),
    ("expired token", "PUT", PART, {"fault": "expired"}),
    ("clock refused", "PUT", PART, {"fault": "skewed"}),
    ("the answer to the beginning is lost", "POST", r"\?uploads=", {"fault": "reset_answer"}),
    ("the answer to the completion is lost", "POST", r"\?uploadId=", {"fault": "reset_answer"}),
    ("200 to a completion that nobody did", "POST", r"\?uploadId=", {"fault": "lying_200"}),
    ("500 to the completion", "POST", r"\?uploadId=", {"fault": "500"}),
    ("wrong ETag of the whole", "HEAD", r"/vmcore(\.age)?$", {"fault": "wrong_etag"}),
    ("200 to a log that nobody stored", "PUT", "/vmcore-dmesg.txt", {"fault": "lying_200"}),
    ("200 to a manifest that nobody stored", "PUT", "/manifest.json", {"fault": "lying_200"}),
    ("the answer to the manifest is lost", "PUT", "/manifest.json", {"fault": "reset_answer"}),
]


def each_fault(lab):
    wheres = ["clear", "sealed"]
    node = lab.node({where: lab.target(where) for where in wheres})
    lab.proxy.rules(*[rule | {"match": f"^{method} .*/{where}/.*/{Node.id_of(number)}[0-9a-f]*.*{match}"}
                      for number, (_, method, match, rule) in enumerate(FAULTS) for where in wheres])
    node.start()
    dumps = {number: node.crash(number, 12 * MIB) for number in range(len(FAULTS))}
    node.verified(dumps, wheres, 120)
    for number, (name, method, _, rule) in enumerate(FAULTS):
        for where in wheres:
            hits = [each for each in lab.proxy.matching(f"^{method} .*/{where}/.*/{Node.id_of(number)}")
                    if each["fault"] == rule["fault"]]
            assert len(hits) == 1, f"{name}: was to happen once, did {len(hits)} times"
            first = [each for each in lab.proxy.matching(f"/{where}/.*/{Node.id_of(number)}.*partNumber=1&")
                     if each["reached"]]
            assert len(first) == 1, f"{name}: the first part was sent {len(first)} times"
            lab.manifest_last(where, number)
    lab.check(node, dumps, wheres)
    lab.say(f"{len(FAULTS)} faults at 2 destinations, each part that was there sent once")


def refuses_to_wait_for_others(lab):
    """A destination that is down holds up no other, and what asks for time gets it."""
    node = lab.node({"down": {"url": "http://127.0.0.1:1/x"}, "clear": lab.target("clear"),
                     "sealed": lab.target("sealed")})
    lab.proxy.rules({"match": "PUT .*/sealed/.*partNumber=2", "fault": "503", "retry_after": 14})
    node.start()
    dumps = {1: node.crash(1, 12 * MIB)}
    began = time.monotonic()
    node.verified(dumps, ["clear"])
    took = time.monotonic() - began
    until("the other is down", lambda: node.upload(1, "down").get("problem") == "unreachable", 30)
    node.verified(dumps, ["sealed"])
    seen = lab.proxy.matching("/sealed/")
    at = next(i for i, each in enumerate(seen) if each["fault"] == "503")
    waited = seen[at + 1]["time"] - seen[at]["time"]
    assert waited >= 14, f"Retry-After: 14, and another request after {waited:.1f} s"
    lab.check(node, dumps, ["clear", "sealed"], still=["down"])
    lab.say(f"beside one that is down verified {took:.1f} s after the crash; Retry-After 14: {waited:.1f} s")


def goes_on_where_it_stopped(lab):
    """SIGTERM in the middle of a slow upload."""
    node = lab.node({"sealed": lab.target("sealed", bandwidth="3MiB")})
    node.start()
    dumps = {1: node.crash(1, 23 * MIB)}
    until("two parts are there", lambda: "part number=2 " in (node.journal(1, "sealed") or ""))
    helpers = until("a helper", node.helpers)
    began = time.monotonic()
    node.process.send_signal(signal.SIGTERM)
    until("all are gone", lambda: node.process.poll() is not None and not any(map(is_alive, helpers)), 10)
    took = time.monotonic() - began
    assert took < 5, f"it took {took:.2f} s"
    assert node.process.returncode == 0, node.process.returncode
    known = set(re.findall(r"part number=(\d+) ", node.journal(1, "sealed")))
    before = len(lab.proxy.seen)
    node.start()
    node.verified(dumps, ["sealed"])
    again = {re.search(r"partNumber=(\d+)", each["target"])[1]
             for each in lab.proxy.matching("PUT .*partNumber", before)}
    assert not known & again, f"parts {known} were there, {again} were sent"
    assert known | again == {"1", "2", "3", "4", "5"}, (known, again)
    assert not lab.proxy.matching(r"POST .*\?uploads=", before), "another upload was begun"
    lab.check(node, dumps, ["sealed"])
    lab.say(f"SIGTERM: gone after {took * 1000:.0f} ms; of 5 parts {len(known)} were there and were not sent again")


def credentials_rotate(lab):
    """Wrong at first, then right, without a restart; and nobody sees them."""
    wrong = "wr0ng-s3cret-of-a-file"
    node = lab.node({"clear": lab.target("clear"),
                     "sealed": {key: value for key, value in lab.target("sealed").items()
                                if key != "credentials-file"}})
    node.credentials_are(wrong)
    lab.proxy.rules({"match": "PUT .*/vmcore.*partNumber=2", "fault": "hold", "times": 2})
    node.start(AWS_ACCESS_KEY_ID=collection.KEY, AWS_SECRET_ACCESS_KEY=collection.SECRET)
    dumps = {1: node.crash(1, 12 * MIB)}
    until("refused", lambda: node.upload(1, "clear").get("problem") == "credentials")
    lab.proxy.held_at("/sealed/")
    pages = node.api("/api/v1/crashes") + node.api("/api/v1/status") + node.api("/metrics")
    node.credentials_are(collection.SECRET)
    lab.proxy.held_at("/clear/")
    helpers = node.helpers()
    assert len(helpers) == 2, helpers
    for path in ("/api/v1/crashes", "/api/v1/status", "/api/v1/readiness", "/api/v1/boots", "/", "/metrics"):
        pages += node.api(path)
    shown = "".join(pathlib.Path(f"/proc/{pid}/{what}").read_bytes().decode(errors="replace")
                    for pid in helpers for what in ("cmdline", "environ"))
    assert shown, "the helpers have a command line"
    key = re.search(r" key=(\S+)", node.journal(1, "sealed"))[1]
    lab.proxy.rules()
    node.verified(dumps, ["clear", "sealed"])
    for where, text in (("log", node.log_text()), ("API", pages), ("helpers", shown), ("record", node.record(1))):
        for secret in (wrong, collection.SECRET, key):
            at = text.find(secret)
            assert at < 0, f"a secret is in {where}: {text[max(at - 60, 0):at + 60]}"
    lab.check(node, dumps, ["clear", "sealed"])
    lab.say("refused, then taken without a restart; no secret is shown")


def full_state_disk(lab):
    """Nothing that was sent is lost, and it goes on when there is room."""
    state = lab.top / "state"
    state.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,mode=700", "kdumpd-test", state],
                      capture_output=True).returncode != 0:
        lab.say("SKIPPED: mount is not permitted here")
        return
    try:
        node = lab.node({"sealed": lab.target("sealed")}, state=state)
        lab.proxy.rules({"match": "PUT .*partNumber=3", "fault": "hold"})
        node.start()
        dumps = {1: node.crash(1, 104 * MIB)}
        lab.proxy.held_at("partNumber=3")
        filler = state / "filler"
        fill(filler)
        lab.proxy.rules()
        until("it says that there is no room", lambda: "No space left" in node.log_text())
        until("the helper has ended", lambda: not node.helpers())
        node.looks(3)  # it has learned that, and cannot write it down
        known = set(re.findall(r"part number=(\d+) ", node.journal(1, "sealed")))
        assert node.upload(1, "sealed")["state"] != "verified"
        assert len(known) >= 2, known
        before = len(lab.proxy.seen)
        filler.unlink()
        node.verified(dumps, ["sealed"], 90)
        again = {re.search(r"partNumber=(\d+)", each["target"])[1]
                 for each in lab.proxy.matching("PUT .*partNumber", before)}
        assert not known & again, f"parts {known} were there, {again} were sent"
        lab.check(node, dumps, ["sealed"])
        lab.say(f"full after {len(known)} of 21 parts, the others were sent when there was room")
        node.stop()
    finally:
        if lab.nodes:
            lab.nodes[-1].process.kill()
            lab.nodes[-1].process.wait()
        until("unmounted", lambda: subprocess.run(["umount", state], capture_output=True).returncode == 0, 20)


def fill(path):
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return


def share_of(text):
    """The part of an age file's header that no two have in common."""
    return re.search(r"X25519 ([A-Za-z0-9+/]{43})", urllib.parse.unquote(text, "latin-1"))[1]


def changed_under_way(lab):
    """Grown, cut off, replaced, deleted: while the second part is on its way."""
    node = lab.node({"sealed": lab.target("sealed")})
    node.start()
    dumps, old = {}, {}

    def grow(path):
        with path.open("ab") as file:
            file.write(b"more of it" * 1000)

    def cut(path):
        os.truncate(path, 7 * MIB)

    def replace(path):
        write_bytes(path.with_name("new"), 11 * MIB, 77)
        path.with_name("new").rename(path)

    def delete(path):
        shutil.copyfile(path, lab.top / path.parent.name)
        shutil.rmtree(path.parent)

    def with_restart(change):
        def changed(path):
            node.stop(signal.SIGKILL)
            change(path)
            node.start()
            if change is delete:  # nobody waits a day for it to come back
                until("it is known to be gone", lambda: '"gone_at": 0' not in node.record(number))
                assert lab.stale(), "it may come back, and its parts are still there"
                node.stop(signal.SIGKILL)
                record = next(node.state.glob(f"crashes/{Node.id_of(number)}*"))
                record.write_text(re.sub(r'"gone_at": \d+', f'"gone_at": {int(time.time()) - 86400}',
                                         record.read_text()))
                node.start()
        return changed
    ways = {"grown": grow, "cut off": cut, "replaced": replace, "deleted": delete,
            "replaced, and killed": with_restart(replace), "deleted, and killed": with_restart(delete)}
    for number, (name, change) in enumerate(ways.items()):
        lab.proxy.rules({"match": f"PUT .*{Node.id_of(number)}.*partNumber=2", "fault": "hold"})
        path = node.crash(number, 12 * MIB)
        lab.proxy.held_at(f"{Node.id_of(number)}.*partNumber=2")
        old[number] = share_of(node.journal(number, "sealed"))
        assert lab.stale(), "an upload that is under way is seen"
        change(path)
        lab.proxy.rules()
        if name == "deleted":
            node.verified([number], ["sealed"])
            dumps[number] = lab.top / path.parent.name
        elif name != "deleted, and killed":
            with_new = path.stat().st_size
            until(f"{name}: the new one is there", lambda: node.upload(number, "sealed").get("state") == "verified" and
                  node.upload(number, "sealed")["objects"]["vmcore.age"]["plain_bytes"] == with_new, 90)
            dumps[number] = path
    gone = list(ways).index("deleted, and killed")
    until("the gone one's upload is gone", lambda: not lab.stale() and not node.journals(), 90)
    leftover = [name for name in lab.names("sealed") if Node.id_of(gone) in name]
    assert not [name for name in leftover if "manifest" in name or name.endswith("vmcore.age")], leftover
    for number, path in dumps.items():
        prefix = lab.prefix_of("sealed", number)
        head = lab.swift.open(BUCKET, f"{prefix}/vmcore.age").read(4096).decode("latin-1")
        same = share_of(head) == old[number]
        assert same == (list(ways)[number] == "deleted"), f"{list(ways)[number]}: same file key: {same}"
        lab.check_one(node, number, path, "sealed")
        report = lab.swift.text(BUCKET, f"{prefix}/report.json").decode()
        assert str(path.stat().st_size) in report, f"{list(ways)[number]}: a report of another dump: {report}"
    text = node.log_text()
    for number in (0, 1):
        assert re.search(rf"{Node.id_of(number)}.* problem=changed", text), f"{list(ways)[number]}: nothing says so"
    lab.say(f"{', '.join(ways)}: what is there is whole, and under a new key")


# Where an upload is when it is killed: what is held, which of its two ways, and what its journal then says.
DUMP = r"/vmcore(\.age)?"
POINTS = [
    ("PUT .*/report.json", "hold", "before the dump's plan"),
    (r"POST .*\?uploads=", "hold", "plan"),
    (r"POST .*\?uploads=", "hold_answer", "plan"),
    ("PUT .*partNumber=1&", "hold", "upload id"),
    ("PUT .*partNumber=1&", "hold_answer", "upload id"),
    ("PUT .*partNumber=2&", "hold", "part 1"),
    ("PUT .*partNumber=3&", "hold_answer", "part 2"),
    (r"POST .*\?uploadId=", "hold", "part 3"),
    (r"POST .*\?uploadId=", "hold_answer", "part 3"),
    (f"HEAD .*{DUMP}$", "hold", "part 3"),
    ("PUT .*/manifest.json", "hold", "dump stored"),
    ("PUT .*/manifest.json", "hold_answer", "dump stored"),
    ("HEAD .*/manifest.json", "hold", "dump stored"),
    # What was left behind is looked for when all is in the journal.
    ("GET .*manifest.json&uploads=", "hold", "all stored, no record"),
    (f"PUT .*{DUMP}$", "hold", "plan"),
    (f"PUT .*{DUMP}$", "hold_answer", "plan"),
]
PASSING = ["reset_body", "reset_answer", "500", "503", "stall", "wrong_etag", "lying_200"]


def step_of(node, number, where):
    """What the journal of an upload says, in the words of POINTS."""
    if node.upload(number, where).get("state") == "verified":
        return "verified" if node.journal(number, where) is None else "verified, journal there"
    lines = (node.journal(number, where) or "").splitlines()
    if any(line.startswith("manifest.json stored") for line in lines):
        return "all stored, no record"
    dump = [line.split(" ", 1)[1] for line in lines if line.startswith("vmcore ") or line.startswith("vmcore.age ")]
    if any(line.startswith("stored") for line in dump):
        return "dump stored"
    last = ""
    for line in dump:
        found = re.match(r"part number=(\d+)", line)
        last = (f"part {found[1]}" if found else "upload id" if line.startswith("upload") else
                "plan" if line.startswith("plan") else "restarted" if line.startswith("restart") else last)
    return last or "before the dump's plan"


class Killing:
    """One node over a faulty server, killed again and again."""

    WHERES = ("clear", "sealed")

    def __init__(self, lab):
        self.lab, self.random, self.hit, self.dumps, self.kills = lab, random.Random(SEED), {}, {}, 0
        self.node = lab.node({where: lab.target(where) for where in self.WHERES})
        lab.proxy.tell(chance={"seed": SEED, "rate": 0.03, "faults": PASSING})
        self.node.start()

    def crash(self, size):
        number = len(self.dumps)
        self.dumps[number] = self.node.crash(number, size)
        return number

    def kill(self, daemon, number):
        self.kills += 1
        helpers = self.node.helpers()
        for victim in helpers if not daemon else [self.node.process.pid]:
            os.kill(victim, signal.SIGKILL)
        until("the helpers are gone", lambda: not any(map(is_alive, helpers)), 30)
        self.count(daemon, number)
        if daemon:
            self.node.process.wait()

    def count(self, daemon, number):
        for where in self.WHERES:
            step = self.node.upload(number, where) and step_of(self.node, number, where) or "no record yet"
            by = self.hit.setdefault(step, [0, 0])
            by[0 if daemon else 1] += 1

    def at(self, point, daemon, size):
        """At that point; with another dump where the proxy broke something by chance before it was reached."""
        while not self.once_at(point, daemon, size):
            pass

    def once_at(self, point, daemon, size):
        match, fault, step = point
        number = len(self.dumps)
        held = [match.replace(".*", f".*/{where}/.*{Node.id_of(number)}.*", 1) if "GET" not in match else
                match.replace(".*", f".*{where}%2F.*{Node.id_of(number)}.*", 1) for where in self.WHERES]
        self.lab.proxy.rules(*[{"match": each, "fault": fault} for each in held])
        self.crash(size)
        for each in held:
            self.lab.proxy.held_at(each)
        steps = {where: step_of(self.node, number, where) for where in self.WHERES}
        broken = [each for each in self.lab.proxy.matching(Node.id_of(number)) if each["fault"] in PASSING]
        good = set(steps.values()) == {step}
        assert good or broken, f"held at {match}: the journals say {steps} and not {step}"
        self.kill(daemon, number)
        self.lab.proxy.rules()
        if daemon:
            self.node.start()
        return good

    def at_random(self, daemon, size):
        number = self.crash(size)
        time.sleep(self.random.uniform(1, 4))
        self.kill(daemon, number)
        if daemon:
            self.node.start()

    def before_the_journal_goes(self):
        """As if it had been killed when the record said verified and the journal was not removed yet."""
        number = self.crash(12 * MIB)
        self.lab.proxy.rules(*[{"match": f"GET .*{where}%2F.*{Node.id_of(number)}.*manifest.json&uploads=",
                                "fault": "hold"} for where in self.WHERES])
        for where in self.WHERES:
            self.lab.proxy.held_at(f"GET .*{where}%2F.*{Node.id_of(number)}.*manifest.json")
        kept = {path: path.read_bytes() for path in self.node.state.glob(f"uploads/{Node.id_of(number)}*")}
        assert len(kept) == 2, kept
        self.lab.proxy.rules()
        self.node.verified([number], self.WHERES)
        self.kills += 1
        self.node.process.kill()
        self.node.process.wait()
        for path, text in kept.items():
            path.write_bytes(text)
        self.count(True, number)
        before = len(self.lab.proxy.seen)
        self.node.start()
        until("the journals go", lambda: not any(path.exists() for path in kept))
        assert not self.lab.proxy.matching(Node.id_of(number), before), "what is verified is sent again"

    def ask_again(self):
        """What was given up, as `kdumpd crashes send` would have it."""
        given_up = [(number, where) for number in self.dumps for where in self.WHERES
                    if self.node.upload(number, where).get("state") == "gave_up"]
        if given_up:
            self.node.stop()
            for number, where in given_up:
                path = next(self.node.state.glob(f"crashes/{Node.id_of(number)}*"))
                path.write_text(re.sub(r'"state": "gave_up"', '"state": "queued"',
                                       re.sub(r'"deaths": \d+', '"deaths": 0', path.read_text())))
            self.node.start()
        return len(given_up)


def killed_everywhere(lab):
    """kill -9 of the daemon and of its helper, at each durable step and at random moments."""
    game = Killing(lab)
    for turn in range(4 if LONG else 1):
        for i, point in enumerate(POINTS):
            game.at(point, (i + turn) % 2 == 0, 4 * MIB if point[0].endswith("$") and "PUT" in point[0] else 12 * MIB)
        for i, size in enumerate((1024, (256 if LONG else 64) * MIB, 4 * MIB, 12 * MIB)):
            game.at_random(i % 2 == 0, size)
        game.before_the_journal_goes()
    lab.proxy.tell(chance={"rate": 0})
    given_up = game.ask_again()
    game.node.verified(game.dumps, game.WHERES, 120)
    lab.check(game.node, game.dumps, game.WHERES)
    for number in game.dumps:
        for where in game.WHERES:
            lab.manifest_last(where, number)
    broken = [each for each in lab.proxy.seen if each["fault"] in PASSING]
    lab.say(f"{len(game.dumps)} dumps at 2 destinations, {game.kills} kills, {len(broken)} requests broken by chance, "
            f"{given_up} given up and asked for again")
    lab.say(f"{'killed when the journal said':32} {'with daemon':>12} {'helper alone':>13}")
    for step, (daemon, helper) in sorted(game.hit.items()):
        lab.say(f"{step:32} {daemon:12} {helper:13}")
    for step in {step for _, _, step in POINTS} | {"verified, journal there"}:
        assert sum(game.hit.get(step, (0, 0))) >= 2, f"never killed at: {step}"


def memory_is_flat(lab):
    """Of kdumpd-ship, whatever the size: its peak when all but the manifest is sent."""
    node = lab.node({"sealed": lab.target("sealed")})
    node.start()
    peaks = {}
    for number, size in enumerate((16, 2048 if LONG else 512)):
        lab.proxy.rules({"match": f"PUT .*{Node.id_of(number)}.*/manifest.json", "fault": "hold"})
        directory = node.directory(number)
        directory.mkdir()
        with (directory / "vmcore").open("wb") as file:
            file.truncate(size * MIB)
        (directory / "vmcore-dmesg.txt").write_text("[    1.0] x\n")
        began = time.monotonic()
        lab.proxy.held_at(f"{Node.id_of(number)}.*/manifest.json", 180)
        took = time.monotonic() - began
        status = pathlib.Path(f"/proc/{node.helpers()[0]}/status").read_text()
        peaks[size] = int(re.search(r"VmHWM:\s*(\d+)", status)[1]) / 1024
        lab.proxy.rules()
        node.verified([number], ["sealed"])
        lab.say(f"{size} MiB, sealed: VmHWM {peaks[size]:.1f} MiB, {took:.1f} s from the crash to the manifest")
    small, large = peaks.values()
    assert large < 64, peaks
    assert large - small < 8, peaks


SCENARIOS = [killed_everywhere, changed_under_way, each_fault, full_state_disk, memory_is_flat, credentials_rotate,
             refuses_to_wait_for_others, goes_on_where_it_stopped]


def run(build, swift, scenario):
    lab, began = Lab(build, swift, scenario.__name__.replace("_", "-")), time.monotonic()
    failure = None
    try:
        scenario(lab)
    except Exception:
        logs = "".join(node.log_text()[-5000:] for node in lab.nodes)
        failure = f"{traceback.format_exc()}\n{logs}"
    finally:
        lab.end()
    print(f"{'FAIL' if failure else 'ok  '} {scenario.__name__}, {time.monotonic() - began:.0f} s", flush=True)
    print("\n".join(lab.said), flush=True)
    if failure:
        print(failure, flush=True)
    return not failure


def is_sanitized(build):
    """Memory is the sanitizer's then, and time too: one scenario shows that nothing is read that must not be."""
    cache = pathlib.Path(build, "CMakeCache.txt")
    return bool(re.search(r"^KDUMPD_SANITIZE:\w+=\S", cache.read_text(), re.M)) if cache.exists() else False


def main():
    if os.geteuid() != 0 or not shutil.which("swift-proxy-server") or not shutil.which("age"):
        print("SKIP: needs root, swift-proxy, swift-account, swift-container, swift-object and age")
        return 77
    print(f"seed {SEED}", flush=True)
    wanted = [each for each in SCENARIOS if not sys.argv[2:] or each.__name__ in sys.argv[2:]]
    if is_sanitized(sys.argv[1]):
        wanted = [each_fault]
        print("left out: all but each_fault, whose times and memory are not a sanitizer's", flush=True)
    swift = Swift()
    swift.make(BUCKET)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        good = list(pool.map(lambda each: run(pathlib.Path(sys.argv[1]), swift, each), wanted))
    swift.end()
    return 0 if good and all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
