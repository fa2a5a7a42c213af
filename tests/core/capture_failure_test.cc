// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/capture_failure.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

// One line for each row, in the order of the table: of logs that people published, of the tools
// themselves when they were made to fail, else after their sources' formats.
const std::vector<std::string_view>& Proofs() {
  static const std::vector<std::string_view> lines{
      "[   14.2] systemd-cryptsetup[421]: Not enough available memory to open a keyslot.",
      "[    1.3] Kernel panic - not syncing: Out of memory: compulsory panic_on_oom is enabled",
      "[   58.654832] Kernel panic - not syncing: System is deadlocked on memory",
      "[   21.8] Out of memory: Killed process 532 (makedumpfile) total-vm:61184kB, anon-rss:392kB",
      "[   21.7] makedumpfile invoked oom-killer: gfp_mask=0x140dca(GFP_HIGHUSER_MOVABLE), order=0",
      "systemd[1]: kdump-capture.service: A process of this unit has been killed by the OOM "
      "killer.",
      "[    4.1] kworker/0:1: page allocation failure: order:0, mode:0x101(GFP_ATOMIC)",
      "kdump.sh[511]: /usr/bin/kdump.sh: fork: Cannot allocate memory",
      "allocate_bitmap_buffer: Can't allocate memory for the 1st bitmaps's buffer. Cannot allocate",
      "[    1.150400] Initramfs unpacking failed: write error",
      "[    1.1] Initramfs unpacking failed: Out of memory while allocating ZSTD_DStream",
      "[    1.1] Initramfs unpacking failed: XZ decompressor ran out of memory",
      "[    0.9] Initramfs unpacking failed: compression method zstd not configured",
      "[    0.9] Initramfs unpacking failed: XZ-compressed data is corrupt",
      "/init: error while loading shared libraries: libzstd.so.1: cannot open shared object file",
      "mount: /newroot: unknown filesystem type 'overlay'.",
      "mount.nfs: No such device",
      "[    0.6] Kdump: vmcore not initialized",
      "Fatal error: /proc/vmcore does not exist; kdump initrd booted from non-kdump kernel?",
      "open_dump_memory: Can't open the dump memory(/proc/vmcore). No such file or directory",
      "read_from_vmcore: Can't seek the dump memory(/proc/vmcore). (offset: ffffb1e7dbc41000) ",
      "readpage_elf: Can't read the dump memory(/proc/vmcore).",
      "[   60.0] softdog: Initiating system reboot",
      "[   60.0] Kernel panic - not syncing: watchdog pretimeout event",
      "[   60.0] Kernel panic - not syncing: An NMI occurred. Depending on your system the reason",
      "[  245.7] Kernel panic - not syncing: hung_task: blocked tasks",
      "[   52.1] Kernel panic - not syncing: softlockup: hung tasks",
      "[   52.1] Kernel panic - not syncing: Hard LOCKUP",
      "[   52.1] Kernel panic - not syncing: RCU Stall",
      "[    2.0] BUG: unable to handle page fault for address: ffffb2d4c1e3bd58",
      "[    2.046981] BUG: kernel NULL pointer dereference, address: 0000000000000000",
      "[    2.060639] kernel BUG at lib/list_debug.c:32!",
      "[    2.1] Internal error: Oops: 0000000096000006 [#1] SMP",
      "[    3.4] divide error: 0000 [#1] PREEMPT SMP NOPTI",
      "[   27.665593] kdump-tools[277]: cat: write error: No space left on device",
      "dd: error writing '/kdumproot/d/vmcore-incomplete': Disk quota exceeded",
      "[   31.0] Buffer I/O error on dev sda2, logical block 12, lost async page write",
      "[   31.0] Buffer I/O error on dev sda2, logical block 12, lost sync page write",
      "[   31.0] XFS (sda2): metadata I/O error in \"xlog_iodone\" at daddr 0x2a8 len 64 error 5",
      "[   31.0] Aborting journal on device sda2-8.",
      "[   31.0] EXT4-fs (sda2): Remounting filesystem read-only",
      "write_buffer: Can't write the dump file(/sysroot/d/vmcore-incomplete). Input/output error",
      "cp: error writing '/var/crash/202611220815/vmcore-incomplete': Input/output error",
      "kdump[517]: sync vmcore failed, exitcode:1",
      "mount: /sysroot: cannot remount /dev/vda4 read-write, is write-protected.",
      "kdump-tools: Unable to write to the remote NFS directory server:/x. Cannot save core",
      "mkdir: cannot create directory '/sysroot/var/crash/127.0.0.1-2026-11-22-08:06:51/': "
      "Read-only file system",
      "/bin/kdump.sh: line 172: /kdumproot/d/vmcore-dmesg-incomplete.txt: Permission denied",
      "kdump-tools: 1: cannot create /var/crash/202611220815/dump-incomplete: Directory "
      "nonexistent",
      "open_dump_file: Can't open the dump file(/kdumproot/d/vmcore-incomplete). Permission denied",
      "kdump.sh[540]: Host key verification failed.",
      "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @",
      "kdump@10.0.2.2: Permission denied (publickey,gssapi-keyex,gssapi-with-mic).",
      "Received disconnect from 10.0.2.2 port 22:2: Too many authentication failures",
      "@         WARNING: UNPROTECTED PRIVATE KEY FILE!          @",
      "ssh: Could not resolve hostname nosuch.invalid: Name or service not known",
      "mount.nfs: Failed to resolve server nosuch.invalid: Name or service not known",
      "ssh: connect to host 127.0.0.1 port 1: Connection refused",
      "mount.nfs: Network is unreachable",
      "mount.nfs: No route to host",
      "mount.nfs: Connection timed out",
      "mount.nfs: Connection refused",
      "kdump[498]: Oops. The network still isn't ready after waiting 10mins.",
      "kdump[498]: failed to get remote IP address!",
      "kdump-tools: Unable to reach remote server dump@server; can't continue",
      "Error: Host not responding",
      "dracut-initqueue[330]: Warning: No carrier detected on interface eth0",
      "dracut-initqueue[330]: Warning: dhcp for interface eth0 failed",
      "NetworkManager[401]: <warn>  [1795338110.1] dhcp4 (eth0): request timed out",
      "[    3.0] IP-Config: No network devices available",
      "kex_exchange_identification: Connection closed by remote host",
      "client_loop: send disconnect: Broken pipe",
      "Read from remote host 10.0.2.2: Connection reset by peer",
      "Connection to 10.0.2.2 closed by remote host.",
      "[   95.0] nfs: server 10.0.2.2 not responding, timed out",
      "mount.nfs: rpc.statd is not running but is required for remote locking.",
      "mount.nfs4: access denied by server while mounting 10.0.2.2:/x",
      "kdump-tools: Unable to mount remote NFS directory 10.0.2.2:/x. Cannot save core",
      "systemd[1]: Failed to start Cryptography Setup for luks-1e74deba.",
      "systemd[1]: Failed to start systemd-cryptsetup@luks\\x2d1e74.service - Cryptography Setup",
      "cryptsetup: ERROR: sda5_crypt: maximum number of tries exceeded",
      "cryptsetup: ERROR: sda5_crypt: cryptsetup failed, bad password or options?",
      "\tALERT! encrypted source device UUID=1e74 does not exist, can't unlock sda5_crypt.",
      "/dev/sda2: UNEXPECTED INCONSISTENCY; RUN fsck MANUALLY.",
      "mount: /sysroot: mount(2) system call failed: Structure needs cleaning.",
      "mount: /sysroot: can't read superblock on /dev/sda2.",
      "mount: /kdumproot: wrong fs type, bad option, bad superblock on /dev/sda2, missing codepage",
      "systemd[1]: Timed out waiting for device dev-disk-by\\x2duuid-4f3f7b04.device.",
      "mount: /mnt: special device /dev/nosuch does not exist.",
      "dracut-initqueue[323]: Warning: /dev/disk/by-uuid/4f3f7b04 does not exist",
      "dracut-initqueue[323]: Warning: \"/dev/disk/by-uuid/4f3f7b04\" does not exist",
      "dracut-initqueue[323]: Warning: Could not boot.",
      "dracut-initqueue[323]: Warning: dracut-initqueue timeout - starting timeout scripts",
      "Gave up waiting for root file system device.  Common problems:",
      "ALERT!  UUID=4f3f7b04 does not exist.  Dropping to a shell!",
      "kdump[505]: failed to dump to '/kdumproot', it's not a mount point!",
      "kdump: mounting failed (mount point: /kdumproot//mnt, option: rw,relatime,vers=3)",
      "kdump: error: Dump target /dev/sda2 is not mounted.",
      "kdump[560]: Failed to mount rootfs",
      "Failed to mount UUID=4f3f7b04 as root file system.",
      "dracut-mount[420]: Warning: Can't mount root filesystem",
      "mount: /kdumproot: can't find in /etc/fstab.",
      "mount: /newroot/squash: mount point does not exist.",
      "systemd[1]: Failed to mount /kdumproot.",
      "systemd[1]: Failed to mount kdumproot.mount - /kdumproot.",
      "systemd[1]: Failed to mount sysroot.mount - /sysroot.",
      "systemd[1]: Failed to mount kdump-mnt.mount - /kdump/mnt.",
      "systemd[1]: Failed to mount var-crash.mount - /var/crash.",
      "systemd[1]: Failed to mount var.mount - /var.",
      "systemd[1]: Dependency failed for /kdumproot.",
      "systemd[1]: Dependency failed for kdump-capture.service - Kdump Vmcore Save Service.",
      "systemd[1]: Dependency failed for Kdump Vmcore Save Service.",
      "systemd[1]: Dependency failed for /sysroot.",
      "systemd[1]: Dependency failed for sysroot.mount - /sysroot.",
      "[    2.157896] Kernel panic - not syncing: Attempted to kill init! exitcode=0x00007f00",
      "[    1.2] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)",
      "[    1.2] Kernel panic - not syncing: No working init found.  Try passing init= option",
      "[    1.2] Kernel panic - not syncing: IO-APIC + timer doesn't work!",
      "/bin/kdump.sh: line 180: makedumpfile: command not found",
      "/etc/init.d/kdump-tools: 812: makedumpfile: not found",
      "kdump[513]: saving vmcore failed, exitcode:127",
      "Commandline parameter is invalid.",
      "Dump_level(32) is invalid.",
      "kdump.sh[511]: readpage_elf: Attempt to read non-existent page at 0xc000000000000.",
      "kdump.sh[511]: create_2nd_bitmap: Can't exclude unnecessary pages.",
      "calculate_plat_config: PAGE SIZE 0x4000 and VA Bits 52 not supported",
      "kdump.sh[652]: get_machdep_info_ppc64: Can't get vmemmap list info.",
      "check_release: Can't get the kernel version.",
      "kdump[513]: saving vmcore failed, exitcode:137",
      "kdump[513]: saving vmcore failed, exitcode:139",
      "systemd[1]: kdump-capture.service: start operation timed out. Terminating.",
      "systemd[1]: kdump-tools-dump.service: start operation timed out. Terminating.",
      "systemd[1]: kdump-save.service: start operation timed out. Terminating.",
      "kdump[498]: kdump_pre script exited with non-zero status!",
      "[  245.7] INFO: task systemd-udevd:173 blocked for more than 122 seconds.",
      "[   52.0] watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [modprobe:201]",
      "[   60.0] rcu: INFO: rcu_preempt self-detected stall on CPU",
      "[   60.0] rcu: INFO: rcu_sched detected stalls on CPUs/tasks:",
      "kdump.sh[652]: makedumpfile Failed.",
      "kdump[663]: saving vmcore failed",
      "kdump[663]: moving vmcore failed, exitcode:255",
      "Error: Failed saving vmcore",
      "kdump-tools[255]: kdump-tools: failed to save vmcore in /var/crash/202611220815 ... failed!",
      "Entering kdump emergency mode.",
      "Entering emergency mode. Exit the shell to continue.",
      "You are in emergency mode. After logging in, type \"journalctl -xb\" to view system logs.",
  };
  return lines;
}

