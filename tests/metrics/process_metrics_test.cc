// SPDX-License-Identifier: Apache-2.0
#include "metrics/process_metrics.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <string_view>

namespace kdumpd {
namespace {

// A line of Linux 6.1, shortened behind the field that counts last.
const std::string kLine =
    "4242 (kdumpd) S 1 4242 4242 0 -1 4194560 900 0 0 0 125 75 0 0 20 0 3 0 3333 12345678 512 "
    "18446744073709551615 1 1 0\n";

TEST(ProcessMetricsTest, ReadsTheFieldsItNeeds) {
  const auto stat = ParseProcessStat(kLine);
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->cpu_ticks, 200U);
  EXPECT_EQ(stat->start_ticks, 3333U);
  EXPECT_EQ(stat->virtual_bytes, 12345678U);
  EXPECT_EQ(stat->resident_pages, 512U);
}

TEST(ProcessMetricsTest, ANameMayHoldAnything) {
  std::string line = kLine;
  line.replace(line.find("kdumpd"), 6, "a) S 1 (b");
  const auto stat = ParseProcessStat(line);
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->resident_pages, 512U);
}

std::string With(std::string_view old_text, std::string_view new_text) {
  std::string line = kLine;
  return line.replace(line.find(old_text), old_text.size(), new_text);
}

TEST(ProcessMetricsTest, WhatIsNotAWholeLineIsNothing) {
  const std::string rows[] = {
      "",
      "\n",
      "4242 (kdumpd\n",
      "4242 (kdumpd) S 1\n",
      kLine.substr(0, kLine.size() - 1),            // no end of line
      kLine.substr(0, kLine.find(" 512 ")) + "\n",  // one field short
      With(" 125 ", " x "),
      With(" 75 ", " -75 "),
      With(" 512 ", " 18446744073709551616 "),  // 2^64
  };
  for (const std::string& row : rows) EXPECT_FALSE(ParseProcessStat(row)) << row;
  EXPECT_TRUE(ParseProcessStat(With(" 512 ", " 18446744073709551615 ")));
}

TEST(ProcessMetricsTest, TheseAreOurs) {
  const ProcessFigures figures = ReadProcess();
  ASSERT_TRUE(figures.cpu_seconds && figures.resident_bytes && figures.virtual_bytes &&
              figures.open_fds && figures.max_fds && figures.start_time);
  EXPECT_GT(*figures.resident_bytes, 1e5);
  EXPECT_GT(*figures.virtual_bytes, *figures.resident_bytes);
  EXPECT_GE(*figures.max_fds, *figures.open_fds);
  const double now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  EXPECT_LE(*figures.start_time, now + 1);
  EXPECT_GT(*figures.start_time, now - 600);
  EXPECT_NEAR(*ReadProcess().start_time, *figures.start_time, 0.011);
}

TEST(ProcessMetricsTest, CountsDescriptorsWithoutItsOwn) {
  const double before = *ReadProcess().open_fds;
  const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  EXPECT_EQ(*ReadProcess().open_fds, before + 1);
  close(fd);
  EXPECT_EQ(*ReadProcess().open_fds, before);
}

}  // namespace
}  // namespace kdumpd
