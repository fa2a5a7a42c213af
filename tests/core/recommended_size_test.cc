// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/recommended_size.h"

#include <gtest/gtest.h>

#include "tests/support/ready_host.h"

namespace kdumpd {
namespace {

constexpr std::uint64_t kMiB = 1ULL << 20;

struct Row {
  std::string_view what;
  Distribution distribution;
  std::string id, version, architecture, release;
  std::uint64_t ram_mib;
  std::uint64_t mib;  // 0: below the table
};

TEST(RecommendedSize, Tables) {
  using enum Distribution;
  const std::string el9 = "5.14.0-427.el9.x86_64";
  const std::vector<Row> rows{
      {"RHEL 9, below", kRhel, "rhel", "9.4", "x86_64", el9, 895, 0},
      {"RHEL 9, 1 GiB after rounding up", kRhel, "rhel", "9.4", "x86_64", el9, 1000, 192},
      {"RHEL 9, 4 GiB", kRhel, "rhel", "9.4", "x86_64", el9, 4096, 256},
      {"RHEL 9, just below 64 GiB", kRhel, "rhel", "9.4", "x86_64", el9, 65407, 256},
      {"RHEL 9, 64 GiB after rounding up", kRhel, "rhel", "9.4", "x86_64", el9, 65409, 512},
      {"RHEL 10", kRhel, "rhel", "10.1", "x86_64", "6.12.0", 2048, 256},
      {"RHEL 10, below", kRhel, "rhel", "10.1", "x86_64", "6.12.0", 1900, 0},
      {"Fedora 41", kRhel, "fedora", "41", "x86_64", "6.11", 1900, 192},
      {"Fedora 42", kRhel, "fedora", "42", "x86_64", "6.14", 1900, 0},
      {"arm64, 4 KiB pages", kRhel, "rhel", "9.4", "aarch64", "5.14.0-427.el9.aarch64", 131072,
       576},
      {"arm64, 64 KiB pages", kRhel, "rhel", "9.4", "aarch64", "5.14.0-427.el9.aarch64+64k", 131072,
       676},
      {"POWER", kRhel, "rhel", "9.4", "ppc64le", "5.14.0-427.el9.ppc64le", 262144, 4096},
      {"RHCOS", kCoreos, "rhcos", "4.16", "x86_64", el9, 262144, 512},
      {"Ubuntu 24.04", kUbuntu, "ubuntu", "24.04", "x86_64", "6.8.0-31-generic", 65536, 192},
      {"Ubuntu 24.10", kUbuntu, "ubuntu", "24.10", "x86_64", "6.11.0-8-generic", 65536, 2048},
      {"Ubuntu 26.04", kUbuntu, "ubuntu", "26.04", "x86_64", "7.0", 3000, 320},
      {"Debian", kDebian, "debian", "12", "x86_64", "6.1.0-56-amd64", 65536, 128},
  };
  for (const Row& row : rows) {
    Facts facts = ReadyHost();
    facts.distribution = row.distribution;
    facts.os = Fact<OsRelease>::Known({row.id, "", "", row.version, ""}, "/etc/os-release");
    facts.architecture = Fact<std::string>::Known(row.architecture, "uname");
    facts.kernel_release = Fact<std::string>::Known(row.release, "osrelease");
    const auto size = RecommendSize(facts, row.ram_mib * kMiB);
    ASSERT_TRUE(size) << row.what;
    EXPECT_EQ(size->bytes / kMiB, row.mib) << row.what;
    EXPECT_FALSE(size->source.empty());
  }
}

TEST(RecommendedSize, Fadump) {
  Facts facts = ReadyHost();
  facts.architecture = Fact<std::string>::Known("ppc64le", "uname");
  facts.fadump = Fact<Fadump>::Known({true, true, 0}, "/sys/kernel/fadump");
  EXPECT_EQ(RecommendSize(facts, 2048ULL << 30)->bytes >> 30, 12u);
}

TEST(RecommendedSize, NoTableIsNoNumber) {
  Facts facts = ReadyHost();
  facts.distribution = Distribution::kSuse;
  EXPECT_FALSE(RecommendSize(facts, 64ULL << 30));
  facts.distribution = Distribution::kRhel;
  facts.architecture = Fact<std::string>::Known("riscv64", "uname");
  EXPECT_FALSE(RecommendSize(facts, 64ULL << 30));
}

TEST(RecommendedSize, CrashkernelAuto) {
  EXPECT_TRUE(KnowsCrashkernelAuto("4.18.0-553.el8_10.x86_64"));
  EXPECT_TRUE(KnowsCrashkernelAuto("3.10.0-1160.el7.x86_64"));
  EXPECT_FALSE(KnowsCrashkernelAuto("5.14.0-427.el9.x86_64"));
  EXPECT_FALSE(KnowsCrashkernelAuto("6.1.0-56-amd64"));
  EXPECT_FALSE(KnowsCrashkernelAuto("9.0.0-1.el80.x86_64"));
}

}  // namespace
}  // namespace kdumpd
