// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "daemon/core/kdump_config.h"
#include "tests/core/config_problems.h"

namespace kdumpd {
namespace {

KdumpConfig Parse(std::string_view text) {
  return ParseKdumpConfig(ConfigDialect::kKdumpTools, text);
}

// As Debian ships it: five settings, the rest explained.
constexpr std::string_view kShipped = R"(# kdump-tools configuration
# ---------------------------------------------------------------------------
# USE_KDUMP - 0: the capture kernel is not loaded, 1: it is
#
USE_KDUMP=1


# KDUMP_KERNEL - full path of the kernel, KDUMP_INITRD - of its initrd
KDUMP_KERNEL=/var/lib/kdump/vmlinuz
KDUMP_INITRD=/var/lib/kdump/initrd.img

#     Example - a shell when the copy fails:
#         KDUMP_FAIL_CMD="echo 'makedumpfile FAILED.'; /bin/bash; reboot -f"
KDUMP_COREDIR="/var/crash"
#KDUMP_FAIL_CMD="reboot -f"
#KDUMP_DUMP_DMESG=
#MAKEDUMP_ARGS="-c -d 31"
#HOSTTAG="hostname|[ip]"
#NFS="<nfs mount>"
#FTP="<server>:<path>"
#FTP_PASSWORD=""
#SSH="<user at server>"
)";

TEST(KdumpToolsTest, TheShippedFileIsFine) {
  const KdumpConfig config = Parse(kShipped);
  EXPECT_EQ(Told(config), std::vector<std::string>{}) << Messages(config);
  EXPECT_TRUE(config.enabled);
  EXPECT_EQ(config.kernel_image, "/var/lib/kdump/vmlinuz");
  EXPECT_EQ(config.initrd, "/var/lib/kdump/initrd.img");
  EXPECT_EQ(config.path, "/var/crash");
  EXPECT_EQ(config.collector, "makedumpfile -F -c -d 31");
  EXPECT_FALSE(config.collector_explicit);
  EXPECT_EQ(config.failure_action, "reboot");
  EXPECT_FALSE(config.failure_action_explicit);
  EXPECT_EQ(Told(config.target), "local   @0");
}

struct SwitchCase {
  std::string_view text;
  bool enabled;
  std::vector<std::string> told;
};

TEST(KdumpToolsTest, TheSwitchIsANumber) {
  const std::vector<SwitchCase> cases{
      {"USE_KDUMP=1\n", true, {}},
      {"USE_KDUMP=\"1\"\n", true, {}},
      {"USE_KDUMP=0\nUSE_KDUMP=1\n", true, {}},
      {"USE_KDUMP=2\n", true, {"1 warn invalid_value"}},
      {"USE_KDUMP=0\n", false, {}},
      {"USE_KDUMP=\n", false, {}},
      {"", false, {}},
      {"#USE_KDUMP=1\n", false, {}},
      {"USE_KDUMP=yes\n", false, {"1 fatal invalid_value"}},
      {"USE_KDUMP = 1\n", false, {"1 warn not_an_assignment"}},
      {"USE_KDUMP=1\r\n", true, {"1 fatal crlf"}},
  };
  for (const auto& test : cases) {
    const KdumpConfig config = Parse(test.text);
    EXPECT_EQ(config.enabled, test.enabled) << test.text;
    EXPECT_EQ(Told(config), test.told) << test.text;
  }
}

struct ProblemCase {
  std::string_view text;  // without USE_KDUMP=1, which is line 1
  std::vector<std::string> told;
};

TEST(KdumpToolsTest, TellsOfWhatDashAndSystemdRefuse) {
  const std::vector<ProblemCase> cases{
      {"KDUMP_COREDIR=\"/x\n", {"2 fatal unbalanced_quotes"}},
      {"KDUMP_COREDIR=/$(hostname)\n", {"2 fatal command_substitution"}},
      {"KDUMP_COREDIR=\"/$(hostname)\"\n", {"2 fatal command_substitution"}},
      {"KDUMP_COREDIR=/`hostname`\n", {"2 fatal command_substitution"}},
      {"KDUMP_COREDIR=/$X\n", {"2 warn variable_expansion"}},
      {"KDUMP_CMDLINE_APPEND+=\" x\"\n", {"2 fatal append_assignment"}},
      {"KDUMP_KEXEC_ARGS=(-s)\n", {"2 fatal syntax_error"}},
      {"MAKEDUMP_ARGS=-c -d 31\n", {"2 warn extra_words"}},
      {"export SSH=a@b\n", {"2 warn export"}},
      {"KDUMP_COREDIRS=/x\n", {"2 warn unknown_variable"}},
      {"KDUMP_CMDLINE=\"root=/dev/sda1\"\n", {"2 warn command_line_replaced"}},
      {"KDUMP_COMPRESSION=zstd\n", {"2 warn invalid_value"}},
      {"KDUMP_COMPRESSION=lz4\nHOSTTAG=ip\nKDUMP_NUM_DUMPS=3\nKDUMP_DUMP_DMESG=0\n", {}},
      {"HOSTTAG=name\nFTP_PORT=x\n", {"2 warn invalid_value", "3 warn invalid_value"}},
      {"KDUMP_COREDIR=crash\n", {"2 warn path_not_absolute"}},
      {"SSH=host\n", {"2 warn invalid_ssh_target"}},
      {"NFS=host\n", {"2 warn invalid_nfs_target"}},
      {"NFS=host:/x\nSSH=a@b\n", {"2 warn several_targets"}},
      {"KDUMP_FAIL_CMD=\"echo failed; /bin/bash\"\n", {"2 warn not_a_shell_command"}},
      {"KDUMP_FAIL_CMD=\"echo 'failed'\"\n", {"2 warn not_a_shell_command"}},
      {"KDUMP_FAIL_CMD=\"reboot -f\"\n", {}},
  };
  for (const auto& test : cases) {
    const KdumpConfig config = Parse(Cat("USE_KDUMP=1\n", test.text));
    EXPECT_EQ(Told(config), test.told) << test.text << Messages(config);
  }
}

struct TargetCase {
  std::string_view text;
  std::string_view target;
  std::string_view path;
};

TEST(KdumpToolsTest, FindsTargetAndPath) {
  const std::vector<TargetCase> cases{
      {"", "local   @0", "/var/crash"},
      {"KDUMP_COREDIR=\n", "local   @0", "/var/crash"},
      {"KDUMP_COREDIR=/srv/c\n", "local   @0", "/srv/c"},
      {"NFS=h:/x\n", "nfs h:/x  @1", "/var/crash"},
      {"\nSSH=\"u@h\"\nKDUMP_COREDIR=/c\n", "ssh u@h  @2", "/c"},
      {"FTP=h\n", "ftp h  @1", "/"},
      {"FTP=h:/up:load\n", "ftp h  @1", "/up:load"},
      {"FTP=u:pw@h:/up\n", "ftp u:***@h  @1", "/up"},
      {"SSH=a@b\nFTP=h:/f\n", "ftp h  @2", "/f"},  // savecore begins with FTP
      {"NFS=\nSSH=\n", "local   @0", "/var/crash"},
  };
  for (const auto& test : cases) {
    const KdumpConfig config = Parse(test.text);
    EXPECT_EQ(Told(config.target), test.target) << test.text;
    EXPECT_EQ(config.path, test.path) << test.text;
  }
}

struct CollectorCase {
  std::string_view text;
  std::string_view collector;
};

TEST(KdumpToolsTest, FlattensExactlyOnce) {
  const std::vector<CollectorCase> cases{
      {"", "makedumpfile -F -c -d 31"},
      {"MAKEDUMP_ARGS=\n", "makedumpfile -F -c -d 31"},
      {"MAKEDUMP_ARGS=\"-c -d 17\"\n", "makedumpfile -c -d 17 -F"},
      {"MAKEDUMP_ARGS=\"-F -l  -d 31\"\n", "makedumpfile -F -l -d 31"},
      {"MAKEDUMP_ARGS=\"-c -F -d 31 -F\"\n", "makedumpfile -c -F -d 31"},
      {"MAKEDUMP_ARGS=\"-cF -d 31\"\n", "makedumpfile -cF -d 31"},
      {"MAKEDUMP_ARGS=\"-x -F\"\n", "makedumpfile -x -F -F"},  // the first is a file name
  };
  for (const auto& test : cases) {
    EXPECT_EQ(Parse(test.text).collector, test.collector) << test.text;
  }
  EXPECT_TRUE(Parse("MAKEDUMP_ARGS=-l\n").collector_explicit);
}

TEST(KdumpToolsTest, TakesTheFailureCommandAsItStands) {
  const KdumpConfig config = Parse("KDUMP_FAIL_CMD=\"/bin/bash\"\n");
  EXPECT_EQ(config.failure_action, "/bin/bash");
  EXPECT_TRUE(config.failure_action_explicit);
}

TEST(KdumpToolsTest, ShowsNoPassword) {
  const KdumpConfig config = Parse(
      "FTP_PASSWORD=hunter2 x\n"
      "FTP_PASSWORD = hunter2\n"
      "FTP_PASSWORD+=hunter2\n"
      "FTP=ftp://u:hunter2@h\n"
      "SSH=u:hunter2@h\n"
      "HOSTTAG=FTP_PASSWORD=hunter2\n"
      "hunter2\n"
      "FTP_PASSWORD='hunter2\n");
  EXPECT_EQ(config.problems.size(), 7U);
  EXPECT_EQ(Messages(config).find("hunter2"), std::string::npos) << Messages(config);
  EXPECT_EQ(config.target.spec.find("hunter2"), std::string::npos) << config.target.spec;
}

}  // namespace
}  // namespace kdumpd
