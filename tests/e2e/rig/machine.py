# SPDX-License-Identifier: Apache-2.0
"""A machine in QEMU: power, serial console, and a disk that can be read and written while it is off.

The forwarded ports belong to QEMU and outlive the guest's crash; only a power cut takes them away.
"""
import functools
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

from .processes import run, spawn
from .waiting import Failed, patience, wait

QEMU = "qemu-system-x86_64"
# The five-level page tables and SVM of the emulated CPU only cost time.
ACCELERATORS = {"tcg": ["-accel", "tcg,thread=multi,tb-size=256", "-cpu", "max,la57=off,svm=off"],
                "kvm": ["-accel", "kvm", "-cpu", "host"]}


@functools.lru_cache
def accelerator(kernel):
    """kvm only if a trial boot with it comes to life in 15 seconds: that /dev/kvm opens proves nothing."""
    wanted = os.environ.get("KDUMPD_E2E_ACCEL")
    if wanted:
        return wanted
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "tcg"
    trial = [QEMU, "-nodefaults", "-no-user-config", "-display", "none", "-machine", "pc", "-m", "256", "-no-reboot",
             *ACCELERATORS["kvm"], "-kernel", str(kernel), "-append", "console=ttyS0 panic=-1", "-serial", "stdio"]
    try:
        said = subprocess.run(trial, stdin=subprocess.DEVNULL, capture_output=True, timeout=15, check=False).stdout
    except subprocess.TimeoutExpired:
        return "tcg"
    # No root file system: a kernel that panics over that has booted.
    return "kvm" if b"Kernel panic - not syncing: VFS" in said else "tcg"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def ext4(path, label, megabytes):
    """An empty ext4 disk for a machine: see `disks`."""
    with open(path, "wb") as image:
        image.truncate(megabytes << 20)
    run("mke2fs", "-q", "-F", "-t", "ext4", "-L", label, "-m", "0", "-O", "^has_journal", path)
    return Path(path)


class Machine:
    """One virtual machine in a directory of its own."""

    def __init__(self, name, directory, disk, *, memory=544, crashkernel="160M", arguments="", ports=(22,), disks=(),
                 outside=False):
        self.name, self.directory, self.disk = name, Path(directory), disk
        self.memory = memory
        self.command_line = " ".join(filter(None, [
            "root=LABEL=e2eroot ro console=ttyS0,115200 net.ifnames=0",
            f"crashkernel={crashkernel}" if crashkernel else "", arguments]))
        self.ports = {port: 0 for port in ports}
        self.outside = outside  # it reaches the host's loopback as 10.0.2.2
        self.disks = list(disks)
        self.process = None
        self.starts = 0
        self.directory.mkdir(parents=True)
        self.root = self.directory / "root.img"
        run("cp", "--sparse=always", "--reflink=auto", disk.root, self.root)

    # --- power

    def start(self):
        if self.process and self.process.poll() is None:
            raise Failed(f"{self.name} runs already")
        self.starts += 1
        self.ports = {port: free_port() for port in self.ports}
        forwards = "".join(f",hostfwd=tcp:127.0.0.1:{host}-:{guest}" for guest, host in self.ports.items())
        drives = []
        for number, image in enumerate([self.root, *self.disks]):
            drives += ["-drive", f"file={image},format=raw,if=none,id=d{number},cache=unsafe,discard=unmap",
                       "-device", f"virtio-blk-pci,drive=d{number}"]
        self.process = spawn(
            [QEMU, "-name", self.name, *ACCELERATORS[accelerator(self.disk.kernel)], "-machine", "pc",
             "-m", str(self.memory), "-smp", "1",  # a second emulated CPU can oops a kernel by itself
             "-nodefaults", "-no-user-config", "-display", "none",
             "-serial", f"file:{self.serial_path()}",
             "-kernel", self.disk.kernel, "-initrd", self.disk.initrd, "-append", self.command_line, *drives,
             "-netdev", f"user,id=n0,restrict={'off' if self.outside else 'on'}{forwards}", "-device", "virtio-net-pci,netdev=n0,romfile=",
             "-device", "virtio-rng-pci"], self.directory / "qemu.log")

    def power_cut(self):
        """As when the plug is pulled: what is not on the disk is lost."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(timeout=30)

    def gone(self):
        """Why the machine is not there; None while it is."""
        if self.process is None:
            return "the machine was not started"
        status = self.process.poll()
        if status is None:
            return None
        return f"QEMU has ended with {status}; see {self.directory / 'qemu.log'}"

    # --- console

    def serial_path(self):
        return self.directory / f"serial-{self.starts}.log"

    def serial(self):
        """All that the console has said since the power came."""
        try:
            return self.serial_path().read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""

    def wait_serial(self, text, seconds, times=1):
        wait(f"{text!r} on the console of {self.name}", lambda: self.serial().count(text) >= times, seconds,
             every=0.1, alive=self.gone)

    # --- the disk, while the machine is off

    def _debugfs(self, *commands, write=False):
        done = subprocess.run(["debugfs", *(["-w"] if write else []), "-f", "-", str(self.root)],
                              input="\n".join(commands) + "\n", capture_output=True, text=True, check=False)
        return done.stdout

    def put(self, path, text, mode=0o644):
        """Writes one file of the disk; its directory must be there."""
        local = self.directory / "put"
        local.write_text(text, encoding="utf-8")
        self._debugfs(f"rm {path}", f"write {local} {path}", f"sif {path} mode 0100{mode:03o}",
                      f"sif {path} uid 0", f"sif {path} gid 0", write=True)
        if self.read(path) != text:
            raise Failed(f"{path} could not be written to the disk of {self.name}")
        local.unlink()

    def remove(self, *paths):
        self._debugfs(*(f"rm {path}" for path in paths), write=True)

    def read(self, path):
        """A file of the disk; "" when there is none."""
        done = subprocess.run(["debugfs", "-R", f"cat {path}", str(self.root)], capture_output=True, check=False)
        return done.stdout.decode("utf-8", "replace")

    def take(self, path, to):
        """Copies a directory of the disk out of it; the machine is not started again."""
        subprocess.run(["e2fsck", "-fy", str(self.root)], capture_output=True, check=False)  # replays the journal
        Path(to).mkdir(parents=True, exist_ok=True)
        subprocess.run(["debugfs", "-R", f"rdump {path} {to}", str(self.root)], capture_output=True, check=False)

    # --- the end

    def discard(self):
        """Stops the machine and removes its disks; what it said stays."""
        self.power_cut()
        for image in [self.root, *self.disks]:
            Path(image).unlink(missing_ok=True)


def settle(seconds):
    """For what nobody can be asked about, such as the next heartbeat of a daemon."""
    time.sleep(seconds * min(patience(), 2))
