// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/inspection.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <string>

namespace kdumpd {
namespace {

Inspection Whole() {
  Inspection inspection;
  inspection.format = DumpFormat::kKdump;
  inspection.container = "flattened";
  inspection.bytes = 1'765'720;
  inspection.compression = "zlib";
  inspection.header_version = 6;
  inspection.dump_level = 31;
  inspection.page_size = 4096;
  inspection.split = SplitRange{0, 73'693, 2};
  inspection.wholeness = {DumpState::kComplete,
                          "data_end_matches",
                          "it is all there",
                          CheckLevel::kSampled,
                          1'765'720,
                          2'646,
                          64,
                          0};
  inspection.architecture = "x86_64";
  inspection.kernel_release = "6.1.0-56-cloud-amd64";
  inspection.kernel_version = "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)";
  inspection.node = "kdump-fast";
  inspection.build_id = "9134668f05823501af165f3b4d630500a2a2267d";
  inspection.crash_time = 1'795'334'808;
  inspection.cpus = 2;
  inspection.log = {"ring", "", "", 412, 0, 0, 0, 23'456'789};
  return inspection;
}

TEST(CheckLevel, EachHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (int i = 0; i < kCheckLevels; ++i) names.insert(Name(static_cast<CheckLevel>(i)));
  EXPECT_EQ(names,
            (std::set<std::string_view>{"headers", "cheap", "sampled", "descriptors", "pages"}));
  EXPECT_EQ(Name(CheckLevel::kPages), "pages");
}

TEST(Sanitize, LeavesWhatIsInOrder) {
  Inspection inspection = Whole();
  Sanitize(inspection);
  EXPECT_EQ(inspection, Whole());
}

struct Row {
  std::string_view what;
  std::function<void(Inspection&)> before;
  std::function<void(Inspection&)> after;
};

template <class T>
std::function<void(Inspection&)> Set(std::optional<T> Inspection::* field,
                                     std::type_identity_t<std::optional<T>> value) {
  return [=](Inspection& i) { i.*field = value; };
}
std::function<void(Inspection&)> Set(std::string Inspection::* field, const std::string& value) {
  return [=](Inspection& i) { i.*field = value; };
}

const std::string kLong(300, 'x');
std::string Clipped(std::size_t bytes) { return std::string(bytes - 3, 'x') + "…"; }

const Row kRows[] = {
    {"dump level -1", Set(&Inspection::dump_level, -1), Set(&Inspection::dump_level, {})},
    {"dump level 0", Set(&Inspection::dump_level, 0), Set(&Inspection::dump_level, 0)},
    {"dump level 32", Set(&Inspection::dump_level, 32), Set(&Inspection::dump_level, {})},
    {"version 0", Set(&Inspection::header_version, 0), Set(&Inspection::header_version, {})},
    {"version 1", Set(&Inspection::header_version, 1), Set(&Inspection::header_version, 1)},
    {"version 7", Set(&Inspection::header_version, 7), Set(&Inspection::header_version, {})},
    {"page 2048", Set(&Inspection::page_size, 2048), Set(&Inspection::page_size, {})},
    {"page 4097", Set(&Inspection::page_size, 4097), Set(&Inspection::page_size, {})},
    {"page 256 KiB", Set(&Inspection::page_size, 262'144), Set(&Inspection::page_size, 262'144)},
    {"page 512 KiB", Set(&Inspection::page_size, 524'288), Set(&Inspection::page_size, {})},
    {"a clock never set", Set(&Inspection::crash_time, 0), Set(&Inspection::crash_time, {})},
    {"before 1970", Set(&Inspection::crash_time, -1), Set(&Inspection::crash_time, {})},
    {"year 9999", Set(&Inspection::crash_time, 253'402'300'799),
     Set(&Inspection::crash_time, 253'402'300'799)},
    {"year 10000", Set(&Inspection::crash_time, 253'402'300'800), Set(&Inspection::crash_time, {})},
    {"65,536 CPUs", Set(&Inspection::cpus, 65'536), Set(&Inspection::cpus, 65'536)},
    {"65,537 CPUs", Set(&Inspection::cpus, 65'537), Set(&Inspection::cpus, {})},
    {"a node of 64 bytes", Set(&Inspection::node, std::string(64, 'x')),
     Set(&Inspection::node, std::string(64, 'x'))},
    {"a node of 65 bytes", Set(&Inspection::node, std::string(65, 'x')),
     Set(&Inspection::node, Clipped(64))},
    {"a long release", Set(&Inspection::kernel_release, kLong),
     Set(&Inspection::kernel_release, Clipped(64))},
    {"a long version", Set(&Inspection::kernel_version, kLong),
     Set(&Inspection::kernel_version, Clipped(64))},
    {"a long architecture", Set(&Inspection::architecture, kLong),
     Set(&Inspection::architecture, Clipped(32))},
    {"a long translation", Set(&Inspection::translation, kLong),
     Set(&Inspection::translation, Clipped(256))},
    {"a terminal's escape", Set(&Inspection::node, "\x1b[2Jnode"),
     Set(&Inspection::node, "\\x1b[2Jnode")},
    {"the C1 form of it",
     Set(&Inspection::node,
         "\xc2\x9b"
         "2J"),
     Set(&Inspection::node, "\\xc2\\x9b2J")},
    {"a line feed", Set(&Inspection::node, "a\nb"), Set(&Inspection::node, "a\\x0ab")},
    {"no UTF-8", Set(&Inspection::node, "a\xff"), Set(&Inspection::node, "a\\xff")},
    {"a backslash", Set(&Inspection::node, "a\\b"), Set(&Inspection::node, "a\\b")},
    {"UTF-8", Set(&Inspection::node, "bücher"), Set(&Inspection::node, "bücher")},
    {"UTF-8 at the cut", Set(&Inspection::node, std::string(60, 'x') + "üüü"),
     Set(&Inspection::node, std::string(60, 'x') + "…")},
    {"cut by the bound in the middle of a letter",
     Set(&Inspection::node, std::string(66, 'x') + "ü"), Set(&Inspection::node, Clipped(64))},
    {"a build id of 40 digits", Set(&Inspection::build_id, std::string(40, 'A')),
     Set(&Inspection::build_id, std::string(40, 'A'))},
    {"a build id of 41 digits", Set(&Inspection::build_id, std::string(41, 'a')),
     Set(&Inspection::build_id, "")},
    {"a build id with a g", Set(&Inspection::build_id, "abcdefg"), Set(&Inspection::build_id, "")},
    {"a container that is no word", Set(&Inspection::container, "a b"),
     Set(&Inspection::container, "")},
    {"a compression that is no word", Set(&Inspection::compression, "Z"),
     Set(&Inspection::compression, "")},
    {"a reason in capitals", [](Inspection& i) { i.wholeness.reason = "Reason"; },
     [](Inspection& i) { i.wholeness.reason = "invalid_reason"; }},
    {"no reason", [](Inspection& i) { i.wholeness.reason = ""; },
     [](Inspection& i) { i.wholeness.reason = "invalid_reason"; }},
    {"a reason of 40", [](Inspection& i) { i.wholeness.reason = std::string(40, 'r'); },
     [](Inspection& i) { i.wholeness.reason = std::string(40, 'r'); }},
    {"a reason of 41", [](Inspection& i) { i.wholeness.reason = std::string(41, 'r'); },
     [](Inspection& i) { i.wholeness.reason = "invalid_reason"; }},
    {"a log's reason with a blank", [](Inspection& i) { i.log.reason = "a b"; },
     [](Inspection& i) { i.log.reason = "invalid_reason"; }},
    {"a long detail", [](Inspection& i) { i.wholeness.detail = kLong; },
     [](Inspection& i) { i.wholeness.detail = Clipped(256); }},
    {"a log's long detail", [](Inspection& i) { i.log.detail = kLong; },
     [](Inspection& i) { i.log.detail = Clipped(256); }},
    {"a kind of log that is no word", [](Inspection& i) { i.log.kind = "\x1b"; },
     [](Inspection& i) { i.log.kind = ""; }},
    {"up for 68 years", [](Inspection& i) { i.log.uptime_us = 2'147'483'648'000'000; },
     [](Inspection& i) { i.log.uptime_us = 2'147'483'648'000'000; }},
    {"and longer", [](Inspection& i) { i.log.uptime_us = 2'147'483'648'000'001; },
     [](Inspection& i) { i.log.uptime_us = {}; }},
    {"a part that ends before it starts", [](Inspection& i) { i.split = SplitRange{2, 1, 1}; },
     [](Inspection& i) { i.split = {}; }},
    {"a part of no set", [](Inspection& i) { i.split = SplitRange{1, 2, 0}; },
     [](Inspection& i) { i.split = {}; }},
    {"more bad pages than were looked at", [](Inspection& i) { i.wholeness.pages_bad = 65; },
     [](Inspection& i) { i.wholeness.pages_bad = 64; }},
};

TEST(Sanitize, ClipsEscapesAndForgetsWhatIsOutOfRange) {
  for (const Row& row : kRows) {
    Inspection inspection = Whole(), want = Whole();
    row.before(inspection);
    row.after(want);
    Sanitize(inspection);
    EXPECT_EQ(inspection, want) << row.what;
  }
}

TEST(Sanitize, TwiceIsOnce) {
  for (const Row& row : kRows) {
    Inspection once = Whole();
    row.before(once);
    Sanitize(once);
    Inspection twice = once;
    Sanitize(twice);
    EXPECT_EQ(twice, once) << row.what;
  }
}

// Every text of up to 70 bytes of a few hostile shapes ends within its bound and stays there.
TEST(Sanitize, NoLengthEscapesItsBound) {
  for (const std::string_view unit :
       {"x", "ü", "€", "𝄞", "\x1b", "\xff", "\\", "\xe2\x82", "ü\x01"}) {
    for (std::string text; text.size() <= 280; text += unit) {
      Inspection once = Whole();
      once.node = once.architecture = once.translation = text;
      Sanitize(once);
      Inspection twice = once;
      Sanitize(twice);
      ASSERT_EQ(twice, once) << text;
      ASSERT_LE(once.node.size(), 64U);
      ASSERT_LE(once.architecture.size(), 32U);
      ASSERT_LE(once.translation.size(), 256U);
      ASSERT_EQ(once.node.find('\x1b'), std::string::npos);
      ASSERT_EQ(once.node.find('\xff'), std::string::npos);
    }
  }
}

TEST(Uninspected, IsUnknownAndSanitized) {
  const Inspection inspection = Uninspected(42, "permission", "Permission\x1b denied");
  EXPECT_EQ(inspection.bytes, 42U);
  EXPECT_EQ(inspection.wholeness.state, DumpState::kUnknown);
  EXPECT_EQ(inspection.wholeness.reason, "permission");
  EXPECT_EQ(inspection.wholeness.detail, "Permission\\x1b denied");
  EXPECT_EQ(ExitStatus(inspection), 3);
}

TEST(DoubtWhileWritten, WhatIsNotWholeAndFreshOrWhateverMovesIsBeingWritten) {
  const struct {
    DumpState state;
    bool changed, recent;
    DumpState want;
  } rows[] = {
      {DumpState::kComplete, false, false, DumpState::kComplete},
      {DumpState::kComplete, false, true, DumpState::kComplete},
      {DumpState::kComplete, true, true, DumpState::kWriting},
      {DumpState::kTruncated, false, false, DumpState::kTruncated},
      {DumpState::kTruncated, false, true, DumpState::kWriting},
      {DumpState::kTruncated, true, false, DumpState::kWriting},
      {DumpState::kIncomplete, false, true, DumpState::kWriting},
      {DumpState::kDamaged, false, true, DumpState::kWriting},
      {DumpState::kUnknown, true, true, DumpState::kUnknown},
      {DumpState::kLogOnly, true, true, DumpState::kLogOnly},
  };
  for (const auto& row : rows) {
    Inspection inspection = Whole();
    inspection.wholeness.state = row.state;
    DoubtWhileWritten(inspection, row.changed, row.recent);
    EXPECT_EQ(Name(inspection.wholeness.state), Name(row.want)) << Name(row.state);
    const bool writing = row.want == DumpState::kWriting;
    EXPECT_EQ(inspection.wholeness.reason, writing ? "recent_change" : "data_end_matches");
  }
}

TEST(DoubtWhileWritten, SaysWhatWasFoundSoFar) {
  Inspection inspection = Whole();
  inspection.wholeness.state = DumpState::kTruncated;
  DoubtWhileWritten(inspection, false, true);
  EXPECT_EQ(inspection.wholeness.detail,
            "it changed just now; so far: truncated (data_end_matches)");
}

TEST(ExitStatus, ByStateAndWhetherItIsADump) {
  const struct {
    DumpState state;
    std::string_view reason;
    int want;
  } rows[] = {
      {DumpState::kComplete, "data_end_matches", 0},
      {DumpState::kLogOnly, "kernel_log", 0},
      {DumpState::kIncomplete, "incomplete_flag", 1},
      {DumpState::kTruncated, "end_marker_missing", 1},
      {DumpState::kDamaged, "header_invalid", 1},
      {DumpState::kUnknown, "not_a_dump", 2},
      {DumpState::kUnknown, "no_dump_files", 2},
      {DumpState::kUnknown, "not_a_dum", 3},
      {DumpState::kUnknown, "compressed_container", 3},
      {DumpState::kDamaged, "not_a_dump", 1},
      {DumpState::kWriting, "recent_change", 3},
      {DumpState::kGone, "gone", 3},
  };
  for (const auto& row : rows) {
    Inspection inspection;
    inspection.wholeness.state = row.state;
    inspection.wholeness.reason = row.reason;
    EXPECT_EQ(ExitStatus(inspection), row.want) << Name(row.state) << ' ' << row.reason;
  }
}

TEST(Worse, ABrokenDumpThenNotKnowingThenNoDumpThenWhole) {
  const int order[] = {0, 2, 3, 1, 64};  // each is worse than those before
  for (std::size_t i = 0; i < std::size(order); ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      EXPECT_EQ(Worse(order[i], order[j]), order[i]);
      EXPECT_EQ(Worse(order[j], order[i]), order[i]);
    }
  }
}

}  // namespace
}  // namespace kdumpd
