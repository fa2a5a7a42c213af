# SPDX-License-Identifier: Apache-2.0
"""bench.py KDUMPD NODE_EXPORTER: both on this machine in one run, in turns; two Markdown tables on stdout."""
import gc
import os
import shutil
import signal
import statistics
import sys
import tempfile
import time

from dumps import measure_dumps
from http_load import Client, Crowd
from servers import Server, Systemd, progress
from table import Table, percentile

IDLE_SECONDS = float(os.environ.get("BENCH_IDLE_SECONDS", "60"))
REQUESTS = int(os.environ.get("BENCH_REQUESTS", "2000"))
STARTS = int(os.environ.get("BENCH_STARTS", "20"))
SCRAPERS = int(os.environ.get("BENCH_SCRAPERS", "50"))
DUMPS = [int(word) for word in os.environ.get("BENCH_DUMPS", "1 100 1000 10000").split()]
LOOKS = int(os.environ.get("BENCH_LOOKS", "20"))
ROOTFS = os.environ.get("BENCH_ROOTFS", "/")
OBSERVE_SECONDS = 15
BLOCK = min(100, REQUESTS // 2)  # requests to one server before it is the next one's turn
CROWD_BLOCK = 500
BAR_MS = 2.0  # /metrics p99 with one scraper
KIB = 1024
CRON_FILE = """\
# HELP kdump_armed Whether a capture kernel is loaded.
# TYPE kdump_armed gauge
kdump_armed 1
# HELP kdump_service_active Whether kdump.service is active.
# TYPE kdump_service_active gauge
kdump_service_active 1
# HELP kdump_reserved_bytes Memory reserved for the capture kernel.
# TYPE kdump_reserved_bytes gauge
kdump_reserved_bytes 268435456
# HELP kdump_vmcores Dumps in the crash directory.
# TYPE kdump_vmcores gauge
kdump_vmcores 0
"""


def measure_starts(table, servers, fresh_state):
    progress(f"{STARTS} starts of each")
    times = {server.name: [] for server in servers}
    for _ in range(STARTS):
        for server in servers:
            fresh_state()
            times[server.name].append(server.start())
            server.stop()
    table.add("start to first verdict, median, ms", {name: statistics.median(each) for name, each in times.items()}, 1)
    table.add("start to first verdict, max, ms", {name: max(each) for name, each in times.items()}, 1)


def measure_answer(table, servers):
    series, size = {}, {}
    for server in servers:
        body = server.get("/metrics")
        series[server.name] = sum(1 for line in body.splitlines() if line[:1].isalpha() and b" " in line)
        size[server.name] = len(body) / KIB
    table.add("series", series)
    table.add("/metrics, KiB", size, 1)


def measure_idle(table, servers):
    progress(f"{IDLE_SECONDS:g} idle seconds")
    switches = {server.name: server.switches() for server in servers}
    cpu = {server.name: server.cpu_ms() for server in servers}
    begin = time.monotonic()
    time.sleep(IDLE_SECONDS)
    passed = time.monotonic() - begin
    # A thread that began meanwhile counts from 0.
    count = {
        server.name: sum(now - switches[server.name].get(task, 0) for task, now in server.switches().items())
        for server in servers
    }
    used = {server.name: server.cpu_ms() - cpu[server.name] for server in servers}
    table.add("idle: RSS, KiB", {server.name: server.kib("VmRSS") for server in servers})
    table.add("idle: RssAnon, KiB", {server.name: server.kib("RssAnon") for server in servers})
    table.add("idle: PSS, KiB", {server.name: server.kib("Pss", "smaps_rollup") for server in servers})
    table.add("idle: threads", {server.name: server.kib("Threads") for server in servers})
    table.add("idle: wake-ups per minute", {name: each * 60 / passed for name, each in count.items()}, 1)
    table.add("idle: CPU per minute, ms", {name: each * 60 / passed for name, each in used.items()}, 1)
    # One look after the other: what happens between looks is counted to them.
    ours = servers[0].name
    table.add("wake-ups per look", {ours: count[ours] * OBSERVE_SECONDS / passed}, 1)
    table.add("CPU per look, ms", {ours: used[ours] * OBSERVE_SECONDS / passed}, 2)


def add_latency(table, what, times):
    for share in (0.50, 0.99):
        values = {name: percentile(each, share) * 1000 for name, each in times.items()}
        table.add(f"{what}: p{share * 100:.0f}, ms", values, 3)


def measure_scrapes(table, servers, requests, what, **options):
    """The servers take turns, BLOCK requests each, so that a busy moment of the machine meets all of them."""
    progress(f"{requests} scrapes of each: {what}")
    times = {server.name: [] for server in servers}
    cpu = {server.name: [] for server in servers}
    size = {}
    for _ in range(requests // BLOCK):
        for server in servers:
            client = Client(server.port, "/metrics", **options)
            before = server.cpu_ms()
            answers = [client.get() for _ in range(BLOCK)]
            cpu[server.name].append(server.cpu_ms() - before)
            times[server.name] += [seconds for seconds, _ in answers]
            size[server.name] = statistics.mean(answer.wire_bytes for _, answer in answers)
            client.close()
    add_latency(table, what, times)
    medians = {name: statistics.median(each) for name, each in cpu.items()}
    table.add(f"{what}: CPU per 100, ms", {name: each * 100 / BLOCK for name, each in medians.items()}, 1)
    table.add(f"{what}: KiB received", {name: each / KIB for name, each in size.items()}, 1)


def measure_crowd(table, servers, requests, what, keep_alive):
    """SCRAPERS at once, each with one request outstanding; the servers take turns again."""
    progress(f"{requests} scrapes of each by {SCRAPERS} scrapers: {what}")
    times = {server.name: [] for server in servers}
    rate = {server.name: [] for server in servers}
    cpu = {server.name: [] for server in servers}
    size, served = {}, {}
    for _ in range(max(1, requests // CROWD_BLOCK)):
        for server in servers:
            crowd = Crowd(server.port, "/metrics", SCRAPERS, keep_alive)
            before = server.cpu_ms()
            seconds = crowd.run(min(requests, CROWD_BLOCK))
            answers = len(crowd.times)
            cpu[server.name].append((server.cpu_ms() - before) * 100 / answers)
            rate[server.name].append(answers / seconds)
            times[server.name] += crowd.times
            size[server.name] = crowd.bytes / answers / KIB
            served[server.name] = min(crowd.served(), served.get(server.name, SCRAPERS))
    table.add(f"{what}: scrapers served", served)
    add_latency(table, what, times)
    table.add(f"{what}: scrapes/s", {name: statistics.median(each) for name, each in rate.items()})
    table.add(f"{what}: CPU per 100, ms", {name: statistics.median(each) for name, each in cpu.items()}, 1)
    table.add(f"{what}: KiB received", size, 1)


def measure_memory(table, servers, when):
    table.add(f"{when}: RSS, KiB", {server.name: server.kib("VmRSS") for server in servers})
    table.add(f"{when}: RssAnon, KiB", {server.name: server.kib("RssAnon") for server in servers})


class Bench:
    """The servers that are compared, and what they stand on."""

    def __init__(self, directory, kdumpd, node_exporter, systemd):
        self.directory, self.systemd = directory, systemd
        self.state = os.path.join(directory, "state")
        texts = os.path.join(directory, "textfile")
        os.mkdir(texts)
        with open(os.path.join(texts, "kdump.prom"), "w", encoding="ascii") as file:
            file.write(CRON_FILE)
        # The peer's second process runs a copy: two of one file would share pages and halve each other's PSS.
        copy = shutil.copy(node_exporter, os.path.join(directory, "node_exporter"))
        listen = "--web.listen-address=127.0.0.1:PORT"
        bus = [f"--dbus.socket={systemd.socket}"] if systemd.socket else []
        ours = [kdumpd, "run", f"--path.rootfs={ROOTFS}", f"--path.state={self.state}", listen]
        self.kdumpd = self._server("kdumpd", ours + [f"--observe.interval={OBSERVE_SECONDS}s"] + bus, "/readyz")
        # Its limit of 40 scrapes at once would answer the others with 503.
        theirs = [listen, "--web.max-requests=0"]
        kdump = ["--collector.disable-defaults", "--collector.systemd", "--collector.systemd.unit-include=kdump.*"]
        kdump += ["--collector.textfile", f"--collector.textfile.directory={texts}"]
        self.alike = self._server("ne kdump", [node_exporter] + theirs + kdump, "/metrics")
        self.whole = self._server("ne default", [copy] + theirs, "/metrics")
        nothing = os.path.join(os.path.dirname(os.path.abspath(__file__)), "http_load.py")
        self.floor = self._server("empty", [sys.executable, "-B", nothing, "PORT"], "/")
        self.real = [self.kdumpd, self.alike, self.whole]

    def _server(self, name, arguments, ready_path):
        log = os.path.join(self.directory, f"{name.replace(' ', '-')}.log")
        return Server(name, arguments, ready_path, log, self.systemd.environment())

    def fresh_state(self):
        shutil.rmtree(self.state, ignore_errors=True)
        os.mkdir(self.state, 0o700)

    def measure(self):
        table = Table(self.kdumpd.name, [self.alike.name, self.whole.name], self.floor.name)
        everyone = self.real + [self.floor]
        half = REQUESTS // 2
        try:
            measure_starts(table, self.real, self.fresh_state)
            self.fresh_state()
            for one in everyone:
                one.start()
            notes = self.notes()
            measure_answer(table, self.real)
            measure_idle(table, self.real)
            measure_scrapes(table, everyone, REQUESTS, "1 scraper, connection each", keep_alive=False)
            measure_scrapes(table, everyone, REQUESTS, "1 scraper, keep-alive", keep_alive=True)
            measure_scrapes(table, everyone, half, "1 scraper, gzip asked", keep_alive=True, gzip=True)
            measure_memory(table, self.real, "after 1 scraper")
            measure_crowd(table, everyone, half, f"{SCRAPERS} scrapers, connection each", keep_alive=False)
            measure_crowd(table, everyone, half, f"{SCRAPERS} scrapers, keep-alive", keep_alive=True)
            measure_memory(table, self.real, f"after {SCRAPERS} scrapers")
        finally:
            for one in everyone:
                one.stop()
        p99 = table.value("1 scraper, connection each: p99, ms")
        notes.append(f"bar: /metrics p99 with one scraper <= {BAR_MS:g} ms: {p99:.3f}, {verdict(p99 <= BAR_MS)}")
        return table, notes

    def notes(self):
        """What each really looked at: a figure of a collector that failed is no comparison."""
        success = {
            name: self.alike.sample(f'node_scrape_collector_success{{collector="{name}"}}')
            for name in ("systemd", "textfile")
        }
        up = self.kdumpd.sample('kdumpd_source_up{source="dbus"}')
        return [
            "ne kdump: node_exporter with its systemd (kdump.*) and textfile collectors; ne default: as Debian starts it",
            f"systemd: {self.systemd.problem or self.systemd.what}",
            "ne kdump, node_scrape_collector_success: "
            + ", ".join(f"{name} {'works' if value == 1 else 'FAILED'}" for name, value in success.items()),
            f"kdumpd, kdumpd_source_up of dbus: {'works' if up == 1 else 'FAILED'}",
        ]


def verdict(met):
    return "met" if met else "NOT MET"


def main():
    if len(sys.argv) != 3 or BLOCK < 1 or REQUESTS % (2 * BLOCK) or STARTS < 1 or not 1 <= SCRAPERS <= 250:
        sys.exit("usage: bench.py KDUMPD NODE_EXPORTER (the BENCH_ variables: see README.md)")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is stopped
    kdumpd = os.path.abspath(sys.argv[1])
    load = f"load average {os.getloadavg()[0]:.2f} on {os.cpu_count()} CPUs"
    progress(f"{load}; figures of a busy machine mean little")
    gc.disable()  # no pauses of ours in the p99
    with tempfile.TemporaryDirectory(prefix="kdumpd-bench-") as directory:
        systemd = Systemd(os.path.join(directory, "systemd"))
        try:
            table, notes = Bench(directory, kdumpd, sys.argv[2], systemd).measure()
            dumps = measure_dumps(kdumpd, systemd, directory, DUMPS, min(STARTS, 5), LOOKS)
        finally:
            systemd.stop()
    notes.append(f"{load} at the beginning, {os.getloadavg()[0]:.2f} at the end")
    print(table.markdown(), "\n".join(f"- {note}" for note in notes), dumps, sep="\n\n")


if __name__ == "__main__":
    main()