// The row that decides about a line; the number of rows without one.
std::size_t RowOf(std::string_view line) {
  const auto rules = CaptureFailureRules();
  const auto row = std::ranges::find_if(
      rules, [&](const CaptureFailureRule& rule) { return line.contains(rule.words); });
  return static_cast<std::size_t>(row - rules.begin());
}

TEST(CaptureFailureTest, EveryRow) {
  const auto rules = CaptureFailureRules();
  ASSERT_EQ(Proofs().size(), rules.size());
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const std::string line(Proofs()[i]);
    SCOPED_TRACE(line);
    EXPECT_EQ(RowOf(line), i) << rules[i].words;
    const auto failure = FindCaptureFailure(Cat("before\n", line, "\nafter\n"));
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->code, rules[i].code);
    EXPECT_EQ(failure->line, Printable(Trim(line), 253));
    EXPECT_EQ(failure->meaning, rules[i].meaning);
    EXPECT_EQ(failure->remedy, rules[i].remedy);
    // A letter less, and it is another row's or nobody's.
    const std::size_t at = line.find(rules[i].words);
    for (std::size_t k = 0; k < rules[i].words.size(); ++k) {
      std::string cut = line;
      cut.erase(at + k, 1);
      EXPECT_TRUE(cut.contains(rules[i].words) || RowOf(cut) != i) << cut;
    }
  }
}

