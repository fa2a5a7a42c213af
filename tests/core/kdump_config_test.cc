// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/kdump_config.h"

#include <gtest/gtest.h>

#include "daemon/core/config_dialects.h"
#include "tests/core/config_problems.h"

namespace kdumpd {
namespace {

struct RedactCase {
  std::string_view key;
  std::string_view value;
  std::string_view shown;
};

TEST(KdumpConfigTest, RedactsSecrets) {
  const std::vector<RedactCase> cases{
      {"FTP_PASSWORD", "hunter2", "***"},
      {"ftp_password", "hunter2", "***"},
      {"FTP_PASSWORD", "", ""},
      {"KDUMP_SMTP_PASSWORD", "a b", "***"},
      {"API_TOKEN", "x", "***"},
      {"A_SECRET_B", "x", "***"},
      {"SSH_PASSPHRASE", "x", "***"},
      {"FTP_USER", "bob", "bob"},
      {"PASS_PORT", "1", "1"},
      {"KDUMP_SAVEDIR", "ftp://bob:pw@host/dir", "ftp://bob:***@host/dir"},
      {"", "ftp://bob@host/dir", "ftp://bob@host/dir"},
      {"", "ftp://:pw@host/dir", "ftp://:***@host/dir"},
      {"", "ssh://u:p@ss@host/d", "ssh://u:***@host/d"},
      {"", "ssh://u:p/w@host/d", "ssh://u:***@host/d"},
      {"", "x ftp://a:b@h y cifs://c:d@h z", "x ftp://a:***@h y cifs://c:***@h z"},
      {"", "http://host:80/path", "http://host:80/path"},
      {"", "makedumpfile -l -d 31", "makedumpfile -l -d 31"},
      {"", "user@host", "user@host"},
      {"", "rw,password=pw,uid=0", "rw,password=***"},
      {"", "FTP_PASSWORD='a b' c", "FTP_PASSWORD=***"},
      {"", "curl --password pw x", "curl --password ***"},
      {"", "a secret", "a secret"},
      {"", "a:password=ftp://u:v@h/", "a:password=***"},
      {"", "ftp://u:token/x@h/", "ftp://u:***@h/"},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(Redact(test.key, test.value), test.shown) << test.key << ' ' << test.value;
  }
}

TEST(KdumpConfigTest, NamesTargets) {
  EXPECT_EQ(Name(TargetKind::kImplicit), "local");
  EXPECT_EQ(Name(TargetKind::kDevice), "device");
  EXPECT_EQ(Name(TargetKind::kRaw), "raw");
  EXPECT_EQ(Name(TargetKind::kNfs), "nfs");
  EXPECT_EQ(Name(TargetKind::kSsh), "ssh");
  EXPECT_EQ(Name(TargetKind::kVirtiofs), "virtiofs");
  EXPECT_EQ(Name(TargetKind::kFtp), "ftp");
  EXPECT_EQ(Name(TargetKind::kSmb), "smb");
  EXPECT_EQ(Name(TargetKind::kMount), "mount");
}

TEST(KdumpConfigTest, KnowsWhatIsRemote) {
  for (const auto kind : {TargetKind::kNfs, TargetKind::kSsh, TargetKind::kVirtiofs,
                          TargetKind::kFtp, TargetKind::kSmb}) {
    EXPECT_TRUE(IsRemote(kind)) << Name(kind);
  }
  for (const auto kind :
       {TargetKind::kImplicit, TargetKind::kDevice, TargetKind::kRaw, TargetKind::kMount}) {
    EXPECT_FALSE(IsRemote(kind)) << Name(kind);
  }
}

TEST(KdumpConfigTest, FindsTheLastValue) {
  KdumpConfig config;
  config.settings = {{1, "a", "1"}, {2, "b", "2"}, {3, "a", "3"}};
  ASSERT_NE(config.Find("a"), nullptr);
  EXPECT_EQ(*config.Find("a"), "3");
  EXPECT_EQ(config.Find("c"), nullptr);
  EXPECT_EQ(config.Find("A"), nullptr);
}

TEST(KdumpConfigTest, EachDialectReadsItsOwn) {
  constexpr std::string_view kText = "USE_KDUMP=1\n";
  for (const auto dialect :
       {ConfigDialect::kKdumpConf, ConfigDialect::kKdumpTools, ConfigDialect::kSysconfig}) {
    EXPECT_EQ(ParseKdumpConfig(dialect, kText).dialect, dialect);
  }
  EXPECT_EQ(Told(ParseKdumpConfig(ConfigDialect::kKdumpConf, kText)),
            std::vector<std::string>{"1 fatal unknown_option"});
  EXPECT_EQ(Told(ParseKdumpConfig(ConfigDialect::kKdumpTools, kText)), std::vector<std::string>{});
  EXPECT_EQ(Told(ParseKdumpConfig(ConfigDialect::kSysconfig, kText)),
            std::vector<std::string>{"1 warn unknown_variable"});
}

TEST(KdumpConfigTest, KeepsTwoHundredProblems) {
  std::string text;
  for (int i = 0; i < 201; ++i) text += "x y\n";
  const KdumpConfig config = ParseKdumpConfig(ConfigDialect::kKdumpConf, text);
  EXPECT_EQ(config.problems.size(), 200U);
  EXPECT_EQ(config.problems.back().line, 200);
}

TEST(KdumpConfigTest, KnowsAnExport) {
  for (const auto good : {"h:/x", "10.0.0.1:/", "[::1]:/x", "h.example.com:/a:b"}) {
    EXPECT_TRUE(IsNfsExport(good)) << good;
  }
  for (const auto bad : {"", ":/x", "h:x", "h/x", "h: /x", "h:/x y", "[::1:/x"}) {
    EXPECT_FALSE(IsNfsExport(bad)) << bad;
  }
}

}  // namespace
}  // namespace kdumpd
