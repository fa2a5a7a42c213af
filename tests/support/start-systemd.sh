#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# start-systemd.sh DIR: a real systemd as PID 1 of its own namespaces, until this script gets TERM or the
# end of its standard input. Prints "ready" when units can be started.
#   DIR/dbus/system_bus_socket   its system bus
#   DIR/units                    its /run/systemd/system
#   DIR/dbus.pid                 the process of its dbus-daemon, as seen from outside
#   DIR/systemd.log              what it said
# start-systemd.sh --image: only makes the root file system (needs the network once) and prints its path.
# KDUMPD_TEST_PACKAGES=a,b: Debian packages that the root file system has as well.
# KDUMPD_TEST_JOURNAL=yes: also journald and logind; DIR/journal is its /var/log/journal.
# Exit status 77: not root, or no image can be made here; 1: it should have worked. The last line says why.
set -euo pipefail

skip() { echo "$*"; exit 77; }
die() { echo "$*"; exit 1; }

# The image is named for its recipe: another recipe is another image.
recipe="--variant=minbase --include=systemd,systemd-sysv,dbus${KDUMPD_TEST_PACKAGES:+,$KDUMPD_TEST_PACKAGES} bookworm"
cache=${XDG_CACHE_HOME:-/var/cache}/kdumpd-tests
image=$cache/systemd-$(sha256sum <<<"$recipe" | cut -c1-16)

make_image() {
  mkdir -p "$cache"
  exec 9>"$image.lock"
  timeout 900 flock 9 || die "$image.lock is held by another run"
  [ ! -d "$image" ] || return 0
  command -v mmdebstrap >/dev/null || skip "mmdebstrap is not installed"
  rm -rf "$image.new"
  # shellcheck disable=SC2086 # the recipe is words
  timeout 600 mmdebstrap --quiet $recipe "$image.new" >"$image.log" 2>&1 ||
    { rm -rf "$image.new"; skip "mmdebstrap failed: $(tail -n1 "$image.log")"; }
  # Parts that need hardware or a terminal, or that would only be slow here.
  for unit in systemd-journald.service systemd-journald.socket systemd-journald-dev-log.socket \
    systemd-journald-audit.socket systemd-udevd.service systemd-logind.service getty.target \
    dev-hugepages.mount sys-kernel-debug.mount sys-kernel-tracing.mount systemd-remount-fs.service \
    systemd-sysctl.service systemd-tmpfiles-setup-dev.service systemd-binfmt.service \
    systemd-modules-load.service systemd-update-utmp.service systemd-timesyncd.service; do
    ln -sf /dev/null "$image.new/etc/systemd/system/$unit"
  done
  echo 0123456789abcdef0123456789abcdef >"$image.new/etc/machine-id"
  mv "$image.new" "$image"
}

[ "$(id -u)" = 0 ] || skip "not root"
make_image
if [ "${1:?DIR or --image}" = --image ]; then echo "$image"; exit 0; fi
exec 9>&-
dir=$(realpath -m "$1")
parent=$(findmnt -nt cgroup2 -o TARGET | head -n1)
[ -n "$parent" ] || die "no cgroup2 file system is mounted"
cgroup=$parent/kdumpd-test-$$
mkdir "$cgroup" 2>/dev/null || die "cannot make a cgroup below $parent"
mkdir -p "$dir"/{dbus,units,root,overlay}

holder=
# shellcheck disable=SC2317 # the traps call it
stop() {
  status=$?
  trap - EXIT
  trap '' TERM INT  # told twice is told once: the cleaning is not cut short
  # PID 1 of the namespace dies with unshare (--kill-child), and everything in the namespace with it.
  [ -z "$holder" ] || kill -KILL "$holder" 2>/dev/null || true
  [ -z "$holder" ] || wait "$holder" 2>/dev/null || true
  for _ in $(seq 200); do
    find "$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null || true
    [ -d "$cgroup" ] || break
    sleep .02
  done
  exit "$status"
}
trap stop EXIT
trap 'exit 0' TERM INT

export image dir
(
  echo $BASHPID >"$cgroup/cgroup.procs"
  # shellcheck disable=SC2016 # expanded by the inner shell
  exec unshare --mount --pid --uts --ipc --cgroup --fork --kill-child --propagation private bash -euc '
    # The image stays as it is: what this run writes goes to memory.
    mount -t tmpfs tmpfs "$dir/overlay"; mkdir "$dir"/overlay/{upper,work}
    root=$dir/root
    mount -t overlay overlay -o "lowerdir=$image,upperdir=$dir/overlay/upper,workdir=$dir/overlay/work" "$root"
    mount -t proc proc "$root/proc"
    mount -t sysfs -o ro sysfs "$root/sys"; mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
    for d in run tmp; do mount -t tmpfs tmpfs "$root/$d"; done
    mount -t tmpfs -o mode=755 tmpfs "$root/dev"
    for d in null zero full random urandom tty; do touch "$root/dev/$d"; mount --bind "/dev/$d" "$root/dev/$d"; done
    mkdir -p "$root"/dev/{shm,pts} "$root"/run/{dbus,systemd/system}
    mount --bind "$dir/dbus" "$root/run/dbus"; mount --bind "$dir/units" "$root/run/systemd/system"
    log=console
    if [ -n "${KDUMPD_TEST_JOURNAL:-}" ]; then
      log=journal
      rm "$root"/etc/systemd/system/systemd-{journald.s*,journald-dev-log.socket,logind.service}
      mkdir -p "$dir/journal" "$root/var/log/journal"
      mount --bind "$dir/journal" "$root/var/log/journal"
    fi
    exec chroot "$root" /usr/bin/env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin \
      /lib/systemd/systemd --system --unit=multi-user.target --show-status=0 --log-target="$log" \
      --default-standard-output=null </dev/null
  ' >"$dir/systemd.log" 2>&1
) &
holder=$!

state() {
  DBUS_SYSTEM_BUS_ADDRESS=unix:path=$dir/dbus/system_bus_socket timeout 5 busctl get-property \
    org.freedesktop.systemd1 /org/freedesktop/systemd1 org.freedesktop.systemd1.Manager SystemState 2>/dev/null
}
for _ in $(seq 200); do
  case $(state) in
    *running* | *degraded*)
      pgrep -x dbus-daemon --cgroup "/${cgroup##*/}/system.slice/dbus.service" >"$dir/dbus.pid" || true
      echo ready
      while read -r _; do :; done  # until whoever started us closes our input or ends
      exit 0
      ;;
  esac
  kill -0 "$holder" 2>/dev/null || die "systemd ended: $(tail -n1 "$dir/systemd.log")"
  sleep .05
done
die "systemd did not come up within 10 s: $(tail -n1 "$dir/systemd.log")"
