// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "daemon/core/kdump_config.h"
#include "tests/core/config_problems.h"

namespace kdumpd {
namespace {

KdumpConfig Parse(std::string_view text) {
  return ParseKdumpConfig(ConfigDialect::kSysconfig, text);
}

// The shape of the shipped template: every variable set, most of them empty.
constexpr std::string_view kShipped = R"(## Path:        System/Kernel/Kdump
## Description: Crash Dump Configuration

## Type:	string
## Default:	""
## ServiceRestart:	kdump
#
# Kernel Version string for the -kdump kernel.
#
KDUMP_KERNELVER=""
KDUMP_CPUS=32
KDUMP_COMMANDLINE=""
KDUMP_COMMANDLINE_APPEND=""
KDUMP_AUTO_RESIZE="false"
KEXEC_OPTIONS=""
MAKEDUMPFILE_OPTIONS=""
KDUMP_IMMEDIATE_REBOOT="true"
KDUMP_TRANSFER=""
#   - a FTP server, for example "ftp://user:password@host/var/crash"
KDUMP_SAVEDIR="/var/crash"
KDUMP_KEEP_OLD_DUMPS=0
KDUMP_FREE_DISK_SIZE=64
KDUMP_VERBOSE=0
KDUMP_DUMPLEVEL=31
KDUMP_DUMPFORMAT="compressed"
KDUMP_CONTINUE_ON_ERROR="true"
KDUMP_REQUIRED_PROGRAMS=""
KDUMP_PRESCRIPT=""
KDUMP_POSTSCRIPT=""
KDUMP_NETCONFIG="auto"
KDUMP_NET_TIMEOUT=30
KDUMP_SMTP_SERVER=""
KDUMP_SMTP_USER=""
KDUMP_SMTP_PASSWORD=""
KDUMP_NOTIFICATION_TO=""
KDUMP_NOTIFICATION_CC=""
KDUMP_HOST_KEY=""
KDUMP_SSH_IDENTITY=""
KDUMP_CRASHKERNEL="auto"
KDUMP_UPDATE_BOOTLOADER="true"
)";

TEST(SuseSysconfigTest, TheShippedFileIsFine) {
  const KdumpConfig config = Parse(kShipped);
  EXPECT_EQ(Told(config), std::vector<std::string>{}) << Messages(config);
  EXPECT_TRUE(config.enabled);
  EXPECT_EQ(config.path, "/var/crash");
  EXPECT_EQ(Told(config.target), "local   @20");
  EXPECT_EQ(config.collector, "makedumpfile -F -c --num-threads 32 -d 31");
  EXPECT_EQ(config.failure_action, "reboot");
  EXPECT_EQ(config.final_action, "reboot");
}

TEST(SuseSysconfigTest, AnEmptyFileMeansTheDefaults) {
  const KdumpConfig config = Parse("");
  EXPECT_TRUE(config.problems.empty());
  EXPECT_TRUE(config.enabled);
  EXPECT_EQ(config.path, "/var/crash");
  EXPECT_EQ(config.collector, "makedumpfile -F -c -d 31");
  EXPECT_FALSE(config.collector_explicit);
  EXPECT_FALSE(config.failure_action_explicit);
}

struct TargetCase {
  std::string_view savedir;
  std::string_view target;
  std::string_view path;
  std::vector<std::string> told;
};

TEST(SuseSysconfigTest, ReadsTheUrl) {
  const std::vector<TargetCase> cases{
      {"/srv/crash", "local   @1", "/srv/crash", {}},
      {"file:///srv/crash", "local   @1", "/srv/crash", {}},
      {"FILE:///srv", "local   @1", "/srv", {}},
      {"file://srv", "local   @1", "srv", {"1 warn path_not_absolute"}},
      {"nfs://server/export/crash", "nfs server:/export/crash  @1", "/export/crash", {}},
      {"nfs://server", "nfs server:/  @1", "/", {}},
      {"ssh://u@h/d", "ssh u@h  @1", "/d", {}},
      {"sftp://u@h:2222/d", "ssh u@h:2222  @1", "/d", {}},
      {"scp://h/d", "ssh h  @1", "/d", {}},
      {"ssh://u:pw@h/d", "ssh u:***@h  @1", "/d", {"1 warn password_in_url"}},
      {"ftp://u:p@w@h/d", "ftp u:***@h  @1", "/d", {"1 warn password_in_url"}},
      {"cifs://u:pw@h/share/d", "smb //h/share/d  @1", "/share/d", {"1 warn password_in_url"}},
      {"smb://h/share", "smb //h/share  @1", "/share", {}},
      {"/a /b", "local   @1", "/a", {"1 warn several_targets"}},
      {"ssh:///d", "ssh   @1", "/d", {"1 fatal invalid_target"}},
      {"http://h/d", "local   @1", "/var/crash", {"1 fatal invalid_target"}},
      {"srv/crash", "local   @1", "/var/crash", {"1 fatal invalid_target"}},
      {"file:/srv", "local   @1", "/var/crash", {"1 fatal invalid_target"}},
      {"nfss://h/d", "local   @1", "/var/crash", {"1 fatal invalid_target"}},
      {" ", "local   @1", "/var/crash", {}},
  };
  for (const auto& test : cases) {
    const KdumpConfig config = Parse(Cat("KDUMP_SAVEDIR='", test.savedir, "'\n"));
    EXPECT_EQ(Told(config.target), test.target) << test.savedir;
    EXPECT_EQ(config.path, test.path) << test.savedir;
    EXPECT_EQ(Told(config), test.told) << test.savedir;
  }
}

struct CollectorCase {
  std::string_view text;
  std::string_view collector;
};

TEST(SuseSysconfigTest, BuildsTheCommandOfKdumpSave) {
  const std::vector<CollectorCase> cases{
      {"KDUMP_DUMPLEVEL=17", "makedumpfile -F -c -d 17"},
      {"KDUMP_DUMPLEVEL=32", "makedumpfile -F -c -d 0"},
      {"KDUMP_DUMPLEVEL=high", "makedumpfile -F -c -d 31"},
      {"KDUMP_DUMPFORMAT=ELF\nKDUMP_CPUS=4", "makedumpfile -F -E -d 31"},
      {"KDUMP_DUMPFORMAT=lzo\nKDUMP_CPUS=4", "makedumpfile -F -l --num-threads 4 -d 31"},
      {"KDUMP_DUMPFORMAT=snappy\nKDUMP_CPUS=1", "makedumpfile -F -p -d 31"},
      {"KDUMP_DUMPFORMAT=zstd\nKDUMP_CPUS=0", "makedumpfile -F -z -d 31"},
      {"KDUMP_DUMPFORMAT=elf", "makedumpfile -F -z -d 31"},
      {"KDUMP_DUMPFORMAT=raw", "cp"},
      {"MAKEDUMPFILE_OPTIONS='-X --non-mmap'", "makedumpfile -F -c -d 31 -X --non-mmap"},
      {"KDUMP_TRANSFER='curl -T /proc/vmcore ftp://u:pw@h/'",
       "curl -T /proc/vmcore ftp://u:***@h/"},
  };
  for (const auto& test : cases) EXPECT_EQ(Parse(test.text).collector, test.collector) << test.text;
}

TEST(SuseSysconfigTest, FormatNoneMeansNoDump) {
  EXPECT_FALSE(Parse("KDUMP_DUMPFORMAT=none").enabled);
  EXPECT_TRUE(Parse("KDUMP_DUMPFORMAT=None").enabled);
  EXPECT_TRUE(Parse("KDUMP_DUMPFORMAT=none\nKDUMP_TRANSFER=/sbin/x").enabled);
}

struct ActionCase {
  std::string_view text;
  std::string_view failure;
  std::string_view final;
};

TEST(SuseSysconfigTest, ReadsTheActions) {
  const std::vector<ActionCase> cases{
      {"KDUMP_CONTINUE_ON_ERROR=false", "shell", "reboot"},
      {"KDUMP_CONTINUE_ON_ERROR=no", "shell", "reboot"},
      {"KDUMP_CONTINUE_ON_ERROR=0", "shell", "reboot"},
      {"KDUMP_CONTINUE_ON_ERROR=yes", "reboot", "reboot"},
      {"KDUMP_CONTINUE_ON_ERROR=False", "reboot", "reboot"},  // not a word it knows
      {"KDUMP_IMMEDIATE_REBOOT=\"no\"", "reboot", "shell"},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(Parse(test.text).failure_action, test.failure) << test.text;
    EXPECT_EQ(Parse(test.text).final_action, test.final) << test.text;
  }
}

struct ProblemCase {
  std::string_view text;
  std::vector<std::string> told;
};

TEST(SuseSysconfigTest, TellsOfTraps) {
  const std::vector<ProblemCase> cases{
      {"KDUMP_SAVEDIR=\"/x\n", {"1 fatal unbalanced_quotes"}},
      {"KDUMP_CPUS=1\r\n", {"1 fatal crlf"}},
      {"KDUMP_KERNELVER=$(uname -r)\n", {"1 warn command_substitution"}},
      {"KDUMP_KERNELVER=$V\n", {"1 warn variable_expansion"}},
      {"KDUMP_COMMANDLINE_APPEND=a\nKDUMP_COMMANDLINE_APPEND+=' b'\nexport KDUMP_CPUS=1\n", {}},
      {"KDUMP_REQUIRED_PROGRAMS=(a b)\n", {"1 warn syntax_error"}},
      {"KDUMP_COMMANDLINE=x\n", {"1 warn command_line_replaced"}},
      {"KDUMP_COPY_KERNEL=yes\n", {}},
      {"KDUMPTOOL_FLAGS=\n", {}},
      {"KDUMP_SAVEDIRS=/x\n", {"1 warn unknown_variable"}},
      {"KDUMP_DUMPLEVEL=32\n", {"1 warn dump_level_invalid"}},
      {"KDUMP_DUMPFORMAT=zlib\n", {"1 warn invalid_value"}},
      {"KDUMP_KEEP_OLD_DUMPS=-1\n", {"1 warn invalid_value"}},
      {"KDUMP_CONTINUE_ON_ERROR=maybe\n", {"1 warn invalid_value"}},
  };
  for (const auto& test : cases) {
    const KdumpConfig config = Parse(test.text);
    EXPECT_EQ(Told(config), test.told) << test.text << Messages(config);
  }
}

TEST(SuseSysconfigTest, ShowsNoPassword) {
  for (const auto url : {"ftp://u:hunter2@h/d", "FTP://u:hunter2@h/d", "cifs://u:hun/ter2@h/d",
                         "ssh://u:hunter2@/d", "http://u:hunter2@h/", "ftp://u:x@hunter2@h/d"}) {
    const KdumpConfig config = Parse(Cat("KDUMP_SAVEDIR=", url, '\n'));
    const std::string shown = Messages(config) + config.target.spec + config.path;
    EXPECT_EQ(shown.find("hun"), std::string::npos) << url << ": " << shown;
    EXPECT_EQ(shown.find("ter2"), std::string::npos) << url << ": " << shown;
    EXPECT_FALSE(config.problems.empty()) << url;
  }
}

}  // namespace
}  // namespace kdumpd
