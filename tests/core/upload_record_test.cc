// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/upload_record.h"

#include <gtest/gtest.h>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::int64_t kNow = 1'700'000'000, kDay = 86'400;

UploadJournal Sent(std::uint64_t bytes) {
  return ParseUploadJournal(SentLine("vmcore", bytes, kNow));
}

UploadOutcome Failed(UploadProblem problem, const UploadJournal& journal, std::int64_t now) {
  return {.end = {problem, "why", 0}, .journal = &journal, .now = now, .give_up_after = 7 * kDay};
}

TEST(UploadRecord, WaitsLongerAndLeavesItToChance) {
  struct Row {
    std::uint32_t attempts;
    double chance;
    std::int64_t asked, expected;
  };
  for (const Row& row :
       {Row{0, 0, 0, 1}, Row{1, 0, 0, 1}, Row{1, 0.999, 0, 10}, Row{2, 0.999, 0, 20},
        Row{3, 0.5, 0, 21}, Row{9, 0.999, 0, 2558}, Row{10, 0.999, 0, 3597},
        Row{4'000'000'000, 0.999, 0, 3597}, Row{1, 0.2, 120, 121}, Row{10, 0.999, 7200, 7201}}) {
    EXPECT_EQ(RetryDelay(row.attempts, row.chance, row.asked), row.expected)
        << row.attempts << ' ' << row.chance;
  }
}

TEST(UploadRecord, ThreeDeathsWithoutProgressAreTheEnd) {
  UploadRecord record;
  for (std::uint32_t i = 0; i < kMostUploadDeaths; ++i) {
    EXPECT_TRUE(BeginUpload(record, Sent(0), "boot", kNow));
    EXPECT_EQ(record.state, UploadState::kSending);
    LoseUpload(record, false, "boot", kNow);
    EXPECT_EQ(record.state, UploadState::kQueued);
  }
  EXPECT_FALSE(BeginUpload(record, Sent(0), "boot", kNow));
  EXPECT_EQ(record.state, UploadState::kGaveUp);
}

TEST(UploadRecord, DeathsThatLeaveProgressDoNotCount) {
  UploadRecord record;
  for (std::uint64_t i = 1; i < 20; ++i) {
    EXPECT_TRUE(BeginUpload(record, Sent(i), "boot", kNow));
    LoseUpload(record, false, "boot", kNow);
  }
}

TEST(UploadRecord, WhatMovesAgainDoesNotFail) {
  UploadRecord record;
  UploadJournal journal;
  ASSERT_TRUE(BeginUpload(record, journal, "boot", 1));
  EndUpload(record, {.end = {UploadProblem::kServer, "503", 0}, .journal = &journal, .now = 2});
  ASSERT_TRUE(BeginUpload(record, journal, "boot", 3));
  ProceedUpload(record, journal);
  EXPECT_EQ(record.failing_since, 2);
  journal.objects["vmcore"].parts[1].bytes = 5;
  ProceedUpload(record, journal);
  EXPECT_EQ(record.failing_since, 0);
  EXPECT_EQ(record.sent, 5U);
  EXPECT_EQ(record.state, UploadState::kSending);
  EndUpload(record, {.end = {UploadProblem::kServer, "503", 0}, .journal = &journal, .now = 9});
  EXPECT_EQ(record.failing_since, 9);
}

TEST(UploadRecord, ANodeThatWentDownAndADaemonThatWasStoppedAreNoDeaths) {
  UploadRecord record;
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(BeginUpload(record, Sent(0), "boot", kNow));
    LoseUpload(record, i % 2 == 0, i % 2 == 0 ? "boot" : "next", kNow);
  }
}

TEST(UploadRecord, AHelperThatDiesThreeTimesIsGivenUp) {
  UploadRecord record;
  const UploadJournal nothing;
  for (std::uint32_t i = 1; i <= kMostUploadDeaths; ++i) {
    ASSERT_TRUE(BeginUpload(record, nothing, "boot", kNow));
    EndUpload(record, Failed(UploadProblem::kHelper, nothing, kNow));
    EXPECT_EQ(record.state, i == kMostUploadDeaths ? UploadState::kGaveUp : UploadState::kQueued);
  }
}

// A destination may be down for days; one that takes something now and then is not down.
TEST(UploadRecord, GivesUpAfterAWeekOfNothing) {
  UploadRecord still, moving;
  const UploadJournal nothing;
  std::uint64_t sent = 0;
  for (std::int64_t hour = 0; hour < 8 * 24; ++hour) {
    const std::int64_t now = kNow + hour * 3600;
    if (still.state == UploadState::kQueued) {
      ASSERT_TRUE(BeginUpload(still, nothing, "boot", now));
      EndUpload(still, Failed(UploadProblem::kUnreachable, nothing, now));
      EXPECT_EQ(still.state == UploadState::kGaveUp, hour > 7 * 24) << hour;
    }
    ASSERT_TRUE(BeginUpload(moving, Sent(sent), "boot", now));
    sent += hour % 24 == 0 ? 1 : 0;
    EndUpload(moving, Failed(UploadProblem::kUnreachable, Sent(sent), now));
    ASSERT_EQ(moving.state, UploadState::kQueued);
  }
  EXPECT_EQ(still.state, UploadState::kGaveUp);
}

TEST(UploadRecord, WhatWasForgottenBeginsAnewWhenItsDumpComesBack) {
  UploadRecord record;
  const UploadJournal journal = Sent(5);
  record.report_sent = true;
  ASSERT_TRUE(BeginUpload(record, journal, "boot", kNow));
  EndUpload(record, {.task = UploadTask::kForget, .journal = &journal, .now = kNow});
  EXPECT_EQ(record.state, UploadState::kQueued);
  EXPECT_EQ(record.problem, UploadProblem::kSource);
  EXPECT_FALSE(record.report_sent);
  EXPECT_EQ(record.sent, 0u);
  EXPECT_EQ(record.tried_at, 0);
  ASSERT_TRUE(BeginUpload(record, journal, "boot", kNow));
  EndUpload(record, {.task = UploadTask::kForget,
                     .end = {UploadProblem::kServer, "why", 0},
                     .journal = &journal,
                     .now = kNow});
  EXPECT_EQ(record.problem, UploadProblem::kServer);
  EXPECT_NE(record.tried_at, 0);
}

// A node that was off for a month, and whose network comes up a moment after the first attempt.
TEST(UploadRecord, TimeWithoutAttemptsIsNotInVain) {
  const UploadJournal nothing;
  UploadRecord record;
  ASSERT_TRUE(BeginUpload(record, nothing, "boot", kNow));
  EndUpload(record, Failed(UploadProblem::kUnreachable, nothing, kNow));
  ASSERT_TRUE(BeginUpload(record, nothing, "next", kNow + 30 * kDay));
  EndUpload(record, Failed(UploadProblem::kUnreachable, nothing, kNow + 30 * kDay));
  EXPECT_EQ(record.state, UploadState::kQueued);
  EXPECT_EQ(record.failing_since, kNow + 30 * kDay);
  // The policy forbade it for as long.
  record.problem = UploadProblem::kClear;
  ASSERT_TRUE(BeginUpload(record, nothing, "next", kNow + 60 * kDay));
  EndUpload(record, Failed(UploadProblem::kUnreachable, nothing, kNow + 60 * kDay));
  EXPECT_EQ(record.state, UploadState::kQueued);
}

TEST(UploadRecord, VerifiedIsWhatTheJournalProved) {
  UploadRecord record;
  const StoredObject stored{UploadProof::kEtag, 1, 2, "aa", "bb", "cc", 9};
  const UploadJournal journal =
      ParseUploadJournal(Cat(StoredLine("vmcore", stored), SentLine("other", 5, kNow)));
  ASSERT_TRUE(BeginUpload(record, UploadJournal(), "boot", kNow));
  EndUpload(record, {.task = UploadTask::kReport, .journal = &journal, .now = kNow});
  EXPECT_EQ(record.state, UploadState::kQueued);
  EXPECT_TRUE(record.report_sent);
  EXPECT_TRUE(record.objects.empty());
  ASSERT_TRUE(BeginUpload(record, journal, "boot", kNow));
  EndUpload(record, {.task = UploadTask::kWhole, .journal = &journal, .now = kNow});
  EXPECT_EQ(record.state, UploadState::kVerified);
  EXPECT_EQ(record.verified_at, kNow);
  ASSERT_EQ(record.objects.size(), 1u);
  EXPECT_EQ(record.objects.at("vmcore"), stored);
  AskForUpload(record, kNow + 5);
  EXPECT_EQ(record.state, UploadState::kQueued);
  EXPECT_TRUE(record.objects.empty());
}

TEST(UploadRecord, WhoAsksForWhatIsUnderWayIsKnownAndStopsNothing) {
  UploadRecord record;
  ASSERT_TRUE(BeginUpload(record, UploadJournal(), "boot", kNow));
  AskForUpload(record, kNow + 5);
  EXPECT_EQ(record.state, UploadState::kSending);
  EXPECT_EQ(record.queued_at, kNow + 5);
  EXPECT_TRUE(record.asked) << "the whole of it, if only the log is under way";
}

}  // namespace
}  // namespace kdumpd
