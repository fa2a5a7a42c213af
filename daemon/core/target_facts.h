// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

// What stands behind a target, without touching it: udev's database, keys, known hosts.
namespace kdumpd {

// /run/udev/data/bMAJOR:MINOR, the properties that say what is on a block device.
struct BlockDevice {
  std::string number;     // "259:2"
  std::string fs_type;    // ID_FS_TYPE
  std::string fs_usage;   // ID_FS_USAGE: filesystem, raid, crypto, other
  std::string part_type;  // ID_PART_ENTRY_TYPE
  std::string dm_uuid;    // DM_UUID, /sys/dev/block/N/dm/uuid
  std::uint64_t bytes = 0;
  std::vector<std::string> holders;  // devices stacked upon it
};

// The static half of an ssh target.
struct SshTarget {
  std::string key_path;  // as configured, else the tool's default
  bool key_configured = false;
  bool key_exists = false;
  std::uint32_t key_mode = 0;
  std::string key_type;        // "OPENSSH", "RSA", "EC"; "" when it is no private key
  bool key_encrypted = false;  // it needs a passphrase
  bool public_key_exists = false;
  bool host_known = false;  // an entry for the host in known_hosts
  std::string known_hosts;  // the file with the entry, or those that were looked at
};

}  // namespace kdumpd
