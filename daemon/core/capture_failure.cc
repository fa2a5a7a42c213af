// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/capture_failure.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "daemon/core/capture_causes.h"
#include "daemon/core/text.h"

namespace kdumpd {
namespace {

using namespace capture_causes;

// What more than this says is not looked at: the end tells how it ended.
constexpr std::size_t kMaxLogBytes = 1 << 20;
// The ellipsis of a longer line comes on top.
constexpr std::size_t kMaxLineBytes = 256 - std::string_view("…").size();

// Whether the words tell of trouble on the way to the target: no more than noise when it was
// reached after all. kdump-config tries ssh and NFS again, dracut waits on, Debian's whole root
// mounts more than the target, and dump_to_rootfs is a second target.
enum class Counts { kAlways, kUntilReached };
using enum Counts;

struct Row {
  Cause cause;
  std::string_view words;
  Counts counts = kAlways;
};

// Strings of: the kernel; makedumpfile; kdump-utils dracut/99kdumpbase/kdump.sh (and kexec-tools
// before it); openSUSE dracut/kdump-save; Debian kdump-config; dracut; initramfs-tools; systemd;
// util-linux mount; nfs-utils mount.nfs; openssh; cryptsetup; coreutils; dash.
constexpr Row kRows[]{
    // Memory: everything else may come of it. cryptsetup lib/luks2, argon2.
    {kLuksMemory, "Not enough available memory to open a keyslot"},
    {kOutOfMemory, "Kernel panic - not syncing: Out of memory"},  // mm/oom_kill.c
    {kOutOfMemory, "Kernel panic - not syncing: System is deadlocked on memory"},
    {kOutOfMemory, "Out of memory: Kill"},  // "Killed process", to 5.2 "Kill process"
    {kOutOfMemory, " invoked oom-killer: "},
    {kOutOfMemory, "has been killed by the OOM killer"},  // systemd
    // Of a higher order it is harmless: the kernel's DMA pools fail so in good captures.
    {kOutOfMemory, ": page allocation failure: order:0"},
    {kOutOfMemory, "fork: Cannot allocate memory"},
    {kOutOfMemory, ": Can't allocate memory "},  // makedumpfile
    // init/initramfs.c and lib/decompress_*.c. "Decoding failed", "junk within compressed archive"
    // and "invalid magic" are seen in good boots too.
    {kInitrdTooLarge, "Initramfs unpacking failed: write error"},
    {kInitrdTooLarge, "Initramfs unpacking failed: Out of memory"},
    {kInitrdTooLarge, "Initramfs unpacking failed: XZ decompressor ran out of memory"},
    {kInitrdDamaged, "Initramfs unpacking failed: compression method"},
    {kInitrdDamaged, "compressed data is corrupt"},
    {kInitrdDamaged, "/init: error while loading shared libraries"},
    {kDriverMissing, ": unknown filesystem type", kUntilReached},
    {kDriverMissing, "mount.nfs: No such device", kUntilReached},
    // The kernel.
    {kVmcoreUnusable, "Kdump: vmcore not initialized"},  // fs/proc/vmcore.c
    {kVmcoreUnusable, "/proc/vmcore does not exist"},    // kdump-save
    {kVmcoreUnusable, "Can't open the dump memory(/proc/vmcore)"},
    {kVmcoreUnusable, "Can't seek the dump memory(/proc/vmcore)"},
    {kVmcoreUnusable, "Can't read the dump memory(/proc/vmcore)."},  // else "with mmap()": goes on
    {kWatchdog, "softdog: Initiating system reboot"},
    {kWatchdog, "Kernel panic - not syncing: watchdog pretimeout event"},
    {kWatchdog, "Kernel panic - not syncing: An NMI occurred"},  // drivers/watchdog/hpwdt.c
    {kHang, "Kernel panic - not syncing: hung_task: blocked tasks"},
    {kHang, "Kernel panic - not syncing: softlockup: hung tasks"},
    {kHang, "Kernel panic - not syncing: Hard LOCKUP"},
    {kHang, "Kernel panic - not syncing: RCU Stall"},
    {kCrash, "BUG: unable to handle "},
    {kCrash, "BUG: kernel NULL pointer dereference"},
    {kCrash, "kernel BUG at "},
    {kCrash, "Oops: "},
    {kCrash, ": 0000 [#1] "},  // general protection fault, divide error
    // What the disk says while the dump is written.
    {kNoSpace, "No space left on device"},
    {kNoSpace, "Disk quota exceeded"},
    {kDiskError, "lost async page write"},  // fs/buffer.c
    {kDiskError, "lost sync page write"},
    {kDiskError, "metadata I/O error"},  // XFS
    {kDiskError, "Aborting journal on device"},
    {kDiskError, "Remounting filesystem read-only"},
    {kDiskError, "). Input/output error"},  // makedumpfile
    {kDiskError, "': Input/output error"},  // coreutils
    {kDiskError, "sync vmcore failed, exitcode:"},
    {kNotWritable, "read-write, is write-protected", kUntilReached},
    {kNotWritable, "Unable to write to the remote NFS directory", kUntilReached},
    {kNotWritable, "mkdir: cannot create directory", kUntilReached},
    {kNotWritable, "/vmcore-dmesg-incomplete.txt: "},  // the shell, of a file it cannot make
    {kNotWritable, "/dump-incomplete: "},
    {kNotWritable, "Can't open the dump file("},
    // The way to a server.
    {kHostKey, "Host key verification failed", kUntilReached},
    {kHostKey, "REMOTE HOST IDENTIFICATION HAS CHANGED", kUntilReached},
    {kSshAuth, ": Permission denied (", kUntilReached},
    {kSshAuth, "Too many authentication failures", kUntilReached},
    {kSshAuth, "UNPROTECTED PRIVATE KEY FILE", kUntilReached},
    {kNameResolution, "Could not resolve hostname", kUntilReached},
    {kNameResolution, "mount.nfs: Failed to resolve server", kUntilReached},
    {kNetwork, "ssh: connect to host ", kUntilReached},
    {kNetwork, "mount.nfs: Network is unreachable", kUntilReached},
    {kNetwork, "mount.nfs: No route to host", kUntilReached},
    {kNetwork, "mount.nfs: Connection timed out", kUntilReached},
    {kNetwork, "mount.nfs: Connection refused", kUntilReached},
    {kNetwork, "The network still isn't ready after waiting", kUntilReached},
    {kNetwork, "failed to get remote IP address!", kUntilReached},
    {kNetwork, "Unable to reach remote server ", kUntilReached},
    {kNetwork, "Error: Host not responding", kUntilReached},
    {kNetwork, "No carrier detected on interface", kUntilReached},
    {kNetwork, "Warning: dhcp for interface ", kUntilReached},
    {kNetwork, "): request timed out", kUntilReached},  // NetworkManager, "dhcp4 (eth0)"
    {kNetwork, "IP-Config: No network devices available", kUntilReached},
    {kNetwork, "kex_exchange_identification: ", kUntilReached},
    {kConnectionLost, "client_loop: send disconnect"},
    {kConnectionLost, "Read from remote host "},
    {kConnectionLost, " closed by remote host."},
    {kConnectionLost, " not responding, timed out"},  // fs/nfs, a soft mount
    {kNfs, "mount.nfs: ", kUntilReached},
    {kNfs, "mount.nfs4: ", kUntilReached},
    {kNfs, "Unable to mount remote NFS directory", kUntilReached},
    // The way to a disk.
    {kLuksLocked, "Failed to start Cryptography Setup for ", kUntilReached},
    {kLuksLocked, "Failed to start systemd-cryptsetup@", kUntilReached},  // from 249
    {kLuksLocked, "maximum number of tries exceeded", kUntilReached},
    {kLuksLocked, ": cryptsetup failed, bad password or options?", kUntilReached},
    {kLuksLocked, " does not exist, can't unlock ", kUntilReached},
    {kTargetDamaged, "UNEXPECTED INCONSISTENCY; RUN fsck MANUALLY", kUntilReached},
    {kTargetDamaged, ": Structure needs cleaning", kUntilReached},
    {kTargetDamaged, ": can't read superblock on ", kUntilReached},
    {kTargetDamaged, "wrong fs type, bad option, bad superblock on ", kUntilReached},
    {kDeviceMissing, "Timed out waiting for device ", kUntilReached},
    {kDeviceMissing, ": special device ", kUntilReached},
    {kDeviceMissing, "Warning: /dev/", kUntilReached},  // dracut, "does not exist"
    {kDeviceMissing, "Warning: \"/dev/", kUntilReached},
    {kDeviceMissing, "Could not boot.", kUntilReached},
    {kDeviceMissing, "starting timeout scripts", kUntilReached},
    // Of the suspend device it is harmless.
    {kDeviceMissing, "Gave up waiting for root ", kUntilReached},
    {kDeviceMissing, "does not exist.  Dropping to a shell!", kUntilReached},
    {kMountFailed, "it's not a mount point!", kUntilReached},
    {kMountFailed, "mounting failed (mount point: ", kUntilReached},
    {kMountFailed, "kdump: error: Dump target ", kUntilReached},
    {kMountFailed, "Failed to mount rootfs", kUntilReached},
    {kMountFailed, " as root file system.", kUntilReached},
    {kMountFailed, "Can't mount root filesystem", kUntilReached},
    {kMountFailed, "can't find in /etc/fstab", kUntilReached},
    {kMountFailed, ": mount point does not exist", kUntilReached},
    {kMountFailed, "Failed to mount /", kUntilReached},
    {kMountFailed, "Failed to mount kdumproot", kUntilReached},
    {kMountFailed, "Failed to mount sysroot", kUntilReached},
    {kMountFailed, "Failed to mount kdump-mnt", kUntilReached},
    {kMountFailed, "Failed to mount var-crash", kUntilReached},
    {kMountFailed, "Failed to mount var.mount", kUntilReached},
    {kMountFailed, "Dependency failed for /kdumproot", kUntilReached},
    {kMountFailed, "Dependency failed for kdump", kUntilReached},
    {kMountFailed, "Dependency failed for Kdump", kUntilReached},
    {kMountFailed, "Dependency failed for /sysroot", kUntilReached},
    {kMountFailed, "Dependency failed for sysroot", kUntilReached},
    // What a panic without an oops comes of stands above.
    {kInitrdDamaged, "Kernel panic - not syncing: Attempted to kill init!"},
    {kInitrdDamaged, "Kernel panic - not syncing: VFS: Unable to mount root fs"},
    {kInitrdDamaged, "Kernel panic - not syncing: No working init found"},
    {kCrash, "Kernel panic - not syncing: "},
    // The program that writes. "The kernel version is not supported." and "'-z' option is disabled"
    // are harmless.
    {kCollectorMissing, "makedumpfile: command not found"},
    {kCollectorMissing, "makedumpfile: not found"},
    {kCollectorMissing, "saving vmcore failed, exitcode:127"},
    {kCollectorArguments, "Commandline parameter is invalid."},
    {kCollectorArguments, "Dump_level("},
    {kCollectorKernel, "Attempt to read non-existent page at "},
    {kCollectorKernel, ": Can't exclude unnecessary pages."},
    {kCollectorKernel, " and VA Bits "},
    {kCollectorKernel, "get_machdep_info_"},
    {kCollectorKernel, "check_release: Can't get "},
    {kCollectorKilled, "saving vmcore failed, exitcode:137"},  // SIGKILL
    {kCollectorKilled, "saving vmcore failed, exitcode:139"},  // SIGSEGV
    {kTimeout, "kdump-capture.service: start operation timed out"},
    {kTimeout, "kdump-tools-dump.service: start operation timed out"},
    {kTimeout, "kdump-save.service: start operation timed out"},
    {kHookFailed, "kdump_pre script exited with non-zero status!"},
    {kHang, " blocked for more than "},  // kernel/hung_task.c
    {kHang, "BUG: soft lockup - CPU#"},
    {kHang, "self-detected stall on CPU"},
    {kHang, "detected stalls on CPUs/tasks"},
    // Only what came of it.
    {kCollectorFailed, "makedumpfile Failed."},
    {kSaveFailed, "saving vmcore failed"},
    {kSaveFailed, "moving vmcore failed"},
    {kSaveFailed, "Failed saving vmcore"},
    {kSaveFailed, ": failed to save vmcore "},
    {kEmergencyShell, "Entering kdump emergency mode."},
    {kEmergencyShell, "Entering emergency mode."},
    {kEmergencyShell, "You are in emergency mode."},
};

constexpr auto kRules = [] {
  std::array<CaptureFailureRule, std::size(kRows)> rules{};
  std::ranges::transform(kRows, rules.begin(), [](const Row& row) {
    return CaptureFailureRule{row.cause.code, row.words, row.cause.meaning, row.cause.remedy};
  });
  return rules;
}();

constexpr CaptureFailureRule RuleOf(const Row& row) {
  return {row.cause.code, row.words, row.cause.meaning, row.cause.remedy};
}
// In the order of CaptureSign.
constexpr std::array<CaptureFailureRule, kCaptureSigns> kSignRules{
    RuleOf({kNoSpace, "the header of the dump says that it is incomplete"}),
    RuleOf({kWatchdog, "a watchdog says that it has reset the machine"}),
    RuleOf({kHopFailed, "a panic record in pstore while kdump was armed"}),
    RuleOf({kInterrupted, "the dump still has the name of an unfinished one"}),
};

// The target is mounted and its directory made, or the server has answered.
constexpr std::string_view kReached[] = {"saving vmcore-dmesg.txt to ", "saving to raw disk ",
                                         "running makedumpfile ", "sending makedumpfile ",
                                         "Saved temporary README.txt"};
// The whole dump is where it should be, perhaps at the second attempt. Debian's "saved vmcore in"
// is no such word: kdump-config asks how the compressor ended, not makedumpfile.
constexpr std::string_view kSaved[] = {"saving vmcore complete", "Saved vmcore"};

bool SaysAny(std::string_view log, std::span<const std::string_view> words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return log.contains(word); });
}

