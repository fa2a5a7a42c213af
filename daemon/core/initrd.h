// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/profile.h"

namespace kdumpd {

// What decides where the capture kernel's initramfs lies.
struct InitrdQuestion {
  Distribution distribution = Distribution::kOther;
  std::string_view cmdline{};         // for BOOT_IMAGE=
  std::string_view kernel_release{};  // "" when not known
  std::string_view machine_id{};      // for /boot/<machine-id>/<release>/; "" when not known
  std::string_view configured{};      // kdump-tools: KDUMP_INITRD; "" when not set
  bool ostree = false;
  bool fadump = false;  // the system's own initramfs is the one that captures
};

// Absolute paths, the likeliest first, none twice. kdump-utils kdump-lib.sh prepare_kdump_bootinfo,
// Debian kdump-config, SUSE load.sh.
[[nodiscard]] std::vector<std::string> InitrdCandidates(const InitrdQuestion& question);

// What the first bytes of an initramfs say: gzip, xz, zstd, lz4, bzip2, lzma, lzop, cpio, squashfs;
// "" for none of them. lib/decompress.c, init/initramfs.c, fs/squashfs/squashfs_fs.h.
[[nodiscard]] std::string_view InitrdMagic(std::string_view head);

}  // namespace kdumpd
