// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/drill_store.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>

#include <filesystem>
#include <thread>
#include <vector>

#include "daemon/core/text.h"
#include "tests/host/drill_place.h"
#include "tests/support/as_nobody.h"

namespace kdumpd {
namespace {

namespace fs = std::filesystem;
using Files = DrillFiles;
using Place = DrillPlace;

TEST(DrillStore, APassIsKept) {
  const Place at;
  auto store = *DrillStore::Open(at.fd());
  ASSERT_TRUE(store.Begin(Intent()));
  ASSERT_TRUE(store.Finish(kPass));
  EXPECT_EQ(store.Read().drills, (Drills{{}, kPass, kPass}));
  ASSERT_TRUE(store.Finish(Record(DrillResult::kUnverified, "00000000000000ff")));
  EXPECT_EQ(store.Read().drills.last_pass, kPass);
  ASSERT_TRUE(store.Finish(kOtherPass));
  EXPECT_EQ(store.Read().drills, (Drills{{}, kOtherPass, kOtherPass}));
}

TEST(DrillStore, MarksTheCrashOfADrillThatIsPending) {
  const Place at;
  auto store = *DrillStore::Peek(at.path());
  EXPECT_EQ(store.MarkCrashing(Intent()).error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(store.Begin(Intent()));
  const DrillIntent crashing = Intent("0123456789abcdef", 1'795'000'006);
  ASSERT_TRUE(store.MarkCrashing(crashing));
  EXPECT_EQ(store.Read().drills.pending, crashing);
  const auto other = store.MarkCrashing(Intent("00000000000000ff", 1));
  EXPECT_EQ(other.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(store.Read().drills.pending, crashing);
}

TEST(DrillStore, CancelsTheDrillThatIsMeant) {
  const Place at;
  auto store = *DrillStore::Peek(at.path());
  EXPECT_EQ(store.Cancel("0123456789abcdef").error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(store.Begin(Intent()));
  EXPECT_EQ(store.Cancel("00000000000000ff").error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(store.Read().drills.pending);
  ASSERT_TRUE(store.Cancel("0123456789abcdef"));
  EXPECT_EQ(at.Picture(), Files());
}

TEST(DrillStore, RefusesAnIdThatIsNone) {
  const Place at;
  auto store = *DrillStore::Peek(at.path());
  EXPECT_EQ(store.Begin(Intent("../x")).error().code, ErrorCode::kInvalid);
  EXPECT_EQ(at.Picture(), Files());
}

// Of several that begin one succeeds, and its intent is whole.
TEST(DrillStore, OneOfManyBegins) {
  const Place at;
  std::vector<int> begun(8);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < begun.size(); ++i) {
      threads.emplace_back([&, i] {
        auto store = *DrillStore::Peek(at.path());
        begun[i] = store.Begin(Intent(Cat("000000000000000", i))).has_value() ? 1 : 0;
      });
    }
  }
  std::size_t winner = begun.size();
  int winners = 0;
  for (std::size_t i = 0; i < begun.size(); ++i) {
    winners += begun[i];
    if (begun[i] == 1) winner = i;
  }
  ASSERT_EQ(winners, 1);
  EXPECT_EQ(at.Picture(), (Files{{kPending, IntentJson(Intent(Cat("000000000000000", winner)))}}));
}

TEST(DrillStore, WaitsForAnotherAndNotForEver) {
  const Place at;
  auto store = *DrillStore::Open(at.fd(), "/state");
  const UniqueFd other(open(at.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  ASSERT_EQ(flock(other.get(), LOCK_EX), 0);
  EXPECT_EQ(store.Begin(Intent()).error().code, ErrorCode::kBusy);
  EXPECT_EQ(at.Picture(), Files());
}

TEST(DrillStore, WhatMayNotBeReadIsLeftUntouched) {
  const Place at;
  at.Write({{kPending, kIntentText}});
  fs::permissions(at.path(), fs::perms::all);
  fs::permissions(at.File(kPending), fs::perms::none);
  auto store = *DrillStore::Open(at.fd());
  const AsNobody nobody;
  const auto answer = store.Read();
  EXPECT_FALSE(answer.drills.pending);
  ASSERT_EQ(answer.notes.size(), 1U);
  EXPECT_NE(answer.notes[0].find("left untouched"), std::string::npos) << answer.notes[0];
  EXPECT_TRUE(fs::exists(at.File(kPending)));
}

// The unfinished file may be another name of something precious: never written into.
TEST(DrillStore, AnUnfinishedNameMayBeAnotherNameOfADump) {
  const Place at;
  const TemporaryTree dumps;
  dumps.Write("vmcore", "precious");
  for (const char* name : {".new", ".new.tmp"}) {
    fs::create_hard_link(dumps.path() + "/vmcore", at.File(kPending + name));
  }
  ASSERT_TRUE(DrillStore::Open(at.fd())->Begin(Intent()));
  std::ostringstream text;
  text << std::ifstream(dumps.path() + "/vmcore").rdbuf();
  EXPECT_EQ(text.str(), "precious");
}

}  // namespace
}  // namespace kdumpd
