// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace kdumpd {

enum class Distribution { kRhel, kCoreos, kDebian, kUbuntu, kSuse, kOther };

// Who reads the configuration, and how.
enum class ConfigDialect {
  kKdumpConf,   // /etc/kdump.conf, kdump-utils (RHEL, Fedora, CentOS, RHCOS, FCOS)
  kKdumpTools,  // /etc/default/kdump-tools, Debian and Ubuntu
  kSysconfig,   // /etc/sysconfig/kdump, SUSE
};

// What a family of distributions does differently, as one row of data.
struct Profile {
  Distribution distribution;
  std::string_view name;  // label value: rhel, coreos, debian, ubuntu, suse, other
  ConfigDialect dialect;
  std::string_view config_path;
  std::span<const std::string_view> units;  // the first one loads the capture kernel
  std::string_view default_collector;       // with its options
  std::string_view default_path;            // where dumps go when nothing is configured
  std::string_view restart_command;         // "systemctl restart kdump"
};

struct OsRelease {
  std::string id;          // ID
  std::string id_like;     // ID_LIKE, blank separated
  std::string variant_id;  // VARIANT_ID
  std::string version_id;  // VERSION_ID
  std::string pretty_name;
};

// os-release(5) text: shell-like assignments, quotes and backslash escapes removed.
[[nodiscard]] OsRelease ParseOsRelease(std::string_view text);
// VARIANT_ID=coreos first (RHCOS names itself ID=rhel since 4.19), then ID, then ID_LIKE from left
// to right; kOther when nothing matches.
[[nodiscard]] Distribution DistributionOf(const OsRelease& os);
[[nodiscard]] const Profile& ProfileOf(Distribution distribution);

}  // namespace kdumpd
