# SPDX-License-Identifier: Apache-2.0
"""Programs that look into a dump, each run as a whole process under a stopwatch."""
import collections
import glob
import json
import os
import re
import shutil
import struct
import subprocess
import time

HERE = os.path.dirname(os.path.abspath(__file__))
LIMIT_SECONDS, LIMIT_MIB = 120, 4096  # of each run
TIME_IS_OVER = 124
CRASH_RUNS = 3
LOG_BYTES = 1 << 20  # the newest
JUDGEMENTS = (0, 1, 2, 3)  # how kdumpd inspect ends

Sample = collections.namedtuple("Sample", "wall cpu peak status")  # microseconds, microseconds, KiB


def compile_program(directory, name, *options):
    program = os.path.join(directory, name)
    subprocess.run(["cc", "-O2", "-o", program, os.path.join(HERE, f"{name}.c"), *options], check=True)
    return program


def evict(path):
    """Drops the file from the page cache; False where it stays (a file system in memory)."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)  # only what is clean leaves it
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.preadv(descriptor, [bytearray(1)], 0, os.RWF_NOWAIT)  # answers only from what is in memory
        return False
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)


def settle(path):
    """A file that was just written may still be written to: kdumpd inspect would say so."""
    hour_ago = time.time() - 3600
    os.utime(path, (hour_ago, hour_ago))


class Bench:
    """What all readers share: the stopwatch, and where they write."""

    def __init__(self, directory):
        self.directory = directory
        self.stopwatch = compile_program(directory, "stopwatch", "-static")
        self.log = os.path.join(directory, "log")
        self.output = os.path.join(directory, "output")

    def run(self, command, dump="-"):
        """`dump` is to be open already."""
        if os.path.exists(self.log):
            os.unlink(self.log)  # makedumpfile does not overwrite
        words = [self.stopwatch, str(LIMIT_SECONDS), str(LIMIT_MIB), dump, self.output] + command
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
        return Sample(*map(int, done.stdout.split()))


class Reader:
    """A program that writes a dump's kernel log: `command` makes its words of the dump and the log to write."""

    ours = False
    good = (0,)  # exit statuses of an answer
    runs = 1000

    def __init__(self, bench, name, command):
        self.bench, self.name, self.command = bench, name, command

    def run(self, dump):
        return self.bench.run(self.command(dump, self.bench.log))

    def failure(self, sample):
        """Why its answer is none; "" when it is one."""
        if sample.status in self.good:
            return ""
        if sample.status == TIME_IS_OVER:
            return f"failed: not done in {LIMIT_SECONDS} s"
        return f"failed: signal {sample.status - 128}" if sample.status > 128 else f"failed: exit {sample.status}"

    def answer(self, dump):
        """Of its last run, besides the log."""
        return ""

    def log_bytes(self):
        """Of its last run."""
        return read_file(self.bench.log)

    def log_lines(self):
        """Without the priorities that dmesg --raw shows."""
        return [re.sub(rb"^<\d+>", b"", line) for line in self.log_bytes().splitlines()]


class Makedumpfile(Reader):
    """Pads the further lines of a record with blanks where all others repeat the time."""

    def log_lines(self):
        lines, prefix = [], b""
        for line in super().log_lines():
            if line.startswith(b"["):
                prefix = line[: line.find(b"] ") + 2]
            else:
                line = prefix + line[len(prefix) :]
            lines.append(line)
        return lines


class Crash(Makedumpfile):
    """It analyses before it is asked for the log, and prints that."""

    runs = CRASH_RUNS

    def log_bytes(self):
        text = read_file(self.bench.output)
        return text[max(0, text.find(b"[")) :]


class Inspect(Reader):
    """kdumpd inspect: the program of people, which starts kdumpd-inspect."""

    ours = True
    good = JUDGEMENTS

    def answer(self, dump):
        self.bench.run(self.command(dump, self.bench.log) + ["--output", "json"])
        return said(json.loads(read_file(self.bench.output)))

    def log_bytes(self):
        return b""


class Dmesg(Inspect):
    """kdumpd inspect --dmesg: prints the log."""

    def log_bytes(self):
        return read_file(self.bench.output)


class Inspector(Reader):
    """kdumpd-inspect alone, as the daemon starts it: answers in frames (daemon/core/inspect_wire.h)."""

    ours = True

    def run(self, dump):
        return self.bench.run(self.command(dump, self.bench.log), dump)

    def answer(self, dump):
        return said(json.loads(self.frames(b"F")))

    def log_bytes(self):
        return self.frames(b"L")

    def frames(self, wanted):
        text, found, at = read_file(self.bench.output), b"", 0
        while at < len(text):
            kind, length = struct.unpack_from(">cI", text, at)
            at += 5
            if kind == wanted:
                found += text[at : at + length]
            at += length
        return found


def said(facts):
    return facts["state"] if facts["state"] == "complete" else f"{facts['state']} ({facts['reason']})"


def read_file(path):
    if not os.path.exists(path):
        return b""
    with open(path, "rb") as file:
        return file.read()


def release_of(dump):
    """Of its kernel, as the header of a kdump has it; else ""."""
    with open(dump, "rb") as file:
        head = file.read(272)
    return head[142:207].split(b"\0")[0].decode(errors="replace") if head.startswith(b"KDUMP") else ""


def our_readers(bench, kdumpd):
    inspector = os.path.join(os.path.dirname(kdumpd), "kdumpd-inspect")
    return [
        Inspect(bench, "kdumpd inspect", lambda dump, log: [kdumpd, "inspect", dump]),
        Dmesg(bench, "kdumpd inspect --dmesg", lambda dump, log: [kdumpd, "inspect", "--dmesg", dump]),
        Inspector(bench, "kdumpd-inspect", lambda dump, log: [inspector, f"--log-bytes={LOG_BYTES}"]),
        Inspector(bench, "kdumpd-inspect, cheap", lambda dump, log: [inspector, "--level=cheap"]),
    ]


def peers(bench):
    makedumpfile = shutil.which("makedumpfile")
    library = compile_program(bench.directory, "kdumpfile_log", "-lkdumpfile")
    return [
        Makedumpfile(bench, "makedumpfile", lambda dump, log: [makedumpfile, "--dump-dmesg", dump, log]),
        Reader(bench, "libkdumpfile", lambda dump, log: [library, "try", dump, log]),
        Reader(bench, "libkdumpfile, no mmap", lambda dump, log: [library, "never", dump, log]),
    ]


def crash_reader(bench, vmlinux, dump):
    """None, and why, without crash or its kernel with debug information."""
    crash = shutil.which("crash")
    if crash is None:
        return None, "not run: crash is not installed"
    release = release_of(dump)
    places = [vmlinux] if vmlinux else [f"/usr/lib/debug/boot/vmlinux-{release}", f"/usr/lib/debug/lib/modules/{release}/vmlinux"]
    found = [place for place in places if os.path.isfile(place)]
    if not found:
        return None, f"not run: no debug vmlinux of {release or 'its kernel'}"
    questions = os.path.join(bench.directory, "questions")
    with open(questions, "w", encoding="ascii") as file:
        file.write("log\nquit\n")
    return Crash(bench, "crash", lambda dump, log: [crash, "-s", "-i", questions, found[0], dump]), ""
