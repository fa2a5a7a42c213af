// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/initrd.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "daemon/core/cmdline.h"
#include "daemon/core/text.h"

namespace kdumpd {
namespace {

using Paths = std::vector<std::string>;
using namespace std::string_view_literals;

void Add(Paths& paths, std::string path) {
  if (std::ranges::find(paths, path) == paths.end()) paths.push_back(std::move(path));
}

// The directory of BOOT_IMAGE=(hd0,gpt2)/vmlinuz-..., "" at the top of its partition; nothing
// without one. GRUB names the file relative to the partition that it lies on.
std::optional<std::string> BootImageDirectory(std::string_view cmdline) {
  const auto image = CmdlineValue(cmdline, "BOOT_IMAGE");
  if (!image) return std::nullopt;
  std::string_view path = *image;
  if (path.starts_with('(')) path.remove_prefix(std::min(path.find(')'), path.size() - 1) + 1);
  if (!path.starts_with('/')) return std::nullopt;
  return std::string(path.substr(0, path.rfind('/')));
}

// Where kernels lie, in the order in which prepare_kdump_kernel tries them.
Paths BootDirectories(const InitrdQuestion& question) {
  Paths directories;
  const auto image = BootImageDirectory(question.cmdline);
  if (image) {
    for (const std::string_view top : {"/boot", "/boot/efi", "/efi", ""}) {
      if (top.empty() && image->empty()) continue;
      Add(directories, Cat(top, *image));
    }
  }
  Add(directories, "/boot");
  if (question.machine_id.empty()) return directories;
  for (const std::string_view top : {"/boot/", "/boot/efi/", "/efi/"}) {
    Add(directories, Cat(top, question.machine_id, '/', question.kernel_release));
  }
  return directories;
}

// A debug kernel is captured by its sibling without "+debug" when that is installed.
Paths KernelReleases(const InitrdQuestion& question) {
  Paths releases{std::string(question.kernel_release)};
  if (question.kernel_release.ends_with("+debug")) {
    releases.emplace_back(question.kernel_release.substr(0, question.kernel_release.size() - 6));
  }
  return releases;
}

Paths RhelCandidates(const InitrdQuestion& question) {
  constexpr std::string_view kVar = "/var/lib/kdump";
  Paths directories = BootDirectories(question);
  // Used when the kernel's directory is not writable, which is always so on OSTree.
  if (question.ostree) {
    directories.emplace(directories.begin(), kVar);
  } else {
    directories.emplace_back(kVar);
  }
  Paths paths;
  for (const std::string& directory : directories) {
    for (const std::string& release : KernelReleases(question)) {
      Add(paths, Cat(directory, "/initramfs-", release, "kdump.img"));
    }
    Add(paths, Cat(directory, "/initrdkdump"));
  }
  return paths;
}

Paths DebianCandidates(const InitrdQuestion& question) {
  if (!question.configured.empty()) return {std::string(question.configured)};
  return {"/var/lib/kdump/initrd.img", Cat("/var/lib/kdump/initrd.img-", question.kernel_release)};
}

// fadump restarts the system kernel, and the boot loader gives it the system's own initramfs.
Paths FadumpCandidates(const InitrdQuestion& question) {
  constexpr std::array kNames{
      std::pair("/initramfs-"sv, ".img"sv),  // RHEL
      std::pair("/initrd.img-"sv, ""sv),     // Debian
      std::pair("/initrd-"sv, ""sv),         // SUSE
  };
  Paths paths;
  for (const std::string& directory : BootDirectories(question)) {
    for (const auto& [before, after] : kNames) {
      Add(paths, Cat(directory, before, question.kernel_release, after));
    }
    if (directory != "/boot") Add(paths, Cat(directory, "/initrd"));
  }
  return paths;
}

constexpr std::array kMagics{
    std::pair("\x1f\x8b"sv, "gzip"sv),
    std::pair("\xfd"
              "7zXZ\0"sv,
              "xz"sv),
    std::pair("\x28\xb5\x2f\xfd"sv, "zstd"sv),
    std::pair("\x02\x21\x4c\x18"sv, "lz4"sv),
    std::pair("BZh"sv, "bzip2"sv),
    std::pair("\x5d\0\0"sv, "lzma"sv),
    std::pair("\x89LZO\0"sv, "lzop"sv),
    std::pair("070701"sv, "cpio"sv),
    std::pair("070702"sv, "cpio"sv),
    std::pair("hsqs"sv, "squashfs"sv),
};

// kdump 2 keeps it in its own directory, kdump 1 and before beside the kernel.
std::vector<std::string> SuseCandidates(const InitrdQuestion& question) {
  std::vector<std::string> paths{"/var/lib/kdump/initrd"};
  if (!question.kernel_release.empty()) {
    paths.push_back(Cat("/boot/initrd-", question.kernel_release, "-kdump"));
  }
  return paths;
}

}  // namespace

std::vector<std::string> InitrdCandidates(const InitrdQuestion& question) {
  if (question.fadump) return FadumpCandidates(question);
  switch (question.distribution) {
    case Distribution::kDebian:
    case Distribution::kUbuntu:
      return DebianCandidates(question);
    case Distribution::kSuse:
      return SuseCandidates(question);
    default:
      return RhelCandidates(question);
  }
}

std::string_view InitrdMagic(std::string_view head) {
  for (const auto& [bytes, name] : kMagics) {
    if (head.starts_with(bytes)) return name;
  }
  return {};
}

}  // namespace kdumpd
