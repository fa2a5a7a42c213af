#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# manifests_test.sh: renders the kustomizations and checks them: types of a current Kubernetes and
# Prometheus operator, what the DaemonSet promises, and what the PodMonitor's relabelling does to
# labels. Fetches type definitions from npm once, into a cache outside the tree. Exit 77: cannot run.
set -eu
source=$(cd "$(dirname "$0")/../.." && pwd)
deploy=$source/deploy/daemonset
cache=${KDUMPD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kdumpd}/manifests-1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "FAIL: $*"; exit 1; }
skip() { echo "SKIP: $*"; exit 77; }
passed=0
pass() { passed=$((passed + 1)); echo "ok: $*"; }
for tool in jq promtool yamllint npm; do command -v $tool >/dev/null || skip "$tool is not installed"; done

# Debian 12's kubectl 1.20 carries a kustomize from before components.
render() { if command -v kustomize >/dev/null; then kustomize build "$1"; else kubectl kustomize "$1"; fi; }
render "$deploy/base" >"$work/base.yaml" 2>"$work/error" || skip "no kubectl >= 1.21 or kustomize: $(head -1 "$work/error")"

(cd "$source" && yamllint --strict deploy)
pass yamllint
"$deploy/generate.sh" --check
pass "prometheusrule.yaml is what generate.sh writes"

