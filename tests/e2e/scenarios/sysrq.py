# SPDX-License-Identifier: Apache-2.0
from rig.node import WEB, close_to, expect, unix
from rig.prometheus import Prometheus
from rig.scenario import BROKEN_INSPECTOR, scenario


@scenario("sysrq", "a crash by sysrq: captured, found, recorded, alerted, acknowledged", quick=True,
          sabotage=BROKEN_INSPECTOR)
def sysrq(rig):
    node = rig.node("crashes").boot()
    rig.before("sysrq", node)
    with Prometheus(rig.directory / "prometheus", node, node.ports[WEB]) as prometheus:
        node.wait("Prometheus to see ready", lambda: prometheus.value('kdump_verdict{verdict="ready"}') == 1, 30)
        expect("alerts before", prometheus.alerts(), set())
        boot_before = node.boot_id()
        when = node.crash()
        crash = node.newest_crash()
        record = crash["record"]

        expect("dump_state", crash["dump_state"], "complete")
        expect("crash_time", unix(crash["crash_time"]), close_to(when))
        expect("category", record["category"], "sysrq")
        expect("title", record["title"], "sysrq triggered crash")
        expect("signature", record["signature"], lambda text: (text or "").startswith("v1-"))
        expect("kernel_release", record["kernel_release"], node.disk.release)
        expect("size on disk", crash["bytes"],
               int(node.sh(f"stat -c %s /var/crash/{crash['directory']}/{crash['vmcore']}")))
        rig.prove(f"the dump is found whole, {crash['bytes'] >> 20} MiB, category sysrq, crash time within 2 s")

        shown = node.kdumpd(f"crashes show {crash['record']['id']}")
        expect("signature in `crashes show`", shown["record"]["signature"], record["signature"])
        expect("task in the report", shown["report"]["crash"]["task"], lambda task: bool(task))
        boot = rig.after(node)
        expect("boot_id", boot["boot_id"], boot_before)
        expect("outcome", boot["outcome"], "captured")
        expect("crash_id of the boot", boot["crash_id"], record["id"])
        rig.prove("the boot ledger says captured, and names this crash")

        metrics = node.metrics()
        expect("crashes in the metrics", [series for series in metrics if series.startswith("kdump_crashes_total")
                                          and metrics[series] == 1 and 'category="sysrq"' in series],
               lambda found: len(found) == 1)
        expect("last crash in the metrics", metrics["kdump_last_crash_timestamp_seconds"], close_to(when))
        expect("unacknowledged", metrics["kdump_unacknowledged_crashes"], 1)
        node.wait("KernelCrashed to fire", lambda: "KernelCrashed" in prometheus.alerts(), 60)
        rig.prove("one crash is counted, and KernelCrashed fires in Prometheus")

        node.sh(f"kdumpd crashes ack {record['id']}")
        node.wait("KernelCrashed to stop", lambda: "KernelCrashed" not in prometheus.alerts(), 60)
        expect("unacknowledged after ack", node.metrics(keep="acknowledged")["kdump_unacknowledged_crashes"], 0)
        rig.prove("`kdumpd crashes ack` ends the alert")
