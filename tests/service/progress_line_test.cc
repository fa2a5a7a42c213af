// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/progress_line.h"

#include <gtest/gtest.h>

namespace kdumpd {
namespace {

using std::chrono::milliseconds;

TEST(ProgressText, SaysHowFarHowFastAndHowLong) {
  const struct {
    ProgressFrame progress;
    std::uint64_t bytes;
    milliseconds elapsed;
    const char* want;
    std::uint64_t first = 0;
  } rows[] = {
      {{0, 1000}, 4096, milliseconds(0), "0 %, 0 B of 4 KiB"},
      {{0, 1000}, 4096, milliseconds(900), "0 %, 0 B of 4 KiB"},
      {{1, 1000}, 4096000, milliseconds(0), "0 %, 4 KiB of 3.9 MiB"},
      {{250, 1000}, 4UL << 30, milliseconds(20'000), "25 %, 1 GiB of 4 GiB, 51.2 MiB/s, 60 s left"},
      {{1000, 1000}, 1 << 20, milliseconds(1'000), "100 %, 1 MiB of 1 MiB, 1 MiB/s, 0 s left"},
      {{7, 5}, 1 << 20, milliseconds(1'000), "100 %, 1 MiB of 1 MiB, 1 MiB/s, 0 s left"},
      // What had been sent before is not of now.
      {{750, 1000},
       4UL << 30,
       milliseconds(10'000),
       "75 %, 3 GiB of 4 GiB, 102.4 MiB/s, 10 s left",
       500},
      {{750, 1000}, 4UL << 30, milliseconds(10'000), "75 %, 3 GiB of 4 GiB", 750},
      {{5, 0}, 1 << 20, milliseconds(1'000), "0 %, 0 B of 1 MiB"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(ProgressText(row.progress, row.bytes, row.elapsed, row.first), row.want);
  }
}

TEST(ProgressLine, SaysNothingWhereNobodyLooks) {
  testing::internal::CaptureStderr();  // a file, no terminal
  {
    ProgressLine(true, 100).Show({1, 2});
  }
  {
    ProgressLine(false, 100).Show({1, 2});
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace kdumpd
