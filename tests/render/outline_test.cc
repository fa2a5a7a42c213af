// SPDX-License-Identifier: Apache-2.0
#include "daemon/render/outline.h"

#include <gtest/gtest.h>

#include "daemon/core/text.h"
#include "tests/render/sample_state.h"

namespace kdumpd {
namespace {

TEST(Shown, LeavesPrintableTextAndEscapesTheRest) {
  const std::pair<std::string, const char*> rows[] = {
      {"", ""},
      {"plain", "plain"},
      {"café", "café"},
      {"a\\x1bz", "a\\x1bz"},
      {"\\", "\\"},
      {"a\x1b[2J", "a\\x1b[2J"},
      {"two\nlines\t", "two\\x0alines\\x09"},
      {"\xc3", "\\xc3"},
      {std::string("nul\0!", 5), "nul\\x00!"},
  };
  for (const auto& [text, expected] : rows) {
    EXPECT_EQ(Shown(text), expected);
    EXPECT_EQ(Shown(Shown(text)), expected);
    EXPECT_EQ(Shown(Printable(text)), Printable(text));
  }
}

TEST(Shown, IsBounded) {
  EXPECT_LE(Shown(std::string(1'000'000, 'x')).size(), 2100U);
  EXPECT_LE(Shown(std::string(1'000'000, '\x01')).size(), 8300U);
  EXPECT_LE(Shown(std::string(1'000'000, '\\')).size(), 2100U);
}

TEST(Outline, ProblemsComeWorstFirst) {
  const State state = SampleState();
  std::vector<std::string_view> ids;
  for (const Finding* finding : Problems(state.readiness)) ids.push_back(finding->id);
  EXPECT_EQ(ids, (std::vector<std::string_view>{"crash_kernel_loaded", "service_unit"}));
  const auto ignored = IgnoredProblems(state.readiness);
  ASSERT_EQ(ignored.size(), 1U);
  EXPECT_EQ(ignored.front()->id, "panic_timeout");
}

TEST(Outline, CountsWhatIsInOrder) {
  Readiness readiness;
  EXPECT_EQ(InOrderCount(readiness), "0 checks pass");
  readiness.findings.push_back(SampleFinding("a", Status::kPass, ""));
  EXPECT_EQ(InOrderCount(readiness), "1 check passes");
  readiness.findings.push_back(SampleFinding("b", Status::kNotApplicable, ""));
  EXPECT_EQ(InOrderCount(readiness), "1 check passes, 1 does not apply");
  readiness.findings.push_back(SampleFinding("c", Status::kPass, ""));
  readiness.findings.push_back(SampleFinding("d", Status::kNotApplicable, ""));
  EXPECT_EQ(InOrderCount(readiness), "2 checks pass, 2 do not apply");
}

TEST(Outline, OnlyNumbersThatAreKnown) {
  State state;
  EXPECT_TRUE(Figures(state).empty());
  state.readiness.numbers.reserved_bytes = 0;
  auto figures = Figures(state);
  ASSERT_EQ(figures.size(), 1U);
  EXPECT_EQ(figures[0].name, "reserved");
  EXPECT_EQ(figures[0].value, "0 B");
  state.readiness.numbers.estimated_bytes = 160UL << 20U;
  EXPECT_EQ(Figures(state).back().name, "needed at least");
}

TEST(Outline, ATableThatRecommendsNothingIsNoFigure) {
  State state;
  state.readiness.numbers.recommended_bytes = 0;
  EXPECT_TRUE(Figures(state).empty());
}

TEST(Outline, AForecastIsBothNumbersAndTheirMethod) {
  State state;
  Numbers& numbers = state.readiness.numbers;
  EXPECT_TRUE(Forecasts(state).empty());
  numbers.dump_p50_bytes = 1UL << 30U;
  numbers.dump_p95_seconds = 180;
  EXPECT_TRUE(Forecasts(state).empty()) << "half of one is none";
  numbers.dump_p95_bytes = 2UL << 30U;
  numbers.dump_method = "learned\x1b from 1 dump";
  ASSERT_EQ(Forecasts(state).size(), 1U);
  EXPECT_EQ(Forecasts(state)[0].name, "dump size");
  EXPECT_EQ(Forecasts(state)[0].value, "1 GiB (95 %: below 2 GiB), learned\\x1b from 1 dump");
  numbers.dump_p50_seconds = 48;
  numbers.duration_method = "a model";
  ASSERT_EQ(Forecasts(state).size(), 2U);
  EXPECT_EQ(Forecasts(state)[1].name, "dump time");
  EXPECT_EQ(Forecasts(state)[1].value, "48 s (95 %: below 3 min), a model");
}

TEST(Outline, TheTenNewestDumps) {
  State state = SampleState();
  auto& dumps = state.facts.dumps.value();
  dumps.clear();
  for (std::int64_t i = 0; i < 12; ++i) {
    dumps.push_back(SampleDump(std::to_string(i), 1000 + i * 7 % 12, DumpState::kComplete));
  }
  const auto newest = NewestDumps(state.facts);
  ASSERT_EQ(newest.size(), kDumpsShown);
  for (std::size_t i = 0; i < newest.size(); ++i) {
    EXPECT_EQ(newest[i]->crash_time, 1011 - static_cast<std::int64_t>(i));
  }
}

TEST(Outline, HeadingOfTheDumps) {
  using Dumps = Fact<std::vector<Dump>>;
  Facts facts;
  EXPECT_EQ(DumpsHeading(facts), "Dumps: not known (not looked at yet)");
  EXPECT_TRUE(NewestDumps(facts).empty());
  facts.dumps = Dumps::Unreadable("/var/crash", "Permission denied");
  EXPECT_EQ(DumpsHeading(facts), "Dumps: not known (/var/crash: Permission denied)");
  facts.dumps = Dumps::Absent("nfs server:/export");
  EXPECT_EQ(DumpsHeading(facts), "Dumps: none on this node (nfs server:/export)");
  facts.dumps = Dumps::Known({}, "/var/crash");
  EXPECT_EQ(DumpsHeading(facts), "Dumps in /var/crash: none");
  facts.dumps = Dumps::Known(std::vector<Dump>(10), "/var/crash");
  EXPECT_EQ(DumpsHeading(facts), "Dumps in /var/crash: 10");
  facts.dumps = Dumps::Known(std::vector<Dump>(11), "/var/crash");
  facts.dumps_clipped = true;
  EXPECT_EQ(DumpsHeading(facts), "Dumps in /var/crash: 11 or more, the newest 10");
}

TEST(Outline, PathAndJudgementOfADump) {
  Dump dump = SampleDump("d", 0, DumpState::kComplete);
  EXPECT_EQ(DumpPath(dump), "d/vmcore");
  EXPECT_EQ(DumpJudgement(dump), "complete");
  dump.vmcore.clear();
  dump.state = DumpState::kLogOnly;
  dump.reason = "no_vmcore";
  EXPECT_EQ(DumpPath(dump), "d/vmcore-dmesg.txt");
  EXPECT_EQ(DumpJudgement(dump), "log_only: no_vmcore");
  dump.directory.clear();
  dump.historic = true;
  EXPECT_EQ(DumpPath(dump), "vmcore-dmesg.txt");
  EXPECT_EQ(DumpJudgement(dump), "log_only: no_vmcore, historic");
  dump.directory = "kdump-test-1795331703-123456789";
  dump.historic = false;
  EXPECT_EQ(DumpJudgement(dump), "log_only: no_vmcore, self test");
}

}  // namespace
}  // namespace kdumpd
