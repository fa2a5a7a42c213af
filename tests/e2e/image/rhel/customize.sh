#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# customize.sh ROOT: what is done at the end of every image, then RHEL's names in /boot.
set -euo pipefail
root=$1
here=$(cd "$(dirname "$0")" && pwd)
"$here/../customize.sh" "$root"
for kernel in "$root"/boot/vmlinuz-*; do release=${kernel##*/vmlinuz-}; done
mv "$root/boot/initrd.img-$release" "$root/boot/initramfs-$release.img"
rm -f "$root"/initrd.img* "$root"/vmlinuz*
mkdir -p "$root/boot/loader/entries"
cat >"$root/boot/loader/entries/node-$release.conf" <<ENTRY
title Red Hat Enterprise Linux ($release) 9.6 (Plow)
version $release
linux /boot/vmlinuz-$release
initrd /boot/initramfs-$release.img
options root=LABEL=e2eroot ro console=ttyS0,115200 net.ifnames=0 crashkernel=192M
ENTRY
# As kdumpctl does it; in the emulated machine dracut needs minutes.
chroot "$root" dracut --force --quiet --add kdumpbase "/boot/initramfs-${release}kdump.img" "$release"
chroot "$root" systemctl --quiet enable kdump.service
