// SPDX-License-Identifier: Apache-2.0
#include "daemon/ship/again.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace kdumpd {
namespace {

using namespace std::chrono_literals;

struct Outcome {
  int calls = 0;
  std::vector<std::chrono::milliseconds> waits;
  Uploaded<int> answer;
};

// What fails `failures` times with `error`, then is good.
Outcome Tried(int failures, const UploadError& error) {
  Outcome outcome;
  Again again;
  again.wait = [&](auto time) { outcome.waits.push_back(time); };
  outcome.answer = again.Until([&]() -> Uploaded<int> {
    if (outcome.calls++ < failures) return std::unexpected(error);
    return 42;
  });
  return outcome;
}

TEST(Again, WhatPassesIsAskedFourTimesMore) {
  for (const auto problem : {UploadProblem::kUnreachable, UploadProblem::kTimeout,
                             UploadProblem::kServer, UploadProblem::kThrottled}) {
    EXPECT_EQ(Tried(4, {problem, "x"}).answer, 42);
    const Outcome never = Tried(99, {problem, "x"});
    EXPECT_EQ(never.calls, 5);
    EXPECT_FALSE(never.answer);
  }
}

TEST(Again, WhatLastsIsAskedOnce) {
  for (const auto problem :
       {UploadProblem::kCredentials, UploadProblem::kTrust, UploadProblem::kRefused,
        UploadProblem::kMismatch, UploadProblem::kChanged, UploadProblem::kSource,
        UploadProblem::kState, UploadProblem::kConfig, UploadProblem::kClear}) {
    EXPECT_EQ(Tried(99, {problem, "x"}).calls, 1) << Name(problem);
  }
}

TEST(Again, WaitsGrowUpToTheCap) {
  std::chrono::milliseconds longest[4] = {};
  for (int round = 0; round < 200; ++round) {
    const Outcome outcome = Tried(4, {UploadProblem::kServer, "x"});
    ASSERT_EQ(outcome.waits.size(), 4U);
    for (int i = 0; i < 4; ++i) {
      EXPECT_LE(outcome.waits[i], 200ms * (1 << i));
      longest[i] = std::max(longest[i], outcome.waits[i]);
    }
  }
  // Of 200 draws all below the bound of the wait before: less likely than 1 in 2^200.
  for (int i = 1; i < 4; ++i) EXPECT_GT(longest[i], 200ms * (1 << (i - 1)));
  Again again;
  EXPECT_LE(again.Before(3, {UploadProblem::kServer, "x"}).value(), again.cap);
  again.retries = 100;
  EXPECT_LE(again.Before(99, {UploadProblem::kServer, "x"}).value(), again.cap);
}

TEST(Again, WhatTheStoreAsksForIsWaitedForWhenItIsShort) {
  const Outcome shortly = Tried(1, {UploadProblem::kThrottled, "x", 10});
  ASSERT_EQ(shortly.waits.size(), 1U);
  EXPECT_GE(shortly.waits[0], 10s);
  const Outcome longer = Tried(1, {UploadProblem::kThrottled, "x", 11});
  EXPECT_EQ(longer.calls, 1);
  EXPECT_EQ(longer.answer.error().retry_after_seconds, 11);
}

}  // namespace
}  // namespace kdumpd
