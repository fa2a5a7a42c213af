#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# reader_bench_test.sh BUILD: ./dev bench reader measures every figure that it promises, of programs that did their
# work; a run of a few seconds, whose figures mean nothing. Exit 77: cannot run here.
set -eu
build=$(cd "${1:?usage: reader_bench_test.sh BUILD_DIR}" && pwd)
source=$(cd "$(dirname "$0")/../.." && pwd)
for tool in makedumpfile python3 cc zstd; do
  command -v $tool >/dev/null || { echo "SKIP: $tool is not installed"; exit 77; }
done
echo '#include <libkdumpfile/kdumpfile.h>' | cc -E - >/dev/null 2>&1 ||
  { echo "SKIP: libkdumpfile-dev is not installed"; exit 77; }
out=$(mktemp)
trap 'rm -f "$out" "$out.log"' EXIT
fail() {
  echo "FAIL: $*"
  cat "$out" "$out.log"
  exit 1
}

BENCH_READ_ROUNDS=2 BENCH_LOG_ROUNDS=1 BENCH_READ_HOSTS="512M:16M 4G:32M" \
  python3 -B "$source/tests/bench/inspection.py" "$build/kdumpd" >"$out" 2>"$out.log" || fail "it ended with $?"

# The cells of all rows of a program, one row a line, without blanks and commas of thousands, separated by '|'.
rows() { awk -F'|' -v name="$1" '{ this = $2; gsub(/^ +| +$/, "", this); gsub(/[ ,]/, "") } this == name { print }' "$out"; }
dumps=4
programs=("kdumpd inspect" "kdumpd inspect --dmesg" "kdumpd-inspect" "kdumpd-inspect, cheap" "makedumpfile"
  "libkdumpfile" "libkdumpfile, no mmap")

# Columns: 3 to 5 warm, p95, ratio; 6, 7 CPU, ratio; 8 to 10 cold, p95, ratio; 11, 12 peak, ratio; 13 runs; 14 answer.
# A program needs some time and memory, and less than it is given.
for program in "${programs[@]}"; do
  [ "$(rows "$program" | wc -l)" = $dumps ] || fail "not $dumps rows of $program"
  rows "$program" | awk -F'|' '
    function sane(value, least, most) { return value ~ /^[0-9]+(\.[0-9]+)?$/ && value + 0 >= least && value + 0 <= most }
    !sane($3, 0.1, 120000) || !sane($4, $3, 120000) || !sane($5, 0.001, 1000) { exit 1 }
    !sane($6, 0.1, 120000) || !sane($7, 0.001, 1000) { exit 1 }
    $8 != "" && (!sane($8, 0.1, 120000) || !sane($9, $8, 120000) || !sane($10, 0.001, 1000)) { exit 1 }
    !sane($11, 0.5, 4096) || !sane($12, 0.01, 1000) || $13 != 2 { exit 1 }' || fail "a figure of $program makes no sense"
done
rows makedumpfile | awk -F'|' '$5 != "1.00" || $7 != "1.00" || $12 != "1.00" { exit 1 }' || fail "a ratio to itself is not 1"
echo "ok: figures"

answers() { rows "$1" | awk -F'|' '{ print $14 }'; }
logs=$(answers makedumpfile)
grep -qvE '^[1-9][0-9]*lines$' <<<"$logs" && fail "makedumpfile wrote no log"
[ "$(answers libkdumpfile)" = "$logs" ] || fail "libkdumpfile's log is not that of makedumpfile"
[ "$(answers "kdumpd inspect")" = "$(printf 'complete\n%.0s' $(seq $dumps))" ] || fail "a dump is not complete"
# shellcheck disable=SC2086
for program in "kdumpd inspect --dmesg" "kdumpd-inspect"; do
  [ "$(answers "$program")" = "$(printf 'complete%s\n' $logs)" ] || fail "the log of $program is not that of makedumpfile"
done
echo "ok: everybody did the work"

[ "$(grep -c '^- goal: facts and log of .*makedumpfile.s wall time: [0-9.]*, \(met\|NOT MET\) (of CPU time [0-9.]*)$' "$out")" = $((2 * dumps)) ] ||
  fail "no word about the goals"
[ "$(grep -c '^- goal: .*hostile log of 16 MiB <= [0-9.]* .*: [0-9.]*, \(met\|NOT MET\)$' "$out")" = 2 ] ||
  fail "no word about hostile logs"
[ "$(grep -c '| sysrq triggered crash |$' "$out")" = 10 ] || fail "a hostile log wins"
echo "ok: the goals"
