// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/latest.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace kdumpd {
namespace {

TEST(Latest, IsEmptyBeforeTheFirst) {
  const Latest<int> latest;
  EXPECT_EQ(latest.Get(), nullptr);
}

TEST(Latest, AReaderKeepsWhatItTook) {
  Latest<int> latest;
  latest.Publish(std::make_shared<const int>(1));
  const auto taken = latest.Get();
  latest.Publish(std::make_shared<const int>(2));
  EXPECT_EQ(*taken, 1);
  EXPECT_EQ(*latest.Get(), 2);
}

// Readers never see a value go backwards; the thread sanitizer watches the rest.
TEST(Latest, ManyReaders) {
  Latest<int> latest;
  std::atomic<bool> stop = false;
  std::atomic<int> backwards = 0;
  std::vector<std::jthread> readers;
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back([&] {
      int last = 0;
      while (!stop) {
        const auto value = latest.Get();
        if (value && *value < last) ++backwards;
        if (value) last = *value;
      }
    });
  }
  for (int i = 1; i <= 20'000; ++i) latest.Publish(std::make_shared<const int>(i));
  stop = true;
  readers.clear();
  EXPECT_EQ(backwards, 0);
  EXPECT_EQ(*latest.Get(), 20'000);
}

}  // namespace
}  // namespace kdumpd
