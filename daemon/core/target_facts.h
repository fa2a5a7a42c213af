// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/ssh_facts.h"
#include "daemon/core/target.h"

// What stands behind a target, without touching it: udev's database, keys, known hosts.
namespace kdumpd {

// One device of a stack, the way lsblk calls it.
struct BlockLayer {
  std::string name;  // "dm-0", "nvme0n1p3"
  std::string kind;  // disk, part, lvm, thin-pool, crypt, mpath, raid, bios-raid, dm, loop, ram
};

// What is known of a block device from /sys/dev/block/MAJOR:MINOR and from
// /run/udev/data/bMAJOR:MINOR. The device itself is never opened.
struct BlockDevice {
  std::string number;              // "259:2"
  bool udev = false;               // udev's database has it; without, there is no signature here
  std::string fs_type;             // ID_FS_TYPE
  std::string fs_usage;            // ID_FS_USAGE: filesystem, raid, crypto, other
  bool fs_ambivalent = false;      // ID_FS_AMBIVALENT: several signatures
  std::string table_type;          // ID_PART_TABLE_TYPE; a partition inherits its disk's
  std::string part_type;           // ID_PART_ENTRY_TYPE
  std::vector<std::string> links;  // "disk/by-uuid/...", below /dev
  std::string dm_uuid;             // "LVM-...", "CRYPT-LUKS2-...", "mpath-..."
  std::string dm_name;
  std::uint64_t bytes = 0;  // 0: not known
  bool partition = false;
  bool usb = false;                  // some device below hangs on USB
  bool stack_clipped = false;        // more layers than we follow
  std::vector<BlockLayer> stack;     // this device first, what it is made of after it
  std::vector<std::string> holders;  // devices stacked upon it
  // Keys that were handed to the capture kernel (/sys/kernel/config/crash_dm_crypt_keys/count).
  std::uint64_t capture_keys = 0;
};

// An entry of udev's database (systemd device_update_db): "E:KEY=value", "S:link". Only the fields
// above that name a property are filled in. Values are clipped at 255 bytes, links at 32.
[[nodiscard]] BlockDevice ParseUdevData(std::string_view text);

// The kind of a layer by its name and, for device-mapper, the uuid its owner gave it.
[[nodiscard]] std::string_view BlockKind(std::string_view name, std::string_view dm_uuid,
                                         bool partition);

// Who receives the dump.
struct Endpoint {
  std::string user;  // may carry ":***" for a password
  std::string host;  // without brackets; "" for a local target
  std::string port;  // "" for the usual one
};
// "user@host", "[2001:db8::1]:/export", "//host/share": by the kind of the target, or by the file
// system a path lies on.
[[nodiscard]] Endpoint EndpointOf(const Target& target);

// An IPv4 or IPv6 address, which nobody needs to look up.
[[nodiscard]] bool IsAddress(std::string_view host);

// resolv.conf(5): at most 16 of them, in order.
[[nodiscard]] std::vector<std::string> ParseNameservers(std::string_view text);
// hosts(5): every name and alias, lower case; at most 20,000.
[[nodiscard]] std::vector<std::string> ParseHostNames(std::string_view text);

}  // namespace kdumpd
