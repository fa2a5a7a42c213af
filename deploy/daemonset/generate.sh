#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# generate.sh [--check]: the Prometheus operator's form of the alert rules, from the one source
# metrics/rules/kdumpd.rules.yaml. --check: says whether the committed file is up to date.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
source=$here/../../metrics/rules/kdumpd.rules.yaml
target=$here/components/monitoring/prometheusrule.yaml

# A rules file is a PrometheusRule's spec; two more columns keep block scalars what they are.
rule() {
  grep -q '^groups:' "$source" || { echo "generate.sh: $source has no top-level 'groups:'" >&2; return 1; }
  cat <<'HEAD'
# SPDX-License-Identifier: Apache-2.0
# Written by deploy/daemonset/generate.sh from metrics/rules/kdumpd.rules.yaml. Do not edit.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: kdumpd
  namespace: kdumpd
  labels:
    app.kubernetes.io/instance: kdumpd
    app.kubernetes.io/name: kdumpd
    app.kubernetes.io/part-of: kdumpd
spec:
HEAD
  sed -n '/^groups:/,$p' "$source" | sed 's/^\(.\)/  \1/'
}

new=$(mktemp)
trap 'rm -f "$new"' EXIT
rule >"$new"
case ${1:-} in
  --check)
    diff -u "$target" "$new" || { echo "prometheusrule.yaml is out of date: run deploy/daemonset/generate.sh" >&2; exit 1; }
    ;;
  '') cat "$new" >"$target" ;;
  *) echo "usage: generate.sh [--check]" >&2; exit 64 ;;
esac
