#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# image_test.sh BUILD_DIR: builds the container image of BUILD_DIR/kdumpd and runs it with podman
# against this machine's own file system, mounted as the DaemonSet mounts it. Exit 77: cannot run here.
# KDUMPD_SHOW=1: also prints check and metrics as the container sees them.
set -eu
build=$(cd "${1:-${KDUMPD_BUILD:?usage: image_test.sh BUILD_DIR}}" && pwd)
source=$(cd "$(dirname "$0")/../.." && pwd)
image=localhost/kdumpd:test-$$
for tool in buildah podman runc promtool jq curl nsenter; do
  command -v $tool >/dev/null || { echo "SKIP: $tool is not installed"; exit 77; }
done
[ "$(id -u)" = 0 ] || { echo "SKIP: needs root"; exit 77; }

work=$(mktemp -d)
# Limits that a machine without CAP_SYS_RESOURCE can set, and cgroupfs because no systemd may be there.
printf '[containers]\ndefault_ulimits = []\n' >"$work/containers.conf"
export CONTAINERS_CONF=$work/containers.conf
podman=(podman --runtime runc --cgroup-manager=cgroupfs)
# shellcheck disable=SC2054
mounts=(--privileged --read-only --net=none --ulimit nofile=20000:20000 --ulimit nproc=9000:9000
  -v /:/host:ro,rslave -v /sys:/host/sys:ro,rslave -v /sys:/sys:ro,rslave -v "$work/state:/var/lib/kdumpd")
container=
cleanup() {
  [ -z "$container" ] || "${podman[@]}" rm -f "$container" >/dev/null 2>&1 || true
  "${podman[@]}" rmi -f "$image" >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap cleanup EXIT
mkdir "$work/state"

fail() {
  echo "FAIL: $*"
  [ -z "$container" ] || "${podman[@]}" logs "$container" 2>&1 | tail -20
  exit 1
}
passed=0
pass() { passed=$((passed + 1)); echo "ok: $*"; }

"$source/deploy/daemonset/build-image.sh" "$build" "$image"
version=$(sed -n 's/^project(kdumpd VERSION \([0-9.]*\).*/\1/p' "$source/CMakeLists.txt")
label=$(podman image inspect "$image" | jq -r '.[0].Config.Labels["org.opencontainers.image.version"]')
[ "$label" = "$version" ] || fail "label version is '$label', expected '$version'"
pass "image labelled $version"

# The node seen through /host is the node: the same verdict and statuses as a look without a container.
statuses() { jq -Sc '[.verdict, ([.. | objects | select(has("id") and has("status")) | {(.id): .status}] | add)]'; }
status=0
"${podman[@]}" run --rm "${mounts[@]}" "$image" check --output json >"$work/inside.json" || status=$?
[ "$status" -le 3 ] || fail "check exited $status, expected a judgement (0 to 3)"
jq -e .verdict "$work/inside.json" >/dev/null || fail "check printed no JSON verdict"
outside=0
"$build/kdumpd" check --output json >"$work/outside.json" || outside=$?
[ "$status" = "$outside" ] || fail "check exits $status in the container and $outside on the host"
diff <(statuses <"$work/inside.json") <(statuses <"$work/outside.json") || fail "the container sees another node"
[ "$(statuses <"$work/inside.json" | jq '.[1] | length')" -ge 20 ] || fail "fewer than 20 checks in the answer"
pass "check through /host: $(jq -r .verdict "$work/inside.json"), exit $status, the same as on the host"

# The program that reads dumps is in it, with all that it links.
zstd -qdc "$source/tests/fixtures/dumps/x86_64/null_read-6.1.kdump.zst" >"$work/vmcore"
status=0
"${podman[@]}" run --rm "${mounts[@]}" "$image" inspect --output json "$work/vmcore" >"$work/inspect.json" || status=$?
[ "$status:$(jq -c '[.state, .reason, .log.records > 300]' "$work/inspect.json")" = '0:["complete","pages_sampled",true]' ] ||
  fail "inspect exits $status: $(cat "$work/inspect.json")"
pass "inspect of a file below /host"

# So is the one that sends them, with the authorities that it believes.
status=0
said=$("${podman[@]}" run --rm "${mounts[@]}" --entrypoint /usr/bin/kdumpd-ship "$image" 2>&1) || status=$?
[[ $status = 64 && $said = *"sends dumps for kdumpd"* ]] || fail "kdumpd-ship exits $status: $said"
top=$(podman image mount "$image")
authorities=$(grep -c 'BEGIN CERTIFICATE' "$top/etc/ssl/certs/ca-certificates.crt" || true)
podman image unmount "$image" >/dev/null
[ "$authorities" -gt 50 ] || fail "$authorities authorities in the image"
pass "kdumpd-ship is in it, with $authorities authorities"

container=$("${podman[@]}" run -d "${mounts[@]}" -e NODE_NAME=node-1 "$image" \
  run --path.rootfs=/host --web.listen-address=:10910)
pid=$("${podman[@]}" inspect -f '{{.State.Pid}}' "$container")
get() { nsenter -t "$pid" -n curl -sf --noproxy '*' -m 5 "http://127.0.0.1:10910$1"; }
began=$(date +%s%N)
until get /readyz >/dev/null; do
  [ $((($(date +%s%N) - began) / 1000000)) -lt 15000 ] || fail "/readyz did not answer within 15 s"
  sleep .05
done
pass "/readyz after $((($(date +%s%N) - began) / 1000000)) ms"
get /healthz >/dev/null || fail "/healthz"
pass /healthz
node=$(get /api/v1/readiness | jq -r .node)
[ "$node" = node-1 ] || fail "the node's name is '$node', expected NODE_NAME"
pass "NODE_NAME"
[ -s "$work/state/boot.json" ] || fail "nothing remembered in /var/lib/kdumpd"
pass "the state directory is written"
get /metrics >"$work/metrics" || fail "/metrics"
promtool check metrics <"$work/metrics" || fail "promtool check metrics"
[ -z "${KDUMPD_SHOW:-}" ] || { "${podman[@]}" exec "$container" /usr/bin/kdumpd check || true; grep -v '^process_' "$work/metrics"; }
[ "$(grep -c '^kdump_verdict{.*} 1$' "$work/metrics")" = 1 ] || fail "not exactly one kdump_verdict is 1"
pass "/metrics: $(grep -vc '^#' "$work/metrics") series, $(grep '^kdump_verdict{.*} 1$' "$work/metrics")"
[ "$(awk '/^VmRSS/ {print $2}' "/proc/$pid/status")" -lt $((96 * 1024)) ] || fail "more memory than it takes without uploads"
pass "memory: $(awk '/^VmRSS/ {print $2}' "/proc/$pid/status") kB"

began=$(date +%s%N)
"${podman[@]}" stop -t 20 "$container" >/dev/null
took=$((($(date +%s%N) - began) / 1000000))
code=$("${podman[@]}" inspect -f '{{.State.ExitCode}}' "$container")
[ "$code" = 0 ] || fail "exit status $code after SIGTERM, expected 0"
[ "$took" -lt 5000 ] || fail "took $took ms to stop, expected less than 5000"
pass "SIGTERM: stopped in $took ms"
echo "image_test: $passed passed"
