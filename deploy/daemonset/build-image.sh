#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# build-image.sh BUILD_DIR [IMAGE]: a container image of BUILD_DIR/kdumpd, from nothing but this
# machine's files: no registry. Writes BUILD_DIR/kdumpd-image.tar (an OCI archive) and leaves IMAGE
# (localhost/kdumpd:VERSION) in the local container storage. Needs buildah and root.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
source=$here/../..
build=$(cd "${1:?usage: build-image.sh BUILD_DIR [IMAGE]}" && pwd)
version=$(sed -n 's/^project(kdumpd VERSION \([0-9.]*\).*/\1/p' "$source/CMakeLists.txt")
image=${2:-localhost/kdumpd:$version}
epoch=${SOURCE_DATE_EPOCH:-$(git -C "$source" log -1 --format=%ct 2>/dev/null || date +%s)}
revision=$(git -C "$source" rev-parse HEAD 2>/dev/null || echo unknown)
for program in kdumpd kdumpd-inspect kdumpd-boots kdumpd-ship; do
  [ -x "$build/$program" ] || { echo "build-image.sh: no program $build/$program: build first" >&2; exit 1; }
done

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
chmod 755 "$stage"
mkdir -p "$stage/usr/bin" "$stage/host" "$stage/sys" "$stage/proc" "$stage/etc/kdumpd" "$stage/tmp"
chmod 1777 "$stage/tmp"
mkdir -p "$stage/var/lib"
mkdir -m 700 "$stage/var/lib/kdumpd"

# A program and what ldd says it links, at the paths where the loader looks for them.
stage_program() {
  strip --strip-unneeded -o "$stage/usr/bin/${1##*/}" "$1"
  libraries=$(ldd "$1")
  case $libraries in *'not found'*) echo "build-image.sh: $1: a library is missing:
$libraries" >&2; return 1 ;; esac
  for library in $(echo "$libraries" | grep -o '/[^ ]*'); do
    mkdir -p "$stage${library%/*}"
    cp -L "$library" "$stage$library"
  done
}
stage_program "$build/kdumpd"
stage_program "$build/kdumpd-inspect"
stage_program "$build/kdumpd-boots"
stage_program "$build/kdumpd-ship"

# Whom a store's certificate may be from, where libcurl and OpenSSL look for it.
authorities=/etc/ssl/certs/ca-certificates.crt
[ -s $authorities ] || { echo "build-image.sh: no $authorities: install ca-certificates" >&2; exit 1; }
mkdir -p "$stage${authorities%/*}"
cp -L $authorities "$stage$authorities"

# chroot isolation: no nested container runtime is needed to copy files.
buildah build --isolation chroot --timestamp "$epoch" --quiet --file "$here/Containerfile" --tag "$image" \
  --build-arg VERSION="$version" --build-arg REVISION="$revision" \
  --build-arg CREATED="$(date -u -d "@$epoch" +%Y-%m-%dT%H:%M:%SZ)" "$stage" >/dev/null
rm -f "$build/kdumpd-image.tar"
buildah push --quiet "$image" "oci-archive:$build/kdumpd-image.tar:$image" >/dev/null
echo "$image: $(find "$stage" -name '*.so*' -type f | wc -l) libraries, $(du -sh "$stage" | cut -f1) unpacked," \
  "$(du -h "$build/kdumpd-image.tar" | cut -f1) as $build/kdumpd-image.tar"
