// SPDX-License-Identifier: Apache-2.0
#include "tests/support/check_table.h"

namespace kdumpd {
namespace {

constexpr std::string_view kCheck = "crashkernel_pending";

void Now(Facts& facts, const std::string& arguments) {
  facts.cmdline = Fact<std::string>::Known("root=/dev/sda1 ro " + arguments, "/proc/cmdline");
}
void Next(Facts& facts, const std::string& arguments) {
  facts.next_boot.value().cmdline = "root=/dev/sda1 ro quiet " + arguments;
}
void Both(Facts& facts, const std::string& now, const std::string& next) {
  Now(facts, now);
  Next(facts, next);
}
void Configured(Facts& facts, const std::string& arguments) {
  facts.next_boot.value().configured = "quiet " + arguments;
  facts.next_boot.value().configured_in = "/etc/default/grub";
}
void MaskIomem(Facts& facts) {
  facts.iomem = Fact<MemoryMap>::Unreadable("/proc/iomem", "every range reads 0");
}
void Power(Facts& facts) { facts.architecture = Fact<std::string>::Known("ppc64le", "uname -m"); }

TEST(ChecksBoot, CrashkernelPending) {
  ExpectRows({
      {"the same", [](Facts&) {}, kCheck, Status::kPass, "equal"},
      {"the same, and other arguments differ",
       [](Facts& f) { Both(f, "crashkernel=256M", "crashkernel=256M splash"); }, kCheck,
       Status::kPass, "equal"},
      {"nothing next time", [](Facts& f) { Next(f, ""); }, kCheck, Status::kWarn, "will_disarm"},
      {"one letter short", [](Facts& f) { Both(f, "crashkernel=256M", "crashkerne=256M"); }, kCheck,
       Status::kWarn, "will_disarm"},
      {"malformed next time", [](Facts& f) { Both(f, "crashkernel=256M", "crashkernel=256MB"); },
       kCheck, Status::kWarn, "will_disarm"},
      {"malformed next time, and nothing now",
       [](Facts& f) { Both(f, "", "crashkernel=1G-4G:192M"); }, kCheck, Status::kWarn,
       "will_disarm"},
      {"only next time", [](Facts& f) { Both(f, "", "crashkernel=256M"); }, kCheck, Status::kWarn,
       "reboot_pending"},
      {"another size", [](Facts& f) { Both(f, "crashkernel=256M", "crashkernel=512M"); }, kCheck,
       Status::kWarn, "differs"},
      {"another way to write it",
       [](Facts& f) { Both(f, "crashkernel=256M", "crashkernel=4G-64G:0x10000000"); }, kCheck,
       Status::kPass, "same_effect"},
      {"the same size elsewhere",
       [](Facts& f) { Both(f, "crashkernel=256M", "crashkernel=256M@16M"); }, kCheck, Status::kWarn,
       "differs"},
      {"the same size, and another low part",
       [](Facts& f) {
         Both(f, "crashkernel=1G,high crashkernel=72M,low",
              "crashkernel=1G,high crashkernel=0,low");
       },
       kCheck, Status::kWarn, "differs"},
      {"the same on all that memory may be",
       [](Facts& f) {
         Both(f, "crashkernel=256M", "crashkernel=4G-64G:256M,64G-:512M");
         MaskIomem(f);
       },
       kCheck, Status::kPass, "same_effect"},
      {"the same only at the lower end of what memory may be",
       [](Facts& f) {
         Both(f, "crashkernel=256M", "crashkernel=4G-64G:256M,64G-:512M");
         MaskIomem(f);
         f.meminfo.value().total = 63ULL << 30U;
       },
       kCheck, Status::kWarn, "differs"},
      {"memory is not known",
       [](Facts& f) {
         Both(f, "crashkernel=256M", "crashkernel=4G-64G:256M");
         MaskIomem(f);
         f.meminfo = Locked<Meminfo>("/proc/meminfo");
       },
       kCheck, Status::kWarn, "differs"},
      {"in neither", [](Facts& f) { Both(f, "", ""); }, kCheck, Status::kNotApplicable,
       "no_crashkernel"},
      {"the running ones cannot be read",
       [](Facts& f) { f.cmdline = Locked<std::string>("/proc/cmdline"); }, kCheck, Status::kUnknown,
       "unreadable"},
      {"the next ones cannot be told",
       [](Facts& f) { f.next_boot = Fact<NextBoot>::Unreadable("/boot", "is empty"); }, kCheck,
       Status::kUnknown, "unreadable"},
  });
}

TEST(ChecksBoot, WhatGrubMkconfigWouldWrite) {
  ExpectRows({
      {"the same",
       [](Facts& f) {
         Both(f, "crashkernel=1G", "crashkernel=1G"), Configured(f, "crashkernel=1G");
       },
       kCheck, Status::kPass, "equal"},
      {"another size",
       [](Facts& f) {
         Both(f, "crashkernel=1G", "crashkernel=1G"), Configured(f, "crashkernel=2G");
       },
       kCheck, Status::kWarn, "not_generated"},
      {"removed", [](Facts& f) { Both(f, "crashkernel=1G", "crashkernel=1G"), Configured(f, ""); },
       kCheck, Status::kWarn, "not_generated"},
      {"added, and update-grub was forgotten",
       [](Facts& f) { Both(f, "", ""), Configured(f, "crashkernel=2G"); }, kCheck, Status::kWarn,
       "not_generated"},
      {"in none of the three", [](Facts& f) { Both(f, "", ""), Configured(f, ""); }, kCheck,
       Status::kNotApplicable, "no_crashkernel"},
      {"the next boot differs, which says more",
       [](Facts& f) { Both(f, "crashkernel=1G", ""), Configured(f, "crashkernel=2G"); }, kCheck,
       Status::kWarn, "will_disarm"},
  });
}

TEST(ChecksBoot, FadumpBelongsToItOnPower) {
  ExpectRows({
      {"the same", [](Facts& f) { Power(f), Both(f, "fadump=on", "fadump=on"); }, kCheck,
       Status::kPass, "equal"},
      {"gone", [](Facts& f) { Power(f), Both(f, "fadump=on", ""); }, kCheck, Status::kWarn,
       "will_disarm"},
      {"only next time", [](Facts& f) { Power(f), Both(f, "", "fadump=on"); }, kCheck,
       Status::kWarn, "reboot_pending"},
      {"nocma next time",
       [](Facts& f) {
         Power(f), Both(f, "fadump=on crashkernel=1G", "fadump=nocma crashkernel=1G");
       },
       kCheck, Status::kWarn, "differs"},
      {"gone, and crashkernel= stays",
       [](Facts& f) { Power(f), Both(f, "fadump=on crashkernel=1G", "crashkernel=1G"); }, kCheck,
       Status::kWarn, "differs"},
      {"means nothing elsewhere",
       [](Facts& f) { Both(f, "fadump=on crashkernel=1G", "crashkernel=1G"); }, kCheck,
       Status::kPass, "equal"},
  });
}

TEST(ChecksBoot, EachFamilyHearsItsOwnRemedy) {
  struct Row {
    Distribution distribution;
    std::string_view remedy;
  };
  const std::vector<Row> rows{{Distribution::kRhel, "grubby"},
                              {Distribution::kCoreos, "rpm-ostree"},
                              {Distribution::kUbuntu, "update-grub"},
                              {Distribution::kSuse, "kdumptool"}};
  for (const Row& row : rows) {
    Facts facts = ReadyHost();
    facts.distribution = row.distribution;
    Next(facts, "");
    const Readiness readiness = Evaluate(facts, Policy{});
    const Finding& finding = FindingOf(readiness, kCheck);
    EXPECT_NE(finding.remedy.find(row.remedy), std::string::npos) << finding.remedy;
  }
}

TEST(ChecksBoot, HostileArgumentsAreShownPrintable) {
  Facts facts = ReadyHost();
  Next(facts, "crashkernel=\x1b[31m");
  const Readiness readiness = Evaluate(facts, Policy{});
  const Finding& finding = FindingOf(readiness, kCheck);
  EXPECT_EQ(finding.status, Status::kWarn);
  EXPECT_EQ(finding.message.find('\x1b'), std::string::npos);
  EXPECT_EQ(finding.evidence[1].value, "crashkernel=\\x1b[31m");
}

}  // namespace
}  // namespace kdumpd
