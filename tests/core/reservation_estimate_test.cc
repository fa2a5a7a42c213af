// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/reservation_estimate.h"

#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "daemon/core/text.h"
#include "tests/support/check_table.h"

namespace kdumpd {
namespace {

constexpr std::uint64_t kMiB = 1ULL << 20;

struct Row {
  std::string_view what;
  std::function<void(Facts&)> change;
  std::uint64_t mib;
  std::uint64_t minimum_mib;
  std::string_view parts;
};

std::function<void(Facts&)> Image(const std::string& magic, std::uint64_t bytes) {
  return [=](Facts& facts) {
    facts.initrd.value().magic = magic;
    facts.initrd.value().bytes = bytes;
  };
}

TEST(ReservationEstimate, WhatTheImageNeeds) {
  constexpr std::string_view kRest =
      " + 16 MiB to run; modules and an encrypted target are not counted";
  const std::string three = Cat("kernel 45 MiB + 3 x initramfs 33 MiB", kRest);
  const std::vector<Row> rows{
      {"compressed", [](Facts&) {}, 45 + 99 + 16, 45 + 66, three},
      {"zstd", Image("zstd", 33 * kMiB), 45 + 99 + 16, 45 + 66, three},
      {"of a kind we do not know", Image("", 33 * kMiB), 45 + 99 + 16, 45 + 66, three},
      {"a plain archive", Image("cpio", 60 * kMiB), 45 + 120 + 16, 45 + 120,
       "kernel 45 MiB + 2 x initramfs 60 MiB + 16 MiB to run; modules and an encrypted target are "
       "not counted"},
      {"empty", Image("gzip", 0), 45 + 16, 45,
       "kernel 45 MiB + 3 x initramfs 0 B + 16 MiB to run; modules and an encrypted target are not "
       "counted"},
      {"masked iomem", [](Facts& f) { f.iomem = Locked<MemoryMap>("/proc/iomem"); }, 99 + 16, 66,
       "3 x initramfs 33 MiB + 16 MiB to run; the kernel, modules and an encrypted target are not "
       "counted"},
      {"iomem does not show the kernel", [](Facts& f) { f.iomem.value().kernel_bytes = 0; },
       99 + 16, 66,
       "3 x initramfs 33 MiB + 16 MiB to run; the kernel, modules and an encrypted target are not "
       "counted"},
      {"fadump that is off",
       [](Facts& f) { f.fadump = Fact<Fadump>::Known({false, false, 0}, "fadump"); }, 45 + 99 + 16,
       45 + 66, three},
  };
  for (const Row& row : rows) {
    Facts facts = ReadyHost();
    row.change(facts);
    const auto estimate = EstimateReservation(facts);
    ASSERT_TRUE(estimate) << row.what;
    EXPECT_EQ(estimate->bytes / kMiB, row.mib) << row.what;
    EXPECT_EQ(estimate->minimum_bytes / kMiB, row.minimum_mib) << row.what;
    EXPECT_EQ(estimate->parts, row.parts) << row.what;
  }
}

TEST(ReservationEstimate, NothingWithoutAnImageOfItsOwn) {
  const std::vector<std::function<void(Facts&)>> changes{
      [](Facts& f) { f.fadump = Fact<Fadump>::Known({true, true, 1}, "fadump"); },
      [](Facts& f) { f.initrd = Fact<InitrdFile>::Absent("/boot/x"); },
      [](Facts& f) { f.initrd = Locked<InitrdFile>("/boot/x"); },
      Image("gzip", std::numeric_limits<std::uint64_t>::max()),
      Image("gzip", (1ULL << 40U) + 1),
  };
  for (const auto& change : changes) {
    Facts facts = ReadyHost();
    change(facts);
    EXPECT_FALSE(EstimateReservation(facts));
  }
}

// What distributions ship and reserve, with images as they come out of their tools.
TEST(ReservationEstimate, StockNodesHaveEnough) {
  struct Stock {
    std::string_view what;
    std::uint64_t kernel_mib, initrd_mib, reserved_mib;
    bool enough;
  };
  const std::vector<Stock> rows{
      {"RHEL 9, below 4 GiB", 45, 33, 192, true},
      {"RHEL 9", 45, 33, 256, true},
      {"RHEL 9 with many drivers", 45, 64, 256, true},
      {"RHCOS as documented", 45, 60, 256, true},
      {"SLES 15", 45, 40, 311, true},
      {"Ubuntu 24.10", 45, 60, 320, true},
      {"Debian 12, MODULES=dep", 30, 20, 128, true},
      {"Debian 12, the most that fits", 30, 27, 128, true},
      {"Debian 12, the image of a large server", 30, 45, 128, false},
  };
  for (const Stock& row : rows) {
    Facts facts = ReadyHost();
    facts.iomem.value().kernel_bytes = row.kernel_mib * kMiB;
    facts.initrd.value().bytes = row.initrd_mib * kMiB;
    EXPECT_EQ(EstimateReservation(facts)->bytes <= row.reserved_mib * kMiB, row.enough) << row.what;
  }
}

}  // namespace
}  // namespace kdumpd
