// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/support/check_table.h"

namespace kdumpd {
namespace {

constexpr std::uint64_t kMiB = 1ULL << 20;
constexpr std::string_view kCheck = "crash_reservation_size";

std::function<void(Facts&)> Reserved(std::uint64_t mib) {
  return [=](Facts& f) {
    f.crash_size = Fact<std::uint64_t>::Known(mib * kMiB, "/sys/kernel/kexec_crash_size");
  };
}

// The ready host's kernel has 45 MiB.
std::function<void(Facts&)> Image(std::uint64_t mib, std::uint64_t reserved_mib = 256) {
  return [=](Facts& f) {
    Reserved(reserved_mib)(f);
    f.initrd.value().bytes = mib * kMiB;
  };
}

// The same without a table.
std::function<void(Facts&)> Suse(std::uint64_t mib, std::uint64_t reserved_mib) {
  return [=](Facts& f) {
    Image(mib, reserved_mib)(f);
    f.distribution = Distribution::kSuse;
  };
}

TEST(ChecksSize, CrashReservationSize) {
  ExpectRows({
      {"as recommended", [](Facts&) {}, kCheck, Status::kPass, "enough"},
      {"a little less", Reserved(255), kCheck, Status::kWarn, "too_small"},
      {"just above the limit", Reserved(154), kCheck, Status::kWarn, "too_small"},
      {"much less", Reserved(153), kCheck, Status::kFail, "too_small"},
      {"the largest image for which it is enough", Image(65), kCheck, Status::kPass, "enough"},
      {"an image that may not fit", Image(66), kCheck, Status::kWarn, "below_estimate"},
      {"it can just be unpacked", Image(105), kCheck, Status::kWarn, "below_estimate"},
      {"it cannot be unpacked", Image(106), kCheck, Status::kFail, "below_image"},
      {"no image: the table decides",
       [](Facts& f) { f.initrd = Fact<InitrdFile>::Absent("/boot/x"); }, kCheck, Status::kPass,
       "enough"},
      {"no image, and too small",
       [](Facts& f) { Reserved(200)(f), f.initrd = Fact<InitrdFile>::Absent("/boot/x"); }, kCheck,
       Status::kWarn, "too_small"},
      {"SUSE: the image decides", Suse(33, 160), kCheck, Status::kPass, "enough"},
      {"SUSE, a little less", Suse(33, 159), kCheck, Status::kWarn, "below_estimate"},
      {"SUSE, it can just be unpacked", Suse(33, 111), kCheck, Status::kWarn, "below_estimate"},
      {"SUSE, much less", Suse(33, 110), kCheck, Status::kFail, "below_image"},
      {"SUSE without an image",
       [](Facts& f) { Suse(33, 256)(f), f.initrd = Fact<InitrdFile>::Absent("/boot/x"); }, kCheck,
       Status::kNotApplicable, "no_table"},
      {"SUSE, an image that cannot be read",
       [](Facts& f) { Suse(33, 256)(f), f.initrd = Locked<InitrdFile>("/boot/x"); }, kCheck,
       Status::kUnknown, "unreadable"},
      {"nothing reserved", Reserved(0), kCheck, Status::kNotApplicable, "nothing_reserved"},
      {"the reservation is not known",
       [](Facts& f) {
         f.crash_size = Locked<std::uint64_t>("/sys/kernel/kexec_crash_size");
         f.iomem = Locked<MemoryMap>("/proc/iomem");
       },
       kCheck, Status::kUnknown, "unreadable"},
      {"memory not known",
       [](Facts& f) {
         f.iomem = Locked<MemoryMap>("/proc/iomem");
         f.meminfo = Locked<Meminfo>("/proc/meminfo");
       },
       kCheck, Status::kUnknown, "memory_size_unknown"},
  });
}

TEST(ChecksSize, AMachineBelowTheTable) {
  const auto small = [](Facts& f) { f.iomem.value().system_ram_bytes = 512 * kMiB; };
  ExpectRows({
      {"below the table", small, kCheck, Status::kWarn, "memory_below_table"},
      {"and too little for its image", [&](Facts& f) { small(f), Image(33, 100)(f); }, kCheck,
       Status::kFail, "below_image"},
  });
}

// A table is the business of the distribution's own tool; an image needs a number.
TEST(ChecksSize, WhatToDo) {
  struct Row {
    std::function<void(Facts&)> change;
    std::string_view part;
  };
  const std::vector<Row> rows{
      {Reserved(200), "kdumpctl reset-crashkernel"},
      {Image(80), "grubby --update-kernel=ALL --args=crashkernel=320M"},
      {Suse(40, 150), "at least 192M"},
      {[](Facts& f) { Reserved(200)(f), f.distribution = Distribution::kCoreos; },
       "kernelArguments: [crashkernel=256M]"},
      {[](Facts& f) { Image(45, 128)(f), f.distribution = Distribution::kDebian; },
       "crashkernel=256M in /etc/default/grub.d/kdump-tools.cfg"},
  };
  for (const Row& row : rows) {
    Facts facts = ReadyHost();
    row.change(facts);
    const Readiness readiness = Evaluate(facts, Policy{});
    const std::string& remedy = FindingOf(readiness, kCheck).remedy;
    EXPECT_NE(remedy.find(row.part), std::string::npos) << remedy;
  }
}

TEST(ChecksSize, BothNumbersAreNamed) {
  const Readiness readiness = Evaluate(ReadyHost(), Policy{});
  const Finding& finding = FindingOf(readiness, kCheck);
  EXPECT_EQ(finding.message,
            "256 MiB reserved, 256 MiB recommended (kdump-utils before 2025), the image needs 160 "
            "MiB or more");
  EXPECT_EQ(finding.evidence.back().source, "/boot/initramfs-5.14.0-427.el9.x86_64kdump.img");
  EXPECT_TRUE(finding.evidence.back().value.starts_with("kernel 45 MiB + 3 x initramfs 33 MiB"));
}

}  // namespace
}  // namespace kdumpd
