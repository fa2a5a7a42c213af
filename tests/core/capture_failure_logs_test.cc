// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "daemon/core/capture_failure.h"
#include "daemon/core/text.h"
#include "tests/support/process.h"

namespace kdumpd {
namespace {

const std::string kCaptures = KDUMPD_SOURCE_DIR "/tests/fixtures/captures/";

std::string CodeOf(std::string_view log) {
  const auto failure = FindCaptureFailure(log);
  return failure ? failure->code : "";
}
std::string LineOf(std::string_view log) {
  const auto failure = FindCaptureFailure(log);
  return failure ? failure->line : "";
}

TEST(CaptureFailureLogs, RealCaptures) {
  const auto manifest = nlohmann::json::parse(FileText(kCaptures + "manifest.json"));
  std::set<std::string> codes;
  for (const auto& entry : manifest["entries"]) {
    const std::string name = entry["log"];
    SCOPED_TRACE(name);
    const std::string log = FileText(kCaptures + name);
    ASSERT_GT(log.size(), 10'000U);
    EXPECT_EQ(CodeOf(log), std::string(entry["code"]));
    EXPECT_EQ(LineOf(log), std::string(entry["line"]));
    codes.insert(CodeOf(log));
  }
  EXPECT_EQ(codes, (std::set<std::string>{"", "no_space", "vmcore_unusable", "capture_crash",
                                          "collector_kernel"}));
}

// coreos/fedora-coreos-tracker 1698; linuxppc-dev, 31 July 2023; xcat2/xcat-core 6796;
// cockpit-project/cockpit 20797.
TEST(CaptureFailureLogs, PublishedOnes) {
  EXPECT_EQ(LineOf("[    4.695729] kdump[510]: saving vmcore\n"
                   "[    4.710297] kdump.sh[511]: \r\n"
                   "Checking for memory holes : [  0.0 %] /  \r"
                   "Checking for memory holes : [100.0 %] |  "
                   "readpage_elf: Attempt to read non-existent page at 0xc000000000000.\n"
                   "[    4.710930] kdump.sh[511]: create_2nd_bitmap: Can't exclude unnecessary "
                   "pages.\n"
                   "[    4.713611] kdump.sh[511]: The kernel version is not supported.\n"
                   "[    4.713863] kdump.sh[511]: makedumpfile Failed.\n"
                   "[    4.715342] kdump[513]: saving vmcore failed, exitcode:1\n"),
            "Checking for memory holes : [100.0 %] |  readpage_elf: Attempt to read non-existent "
            "page at 0xc000000000000.");
  EXPECT_EQ(CodeOf("kdump.sh[652]: get_machdep_info_ppc64: Can't get vmemmap list info.\n"
                   "kdump.sh[652]: makedumpfile Failed.\n"
                   "kdump[654]: saving vmcore failed, exitcode:1\n"),
            "collector_kernel");
  EXPECT_EQ(CodeOf("kdump: dump target c910:/x is not mounted, trying to mount...\n"
                   "mount.nfs: rpc.statd is not running but is required for remote locking.\n"
                   "mount.nfs: Either use '-o nolock' to keep locks local, or start statd.\n"
                   "kdump: mounting failed (mount point: /kdumproot//mnt, option: rw,vers=3)\n"
                   "kdump: saving vmcore failed\n"),
            "nfs");
  EXPECT_EQ(CodeOf("[    2.102250] Run /init as init process\n"
                   "/init: line 17: modprobe: command not found\n"
                   "mount: /squash/root: failed to setup loop device for /squash-root.img.\n"
                   "mount: /newroot: unknown filesystem type 'overlay'.\n"
                   "mount: /newroot/squash: mount point does not exist.\n"
                   "[    2.157896] Kernel panic - not syncing: Attempted to kill init! "
                   "exitcode=0x00007f00\n"),
            "driver_missing");
}

// The cause is told, not what came of it, in whatever order they stand.
TEST(CaptureFailureLogs, TheCauseBeforeItsConsequence) {
  EXPECT_EQ(CodeOf("kdump.sh[5]: makedumpfile Failed.\n"
                   "kdump[7]: saving vmcore failed, exitcode:137\n"
                   "[ 21.8] Out of memory: Killed process 5 (makedumpfile)\n"),
            "out_of_memory");
  EXPECT_EQ(CodeOf("systemd[1]: Timed out waiting for device dev-mapper-luks.device.\n"
                   "systemd[1]: Dependency failed for /sysroot.\n"
                   "systemd[1]: Failed to start Cryptography Setup for luks-1.\n"),
            "luks_locked");
  EXPECT_EQ(CodeOf("[ 1.1] Initramfs unpacking failed: write error\n"
                   "[ 1.2] Kernel panic - not syncing: VFS: Unable to mount root fs on x\n"),
            "initrd_too_large");
  EXPECT_EQ(CodeOf("Entering emergency mode.\nmount: /a: can't read superblock on /dev/sda2.\n"),
            "target_damaged");
}

// kdump-config tries again; failure_action dump_to_rootfs is a second try.
TEST(CaptureFailureLogs, ATargetThatWasReachedAfterAll) {
  const std::string once =
      "ssh: connect to host server port 22: No route to host\n"
      "kdump-tools[9]: Network not reachable; will try 3 more times\n";
  EXPECT_EQ(CodeOf(once), "network");
  EXPECT_EQ(CodeOf(once + "running makedumpfile --dump-dmesg /proc/vmcore /tmp/dmesg.ssh.1\n"), "");
  EXPECT_EQ(CodeOf(once + "running makedumpfile --dump-dmesg /proc/vmcore /tmp/dmesg.ssh.1\n"
                          "client_loop: send disconnect: Broken pipe\n"),
            "connection_lost");
  const std::string fallback =
      "systemd[1]: Failed to mount /kdumproot.\n"
      "kdump[4]: saving vmcore failed\n"
      "kdump[9]: saving vmcore-dmesg.txt to /sysroot/var/crash/x/\n";
  EXPECT_EQ(CodeOf(fallback), "save_failed");
  EXPECT_EQ(CodeOf(fallback + "kdump[12]: saving vmcore complete\n"), "");
  // It says so although makedumpfile was killed: the compressor was content.
  EXPECT_EQ(CodeOf("[ 21.8] Out of memory: Killed process 5 (makedumpfile)\n"
                   "kdump-tools: saved vmcore in /var/crash/202611220815.\n"),
            "out_of_memory");
}

TEST(CaptureFailureLogs, ALineIsShort) {
  const std::string words = "No space left on device";
  for (const std::string& log :
       {std::string(1 << 19, 'a') + words + std::string(1 << 19, 'b'),
        std::string(1000, '\0') + words + std::string(1000, '\x1b'), words + std::string(300, 'x'),
        std::string(60, '\n') + std::string(250, 'y') + words + "\r\n",
        "\xff\xfe\xe2\x80\xae" + words}) {
    const std::string line = LineOf(log);
    EXPECT_TRUE(line.contains(words)) << line;
    EXPECT_LE(line.size(), 256U);
    EXPECT_EQ(line.find_first_of(std::string_view("\0\x1b\n\r", 4)), line.npos);
  }
}

// Far more than it takes: only what is not linear needs minutes.
TEST(CaptureFailureLogs, HostileText) {
  const auto begin = std::chrono::steady_clock::now();
  std::string lines;
  for (int i = 0; i < 1'000'000; ++i) lines += "Kernel panic - not syncing\n";
  EXPECT_EQ(CodeOf(lines), "");
  EXPECT_EQ(CodeOf(lines + "makedumpfile Failed."), "collector_failed");
  EXPECT_EQ(CodeOf(std::string(1 << 20, '\0')), "");
  EXPECT_EQ(CodeOf(std::string(1 << 20, ':')), "");
  EXPECT_EQ(CodeOf(std::string(8 << 20, '\n')), "");
  EXPECT_EQ(CodeOf(""), "");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(60));
}

}  // namespace
}  // namespace kdumpd
