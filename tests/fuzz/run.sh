#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh DIRECTORY SECONDS [NAME]: each fuzzer of DIRECTORY for SECONDS, from its corpus and with its dictionary; new inputs go to a
# scratch directory, never into the tree.
set -eu
directory=$1
seconds=$2
only=${3:-}
here=$(dirname "$0")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
count=0
for source in "$here"/*_fuzz.cc; do
  name=$(basename "$source" .cc)
  [ -z "$only" ] || [ "$name" = "$only" ] || [ "$name" = "${only}_fuzz" ] || continue
  mkdir -p "$scratch/$name"
  echo "fuzz: $name for $seconds s"
  dictionary="$here/dict/${name%_fuzz}.dict"
  if [ -e "$dictionary" ]; then set -- "-dict=$dictionary"; else set --; fi
  "$directory/$name" "$@" -max_total_time="$seconds" -max_len=65536 -rss_limit_mb=512 -timeout=5 -print_final_stats=0 \
    -artifact_prefix="./$name-" "$scratch/$name" "$here/corpus/${name%_fuzz}" 2>"$scratch/$name.log" || {
    tail -n 60 "$scratch/$name.log"
    echo "fuzz: $name failed; the input is beside this directory as $name-*" >&2
    exit 1
  }
  count=$((count + 1))
done
[ "$count" -gt 0 ] || { echo "fuzz: no fuzzer is called '$only'" >&2; exit 1; }
echo "fuzz: $count fuzzers found nothing"
