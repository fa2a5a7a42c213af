# SPDX-License-Identifier: Apache-2.0
import collections
import re
from dataclasses import dataclass

from rig import image
from rig.node import close_to, expect, unix
from rig.scenario import BROKEN_INSPECTOR, scenario


@dataclass(frozen=True)
class Cause:
    """A way to crash, and what must be said of it: the whole text, or a regular expression where a value varies."""
    name: str
    trigger: str
    category: str
    title: str
    reason: str  # a regular expression of the kernel's own line
    task: str = "bash"
    context: str = "task"  # of the frame that the crash is in
    settings: str = ""  # sysctls that make a panic of it


def module(function):
    return f"echo {function} > /sys/kernel/debug/crashme/trigger"


CAUSES = {
    "causes-1": [
        Cause("null dereference", module("null_read"), "null_dereference",
              "NULL pointer dereference in do_null_read [crashme]",
              r"BUG: kernel NULL pointer dereference, address: 0000000000000000"),
        Cause("BUG", module("bug"), "kernel_bug", "kernel BUG in do_bug [crashme]",
              r"kernel BUG at drivers/misc/crashme\.c:\d+!"),
        Cause("general protection fault", module("gpf"), "general_protection",
              "general protection fault in do_gpf [crashme]",
              r"general protection fault, probably for non-canonical address 0xdead4ead00000000: 0000 .*"),
        Cause("list corruption", module("list"), "list_corruption", "list corruption in do_list [crashme]",
              r"kernel BUG at lib/list_debug\.c:\d+!"),
        Cause("stack overflow", module("stack_overflow"), "stack_corruption", "stack corruption in do_recurse [crashme]",
              r"BUG: TASK stack guard page was hit at .*"),
    ],
    "causes-2": [
        Cause("init killed", module("kill_init"), "init_killed", "Attempted to kill init! exitcode=0x00000009",
              r"Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000009", task="systemd"),
        # The kernel reports who holds the lock too, as it sleeps for ever: the last of both counts.
        Cause("hung task", module("hung_task"), "hung_task", "hung task in dstate_fn [crashme]",
              r"INFO: task crashme_hung:\d+ blocked for more than 10 seconds\.", task="crashme_hung",
              settings="kernel.hung_task_timeout_secs=10 kernel.hung_task_panic=1"),
        # Whichever task asks for the last page.
        Cause("OOM panic", "tail /dev/zero", "oom", "Out of memory: system-wide panic_on_oom is enabled",
              r"Kernel panic - not syncing: Out of memory: system-wide panic_on_oom is enabled", task=".+",
              settings="vm.panic_on_oom=1"),
        # Of what spins, the outermost function of a module counts: how deep it is just then is a matter of chance.
        Cause("soft lockup", module("softlockup"), "soft_lockup", "soft lockup in trig [crashme]",
              r"watchdog: BUG: soft lockup - CPU#0 stuck for \d+s! \[bash:\d+\]",
              settings="kernel.watchdog_thresh=5 kernel.softlockup_panic=1"),
        Cause("crash in interrupt context", module("irq_null"), "null_dereference",
              "NULL pointer dereference in do_null_write [crashme]",
              r"BUG: kernel NULL pointer dereference, address: 0000000000000018", task=".+", context="irq"),
    ],
}


def is_(pattern):
    """The very text, or all of it by a regular expression."""
    return lambda text: text == pattern or re.fullmatch(pattern, text or "") is not None


def last_moment(console, triggered):
    """The time of the kernel's last line, by the stamps of the console and the time of the line that announced the crash."""
    stamp = r"\[ *(\d+\.\d{6})\] "
    announced = list(re.finditer(stamp + "e2e: crash at", console))[-1]
    dead = console[announced.start():].split("Linux version", 1)[0]  # the capture kernel's clock begins anew
    return triggered + max(map(float, re.findall(stamp, dead))) - float(announced.group(1))


def crash_of(rig, node, cause, number):
    """The `number`th crash of this node: what the daemon must say of it."""
    rig.before(cause.name, node)
    node.sh(f"modprobe crashme; sysctl -q kernel.panic_on_oops=1 {cause.settings}")
    boot_before = node.boot_id()
    triggered = node.crash(cause.trigger)
    crash = node.newest_crash(among=number)
    record = crash["record"]
    boot = rig.after(node)
    expect(f"{cause.name}: category", record["category"], cause.category)
    expect(f"{cause.name}: title", record["title"], is_(cause.title))
    shown = node.kdumpd(f"crashes show {record['id']}")["report"]["crash"]
    expect(f"{cause.name}: reason", shown["reason"], is_(cause.reason))
    expect(f"{cause.name}: task", shown["task"], is_(cause.task))
    within = [frame["context"] for frame in shown["frames"] if frame["reliable"]]
    expect(f"{cause.name}: contexts of the frames", within, lambda contexts: cause.context in contexts)
    expect(f"{cause.name}: dump_state", crash["dump_state"], "complete")
    expect(f"{cause.name}: crash_time", unix(crash["crash_time"]), close_to(last_moment(node.serial(), triggered)))
    expect(f"{cause.name}: signature", record["signature"], is_(r"v1-[0-9a-f]{16}"))
    expect(f"{cause.name}: boot", [boot["boot_id"], boot["outcome"], boot["crash_id"]],
           [boot_before, "captured", record["id"]])
    rig.prove(f"{cause.name}: {record['category']}, {record['title']!r}, task {shown['task']}")
    return record


def counted(node):
    """The crashes in the metrics, by category; those of which there are none have no place in the answer."""
    by_category = collections.Counter()
    for series, value in node.metrics().items():
        found = re.match(r'kdump_crashes_total\{.*category="([a-z_]+)"', series)
        if found:
            by_category[found.group(1)] += int(value)
    return +by_category


def crashes_of(name):
    """A scenario: one node that crashes again and again."""
    def run(rig):
        node = rig.node(name, modules=[image.crashme]).boot()
        expected, signatures = collections.Counter(), set()
        for number, cause in enumerate(CAUSES[name], 1):
            record = crash_of(rig, node, cause, number)
            expected[cause.category] += 1
            signatures.add(record["signature"])
            expect(f"{cause.name}: kdump_crashes_total by category", counted(node), expected)
        expect("different signatures", len(signatures), len(CAUSES[name]))
        rig.prove(f"{len(CAUSES[name])} crashes are counted, each under its category, with as many signatures")
    return run


for NAME in CAUSES:
    scenario(NAME, "one node crashes in turn by " + ", ".join(cause.name for cause in CAUSES[NAME]),
             sabotage=BROKEN_INSPECTOR)(crashes_of(NAME))
