#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh KDUMPD [--stay]: the chain on a bundled node folder, for a machine that has no kdump. A copy of
# tests/hosts/rhel9-ready is looked at, disarmed, armed again, and gets a dump, which is brought to safety; nothing of this machine is touched.
# --stay: the daemon goes on serving its page until Ctrl-C.
set -eu
[ $# -ge 1 ] || { echo "usage: $0 KDUMPD [--stay]" >&2; exit 64; }
kdumpd=$1
stay=${2:-}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
node=$work/node
daemon=

stop() {
  [ -z "$daemon" ] || { kill "$daemon" 2>/dev/null || true; wait "$daemon" 2>/dev/null || true; }
  rm -rf "$work"
}
trap stop EXIT
trap 'exit 130' INT TERM

say() { printf '\n== %s\n' "$*"; }
show() { printf '   $ %s\n' "$*"; }
fail() { echo "demo: $*" >&2; cat "$work/log" >&2; exit 1; }

# Until a line stands in the metrics, for at most 20 seconds.
await() {
  for _ in $(seq 200); do
    curl -fs "$url/metrics" >"$work/metrics" 2>/dev/null || true
    if grep -qxF "$1" "$work/metrics"; then
      echo "   $1"
      return
    fi
    sleep 0.1
  done
  fail "the metrics never said: $1"
}

cp -R "$here/../hosts/rhel9-ready/root" "$node"
rm -rf "$node/sys/fs/selinux"  # a folder carries no labels
find "$node" -exec touch -h -d '30 days ago' {} +
# Where dumps are to be safe; encrypted where the machine has age.
mkdir "$work/share"
recipients=
if command -v age-keygen >/dev/null; then
  age-keygen -o "$work/key.txt" 2>/dev/null
  recipients=", recipients: [$(age-keygen -y "$work/key.txt")]"
fi
cat >"$work/config.yaml" <<END
uploads: {cluster: demo}
destinations:
  share: {url: "file://$work/share"$recipients}
END

say "A node: Red Hat Enterprise Linux 9, 32 GiB, crashkernel= set, a capture kernel loaded. Is it ready?"
show "kdumpd check --path.rootfs=$node"
# The node's bus is not in the folder, so what only systemd knows is unknown; the verdict rests on the kernel.
status=0
"$kdumpd" check --path.rootfs="$node" --node.name=demo >"$work/log" || status=$?
[ "$status" = 0 ] || fail "check exited with $status"
sed 's/^/   /' "$work/log"

say "The daemon watches it and says the same to Prometheus."
show "kdumpd run --path.rootfs=$node --observe.interval=1s --config.file=$work/config.yaml"
"$kdumpd" run --config.file="$work/config.yaml" --path.rootfs="$node" --path.state="$work/state" --web.listen-address=127.0.0.1:0 \
  --observe.interval=1s --observe.settle=2s --node.name=demo >"$work/log" 2>&1 &
daemon=$!
url=
for _ in $(seq 100); do
  url=$(sed -n 's/.*msg="*started"*.*listening=\([0-9.:]*\).*/http:\/\/\1/p' "$work/log")
  [ -z "$url" ] || break
  sleep 0.1
done
[ -n "$url" ] || fail "it does not listen"
show "curl $url/metrics"
await 'kdump_verdict{verdict="ready"} 1'
await 'kdump_crash_kernel_loaded 1'

say "Somebody reloads kdump, and the load fails. systemd goes on saying active (exited); the kernel does not."
show "echo 0 > sys/kernel/kexec_crash_loaded"
echo 0 >"$node/sys/kernel/kexec_crash_loaded"
await 'kdump_verdict{verdict="not_ready"} 1'
await 'kdump_check_problem{check="crash_kernel_loaded",status="fail"} 1'
echo "   After five minutes of this the alert KdumpNotReady fires: before a crash, not after it."

say "It is repaired."
show "echo 1 > sys/kernel/kexec_crash_loaded"
echo 1 >"$node/sys/kernel/kexec_crash_loaded"
await 'kdump_verdict{verdict="ready"} 1'

say "The kernel panics. The capture kernel writes the dump..."
crash=$node/var/crash/127.0.0.1-$(date -u +%Y-%m-%d-%H:%M:%S)
mkdir -p "$crash"
crashes=$here/../fixtures/crashes
zstd -dqc "$crashes/x86_64-null_read-6.1.log.zst" >"$crash/vmcore-dmesg.txt"
zstd -dqc "$crashes/x86_64-null_read-6.1.kdump.zst" >"$work/vmcore"
head -c 200000 "$work/vmcore" >"$crash/vmcore-incomplete"
await 'kdump_vmcores{state="writing"} 1'
echo "   ... and finishes it."
cp "$work/vmcore" "$crash/vmcore-incomplete"
mv "$crash/vmcore-incomplete" "$crash/vmcore"
await 'kdump_vmcores{state="complete"} 1'
await 'kdump_unacknowledged_crashes 1'
await 'kdump_crashes_total{category="null_dereference",capture="captured"} 1'
show "curl $url/api/v1/crashes"
curl -fs "$url/api/v1/crashes" | sed 's/^/   /'
echo

say "What crashed?"
show "kdumpd crashes list"
"$kdumpd" crashes list --path.rootfs="$node" --path.state="$work/state" --node.name=demo | sed 's/^/   /'

say "Is it safe if the node dies now? It has a destination${recipients:+, and the public half of a key}."
show "cat $work/config.yaml"
sed 's/^/   /' "$work/config.yaml"
for _ in $(seq 150); do
  ! grep -F 'msg="upload"' "$work/log" | grep -F 'state=verified' >"$work/verified" || break
  sleep 0.1
done
[ -s "$work/verified" ] || fail "the upload was never verified"
sed 's/^/   /' "$work/verified"
show "find $work/share -type f"
find "$work/share" -type f | sort | while read -r object; do
  printf '   %9d  %s\n' "$(stat -c %s "$object")" "${object#"$work/share/"}"
done
dump=$(find "$work/share" -name 'vmcore' -o -name 'vmcore.age')
if [ -n "$recipients" ]; then
  show "age -d -i $work/key.txt vmcore.age | cmp - vmcore"
  age -d -i "$work/key.txt" "$dump" | cmp - "$crash/vmcore" || fail "what is stored is not the dump"
else
  show "cmp vmcore $dump"
  cmp "$dump" "$crash/vmcore" || fail "what is stored is not the dump"
fi
echo "   the same bytes"

say "What the daemon wrote meanwhile:"
sed 's/^/   /' "$work/log"
if [ "$stay" = --stay ]; then
  printf '\n== The page of this node: %s/ (Ctrl-C ends it)\n' "$url"
  wait "$daemon"
fi
printf '\n== That was the chain. On a machine with kdump: ./dev run\n'
