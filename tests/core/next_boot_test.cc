// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/next_boot.h"

#include <gtest/gtest.h>

namespace kdumpd {
namespace {

// The short ids of entries in the order given, blank separated.
std::string Ids(const std::vector<BootEntry>& entries) {
  std::string ids;
  for (const BootEntry& entry : entries) {
    if (!ids.empty()) ids += ' ';
    ids += IdOf(entry);
  }
  return ids;
}

BootEntry Named(std::string_view id, std::string_view version = "", std::string_view sort_key = "",
                std::string_view title = "") {
  BootEntry entry;
  entry.file = "/boot/loader/entries/" + std::string(id) + ".conf";
  entry.version = version;
  entry.sort_key = sort_key;
  entry.title = title;
  return entry;
}

TEST(NextBoot, ReadsAnEntry) {
  const BootEntry entry = ParseBootEntry(
      "# a comment\n"
      "title Red Hat Enterprise Linux (5.14.0-427.el9.x86_64) 9.4 (Plow)\r\n"
      "version\t5.14.0-427.el9.x86_64\n"
      "linux /vmlinuz-5.14.0-427.el9.x86_64\n"
      "initrd /initramfs-5.14.0-427.el9.x86_64.img $tuned_initrd\n"
      "options root=/dev/mapper/rhel-root ro $tuned_params\n"
      "  options   crashkernel=256M\n"
      "optionsx quiet\n"
      "sort-key rhel\n"
      "grub_users $grub_users\n",
      "/boot/loader/entries/4f1c-5.14.0-427.el9.x86_64.conf");
  EXPECT_EQ(entry.title, "Red Hat Enterprise Linux (5.14.0-427.el9.x86_64) 9.4 (Plow)");
  EXPECT_EQ(entry.version, "5.14.0-427.el9.x86_64");
  EXPECT_EQ(entry.linux_image, "/vmlinuz-5.14.0-427.el9.x86_64");
  EXPECT_EQ(entry.options, "root=/dev/mapper/rhel-root ro $tuned_params crashkernel=256M");
  EXPECT_EQ(entry.sort_key, "rhel");
  EXPECT_EQ(IdOf(entry), "4f1c-5.14.0-427.el9.x86_64");
}

TEST(NextBoot, AnEmptyEntryHasNothing) {
  const BootEntry entry = ParseBootEntry("", "x");
  EXPECT_EQ(entry.options, "");
  EXPECT_EQ(entry.title, "");
  EXPECT_EQ(IdOf(entry), "x");
}

TEST(NextBoot, ComparesVersions) {
  struct Row {
    std::string_view a;
    std::string_view b;
    int order;
  };
  const std::vector<Row> rows{
      {"", "", 0},
      {"5.14.0", "5.14.0", 0},
      {"5.14.0", "5-14_0", 0},
      {"5.9", "5.14", -1},
      {"5.14.0-70", "5.14.0-427", -1},
      {"5.14.0-427.el9", "5.14.0-427.13.1.el9_4", -1},
      {"5.14", "5.14.1", -1},
      {"007", "7", 0},
      {"0-rescue", "5.14.0", -1},
      {"5.14~rc1", "5.14", -1},
      {"5.14~rc1", "5.14~rc2", -1},
      {"5.14a", "5.14b", -1},
      {"5.a", "5.1", -1},
      {"99999999999999999999999999", "100000000000000000000000000", -1},
      {"ostree-1-rhcos", "ostree-2-rhcos", -1},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(CompareVersions(row.a, row.b), row.order) << row.a << " and " << row.b;
    EXPECT_EQ(CompareVersions(row.b, row.a), -row.order) << row.b << " and " << row.a;
  }
}

TEST(NextBoot, SortsAsGrubDoes) {
  std::vector<BootEntry> entries{Named("4f1c-0-rescue"), Named("4f1c-5.14.0-70.el9.x86_64"),
                                 Named("4f1c-5.14.0-427.el9.x86_64")};
  SortForGrub(entries);
  EXPECT_EQ(Ids(entries), "4f1c-5.14.0-427.el9.x86_64 4f1c-5.14.0-70.el9.x86_64 4f1c-0-rescue");
}

TEST(NextBoot, OstreeEntriesGoByTheirVersion) {
  std::vector<BootEntry> entries{Named("ostree-9-rhcos", "1"), Named("ostree-1-rhcos", "2")};
  SortForGrub(entries);
  EXPECT_EQ(Ids(entries), "ostree-1-rhcos ostree-9-rhcos");
  entries.push_back(Named("rescue", "3"));  // not ostree's alone: by their names, as GRUB does
  SortForGrub(entries);
  EXPECT_EQ(Ids(entries), "rescue ostree-9-rhcos ostree-1-rhcos");
}

TEST(NextBoot, SortsAsSystemdBootDoes) {
  std::vector<BootEntry> entries{
      Named("a-1.0"),          Named("new+0-3", "9.0", "a"),  // its attempts are used up
      Named("a-2.0"),          Named("kb", "6.1", "b"),
      Named("ka", "6.1", "a"), Named("kc+2-1", "6.9", "a"),
  };
  SortForSystemdBoot(entries);
  EXPECT_EQ(Ids(entries), "kc+2-1 ka kb a-2.0 a-1.0 new+0-3");
}

TEST(NextBoot, ChoosesAsGrubDoes) {
  const std::vector<BootEntry> entries{Named("4f1c-5.14.0-427", "", "", "RHEL 9.4"),
                                       Named("4f1c-5.14.0-70", "", "", "RHEL 9.0")};
  EXPECT_EQ(ChooseForGrub(entries, ""), 0U);
  EXPECT_EQ(ChooseForGrub(entries, "1"), 1U);
  EXPECT_EQ(ChooseForGrub(entries, "2"), 0U);
  EXPECT_EQ(ChooseForGrub(entries, "99999999999999999999"), 0U);
  EXPECT_EQ(ChooseForGrub(entries, "4f1c-5.14.0-70"), 1U);
  EXPECT_EQ(ChooseForGrub(entries, "RHEL 9.0"), 1U);
  EXPECT_EQ(ChooseForGrub(entries, "4f1c-5.14.0-7"), 0U);  // one letter short
  EXPECT_EQ(ChooseForGrub({}, "0"), std::nullopt);
}

TEST(NextBoot, ChoosesAsSystemdBootDoes) {
  const std::vector<BootEntry> entries{Named("debian-6.12"), Named("debian-6.1")};
  EXPECT_EQ(ChooseForSystemdBoot(entries, ""), 0U);
  EXPECT_EQ(ChooseForSystemdBoot(entries, "*-6.1.conf"), 1U);
  EXPECT_EQ(ChooseForSystemdBoot(entries, "debian-6.1"), 1U);
  EXPECT_EQ(ChooseForSystemdBoot(entries, "debian-6.1*"), 0U);
  EXPECT_EQ(ChooseForSystemdBoot(entries, "debian-6.?.conf"), 1U);
  EXPECT_EQ(ChooseForSystemdBoot(entries, "*"), 0U);
  EXPECT_EQ(ChooseForSystemdBoot(entries, "**6.1**"), 0U);
  EXPECT_EQ(ChooseForSystemdBoot(entries, "fedora*"), std::nullopt);
  EXPECT_EQ(ChooseForSystemdBoot(entries, "@saved"), std::nullopt);
  EXPECT_EQ(ChooseForSystemdBoot({}, ""), std::nullopt);
}

TEST(NextBoot, ReadsTheSettingsOfTheLoaders) {
  EXPECT_EQ(LoaderSetting("timeout 3\n# default x\ndefault debian-*\n", "default"), "debian-*");
  EXPECT_EQ(LoaderSetting("defaults x\n", "default"), "");
  const std::string_view zipl =
      "[defaultboot]\ndefaultauto\n#default=no\ndefault = \"RHEL 9.4\"\n[other]\ndefault=x\n";
  EXPECT_EQ(ZiplSetting(zipl, "default"), "RHEL 9.4");
  EXPECT_EQ(ZiplSetting("[other]\ndefault=x\n", "default"), "");
}

TEST(NextBoot, ReadsAnEfiName) {
  using namespace std::string_literals;
  EXPECT_EQ(EfiName("\x07\0\0\0a\0.\0c\0\0\0x\0"s), "a.c");
  EXPECT_EQ(EfiName("\x07\0\0\0a\0\xe4\0\0\x20"s), "a??");
  EXPECT_EQ(EfiName("\x07\0\0\0a"s), "");
  EXPECT_EQ(EfiName(""), "");
}

}  // namespace
}  // namespace kdumpd
