// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "daemon/core/state.h"

namespace kdumpd {

// What a hostile directory, command line or unit may carry: markup, terminal control, bytes that
// are no UTF-8.
inline const std::string kHostile = "<script>alert('x')</script>\"&\x1b[2J\n\xff\\";

inline Finding SampleFinding(std::string_view id, Status status, std::string message) {
  Finding finding;
  finding.id = id;
  finding.status = status;
  finding.scope = Scope::kArmed;
  finding.weight = Weight::kRequire;
  finding.reason = "a_code";
  finding.message = std::move(message);
  finding.why = "It matters.";
  finding.rule = "kernel/panic.c";
  finding.docs = "docs/checks.md#" + std::string(id);
  return finding;
}

inline Dump SampleDump(std::string directory, std::int64_t crash_time, DumpState state) {
  Dump dump;
  dump.directory = std::move(directory);
  dump.vmcore = "vmcore";
  dump.log = "vmcore-dmesg.txt";
  dump.bytes = 1536UL << 20U;
  dump.crash_time = crash_time;
  dump.mtime = crash_time + 60;
  dump.format = DumpFormat::kKdump;
  dump.state = state;
  dump.reason = state == DumpState::kComplete ? "headers_checked" : "end_marker_missing";
  return dump;
}

// A node whose capture kernel is gone, with a problem of each kind and two dumps.
inline State SampleState() {
  State state;
  state.now = 1'795'331'703;  // 2026-11-22T07:15:03Z
  state.started_at = state.now - 3600;
  state.node = "node7";
  state.version = "0.1.0";

  Readiness& readiness = state.readiness;
  readiness.verdict = Verdict::kNotReady;
  readiness.reason = "crash_kernel_loaded";
  readiness.message = "no capture kernel is loaded";
  readiness.armed = false;
  readiness.configured = true;
  readiness.findings = {
      SampleFinding("crash_reservation", Status::kPass, "256 MiB reserved"),
      SampleFinding("panic_timeout", Status::kWarn, "kernel.panic is 0"),
      SampleFinding("crash_kernel_loaded", Status::kFail, "no capture kernel is loaded"),
      SampleFinding("service_unit", Status::kUnknown, "systemd did not answer"),
      SampleFinding("target_free_space", Status::kNotApplicable, "the target is remote"),
  };
  readiness.findings[2].evidence = {{"/sys/kernel/kexec_crash_loaded", "0"},
                                    {"kdump.service", "ActiveState=active/exited"}};
  readiness.findings[2].remedy = "systemctl restart kdump; journalctl -b -u kdump";
  readiness.findings[1].weight = Weight::kIgnore;
  readiness.numbers.ram_bytes = 32UL << 30U;
  readiness.numbers.ram_exact = true;
  readiness.numbers.ram_source = "/proc/iomem";
  readiness.numbers.reserved_bytes = 256UL << 20U;
  readiness.numbers.recommended_bytes = 192UL << 20U;
  readiness.numbers.dump_p50_bytes = 1UL << 30U;
  readiness.numbers.dump_p95_bytes = 3UL << 30U;
  readiness.numbers.dump_method = "learned from 2 dumps on this node";
  readiness.numbers.dump_p50_seconds = 48;
  readiness.numbers.dump_p95_seconds = 180;
  readiness.numbers.duration_method = "boot and waits 35 to 120 s, then lzo to a disk";
  readiness.numbers.estimated_bytes = 160UL << 20U;
  readiness.numbers.estimated_from = "kernel 45 MiB + 3 x initramfs 33 MiB + 16 MiB to run";

  Facts& facts = state.facts;
  facts.now = state.now;
  facts.distribution = Distribution::kRhel;
  facts.kernel_release =
      Fact<std::string>::Known("5.14.0-503.el9.x86_64", "/proc/sys/kernel/osrelease");
  facts.target_space = Fact<Space>::Known({200UL << 30U, 80UL << 30U}, "/var/crash");
  facts.dumps = Fact<std::vector<Dump>>::Known(
      {SampleDump("127.0.0.1-2026-11-20-01:02:03", 1'795'136'523, DumpState::kComplete),
       SampleDump("127.0.0.1-2026-11-21-01:02:03", 1'795'222'923, DumpState::kTruncated)},
      "/var/crash");
  facts.dumps.value()[0].historic = true;

  state.sources = {{"procfs", true, ""}, {"dbus", false, "timed out"}};
  state.observe.counts = {7, 1, 0, 0, 0, 2};
  state.observe.sum_seconds = 0.5;
  return state;
}

// The same node with the hostile text in every place that a stranger can write to.
inline State HostileState() {
  State state = SampleState();
  state.node = kHostile;
  state.version = kHostile;
  state.readiness.message = kHostile;
  Numbers& numbers = state.readiness.numbers;
  numbers.dump_method = numbers.duration_method = numbers.estimated_from = kHostile;
  for (Finding& finding : state.readiness.findings) {
    finding.message = finding.reason = finding.remedy = kHostile;
    finding.evidence = {{kHostile, kHostile}};
  }
  state.facts.kernel_release = Fact<std::string>::Known(kHostile, kHostile);
  Target target;
  target.spec = target.fstype = target.live_path = target.problem = kHostile;
  target.mount = Mount{};
  target.mount->point = kHostile;
  state.facts.target = Fact<Target>::Known(target, kHostile);
  for (Dump& dump : state.facts.dumps.value()) {
    dump.directory = dump.vmcore = dump.log = dump.reason = kHostile;
  }
  state.sources = {{kHostile, false, kHostile}};
  return state;
}

}  // namespace kdumpd
