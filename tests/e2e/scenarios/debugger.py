# SPDX-License-Identifier: Apache-2.0
import calendar
import os
import re
import subprocess
import time

from rig import image
from rig.node import Failed, close_to, expect, patience, unix
from rig.scenario import BROKEN_INSPECTOR, scenario

COMMANDS = "sys\nset\nbt\nlog\nquit\n"
FRAMES = 6  # from panic() on; deeper than that, who called is told otherwise by each unwinder


def debugger(dump, release, say):
    """What Debian's crash(8) says of a dump."""
    vmlinux = image.debug_kernel(release, say)
    commands = dump.with_name("commands")
    commands.write_text(COMMANDS, encoding="utf-8")
    try:
        done = subprocess.run(["crash", "-s", "-i", commands, vmlinux, dump], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, errors="replace", timeout=300 * patience(), check=False,
                              env=os.environ | {"TZ": "UTC", "TERM": "dumb", "HOME": str(dump.parent)})
    except subprocess.TimeoutExpired as late:
        raise Failed(f"crash(8) does not end: {late.stdout!r}") from late
    dump.with_name("crash-utility.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
    if done.returncode != 0:
        raise Failed(f"crash(8): exit {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def field(said, name):
    """The first `NAME: value` that crash(8) prints."""
    found = re.search(rf"^ *{name}: +\"?(.*?)\"?$", said, re.M)
    if not found:
        raise Failed(f"crash(8) says no {name}:\n{said[:2000]}")
    return found.group(1)


def functions(names):
    """From panic() on: what was called before it. The cold part of a function is the function."""
    plain = [name.split(".")[0] for name in names]
    return plain[plain.index("panic"):][:FRAMES]


@scenario("crash-utility", "Debian's crash(8), with the debug kernel, reads the same of a dump as our report", sabotage=BROKEN_INSPECTOR)
def crash_utility(rig):
    node = rig.node("debugged").boot()
    rig.before("crash-utility", node)
    node.crash()
    crash = node.newest_crash()
    expect("inspection", crash["record"]["inspection"], "done")
    seen = node.kdumpd(f"crashes show {crash['record']['id']}")["report"]
    rig.after(node)
    dump = node.directory / "dump"
    node.download(f"/var/crash/{crash['directory']}/{crash['vmcore']}", dump)
    node.power_cut()
    said = debugger(dump, node.disk.release, rig.say)
    dump.unlink()
    rig.prove("crash(8) opens the dump as kdump-tools wrote it")

    ours = seen["crash"]
    expect("message", ours["reason"], field(said, "PANIC"))
    expect("task", [ours["task"], ours["pid"], ours["cpu"]],
           [field(said, "COMMAND"), int(field(said, "PID")), int(field(said, "CPU"))])
    expect("state of that task", field(said, "STATE"), lambda state: "PANIC" in state)
    date = calendar.timegm(time.strptime(field(said, "DATE"), "%a %b %d %H:%M:%S UTC %Y"))
    expect("crash_time", unix(seen["crash_time"]), close_to(date))
    names = [seen["node"], seen["kernel_release"], seen["kernel_version"]]
    expect("node and kernel", names, [field(said, name) for name in ("NODENAME", "RELEASE", "VERSION")])
    rig.prove(f"both say {ours['reason']!r}, task {ours['task']} ({ours['pid']}) on CPU {ours['cpu']}, "
              f"{seen['crash_time']}, {seen['node']}, {seen['kernel_release']}")

    theirs = functions(re.findall(r"^ *#\d+ \[\w+\] (\S+) at ", said, re.M))
    expect("backtrace", functions([frame["function"] for frame in ours["frames"] if frame["reliable"]]), theirs)
    rig.prove(f"the backtrace is the same: {' < '.join(theirs)}")
    log = {line.rstrip() for line in said.splitlines()}
    expect("last lines that crash(8) does not have", [line for line in ours["last_lines"] if line.rstrip() not in log], [])
    rig.prove(f"the last {len(ours['last_lines'])} lines of the log are in both")
