// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/mounts.h"

#include <algorithm>
#include <array>
#include <limits>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::size_t kMaxMounts = 20000;

bool IsOctal(std::string_view digits) {
  return digits.size() == 3 && digits[0] <= '3' &&
         std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '7'; });
}

// "\040" is a blank: mangle_path in the kernel, the same in fstab(5).
std::string Unescape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto plain = std::min(text.find('\\'), text.size());
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const std::string_view digits = text.substr(1, 3);
    const bool escape = IsOctal(digits);
    out +=
        escape
            ? static_cast<char>((digits[0] - '0') * 64 + (digits[1] - '0') * 8 + (digits[2] - '0'))
            : '\\';
    text.remove_prefix(escape ? 4 : 1);
  }
  return out;
}

bool HasOption(std::string_view options, std::string_view option) {
  const auto words = Split(options, ',');
  return std::ranges::find(words, option) != words.end();
}

std::optional<int> ParseId(std::string_view text) {
  const auto id = ParseUnsigned(text);
  if (!id || *id > std::numeric_limits<int>::max()) return std::nullopt;
  return static_cast<int>(*id);
}

// ID PARENT MAJOR:MINOR ROOT POINT OPTIONS [TAG...] - FSTYPE SOURCE SUPER_OPTIONS
std::optional<Mount> ParseMountLine(std::string_view line) {
  constexpr std::size_t kTags = 6;       // where the optional fields begin
  const auto fields = Split(line, ' ');  // at each blank: SOURCE may be empty
  if (fields.size() < kTags + 4) return std::nullopt;
  const auto dash = std::find(fields.begin() + kTags, fields.end(), "-");
  if (fields.end() - dash < 4) return std::nullopt;
  const auto id = ParseId(fields[0]);
  const auto parent = ParseId(fields[1]);
  if (!id || !parent || !fields[4].starts_with('/') || dash[1].empty()) return std::nullopt;
  return Mount{.id = *id,
               .parent = *parent,
               .device_number = std::string(fields[2]),
               .root = Unescape(fields[3]),
               .point = Unescape(fields[4]),
               .options = Unescape(fields[5]),
               .fstype = Unescape(dash[1]),
               .source = Unescape(dash[2]),
               .super_options = Unescape(dash[3])};
}

// Whether `path` is `point` or lies below it.
bool Holds(std::string_view point, std::string_view path) {
  if (point == "/") return path.starts_with('/');
  return path.starts_with(point) && (path.size() == point.size() || path[point.size()] == '/');
}

// Filesystems whose calls never leave this machine. A stacked one counts by itself: where an
// overlay's layers lie is not in the mount table. What is missing here may hang.
constexpr auto kLocalFilesystems = std::to_array<std::string_view>({
    "bcachefs",   "binder",    "binfmt_misc", "bpf",      "btrfs",    "cgroup",   "cgroup2",
    "configfs",   "cramfs",    "debugfs",     "devpts",   "devtmpfs", "efivarfs", "erofs",
    "exfat",      "ext2",      "ext3",        "ext4",     "f2fs",     "fusectl",  "hfs",
    "hfsplus",    "hugetlbfs", "iso9660",     "jffs2",    "jfs",      "minix",    "mqueue",
    "msdos",      "nilfs2",    "nsfs",        "ntfs",     "ntfs3",    "overlay",  "proc",
    "pstore",     "ramfs",     "reiserfs",    "resctrl",  "romfs",    "rootfs",   "rpc_pipefs",
    "securityfs", "selinuxfs", "smackfs",     "squashfs", "sysfs",    "tmpfs",    "tracefs",
    "ubifs",      "udf",       "ufs",         "vfat",     "xfs",      "zfs",      "zonefs",
});
static_assert(std::ranges::is_sorted(kLocalFilesystems));

}  // namespace

bool Mount::ReadOnly() const { return HasOption(options, "ro") || HasOption(super_options, "ro"); }

std::vector<Mount> ParseMountinfo(std::string_view text) {
  std::vector<Mount> mounts;
  for (const std::string_view line : Lines(text)) {
    if (mounts.size() == kMaxMounts) break;
    if (auto mount = ParseMountLine(line)) mounts.push_back(*std::move(mount));
  }
  return mounts;
}

const Mount* MountOf(const std::vector<Mount>& mounts, std::string_view path) {
  const Mount* best = nullptr;
  for (const Mount& mount : mounts) {
    const bool longer = best == nullptr || mount.point.size() >= best->point.size();
    if (longer && Holds(mount.point, path)) best = &mount;
  }
  return best;
}

bool MayHang(std::string_view fstype) {
  return !std::ranges::binary_search(kLocalFilesystems, fstype);
}

bool FstabEntry::NoAuto() const { return HasOption(options, "noauto"); }

std::vector<FstabEntry> ParseFstab(std::string_view text) {
  std::vector<FstabEntry> entries;
  for (const std::string_view line : Lines(text)) {
    const auto fields = Words(Trim(line));
    if (fields.size() < 3 || fields[0].starts_with('#')) continue;
    const std::string_view options = fields.size() > 3 ? fields[3] : "defaults";
    entries.push_back(
        {Unescape(fields[0]), Unescape(fields[1]), std::string(fields[2]), Unescape(options)});
  }
  return entries;
}

}  // namespace kdumpd
