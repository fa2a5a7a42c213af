// SPDX-License-Identifier: Apache-2.0
#include "daemon/render/inspection_text.h"

#include <gtest/gtest.h>

#include <functional>

#include "daemon/core/kernel_log_text.h"
#include "daemon/core/text.h"
#include "tests/support/inspections.h"

namespace kdumpd {
namespace {

std::string FirstLine(const Inspection& inspection) {
  const std::string text = InspectionText(inspection, "vmcore", false);
  return text.substr(0, text.find('\n'));
}

TEST(InspectionText, AWholeDump) {
  EXPECT_EQ(InspectionText(WholeInspection(), "/var/crash/x/vmcore", false),
            R"(/var/crash/x/vmcore: whole
  when        2026-11-22T08:06:48Z, up 23 s
  where       kdump-fast, 6.1.0-56-cloud-amd64, x86_64, #1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)
  dump        kdump-compressed, flattened, zlib, dump level 31, 4 KiB pages, 1.7 MiB
  split       page frames 0 to 73693, 2 files of the set looked at
  cpus        2
  checked     headers, the end of the data; 64 of 2646 pages, 0 bad; --deep reads all
  log         412 records
)");
}

TEST(InspectionText, OneThatEndsEarly) {
  Inspection inspection = TruncatedInspection();
  inspection.wholeness.pages_checked = 0;
  EXPECT_EQ(InspectionText(inspection, "vmcore", false),
            R"(vmcore: TRUNCATED: has 8.3 MiB of 13.8 MiB (data_cut)
  when        2026-11-22T08:06:48Z
  where       kdump-fast, 6.1.0-56-cloud-amd64, x86_64, #1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)
  dump        kdump-compressed, zlib, dump level 31, 4 KiB pages, 8.3 MiB
  problem     the data end at 14475844 and the file at 8703180
  cpus        2
  checked     headers, the end of the data
  log         none: the page of prb is not in the dump (log_unreadable)
)");
}

TEST(InspectionText, ACrash) {
  EXPECT_EQ(InspectionText(CrashedInspection(), "vmcore", false),
            R"(vmcore: soft lockup in trig [crashme]
  when        2026-11-22T08:06:48Z, up 23 s
  where       kdump-fast, 6.1.0-56-cloud-amd64, x86_64, #1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)
  dump        whole; kdump-compressed, flattened, zlib, dump level 31, 4 KiB pages, 1.7 MiB
  split       page frames 0 to 73693, 2 files of the set looked at
  reason      watchdog: BUG: soft lockup - CPU#1 stuck for 23s! [init:17]
  panic       softlockup: hung tasks
  task        init, pid 17, cpu 1, 2 oopses since boot
  frames      trig [crashme]
              full_proxy_write
  hardware    QEMU Standard PC (i440FX + PIIX, 1996), BIOS 1.16.2 04/01/2014
  taint       O: a module from outside the tree; E: an unsigned module
  modules     2: crashme(OE) virtio_blk
  signature   v1-0123456789abcdef, by its stack
  cpus        2
  checked     headers, the end of the data; 64 of 2646 pages, 0 bad; --deep reads all
  log         412 records
  last lines  [    4.842968] crashme: softlockup
              [   13.242113] watchdog: BUG: soft lockup - CPU#1 stuck for 23s! [init:17]
)");
}

TEST(InspectionText, WhatIsShownOfACrash) {
  const struct {
    std::function<void(Inspection&)> change;
    const char* want;  // a part; with '!' before: no such part
  } rows[] = {
      {[](Inspection& i) { i.crash->fatal = false; },
       "vmcore: soft lockup in trig [crashme] (the log tells of no end)\n"},
      {[](Inspection& i) { i.wholeness = TruncatedInspection().wholeness; },
       "\n  dump        TRUNCATED: has 1.7 MiB of 13.8 MiB (data_cut); kdump-compressed, "},
      // The reason says it already.
      {[](Inspection& i) {
         i.crash->reason = "Kernel panic - not syncing: softlockup: hung tasks";
       },
       "!\n  panic "},
      {[](Inspection& i) { i.crash->panic_message = ""; }, "!\n  panic "},
      {[](Inspection& i) { i.crash->task = ""; }, "\n  task        pid 17, cpu 1, 2 oopses"},
      {[](Inspection& i) {
         i.crash->task = "", i.crash->pid = {}, i.crash->cpu = {}, i.crash->oopses = 1;
       },
       "!\n  task "},
      {[](Inspection& i) { i.crash->frames.erase(i.crash->frames.begin()); },
       "\n  frames      full_proxy_write\n  hardware"},
      {[](Inspection& i) { i.crash->frames = {{"f", "", 1, false}, {"panic", "", 1, false}}; },
       "\n  frames      ? f\n              ? panic\n"},
      {[](Inspection& i) {
         i.crash->frames = {{"dump_stack_lvl", "", 1}, {"panic", "", 1}, {"f", "", 1}};
       },
       "\n  frames      f\n  hardware"},
      {[](Inspection& i) { i.crash->frames[0].context = FrameContext::kNmi; },
       "\n  frames      trig [crashme]  <nmi>\n"},
      {[](Inspection& i) {
         i.crash->frames.clear();
         for (char c = 'a'; c < 'p'; ++c) i.crash->frames.push_back({std::string(1, c), "", 1});
       },
       "\n              l\n              ... 3 more\n  hardware"},
      {[](Inspection& i) { i.crash->frames.assign(3, StackFrame{"recursion", "", 1}); },
       "\n  frames      recursion\n  hardware"},
      {[](Inspection& i) { i.crash->modules.assign(9, "m"); },
       "\n  modules     9: m m m m m m ...\n"},
      {[](Inspection& i) { i.crash->signature.basis = "message"; },
       "\n  signature   v1-0123456789abcdef, by its message\n"},
      {[](Inspection& i) { i.crash->signature.hash = ""; }, "!\n  signature "},
      {[](Inspection& i) { i.crash->taint = ""; }, "!\n  taint "},
  };
  for (const auto& row : rows) {
    Inspection inspection = CrashedInspection();
    row.change(inspection);
    const std::string text = InspectionText(inspection, "vmcore", false);
    const std::string want = row.want;
    const bool absent = want.starts_with('!');
    EXPECT_EQ(text.contains(absent ? want.substr(1) : want), !absent) << want << '\n' << text;
  }
}

TEST(InspectionText, TheFirstLineIsTheVerdict) {
  const struct {
    DumpState state;
    const char* reason;
    const char* detail;
    std::optional<std::uint64_t> needs;
    const char* want;
  } rows[] = {
      {DumpState::kComplete, "data_end_matches", "it matches", {}, "vmcore: whole"},
      {DumpState::kIncomplete,
       "incomplete_flag",
       "the writer says so",
       {},
       "vmcore: INCOMPLETE: the writer says so (incomplete_flag)"},
      {DumpState::kTruncated,
       "end_marker_missing",
       "no end marker",
       {},
       "vmcore: TRUNCATED: no end marker (end_marker_missing)"},
      {DumpState::kTruncated, "data_cut", "it ends", 1'765'721,
       "vmcore: TRUNCATED: has 1765720 of 1765721 bytes (data_cut)"},
      {DumpState::kTruncated, "data_cut", "it ends", 5, "vmcore: TRUNCATED: it ends (data_cut)"},
      {DumpState::kDamaged,
       "page_invalid",
       "3 of 64 pages",
       {},
       "vmcore: DAMAGED: 3 of 64 pages (page_invalid)"},
      {DumpState::kUnknown, "not_a_dump", "", {}, "vmcore: not a dump (not_a_dump)"},
      {DumpState::kUnknown,
       "no_dump_files",
       "no vmcore in it",
       {},
       "vmcore: not a dump: no vmcore in it (no_dump_files)"},
      {DumpState::kUnknown,
       "permission",
       "Permission denied",
       {},
       "vmcore: cannot tell: Permission denied (permission)"},
      {DumpState::kWriting,
       "recent_change",
       "it changed just now",
       {},
       "vmcore: being written: it changed just now (recent_change)"},
      {DumpState::kLogOnly, "kernel_log", "", {}, "vmcore: a kernel log, no crash in it"},
      {DumpState::kGone, "gone", "", {}, "vmcore: gone (gone)"},
  };
  for (const auto& row : rows) {
    Inspection inspection = WholeInspection();
    inspection.wholeness.state = row.state;
    inspection.wholeness.reason = row.reason;
    inspection.wholeness.detail = row.detail;
    inspection.wholeness.needs_bytes = row.needs;
    EXPECT_EQ(FirstLine(inspection), row.want);
  }
}

TEST(InspectionText, OneLineForEachThingThatIsKnown) {
  const struct {
    std::function<void(Inspection&)> change;
    const char* want;  // a line; with '!' before: no such line
  } rows[] = {
      {[](Inspection& i) { i.erased = true; }, "  erased      some data, by makedumpfile's filter"},
      {[](Inspection& i) { i.translation = "phys_base unknown"; },
       "  memory      not readable: phys_base unknown"},
      {[](Inspection& i) { i.log.dropped_older = 9, i.log.lost = 3; },
       "  log         412 records, 9 older left out, 3 lost"},
      {[](Inspection& i) { i.log.reason = "log_clipped", i.log.detail = "too long"; },
       "  log         412 records, too long (log_clipped)"},
      {[](Inspection& i) { i.log = {}; }, "!  log "},
      {[](Inspection& i) { i.log.records = 0, i.log.reason = "log_empty", i.log.detail = "empty"; },
       "  log         none: empty (log_empty)"},
      {[](Inspection& i) { i.container = "gzip"; },
       "  dump        kdump-compressed, inside gzip, zlib, dump level 31, 4 KiB pages, 1.7 MiB"},
      {[](Inspection& i) { i.crash_time = {}; }, "  when        up 23 s"},
      {[](Inspection& i) { i.log.uptime_us = {}; }, "  when        2026-11-22T08:06:48Z"},
      {[](Inspection& i) { i.kernel_release = i.kernel_version = ""; },
       "  where       kdump-fast, x86_64"},
      {[](Inspection& i) { i.split->parts = 1; },
       "  split       page frames 0 to 73693, 1 file of the set looked at"},
      {[](Inspection& i) { i.compression = "none", i.container = "", i.page_size = {}; },
       "  dump        kdump-compressed, not compressed, dump level 31, 1.7 MiB"},
      {[](Inspection& i) { i.wholeness.level = CheckLevel::kPages, i.wholeness.pages = {}; },
       "  checked     headers, every page; 64 pages, 0 bad"},
      {[](Inspection& i) { i.format = DumpFormat::kOther; }, "!  checked "},
      {[](Inspection& i) { i = Uninspected(0, "not_found", "no such file"); }, "!  dump "},
      {[](Inspection& i) { i = Uninspected(4096, "not_a_dump", ""); }, "  dump        4 KiB"},
      {[](Inspection& i) { i = InspectLogText("[    1.000000] a\n", false); },
       "  dump        kernel log, 17 B"},
  };
  for (const auto& row : rows) {
    Inspection inspection = WholeInspection();
    row.change(inspection);
    const std::string text = InspectionText(inspection, "vmcore", false);
    const std::string want = row.want;
    const bool absent = want.starts_with('!');
    const bool found = text.find(absent ? "\n" + want.substr(1) : "\n" + want + "\n") != text.npos;
    EXPECT_EQ(found, !absent) << want << '\n' << text;
  }
}

TEST(InspectionText, ColourOnlyWhenAsked) {
  EXPECT_EQ(InspectionText(WholeInspection(), "v", false).find('\x1b'), std::string::npos);
  EXPECT_TRUE(
      InspectionText(WholeInspection(), "v", true).starts_with("v: \x1b[32mwhole\x1b[0m\n"));
  EXPECT_TRUE(InspectionText(TruncatedInspection(), "v", true)
                  .starts_with("v: \x1b[1;31mTRUNCATED\x1b[0m: has"));
}

TEST(InspectionText, NothingHostileReachesTheTerminal) {
  for (const Inspection& sample : InspectionSamples()) {
    const std::string text = InspectionText(sample, "a\x1b[2J\n\xff\xc2\x9b", false);
    EXPECT_TRUE(text.starts_with("a\\x1b[2J\\x0a\\xff\\xc2\\x9b: ")) << text;
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_EQ(text.find('\xff'), std::string::npos);
    EXPECT_EQ(text.find("\xc2\x9b"), std::string::npos);
    const std::string rows = text.substr(text.find('\n') + 1);
    for (const auto line : Lines(rows)) EXPECT_TRUE(line.starts_with("  ")) << line;
  }
}

}  // namespace
}  // namespace kdumpd
