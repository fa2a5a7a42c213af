# SPDX-License-Identifier: Apache-2.0
"""bench.py KDUMPD NODE_EXPORTER: both on this machine in one run, in turns; a Markdown table on stdout."""
import gc
import math
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

from http_load import Client

IDLE_SECONDS = float(os.environ.get("BENCH_IDLE_SECONDS", "60"))
REQUESTS = int(os.environ.get("BENCH_REQUESTS", "2000"))
STARTS = int(os.environ.get("BENCH_STARTS", "20"))
ROOTFS = os.environ.get("BENCH_ROOTFS", "/")
OBSERVE_SECONDS = 15
BLOCK = 100  # requests to one server before it is the next one's turn
KIB = 1024


def progress(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """One program on a loopback port of its own, stopped by its pid."""

    def __init__(self, name, arguments, ready_path, log):
        self.name = name
        self.port = free_port()
        self.arguments = [word.replace("PORT", str(self.port)) for word in arguments]
        self.ready_path = ready_path
        self.log = log
        self.process = None

    def start(self):
        """Milliseconds until ready_path answers 200."""
        begin = time.perf_counter()
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        while not self._answers():
            if self.process.poll() is not None or time.perf_counter() - begin > 30:
                with open(self.log, encoding="utf-8", errors="replace") as log:
                    sys.exit(f"bench: {self.name} did not answer {self.ready_path}:\n{log.read()[-2000:]}")
            time.sleep(0.0005)
        return (time.perf_counter() - begin) * 1000

    def _answers(self):
        client = Client(self.port, self.ready_path, keep_alive=False)
        try:
            client.get()
            return True
        except OSError:
            return False
        finally:
            client.close()

    def stop(self):
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def cpu_ms(self):
        # The process's CPU clock, with threads that ended (linux/posix-timers.h: ~pid << 3 | CPUCLOCK_SCHED).
        return time.clock_gettime_ns(~self.process.pid << 3 | 2) / 1e6

    def kib(self, field, file="status"):
        """A "Field:   123 kB" line of /proc/PID; None when it may not be read."""
        try:
            with open(f"/proc/{self.process.pid}/{file}", encoding="ascii") as lines:
                return next((float(line.split()[1]) for line in lines if line.startswith(field + ":")), None)
        except OSError:
            return None

    def switches(self):
        """Voluntary context switches of each thread."""
        found = {}
        for task in os.listdir(f"/proc/{self.process.pid}/task"):
            found[task] = self.kib("voluntary_ctxt_switches", f"task/{task}/status") or 0
        return found


class Table:
    """Rows of figures by server name; None is not measured."""

    def __init__(self, subject, peers, floor):
        self.subject, self.peers, self.floor = subject, peers, floor
        self.rows = []

    def add(self, figure, values, unit_digits=0):
        self.rows.append((figure, values, unit_digits))

    def markdown(self):
        columns = ["figure", self.subject] + [cell for peer in self.peers for cell in (peer, "ratio")] + [self.floor]
        lines = [columns, ["---"] + ["---:"] * (len(columns) - 1)]
        for figure, values, digits in self.rows:
            ours = values.get(self.subject)
            cells = [figure, number(ours, digits)]
            for peer in self.peers:
                theirs = values.get(peer)
                cells += [number(theirs, digits), number(ours / theirs, 2) if ours is not None and theirs else ""]
            lines.append(cells + [number(values.get(self.floor), digits)])
        return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def number(value, digits):
    return "" if value is None else f"{value:,.{digits}f}"


def percentile(values, share):
    """Nearest rank."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def measure_starts(table, servers, fresh_state):
    progress(f"{STARTS} starts of each")
    times = {server.name: [] for server in servers}
    for _ in range(STARTS):
        for server in servers:
            fresh_state()
            times[server.name].append(server.start())
            server.stop()
    what = f"ms from start to first verdict (peer: first page), {STARTS} starts"
    table.add(f"{what}, median", {name: statistics.median(each) for name, each in times.items()}, 1)
    table.add(f"{what}, max", {name: max(each) for name, each in times.items()}, 1)


def measure_first_scrape(table, servers):
    series, size = {}, {}
    for server in servers:
        client = Client(server.port, "/metrics", keep_alive=False)
        _, _, body = client.get()
        series[server.name] = sum(1 for line in body.splitlines() if line[:1].isalpha() and b" " in line)
        size[server.name] = len(body) / KIB
    table.add("series", series)
    table.add("KiB of an answer", size, 1)


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
    table.add("RSS, idle, KiB", {server.name: server.kib("VmRSS") for server in servers})
    table.add("RssAnon, idle, KiB", {server.name: server.kib("RssAnon") for server in servers})
    table.add("PSS, idle, KiB", {server.name: server.kib("Pss", "smaps_rollup") for server in servers})
    table.add("threads", {server.name: server.kib("Threads") for server in servers})
    table.add(f"voluntary context switches in {IDLE_SECONDS:g} idle s", count)
    looks = {servers[0].name: count[servers[0].name] * OBSERVE_SECONDS / passed}
    table.add(f"voluntary context switches per look (every {OBSERVE_SECONDS} s)", looks, 1)
    table.add(f"CPU ms in {IDLE_SECONDS:g} idle s", used, 2)


def measure_scrapes(table, servers, requests, what, **options):
    """The servers take turns, BLOCK requests each, so that a busy moment of the machine meets all of them."""
    progress(f"{requests} scrapes of each: {what}")
    times = {server.name: [] for server in servers}
    cpu = {server.name: [] for server in servers}
    for _ in range(requests // BLOCK):
        for server in servers:
            client = Client(server.port, "/metrics", **options)
            before = server.cpu_ms()
            times[server.name] += [client.get()[0] * 1000 for _ in range(BLOCK)]
            cpu[server.name].append(server.cpu_ms() - before)
            client.close()
    for share in (0.50, 0.99):
        values = {name: percentile(each, share) for name, each in times.items()}
        table.add(f"scrape p{share * 100:.0f}, {what}, ms", values, 3)
    table.add(f"CPU ms per {BLOCK} scrapes, {what}", {name: statistics.median(each) for name, each in cpu.items()}, 1)


def measure_memory(table, servers, scrapes):
    table.add(f"RSS after {scrapes:,} scrapes, KiB", {server.name: server.kib("VmRSS") for server in servers})
    table.add(f"RssAnon after {scrapes:,} scrapes, KiB", {server.name: server.kib("RssAnon") for server in servers})


def measure(directory, kdumpd, node_exporter):
    # The peer's second process runs a copy: two of one file would share pages and halve each other's PSS.
    copy = shutil.copy(node_exporter, os.path.join(directory, "node_exporter"))
    state = os.path.join(directory, "state")

    def fresh_state():
        shutil.rmtree(state, ignore_errors=True)
        os.mkdir(state, 0o700)

    def server(name, arguments, ready_path):
        return Server(name, arguments, ready_path, os.path.join(directory, f"{name}.log"))

    listen = "--web.listen-address=127.0.0.1:PORT"
    ours = server(
        "kdumpd",
        [kdumpd, "run", f"--path.rootfs={ROOTFS}", f"--path.state={state}", listen]
        + [f"--observe.interval={OBSERVE_SECONDS}s"],
        "/readyz",
    )
    few = ["--collector.disable-defaults", "--collector.cpu", "--collector.meminfo", "--collector.loadavg"]
    small = server("node_exporter (cpu, meminfo, loadavg)", [node_exporter, listen] + few, "/")
    full = server("node_exporter (defaults)", [copy, listen], "/")
    nothing = os.path.join(os.path.dirname(os.path.abspath(__file__)), "http_load.py")
    floor = server("empty server", [sys.executable, nothing, "PORT"], "/")
    table = Table(ours.name, [small.name, full.name], floor.name)
    real = [ours, small, full]
    half = REQUESTS // 2
    try:
        measure_starts(table, real, fresh_state)
        fresh_state()
        for one in real + [floor]:
            one.start()
        measure_first_scrape(table, real)
        measure_idle(table, real)
        measure_scrapes(table, real + [floor], REQUESTS, "a connection each", keep_alive=False)
        measure_memory(table, real, REQUESTS)
        measure_scrapes(table, real + [floor], REQUESTS, "keep-alive", keep_alive=True)
        measure_scrapes(table, real + [floor], half, "keep-alive, gzip asked for", keep_alive=True, gzip=True)
        measure_memory(table, real, 2 * REQUESTS + half)
    finally:
        for one in real + [floor]:
            one.stop()
    return table


def main():
    if len(sys.argv) != 3 or REQUESTS < 1 or REQUESTS % (2 * BLOCK) or STARTS < 1:
        sys.exit(f"usage: bench.py KDUMPD NODE_EXPORTER (BENCH_REQUESTS a multiple of {2 * BLOCK}, BENCH_STARTS from 1)")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is stopped
    progress(f"load average {os.getloadavg()[0]:.2f} on {os.cpu_count()} CPUs; figures of a busy machine mean little")
    gc.disable()  # no pauses of ours in the p99
    with tempfile.TemporaryDirectory(prefix="kdumpd-bench-") as directory:
        table = measure(directory, os.path.abspath(sys.argv[1]), sys.argv[2])
    print(table.markdown())


if __name__ == "__main__":
    main()
