# SPDX-License-Identifier: Apache-2.0
import hashlib
import json

from rig.node import expect
from rig.processes import run
from rig.scenario import scenario
from rig.store import CREDENTIALS, Store

from .debugger import debugger, field

CLEAR, SEALED = "clear", "sealed"
PART = 5 << 20
SENT_SECONDS = 180  # from a boot to the manifest
BROKEN_SHIP = "helper=$(find /usr -name kdumpd-ship -type f); printf '#!/bin/sh\\nexit 1\\n' > $helper"
# Seconds matter; the cap leaves time to pull the plug.
CONFIG = """observe:
  interval: 2s
  settle: 2s
uploads:
  cluster: e2e
destinations:
  {clear}:
    url: s3://{clear}
    endpoint: {endpoint}
    path-style: true
    credentials-file: /etc/kdumpd/s3
    part-size: 5MiB
    bandwidth: 1MiB
  {sealed}:
    url: s3://{sealed}
    endpoint: {endpoint}
    path-style: true
    credentials-file: /etc/kdumpd/s3
    part-size: 5MiB
    recipients: [{recipient}]
"""


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def identity(directory):
    """A new age key: its file, and its public half."""
    file = directory / "identity"
    file.unlink(missing_ok=True)
    run("age-keygen", "-o", file)
    return file, run("age-keygen", "-y", file).strip()


def wait_manifest(node, store, bucket):
    """Its name: all of the crash is there."""
    def there():
        return next((name for name in store.objects(bucket) if name.endswith("/manifest.json")), None)
    return node.wait(f"the manifest in {bucket}", there, SENT_SECONDS, every=1)


def whole(node, store, bucket, wanted):
    """Looks at a finished bucket: the manifest's directory and text."""
    manifest = wait_manifest(node, store, bucket)
    objects = list(store.objects(bucket))
    top = manifest.rsplit("/", 1)[0]
    expect(f"objects in {bucket}", sorted(name.removeprefix(f"{top}/") for name in objects), sorted(wanted))
    expect(f"the newest object in {bucket}", objects[-1], manifest)
    expect(f"uploads left in {bucket}", store.uploads(bucket), [])
    return top, json.loads(store.text(bucket, manifest))


@scenario("collect", "a dump goes to a real S3 server, through a power cut, in the clear and encrypted", sabotage=BROKEN_SHIP)
def collect(rig):
    key, recipient = identity(rig.directory)
    with Store(rig.directory / "store", [CLEAR, SEALED]) as store:
        node = rig.node("collected", outside=True)
        node.put("/etc/kdumpd/config.yaml", CONFIG.format(clear=CLEAR, sealed=SEALED, endpoint=store.endpoint(), recipient=recipient))
        node.put("/etc/kdumpd/s3", CREDENTIALS, 0o600)
        node.boot()
        rig.before("collect", node)
        node.crash()
        crash = node.newest_crash()
        rig.after(node)

        early = node.wait("two parts in the store", lambda: (lambda parts: parts if len(parts) >= 2 else None)(store.parts(CLEAR)),
                          SENT_SECONDS, every=0.3)
        names = [name.rsplit("/", 1)[1] for name in store.objects(CLEAR)]
        expect("what is there while the dump is under way", names, lambda some: "vmcore" not in some and "manifest.json" not in some)
        node.power_cut()
        early = store.parts(CLEAR)  # what had come in by then
        rig.prove(f"power was cut when {len(early)} parts were in the store; {', '.join(sorted(names))} were there before")

        node.start()
        node.wait_booted()
        dump = f"/var/crash/{crash['directory']}/{crash['vmcore']}"
        top, manifest = whole(node, store, CLEAR, [*names, "vmcore", "manifest.json"])
        here = node.sh(f"sha256sum '{dump}'", 180).split()[0]
        size = int(node.sh(f"stat -c %s '{dump}'"))
        stored = store.download(CLEAR, f"{top}/vmcore", node.directory / "vmcore")
        expect("SHA-256 in the store", sha256(stored), here)
        rig.prove(f"the object is byte-identical with the dump, {size >> 20} MiB; the manifest came last")
        late = store.parts(CLEAR)
        expect("parts that were sent before the power cut", {part: late.get(part) for part in early}, early)
        expect("parts in the store", sorted(number for _, number in late), list(range(1, -(-size // PART) + 1)))
        expect("uploads that they belong to", len({upload for upload, _ in late}), 1)
        rig.prove(f"it went on after the power cut: {len(early)} of {len(late)} parts are those from before, none is there twice")
        expect("the digest in the manifest", here in json.dumps(manifest), True)

        sealed_top, sealed_manifest = whole(node, store, SEALED, [*names, "vmcore.age", "manifest.json"])
        expect("crash in both", sealed_top, top)
        expect("the digest in the manifest of the encrypted one", here in json.dumps(sealed_manifest), True)
        encrypted = store.download(SEALED, f"{sealed_top}/vmcore.age", node.directory / "vmcore.age")
        opened = node.directory / "dump"
        run("age", "-d", "-i", key, "-o", opened, encrypted)
        expect("SHA-256 of what age makes of it", sha256(opened), here)
        rig.prove("what age makes of the encrypted object is the dump")
        node.power_cut()
    said = debugger(opened, node.disk.release, rig.say)
    expect("what crash(8) says of it", field(said, "PANIC"), lambda panic: "sysrq" in panic)
    rig.prove(f"crash(8) opens it: {field(said, 'PANIC')!r}")
    for path in (opened, stored, encrypted, key):
        path.unlink()
