#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# demo_test.sh BUILD: ./dev demo tells the whole chain, within the minute that it promises.
set -eu
build=$1
here=$(cd "$(dirname "$0")" && pwd)
out=$(mktemp)
trap 'rm -f "$out"' EXIT
timeout 60 "$here/../demo/run.sh" "$build/kdumpd" >"$out" || { cat "$out"; exit 1; }
for line in 'kdump_verdict{verdict="ready"} 1' 'kdump_verdict{verdict="not_ready"} 1' \
  'kdump_vmcores{state="writing"} 1' 'kdump_vmcores{state="complete"} 1' '"dump_state":"complete"' \
  'acknowledged (/var/crash)' 'destination=share state=verified' '/manifest.json' 'the same bytes' 'That was the chain'; do
  grep -qF "$line" "$out" || { echo "the demo never said: $line"; cat "$out"; exit 1; }
done
echo "ok: the demo"
