# SPDX-License-Identifier: Apache-2.0
"""Programs under measurement, and a systemd for them to ask."""
import os
import socket
import subprocess
import sys
import time

from http_load import Client

SYSTEM_BUS = "/run/dbus/system_bus_socket"
UNIT = "[Unit]\nDescription=Crash recovery kernel arming\n[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n"


def progress(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """One program on a loopback port of its own, stopped by its pid."""

    def __init__(self, name, arguments, ready_path, log, environment=None):
        self.name = name
        self.port = free_port()
        self.arguments = [word.replace("PORT", str(self.port)) for word in arguments]
        self.ready_path = ready_path
        self.log = log
        self.environment = {**os.environ, **(environment or {})}
        self.process = None

    def start(self):
        """Milliseconds until ready_path answers 200."""
        begin = time.perf_counter()
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment
            )
        while not self._answers():
            if self.process.poll() is not None or time.perf_counter() - begin > 30:
                with open(self.log, encoding="utf-8", errors="replace") as log:
                    sys.exit(f"bench: {self.name} did not answer {self.ready_path}:\n{log.read()[-2000:]}")
            time.sleep(0.0005)
        return (time.perf_counter() - begin) * 1000

    def _answers(self):
        try:
            self.get(self.ready_path)
            return True
        except OSError:
            return False

    def get(self, path):
        client = Client(self.port, path, keep_alive=False)
        try:
            return client.get()[1].body
        finally:
            client.close()

    def sample(self, series):
        """The value of one series of /metrics; None when it is not there."""
        for line in self.get("/metrics").decode().splitlines():
            if line.startswith(series + " "):
                return float(line.split()[-1])
        return None

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


class Systemd:
    """This machine's, or else a real one in namespaces of its own, with a kdump.service that was started.

    `socket` is its bus; where there is none, `problem` says why."""

    def __init__(self, directory):
        self.socket, self.problem, self.process = SYSTEM_BUS, "", None
        self.what = "this machine's systemd"
        if os.path.isdir("/run/systemd/system") and os.path.exists(SYSTEM_BUS):
            return
        progress("no systemd here: one is started in a namespace")
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support/start-systemd.sh")
        self.what = "a systemd started for this run"
        self.process = subprocess.Popen(
            ["bash", script, directory], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        said = self.process.stdout.readline().strip()
        if said == "ready":
            self.socket = os.path.join(directory, "dbus/system_bus_socket")
            self._start_kdump(directory)
        else:
            self.socket, self.problem = None, said or "start-systemd.sh said nothing"

    def environment(self):
        return {"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={self.socket}"} if self.socket else {}

    def _start_kdump(self, directory):
        with open(os.path.join(directory, "units/kdump.service"), "w", encoding="ascii") as unit:
            unit.write(UNIT)
        for call in (["Reload"], ["StartUnit", "ss", "kdump.service", "replace"]):
            name = "org.freedesktop.systemd1"
            subprocess.run(
                ["busctl", "call", name, "/org/freedesktop/systemd1", f"{name}.Manager"] + call,
                env={**os.environ, **self.environment()},
                stdout=subprocess.DEVNULL,
                check=True,
            )

    def stop(self):
        if self.process is not None:
            self.process.stdin.close()  # which ends it, and everything in it
            self.process.wait()
        self.process = None
