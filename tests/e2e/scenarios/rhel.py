# SPDX-License-Identifier: Apache-2.0
from rig.machine import settle
from rig.node import CRASH_SECONDS, close_to, expect, unix
from rig.scenario import scenario

CONF = """auto_reset_crashkernel yes
path /var/crash
core_collector {}
"""
COLLECTOR = "makedumpfile -c --message-level 7 -d 31"


def check(said, identifier):
    return next(check for check in said["checks"] if check["id"] == identifier)


def values(said, identifier):
    """What a check has seen, by where."""
    return {item["source"]: item["value"] for item in check(said, identifier)["evidence"]}


def wait_told(node, what, verdict, **reasons):
    """Until the daemon says this verdict, and these checks have these reasons."""
    def told():
        said = node.try_api("/api/v1/readiness")
        good = said and said["verdict"] == verdict and all(check(said, name)["reason"] == reason
                                                           for name, reason in reasons.items())
        return said if good else None
    return node.wait(f"the daemon to say {what}", told, 120)


def configure(node, collector, verdict="ready"):
    """Another collector, in the image too: behind its end, because dracut would need minutes to build it."""
    node.sh(f"printf '%s' '{CONF.format(collector)}' > /etc/kdump.conf; cd /; image=/boot/initramfs-$(uname -r)kdump.img;"
            "truncate -s %4 $image; echo etc/kdump.conf | cpio --quiet -o -H newc >> $image; systemctl restart kdump", 120)
    said = wait_told(node, "that it is armed with another collector", verdict, loaded_config_drift="loaded_after",
                     service_unit="active")
    expect("core_collector", values(said, "core_collector"), {"/etc/kdump.conf:3": f"core_collector {collector}"})


@scenario("rhel", "a node in RHEL's shape: kdump.conf, kdump.service, dracut's capture kernel, kdump-utils' names",
          # a daemon that does not know what kdump-utils calls a dump that it has not finished
          sabotage="sed -i s/vmcore-incomplete/vmcore-unfinished/g /usr/bin/kdumpd")
def rhel(rig):
    # kdump-utils has no reservation for less than 1 GiB, and 192M for that.
    node = rig.node("rhel", "rhel", memory=1024, crashkernel="192M").boot()
    armed(rig, node)
    refused(rig, node)
    cut(rig, node)
    captured(rig, node)
    collector_missing(rig, node)
    skipped(rig, node)


def armed(rig, node):
    wait_told(node, "that the service is active", "ready", service_unit="active")
    said = rig.before("cut capture", node)
    expect("distribution", said["distribution"], "rhel")
    expect("exit of `kdumpd check`", node.ssh("kdumpd check").returncode, 0)
    expect("target", (said["target"]["kind"], said["target"]["directory"]), ("local", "/var/crash"))
    expect("where the path is from", values(said, "target_resolved").get("/etc/kdump.conf"), "local path /var/crash")
    expect("core_collector", values(said, "core_collector"), {"/etc/kdump.conf:4": f"core_collector {COLLECTOR}"})
    image = f"/boot/initramfs-{node.disk.release}kdump.img"
    expect("kdump's image", list(values(said, "initrd_present")), [image])
    expect("kdump.service", values(said, "service_unit").get("kdump.service"),
           lambda text: text and "ActiveState=active/exited" in text and "ConditionResult=yes" in text)
    rig.prove(f"ready as rhel: path and core_collector of kdump.conf, {image}, kdump.service active over D-Bus")


def refused(rig, node):
    node.sh("echo no_such_option 1 >> /etc/kdump.conf; systemctl restart kdump", 120, status=1)
    said = wait_told(node, "that the service failed", "not_ready", service_unit="start_failed", config_syntax="unknown_option")
    expect("reason", said["reason"], "crash_kernel_loaded")
    expect("where it stands", list(values(said, "config_syntax")), ["/etc/kdump.conf:5"])
    rig.prove("a line that kdumpctl does not accept: not ready, the service failed, and the line is named")


