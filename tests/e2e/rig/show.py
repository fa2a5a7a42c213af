# SPDX-License-Identifier: Apache-2.0
"""One crash from armed to acknowledged, narrated for somebody who has never seen one."""
import time

from .node import CRASH_SECONDS
from .scenario import Rig, Scenario

# What the console says on the way, and what it means. In the order in which it comes.
MILESTONES = [
    ("Kernel panic - not syncing", "the kernel panics"),
    ("Linux version", "the capture kernel boots in the reserved memory: /proc/vmcore holds what was"),
    ("running makedumpfile", "kdump-tools writes the dump"),
    ("saved vmcore", "the dump is on the disk; the machine reboots"),
]


class Show:
    def __init__(self, node, write):
        self.node, self.write = node, write
        self.began = time.monotonic()

    def tell(self, text):
        self.write(f"\n== {text}  [{time.monotonic() - self.began:.0f} s]")

    def run(self, command, lines=40):
        self.write(f"   # {command}")
        for line in self.node.ssh(command).stdout.splitlines()[:lines]:
            self.write(f"   {line}".rstrip())

    def crash(self):
        """Waits for each milestone after the crash and repeats its line."""
        at = len(self.node.serial())
        self.write("   # echo c > /proc/sysrq-trigger")
        self.node.trigger()
        for text, meaning in MILESTONES:
            self.node.wait(f"{text!r} on the console", lambda: text in self.node.serial()[at:], CRASH_SECONDS, every=0.2)
            log = self.node.serial()
            found = log.index(text, at)
            line = log[log.rfind("\n", 0, found) + 1:].split("\n", 1)[0]
            at = found + len(text)
            self.tell(meaning)
            self.write(f"   console: {line.strip()[:110]}")


def show(package, directory, log, write):
    """Runs it; what it prints is for people, the rig's own messages go to `log`."""
    rig = Rig(Scenario("show", "one crash, narrated", None, False, ""), package, directory, log=log)
    node = rig.node("node-1")
    story = Show(node, write)
    try:
        story.tell("A Debian node boots in QEMU: systemd, kdump-tools, kdumpd")
        node.boot()
        story.tell("It is armed, and Prometheus could know")
        story.run("kdumpd check", 2)
        story.run("curl -s localhost:10910/metrics | grep -E '^kdump_(armed|verdict.*} 1)'")
        boot = node.boot_id()
        story.crash()
        node.wait_booted(boot, CRASH_SECONDS)
        node.wait_armed()
        node.wait_decided()
        crash = node.newest_crash()["record"]["id"]
        story.tell("The node is back. How did that boot end, and what crashed?")
        story.run("kdumpd boots", 3)
        story.run("kdumpd crashes list")
        story.run(f"kdumpd crashes show {crash}", 17)
        story.run("curl -s localhost:10910/metrics | grep -E '^kdump_(crashes_total.*[1-9]$|unacknowledged)'")
        story.tell("Somebody has looked")
        story.run(f"kdumpd crashes ack {crash}")
        story.run("sleep 3; curl -s localhost:10910/metrics | grep '^kdump_unacknowledged'")
    except Exception:
        write(f"kept: {node.keep_evidence()}, {node.serial_path()}")
        raise
    finally:
        node.discard()
