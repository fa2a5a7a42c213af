# SPDX-License-Identifier: Apache-2.0
"""collection.py KDUMPD: what it costs to bring a dump to a store, beside other programs that can; a Markdown table for
each store on stdout. See README.md."""
import argparse
import functools
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile

from readers import Sample, compile_program, settle
from servers import progress
from stores import ACCESS, BUCKET, CLEARED, REGION, SECRET, Sink, Swift, signed, write_job
from table import markdown, number

ROUNDS = int(os.environ.get("BENCH_SHIP_ROUNDS", "5"))
MEBIBYTES = int(os.environ.get("BENCH_SHIP_MIB", "1024"))
LIMIT_SECONDS = 300  # of each run
# As kdumpd-ship makes itself: what else the machine does must not hold up one more than the other.
MEEK = ["/usr/bin/ionice", "-c3", "/usr/bin/nice", "-n19"]
GOAL_CPU, GOAL_PEAK_MIB = 0.5, 64
HEADING = ["program", "MB/s", "least", "most", "ratio", "CPU s", "ratio", "peak MiB", "ratio", "cached MiB", "runs", "answer"]
KEY = "lab/node/crash/vmcore"


class Client:
    """A program that brings the file to the store; `command` makes its words."""

    def __init__(self, name, command, environment=None):
        self.name, self.command, self.environment = name, command, environment or {}
        self.samples, self.cached, self.failure = [], [], ""

    def said(self, output):
        """Why its own words say that it failed; "" when they do not."""
        return ""

    def middle(self, figure, unit):
        return statistics.median(getattr(sample, figure) for sample in self.samples) / unit if self.samples else None

    def speeds(self, size):
        """MB/s of each run."""
        return [size / sample.wall for sample in self.samples]  # bytes in a microsecond


class Ship(Client):
    """kdumpd-ship, as the daemon starts it; the shell is gone before it begins."""

    def __init__(self, name, bench, program, store, recipient=""):
        self.bench, self.program, self.store, self.recipient = bench, program, store, recipient
        super().__init__(name, self._command)

    def _command(self):
        job, journal = (os.path.join(self.bench.directory, name) for name in ("job", "journal"))
        write_job(job, self.store.target(), self.recipient)
        with open(journal, "wb"):
            pass
        return ["/bin/sh", "-c", 'exec "$0" 3<"$1" 4<>"$2" 5<"$3"', self.program, job, journal, self.bench.dump]

    def said(self, output):
        end = re.search(r"^end (.*)$", output, re.M)
        return "" if end and "problem=none" in end.group(1) else f"failed: {end.group(1) if end else 'it said no end'}"


class Bench:
    def __init__(self, directory):
        self.directory = directory
        self.stopwatch = compile_program(directory, "stopwatch", "-static")
        self.output = os.path.join(directory, "output")
        self.dump = os.path.join(directory, "vmcore")
        subprocess.run(["dd", "if=/dev/urandom", f"of={self.dump}", "bs=1M", f"count={MEBIBYTES}", "conv=fsync", "status=none"],
                       check=True)  # fmt: skip
        settle(self.dump)
        self.size = os.path.getsize(self.dump)

    @functools.cached_property
    def sha256(self):
        return subprocess.run(["openssl", "dgst", "-sha256", "-r", self.dump], capture_output=True, text=True, check=True).stdout[:64]

    def warm(self):
        """In the page cache, for whoever comes next: some leave it there, some do not."""
        with open(self.dump, "rb", buffering=0) as file:
            while file.read(1 << 20):
                pass

    def cached(self):
        """MiB of the file that are in the page cache."""
        said = subprocess.run(["fincore", "--bytes", "--noheadings", "--output", "RES", self.dump], capture_output=True, text=True, check=True)
        return int(said.stdout) / (1 << 20)

    def run(self, client):
        environment = {name: value for name, value in os.environ.items() if name not in CLEARED} | client.environment
        words = [self.stopwatch, str(LIMIT_SECONDS), "0", "-", self.output, *MEEK, *client.command()]
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, text=True, check=True)
        sample = Sample(*map(int, done.stdout.split()))
        with open(self.output, encoding="utf-8", errors="replace") as file:
            said = client.said(file.read())
        if sample.status != 0:
            return sample, f"failed: exit {sample.status}: {' '.join(done.stderr.split())[-200:]}"
        return sample, said

    def measure_once(self, client, store):
        store.forget()
        self.warm()
        sample, client.failure = self.run(client)
        held = store.held()
        # An encrypted one has a header and a tag for each 64 KiB more.
        if not client.failure and (len(held) != 1 or not self.size <= held[0] <= self.size * 1.001 + 4096):
            client.failure = f"failed: the store holds {held}"
        if not client.failure:
            client.samples.append(sample)
            client.cached.append(self.cached())


