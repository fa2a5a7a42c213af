// SPDX-License-Identifier: Apache-2.0
#include "daemon/render/crashes_text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

using Json = nlohmann::json;

constexpr std::int64_t kNow = 1'795'334'808;  // 2026-11-22T08:06:48Z

CrashRecord Record(std::string directory, std::int64_t time) {
  CrashRecord record;
  record.id = CrashId("machine", directory, time);
  record.directory = std::move(directory);
  record.vmcore = "vmcore";
  record.crash_time = record.sealed_at = time;
  record.state = DumpState::kComplete;
  record.inspection = InspectionState::kDone;
  record.attempts = 1;
  record.category = CrashCategory::kSysrq;
  record.title = "sysrq triggered crash";
  return record;
}

Dump DumpOf(const CrashRecord& record) {
  Dump dump;
  dump.directory = record.directory;
  dump.vmcore = record.vmcore;
  dump.crash_time = record.crash_time;
  dump.bytes = 2048;
  dump.state = record.state;
  return dump;
}

State Node(const std::vector<Dump>& dumps, const std::vector<CrashRecord>& records) {
  State state;
  state.now = kNow;
  state.node = "node7";
  state.facts.dumps = Fact<std::vector<Dump>>::Known(dumps, "/var/crash");
  state.crashes = std::make_shared<const std::vector<CrashRecord>>(records);
  return state;
}

// The line of the only crash, its blanks as one.
std::string LineOf(const State& state) {
  const std::string text = CrashesText(state, false);
  std::string line;
  for (const std::string_view word : Words(Lines(text).back())) {
    line += Cat(line.empty() ? "" : " ", word);
  }
  return line;
}

TEST(CrashesText, ALineForEachState) {
  const CrashRecord plain = Record("d", kNow);
  const struct {
    const char* what;
    std::function<void(CrashRecord&)> change;
    bool there;
    const char* says;
  } rows[] = {
      {"new", [](CrashRecord&) {}, true, "complete NEW sysrq sysrq triggered crash"},
      {"acknowledged", [](CrashRecord& r) { r.acknowledged_at = kNow; }, true,
       "complete acknowledged sysrq sysrq triggered crash"},
      {"gone", [](CrashRecord& r) { r.gone_at = kNow; }, false,
       "gone NEW sysrq sysrq triggered crash"},
      {"pruned", [](CrashRecord& r) { r.gone_at = r.pruned_at = kNow; }, false,
       "pruned NEW sysrq sysrq triggered crash"},
      {"not inspected",
       [](CrashRecord& r) {
         r.inspection = InspectionState::kPending;
         r.category = CrashCategory::kUnknown;
       },
       true, "complete NEW unknown not inspected yet"},
      {"failed",
       [](CrashRecord& r) {
         r.inspection = InspectionState::kFailed;
         r.failure = "inspector_signal";
       },
       true, "complete NEW sysrq the inspection failed and will be tried again: inspector_signal"},
      {"given up",
       [](CrashRecord& r) {
         r.inspection = InspectionState::kGaveUp;
         r.failure = "inspector_cpu";
       },
       true, "complete NEW sysrq could not be inspected: inspector_cpu"},
      {"without a log",
       [](CrashRecord& r) {
         r.state = DumpState::kTruncated;
         r.reason = "data_cut";
         r.category = CrashCategory::kUnknown;
         r.title = "";
       },
       true, "truncated NEW unknown the dump does not tell what crashed: data_cut"},
      {"a drill's",
       [](CrashRecord& r) {
         r.drill = "0123456789abcdef";
         r.acknowledged_at = kNow;
       },
       true, "complete drill sysrq sysrq triggered crash"},
      {"a historic one that was asked for",
       [](CrashRecord& r) {
         r.historic = true;
         r.acknowledged_at = kNow;
       },
       true, "complete historic sysrq sysrq triggered crash"},
      {"hostile", [](CrashRecord& r) { r.title = "a\x1b[2J\nb\xff"; }, true,
       "complete NEW sysrq a\\x1b[2J\\x0ab\\xff"},
  };
  for (const auto& row : rows) {
    CrashRecord record = plain;
    row.change(record);
    const std::vector<Dump> dumps =
        row.there ? std::vector<Dump>{DumpOf(record)} : std::vector<Dump>{};
    EXPECT_EQ(LineOf(Node(dumps, {record})), Cat("2026-11-22T08:06:48Z ", row.says, ' ', record.id))
        << row.what;
  }
}

TEST(CrashesText, DumpsWithoutARecord) {
  Dump dump = DumpOf(Record("d", kNow));
  EXPECT_EQ(LineOf(Node({dump}, {})), "2026-11-22T08:06:48Z complete no record - d/vmcore -");
  dump.historic = true;
  EXPECT_EQ(LineOf(Node({dump}, {})), Cat("2026-11-22T08:06:48Z complete historic - d/vmcore ",
                                          CrashId("", dump.directory, dump.crash_time)));
  const State state = Node({dump}, {});
  const std::string shown = CrashText(state, CrashesOf(state)[0], nullptr, false);
  EXPECT_TRUE(shown.starts_with("d/vmcore\n  id          2026")) << shown;
  EXPECT_NE(shown.find("\n  record      none; kdumpd crashes send 2026"), std::string::npos)
      << shown;
  dump.historic = false;
  dump.directory = "kdump-test-1795331703-123456789";
  EXPECT_NE(LineOf(Node({dump}, {})).find(" self test - "), std::string::npos);
  dump.directory = "\x1b[2J";
  EXPECT_NE(LineOf(Node({dump}, {})).find(" - \\x1b[2J/vmcore -"), std::string::npos);
}