TEST(CaptureFailureTest, ACodeMeansOneThing) {
  std::set<std::string_view> meanings, remedies, codes, words;
  for (const CaptureFailureRule& rule : CaptureFailureRules()) {
    EXPECT_EQ(rule.code.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), rule.code.npos);
    EXPECT_TRUE(words.insert(rule.words).second) << rule.words;
    EXPECT_EQ(Printable(rule.words), rule.words);
    EXPECT_GE(rule.words.size(), 6U) << rule.words;
    for (const std::string_view text : {rule.meaning, rule.remedy}) {
      EXPECT_FALSE(text.empty() || text.ends_with('.') || text.contains('|')) << text;
    }
    const CaptureFailureRule* first = CaptureFailureOf(rule.code);
    ASSERT_NE(first, nullptr);
    EXPECT_EQ(first->meaning, rule.meaning);
    EXPECT_EQ(first->remedy, rule.remedy);
    codes.insert(rule.code);
    meanings.insert(rule.meaning);
    remedies.insert(rule.remedy);
  }
  EXPECT_EQ(meanings.size(), codes.size());
  EXPECT_EQ(remedies.size(), codes.size());
  EXPECT_EQ(CaptureFailureOf("no_such_code"), nullptr);
  EXPECT_EQ(CaptureFailureOf(""), nullptr);
}

