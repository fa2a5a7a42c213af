# SPDX-License-Identifier: Apache-2.0
"""A node: a machine with systemd, kdump and our daemon, and what scenarios ask of it."""
import calendar
import json
import re
import subprocess
import time
import urllib.error
import urllib.request

from .machine import Machine
from .waiting import Failed, expect, patience, wait  # noqa: F401 (scenarios take them from here)

WEB = 10910
BOOT_SECONDS = 240  # power to ssh; 25 to 60 under emulation
ARMED_SECONDS = 240  # ssh to a loaded capture kernel
PANIC = "echo c > /proc/sysrq-trigger"
CRASH_SECONDS = 300  # a crash, its capture, and the next boot up to ssh


class Node(Machine):
    def __init__(self, name, directory, disk, say=None, **options):
        super().__init__(name, directory, disk, ports=(22, WEB), **options)
        self.say = say

    # --- commands in the node

    def _ssh_words(self):
        return ["ssh", "-q", "-F", "none", "-i", self.disk.key, "-p", str(self.ports[22]), "-o", "BatchMode=yes",
                "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "ConnectTimeout=10",
                "-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=3", "root@127.0.0.1"]

    def ssh(self, command, seconds=60):
        """What ssh returns: status and text. A hung guest never hangs us."""
        words = [*self._ssh_words(), command]
        try:
            return subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  text=True, errors="replace", timeout=seconds * patience(), check=False)
        except subprocess.TimeoutExpired as late:
            return subprocess.CompletedProcess(words, 255, f"no answer in {seconds} s: {late.stdout!r}")

    def sh(self, command, seconds=60, status=0):
        """The output of a command in the node; `status`: how it must exit, None for anything."""
        done = self.ssh(command, seconds)
        if status is not None and done.returncode != status:
            raise Failed(f"{self.name}: {command}: exit {done.returncode}, expected {status}\n{done.stdout[-2000:]}")
        return done.stdout

    def download(self, path, local):
        """A file of the node, whatever its size."""
        with open(local, "wb") as target:
            subprocess.run([*self._ssh_words(), f"cat '{path}'"], stdin=subprocess.DEVNULL, stdout=target,
                           timeout=300 * patience(), check=True)

    def boot_id(self):
        """Without dashes, as our documents have it; "" while nobody answers."""
        done = self.ssh("cat /proc/sys/kernel/random/boot_id", 15)
        return done.stdout.strip().replace("-", "") if done.returncode == 0 else ""

    # --- waiting

    def wait(self, what, holds, seconds, every=0.5):
        return wait(f"{self.name}: {what}", holds, seconds, every=every, alive=self.gone, say=self.say)

    def wait_booted(self, after="", seconds=BOOT_SECONDS):
        """Until a boot answers that is not `after`; its id."""
        def another():
            boot = self.boot_id()
            return boot if boot and boot != after else ""
        return self.wait("a boot that answers on ssh" if not after else "the next boot", another, seconds, every=1)

    def wait_armed(self, seconds=ARMED_SECONDS):
        self.wait("kexec_crash_loaded to be 1",
                  lambda: self.ssh("cat /sys/kernel/kexec_crash_loaded", 20).stdout.strip() == "1", seconds, every=1)

    def wait_verdict(self, verdict, seconds=120):
        self.wait(f"the daemon to say {verdict}", lambda: (self.try_api("/api/v1/readiness") or {}).get("verdict") == verdict,
                  seconds)
        return self.api("/api/v1/readiness")

    def wait_decided(self, seconds=120):
        """Until the daemon knows how the boot before the running one ended; that boot."""
        def decided():
            boots = self.try_api("/api/v1/boots")
            return boots["boots"][0] if boots and boots["decided"] and boots["boots"] else None
        return self.wait("the daemon to say how the last boot ended", decided, seconds)

    def boot(self):
        """Power on, up to a daemon that says ready."""
        self.start()
        self.wait_booted()
        self.wait_armed()
        self.wait_verdict("ready")
        return self

    # --- crashing

    def trigger(self, command=PANIC):
        """Runs what crashes the node, without waiting for an answer; the node's own time just before, in seconds.

        The time comes over the console, which needs no answer either: ssh may need seconds on a busy machine."""
        at = len(self.serial())
        self.ssh(f"sync; (echo \"<1>e2e: crash at $(date +%s.%N) \" > /dev/kmsg; {command}) >/dev/null 2>&1 </dev/null &", 15)
        said = self.wait("the crash to be announced on the console",
                         lambda: re.search(r"e2e: crash at ([0-9.]+) ", self.serial()[at:]), 60, every=0.2)
        return float(said.group(1))

    def crash(self, command=PANIC, seconds=CRASH_SECONDS, armed=True):
        """Crashes the node, up to a daemon that has decided in the boot after it. The time of the crash, within a second or so."""
        was = self.boot_id()
        when = self.trigger(command)
        self.wait_booted(was, seconds)
        if armed:
            self.wait_armed()
        self.wait_decided()
        return when

    # --- what the daemon says

    def get(self, path, seconds=30):
        """What the daemon serves to the network: /metrics, and little else.

        A connection that is closed without an answer is tried again: while the node was down, a Prometheus may have
        left so many that the daemon takes no more from this address for some seconds."""
        def answer():
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.ports[WEB]}{path}", timeout=10 * patience()) as said:
                    return said.read().decode()
            except urllib.error.HTTPError:
                raise
            except OSError:
                return None
        return self.wait(f"an answer to GET {path}", answer, seconds)

    def api(self, path):
        """The API answers on the node's own loopback only."""
        return json.loads(self.sh(f"curl -sS --fail --max-time 15 http://127.0.0.1:{WEB}{path}"))

    def try_api(self, path):
        """None while the daemon does not answer."""
        try:
            return self.api(path)
        except (Failed, ValueError):
            return None

    def metrics(self, keep=None):
        """All series, by name with labels as exposed; `keep`: also as an artefact of this name."""
        text = self.get("/metrics")
        if keep:
            (self.directory / f"metrics-{keep}.txt").write_text(text, encoding="utf-8")
        lines = (line.rsplit(" ", 1) for line in text.splitlines() if line and not line.startswith("#"))
        return {series: float(value) for series, value in lines}

    def kdumpd(self, verb, status=0, seconds=60):
        """`kdumpd VERB --output json`, as a person on the node would ask."""
        return json.loads(self.sh(f"kdumpd {verb} --output json", seconds, status))

    def newest_crash(self, among=1):
        """The newest crash on record, once there are so many and its dump has been inspected."""
        def inspected():
            crashes = (self.try_api("/api/v1/crashes") or {}).get("crashes") or []
            if len(crashes) < among or not crashes[0]["record"]:
                return None
            return crashes[0] if crashes[0]["record"]["inspection"] != "pending" else None
        return self.wait("a crash on record, inspected", inspected, 120)

    # --- artefacts

    def keep_evidence(self):
        """After a failure: the journal and our state, from the node itself if it answers, else from its disk."""
        to = self.directory / "evidence"
        to.mkdir(exist_ok=True)
        if self.gone() is None and self.boot_id():
            for name, command in {"journal.txt": "journalctl --no-pager -o short-precise --boot=all | tail -n 20000",
                                  "check.txt": "kdumpd check --all; kdumpd boots; kdumpd crashes list",
                                  "files.txt": "ls -laR /var/crash /var/lib/kdumpd /var/lib/kdump; cat /proc/cmdline"}.items():
                (to / name).write_text(self.ssh(command, 60).stdout, encoding="utf-8")
        else:
            self.power_cut()
            for path in ("/var/log/journal", "/var/lib/kdumpd", "/var/crash"):
                self.take(path, to)
        return to


def close_to(seconds, within=2.0):
    """A predicate: a Unix time that is not further away than `within`."""
    return lambda actual: actual is not None and abs(actual - seconds) <= within


def unix(text):
    """2026-11-30T12:00:00Z in seconds."""
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))
