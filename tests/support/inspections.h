// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "daemon/core/inspection.h"

namespace kdumpd {

// A dump that is whole, with every field known.
inline Inspection WholeInspection() {
  Inspection inspection;
  inspection.format = DumpFormat::kKdump;
  inspection.container = "flattened";
  inspection.bytes = 1'765'720;
  inspection.compression = "zlib";
  inspection.header_version = 6;
  inspection.dump_level = 31;
  inspection.page_size = 4096;
  inspection.split = SplitRange{0, 73'693, 2};
  Wholeness& whole = inspection.wholeness;
  whole.state = DumpState::kComplete;
  whole.reason = "data_end_matches";
  whole.detail = "the data end where the file ends";
  whole.level = CheckLevel::kSampled;
  whole.needs_bytes = 1'765'720;
  whole.pages = 2'646;
  whole.pages_checked = 64;
  inspection.architecture = "x86_64";
  inspection.kernel_release = "6.1.0-56-cloud-amd64";
  inspection.kernel_version = "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)";
  inspection.node = "kdump-fast";
  inspection.build_id = "9134668f05823501af165f3b4d630500a2a2267d";
  inspection.crash_time = 1'795'334'808;  // 2026-11-22T08:06:48Z
  inspection.cpus = 2;
  inspection.log.kind = "ring";
  inspection.log.records = 412;
  inspection.log.first_sequence = 0;
  inspection.log.uptime_us = 23'456'789;
  return inspection;
}

// What crashed it, with every field known.
inline CrashReport SampleCrash() {
  CrashReport crash;
  crash.category = CrashCategory::kSoftLockup;
  crash.title = "soft lockup in trig [crashme]";
  crash.reason = "watchdog: BUG: soft lockup - CPU#1 stuck for 23s! [init:17]";
  crash.panic_message = "softlockup: hung tasks";
  crash.at_us = 13'242'113;
  crash.task = "init";
  crash.pid = 17;
  crash.cpu = 1;
  crash.function = "trig";
  crash.module = "crashme";
  crash.kernel_release = "6.1.0-56-cloud-amd64";
  crash.hardware = "QEMU Standard PC (i440FX + PIIX, 1996), BIOS 1.16.2 04/01/2014";
  crash.taint = "OE";
  crash.frames = {{"trig", "crashme", 0x2f8, true, true, FrameContext::kTask},
                  {"timer_fn", "", 0x10, false, false, FrameContext::kIrq},
                  {"full_proxy_write", "", 0x53, true, false, FrameContext::kTask}};
  crash.modules = {"virtio_blk", "crashme(OE)"};
  crash.oopses = 2;
  crash.last_lines = {"[    4.842968] crashme: softlockup",
                      "[   13.242113] watchdog: BUG: soft lockup - CPU#1 stuck for 23s! [init:17]"};
  crash.signature = {1, "v1-0123456789abcdef", "frames",
                     "soft_lockup\ntrig [crashme]\nfull_proxy_write\n"};
  return crash;
}

inline Inspection CrashedInspection() {
  Inspection inspection = WholeInspection();
  inspection.crash = SampleCrash();
  return inspection;
}

// What ended in the middle.
inline Inspection TruncatedInspection() {
  Inspection inspection = WholeInspection();
  inspection.container.clear();
  inspection.split.reset();
  inspection.bytes = 8'703'180;
  Wholeness& whole = inspection.wholeness;
  whole.state = DumpState::kTruncated;
  whole.reason = "data_cut";
  whole.detail = "the data end at 14475844 and the file at 8703180";
  whole.needs_bytes = 14'475'844;
  inspection.log = {};
  inspection.log.reason = "log_unreadable";
  inspection.log.detail = "the page of prb is not in the dump";
  return inspection;
}

// Every text hostile, every number as large as it can be.
inline Inspection HostileInspection() {
  const std::string hostile = "<b>\x1b[2J\n\xff\\\xc2\x9b\"" + std::string(400, 'x');
  Inspection inspection = WholeInspection();
  for (std::string* text :
       {&inspection.container, &inspection.compression, &inspection.architecture,
        &inspection.kernel_release, &inspection.kernel_version, &inspection.node,
        &inspection.build_id, &inspection.translation, &inspection.wholeness.reason,
        &inspection.wholeness.detail, &inspection.log.kind, &inspection.log.reason,
        &inspection.log.detail}) {
    *text = hostile;
  }
  constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
  inspection.bytes = inspection.log.records = inspection.log.lost = kMost;
  inspection.log.dropped_older = inspection.wholeness.pages_checked = kMost;
  inspection.wholeness.pages_bad = kMost;
  inspection.wholeness.needs_bytes = inspection.wholeness.pages = kMost;
  inspection.log.first_sequence = inspection.log.uptime_us = inspection.page_size = kMost;
  inspection.split = SplitRange{0, kMost, 64};
  inspection.header_version = inspection.dump_level = std::numeric_limits<int>::min();
  inspection.cpus = std::numeric_limits<std::uint32_t>::max();
  inspection.crash_time = std::numeric_limits<std::int64_t>::min();
  CrashReport crash = SampleCrash();
  for (std::string* text : {&crash.title, &crash.reason, &crash.panic_message, &crash.task,
                            &crash.function, &crash.module, &crash.kernel_release, &crash.hardware,
                            &crash.taint, &crash.signature.hash, &crash.signature.basis}) {
    *text = hostile;
  }
  crash.signature.pre_image = std::string(3000, '\n') + hostile;
  crash.at_us = kMost;
  crash.pid = std::numeric_limits<std::int64_t>::min();
  crash.cpu = crash.oopses = std::numeric_limits<std::uint32_t>::max();
  crash.frames.assign(kMaxFrames + 9, StackFrame{hostile, hostile, kMost});
  crash.modules.assign(kMaxModules + 9, hostile);
  crash.last_lines.assign(kMaxLastLines + 9, hostile);
  inspection.crash = crash;
  return inspection;
}

// One of each kind of answer.
inline std::vector<Inspection> InspectionSamples() {
  std::vector<Inspection> samples{
      WholeInspection(),   CrashedInspection(), TruncatedInspection(),
      HostileInspection(), Inspection{},        Uninspected(42, "permission", "Permission denied")};
  samples.push_back(CrashedInspection());
  samples.back().crash = CrashReport{};
  for (int category = 0; category < kCrashCategories; ++category) {
    samples.push_back(CrashedInspection());
    samples.back().crash->category = static_cast<CrashCategory>(category);
    samples.back().crash->fatal = category % 2 == 0;
  }
  for (int state = 0; state < kDumpStates; ++state) {
    samples.push_back(WholeInspection());
    samples.back().wholeness.state = static_cast<DumpState>(state);
  }
  for (int format = 0; format < kDumpFormats; ++format) {
    samples.push_back(WholeInspection());
    samples.back().format = static_cast<DumpFormat>(format);
  }
  for (int level = 0; level < kCheckLevels; ++level) {
    samples.push_back(WholeInspection());
    samples.back().wholeness.level = static_cast<CheckLevel>(level);
  }
  for (const std::uint64_t us :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{999'999},
        std::uint64_t{1'795'331'703'123'457}, std::uint64_t{2'147'483'647'999'999},
        std::uint64_t{2'147'483'648'000'000}}) {
    samples.push_back(WholeInspection());
    samples.back().log.uptime_us = us;
  }
  for (const std::int64_t time : {std::int64_t{1}, std::int64_t{951'782'400},  // 29 February 2000
                                  std::int64_t{253'402'300'799}}) {
    samples.push_back(WholeInspection());
    samples.back().crash_time = time;
  }
  return samples;
}

}  // namespace kdumpd
