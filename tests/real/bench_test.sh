#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# bench_test.sh BUILD: ./dev bench measures every figure that it promises; a run of a few seconds, whose
# figures are there but mean nothing. Exit 77: cannot run here.
set -eu
build=$(cd "${1:?usage: bench_test.sh BUILD_DIR}" && pwd)
source=$(cd "$(dirname "$0")/../.." && pwd)
for tool in prometheus-node-exporter python3; do
  command -v $tool >/dev/null || { echo "SKIP: $tool is not installed"; exit 77; }
done
out=$(mktemp)
trap 'rm -f "$out" "$out.log"' EXIT
fail() {
  echo "FAIL: $*"
  cat "$out" "$out.log"
  exit 1
}

BENCH_IDLE_SECONDS=1 BENCH_REQUESTS=40 BENCH_STARTS=1 BENCH_SCRAPERS=10 BENCH_DUMPS="1 7" BENCH_LOOKS=2 \
  "$source/tests/bench/run.sh" "$build/kdumpd" >"$out" 2>"$out.log" || fail "it ended with $?"

# What stands in column N of the row of a figure, without the commas of thousands.
cell() { awk -F'|' -v row="$1" -v column="$2" '{ name = $2; gsub(/^ +| +$/, "", name) }
  name == row { gsub(/[ ,]/, "", $column); print $column; exit }' "$out"; }
is_number() { [[ $1 =~ ^[0-9]+(\.[0-9]+)?$ ]]; }
above_zero() { is_number "$1" && awk -v value="$1" 'BEGIN { exit !(value > 0) }'; }

# Columns: 3 kdumpd, 4 and 6 the peer (5 and 7 ratios), 8 the empty server.
row() {  # NAME COLUMN...
  for column in "${@:2}"; do
    above_zero "$(cell "$1" "$column")" || fail "no figure in column $column of: $1"
  done
}
for name in "start to first verdict, median, ms" "start to first verdict, max, ms" "series" "/metrics, KiB" \
  "idle: RSS, KiB" "idle: RssAnon, KiB" "idle: threads" "after 1 scraper: RSS, KiB" \
  "after 1 scraper: RssAnon, KiB" "after 10 scrapers: RSS, KiB" "after 10 scrapers: RssAnon, KiB"; do
  row "$name" 3 4 5 6
done
row "idle: PSS, KiB" 4 6
# May be nothing within a second.
for name in "idle: wake-ups per minute" "idle: CPU per minute, ms" "wake-ups per look" "CPU per look, ms"; do
  is_number "$(cell "$name" 3)" || fail "no figure of: $name"
done
for who in "1 scraper, connection each" "1 scraper, keep-alive" "1 scraper, gzip asked" \
  "10 scrapers, connection each" "10 scrapers, keep-alive"; do
  for figure in "p50, ms" "p99, ms"; do row "$who: $figure" 3 4 6 8; done
  for figure in "CPU per 100, ms" "KiB received"; do row "$who: $figure" 3 4 6; done
done
for who in "10 scrapers, connection each" "10 scrapers, keep-alive"; do
  row "$who: scrapes/s" 3 4 6 8
  for column in 3 4 6 8; do
    [ "$(cell "$who: scrapers served" $column)" = 10 ] || fail "not everybody was served: $who, column $column"
  done
done
echo "ok: the table of peers"

grep -qxF -- "- ne kdump, node_scrape_collector_success: systemd works, textfile works" "$out" ||
  grep -q '^- systemd: .*\(not root\|mmdebstrap\|cgroup\)' "$out" || fail "a collector of the peer failed"
grep -q '^- bar: /metrics p99 with one scraper <= 2 ms: ' "$out" || fail "no word about the bar"
echo "ok: the notes"

for count in 1 7; do
  for column in $(seq 3 11); do
    above_zero "$(cell $count "$column")" || fail "no figure in column $column of $count dumps"
  done
  [ "$(cell $count 11)" = $count ] || fail "/api/v1/crashes does not list $count dumps"
done
echo "ok: the table of dumps"
