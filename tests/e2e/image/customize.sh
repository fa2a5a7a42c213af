#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# customize.sh ROOT: the same for every image, at the end of its build.
set -euo pipefail
root=$1
echo node-1 >"$root/etc/hostname"
echo '127.0.0.1 localhost node-1' >"$root/etc/hosts"
echo 'LABEL=e2eroot / ext4 defaults,errors=remount-ro 0 0' >"$root/etc/fstab"
mkdir -p "$root/var/crash" "$root/var/log/journal"
chroot "$root" passwd -qd root
chroot "$root" systemctl --quiet enable systemd-networkd.service ssh.service
chroot "$root" systemctl --quiet mask systemd-networkd-wait-online.service apt-daily.timer apt-daily-upgrade.timer \
  e2scrub_all.timer e2scrub_reap.service fstrim.timer dpkg-db-backup.timer getty@tty1.service
rm -f "$root"/etc/ssh/ssh_host_rsa_key* "$root"/etc/ssh/ssh_host_ecdsa_key*  # one key is enough
for kernel in "$root"/boot/vmlinuz-*; do release=${kernel##*/vmlinuz-}; done
if [ -d "$root/etc/kdump" ]; then
  # kdump-tools builds its initrd at the first boot, minutes under emulation, unless it finds these.
  mkdir -p "$root/var/lib/kdump"
  ln -sf "/boot/vmlinuz-$release" "$root/var/lib/kdump/vmlinuz"
  ln -sf "/var/lib/kdump/initrd.img-$release" "$root/var/lib/kdump/initrd.img"
  cp "$root/etc/kdump/sysctl.conf" "$root/var/lib/kdump/latest_sysctls-$release"
fi
rm -rf "$root"/var/lib/apt/lists/*
: >"$root/etc/machine-id"
