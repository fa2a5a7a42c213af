# SPDX-License-Identifier: Apache-2.0
"""Disks for the machines: a Debian root file system, cached by content outside of the tree, with our package put in.

Two layers. The base holds Debian's packages and nothing of ours; minutes to build. On it our package is installed and
the whole becomes an ext4 disk; seconds. No loop mounts. Needs root: mmdebstrap and chroot.
"""
import fcntl
import hashlib
import os
import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from .processes import RigError, run

HERE = Path(__file__).resolve().parent.parent
IMAGE = HERE / "image"
CRASHME = HERE / "crashme"
KERNEL = "linux-image-cloud-amd64"
COMMON = (f"systemd,systemd-sysv,dbus,udev,kmod,procps,iproute2,zstd,busybox,{KERNEL},"
          "kexec-tools,makedumpfile,openssh-server,curl").split(",")


@dataclass(frozen=True)
class Variant:
    """A kind of node: its packages, the files that are there before any package is configured, and what is done last."""
    packages: tuple
    overlay: str
    customize: str = "customize.sh"


VARIANTS = {
    "debian": Variant(("initramfs-tools", "kdump-tools"), "debian"),
    "rhel": Variant(("dracut", "cpio"), "rhel/root", "rhel/customize.sh"),
}


def cache():
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    at = Path(os.environ.get("KDUMPD_E2E_CACHE") or Path(home) / "kdumpd-e2e")
    at.mkdir(parents=True, exist_ok=True)
    return at


def apt_lines():
    """The Debian archives that apt uses here, as sources.list lines."""
    ask = ("apt-get", "indextargets", "--format", "$(SITE) $(RELEASE) $(COMPONENT) $(ORIGIN)", "Created-By: Packages")
    known = run(*ask) or run("apt-get", "update", "-qq") + run(*ask)
    lines = sorted({line for line in known.splitlines() if line.endswith(" Debian")})
    if not lines:
        raise RigError("apt knows no Debian archive here: is this Debian, and has apt-get update run?")
    return [f"deb {site} {release} {component}"
            for site, release, component, _ in (line.split(" ", 3) for line in lines)]


def candidates(packages):
    """The versions that would be installed: another kernel is another image."""
    said = run("apt-cache", "policy", *packages)
    return re.findall(r"^(\S+):$|^  Candidate: (\S+)$", said, re.M)


def files_under(directory):
    return sorted(path for path in directory.rglob("*") if path.is_file() or path.is_symlink())


def digest(*parts):
    """Of texts, and of files with their names and modes."""
    total = hashlib.sha256()
    for part in parts:
        if isinstance(part, Path):
            for path in files_under(part) if part.is_dir() else [part]:
                total.update(f"{path.relative_to(HERE) if path.is_relative_to(HERE) else path.name}\0".encode())
                total.update(f"{path.stat().st_mode & 0o777:o}\0".encode())
                total.update(path.read_bytes())
        else:
            total.update(repr(part).encode())
    return total.hexdigest()[:16]


class Cached:
    """A directory that is there whole or not at all; one process builds it, others wait. Old ones go."""

    def __init__(self, name, key, keep):
        self.name, self.path = name, cache() / f"{name}-{key}"
        self.keep = keep

    def get(self, build):
        with open(cache() / f"{self.name}.lock", "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not self.path.is_dir():
                new = self.path.with_suffix(".new")
                shutil.rmtree(new, ignore_errors=True)
                new.mkdir()
                build(new)
                new.rename(self.path)
            os.utime(self.path)
            others = sorted(cache().glob(f"{self.name}-*"), key=lambda path: path.stat().st_mtime)
            for old in others[:-self.keep]:
                if time.time() - old.stat().st_mtime > 6 * 3600:  # a run beside us may use it
                    shutil.rmtree(old, ignore_errors=True)
        return self.path


def base(variant_name, more_packages, say):
    variant = VARIANTS[variant_name]
    packages = [*COMMON, *variant.packages, *more_packages]
    overlays = [IMAGE / "common", IMAGE / variant.overlay]
    customize = IMAGE / variant.customize
    lines = apt_lines()
    key = digest(IMAGE / "build.sh", IMAGE / "customize.sh", customize, *overlays, packages, lines, candidates(packages))

    def build(new):
        say(f"building the {variant_name} image: {len(packages)} Debian packages and what they need")
        (new / "sources").write_text("\n".join(lines) + "\n", encoding="utf-8")
        run(IMAGE / "build.sh", new, ",".join(packages), new / "sources", customize, *overlays, seconds=3600)
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "e2e", "-f", new / "id_ed25519")

    return Cached(f"base-{variant_name}", key, keep=2).get(build)