def curl(bench, store, header=()):
    return ["/usr/bin/curl", "-sS", "--fail", "-H", "Expect:", *header, "-T", bench.dump, f"http://{store.address}{store.path}"]


def swift_peers(bench, store):
    store.path = f"/{BUCKET}/{KEY}"
    keys = {"AWS_ACCESS_KEY_ID": ACCESS, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_DEFAULT_REGION": REGION,
            "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_EC2_METADATA_DISABLED": "true"}  # fmt: skip
    aws = ["/usr/bin/aws", "--endpoint-url", f"http://{store.address}", "s3", "cp", "--only-show-errors", bench.dump, f"s3://{BUCKET}/{KEY}"]
    remote = {f"RCLONE_CONFIG_SWIFT_{name}": value
              for name, value in {"TYPE": "s3", "PROVIDER": "Other", "ACCESS_KEY_ID": ACCESS, "SECRET_ACCESS_KEY": SECRET,
                                  "ENDPOINT": f"http://{store.address}", "REGION": REGION, "FORCE_PATH_STYLE": "true"}.items()}  # fmt: skip

    def signed_curl():
        headers = signed("PUT", store.address, store.path, bench.sha256)
        return curl(bench, store, [word for name, value in headers.items() for word in ("-H", f"{name}: {value}")])

    rclone = ["/usr/bin/rclone", "--config", "", "copyto", "--s3-no-check-bucket", bench.dump, f"swift:{BUCKET}/{KEY}"]
    def hashed_curl():
        """As long as it takes to know the hash that is signed; the signature itself is made before, of the same bytes."""
        words = signed_curl()
        return ["/bin/sh", "-c", 'openssl dgst -sha256 -r "$0" >/dev/null && exec "$@"', bench.dump, *words]

    return [Client("aws s3 cp", lambda: aws, keys), Client("rclone", lambda: rclone, remote),
            Client("curl, signed hash", signed_curl), Client("openssl, then curl", hashed_curl)]  # fmt: skip


def sink_peers(bench, store):
    store.path = f"/{KEY}"
    return [Client("curl", lambda: curl(bench, store))]  # rclone asks for PROPFIND, which nginx does not know


def cells(client, bench, base):
    def ratio(ours, theirs):
        return number(ours / theirs if ours and theirs else None, 2)

    speeds = client.speeds(bench.size)
    speed, cpu, peak = (statistics.median(speeds) if speeds else None), client.middle("cpu", 1e6), client.middle("peak", 1024)
    ours = statistics.median(base.speeds(bench.size)) if base.samples else None
    return [client.name, number(speed, 0), number(min(speeds, default=None), 0), number(max(speeds, default=None), 0),
            ratio(speed, ours), number(cpu, 2), ratio(cpu, base.middle("cpu", 1e6)), number(peak, 1),
            ratio(peak, base.middle("peak", 1024)), number(statistics.median(client.cached) if client.cached else None, 0),
            str(len(client.samples)), client.failure or "stored"]  # fmt: skip


def measure(bench, store, clients):
    progress(f"{store.name}: {len(clients)} programs, {ROUNDS} rounds")
    for client in clients:  # not counted: what is loaded once is loaded now
        bench.measure_once(client, store)
        client.samples, client.cached = [], []
    for _ in range(ROUNDS):
        for client in clients:
            if not client.failure:
                bench.measure_once(client, store)
    rows = [cells(client, bench, clients[0]) for client in clients]
    print(f"**{store.name}, {MEBIBYTES} MiB**\n\n{markdown(HEADING, rows)}\n", flush=True)