# One JSON object per line; PyYAML comes with yamllint.
json() { /usr/bin/python3 -c 'import json,sys,yaml
for document in yaml.safe_load_all(sys.stdin): print(json.dumps(document))'; }
for name in base overlays/monitoring overlays/openshift; do
  render "$deploy/$name" >"$work/rendered.yaml" || fail "$name does not render"
  json <"$work/rendered.yaml" >"$work/${name##*/}.json"
  pass "$name renders $(wc -l <"$work/${name##*/}.json") objects"
done
base=$work/base.json; monitoring=$work/monitoring.json; openshift=$work/openshift.json

# expect WHAT FILE KIND EXPRESSION: for every object of that kind, and there is one.
expect() {
  jq -es --arg kind "$3" '[.[] | select(.kind == $kind)] | length > 0 and all('"$4"')' "$2" >/dev/null ||
    fail "$1 ($3 in ${2##*/}): not $4"
  pass "$1"
}
version=$(sed -n 's/^project(kdumpd VERSION \([0-9.]*\).*/\1/p' "$source/CMakeLists.txt")
pod=.spec.template.spec
container="$pod.containers[0]"
expect "image of this version" "$base" DaemonSet "$container.image == \"kdumpd:$version\""
expect "version label" "$base" DaemonSet ".spec.template.metadata.labels[\"app.kubernetes.io/version\"] == \"$version\""
# shellcheck disable=SC2016
expect "selector matches the pod" "$base" DaemonSet \
  '.spec as $s | $s.selector.matchLabels | to_entries | length > 0 and all(.value == $s.template.metadata.labels[.key])'
expect "selector survives a new version" "$base" DaemonSet \
  '.spec.selector.matchLabels | has("app.kubernetes.io/version") | not'
expect "no namespace of the host" "$base" DaemonSet "[$pod.hostNetwork, $pod.hostPID, $pod.hostIPC] == [false, false, false]"
expect "no token" "$base" DaemonSet "$pod.automountServiceAccountToken == false"
expect "no token of the account" "$base" ServiceAccount ".automountServiceAccountToken == false"
expect "runs on every Linux node" "$base" DaemonSet "[$pod.tolerations[] | select(.operator == \"Exists\" and (has(\"key\") | not)) | .effect]
  == [\"NoSchedule\", \"NoExecute\"] and $pod.nodeSelector == {\"kubernetes.io/os\": \"linux\"}"
expect "privileged, read-only root" "$base" DaemonSet \
  "$container.securityContext.privileged and $container.securityContext.readOnlyRootFilesystem"
expect "mounts: all read-only and following the host, but the state" "$base" DaemonSet \
  "[$container.volumeMounts[] | select(.name != \"config\" and .name != \"destinations\") | [.mountPath, .readOnly, .mountPropagation]] | sort == [[\"/host\", true, \"HostToContainer\"],
  [\"/host/sys\", true, \"HostToContainer\"], [\"/sys\", true, \"HostToContainer\"], [\"/var/lib/kdumpd\", null, null]]"
expect "every mount has its volume" "$base" DaemonSet \
  "([$container.volumeMounts[].name] | unique) == ([$pod.volumes[].name] | unique)"
expect "needs no configuration" "$base" DaemonSet "[$pod.volumes[] | select(.configMap) | .configMap.optional] == [true]"
expect "needs no secret, and nobody else reads one" "$base" DaemonSet "[$pod.volumes[] | select(.secret) | .secret.optional, .secret.defaultMode] == [true, 256]"
expect "namespace admits privileged pods" "$base" Namespace '.metadata.labels["pod-security.kubernetes.io/enforce"] == "privileged"'
jq -es 'map(.kind) | sort == ["DaemonSet", "Namespace", "ServiceAccount"]' "$base" >/dev/null || fail "the base has other objects"
pass "the base has no RBAC"
expect "spc_t" "$openshift" DaemonSet "$container.securityContext | .privileged and .seLinuxOptions.type == \"spc_t\""
expect "every OpenShift node" "$openshift" Namespace '.metadata.annotations["openshift.io/node-selector"] == ""'
expect "platform monitoring" "$openshift" Namespace '.metadata.labels["openshift.io/cluster-monitoring"] == "true"'
expect "PSA labels stay" "$openshift" Namespace '.metadata.labels["pod-security.kubernetes.io/enforce"] == "privileged"'
expect "role bindings stay in the namespace" "$openshift" RoleBinding '.metadata.namespace == "kdumpd"'
jq -es 'any(.roleRef.name? == "system:openshift:scc:privileged" and .subjects[0].name == "kdumpd")' "$openshift" >/dev/null ||
  fail "no binding to the privileged SCC"
pass "privileged SCC"
jq -s '.[] | select(.kind == "PrometheusRule") | .spec' "$monitoring" >"$work/rules.yaml"
promtool check rules "$work/rules.yaml" >"$work/promtool" || fail "promtool check rules: $(cat "$work/promtool")"
pass "PrometheusRule: $(grep -o '[0-9]* rules found' "$work/promtool")"

# What Prometheus makes of a node's pod before and after a rollout, and of another port of it: the
# operator's own labels for a pod monitor, then ours; and prometheus-scrape.yaml as it stands. Debian's
# promtool knows no Kubernetes discovery, so the pods come from a file.
/usr/bin/python3 - "$monitoring" "$deploy/prometheus-scrape.yaml" "$work" <<'PY'
import json, re, sys, yaml
objects = [json.loads(line) for line in open(sys.argv[1])]
monitor = next(o for o in objects if o["kind"] == "PodMonitor")["spec"]["podMetricsEndpoints"][0]
plain = yaml.safe_load(open(sys.argv[2]))["scrape_configs"][0]
assert plain.pop("kubernetes_sd_configs")[0]["role"] == "pod"
snake = lambda name: re.sub("[A-Z]", lambda m: "_" + m.group().lower(), name)
ours = [{snake(k): v for k, v in rule.items()} for rule in monitor["relabelings"]]
meta = "__meta_kubernetes_"
copy = lambda source, target: {"source_labels": [meta + source], "target_label": target}
operators = [copy("namespace", "namespace"), copy("pod_container_name", "container"), copy("pod_name", "pod"),
             copy("pod_label_app_kubernetes_io_name", "job"), {"target_label": "endpoint", "replacement": monitor["port"]},
             {"action": "keep", "source_labels": [meta + "pod_container_port_name"], "regex": monitor["port"]}]
pods = [{"targets": [f"10.0.0.{n}:10910"], "labels": {meta + k: v for k, v in {
    "namespace": "kdumpd", "pod_name": f"kdumpd-{n}", "pod_container_name": "kdumpd", "pod_node_name": "worker-1",
    "pod_label_app_kubernetes_io_name": "kdumpd", "pod_container_port_name": port}.items()}}
    for n, port in ((1, "metrics"), (2, "metrics"), (3, "other"))]
json.dump(pods, open(sys.argv[3] + "/pods.json", "w"))
files = {"file_sd_configs": [{"files": [sys.argv[3] + "/pods.json"]}]}
jobs = [{"job_name": "podmonitor", "relabel_configs": operators + ours, **files}, {**plain, **files}]
json.dump({"scrape_configs": jobs}, open(sys.argv[3] + "/prometheus.yml", "w"))
PY
# labels_of JOB: the distinct label sets of its two targets.
labels_of() {
  promtool check service-discovery --timeout=1s "$work/prometheus.yml" "$1" 2>/dev/null | sed -n '/^\[/,$p' |
    jq -Sc '[.[].labels | select(length > 0)] | "\(length) targets \(map(with_entries(select(.key | startswith("__") | not))) | unique)"' -r
}
expected='2 targets [{"container":"kdumpd","endpoint":"metrics","instance":"worker-1","job":"kdumpd","namespace":"kdumpd","node":"worker-1"}]'
labels=$(labels_of podmonitor)
[ "$labels" = "$expected" ] || fail "PodMonitor: $labels, expected $expected"
pass "PodMonitor: two pods of one node have one set of labels, with node and without pod"
labels=$(labels_of kdumpd)
expected='2 targets [{"instance":"worker-1","job":"kdumpd","node":"worker-1"}]'
[ "$labels" = "$expected" ] || fail "prometheus-scrape.yaml: $labels, expected $expected"
pass "prometheus-scrape.yaml: the same"

# Unknown fields, missing ones, wrong types and values: the manifests as literals of published types.
mkdir -p "$cache"
if [ ! -e "$cache/complete" ]; then
  echo '{"private": true}' >"$cache/package.json"
  npm install --prefix "$cache" --silent --no-audit --no-fund kubernetes-models@5.1.0 \
    @kubernetes-models/prometheus-operator@6.0.0 typescript@5.9.3 >"$work/npm" 2>&1 ||
    skip "npm cannot fetch the type definitions: $(grep -v warn "$work/npm" | head -1)"
  touch "$cache/complete"
fi
typecheck() {
  mkdir -p "$work/types"; ln -sfn "$cache/node_modules" "$work/types/node_modules"
  jq -rs 'to_entries[] | .key as $i | .value |
    (if .apiVersion | startswith("monitoring.") then "@kubernetes-models/prometheus-operator/" else "kubernetes-models/" end) as $package |
    "import { I\(.kind) as T\($i) } from \"\($package)\(.apiVersion)\";\nexport const o\($i): T\($i) = \(.);"' "$1" >"$work/types/manifests.ts"
  "$cache/node_modules/.bin/tsc" --noEmit --strict --skipLibCheck --module nodenext --moduleResolution nodenext "$work/types/manifests.ts"
}
cat "$monitoring" "$openshift" >"$work/all.json"
typecheck "$work/all.json" || fail "the manifests do not have the types above"
pass "$(wc -l <"$work/all.json") objects have the types of Kubernetes and the Prometheus operator"
jq -c 'if .kind == "DaemonSet" then .spec.template.spec.hostpid = true else . end' "$base" >"$work/wrong.json"
if typecheck "$work/wrong.json" >"$work/error"; then fail "a misspelt field (hostpid) went through"; fi
grep -q hostpid "$work/error" || fail "not for the misspelt field: $(cat "$work/error")"
pass "a misspelt field is found"
echo "manifests_test: $passed passed"
