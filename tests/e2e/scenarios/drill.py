# SPDX-License-Identifier: Apache-2.0
from rig.node import close_to, expect, unix
from rig.scenario import BROKEN_INSPECTOR, scenario

from .broken import cut_off

START = "kdumpd drill start --confirm node-1 --cordoned > /root/drill.txt 2>&1"
COUNTDOWN = 5  # seconds


def judged(node):
    """What `kdumpd drill status` has to say once no result is to come any more."""
    def over():
        status = node.kdumpd("drill status")
        return status if status["pending"] is None else None
    return node.wait("the drill to be judged", over, 120)


@scenario("drill", "a drill that passes, and one whose capture loses power", sabotage=BROKEN_INSPECTOR)
def drill(rig):
    node = rig.node("drill").boot()
    expect("due before any drill", node.kdumpd("drill status")["due"], "never")
    expect("a drill of another node is refused", node.ssh("kdumpd drill start --confirm node-2 --cordoned").returncode, 1)
    rig.before("drill", node)
    when = node.crash(START) + COUNTDOWN
    said = node.sh("cat /root/drill.txt")
    expect("countdown", said, lambda text: "crashes on purpose in 5 s" in text and "writing to the disks" in text)
    expect("alert in the system log", node.sh("journalctl --priority=alert --no-pager"),
           lambda text: "crashes on purpose" in text)
    rig.prove("`kdumpd drill start` announces itself to the terminal and to the system log, then crashes the node")

    last = judged(node)["last"]
    expect("result", (last["result"], last["reason"]), ("passed", "captured"))
    expect("crash_time", unix(last["crash_time"]), close_to(when, 10))
    expect("seconds to the dump and back", [last["dump_seconds"], last["back_seconds"]],
           lambda both: 0 < both[0] < both[1])
    boot = rig.after(node)
    expect("boot of the drill", (boot["outcome"], boot["drill"], boot["crash_id"]),
           ("captured", last["id"], last["crash_id"]))
    metrics = node.metrics()
    expect("kdump_last_drill_success", metrics["kdump_last_drill_success"], 1)
    expect("kdump_last_drill_duration_seconds", metrics["kdump_last_drill_duration_seconds"], last["back_seconds"])
    expect("kdump_drill_due", metrics["kdump_drill_due"], 0)
    expect("crashes counted", [series for series, value in metrics.items() if series.startswith("kdump_crashes_total{") and value],
           [])
    expect("unacknowledged", metrics["kdump_unacknowledged_crashes"], 0)
    rig.prove(f"it passed: dump after {last['dump_seconds']} s, armed again after {last['back_seconds']} s; "
              "not counted as a crash, and none is due")

    rig.before("drill, power lost", node)
    cut_off(node, START)
    boot = rig.after(node)
    failed = judged(node)
    expect("result", (failed["last"]["result"], failed["last"]["reason"]), ("failed", "partial"))
    expect("the last that passed", failed["last_pass"]["id"], last["id"])
    expect("boot of the drill", (boot["outcome"], boot["drill"]), ("partial", failed["last"]["id"]))
    expect("kdump_last_drill_success", node.metrics()["kdump_last_drill_success"], 0)
    rig.prove(f"it failed: {failed['last']['message']}")
