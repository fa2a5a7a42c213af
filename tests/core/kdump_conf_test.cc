// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "daemon/core/kdump_config.h"
#include "tests/core/config_problems.h"

namespace kdumpd {
namespace {

KdumpConfig Parse(std::string_view text) {
  return ParseKdumpConfig(ConfigDialect::kKdumpConf, text);
}

// The file as it is shipped: everything explained, next to nothing set.
constexpr std::string_view kShipped =
    R"(# This file contains a series of commands to perform (in order) in the kdump
# kernel after a kernel crash in the crash kernel(1st kernel) has happened.
#
# Supported options:
# auto_reset_crashkernel <yes|no>
# raw <partition>
# nfs <nfs mount>
# <fs type> <partition>

#raw /dev/vg/lv_kdump
#ext4 UUID=03138356-5e61-4ab3-b58e-27507ac41937
#nfs my.server.com:/export/tmp
#ssh user@my.server.com
#sshkey /root/.ssh/kdump_id_rsa
auto_reset_crashkernel yes
path /var/crash
core_collector makedumpfile -l --message-level 7 -d 31
#core_collector scp
#failure_action shell
#dracut_args --omit-drivers "cfg80211 snd" --add-drivers "ext2 ext3"
)";

TEST(KdumpConfTest, TheShippedFileIsFine) {
  const KdumpConfig config = Parse(kShipped);
  EXPECT_EQ(Told(config), std::vector<std::string>{}) << Messages(config);
  EXPECT_EQ(config.settings.size(), 3U);
  EXPECT_EQ(Told(config.target), "local   @0");
  EXPECT_EQ(config.path, "/var/crash");
  EXPECT_EQ(config.collector, "makedumpfile -l --message-level 7 -d 31");
  EXPECT_TRUE(config.collector_explicit);
  EXPECT_FALSE(config.failure_action_explicit);
}

TEST(KdumpConfTest, AnEmptyFileMeansTheDefaults) {
  const KdumpConfig config = Parse("");
  EXPECT_TRUE(config.problems.empty());
  EXPECT_TRUE(config.enabled);
  EXPECT_EQ(config.collector, "makedumpfile -l --message-level 7 -d 31");
  EXPECT_FALSE(config.collector_explicit);
  EXPECT_EQ(config.failure_action, "reboot");
  EXPECT_EQ(config.final_action, "reboot");
}

struct ProblemCase {
  std::string_view text;
  std::vector<std::string> told;
};

void ExpectProblems(const std::vector<ProblemCase>& cases) {
  for (const auto& test : cases) {
    const KdumpConfig config = Parse(test.text);
    EXPECT_EQ(Told(config), test.told) << test.text << '\n' << Messages(config);
  }
}

TEST(KdumpConfTest, RefusesWhatKdumpctlRefuses) {
  ExpectProblems({
      {"pathh /x\n", {"1 fatal unknown_option"}},
      {"Path /x\n", {"1 fatal unknown_option"}},  // case counts
      {"nfs4 h:/x\n", {"1 fatal unknown_option"}},
      {"ext5 /dev/sda1\n", {"1 fatal unknown_option"}},
      {"path=/x\n", {"1 fatal unknown_option"}},
      {"path\n", {"1 fatal no_value"}},
      {"path # here\n", {"1 fatal no_value"}},
      {"path \"\"\n", {"1 warn quoted_value", "1 fatal no_value"}},
      {"net h:/x\n", {"1 fatal deprecated_option"}},
      {"options x\nlink_delay 1\ndisk_timeout 1\ndebug_mem_level 1\nblacklist x\n",
       {"1 fatal deprecated_option", "2 fatal deprecated_option", "3 fatal deprecated_option",
        "4 fatal deprecated_option", "5 fatal deprecated_option"}},
      {"path /a\npath /a\n", {"2 fatal duplicate_option"}},
      {"dracut_args -a\ndracut_args -b\n", {"2 fatal duplicate_option"}},
      {"default reboot\nfailure_action reboot\n",
       {"1 warn obsolete_option", "2 fatal duplicate_option"}},
      {"failure_action reboot\ndefault reboot\n",
       {"2 fatal duplicate_option", "2 warn obsolete_option"}},
      {"nfs h:/x\nssh a@b\n", {"2 fatal several_targets"}},
      {"ext4 /dev/a\next4 /dev/a\n", {"2 fatal several_targets"}},
      {"ext4 /dev/a\ndracut_args --mount \"h:/x /mnt nfs4 rw\"\n", {"2 fatal several_targets"}},
      {"dracut_args --mount \"a b c\" --mount \"d e f\"\n", {"1 fatal several_mounts"}},
      {"dracut_args --mount\n", {"1 fatal no_value"}},
      {"force_rebuild 1\nforce_no_rebuild 1\n", {"2 fatal conflicting_options"}},
      {"force_rebuild yes\nforce_no_rebuild 2\n",
       {"1 fatal invalid_value", "2 fatal invalid_value"}},
      {"failure_action Reboot\n", {"1 fatal invalid_value"}},
      {"final_action shell\n", {"1 fatal invalid_value"}},
      {"ssh host\n", {"1 fatal invalid_ssh_target"}},
      {"ssh @host\n", {"1 fatal invalid_ssh_target"}},
      {"ssh user@\n", {"1 fatal invalid_ssh_target"}},
      {"ssh user@host other\n", {"1 fatal invalid_ssh_target"}},
      {"path /a\r\ncore_collector makedumpfile -d 31\r\n", {"1 fatal crlf"}},
  });
}

TEST(KdumpConfTest, WarnsOfTraps) {
  ExpectProblems({
      {"default reboot\n", {"1 warn obsolete_option"}},
      {"path var/crash\n", {"1 warn path_not_absolute"}},
      {"nfs host\n", {"1 warn invalid_nfs_target"}},
      {"nfs host:export\n", {"1 warn invalid_nfs_target"}},
      {"nfs :/export\n", {"1 warn invalid_nfs_target"}},
      {"ext4 sda1\n", {"1 warn invalid_device"}},
      {"raw UUD=1\n", {"1 warn invalid_device"}},
      {"ext4 LABEL=dump#1\n", {"1 warn value_cut"}},
      {"path \"/var/crash\"\n", {"1 warn quoted_value"}},
      {"path \"/var/crash\n", {"1 warn unbalanced_quotes", "1 warn path_not_absolute"}},
      {"path /a\nfinal_action reboot", {"2 warn unterminated_line"}},
  });
}

TEST(KdumpConfTest, LeavesInPeace) {
  ExpectProblems({
      {"  # indented comment\n\n \t \n", {}},
      {"path /a # a comment", {"1 warn unterminated_line"}},
      {"path /a\n# no newline here", {}},
      {"\tpath\t/a\t# comment\n", {}},
      {"kdump_pre /a\nkdump_post /b\nkdump_emergency /c\nextra_bins /d /e\nextra_modules nfs\n",
       {}},
      {"sshkey /k\nfence_kdump_args -p 1\nfence_kdump_nodes a b\n", {}},
      {"force_rebuild 1\nforce_no_rebuild 0\n", {}},
      {"failure_action dump_to_rootfs\nfinal_action poweroff\n", {}},
      {"nfs [fe80::1]:/export\n", {}},
      {"ssh user@fe80::1\n", {}},
      {"btrfs PARTLABEL=x\n", {}},
      {"ext4 /dev/a\ndracut_args --omit x\n", {}},
  });
}

struct TargetCase {
  std::string_view text;
  std::string_view target;
};

TEST(KdumpConfTest, FindsTheTarget) {
  const std::vector<TargetCase> cases{
      {"ext4 UUID=1-2\n", "device UUID=1-2 ext4 @1"},
      {"path /x\nxfs /dev/vg/lv\n", "device /dev/vg/lv xfs @2"},
      {"raw /dev/sdb1\n", "raw /dev/sdb1  @1"},
      {"nfs h:/x\n", "nfs h:/x  @1"},
      {"ssh u@h\n", "ssh u@h  @1"},
      {"ssh u:secret@h\n", "ssh u:***@h  @1"},
      {"virtiofs tag\n", "virtiofs tag  @1"},
      {"dracut_args --add x --mount \"/dev/b /mnt ext4 rw\"\n", "mount /dev/b ext4 @1"},
      {"dracut_args --mount '/dev/b /mnt ext4'\n", "mount /dev/b ext4 @1"},
      {"dracut_args --mount=\"h:/x /mnt nfs4\"\n", "nfs h:/x nfs4 @1"},
      {"dracut_args --mount \"//h/s /mnt cifs password=p\"\n", "smb //h/s cifs @1"},
      {"dracut_args --mount \"tag /mnt virtiofs\"\n", "virtiofs tag virtiofs @1"},
      {"dracut_args --add mounts\n", "local   @0"},
  };
  for (const auto& test : cases) EXPECT_EQ(Told(Parse(test.text).target), test.target) << test.text;
}

TEST(KdumpConfTest, ReadsValuesAsTheToolDoes) {
  const KdumpConfig config = Parse(
      "core_collector  makedumpfile \t -l   -d 31 \n"
      "path /a b\n"
      "default shell\n"
      "final_action \"halt\" # as asked\n");
  EXPECT_EQ(config.collector, "makedumpfile -l -d 31");
  EXPECT_EQ(config.path, "/a b");
  EXPECT_EQ(config.failure_action, "shell");
  EXPECT_TRUE(config.failure_action_explicit);
  EXPECT_EQ(config.final_action, "halt");
  EXPECT_TRUE(config.final_action_explicit);
  EXPECT_EQ(config.settings[2].line, 3);
  EXPECT_EQ(config.settings[2].key, "default");
}

TEST(KdumpConfTest, StreamsAreFlattenedByDefault) {
  EXPECT_EQ(Parse("ssh u@h\n").collector, "makedumpfile -l --message-level 7 -d 31 -F");
  EXPECT_EQ(Parse("raw /dev/b\n").collector, "makedumpfile -l --message-level 7 -d 31 -F");
  EXPECT_EQ(Parse("nfs h:/x\n").collector, "makedumpfile -l --message-level 7 -d 31");
  EXPECT_EQ(Parse("ssh u@h\ncore_collector scp\n").collector, "scp");
}

TEST(KdumpConfTest, NamesTokenAndExpectation) {
  EXPECT_EQ(Messages(Parse("failure_action rebot\n")),
            "failure_action is 'rebot'; expected one of reboot halt poweroff shell "
            "dump_to_rootfs\n");
  EXPECT_EQ(Messages(Parse("a\x1b[1m x\n")),
            "invalid option 'a\\x1b[1m'; expected a directive of kdump.conf(5)\n");
  EXPECT_EQ(Messages(Parse("path /a\n\npath /b\n")),
            "option 'path' repeats path of line 1; expected one\n");
}

}  // namespace
}  // namespace kdumpd