def speed_of_openssl():
    """MB/s of each, on one core, in blocks of 64 KiB."""
    speeds = {}
    for name in ("sha256", "md5", "chacha20-poly1305"):
        said = subprocess.run(["openssl", "speed", "-mr", "-seconds", "1", "-bytes", "65536", "-evp", name], capture_output=True,
                              text=True, check=True).stdout  # fmt: skip
        speeds[name] = float(re.findall(r"^\+F:.*:([0-9.]+)$", said, re.M)[-1]) / 1e6
    return speeds


def goal(what, value, bound, unit, at_least=False, digits=2):
    sign = ">=" if at_least else "<="
    if value is None:
        return f"- goal: {what} {sign} {bound:g}{unit}: not measured"
    met = value >= bound if at_least else value <= bound
    return f"- goal: {what} {sign} {bound:g}{unit}: {value:.{digits}f}, {'met' if met else 'NOT MET'}"


def goals(bench, swift, sink):
    """What was promised, beside what was measured; ours are the first two of each."""
    named = {client.name: client for client in swift}
    aws = named["aws s3 cp"]

    def by_round(ours, theirs, figure):
        pairs = list(zip(ours.samples, theirs.samples))
        return statistics.median(getattr(one, figure) / getattr(two, figure) for one, two in pairs) if pairs else None

    for ours in swift[:2]:
        yield goal(f"{ours.name}: CPU to Swift", by_round(ours, aws, "cpu"), GOAL_CPU, "x that of aws s3 cp")
        for peer, what in (("curl, signed hash", "curl with a signed hash that it was given"),
                           ("openssl, then curl", "openssl and curl, which hash and send")):  # fmt: skip
            yield goal(f"{ours.name}: throughput to Swift", by_round(named[peer], ours, "wall"), 1, f"x that of {what}", True)
    peaks = [client.middle("peak", 1024) for client in swift[:2] + sink[:2]]
    yield goal("peak memory", max((peak for peak in peaks if peak), default=None), GOAL_PEAK_MIB, " MiB", digits=1)


def main():
    parser = argparse.ArgumentParser(prog="./dev bench collection", description=__doc__)
    parser.add_argument("kdumpd", metavar="KDUMPD", type=os.path.abspath)
    parser.add_argument("--directory", metavar="PATH", help="where the dump and what nginx stores may be; not in memory")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was made is removed
    load = os.getloadavg()[0]
    progress(f"load average {load:.2f} on {os.cpu_count()} CPUs; figures of a busy machine mean little")
    program = os.path.join(os.path.dirname(options.kdumpd), "kdumpd-ship")
    with tempfile.TemporaryDirectory(prefix="kdumpd-bench-", dir=options.directory) as directory:
        bench = Bench(directory)
        said = subprocess.run(["age-keygen"], capture_output=True, text=True, check=True)
        recipient = re.search(r"age1\w+", said.stdout).group()

        def ours(store):
            return [Ship("kdumpd-ship", bench, program, store), Ship("kdumpd-ship, encrypted", bench, program, store, recipient)]

        stores = []
        try:
            stores = [Swift(), Sink(directory)]
            swift, sink = (ours(store) + peers(bench, store) for store, peers in zip(stores, (swift_peers, sink_peers)))
            for store, clients in zip(stores, (swift, sink)):
                measure(bench, store, clients)
        finally:
            for store in stores:
                store.stop()
        lines = [f"- openssl speed, one core, 64 KiB: {', '.join(f'{name} {speed:,.0f} MB/s' for name, speed in speed_of_openssl().items())}",
                 *goals(bench, swift, sink),
                 f"- load average {load:.2f} on {os.cpu_count()} CPUs at the beginning, {os.getloadavg()[0]:.2f} at the end"]  # fmt: skip
        print("\n".join(lines))


if __name__ == "__main__":
    main()
