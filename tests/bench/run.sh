#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh KDUMPD: figures of this kdumpd beside its peer, as one Markdown table. See README.md.
set -eu
[ $# = 1 ] || { echo "usage: $0 KDUMPD" >&2; exit 64; }
peer=$(command -v prometheus-node-exporter) || {
  echo "bench: prometheus-node-exporter is not installed" >&2
  exit 64
}
# -B: nothing is written beside the sources.
exec python3 -B "$(dirname "$0")/bench.py" "$1" "$peer"
