# SPDX-License-Identifier: Apache-2.0
"""Broken nodes: readiness says so before the panic, and the ledger has its outcome and reason after it."""
from dataclasses import dataclass, replace
from typing import Optional

from rig.machine import ext4, settle
from rig.node import CRASH_SECONDS, PANIC, expect
from rig.scenario import scenario

# A panic that nobody captures is only known from pstore. Its records lie in memory that survives a reset, and that the
# kernel does not use: the last 32 MiB. kdump-config evaluates the command line in a shell, so memmap=SIZE$AT is no way.
PSTORE = {"memory": 544,
          "arguments": "mem=512M ramoops.mem_address=0x20000000 ramoops.mem_size=0x100000 ramoops.record_size=0x20000 "
                       "ramoops.console_size=0 ramoops.ftrace_size=0 ramoops.pmsg_size=0 ramoops.max_reason=2"}


CAPTURE_BEGINS = "running makedumpfile -F"  # on the console: kdump-tools, in the capture kernel
CAPTURE_ENDS = "Finished \x1b[0;1;39mkdump-tools-dump."  # systemd shortens the rest of it
SETTINGS = "/etc/default/kdump-tools"


@dataclass(frozen=True)
class Row:
    """A broken node: what readiness says of it, and what the ledger of the boot that panicked so."""
    name: str
    verdict: str
    decides: Optional[str]  # the check that decides the verdict
    problem: Optional[str]  # its reason
    outcome: str
    reason: str
    cause: Optional[str]
    category: str = "sysrq"
    also: tuple = ()  # further checks that fail


def with_pstore(rig, name, **options):
    """A node with pstore in its memory, not started."""
    node = rig.node(name, **(PSTORE | options))
    node.put("/etc/modules-load.d/ramoops.conf", "ramoops\n")
    # That mem= reaches the capture kernel too does no harm here: that one lies below.
    node.put("/etc/kdumpd/config.yaml",
             node.read("/etc/kdumpd/config.yaml") + "policy:\n  checks:\n    capture_cmdline: ignore\n")
    return node


def cut_off(node, command=PANIC):
    """Crashes the node and cuts the power half way through the capture; then the next boot, armed."""
    captures = node.serial().count(CAPTURE_BEGINS)
    node.trigger(command)
    node.wait_serial(CAPTURE_BEGINS, CRASH_SECONDS, times=captures + 1)
    node.power_cut()
    node.start()
    node.wait_booted()
    node.wait_armed()


def crashes(metrics, capture):
    return sum(value for series, value in metrics.items()
               if series.startswith("kdump_crashes_total{") and f'capture="{capture}"' in series)


def said_before(rig, node, row):
    """Readiness has the verdict, the check that decides it, and its reason; so have the metrics."""
    def decides():
        said = node.try_api("/api/v1/readiness") or {}
        return (said.get("verdict"), said.get("reason")) == (row.verdict, row.decides)
    node.wait(f"{row.verdict} because of {row.decides}", decides, 120)
    said = rig.before(row.name, node)
    expect("armed", said["armed"], row.verdict != "not_ready")
    metrics = node.metrics()
    expect(f"kdump_verdict of {row.verdict}", metrics[f'kdump_verdict{{verdict="{row.verdict}"}}'], 1)
    for check in said["checks"]:
        if check["id"] == row.decides:
            expect(f"reason of {row.decides}", check["reason"], row.problem)
            problem = f'kdump_check_problem{{check="{row.decides}",status="{check["status"]}"}}'
            expect(problem, metrics.get(problem), 1)
    for check in row.also:
        problem = f'kdump_check_problem{{check="{check}",status="fail"}}'
        expect(problem, metrics.get(problem), 1)
    return crashes(metrics, row.outcome)


def told_after(rig, node, row, counted):
    """The ledger has outcome, reason and cause; the crash is listed, and counted once more."""
    boot = rig.after(node)
    expect("end of the boot", (boot["outcome"], boot["reason"]), (row.outcome, row.reason))
    expect("cause", boot["cause"]["code"] if boot["cause"] else None, row.cause)
    crash = node.newest_crash()["record"]
    expect("crash of the boot", boot["crash_id"], crash["id"])
    expect("category", crash["category"], row.category)
    metrics = node.metrics()
    expect("kdump_last_boot_outcome", metrics[f'kdump_last_boot_outcome{{outcome="{row.outcome}"}}'], 1)
    expect("crashes counted", crashes(metrics, row.outcome), counted + 1)
    before = f"{row.verdict}: {row.decides} ({row.problem})" if row.decides else row.verdict
    rig.prove(f"{row.name}: {before} before, {row.outcome} ({', '.join(filter(None, [row.reason, row.cause]))}) after")
    return boot


def ignoring(check):
    """The shell command after which a check does not count any more."""
    return f"printf 'policy:\\n  checks:\\n    {check}: ignore\\n' >> /etc/kdumpd/config.yaml"


DROP_INS = "/etc/systemd/system/kdumpd.service.d"
NO_PSTORE = (f"mkdir -p {DROP_INS}; printf '[Service]\\nInaccessiblePaths=-/sys/fs/pstore -/var/lib/systemd/pstore\\n' "
             f"> {DROP_INS}/sabotage.conf")

