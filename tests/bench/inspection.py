# SPDX-License-Identifier: Apache-2.0
"""inspection.py KDUMPD [--dump FILE]...: what it costs to look into a dump, beside other programs that can; a
Markdown table for each dump on stdout. See README.md."""
import argparse
import os
import signal
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import big_dump
import hostile_log
from readers import Bench, crash_reader, evict, our_readers, peers, settle
from servers import progress
from table import markdown, number, percentile

ROUNDS = int(os.environ.get("BENCH_READ_ROUNDS", "21"))
SECONDS = float(os.environ.get("BENCH_READ_SECONDS", "60"))  # for each dump, warm and cold each
# Memory of a host, and size of the sparse file.
HOSTS = os.environ.get("BENCH_READ_HOSTS", "512M:16M 64G:1G 1T:16G 6T:64G").split()
FEWEST_ROUNDS = 3
BASE = "makedumpfile"
# Real ones, small because what is not needed for their log was taken out; the synthetic ones grow from the first.
FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../fixtures/dumps/x86_64")
REAL = ["sysrq-6.12.kdump", "null_read-6.1.kdump"]
UNITS = {"M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
DISK_NEEDED = 2 << 30
GOAL_RATIO, GOAL_PEAK_MIB, GOAL_CHEAP_MS = 0.6, 6, 100
HEADING = ["program", "warm ms", "p95", "ratio", "CPU ms", "ratio", "cold ms", "p95", "ratio", "peak MiB", "ratio",
           "runs", "answer"]  # fmt: skip


def size_bytes(word):
    return int(word[:-1]) * UNITS[word[-1]]


def shown_size(size):
    for unit, name in ((1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if size >= unit:
            return f"{size / unit:.3g} {name}"
    return f"{size} bytes"


class Measured:
    """One reader on one dump."""

    def __init__(self, reader):
        self.reader, self.warm, self.cold = reader, [], []
        self.failure, self.answer, self.log = "", "", []

    def try_once(self, dump):
        """Not counted: warms the caches, and says whether it can read this dump at all."""
        sample = self.reader.run(dump)
        self.failure = self.reader.failure(sample)
        self.log = [] if self.failure else self.reader.log_lines()
        self.answer = self.failure or self.reader.answer(dump)

    def runs_in(self, done):
        return not self.failure and done < self.reader.runs


def take_turns(measured, dump, cold):
    """A B C A B C ..., so that a busy moment of the machine meets all of them."""
    for done in range(ROUNDS):
        if done <= FEWEST_ROUNDS:
            begin = time.monotonic()  # those in which everybody runs, however slow, are not counted
        elif time.monotonic() - begin > SECONDS:
            return
        for each in measured:
            if not each.runs_in(done):
                continue
            if cold:
                evict(dump)
            (each.cold if cold else each.warm).append(each.reader.run(dump))


def ratio(ours, theirs, figure):
    """Median of the ratios run by run."""
    pairs = [(getattr(our, figure), getattr(their, figure)) for our, their in zip(ours, theirs)]
    return statistics.median(our / their for our, their in pairs if their > 0) if pairs else None


def middle(samples, figure, unit):
    return statistics.median(getattr(sample, figure) for sample in samples) / unit if samples else None


def high(samples, figure, unit):
    return percentile([getattr(sample, figure) for sample in samples], 0.95) / unit if samples else None


def row(each, base):
    """Ratios are to `base`; without one, there are none."""
    warm, cold = base.warm, base.cold
    cells = [
        (middle(each.warm, "wall", 1000), 2), (high(each.warm, "wall", 1000), 2), (ratio(each.warm, warm, "wall"), 2),
        (middle(each.warm, "cpu", 1000), 2), (ratio(each.warm, warm, "cpu"), 2),
        (middle(each.cold, "wall", 1000), 2), (high(each.cold, "wall", 1000), 2), (ratio(each.cold, cold, "wall"), 2),
        (middle(each.warm, "peak", 1024), 1), (ratio(each.warm, warm, "peak"), 2),
        (len(each.warm) or None, 0),
    ]  # fmt: skip
    return [each.reader.name] + [number(*cell) for cell in cells] + [each.answer]


def compare_logs(measured):
    """Says of each log how long it is and whether it is that of the first peer that has one."""
    others = [each for each in measured if each.log and not each.reader.ours]
    standard = others[0] if others else None
    for each in measured:
        if not each.log:
            continue
        each.answer = ", ".join(filter(None, [each.answer, f"{len(each.log)} lines"]))
        if standard is not None and each is not standard and each.log != standard.log:
            missing = abs(len(each.log) - len(standard.log))
            other = missing + sum(1 for one, two in zip(each.log, standard.log) if one != two)
            each.answer += f", {other} unlike {standard.reader.name}"


def measure(bench, readers, dump, what, vmlinux=""):
    """What each reader did, and a table."""
    progress(f"{what}: up to {ROUNDS} rounds, warm and cold")
    crash, problem = crash_reader(bench, vmlinux, dump)
    measured = [Measured(reader) for reader in readers + [crash] * bool(crash)]
    for each in measured:
        each.try_once(dump)
    compare_logs(measured)
    take_turns(measured, dump, cold=False)
    if evict(dump):
        take_turns(measured, dump, cold=True)
    base = next(each for each in measured if each.reader.name == BASE)
    rows = [row(each, base) for each in measured]
    if problem:
        rows.append(["crash"] + [""] * (len(HEADING) - 2) + [problem])
    return measured, f"**{what}**\n\n" + markdown(HEADING, rows)


def find(measured, name):
    return next(each for each in measured if each.reader.name == name)


class Goals:
    """Measured figures beside what was promised."""

    def __init__(self):
        self.lines = []

    def add(self, what, value, goal, unit, digits=1, note=""):
        shown = "not measured"
        if value is not None:
            shown = f"{value:.{digits}f}, {'met' if value <= goal else 'NOT MET'}{note}"
        self.lines.append(f"- goal: {what} <= {goal:g}{unit}: {shown}")

    def log_at_speed(self, measured, what):
        base = find(measured, BASE)
        if base.failure:
            return
        for name in ("kdumpd inspect --dmesg", "kdumpd-inspect"):
            ours = find(measured, name).warm
            value, cpu = ratio(ours, base.warm, "wall"), ratio(ours, base.warm, "cpu")
            note = "" if cpu is None else f" (of CPU time {cpu:.2f})"
            self.add(f"facts and log of {what}, {name}", value, GOAL_RATIO, f"x {BASE}'s wall time", 2, note)

    def large_host(self, measured):
        whole, cheap = find(measured, "kdumpd-inspect"), find(measured, "kdumpd-inspect, cheap")
        self.add("peak at 1 TiB of memory", middle(whole.warm, "peak", 1024), GOAL_PEAK_MIB, " MiB")
        self.add("cheap check at 1 TiB of memory, warm", middle(cheap.warm, "wall", 1000), GOAL_CHEAP_MS, " ms")
        self.add("cheap check at 1 TiB of memory, cold", middle(cheap.cold, "wall", 1000), GOAL_CHEAP_MS, " ms")


def measure_real(bench, readers, dump, options, goals):
    what = f"{os.path.basename(dump)}, {shown_size(os.path.getsize(dump))}"
    measured, table = measure(bench, readers, dump, what, options.vmlinux)
    goals.log_at_speed(measured, os.path.basename(dump))
    print(table, end="\n\n", flush=True)


def measure_large(bench, readers, small, host, goals):
    """A host of "MEMORY:FILE"."""
    memory, size = host.split(":")
    if shutil.disk_usage(bench.directory).free < DISK_NEEDED:
        print(f"A host of {memory}: not run: less than {shown_size(DISK_NEEDED)} free\n")
        return
    path = os.path.join(bench.directory, f"host-{memory}.kdump")
    try:
        made = big_dump.make(path, small, size_bytes(memory), size_bytes(size))
        settle(path)
        what = f"synthetic, {shown_size(os.path.getsize(path))}, host of {shown_size(size_bytes(memory))}"
        measured, table = measure(bench, readers, path, what)
        print(table, made, sep="\n\n", end="\n\n", flush=True)
        goals.log_at_speed(measured, f"a host of {shown_size(size_bytes(memory))}")
        if size_bytes(memory) == 1 << 40:
            goals.large_host(measured)
    finally:
        if os.path.exists(path):
            os.unlink(path)


def arguments():
    parser = argparse.ArgumentParser(prog="./dev bench reader", description=__doc__)
    parser.add_argument("kdumpd", metavar="KDUMPD", type=os.path.abspath)
    parser.add_argument("--dump", metavar="FILE", action="append", default=[], help="a dump of your own; repeatable")
    parser.add_argument("--vmlinux", metavar="FILE", default="", help="kernel with debug information, for crash")
    parser.add_argument("--directory", metavar="PATH", help="where 1 GB of synthetic dumps may be; not in memory")
    return parser.parse_args()


def unpack(name, directory):
    """A fixture, as a file of its own."""
    path = os.path.join(directory, name)
    subprocess.run(["zstd", "-dqf", "--sparse", os.path.join(FIXTURES, f"{name}.zst"), "-o", path], check=True)
    settle(path)
    return path


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was made is removed
    load = os.getloadavg()[0]
    progress(f"load average {load:.2f} on {os.cpu_count()} CPUs; figures of a busy machine mean little")
    goals = Goals()
    with tempfile.TemporaryDirectory(prefix="kdumpd-bench-", dir=options.directory) as directory:
        bench = Bench(directory)
        readers = our_readers(bench, options.kdumpd) + peers(bench)
        real = [unpack(name, directory) for name in REAL]
        for dump in real + options.dump:
            measure_real(bench, readers, dump, options, goals)
        for host in HOSTS:
            measure_large(bench, readers, real[0], host, goals)
        inspector = os.path.join(os.path.dirname(options.kdumpd), "kdumpd-inspect")
        print(hostile_log.measure(bench, inspector, goals), end="\n\n", flush=True)
    print("\n".join(goals.lines))
    print(f"- load average {load:.2f} on {os.cpu_count()} CPUs at the beginning, {os.getloadavg()[0]:.2f} at the end")


if __name__ == "__main__":
    main()
