// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/profile.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace kdumpd {
namespace {

TEST(OsReleaseTest, ReadsTheFieldsWeUse) {
  const OsRelease os = ParseOsRelease(
      "NAME=\"Red Hat Enterprise Linux CoreOS\"\n"
      "# ID=comment\n"
      "ID=\"rhcos\"\n"
      "ID_LIKE=\"rhel fedora\"\n"
      "VERSION=\"416.94\"\n"
      "VERSION_ID=\"4.16\"\n"
      "VARIANT=CoreOS\n"
      "VARIANT_ID=coreos\n"
      "PRETTY_NAME=\"Red Hat Enterprise Linux CoreOS 416.94 (\\\"Plow\\\")\"\n"
      "XID=no\n"
      "no assignment\n");
  EXPECT_EQ(os.id, "rhcos");
  EXPECT_EQ(os.id_like, "rhel fedora");
  EXPECT_EQ(os.version_id, "4.16");
  EXPECT_EQ(os.variant_id, "coreos");
  EXPECT_EQ(os.pretty_name, "Red Hat Enterprise Linux CoreOS 416.94 (\"Plow\")");
}

struct QuoteCase {
  std::string_view text;
  std::string_view id;
};

TEST(OsReleaseTest, QuotesAreThoseOfTheShell) {
  const std::vector<QuoteCase> cases{
      {"ID=debian", "debian"},   {"ID='debian'", "debian"},
      {"ID=\"a b\"", "a b"},     {"ID='a\"b'", "a\"b"},
      {"ID=\"a'b\"", "a'b"},     {"ID=\"a\\$b\\`c\\\\d\"", "a$b`c\\d"},
      {"ID=\"a\\nb\"", "a\\nb"},  // no escape in double quotes
      {"ID='a\\\\b'", "a\\\\b"},  // nothing is one in single quotes
      {"ID=a\\ b", "a b"},       {"ID=a\"b\"'c'", "abc"},
      {"ID=a b", "a"},           {"ID=debian\r\n", "debian"},
      {"  ID=debian", "debian"}, {"ID=\"never closed", "never closed"},
      {"ID=a\\", "a"},           {"ID=", ""},
      {"ID=a\nID=b", "b"},       {"id=debian", ""},
      {"ID =debian", ""},        {"", ""},
  };
  for (const auto& test : cases) EXPECT_EQ(ParseOsRelease(test.text).id, test.id) << test.text;
}

struct DistributionCase {
  std::string_view id, id_like, variant_id;
  Distribution distribution;
};

TEST(DistributionTest, FollowsIdThenIdLike) {
  using enum Distribution;
  const std::vector<DistributionCase> cases{
      {"rhel", "fedora", "", kRhel},
      {"centos", "rhel fedora", "", kRhel},
      {"fedora", "", "server", kRhel},
      {"almalinux", "rhel centos fedora", "", kRhel},
      {"rocky", "rhel centos fedora", "", kRhel},
      {"ol", "fedora", "", kRhel},
      {"amzn", "fedora", "", kRhel},
      {"rhcos", "rhel fedora", "coreos", kCoreos},
      {"rhcos", "", "", kCoreos},
      {"rhel", "fedora", "coreos", kCoreos},  // RHCOS since 4.19
      {"fedora", "", "coreos", kCoreos},
      {"scos", "rhel fedora", "", kCoreos},
      {"debian", "", "", kDebian},
      {"raspbian", "debian", "", kDebian},
      {"ubuntu", "debian", "", kUbuntu},
      {"linuxmint", "ubuntu debian", "", kUbuntu},
      {"sles", "suse", "", kSuse},
      {"sled", "suse", "", kSuse},
      {"sle-micro", "suse", "", kSuse},
      {"opensuse-leap", "suse opensuse", "", kSuse},
      {"opensuse-tumbleweed", "", "", kSuse},
      {"arch", "", "", kOther},
      {"rhelx", "", "", kOther},
      {"", "", "", kOther},
      {"x", "nothing known", "", kOther},
  };
  for (const auto& test : cases) {
    OsRelease os;
    os.id = test.id;
    os.id_like = test.id_like;
    os.variant_id = test.variant_id;
    EXPECT_EQ(DistributionOf(os), test.distribution) << test.id << " " << test.variant_id;
  }
}

struct ProfileCase {
  Distribution distribution;
  std::string_view name;
  ConfigDialect dialect;
  std::string_view config_path;
  std::vector<std::string_view> units;
  std::string_view default_collector;
  std::string_view restart_command;
};

TEST(ProfileTest, OneRowForEachDistribution) {
  const std::vector<ProfileCase> cases{
      {Distribution::kRhel,
       "rhel",
       ConfigDialect::kKdumpConf,
       "/etc/kdump.conf",
       {"kdump.service"},
       "makedumpfile -l --message-level 7 -d 31",
       "systemctl restart kdump"},
      {Distribution::kCoreos,
       "coreos",
       ConfigDialect::kKdumpConf,
       "/etc/kdump.conf",
       {"kdump.service"},
       "makedumpfile -l --message-level 7 -d 31",
       "systemctl restart kdump"},
      {Distribution::kDebian,
       "debian",
       ConfigDialect::kKdumpTools,
       "/etc/default/kdump-tools",
       {"kdump-tools.service"},
       "makedumpfile -c -d 31",
       "systemctl restart kdump-tools"},
      {Distribution::kUbuntu,
       "ubuntu",
       ConfigDialect::kKdumpTools,
       "/etc/default/kdump-tools",
       {"kdump-tools.service"},
       "makedumpfile -c -d 31",
       "systemctl restart kdump-tools"},
      {Distribution::kSuse,
       "suse",
       ConfigDialect::kSysconfig,
       "/etc/sysconfig/kdump",
       {"kdump.service", "kdump-early.service"},
       "makedumpfile -c -d 31",
       "systemctl restart kdump"},
      {Distribution::kOther,
       "other",
       ConfigDialect::kKdumpConf,
       "/etc/kdump.conf",
       {"kdump.service", "kdump-tools.service"},
       "makedumpfile -l --message-level 7 -d 31",
       "systemctl restart kdump"},
  };
  for (const auto& test : cases) {
    const Profile& profile = ProfileOf(test.distribution);
    EXPECT_EQ(profile.distribution, test.distribution) << test.name;
    EXPECT_EQ(profile.name, test.name);
    EXPECT_EQ(profile.dialect, test.dialect) << test.name;
    EXPECT_EQ(profile.config_path, test.config_path) << test.name;
    EXPECT_TRUE(std::ranges::equal(profile.units, test.units)) << test.name;
    EXPECT_EQ(profile.default_collector, test.default_collector) << test.name;
    EXPECT_EQ(profile.default_path, "/var/crash") << test.name;
    EXPECT_EQ(profile.restart_command, test.restart_command) << test.name;
  }
}

TEST(ProfileTest, AnythingElseIsOther) {
  EXPECT_EQ(ProfileOf(static_cast<Distribution>(99)).name, "other");
}

}  // namespace
}  // namespace kdumpd
