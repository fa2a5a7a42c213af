#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# packaged_unit_test.sh BUILD_DIR: the Debian package of BUILD_DIR/kdumpd, installed by dpkg in a root file
# system where a real systemd runs: its unit starts, tells, reloads, recovers, stops, and leaves nothing.
# Exit 77: cannot run here. KDUMPD_MEASURE=1: also counts the wakeups of an idle minute.
set -eu
build=$(cd "${1:-${KDUMPD_BUILD:?usage: packaged_unit_test.sh BUILD_DIR}}" && pwd)
source=$(cd "$(dirname "$0")/../.." && pwd)
for tool in cpack dpkg-shlibdeps file unshare nsenter ip curl jq promtool pgrep nginx; do
  command -v $tool >/dev/null || { echo "SKIP: $tool is not installed"; exit 77; }
done
[ "$(id -u)" = 0 ] || { echo "SKIP: needs root"; exit 77; }

work=$(mktemp -d)
node=$work/node
system=
dav=
cleanup() {
  [ -z "$dav" ] || kill "$dav" 2>/dev/null || true
  exec 3>&- || true  # the end of its input: systemd and all its processes go
  [ -z "$system" ] || wait "$system" 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT
fail() {
  echo "FAIL: $*"
  [ ! -s "$work/init" ] || inside systemctl --no-pager --lines=0 status kdumpd.service 2>&1 | head -20
  [ ! -s "$node/units/kdumpd.log" ] || tail -n 20 "$node/units/kdumpd.log"
  exit 1
}
passed=0
pass() { passed=$((passed + 1)); echo "ok: $*"; }

# As a process of the node's own: its root, its processes, its network.
inside() { nsenter -t "$(cat "$work/init")" -m -u -i -n -p -C -r -w env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"; }
get() { nsenter -t "$(cat "$work/init")" -n curl -sf --noproxy '*' -m 5 "http://127.0.0.1:10910$1"; }
property() { inside systemctl show -P "$1" kdumpd.service; }
milliseconds() { echo $(($(date +%s%N) / 1000000)); }
# The process of the unit as seen from here.
daemon() { pgrep -x kdumpd --ns "$(cat "$work/init")" --nslist pid; }
# within SECONDS WHAT COMMAND...: until the command is true; $took is how many ms that was.
within() {
  local limit=$1 what=$2 began
  shift 2
  began=$(milliseconds)
  until "$@"; do
    [ $(($(milliseconds) - began)) -lt $((limit * 1000)) ] || fail "$what: not within $limit s"
    sleep .02
  done
  took=$(($(milliseconds) - began))
}
shows() { get /metrics | grep -qxF "$1"; }
is() { [ "$(property "$1")" = "$2" ]; }

cpack --config "$build/CPackConfig.cmake" -B "$work/package" >"$work/cpack.log" 2>&1 || fail "cpack: $(cat "$work/cpack.log")"
deb=$(echo "$work"/package/*.deb)
pass "${deb##*/}: $(stat -c %s "$deb") bytes, Depends: $(dpkg-deb -f "$deb" Depends)"

# Nothing but what the package asks for: a library that it forgot is missing there.
KDUMPD_TEST_PACKAGES=$(dpkg-deb -f "$deb" Depends | sed 's/([^)]*)//g; s/ //g')
export KDUMPD_TEST_PACKAGES
status=0
line=$("$source/tests/support/start-systemd.sh" --image) || status=$?
[ "$status" != 77 ] || { echo "SKIP: $line"; exit 77; }
[ "$status" = 0 ] || fail "$line"
mkfifo "$work/input" "$work/output"
# A network of its own: port 10910 is free there.
# shellcheck disable=SC2016
unshare --net sh -c 'ip link set lo up; exec "$0" "$1"' "$source/tests/support/start-systemd.sh" "$node" \
  <"$work/input" >"$work/output" &
system=$!
exec 3>"$work/input"
read -r line <"$work/output" || true
[ "$line" = ready ] || fail "start-systemd.sh: $line"
cp "$node/dbus.pid" "$work/init"

# What the daemon says is kept; /run/systemd/system is a directory of this test's.
drop_in() { mkdir -p "$node/units/kdumpd.service.d" && cat >"$node/units/kdumpd.service.d/$1.conf"; }
printf '[Service]\nStandardOutput=append:/run/systemd/system/kdumpd.log\n' | drop_in log

inside sh -c 'cat >/tmp/kdumpd.deb' <"$deb"
inside dpkg -i /tmp/kdumpd.deb >"$work/dpkg.log" 2>&1 || fail "dpkg -i: $(tail -n 3 "$work/dpkg.log")"
[ "$(inside systemctl is-enabled kdumpd.service)" = enabled ] || fail "not enabled by its installation"
is ActiveState active || fail "not active after its installation"
pass "dpkg -i: enabled and active"

inside systemctl stop kdumpd.service
inside systemctl start kdumpd.service || fail "systemctl start"
is ActiveState active || fail "systemctl start returned and it is not active"
[ "$(property StatusText)" != "" ] || fail "no STATUS="
ready=$((($(property ActiveEnterTimestampMonotonic) - $(property ExecMainStartTimestampMonotonic)) / 1000))
[ "$ready" -lt 5000 ] || fail "$ready ms until READY"
get /readyz >/dev/null || fail "/readyz is not 200 although systemd was told READY"
pass "Type=notify: READY after $ready ms, status: $(property StatusText)"

get /metrics >"$work/metrics" || fail "/metrics"
promtool check metrics <"$work/metrics" || fail "promtool check metrics"
for from in dbus procfs sysfs state; do shows "kdumpd_source_up{source=\"$from\"} 1" || fail "source $from is not up"; done
[ "$(inside stat -c %a:%U /var/lib/kdumpd)" = 700:root ] || fail "mode of /var/lib/kdumpd"
pass "/metrics: $(grep -vc '^#' "$work/metrics") series; bus, proc, sys and state directory are up"

# Root outside the unit sees nothing that the hardened unit does not.
statuses() { jq -Sc '[.verdict, ([.. | objects | select(has("id") and has("status")) | {(.id): .status}] | add)]'; }
status=0
inside kdumpd check --output json >"$work/check.json" || status=$?
[ "$status" -le 3 ] || fail "check exits $status, expected a judgement (0 to 3)"
get /api/v1/readiness >"$work/api.json" || fail "/api/v1/readiness"
[ "$(statuses <"$work/check.json" | jq '.[1] | length')" -ge 20 ] || fail "fewer than 20 checks in the answer"
diff <(statuses <"$work/check.json") <(statuses <"$work/api.json") || fail "the unit sees another node than root does"
pass "check: $(jq -r .verdict "$work/check.json"), exit $status; the unit sees the same"
# Only arm64 asks for it, and there its absence would be a gating unknown.
[ -n "$(head -c 1 "/proc/$(daemon)/root/proc/kallsyms")" ] || fail "the unit hides /proc/kallsyms"
[ -z "${KDUMPD_SHOW:-}" ] || { inside kdumpd check || true; grep -v '^process_' "$work/metrics"; }

# The program that reads dumps: where the package puts it, and confined as the unit is.
zstd -qdc "$source/tests/fixtures/dumps/x86_64/null_read-6.1.kdump.zst" | inside sh -c 'cat >/etc/vmcore'
answer() { jq -c '[.state, .reason, .log.records > 300]' "$1"; }
whole='["complete","pages_sampled",true]'
status=0
inside kdumpd inspect --output json /etc/vmcore >"$work/inspect.json" || status=$?
[ "$status:$(answer "$work/inspect.json")" = "0:$whole" ] || fail "inspect exits $status: $(cat "$work/inspect.json")"
sed -e '/^WatchdogSec=/d' -e '/^Restart/d' -e '/^StateDirectory/d' -e 's/^Type=.*/Type=oneshot/' \
  -e 's|^ExecStart=.*|ExecStart=/usr/bin/kdumpd inspect --output json /etc/vmcore|' \
  "$source/systemd/units/kdumpd.service" >"$node/units/inspect-once.service"
printf '[Service]\nStandardOutput=append:/run/systemd/system/inspect.json\n' \
  >>"$node/units/inspect-once.service"
inside systemctl daemon-reload
inside systemctl start inspect-once.service || fail "inspect, as the unit: $(cat "$node/units/inspect.json")"
[ "$(answer "$node/units/inspect.json")" = "$whole" ] || fail "inspect, as the unit: $(cat "$node/units/inspect.json")"
inside rm /etc/vmcore
pass "inspect: $whole, by root and as the unit"

if [ "$(property MainPID)" = 0 ] || [ -z "$(daemon)" ]; then fail "no main process"; fi
switches() { awk '/^voluntary/ {sum += $2} END {print sum}' "/proc/$(daemon)"/task/*/status; }
if [ "${KDUMPD_MEASURE:-}" = 1 ]; then
  before=$(switches)
  sleep 60
  echo "measured: $(($(switches) - before)) voluntary context switches in 60 s idle, all threads"
fi
memory() { awk -v key="$1:" '$1 == key {print $2}' "/proc/$(daemon)/status"; }
[ "$(memory VmRSS)" -lt $((64 * 1024)) ] || fail "VmRSS $(memory VmRSS) kB"
pass "memory: VmRSS $(memory VmRSS) kB, RssAnon $(memory RssAnon) kB, $(memory Threads) threads"

inside mkdir /etc/kdumpd
echo 'log: {level: loud}' | inside tee /etc/kdumpd/config.yaml >/dev/null
inside systemctl reload kdumpd.service || fail "systemctl reload"
within 5 "a bad configuration told" shows "kdumpd_config_last_reload_successful 0"
is ActiveState active || fail "a bad configuration ended the daemon"
echo 'log: {level: info}' | inside tee /etc/kdumpd/config.yaml >/dev/null
inside systemctl reload kdumpd.service || fail "systemctl reload"
within 5 "a good configuration told" shows "kdumpd_config_last_reload_successful 1"
pass "systemctl reload: a bad configuration is told and harms nothing"

# The sandbox lets kdumpd-ship read secrets, reach the network and write where a drop-in says, nowhere else.
mkdir -p "$work/dav/store" && chmod 755 "$work" "$work/dav"
temporary=$(printf "%s_temp_path $work/dav/temp; " client_body proxy fastcgi uwsgi scgi)
cat >"$work/dav/nginx.conf" <<END
daemon off; master_process off; pid $work/dav/pid; user root; error_log stderr;
events {}
http {
  access_log off; $temporary
  server {
    listen 127.0.0.1:8080; root $work/dav/store; client_max_body_size 0;
    location / { dav_methods PUT DELETE MKCOL MOVE; auth_basic x; auth_basic_user_file $work/dav/users; }
  }
}
END
echo 'us:{PLAIN}a word' >"$work/dav/users"
nsenter -t "$(cat "$work/init")" -n setpriv --pdeathsig KILL nginx -c "$work/dav/nginx.conf" -e stderr 2>"$work/dav/log" &
dav=$!
inside mkdir -p /srv/share /srv/closed /var/crash/127.0.0.1-2026-11-29-07:15:03
inside sh -c 'umask 077; echo "a word" >/etc/kdumpd/password'
printf '[Service]\nReadWritePaths=-/srv/share\n' | drop_in share
inside tee /etc/kdumpd/config.yaml >/dev/null <<END
path: {crash-directory: /var/crash}
observe: {interval: 1s, settle: 1s}
destinations:
  closed: {url: "file:///srv/closed"}
  dav: {url: "http://127.0.0.1:8080/", user: us, password-file: /etc/kdumpd/password}
  share: {url: "file:///srv/share"}
END
inside systemctl daemon-reload
inside systemctl restart kdumpd.service || fail "restart with destinations"
zstd -qdc "$source/tests/fixtures/dumps/x86_64/null_read-6.1.kdump.zst" |
  inside sh -c 'cat >/var/crash/127.0.0.1-2026-11-29-07:15:03/vmcore'
# shellcheck disable=SC2317 # called by within
stored() { [ -n "$("$@" -name manifest.json -size +0)" ]; }
within 60 "a dump on the share" stored inside find /srv/share
within 60 "a dump on the WebDAV server" stored find "$work/dav/store"
within 60 "a share that nobody allowed" shows 'kdumpd_upload_failing{destination="closed"} 1'
[ -z "$(inside find /srv/closed -type f)" ] || fail "the unit writes to /srv/closed"
inside grep -q 'Read-only file system' /run/systemd/system/kdumpd.log || fail "the log does not tell why /srv/closed fails"
kill "$dav" && { wait "$dav" 2>/dev/null || true; } && dav=
inside sh -c 'rm -r /var/crash /srv/share /srv/closed /etc/kdumpd/password; echo "log: {level: info}" >/etc/kdumpd/config.yaml'
inside systemctl restart kdumpd.service || fail "it does not start without the share"
pass "uploads, as the unit: to a server, with a secret, and to the share that a drop-in names, no other"

# A kdump service of this test's own, named as the node's distribution names it.
service=kdump-tools.service
unit() { printf '[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=%s\n' "$1" >"$node/units/$service"; }
unit /bin/false
inside systemctl daemon-reload
inside systemctl start $service 2>/dev/null && fail "/bin/false did not fail"
within 5 "failed" shows "kdump_service_state{unit=\"$service\",state=\"failed\"} 1"
failed=$took
unit /bin/true
inside systemctl daemon-reload
inside systemctl start $service
within 5 "active" shows "kdump_service_state{unit=\"$service\",state=\"active\"} 1"
shows "kdump_service_state{unit=\"$service\",state=\"failed\"} 0" || fail "failed and active at once"
pass "$service: failed seen after $failed ms, recovered after $took ms"

# shellcheck disable=SC2016 # systemd's variable
printf '[Service]\nWatchdogSec=2\nRestartSec=100ms\nExecStopPost=/bin/sh -c "echo ended: $SERVICE_RESULT"\n' | drop_in quick
inside systemctl daemon-reload
inside systemctl restart kdumpd.service
restarted() { is NRestarts "$1" && is ActiveState active; }
kill -STOP "$(daemon)"
within 20 "the watchdog's restart" restarted 1
grep -qx 'ended: watchdog' "$node/units/kdumpd.log" || fail "restarted, and not by the watchdog"
pass "stopped by SIGSTOP: the watchdog restarted it after $took ms"
inside systemctl kill --kill-who=main --signal=KILL kdumpd.service
within 20 "restart after SIGKILL" restarted 2
get /readyz >/dev/null || fail "/readyz after two restarts"
pass "killed: restarted after $took ms, the lock of its state directory with it"

began=$(milliseconds)
inside systemctl stop kdumpd.service
took=$(($(milliseconds) - began))
[ "$took" -lt 5000 ] || fail "took $took ms to stop"
[ "$(property Result):$(property ExecMainStatus)" = success:0 ] || fail "stopped with $(property Result), $(property ExecMainStatus)"
pass "systemctl stop: $took ms, exit status 0"

echo KDUMPD_LOG_LEVEL=loud | inside tee /etc/default/kdumpd >/dev/null
inside systemctl start kdumpd.service 2>/dev/null && fail "started with a bad configuration"
[ "$(property ActiveState):$(property ExecMainStatus):$(property NRestarts)" = failed:64:0 ] ||
  fail "a bad configuration: $(property ActiveState), exit $(property ExecMainStatus), $(property NRestarts) restarts"
pass "a bad /etc/default/kdumpd: exit 64, not tried again"

rm -r "$node/units/kdumpd.service.d"
inside dpkg --purge kdumpd >"$work/dpkg.log" 2>&1 || fail "dpkg --purge: $(tail -n 3 "$work/dpkg.log")"
[ -z "$(daemon)" ] || fail "it runs after its removal"
left=$(inside find /etc/systemd /var/lib/systemd/deb-systemd-helper-enabled /var/lib/systemd/deb-systemd-helper-masked \
  /usr /var/lib/kdumpd -name '*kdumpd*' 2>/dev/null || true)
[ -z "$left" ] || fail "left after the purge: $left"
pass "dpkg --purge: nothing is left"
echo "packaged_unit_test: $passed passed"