TEST(CrashesText, TheFirstLineCounts) {
  const CrashRecord one = Record("a", kNow), two = Record("b", kNow - 1);
  const auto first = [](const State& state) {
    return std::string(Lines(CrashesText(state, false)).front());
  };
  EXPECT_EQ(first(Node({}, {})), "node7: no crashes (/var/crash)");
  EXPECT_EQ(first(Node({DumpOf(one), DumpOf(two)}, {one, two})),
            "node7: 2 crashes, 2 not acknowledged (/var/crash)");
  State state = Node({DumpOf(one)}, {});
  state.crashes = nullptr;
  EXPECT_EQ(first(state), "node7: 1 crash, without records (/var/crash)");
  state = Node({}, {one});
  state.facts.dumps = Fact<std::vector<Dump>>::Unreadable("/var/crash", "nfs may not answer");
  const std::string text = CrashesText(state, false);
  EXPECT_EQ(Lines(text)[1], "the dumps cannot be looked at: nfs may not answer");
  EXPECT_NE(text.find("  complete  NEW  "), std::string::npos) << "as it was last seen: " << text;
}

// A directory that was used twice: the dump belongs to the record that is not gone.
TEST(CrashesText, TheNewestFirstAndEachOnce) {
  CrashRecord before = Record("d", kNow - 100), now = Record("d", kNow);
  before.gone_at = kNow - 50;
  const std::string text = CrashesText(Node({DumpOf(now)}, {before, now}), false);
  const auto lines = Lines(text);
  ASSERT_EQ(lines.size(), 3U) << text;
  EXPECT_TRUE(lines[1].ends_with(now.id)) << text;
  EXPECT_TRUE(lines[2].ends_with(before.id)) << text;
}

TEST(CrashesText, ColumnsAndColours) {
  CrashRecord wide = Record("a", kNow), clipped = Record("b", kNow - 1);
  for (int i = 0; i < 30; ++i) wide.title += "ä";
  clipped.title.clear();
  for (int i = 0; i < 100; ++i) clipped.title += "ö";
  const State state = Node({DumpOf(wide), DumpOf(clipped)}, {wide, clipped});
  const std::string plain = CrashesText(state, false), painted = CrashesText(state, true);
  EXPECT_EQ(plain.find('\x1b'), std::string::npos);
  EXPECT_NE(painted.find("\x1b[32mcomplete\x1b[0m  \x1b[1;31mNEW\x1b[0m"), std::string::npos);
  const auto lines = Lines(plain);
  const auto column = [](std::string_view line) {
    return std::ranges::count_if(
        line, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; });
  };
  EXPECT_EQ(column(lines[1]), column(lines[2])) << plain;
  EXPECT_NE(lines[2].find("ö…"), std::string::npos) << "clipped between characters";
}

TEST(CrashesText, ShowWithoutAReport) {
  CrashRecord record = Record("d", kNow);
  record.inspection = InspectionState::kGaveUp;
  record.attempts = 3;
  record.failure = "inspector_signal";
  record.reason = "headers_checked";
  record.acknowledged_at = kNow;
  record.acknowledged_by = "age";
  const Dump dump = DumpOf(record);
  const State state = Node({dump}, {record});
  EXPECT_EQ(CrashText(state, {&dump, &record}, nullptr, false),
            Cat("could not be inspected: inspector_signal\n  id          ", record.id,
                "\n  path        /var/crash/d/vmcore, 2 KiB"
                "\n  inspection  gave_up, 3 attempts, the last one ended: inspector_signal"
                "\n  ack         2026-11-22T08:06:48Z by age"
                "\n  when        2026-11-22T08:06:48Z"
                "\n  dump        complete (headers_checked)\n"));
  const Json json = Json::parse(CrashDocument(state, {&dump, &record}, nullptr));
  EXPECT_EQ(json["id"], record.id);
  EXPECT_EQ(json["record"]["failure"], "inspector_signal");
  EXPECT_EQ(json["report"], Json());
}

TEST(CrashesText, ShowWhereTheDumpsCannotBeLookedAt) {
  const CrashRecord record = Record("d", kNow);
  State state = Node({}, {record});
  state.facts.dumps = Fact<std::vector<Dump>>::Unreadable("/var/crash", "nfs may not answer");
  const std::string text = CrashText(state, {nullptr, &record}, nullptr, false);
  EXPECT_NE(text.find("\n  path        /var/crash/d/vmcore, where nobody can look now\n"),
            std::string::npos)
      << text;
  const Json json = Json::parse(CrashDocument(state, {nullptr, &record}, nullptr));
  EXPECT_EQ(json["dump_state"], "complete") << "as it was last seen";
  EXPECT_EQ(json["record"]["id"], record.id);
}

}  // namespace
}  // namespace kdumpd