// Seen in captures that worked, or not about the capture at all.
TEST(CaptureFailureTest, HarmlessNeighbours) {
  for (const std::string_view line :
       {"kdump-tools[272]: The kernel version is not supported.",
        "kdump-tools[272]: The makedumpfile operation may be incomplete.",
        "'-z' option is disabled, because this binary doesn't support zstd compression.",
        "[    1.488770] swapper/0: page allocation failure: order:5, "
        "mode:0xcc1(GFP_KERNEL|GFP_DMA)",
        "[    9.1] Memory cgroup out of memory: Killed process 77 (x)",
        "[    0.9] Initramfs unpacking failed: Decoding failed",
        "[    0.9] Initramfs unpacking failed: invalid magic at start of compressed archive",
        "[    1.0] Initramfs unpacking failed: junk within compressed archive",
        "readpage_elf: Can't read the dump memory(/proc/vmcore) with mmap().",
        "kdump[502]: saving vmcore-dmesg.txt failed",
        "kdump[502]: /etc/kdump/post.d/x exited with 1 status",
        "kdump: dump path '/kdumproot' is not mounted, trying to mount...",
        "kdump[498]: Waiting for network to be ready (3s / 10min)",
        "Gave up waiting for suspend/resume device",
        "dracut-initqueue: timeout, still waiting for following initqueue hooks:",
        "[    2.0] blk_update_request: I/O error, dev fd0, sector 0",
        "grep: /sys/class/dmi/id/power/autosuspend_delay_ms: Input/output error",
        "systemd-random-seed[150]: Failed to open /var/lib/seed: Read-only file system",
        "systemd[1]: Failed to mount sys-kernel-config.mount - Kernel Configuration File System.",
        "systemd[1]: Failed to mount var-lib-nfs-rpc_pipefs.mount - RPC Pipe File System.",
        "systemd[1]: Dependency failed for Swaps.",
        "[    3.1] nfs: server 10.0.2.2 not responding, still trying",
        "[    1.0] watchdog: watchdog0: watchdog did not stop!",
        "Sent kex_exchange",
        "running makedumpfile -c /proc/vmcore | compress > x/dump-incomplete.",
        "kdump[496]: Executing final action systemctl reboot -f"}) {
    const auto failure = FindCaptureFailure(line);
    EXPECT_FALSE(failure) << line << ": " << failure->code;
  }
}

}  // namespace
}  // namespace kdumpd
