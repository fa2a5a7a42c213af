// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/load_history.h"

#include <gtest/gtest.h>

#include <vector>

namespace kdumpd {
namespace {

const Fact<bool> kLoaded = Fact<bool>::Known(true, "crash_loaded");
const Fact<bool> kNotLoaded = Fact<bool>::Known(false, "crash_loaded");
const Fact<bool> kNoSuchFile = Fact<bool>::Absent("crash_loaded");
const Fact<bool> kNotSeen = Fact<bool>::Unreadable("crash_loaded", "Permission denied");

struct Look {
  Fact<bool> loaded;
  std::int64_t now;
};
struct Row {
  const char* name;
  std::vector<Look> looks;
  LoadHistory expected;
};

TEST(NextHistory, FoldsWhatWasSeen) {
  const std::vector<Row> rows{
      {"never loaded is not lost", {{kNotLoaded, 10}, {kNotLoaded, 20}}, {false, 0, 0}},
      {"armed since the first look", {{kLoaded, 10}, {kLoaded, 20}}, {true, 0, 10}},
      {"armed late", {{kNotLoaded, 10}, {kLoaded, 20}, {kLoaded, 30}}, {true, 0, 20}},
      {"lost since the first look without it",
       {{kLoaded, 10}, {kNotLoaded, 20}, {kNotLoaded, 30}},
       {true, 20, 0}},
      {"a reload starts anew", {{kLoaded, 10}, {kNotLoaded, 20}, {kLoaded, 30}}, {true, 0, 30}},
      {"a blind look keeps it armed", {{kLoaded, 10}, {kNotSeen, 20}}, {true, 0, 10}},
      {"a blind look keeps it lost",
       {{kLoaded, 10}, {kNotLoaded, 20}, {kNotSeen, 30}, {kNotLoaded, 40}},
       {true, 20, 0}},
      {"no such file says nothing", {{kLoaded, 10}, {kNoSuchFile, 20}}, {true, 0, 10}},
      {"blind from the start", {{kNotSeen, 10}}, {false, 0, 0}},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    LoadHistory history;
    for (const Look& look : row.looks) history = NextHistory(history, look.loaded, look.now);
    EXPECT_EQ(history.was_loaded, row.expected.was_loaded);
    EXPECT_EQ(history.lost_since, row.expected.lost_since);
    EXPECT_EQ(history.armed_since, row.expected.armed_since);
  }
}

Fact<Fadump> Firmware(bool enabled, bool registered) {
  return Fact<Fadump>::Known({.enabled = enabled, .registered = registered}, "fadump");
}

TEST(TakesOver, AsksTheFirmwareWhereItIsEnabled) {
  EXPECT_TRUE(TakesOver(kLoaded, Fact<Fadump>::Absent("fadump")).Is(true));
  EXPECT_TRUE(TakesOver(kNotLoaded, Fact<Fadump>::Absent("fadump")).Is(false));
  EXPECT_TRUE(TakesOver(kLoaded, Firmware(false, false)).Is(true));
  EXPECT_TRUE(TakesOver(kNotLoaded, Firmware(true, true)).Is(true));
  EXPECT_TRUE(TakesOver(kLoaded, Firmware(true, false)).Is(false));
  EXPECT_EQ(TakesOver(kNotLoaded, Firmware(true, true)).source(), "fadump");
  EXPECT_TRUE(TakesOver(kNotSeen, Fact<Fadump>::Unreadable("fadump", "why")).unreadable());
}

}  // namespace
}  // namespace kdumpd