def needed_by(package):
    """The packages that a .deb of ours depends on."""
    return [word.split()[0] for word in run("dpkg-deb", "-f", package, "Depends").strip().split(", ")]


def crashme(release, say):
    """Our module that crashes the kernel in many ways, for Debian's kernel `release`."""
    def build(new):
        say(f"building the module that crashes {release}")
        run(CRASHME / "build.sh", new, release)

    return Cached("crashme", digest(CRASHME, release), keep=2).get(build) / "crashme.ko"


def debug_kernel(release, say):
    """The vmlinux with debugging information of Debian's kernel `release`: hundreds of MB, of which nothing is installed."""
    package = f"linux-image-{release}-dbg"

    def build(new):
        say(f"downloading {package}")
        run("apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download", package, cwd=new)
        (deb,) = new.glob("*.deb")
        vmlinux = f"./usr/lib/debug/boot/vmlinux-{release}"
        run("sh", "-ec", 'dpkg-deb --fsys-tarfile "$1" | tar -xO "$2" > vmlinux', "unpack", deb, vmlinux, cwd=new)
        deb.unlink()

    return Cached("debug-kernel", digest(release, candidates([package])), keep=1).get(build) / "vmlinux"


@dataclass(frozen=True)
class Disk:
    """What a machine starts from."""
    root: Path  # an ext4 image, labelled e2eroot
    kernel: Path
    initrd: Path
    key: Path
    release: str


def disk(variant, package, say, modules=(), sabotage="", megabytes=3072):
    """The disk of a node with `package` installed, kernel `modules` put in, and `sabotage` (shell) run in it.

    A module is a function of the kernel's release, as `crashme` is."""
    under = base(variant, needed_by(package), say)
    release = (under / "release").read_text(encoding="utf-8").strip()
    modules = [module(release, say) for module in modules]
    key = digest(under.name, package, *modules, sabotage, megabytes)

    def build(new):
        say(f"installing our package on the {variant} image")
        root = new / "root"
        root.mkdir()
        run("tar", "-C", root, "-xf", under / "root.tar")
        shutil.copy(package, root / "kdumpd.deb")
        run("chroot", root, "dpkg", "-i", "/kdumpd.deb", env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"})
        (root / "kdumpd.deb").unlink()
        ssh = root / "root/.ssh"
        ssh.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copy(under / "id_ed25519.pub", ssh / "authorized_keys")
        for module in modules:
            extra = root / "lib/modules" / release / "extra"
            extra.mkdir(exist_ok=True)
            shutil.copy(module, extra)
        run("chroot", root, "depmod", "-a", release)
        if sabotage:
            run("chroot", root, "sh", "-ec", sabotage)
        run("truncate", "-s", f"{megabytes}M", new / "root.ext4")
        run("mke2fs", "-q", "-F", "-t", "ext4", "-L", "e2eroot", "-d", root, "-E", "root_owner=0:0", new / "root.ext4")
        shutil.rmtree(root)

    built = Cached(f"disk-{variant}", key, keep=3).get(build)
    return Disk(root=built / "root.ext4", kernel=under / "vmlinuz", initrd=under / "initrd.img",
                key=under / "id_ed25519", release=release)
