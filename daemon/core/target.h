// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/core/kdump_config.h"
#include "daemon/core/mounts.h"

namespace kdumpd {

// Where a dump would be written, in this node's own words. kdump-utils kdump-lib.sh
// (get_kdump_mntpoint_from_target, get_bind_mount_source, get_save_path), kdump-config, kdump-save.
struct Target {
  TargetKind kind = TargetKind::kImplicit;
  std::string spec;    // as configured; the device of the mount for an implicit one
  std::string fstype;  // of the mount that holds it, or as configured; "" when not known
  std::optional<Mount>
      mount;  // the live mount; none for remote or raw targets, or when not mounted
  // Directory on the running node where dumps appear; "" when this node cannot see it. On a network
  // mount it is named and must not be touched (MayHang(mount->fstype)).
  std::string live_path;
  std::string path_on_device;  // directory relative to the root of that filesystem
  bool noauto = false;         // in fstab with noauto: mounted only for the dump
  bool in_fstab = false;
  std::string problem;  // why it cannot be resolved; "" when it can
  // "259:2": of the mount, else of the device node that is named; "" when not known. Of btrfs and
  // other file systems that span devices it is 0:N, and belongs to no device.
  std::string device_number;
};

// `device`: the node that `config.target.spec` names, symlinks resolved ("/dev/nvme0n1p4"), or "".
// `device_number`: of that node ("259:2"), or ""; it finds a mount whose source is another name of
// the same device ("/dev/mapper/vg-dump" for "/dev/dm-3"). Specs in `fstab` may be resolved
// likewise.
[[nodiscard]] Target ResolveTarget(const KdumpConfig& config, const std::vector<Mount>& mounts,
                                   const std::vector<FstabEntry>& fstab, std::string_view device,
                                   std::string_view device_number = {});

// The links under which udev names a device ("UUID=..." -> "/dev/disk/by-uuid/..."), or the spec
// itself when it is a path; "" for anything else. Quotes around the value are dropped
// (to_dev_name), and what udev does not put into a name is written as it writes it (\x20).
[[nodiscard]] std::string DeviceLink(std::string_view spec);

}  // namespace kdumpd
