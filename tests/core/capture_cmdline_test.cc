// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/capture_cmdline.h"

#include <gtest/gtest.h>

namespace kdumpd {
namespace {

using Settings = std::vector<ConfigSetting>;

TEST(KdumpctlLine, RemovesAndAppends) {
  struct Row {
    std::string_view what, cmdline;
    Settings settings;
    std::string_view text;
  };
  const auto remove = [](std::string list) {
    return Settings{{1, "KDUMP_COMMANDLINE_REMOVE", std::move(list)}};
  };
  const Row rows[] = {
      {"always removed",
       "root=/dev/sda1 crashkernel=256M panic_on_warn=1 rd.lvm.lv=rhel/root rd.luks.uuid=x "
       "rd.md.uuid=y rd.dm.uuid=z fcoe=a netroot=b rd.iscsi.initiator=c iscsi_initiator=d ro",
       {},
       "ro"},
      {"names that only begin so",
       "rootflags=x crashkernelx=1 rd.lvm=0",
       {},
       "rootflags=x crashkernelx=1 rd.lvm=0"},
      {"kdumpctl's own list", "hugepages=4 hugepagesz=1G slub_debug quiet ro", {}, "quiet ro"},
      {"an empty list is a list", "hugepages=4 ro", remove(""), "hugepages=4 ro"},
      {"with and without value", "a b=x c", remove("b a"), "c"},
      {"a quoted value goes whole", "a b=\"x y\" c", remove("b"), "a c"},
      {"a list entry with a value removes by its key", "a b=\"x y\" c", remove("b=x"), "a c"},
      {"keys are compared as they stand", "log-buf-len=1M ro", remove("log_buf_len"),
       "log-buf-len=1M ro"},
      {"nothing after = is nothing", "a= b=c= ro", {}, "b=c= ro"},
      {"appended as it stands",
       "ro",
       {{1, "KDUMP_COMMANDLINE_APPEND", "nr_cpus=1  x=\"1 2\""}},
       "ro nr_cpus=1 x=\"1 2\""},
      {"another line to begin with",
       "ro crashkernel=1G",
       {{1, "KDUMP_COMMANDLINE", "rw root=/dev/sda crashkernel=256M"}},
       "rw"},
      {"the last assignment counts",
       "ro",
       {{1, "KDUMP_COMMANDLINE_APPEND", "a"}, {2, "KDUMP_COMMANDLINE_APPEND", "b"}},
       "ro b"},
      {"nothing at all", "", {}, ""},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(KdumpctlLine(row.cmdline, row.settings).text, row.text) << row.what;
  }
  const CaptureLine line =
      KdumpctlLine("crashkernel=1G ro", {{1, "KDUMP_COMMANDLINE_APPEND", "a b"}});
  EXPECT_EQ(line.removed, std::vector<std::string>{"crashkernel=1G"});
  EXPECT_EQ(line.appended, (std::vector<std::string>{"a", "b"}));
  EXPECT_FALSE(line.replaced);
  EXPECT_TRUE(KdumpctlLine("", {{1, "KDUMP_COMMANDLINE", "ro"}}).replaced);
}

std::string DebianLine(std::string_view cmdline, std::string_view config) {
  return KdumpToolsLine(cmdline, ParseKdumpConfig(ConfigDialect::kKdumpTools, config)).text;
}

TEST(KdumpToolsLine, RemovesFourWordsWithValues) {
  const std::string append =
      " reset_devices systemd.unit=kdump-tools-dump.service nr_cpus=1 irqpoll usbcore.nousb";
  EXPECT_EQ(
      DebianLine("root=LABEL=x crashkernel=384M-:128M hugepages=4 hugepagesz=1G abm=1 ro", ""),
      "root=LABEL=x ro" + append);
  EXPECT_EQ(DebianLine("ro xcrashkernel=1 abm hugepages", ""),
            "ro xcrashkernel=1 abm hugepages" + append);
  EXPECT_EQ(DebianLine("ro", "KDUMP_CMDLINE_APPEND=\"maxcpus=1\""), "ro maxcpus=1");
  EXPECT_EQ(DebianLine("ro", "KDUMP_CMDLINE_APPEND=\"\""), "ro" + append);
  EXPECT_EQ(DebianLine("ro", "KDUMP_CMDLINE=\"rw crashkernel=1G\""), "rw crashkernel=1G" + append);
}

std::string SuseText(std::string_view cmdline, std::string_view config,
                     std::string_view architecture = "x86_64") {
  return SuseLine(cmdline, ParseKdumpConfig(ConfigDialect::kSysconfig, config), architecture).text;
}

TEST(SuseLine, FollowsLoadSh) {
  const std::string fixed =
      " sysrq=yes reset_devices acpi_no_memhotplug cgroup_disable=memory nokaslr numa=off irqpoll";
  const std::string root = " root=kdump rootflags=bind rd.udev.children-max=8";
  EXPECT_EQ(SuseText("BOOT_IMAGE=/x root=UUID=1 splash=silent mem=4G resume=/dev/sda2 quiet "
                     "crashkernel=311M,high crashkernel=72M,low hugepages=2 console=hvc0",
                     ""),
            "quiet" + fixed + root + " panic=1");
  EXPECT_EQ(SuseText("quiet console=hvc0 notsc", "KDUMP_CPUS=32", "aarch64"),
            "quiet console=hvc0 notsc" + fixed + " nr_cpus=32" + root + " panic=1");
  EXPECT_EQ(SuseText("quiet", "KDUMP_COMMANDLINE_APPEND=\"panic=5 a\""),
            "quiet" + fixed + root + " panic=5 a");
  EXPECT_EQ(SuseText("quiet", "KDUMP_COMMANDLINE=\"crashkernel=1G ro\""),
            "crashkernel=1G ro panic=1");
  EXPECT_EQ(SuseText("x", "", "s390x"), "x" + fixed + root + " zfcp.allow_lun_scan=0 panic=1");
  EXPECT_EQ(SuseText("memory=1 panic_on_oops=1", ""),
            "memory=1 panic_on_oops=1" + fixed + root + " panic=1");
}

TEST(RecordedLine, IsBetweenTheQuotes) {
  const std::pair<std::string_view, std::optional<std::string>> rows[] = {
      {"/sbin/kexec -p --command-line=\"ro nr_cpus=1\" --initrd=/i /v", "ro nr_cpus=1"},
      {"/sbin/kexec -p --command-line=\"ro nr_cpus=1\" /v", "ro nr_cpus=1"},
      {"/sbin/kexec -p --command-line=\"a dyndbg=\\\"file x\\\" b\" --initrd=/i /v",
       "a dyndbg=\"file x\" b"},
      {"/sbin/kexec -p --command-line=\"\" /v", ""},
      {"/sbin/kexec -p --command-line=\"ro", std::nullopt},
      {"/sbin/kexec -p --command-line=ro /v", std::nullopt},
      {"", std::nullopt},
  };
  for (const auto& [command, line] : rows) EXPECT_EQ(RecordedLine(command), line) << command;
}

TEST(LoadCall, IsTheLastOption) {
  const std::pair<std::string_view, LoadCall> rows[] = {
      {"-s", LoadCall::kFile},
      {"--kexec-file-syscall", LoadCall::kFile},
      {"-d -s -x", LoadCall::kFile},
      {"", LoadCall::kTable},
      {"-c", LoadCall::kTable},
      {"-s -c", LoadCall::kTable},
      {"-s --kexec-syscall", LoadCall::kTable},
      {"-s -a", LoadCall::kEither},
      {"--kexec-syscall-auto", LoadCall::kEither},
      {"-a -s", LoadCall::kFile},
      {"s", LoadCall::kTable},
      {"-ss", LoadCall::kTable},
      {"--kexec-file-syscal", LoadCall::kTable},
  };
  for (const auto& [options, call] : rows) EXPECT_EQ(LoadCallOf(options), call) << options;
  // What stands in the command line is no option.
  const std::string_view command = "/sbin/kexec -p --command-line=\"ro -s x\" /v";
  EXPECT_EQ(LoadCallOf(RecordedOptions(command)), LoadCall::kTable);
  EXPECT_EQ(LoadCallOf(RecordedOptions("/sbin/kexec -p -s --command-line=\"ro\" /v")),
            LoadCall::kFile);
}

TEST(QuotedWords, KeepQuotes) {
  using Words = std::vector<std::string_view>;
  EXPECT_EQ(QuotedWords(" a  b=\"x y\"\tc\n"), (Words{"a", "b=\"x y\"", "c"}));
  EXPECT_EQ(QuotedWords("\"a b=c d\" e"), (Words{"\"a b=c d\"", "e"}));
  EXPECT_EQ(QuotedWords("a \"b c"), (Words{"a", "\"b c"}));
  EXPECT_EQ(QuotedWords(""), Words{});
  EXPECT_EQ(KeyOf("\"a=b c\""), "a");
  EXPECT_EQ(KeyOf("a"), "a");
}

}  // namespace
}  // namespace kdumpd
