// SPDX-License-Identifier: Apache-2.0
// The trees that each distribution leaves, as real directories.
#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <filesystem>

#include "daemon/host/dump_scanner.h"
#include "tests/core/dump_bytes.h"
#include "tests/host/temporary_tree.h"

namespace kdumpd {
namespace {

struct Layout {
  const char* name;
  std::vector<std::pair<const char*, std::string>> files;  // below the crash directory
  std::vector<std::string> shown;  // "<directory>/<vmcore> <log> <state> <reason>"
};

std::string Kdump() { return KdumpHeaderBytes({}) + std::string(40'000, 'x'); }
std::string Flat() { return FlattenedBytes("", true); }
std::string Cut() { return FlattenedBytes("", false); }

const std::vector<Layout>& Layouts() {
  static const std::vector<Layout> rows{
      {"RHEL, local",
       {{"127.0.0.1-2026-11-22-07:15:03/vmcore", Kdump()},
        {"127.0.0.1-2026-11-22-07:15:03/vmcore-dmesg.txt", "log"},
        {"127.0.0.1-2026-11-22-07:15:03/kexec-dmesg.log", "log"}},
       {"127.0.0.1-2026-11-22-07:15:03/vmcore vmcore-dmesg.txt complete headers_checked"}},
      {"RHEL, collector failed",
       {{"127.0.0.1-2026-11-22-07:15:03/vmcore-incomplete", Kdump()},
        {"127.0.0.1-2026-11-22-07:15:03/kexec-dmesg.log", "log"}},
       {"127.0.0.1-2026-11-22-07:15:03/vmcore-incomplete kexec-dmesg.log incomplete "
        "unfinished_name"}},
      {"ssh server",
       {{"192.0.2.7-2026-11-22-07:15:03/vmcore.flat", Flat()},
        {"2001:db8::7-2026-11-22-07:15:02/vmcore", Kdump()}},
       {"192.0.2.7-2026-11-22-07:15:03/vmcore.flat - complete end_marker_found",
        "2001:db8::7-2026-11-22-07:15:02/vmcore - complete headers_checked"}},
      {"fadump",
       {{"127.0.0.1-2026-11-22-07:15:03/opalcore", "x"},
        {"127.0.0.1-2026-11-22-07:15:03/vmcore", Kdump()}},
       {"127.0.0.1-2026-11-22-07:15:03/vmcore - complete headers_checked"}},
      {"kdumpctl test",
       {{"kdump-test-1795331703-123456789/vmcore", Kdump()},
        {"kdump-test-1795331703-123456789/vmcore-creation.status", "success"}},
       {"kdump-test-1795331703-123456789/vmcore - complete headers_checked"}},
      {"raw, saved at the next start",
       {{"2026-11-22-07:15/vmcore", Kdump()}},
       {"2026-11-22-07:15/vmcore - complete headers_checked"}},
      {"ABRT",
       {{"vmcore-127.0.0.1-2026-11-22-07:15:03/vmcore", Flat()},
        {"vmcore-127.0.0.1-2026-11-22-07:15:03/analyzer", "vmcore"},
        {"vmcore-127.0.0.1-2026-11-22-07:15:04.new/vmcore", Kdump()}},
       {"vmcore-127.0.0.1-2026-11-22-07:15:03/vmcore - complete end_marker_found",
        "vmcore-127.0.0.1-2026-11-22-07:15:04.new/vmcore - incomplete unfinished_copy"}},
      {"Debian, local, and Ubuntu's other objects",
       {{"202611220715/dmesg.202611220715", "log"},
        {"202611220715/dump.202611220715", Flat()},
        {"kexec_cmd", "kexec -p"},
        {"kdump_lock", ""},
        {"linux-image-6.8.0-202611220715.crash", "x"},
        {"_usr_bin_true.0.crash", "x"}},
       {"202611220715/dump.202611220715 dmesg.202611220715 complete end_marker_found"}},
      {"Debian, remote, cut by a full disk",
       {{"192.0.2.7-202611220715/dump.202611220715", Cut()}},
       {"192.0.2.7-202611220715/dump.202611220715 - truncated end_marker_missing"}},
      {"Debian, incomplete",
       {{"202611220715/dump-incomplete.lz4", "x"}},
       {"202611220715/dump-incomplete.lz4 - incomplete unfinished_name"}},
      {"SUSE, saved",
       {{"2026-11-22-07-15/vmcore", Flat()},
        {"2026-11-22-07-15/dmesg", "log"},
        {"2026-11-22-07-15/README.txt", "vmcore status: saved successfully\n"},
        {"2026-11-22-07-15/.notified", ""}},
       {"2026-11-22-07-15/vmcore dmesg complete end_marker_found"}},
      {"SUSE, power lost",
       {{"2026-11-22-07-15/vmcore", Flat()},
        {"2026-11-22-07-15/README.txt", "This file will be overwritten.\n"}},
       {"2026-11-22-07-15/vmcore - incomplete readme_temporary"}},
      {"SUSE, discarded",
       {{"2026-11-22-07-15/dmesg", "log"},
        {"2026-11-22-07-15/README.txt", "vmcore status: deleted (too large)\n"}},
       {"2026-11-22-07-15/ dmesg log_only discarded"}},
      {"SUSE, old and remote names",
       {{"2026-11-22-07:16/vmcore", Flat()}, {"node-7-2026-11-22-07-15/dmesg.txt", "log"}},
       {"2026-11-22-07:16/vmcore - complete end_marker_found",
        "node-7-2026-11-22-07-15/ dmesg.txt log_only no_vmcore"}},
      {"nested junk",
       {{"backup/127.0.0.1-2026-11-22-07:15:03/vmcore", Kdump()},
        {"a/b/c/d/e/f/g/vmcore", Kdump()},
        {"202611220715/vmcore/vmcore", Kdump()},
        {"lost+found/#123", "x"}},
       {"202611220715/vmcore - unknown not_a_regular_file"}},
  };
  return rows;
}

TEST(DumpLayouts, EveryDistributions) {
  const auto or_dash = [](const std::string& text) { return text.empty() ? "-" : text; };
  for (const auto& row : Layouts()) {
    const TemporaryTree tree;
    for (const auto& [name, bytes] : row.files) tree.Write(std::string("var/crash/") + name, bytes);
    const auto root = HostRoot::Open({.rootfs = tree.path(), .procfs = "", .sysfs = ""});
    const auto list = DumpScanner().Look(*root, "/var/crash", {std::time(nullptr) + 1000, 10});
    ASSERT_TRUE(list) << row.name;
    std::vector<std::string> shown;
    for (const Dump& dump : list->dumps) {
      shown.push_back(dump.directory + "/" + dump.vmcore + " " + or_dash(dump.log) + " " +
                      std::string(Name(dump.state)) + " " + dump.reason);
    }
    std::ranges::sort(shown);
    auto expected = row.shown;
    std::ranges::sort(expected);
    EXPECT_EQ(shown, expected) << row.name;
  }
}

}  // namespace
}  // namespace kdumpd
