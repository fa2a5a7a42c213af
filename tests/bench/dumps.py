# SPDX-License-Identifier: Apache-2.0
"""What kdumpd costs against the number of dumps in the crash directory: a copy of a bundled node, filled on the fly."""
import os
import shutil
import statistics
import time

from servers import Server, progress
from table import markdown, number

NODE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../hosts/rhel9-ready/root")
# makedumpfile's flattened format: its header of 4 KiB, a record of (offset, size, bytes), the end marker.
VMCORE = (
    b"makedumpfile".ljust(16, b"\0") + (1).to_bytes(8, "big") * 2 + bytes(4064)
    + (0).to_bytes(8, "big") + (8).to_bytes(8, "big") + b"KDUMP   " + b"\xff" * 16
)  # fmt: skip
LOG = b"[ 1000.000000] Kernel panic - not syncing: Fatal exception\n"
LOOKS = "kdumpd_observe_duration_seconds_count"
FIRST_CRASH = 1_600_000_000
SETTLED_SECONDS = 3  # --observe.settle=1s; and a file that is younger than 2 s is looked at again
HEADING = ["dumps", "first verdict ms", "all known ms", "CPU ms till then", "CPU ms/look", "RSS KiB", "RssAnon KiB"] + [
    "/metrics KiB", "/crashes KiB", "listed"
]  # fmt: skip


def make_node(directory):
    node = os.path.join(directory, "node")
    # What only keeps a directory in a checkout would count as an entry of the crash directory.
    shutil.copytree(NODE, node, symlinks=True, ignore=shutil.ignore_patterns(".gitkeep"))
    month_ago = time.time() - 30 * 86400
    for above, directories, files in os.walk(node):
        for name in directories + files:
            os.utime(os.path.join(above, name), (month_ago, month_ago), follow_symlinks=False)
    return node


def add_dumps(node, first, end):
    """The dumps with the numbers from `first` to before `end`."""
    for index in range(first, end):
        crash = FIRST_CRASH + 3600 * index
        name = time.strftime("127.0.0.1-%Y-%m-%d-%H:%M:%S", time.gmtime(crash))
        dump = os.path.join(node, "var/crash", name)
        os.mkdir(dump)
        for file, content in (("vmcore-dmesg.txt", LOG), ("vmcore", VMCORE)):
            path = os.path.join(dump, file)
            with open(path, "wb") as out:
                out.write(content)
            os.utime(path, (crash, crash))
    time.sleep(SETTLED_SECONDS)


def until_known(server, count, begin):
    """Milliseconds since `begin` when all dumps are complete dumps."""
    while server.sample('kdump_vmcores{state="complete"}') != count:
        if time.perf_counter() - begin > 120:
            raise SystemExit(f"bench: kdumpd does not see {count} complete dumps")
        time.sleep(0.01)
    return (time.perf_counter() - begin) * 1000


def measure_count(server, fresh_state, count, starts, looks):
    first, known, cpu = [], [], []
    for _ in range(starts):
        server.stop()
        fresh_state()
        begin = time.perf_counter()
        first.append(server.start())
        known.append(until_known(server, count, begin))
        cpu.append(server.cpu_ms())
    time.sleep(3)  # the last one goes on: it has remembered everything
    looked = server.sample(LOOKS)
    before = server.cpu_ms()
    time.sleep(looks)  # a look each second
    each = (server.cpu_ms() - before) / max(1, server.sample(LOOKS) - looked)
    rss, anonymous = server.kib("VmRSS"), server.kib("RssAnon")
    crashes = server.get("/api/v1/crashes")
    figures = [
        (statistics.median(first), 1), (statistics.median(known), 1), (statistics.median(cpu), 1), (each, 2), (rss, 0),
        (anonymous, 0), (len(server.get("/metrics")) / 1024, 1), (len(crashes) / 1024, 1),
        (crashes.count(b'"dump_state":'), 0),
    ]  # fmt: skip
    return [number(count, 0)] + [number(*figure) for figure in figures]


def measure_dumps(kdumpd, systemd, directory, counts, starts, looks):
    """A Markdown table."""
    state = os.path.join(directory, "dumps-state")

    def fresh_state():
        shutil.rmtree(state, ignore_errors=True)
        os.mkdir(state, 0o700)

    node = make_node(directory)
    bus = [f"--dbus.socket={systemd.socket}"] if systemd.socket else []
    server = Server(
        "kdumpd",
        [kdumpd, "run", f"--path.rootfs={node}", f"--path.state={state}", "--web.listen-address=127.0.0.1:PORT"]
        + ["--observe.interval=1s", "--observe.settle=1s"]
        + bus,
        "/readyz",
        os.path.join(directory, "dumps.log"),
    )
    rows, made = [], 0
    try:
        for count in counts:
            progress(f"{count} dumps: {starts} starts, {looks} looks")
            add_dumps(node, made, count)
            made = count
            rows.append(measure_count(server, fresh_state, count, starts, looks))
            server.stop()
    finally:
        server.stop()
    return markdown(HEADING, rows)
