# SPDX-License-Identifier: Apache-2.0
import urllib.error

from rig.node import WEB, expect
from rig.prometheus import Prometheus
from rig.scenario import scenario


def refused(node):
    """The status with which the network is turned away from what only the node may read."""
    try:
        return node.get("/api/v1/readiness")
    except urllib.error.HTTPError as error:
        return error.code


@scenario("healthy", "a healthy node: arming while kdump-tools builds its initrd, then ready", quick=True,
          # a daemon that cannot ask systemd what the service does
          sabotage="drop_ins=/etc/systemd/system/kdumpd.service.d; mkdir -p $drop_ins; "
                   "printf '[Service]\\nInaccessiblePaths=-/run/dbus\\n' > $drop_ins/sabotage.conf")
def healthy(rig):
    node = rig.node("healthy").boot()
    release = node.disk.release
    # At a boot Debian starts nothing of ours (no ssh either) before kdump-tools.service is done: it is ordered before
    # basic.target. What can be watched is the same work later, as after an upgrade of the kernel or of kdump-tools.
    with Prometheus(rig.directory / "prometheus", node, node.ports[WEB]) as prometheus:
        node.sh("systemctl stop kdump-tools")
        node.wait_verdict("not_ready", 60)
        node.sh(f"rm /var/lib/kdump/initrd.img* /var/lib/kdump/latest_sysctls-{release}; "
                "systemctl start --no-block kdump-tools")
        said = node.wait_verdict("arming", 120)
        expect("armed while arming", said["armed"], False)
        loaded = node.sh("cat /sys/kernel/kexec_crash_loaded").strip()
        unit = node.sh("systemctl is-active kdump-tools", status=None).strip()
        expect("kexec_crash_loaded and kdump-tools.service", (loaded, unit), ("0", "activating"))
        node.wait("Prometheus to see arming", lambda: prometheus.value('kdump_verdict{verdict="arming"}') == 1, 30)
        node.metrics(keep="arming")
        rig.prove(f"arming while kdump-tools.service is {unit}: {said['message']}")

        node.wait_armed(600)
        said = node.wait_verdict("ready", 60)
        expect("armed when ready", said["armed"], True)
        expect("distribution", said["distribution"], "debian")
        expect("kernel_release", said["kernel_release"], release)
        expect("exit of `kdumpd check`", node.ssh("kdumpd check").returncode, 0)
        rig.prove("ready once the capture kernel is loaded; `kdumpd check` exits with 0")

        metrics = node.metrics(keep="ready")
        expect("kdump_armed", metrics["kdump_armed"], 1)
        node.wait("Prometheus to see ready", lambda: prometheus.value('kdump_verdict{verdict="ready"}') == 1, 30)
        expect("up", prometheus.value('up{job="kdumpd"}'), 1)
        expect("sum of the verdicts", prometheus.value("sum(kdump_verdict)"), 1)
        expect("alerts", prometheus.alerts(), set())
        expect("the API from outside", refused(node), 403)
        rig.prove('Prometheus has kdump_verdict{verdict="ready"} 1, and no alert of ours fires')
