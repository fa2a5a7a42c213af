// SPDX-License-Identifier: Apache-2.0
// Checks of what kind of storage takes the dump, and by which name.
#include <algorithm>
#include <array>
#include <optional>

#include "daemon/core/checks_target.h"

namespace kdumpd {
namespace {

constexpr Remedy kMove{
    .rhel = "put the dump on ext4 or xfs, or send it away: `path` or a target in /etc/kdump.conf",
    .coreos = "set `path /var/crash` in the kdump.conf of the MachineConfig",
    .debian = "set KDUMP_COREDIR in /etc/default/kdump-tools to a directory on a disk",
    .suse = "set KDUMP_SAVEDIR in /etc/sysconfig/kdump to a directory on ext4, xfs or btrfs"};

// kdump-utils supported-kdump-targets.txt; openSUSE kdump takes what dracut mounts, and btrfs is
// its default. kdump-tools saves from the regular system, where any file system that lasts will do.
struct FsRule {
  std::string_view fstype;
  Status rhel;
  Status suse;
  Status debian;
};
constexpr auto kPass = Status::kPass;
constexpr auto kWarn = Status::kWarn;
constexpr auto kFail = Status::kFail;
constexpr auto kFsRules = std::to_array<FsRule>({
    {"ext2", kPass, kPass, kPass},     {"ext3", kPass, kPass, kPass},
    {"ext4", kPass, kPass, kPass},     {"xfs", kPass, kPass, kPass},
    {"nfs", kPass, kPass, kPass},      {"nfs4", kPass, kPass, kPass},
    {"virtiofs", kPass, kWarn, kPass}, {"btrfs", kWarn, kPass, kPass},
    {"cifs", kWarn, kPass, kPass},     {"minix", kWarn, kWarn, kPass},
    {"tmpfs", kFail, kFail, kFail},    {"ramfs", kFail, kFail, kFail},
    {"rootfs", kFail, kFail, kFail},   {"overlay", kFail, kFail, kPass},
    {"squashfs", kFail, kFail, kPass}, {"erofs", kFail, kFail, kPass},
    {"zfs", kFail, kFail, kPass},      {"gfs2", kFail, kFail, kPass},
    {"ocfs2", kFail, kFail, kPass},    {"fuse", kFail, kFail, kPass},
    {"fuseblk", kFail, kFail, kPass},  {"ceph", kFail, kFail, kPass},
});

// btrfs is Fedora's default; kdump-utils knows its subvolumes since 2025-09.
bool KnowsSubvolumes(const Facts& facts) {
  constexpr std::uint64_t kFirst = 43;
  return facts.os.known() && facts.os->id == "fedora" &&
         ParseUnsigned(facts.os->version_id).value_or(0) >= kFirst;
}

Status JudgeFs(const Facts& facts, std::string_view fstype) {
  const auto dialect = DialectOf(facts);
  if (fstype == "btrfs" && KnowsSubvolumes(facts)) return kPass;
  const auto* rule = std::ranges::find(kFsRules, fstype, &FsRule::fstype);
  if (rule == kFsRules.end()) {
    if (dialect == ConfigDialect::kKdumpTools) return kPass;
    return fstype.starts_with("fuse.") ? kFail : kWarn;
  }
  if (dialect == ConfigDialect::kKdumpTools) return rule->debian;
  return dialect == ConfigDialect::kSysconfig ? rule->suse : rule->rhel;
}

// What a layer below the target means; the rest of the stack is nothing to worry about.
struct LayerRule {
  std::string_view kind;
  Status status;
  std::string_view reason;
  std::string_view meaning;
  Remedy remedy;
};
constexpr auto kLayerRules = std::to_array<LayerRule>({
    {"ram", kFail, "volatile", "is memory, and empty after the reboot", kMove},
    {"loop", kFail, "loop_device", "is a file that the capture kernel does not set up", kMove},
    {"crypt",
     kWarn,
     "encrypted",
     "is encrypted: unless a key is handed over, somebody must type the passphrase",
     {.rhel = "hand the key over (kdumpctl setup-crypttab), bind it to Clevis, or dump elsewhere",
      .coreos = "bind the disk with Clevis to a TPM or Tang, or dump to a server",
      .debian = "use a directory that is not encrypted, or NFS or SSH",
      .suse = "use a directory that is not encrypted, or a server"}},
    {"bios-raid", kWarn, "bios_raid", "is a RAID of the firmware, listed as unsupported", kMove},
});

std::string StackText(const BlockDevice& device) {
  std::string text;
  for (const BlockLayer& layer : device.stack) {
    text += Cat(text.empty() ? "" : " < ", Printable(layer.name, 32), " (", layer.kind, ")");
  }
  return device.stack_clipped ? text + " < ..." : text;
}

// The first problem of the storage; none: nothing speaks against it.
std::optional<Finding> JudgeStack(const Facts& facts, const BlockDevice& device,
                                  const std::vector<Evidence>& evidence) {
  const bool regular_system = DialectOf(facts) == ConfigDialect::kKdumpTools;  // sets up loops too
  for (const LayerRule& rule : kLayerRules) {
    const auto layer = std::ranges::find(device.stack, rule.kind, &BlockLayer::kind);
    if (layer == device.stack.end()) continue;
    if (rule.kind == "loop" && regular_system) continue;
    if (rule.kind == "crypt" && device.capture_keys > 0) continue;
    return Found(rule.status, rule.reason,
                 Cat("the target's ", Printable(layer->name, 32), ' ', rule.meaning), evidence,
                 RemedyFor(facts, rule.remedy));
  }
  if (!device.usb) return std::nullopt;
  return Found(kWarn, "usb",
               "the target hangs on USB, which the capture kernel may bring up late or not at all",
               evidence, RemedyFor(facts, kMove));
}

Evidence FsEvidence(const Target& target) {
  return {target.mount ? "/proc/1/mountinfo" : "configuration",
          Cat(Printable(target.spec, 128), " type ", Printable(target.fstype, 32))};
}

// "sda1", "vdb": letters, then perhaps digits.
bool IsLettered(std::string_view rest) {
  const auto letters = std::min(rest.find_first_not_of("abcdefghijklmnopqrstuvwxyz"), rest.size());
  return letters > 0 && rest.find_first_not_of("0123456789", letters) == std::string_view::npos;
}
// "dm-3", "nvme0n1p2", "md127p1", "mmcblk0p1".
bool IsNumbered(std::string_view rest) {
  return !rest.empty() && rest.front() >= '0' && rest.front() <= '9' &&
         rest.find_first_not_of("0123456789npc") == std::string_view::npos;
}

struct KernelName {
  std::string_view prefix;
  bool (*fits)(std::string_view rest);
};
constexpr auto kKernelNames = std::to_array<KernelName>({
    {"sd", IsLettered},
    {"hd", IsLettered},
    {"vd", IsLettered},
    {"xvd", IsLettered},
    {"dasd", IsLettered},
    {"nvme", IsNumbered},
    {"dm-", IsNumbered},
    {"md", IsNumbered},
    {"mmcblk", IsNumbered},
    {"loop", IsNumbered},
    {"nbd", IsNumbered},
    {"pmem", IsNumbered},
    {"block/", IsNumbered},  // /dev/block/MAJOR:MINOR, without its colon
    {"disk/by-diskseq/", IsNumbered},
});

// Whether the kernel deals the name out in the order in which it finds devices.
bool IsKernelName(std::string_view link) {
  constexpr std::string_view kDev = "/dev/";
  if (!link.starts_with(kDev)) return false;
  std::string name(link.substr(kDev.size()));
  std::erase(name, ':');
  return std::ranges::any_of(kKernelNames, [&](const KernelName& kernel) {
    return name.starts_with(kernel.prefix) &&
           kernel.fits(std::string_view(name).substr(kernel.prefix.size()));
  });
}

// A link of udev that stays with the device, when one is known.
std::string PersistentName(const Facts& facts) {
  if (!facts.target_block.known()) return "UUID=...";
  for (const std::string_view place : {"disk/by-uuid/", "disk/by-partuuid/", "disk/by-id/"}) {
    for (const std::string& link : facts.target_block->links) {
      if (link.starts_with(place)) return Cat("/dev/", Printable(link, 128));
    }
  }
  return "UUID=...";
}

}  // namespace

// Source: kdump-utils supported-kdump-targets.txt, openSUSE kdump(5).
Finding TargetSupported(const Facts& facts, const Numbers&, const Policy&) {
  if (!facts.target.known()) return TargetNotKnown(facts);
  const Target& target = facts.target.value();
  if (!target.problem.empty()) {
    return NotApplicable("unresolved", "where the dump goes is not resolved");
  }
  std::vector<Evidence> evidence{FsEvidence(target)};
  const bool file_system = target.kind != TargetKind::kRaw && !target.fstype.empty();
  const Status fs = file_system ? JudgeFs(facts, target.fstype) : kPass;
  if (fs != kPass) {
    return Found(fs, "filesystem",
                 Cat("the target is ", Printable(target.fstype, 32),
                     fs == kFail ? ", which the capture kernel cannot keep a dump on"
                                 : ", which is not among the file systems kdump is tested with"),
                 evidence, RemedyFor(facts, kMove));
  }
  if (OverNetwork(target)) {
    return Found(kPass, "network", Cat("the dump is sent away (", Name(target.kind), ")"),
                 evidence);
  }
  if (facts.target_block.unreadable()) return NotKnown(facts.target_block);
  // A mount without a device has a number of its own, 0:N (fs/super.c get_anon_bdev).
  const std::string& number = target.device_number;
  const bool device_gone = !number.empty() && !number.starts_with("0:");
  if (facts.target_block.absent() && device_gone) return NotKnown(facts.target_block);
  if (facts.target_block.absent()) {
    return Found(kPass, "supported", Cat(Printable(target.fstype, 32), " without a block device"),
                 evidence);
  }
  const BlockDevice& device = facts.target_block.value();
  evidence.push_back({facts.target_block.source(), StackText(device)});
  if (auto problem = JudgeStack(facts, device, evidence)) return *std::move(problem);
  return Found(kPass, "supported",
               Cat(target.fstype.empty() ? Name(target.kind) : Printable(target.fstype, 32), " on ",
                   StackText(device)),
               evidence);
}

// Source: kdump-utils supported-kdump-targets.txt, udev(7).
Finding TargetPersistentName(const Facts& facts, const Numbers&, const Policy&) {
  if (!facts.target.known()) return TargetNotKnown(facts);
  const Target& target = facts.target.value();
  if (target.kind == TargetKind::kImplicit) {
    return NotApplicable("implicit", "no device is named: the image names what is mounted");
  }
  if (OverNetwork(target)) return NotApplicable("network", "the target is no device");
  const std::string name = Printable(target.spec, 128);
  if (IsKernelName(DeviceLink(target.spec))) {
    return Found(
        kWarn, "kernel_name",
        Cat(name, " is a name by order of discovery, and may be another disk next time"),
        {TargetLine(facts)},
        Cat("name it ", PersistentName(facts), " in ", ProfileOf(facts.distribution).config_path));
  }
  return Found(kPass, "persistent", Cat(name, " stays with its device"), {TargetLine(facts)});
}

}  // namespace kdumpd
