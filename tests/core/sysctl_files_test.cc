// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/sysctl_files.h"

#include <gtest/gtest.h>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

TEST(SysctlFiles, ReadsOneLine) {
  struct Row {
    std::string_view line;
    std::string_view key;  // "": no setting
    std::string_view value;
  };
  const std::vector<Row> rows{
      {"kernel.panic=10", "kernel.panic", "10"},
      {"  kernel.panic =\t10 \r", "kernel.panic", "10"},
      {"kernel/panic = 10", "kernel.panic", "10"},
      {"-kernel.panic=10", "kernel.panic", "10"},
      {"- kernel.panic=10", "kernel.panic", "10"},
      {"--kernel.panic=10", "-kernel.panic", "10"},
      {"kernel.core_pattern = |/bin/false a=b", "kernel.core_pattern", "|/bin/false a=b"},
      {"kernel.panic=", "kernel.panic", ""},
      {"kernel.panic=10 # ten", "kernel.panic", "10 # ten"},
      {"panic=10", "panic", "10"},
      {"net/ipv4/conf/eth0.5/forwarding=1", "net.ipv4.conf.eth0/5.forwarding", "1"},
      {"net.ipv4.conf.eth0/5.forwarding=1", "net.ipv4.conf.eth0/5.forwarding", "1"},
      {"", "", ""},
      {"# kernel.panic=10", "", ""},
      {" ; kernel.panic=10", "", ""},
      {"kernel.panic 10", "", ""},
      {"-kernel.panic", "", ""},
      {"=10", "", ""},
      {"-=10", "", ""},
      {"net.ipv4.conf.*.rp_filter=1", "", ""},
      {"kernel.pani?=1", "", ""},
      {"kernel.[p]anic=1", "", ""},
  };
  for (const Row& row : rows) {
    const auto settings = ParseSysctlFile(row.line, "/etc/sysctl.conf");
    if (row.key.empty()) {
      EXPECT_TRUE(settings.empty()) << row.line;
      continue;
    }
    ASSERT_EQ(settings.size(), 1U) << row.line;
    EXPECT_EQ(settings.front().key, row.key) << row.line;
    EXPECT_EQ(settings.front().value, row.value) << row.line;
    EXPECT_EQ(settings.front().file, "/etc/sysctl.conf");
  }
}

TEST(SysctlFiles, KeepsTheOrderAndRepetitions) {
  const auto settings = ParseSysctlFile("a.b=1\n#\nc.d=2\na.b=3", "f");
  ASSERT_EQ(settings.size(), 3U);
  EXPECT_EQ(settings[0].value, "1");
  EXPECT_EQ(settings[1].key, "c.d");
  EXPECT_EQ(settings[2].value, "3");
}

TEST(SysctlFiles, IsBounded) {
  std::string text;
  for (int i = 0; i < 1001; ++i) text += Cat("a.b", i, "=1\n");
  const auto settings = ParseSysctlFile(text, "f");
  ASSERT_EQ(settings.size(), 1000U);
  EXPECT_EQ(settings.back().key, "a.b999");
}

TEST(SysctlFiles, KnowsWhatIsJudged) {
  for (const std::string_view key :
       {"kernel.panic", "kernel.panic_on_oops", "kernel.hung_task_panic", "kernel.sysrq",
        "kernel.kexec_load_disabled", "kernel.kexec_load_limit_panic", "vm.panic_on_oom"}) {
    EXPECT_TRUE(JudgesSysctl(key)) << key;
  }
  for (const std::string_view key :
       {"kernel.pid_max", "vm.swappiness", "net.panic", "kernel", "kernel.sysrq2", ""}) {
    EXPECT_FALSE(JudgesSysctl(key)) << key;
  }
}

}  // namespace
}  // namespace kdumpd
