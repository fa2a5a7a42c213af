# SPDX-License-Identifier: Apache-2.0
"""What a kernel log of 16 MiB costs whose lines were all written to cost: kdumpd-inspect, process start included."""
import json
import os
import statistics

from readers import Inspector
from servers import progress
from table import markdown, number, percentile

ROUNDS = int(os.environ.get("BENCH_LOG_ROUNDS", "11"))
BYTES = 16 << 20
GOAL_MS, GOAL_MIB = 200, 32
STAMP = "[    1.000000] "
CRASH = STAMP + "Kernel panic - not syncing: sysrq triggered crash\n"
# Name, and a line that is repeated.
LOGS = [
    ("events", STAMP + "BUG: kernel NULL pointer dereference, address: 0000000000000000\n"),
    ("lines that count oopses", STAMP + "Oops: 0002 [#1] PREEMPT SMP\n"),
    ("processors", STAMP + "CPU: 1 PID: 1 Comm: a Tainted: G      D 6.1.0\n"),
    ("frames", STAMP + " f+0x1/0x2 [m]\n"),
    ("half of a frame", STAMP + "a" * 500 + "+0x" * 1000 + "\n"),
    ("addresses", STAMP + "[<ffffffff81000000>] " * 100 + "\n"),
    ("modules", STAMP + "Modules linked in: " + "m " * 1000 + "\n"),
    ("hung tasks", STAMP + "INFO: task x:1 blocked for more than 5 seconds.\n"),
    ("short lines", STAMP + "\n"),
    ("long lines", STAMP + "x" * 100_000 + "\n"),
]


def make(path, line):
    with open(path, "w", encoding="ascii") as file:
        file.write(line * ((BYTES - len(CRASH)) // len(line)) + CRASH)


def measure(bench, inspector, goals):
    """A table; the slowest and the largest go to the goals."""
    reader = Inspector(bench, "kdumpd-inspect", lambda dump, log: [inspector, f"--log-bytes={BYTES}"])
    rows, walls, peaks = [], [], []
    path = os.path.join(bench.directory, "hostile.log")
    for name, line in LOGS:
        progress(f"a log of 16 MiB: {name}")
        make(path, line)
        samples = [reader.run(path) for _ in range(ROUNDS + 1)][1:]
        wall = [sample.wall / 1000 for sample in samples]
        peak = max(sample.peak for sample in samples) / 1024
        walls.append(statistics.median(wall))
        peaks.append(peak)
        failure = reader.failure(samples[-1])
        figures = [number(walls[-1], 1), number(percentile(wall, 0.95), 1), number(peak, 1)]
        crash = {} if failure else json.loads(reader.frames(b"F"))["crash"] or {}
        rows.append([name] + figures + [failure or crash.get("title", "no crash found")])
    os.unlink(path)
    goals.add("a hostile log of 16 MiB", max(walls), GOAL_MS, " ms")
    goals.add("memory for a hostile log of 16 MiB", max(peaks), GOAL_MIB, " MiB")
    return "**hostile logs of 16 MiB**\n\n" + markdown(["lines", "ms", "p95", "peak MiB", "answer"], rows)
