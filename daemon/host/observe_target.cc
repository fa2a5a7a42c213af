// SPDX-License-Identifier: Apache-2.0
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <ranges>
#include <set>
#include <utility>

#include "daemon/core/text.h"
#include "daemon/host/observe_parts.h"
#include "daemon/host/system_error.h"

namespace kdumpd {
namespace {

constexpr std::string_view kMountinfo = "/proc/1/mountinfo";
constexpr std::size_t kMountinfoLimit = 4 << 20;
constexpr std::string_view kFstab = "/etc/fstab";

struct DeviceNode {
  Fact<bool> there;
  std::string path;    // after symbolic links; "" when it is not there
  std::string number;  // "259:2"; "" when it is no block device
};

bool NamesDevice(TargetKind kind) {
  return kind == TargetKind::kDevice || kind == TargetKind::kRaw || kind == TargetKind::kMount;
}

// Looks a device up by name; never opens it.
DeviceNode FindDevice(const HostRoot& root, const ConfiguredTarget& target) {
  const std::string link = NamesDevice(target.kind) ? DeviceLink(target.spec) : "";
  if (link.empty()) return {Fact<bool>::Absent(Printable(target.spec)), {}, {}};
  auto entry = root.Stat(link);
  if (entry) {
    const struct stat& status = entry->status;
    std::string number;
    if (S_ISBLK(status.st_mode)) number = Cat(major(status.st_rdev), ':', minor(status.st_rdev));
    return {Fact<bool>::Known(!S_ISDIR(status.st_mode), link), std::move(entry->resolved),
            std::move(number)};
  }
  if (entry.error().code != ErrorCode::kNotFound) {
    return {Fact<bool>::Unreadable(link, entry.error().message), {}, {}};
  }
  // An empty /dev is a container's, not the node's.
  const KernelFiles dev(root, "/dev");
  if (!dev.Listed().known()) return {dev.NotThere<bool>(link), {}, {}};
  return {Fact<bool>::Known(false, link), {}, {}};
}

// fstab with "UUID=..." and links replaced by the device they lead to.
Result<std::vector<FstabEntry>> ReadFstab(const HostRoot& root, bool resolve) {
  auto text = root.Read(kFstab);
  if (!text && text.error().code == ErrorCode::kNotFound) return std::vector<FstabEntry>{};
  if (!text) return std::unexpected(std::move(text).error());
  auto entries = ParseFstab(*text);
  for (FstabEntry& entry : entries) {
    const std::string link = resolve ? DeviceLink(entry.spec) : "";
    if (link.empty()) continue;
    if (auto device = root.Stat(link)) entry.spec = std::move(device->resolved);
  }
  return entries;
}

Fact<Target> ReadTarget(const HostRoot& root, const Facts& facts, const DeviceNode& device) {
  const KdumpConfig& config = facts.config.value();
  const auto fstab = ReadFstab(root, !device.path.empty());
  Target target =
      ResolveTarget(config, facts.mounts.value(), fstab ? fstab.value() : std::vector<FstabEntry>{},
                    device.path, device.number);
  const bool asks_fstab = NamesDevice(target.kind) && target.kind != TargetKind::kRaw;
  if (!fstab && asks_fstab && !target.mount) {
    return Fact<Target>::Unreadable(std::string(kFstab), fstab.error().message);
  }
  return Fact<Target>::Known(std::move(target), facts.config.source());
}

// Why the target's own files cannot be looked at from here; "" when they can.
std::string Untouchable(const Target& target) {
  if (!target.problem.empty() && target.live_path.empty()) return target.problem;
  if (target.live_path.empty()) return "the target is not mounted here";
  return MayNotAnswer(target.mount ? &*target.mount : nullptr);
}

Fact<PathFacts> ReadPath(const HostRoot& root, const Facts& facts) {
  const Target& target = facts.target.value();
  auto entry = root.Stat(target.live_path);
  if (!entry && entry.error().code == ErrorCode::kNotFound) {
    return Fact<PathFacts>::Known({}, target.live_path);
  }
  if (!entry) return Fact<PathFacts>::Unreadable(target.live_path, entry.error().message);
  const Mount* mount = MountOf(facts.mounts.value(), entry->resolved);
  PathFacts path;
  path.exists = true;
  path.is_directory = S_ISDIR(entry->status.st_mode);
  path.elsewhere =
      mount == nullptr || !target.mount || mount->device_number != target.mount->device_number;
  path.resolved = std::move(entry->resolved);
  path.mode = entry->status.st_mode & 07777;
  return Fact<PathFacts>::Known(std::move(path), target.live_path);
}

Result<Space> SpaceOf(int fd) {
  struct statvfs status{};
  if (fstatvfs(fd, &status) != 0) return FailSystem("statvfs", errno);
  Space space;
  if (__builtin_mul_overflow(status.f_blocks, status.f_frsize, &space.total_bytes) ||
      __builtin_mul_overflow(status.f_bavail, status.f_frsize, &space.free_bytes)) {
    return Fail(ErrorCode::kInvalid, "statvfs: sizes past 2^64");
  }
  return space;
}

// Of the directory itself, or of its mount while the directory is not there or leads elsewhere.
Fact<Space> ReadSpace(const HostRoot& root, const Target& target, const Fact<PathFacts>& path) {
  const bool inside = path.known() && path->is_directory && !path->elsewhere;
  const std::string& place = inside ? target.live_path : target.mount->point;
  auto fd = root.OpenPath(place);
  if (!fd) return Fact<Space>::Unreadable(place, fd.error().message);
  return Fact<Space>::From(SpaceOf(fd->get()), place);
}

template <class T>
void SetUnreadable(Fact<T>& fact, std::string_view source, std::string_view why) {
  fact = Fact<T>::Unreadable(std::string(source), std::string(why));
}

}  // namespace

std::string MayNotAnswer(const Mount* mount) {
  if (mount == nullptr || !MayHang(mount->fstype)) return {};
  return Cat("not touched: ", Printable(mount->fstype, 32), " at ", Printable(mount->point),
             " may not answer");
}

void ObserveMounts(HostRoot& root, Facts& facts) {
  const KernelFiles proc(root, "/proc");
  facts.mounts =
      Parsed<std::vector<Mount>>(proc.ReadAlways(kMountinfo, kMountinfoLimit),
                                 [](std::string_view text) -> Result<std::vector<Mount>> {
                                   auto mounts = ParseMountinfo(text);
                                   if (mounts.empty())
                                     return Fail(ErrorCode::kInvalid, "no mount in it");
                                   return mounts;
                                 });
  if (!facts.mounts.known()) return;  // what was avoided before stays so
  // Of several mounts on one point the last hides the others.
  std::set<std::string_view> seen;
  std::vector<std::string> avoid;
  for (const Mount& mount : facts.mounts.value() | std::views::reverse) {
    if (seen.insert(mount.point).second && MayHang(mount.fstype)) avoid.push_back(mount.point);
  }
  root.Avoid(std::move(avoid));
}

void ObserveTarget(const HostRoot& root, Facts& facts) {
  const std::string blind = Blind(facts);
  if (!blind.empty() || !facts.config.known()) {
    facts.target = blind.empty() ? Fact<Target>::Like(facts.config)
                                 : Fact<Target>::Unreadable(std::string(kMountinfo), blind);
    facts.target_path = Fact<PathFacts>::Like(facts.target);
    facts.target_space = Fact<Space>::Like(facts.target);
    facts.target_device = Fact<bool>::Like(facts.target);
    return;
  }
  DeviceNode device = FindDevice(root, facts.config->target);
  facts.target = ReadTarget(root, facts, device);
  facts.target_device = std::move(device.there);
  const std::string why =
      facts.target.known() ? Untouchable(facts.target.value()) : facts.target.why();
  if (!why.empty()) {
    SetUnreadable(facts.target_path, facts.target.source(), why);
    SetUnreadable(facts.target_space, facts.target.source(), why);
    return;
  }
  facts.target_path = ReadPath(root, facts);
  facts.target_space = ReadSpace(root, facts.target.value(), facts.target_path);
}

}  // namespace kdumpd
