#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# build.sh OUTDIR RELEASE: OUTDIR/crashme.ko for Debian's kernel RELEASE (6.1.0-57-cloud-amd64), of the
# headers that apt has for it. They are unpacked below OUTDIR; nothing is installed.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)
release=$2

packages="linux-headers-$release $(apt-cache depends "linux-headers-$release" |
  sed -n 's/^ *Depends: \(linux-headers-.*-common\|linux-kbuild-.*\)$/\1/p')"
rm -rf "$out/headers"
mkdir -p "$out/headers/module"
cd "$out/headers"
# shellcheck disable=SC2086
timeout 300 apt-get -qq -o APT::Sandbox::User=root download $packages
for package in *.deb; do dpkg-deb -x "$package" .; done

tree=$out/headers/usr/src/linux-headers-$release
sed -i "s|^include /usr/src/|include $out/headers/usr/src/|" "$tree/Makefile"
cp "$here/crashme.c" "$here/Makefile" module/
make -s -C "$tree" M="$out/headers/module" modules >module/log 2>&1 || { cat module/log >&2; exit 1; }
strip --strip-debug -o "$out/crashme.ko" module/crashme.ko
rm -rf "$out/headers"
