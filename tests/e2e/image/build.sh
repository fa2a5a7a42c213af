#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# build.sh OUT PACKAGES SOURCES CUSTOMIZE OVERLAY...: a Debian root file system with a kernel of its own, as
# OUT/root.tar, OUT/vmlinuz, OUT/initrd.img, OUT/release. PACKAGES: separated by commas; SOURCES: a file of apt
# lines; CUSTOMIZE: run with the chroot's path at the end; OVERLAY: directories copied in before any package is
# configured. Nothing is mounted but what mmdebstrap itself does.
set -euo pipefail
out=$1 packages=$2 sources=$3 customize=$4
shift 4
hooks=()
for overlay in "$@"; do hooks+=(--essential-hook="tar -C '$overlay' -cf - . | tar -C \"\$1\" --no-same-owner -xf -"); done
mmdebstrap --quiet --mode=root --variant=minbase \
  --aptopt='Apt::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' --dpkgopt=force-unsafe-io \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  --include="$packages" "${hooks[@]}" \
  --customize-hook="'$customize' \"\$1\"" \
  "" "$out/root.tar" "$sources"
tar -C "$out" --wildcards --strip-components=2 -xf "$out/root.tar" './boot/vmlinuz-*' './boot/init*'
cd "$out"
for kernel in vmlinuz-*; do release=${kernel#vmlinuz-}; done
echo "$release" >release
mv "vmlinuz-$release" vmlinuz
for initrd in "initrd.img-$release" "initramfs-$release.img"; do
  if [ -e "$initrd" ]; then mv "$initrd" initrd.img; fi
done
rm -f initrd.img-* initramfs-*