// makedumpfile's progress and the error that ends it are one line with many returns.
std::string LineAt(std::string_view log, std::size_t at, std::string_view words) {
  constexpr std::string_view kEnds = "\r\n";
  const std::size_t begin = at == 0 ? log.npos : log.find_last_of(kEnds, at - 1);
  const std::string_view rest = log.substr(begin == log.npos ? 0 : begin + 1);
  std::string line = Printable(Trim(rest.substr(0, rest.find_first_of(kEnds))), kMaxLineBytes);
  if (line.contains(words)) return line;
  // They stand too far behind its start, or end with a blank at its end.
  const std::string_view from = log.substr(at);
  return Printable(from.substr(0, from.find_first_of(kEnds)), kMaxLineBytes);
}

}  // namespace

std::span<const CaptureFailureRule> CaptureFailureRules() { return kRules; }

std::optional<CaptureFailure> FindCaptureFailure(std::string_view log) {
  log.remove_prefix(log.size() - std::min(log.size(), kMaxLogBytes));
  if (SaysAny(log, kSaved)) return std::nullopt;
  const bool reached = SaysAny(log, kReached);
  for (std::size_t i = 0; i < kRules.size(); ++i) {
    if (reached && kRows[i].counts == kUntilReached) continue;
    const CaptureFailureRule& rule = kRules[i];
    // No words hold an end of line, so the text is searched as a whole.
    const std::size_t at = log.find(rule.words);
    if (at == log.npos) continue;
    return CaptureFailure{std::string(rule.code), LineAt(log, at, rule.words),
                          std::string(rule.meaning), std::string(rule.remedy)};
  }
  return std::nullopt;
}

const CaptureFailureRule& CaptureFailureBy(CaptureSign sign) {
  return kSignRules[std::min<std::size_t>(static_cast<std::size_t>(sign), kCaptureSigns - 1)];
}

const CaptureFailureRule* CaptureFailureOf(std::string_view code) {
  const auto* rule = std::ranges::find(kRules, code, &CaptureFailureRule::code);
  if (rule != kRules.end()) return rule;
  const auto* by_sign = std::ranges::find(kSignRules, code, &CaptureFailureRule::code);
  return by_sign == kSignRules.end() ? nullptr : by_sign;
}

}  // namespace kdumpd