def cut(rig, node):
    """Nearly nothing is left out of this dump, so that there is time to cut it off."""
    configure(node, "makedumpfile -c --message-level 7 -d 1")
    was = node.boot_id()
    when = node.trigger()
    node.wait_serial("Copying data", CRASH_SECONDS)
    settle(8)  # ext4 writes a new name to the disk every 5 s
    expect("the dump is being written", node.serial().count("saving vmcore complete"), 0)
    node.power_cut()
    node.start()
    node.wait_booted(was)
    node.wait_armed()
    boot = rig.after(node)
    crash = node.newest_crash()
    expect("vmcore", crash["vmcore"], "vmcore-incomplete")
    expect("log", crash["log"], "vmcore-dmesg.txt")
    expect("dump_state and reason", (crash["dump_state"], crash["reason"]), ("incomplete", "unfinished_name"))
    expect("directory", crash["directory"], lambda name: name.startswith("127.0.0.1-20"))
    expect("crash_time", unix(crash["crash_time"]), close_to(when))
    expect("category", crash["record"]["category"], "sysrq")
    expect("boot_id and outcome", (boot["boot_id"], boot["outcome"]), (was, "partial"))
    expect("cause", boot["cause"]["code"], "interrupted")
    said = wait_told(node, "that a dump broke off", "degraded", incomplete_dumps="found")
    expect("reason", said["reason"], "incomplete_dumps")
    rig.prove("power lost while makedumpfile ran: vmcore-incomplete is told as such, the crash known from vmcore-dmesg.txt")
    node.sh(f"rm -r '/var/crash/{crash['directory']}'")


def captured(rig, node):
    configure(node, COLLECTOR)
    rig.before("sysrq", node)
    was = node.boot_id()
    when = node.crash()
    boot = rig.after(node)
    crash = node.newest_crash()
    record = crash["record"]
    expect("directory", crash["directory"], lambda name: name.startswith("127.0.0.1-20"))
    names = sorted(node.sh(f"ls '/var/crash/{crash['directory']}'").split())
    expect("what kdump.sh leaves", names, ["kexec-dmesg.log", "vmcore", "vmcore-dmesg.txt"])
    expect("vmcore, log", (crash["vmcore"], crash["log"]), ("vmcore", "vmcore-dmesg.txt"))
    expect("dump_state", crash["dump_state"], "complete")
    expect("crash_time", unix(crash["crash_time"]), close_to(when))
    expect("category", record["category"], "sysrq")
    expect("kernel_release", record["kernel_release"], node.disk.release)
    expect("boot_id and outcome", (boot["boot_id"], boot["outcome"]), (was, "captured"))
    expect("crash_id of the boot", boot["crash_id"], record["id"])
    rig.prove(f"sysrq: {crash['directory']}/vmcore is whole, crash time within 2 s, the boot is captured")


def collector_missing(rig, node):
    """And the next boot has no crashkernel=."""
    configure(node, "save-core --all", "degraded")  # warned of: it filters nothing
    rig.before("no collector", node)
    was = node.boot_id()
    when = node.trigger()
    failed = "kdump: saving vmcore failed, exitcode:127"
    node.wait_serial(failed, CRASH_SECONDS)
    node.wait("the end of the capture", lambda: "Executing final action" in node.serial().split(failed)[-1], 60)
    node.power_cut()
    node.command_line = " ".join(word for word in node.command_line.split() if not word.startswith("crashkernel="))
    node.start()
    node.wait_booted(was)
    boot = rig.after(node)
    crash = node.newest_crash()
    expect("dump_state", crash["dump_state"], "log_only")
    expect("crash_time", unix(crash["crash_time"]), close_to(when, 60))  # the directory's stamp
    expect("boot_id", boot["boot_id"], was)
    expect("cause", boot["cause"]["code"], "collector_missing")
    expect("the line of kexec-dmesg.log", boot["cause"]["line"], lambda line: "saving vmcore failed, exitcode:127" in line)
    rig.prove("no such collector in the image: the kernel log alone is left, and kexec-dmesg.log names the cause")


def skipped(rig, node):
    said = wait_told(node, "that the service was skipped", "not_ready", service_unit="start_skipped")
    expect("reason", said["reason"], "crashkernel_cmdline")
    expect("result", values(said, "service_unit").get("kdump.service"), lambda text: text and "Result=exec-condition" in text)
    expect("the next boot", check(said, "crashkernel_pending")["reason"], "reboot_pending")
    rig.prove("without crashkernel=: not ready, kdump.service was skipped by its ExecCondition, the boot entry has one")
