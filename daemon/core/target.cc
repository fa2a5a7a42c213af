// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/target.h"

#include <algorithm>
#include <array>
#include <utility>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

// util-linux tags and the directories where udev puts the links (60-persistent-storage.rules).
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kTags{{
    {"UUID=", "/dev/disk/by-uuid/"},
    {"LABEL=", "/dev/disk/by-label/"},
    {"PARTUUID=", "/dev/disk/by-partuuid/"},
    {"PARTLABEL=", "/dev/disk/by-partlabel/"},
    {"ID=", "/dev/disk/by-id/"},
}};

// As udev writes a value into a file name (systemd device-nodes.c, encode_devnode_name).
std::string UdevName(std::string_view value) {
  constexpr std::string_view kHex = "0123456789abcdef";
  constexpr std::string_view kKept = "#+-.:=@_";
  std::string name;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool digit = c >= '0' && c <= '9';
    if (letter || digit || byte >= 0x80 || kKept.find(c) != std::string_view::npos) {
      name += c;
    } else {
      name += Cat("\\x", kHex[byte >> 4U], kHex[byte & 15U]);
    }
  }
  return name;
}

// An absolute path of both, with single slashes (kdump-lib.sh get_save_path does `tr -s /`).
std::string Join(std::string_view directory, std::string_view rest) {
  std::string path;
  for (const std::string_view part : {directory, rest}) {
    for (const std::string_view name : Split(part, '/')) {
      if (!name.empty() && name != ".") path += Cat('/', name);
    }
  }
  return path.empty() ? "/" : path;
}

// What follows `directory` in `path`, when path lies in it. Both are absolute.
std::optional<std::string_view> Below(std::string_view path, std::string_view directory) {
  if (directory.ends_with('/')) directory.remove_suffix(1);
  if (!path.starts_with(directory)) return std::nullopt;
  path.remove_prefix(directory.size());
  if (!path.empty() && path.front() != '/') return std::nullopt;
  return path;
}

// The mounted directory as the filesystem's own root sees it. Of btrfs the subvolume counts as the
// root: it is what the capture kernel mounts (kdump-lib.sh get_bind_mount_source).
std::string FilesystemRoot(const Mount& mount) {
  constexpr std::string_view kSubvolume = "subvol=";
  if (mount.fstype == "btrfs") {
    for (const std::string_view option : Split(mount.super_options, ',')) {
      if (!option.starts_with(kSubvolume)) continue;
      const auto rest = Below(mount.root, option.substr(kSubvolume.size()));
      if (rest) return Join("/", *rest);
    }
  }
  return mount.root;
}

bool IsNfs(std::string_view fstype) { return fstype == "nfs" || fstype == "nfs4"; }

std::string_view WithoutSlash(std::string_view text) {
  while (text.size() > 1 && text.ends_with('/')) text.remove_suffix(1);
  return text;
}

// The kind that decides how `target` is found: --mount carries its filesystem with it.
TargetKind EffectiveKind(const ConfiguredTarget& target) {
  if (target.kind != TargetKind::kMount) return target.kind;
  if (IsNfs(target.fstype)) return TargetKind::kNfs;
  return target.fstype == "virtiofs" ? TargetKind::kVirtiofs : TargetKind::kDevice;
}

// What a target token must look like (kdump.conf(5)).
struct Form {
  TargetKind kind;
  bool (*fits)(std::string_view spec);
  std::string_view expected;
};

bool IsDevice(std::string_view spec) { return !DeviceLink(spec).empty(); }
bool IsExport(std::string_view spec) {
  const auto at = spec.find(":/");
  const bool brackets = spec.starts_with('[');
  return at != std::string_view::npos && at > 0 && (!brackets || spec.find("]:/") == at - 1);
}
bool IsLogin(std::string_view spec) {
  const auto at = spec.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < spec.size();
}
bool IsGiven(std::string_view spec) { return !spec.empty(); }

constexpr std::string_view kDeviceForm = "a device path, UUID=, LABEL=, PARTUUID= or PARTLABEL=";
constexpr std::array<Form, 7> kForms{{
    {TargetKind::kDevice, IsDevice, kDeviceForm},
    {TargetKind::kRaw, IsDevice, kDeviceForm},
    {TargetKind::kNfs, IsExport, "server:/export"},
    {TargetKind::kSsh, IsLogin, "user@host"},
    {TargetKind::kVirtiofs, IsGiven, "the tag of a virtiofs share"},
    {TargetKind::kFtp, IsGiven, "a host"},
    {TargetKind::kSmb, IsGiven, "a host and a share"},
}};

std::string FormProblem(const KdumpConfig& config) {
  const ConfiguredTarget& configured = config.target;
  const TargetKind kind = EffectiveKind(configured);
  // Only kdumpctl insists on the user (check_ssh_config); elsewhere ssh finds one.
  const bool any_login = kind == TargetKind::kSsh && config.dialect != ConfigDialect::kKdumpConf;
  for (const Form& form : kForms) {
    if (form.kind != kind) continue;
    if (form.fits(configured.spec) || (any_login && IsGiven(configured.spec))) continue;
    return Cat(Name(kind), " target \"", Printable(configured.spec), "\": expected ",
               form.expected);
  }
  return {};
}

struct Device {
  std::string_view node;    // "/dev/nvme0n1p4"
  std::string_view number;  // "259:2"
};

