// SPDX-License-Identifier: Apache-2.0
#include "daemon/ship/pace.h"

#include <gtest/gtest.h>

#include "daemon/ship/counted_source.h"
#include "tests/support/ship_doubles.h"
#include "tests/support/tree.h"

namespace kdumpd {
namespace {

using namespace std::chrono_literals;
using Clock = Bucket::Clock;

// How much a sender that always has `wanted` gets in ten seconds of a clock that only waits move.
TEST(Bucket, HoldsTheRateWhateverIsAsked) {
  for (const std::uint64_t rate : {1ULL, 100ULL, 100'000ULL, 10'000'000ULL, 1'250'000'000ULL}) {
    for (const std::size_t wanted : {1UL, 1000UL, 65536UL, 262144UL}) {
      Clock::time_point now{};
      Bucket bucket(rate, now);
      std::uint64_t sent = 0;
      std::uint64_t pieces = 0;
      while (now < Clock::time_point{} + 10s && pieces < 100'000) {
        const std::size_t some = bucket.Take(wanted, now);
        ASSERT_LE(some, wanted);
        sent += some;
        pieces += some > 0 ? 1 : 0;
        if (some == 0) {
          now += std::chrono::duration_cast<Clock::duration>(bucket.Wait(wanted));
        }
      }
      const double seconds = std::chrono::duration<double>(now - Clock::time_point{}).count();
      const double most = static_cast<double>(rate) * (seconds + 0.1) + 1;
      EXPECT_LE(static_cast<double>(sent), most) << rate << " " << wanted;
      if (pieces == 100'000) continue;
      EXPECT_GE(static_cast<double>(sent), static_cast<double>(rate) * seconds * 0.8 - 1)
          << rate << " " << wanted;
      // No crumbs: a hundred pieces a second at most, or whole ones.
      EXPECT_LE(pieces, 1000 + 10 * rate / wanted) << rate << " " << wanted;
    }
  }
}

TEST(Bucket, IdleTimeIsNotSavedUp) {
  Bucket bucket(1000, Clock::time_point{});
  EXPECT_EQ(bucket.Take(1'000'000, Clock::time_point{} + 1h), 100U);
  EXPECT_EQ(bucket.Take(1'000'000, Clock::time_point{} + 1h), 0U);
}

TEST(Pace, WithoutACapAllMayGo) {
  std::uint64_t told = 0;
  Pace pace({}, [&](std::uint64_t bytes) { told += bytes; });
  EXPECT_EQ(pace.Take(1 << 20), 1U << 20);
  EXPECT_EQ(told, 1U << 20);
}

TEST(Pace, PausesUnderPressureAndNotForever) {
  struct Row {
    std::string_view picture;
    bool pauses;
  };
  for (const Row& row : std::vector<Row>{
           {"memory: some avg10=10.01 avg60=0.00\nio: some avg10=0.00", true},
           {"memory: some avg10=9.99 avg60=99.00\nio: some avg10=99.00", false},
           {"io:\n  some avg10=99.00\n  full avg10=40.01", true},
           {"io:\n  some avg10=99.00\n  full avg10=39.99", false},
           {"memory: full avg10=99.00", false},
           {"memory: nonsense", false},
           {"", false},
       }) {
    const Tree tree(row.picture);
    Pace::Limits limits;
    limits.pressure_directory = tree.path();
    limits.longest_pause = 1s;
    int pauses = 0;
    Pace pace(limits, [&](std::uint64_t bytes) { pauses += bytes == 0 ? 1 : 0; });
    EXPECT_EQ(pace.Take(10), 10U);
    EXPECT_EQ(pauses > 0, row.pauses) << row.picture;
  }
}

TEST(CountedSource, SaysItOnceASecond) {
  CountedSource::Clock::time_point now{};
  SeenSteps steps;
  const auto source = TextSource(Noise(1000));
  CountedSource counted(*source, steps, [&] { return now; });
  std::array<std::byte, 100> piece;
  for (std::uint64_t at = 0; at < 1000; at += 100, now += 400ms) {
    ASSERT_TRUE(counted.Read(at, piece));
  }
  EXPECT_EQ(steps.sent, (std::vector<std::uint64_t>{100, 400, 700, 1000}));
}

}  // namespace
}  // namespace kdumpd