UNLOADED = Row("image unloaded behind systemd's back", "not_ready", "crash_kernel_loaded", "not_loaded",
               "missed", "not_armed", None)
STOPPED = replace(UNLOADED, name="panic while unarmed, its unit stopped")


@scenario("unloaded", "the image unloaded behind systemd's back, then a panic", quick=True, sabotage=NO_PSTORE)
def unloaded(rig):
    node = with_pstore(rig, "unloaded").boot()
    node.sh("kexec -p -u")
    expect("kdump-tools.service", node.sh("systemctl is-active kdump-tools").strip(), "active")
    counted = said_before(rig, node, UNLOADED)
    node.crash()
    told_after(rig, node, UNLOADED, counted)


NO_RESERVATION = Row("no crashkernel=", "not_ready", "crashkernel_cmdline", "missing",
                     "missed", "not_armed", None, also=("crash_kernel_loaded",))
TOO_SMALL = Row("reservation too small", "not_ready", "crash_kernel_loaded", "not_loaded",
                "missed", "not_armed", None, also=("crash_reservation_size",))  # kexec finds no room for the image


@scenario("reservation", "no crashkernel=, one that is too small, and a panic while unarmed", sabotage=NO_PSTORE)
def reservation(rig):
    node = with_pstore(rig, "reservation", crashkernel="")
    without = node.command_line
    node.start()
    node.wait_booted()
    counted = said_before(rig, node, NO_RESERVATION)
    node.crash(armed=False)
    told_after(rig, node, NO_RESERVATION, counted)

    node.power_cut()
    node.command_line = f"{without} crashkernel=32M"
    node.start()
    node.wait_booted()
    counted = said_before(rig, node, TOO_SMALL)
    node.crash(armed=False)
    told_after(rig, node, TOO_SMALL, counted)

    node.power_cut()
    node.command_line = f"{without} crashkernel=160M"
    node.start()
    node.wait_booted()
    node.wait_armed()
    node.sh("systemctl stop kdump-tools")
    counted = said_before(rig, node, STOPPED)
    node.crash()
    told_after(rig, node, STOPPED, counted)


SWITCHED_OFF = Row("USE_KDUMP=0 behind an active unit", "not_ready", "crash_kernel_loaded", "switched_off",
                   "missed", "capture_failed", None, category="unknown",
                   also=("service_enabled",))
BROKEN_CONFIG = Row("broken configuration", "degraded", "core_collector", "dump_level_invalid",
                    "partial", "capture_failed", "collector_arguments")


@scenario("settings", "settings that the capture kernel reads too: an impossible dump level, then USE_KDUMP=0",
          sabotage=ignoring("core_collector"))
def settings(rig):
    node = rig.node("settings").boot()
    node.sh(f"cp {SETTINGS} /root/settings; echo 'MAKEDUMP_ARGS=\"-c -d 32\"' >> {SETTINGS}")
    counted = said_before(rig, node, BROKEN_CONFIG)
    node.crash()
    told_after(rig, node, BROKEN_CONFIG, counted)

    node.sh(f"cp /root/settings {SETTINGS}; systemctl restart kdump-tools")
    node.wait_armed()
    node.sh(f"sed -i s/USE_KDUMP=1/USE_KDUMP=0/ {SETTINGS}")
    expect("kdump-tools.service", node.sh("systemctl is-active kdump-tools").strip(), "active")
    expect("kexec_crash_loaded", node.sh("cat /sys/kernel/kexec_crash_loaded").strip(), "1")
    counted = said_before(rig, node, SWITCHED_OFF)
    # The capture kernel is the node's own system, finds USE_KDUMP=0 too, and stays there until somebody comes.
    dumped, ended = node.serial().count(CAPTURE_BEGINS), node.serial().count(CAPTURE_ENDS)
    node.trigger()
    node.wait_serial(CAPTURE_ENDS, CRASH_SECONDS, times=ended + 1)
    settle(40)
    expect("captures begun", node.serial().count(CAPTURE_BEGINS), dumped)
    node.power_cut()
    node.start()
    node.wait_booted()
    told_after(rig, node, SWITCHED_OFF, counted)


TARGET_FULL = Row("target full", "not_ready", "target_free_space", "too_small",
                  "partial", "capture_failed", "no_space")
CUT_OFF = Row("capture killed half way", "ready", None, None, "partial", "capture_failed", "interrupted")


@scenario("target", "a target that is full, and a power cut half way through a capture",
          sabotage=ignoring("target_free_space"))
def target(rig):
    node = rig.node("target", disks=[ext4(rig.directory / "small.img", "small", megabytes=8)]).boot()
    node.sh("mount LABEL=small /var/crash; echo 'LABEL=small /var/crash ext4 defaults 0 0' >> /etc/fstab; "
            "systemctl restart kdump-tools")
    counted = said_before(rig, node, TARGET_FULL)
    node.crash()
    told_after(rig, node, TARGET_FULL, counted)

    node.sh("systemctl stop kdump-tools; umount /var/crash; sed -i /small/d /etc/fstab; systemctl daemon-reload; "
            "systemctl start kdump-tools")
    counted = said_before(rig, node, CUT_OFF)
    cut_off(node)
    told_after(rig, node, CUT_OFF, counted)