bool IsSource(const Mount& mount, TargetKind kind, std::string_view spec, const Device& device) {
  switch (kind) {
    case TargetKind::kDevice:
      return mount.source == spec || (!device.node.empty() && mount.source == device.node) ||
             (!device.number.empty() && mount.device_number == device.number);
    case TargetKind::kNfs:
      return IsNfs(mount.fstype) && WithoutSlash(mount.source) == WithoutSlash(spec);
    case TargetKind::kVirtiofs:
      return mount.fstype == "virtiofs" && mount.source == spec;
    default:
      return false;  // raw is not mounted, the others never are
  }
}

// Finds the mount through which `target.path_on_device` is seen. One filesystem may be mounted in
// many places (OSTree mounts /ostree/deploy/<os>/var on /var): the deepest one that is not hidden
// below another mount.
template <class Matches>
void SeeThrough(const std::vector<Mount>& mounts, const Matches& matches, Target& target) {
  std::size_t depth = 0;
  for (const Mount& mount : mounts) {
    if (!matches(mount)) continue;
    if (!target.mount) target.mount = mount;  // mounted, if only elsewhere
    const std::string root = FilesystemRoot(mount);
    const auto rest = Below(target.path_on_device, root);
    if (!rest || root.size() <= depth) continue;
    std::string live = Join(mount.point, *rest);
    if (MountOf(mounts, live) != &mount) continue;
    depth = root.size();
    target.mount = mount;
    target.live_path = std::move(live);
  }
}

Target ImplicitTarget(const KdumpConfig& config, const std::vector<Mount>& mounts) {
  Target target;
  if (!config.path.starts_with('/')) {
    target.problem =
        Cat("path \"", Printable(config.path), "\" is relative: expected an absolute path");
    return target;
  }
  const std::string path = Join(config.path, "");
  const Mount* mount = MountOf(mounts, path);
  if (mount == nullptr) {
    target.problem =
        Cat("path \"", Printable(path), "\" lies on no mount: expected a mounted filesystem");
    return target;
  }
  target.spec = mount->source;
  target.fstype = mount->fstype;
  target.mount = *mount;
  target.device_number = mount->device_number;
  target.live_path = path;
  target.path_on_device = Join(FilesystemRoot(*mount), Below(path, mount->point).value_or(""));
  return target;
}

// mkdumprd check_user_configured_target: "have a wrong type config", nfs4 counting as nfs.
void CompareFstype(const ConfiguredTarget& configured, Target& target) {
  if (!target.mount) return;
  const bool same = target.mount->fstype == configured.fstype ||
                    (IsNfs(target.mount->fstype) && IsNfs(configured.fstype));
  target.fstype = target.mount->fstype;
  if (same || configured.fstype.empty()) return;
  target.problem = Cat("target \"", Printable(configured.spec), "\" is configured as ",
                       Printable(configured.fstype), ": expected ", Printable(target.fstype),
                       ", as mounted at ", Printable(target.mount->point));
}

void LookUpFstab(const std::vector<FstabEntry>& fstab, std::string_view node, Target& target) {
  const std::string link = DeviceLink(target.spec);
  for (const FstabEntry& entry : fstab) {
    const bool named = WithoutSlash(entry.spec) == WithoutSlash(target.spec) ||
                       (!node.empty() && entry.spec == node) ||
                       (!link.empty() && DeviceLink(entry.spec) == link);
    if (!named && !(target.mount && target.mount->point == entry.point)) continue;
    target.in_fstab = true;
    target.noauto = entry.NoAuto();
    return;
  }
}

}  // namespace

std::string DeviceLink(std::string_view spec) {
  std::string bare(spec);  // quotes may stand around the value or the whole
  std::erase(bare, '"');
  if (bare.starts_with('/')) return bare;
  for (const auto& [tag, directory] : kTags) {
    if (!bare.starts_with(tag) || bare.size() == tag.size()) continue;
    return Cat(directory, UdevName(std::string_view(bare).substr(tag.size())));
  }
  return {};
}

Target ResolveTarget(const KdumpConfig& config, const std::vector<Mount>& mounts,
                     const std::vector<FstabEntry>& fstab, std::string_view device,
                     std::string_view device_number) {
  const ConfiguredTarget& configured = config.target;
  if (configured.kind == TargetKind::kImplicit) {
    Target target = ImplicitTarget(config, mounts);
    LookUpFstab(fstab, {}, target);
    return target;
  }
  Target target;
  target.kind = configured.kind;
  target.spec = configured.spec;
  target.fstype = configured.fstype;
  target.device_number = device_number;
  target.problem = FormProblem(config);
  if (!target.problem.empty() || configured.kind == TargetKind::kRaw) return target;

  const TargetKind kind = EffectiveKind(configured);
  // kdump-config mounts the export on KDUMP_COREDIR; kdump-save mounts the whole path of the URL.
  const bool whole = kind == TargetKind::kNfs && config.dialect != ConfigDialect::kKdumpConf;
  target.path_on_device = whole ? "/" : Join(config.path, "");
  const Device node{device, device_number};
  SeeThrough(
      mounts, [&](const Mount& m) { return IsSource(m, kind, configured.spec, node); }, target);
  if (target.mount) target.device_number = target.mount->device_number;
  CompareFstype(configured, target);
  LookUpFstab(fstab, device, target);
  return target;
}

}  // namespace kdumpd
