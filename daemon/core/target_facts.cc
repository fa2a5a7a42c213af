// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/target_facts.h"

#include <algorithm>
#include <array>
#include <utility>

#include "daemon/core/config_dialects.h"
#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::size_t kMaxValue = 255;
constexpr std::size_t kMaxLinks = 32;
constexpr std::size_t kMaxNameservers = 16;
constexpr std::size_t kMaxNames = 20000;

// udev rules of util-linux' blkid (systemd udev-builtin-blkid.c).
constexpr std::array<std::pair<std::string_view, std::string BlockDevice::*>, 4> kProperties{{
    {"ID_FS_TYPE", &BlockDevice::fs_type},
    {"ID_FS_USAGE", &BlockDevice::fs_usage},
    {"ID_PART_TABLE_TYPE", &BlockDevice::table_type},
    {"ID_PART_ENTRY_TYPE", &BlockDevice::part_type},
}};

void SetProperty(std::string_view property, BlockDevice& device) {
  const auto equals = property.find('=');
  if (equals == std::string_view::npos) return;
  const std::string_view key = property.substr(0, equals);
  const std::string_view value = property.substr(equals + 1).substr(0, kMaxValue);
  if (key == "ID_FS_AMBIVALENT") device.fs_ambivalent = !value.empty();
  for (const auto& [name, field] : kProperties) {
    if (key == name) device.*field = value;
  }
}

// Names that kernels and mapping tools give (lsblk(8) TYPE).
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kByUuid{{
    {"CRYPT-", "crypt"},
    {"mpath-", "mpath"},
    {"DMRAID-", "bios-raid"},
    {"LVM-", "lvm"},
    {"part", "part"},
}};
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kByName{{
    {"dm-", "dm"},
    {"md", "raid"},
    {"loop", "loop"},
    {"zram", "ram"},
    {"ram", "ram"},
}};

bool IsNumbered(std::string_view name, std::string_view prefix) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return name.starts_with(prefix) && name.size() > prefix.size() && is_digit(name[prefix.size()]);
}

std::string WithoutBrackets(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return std::string(host);
}

// "host:/export"; the address may stand in brackets.
std::string HostOfExport(std::string_view spec) {
  const auto end = spec.find(":/");
  return end == std::string_view::npos ? "" : WithoutBrackets(spec.substr(0, end));
}

// "[user@]host[:port]". More than one colon without brackets is an IPv6 address.
Endpoint ParseAuthority(std::string_view authority) {
  Endpoint endpoint;
  const auto at = authority.rfind('@');
  if (at != std::string_view::npos) {
    endpoint.user = authority.substr(0, at);
    authority.remove_prefix(at + 1);
  }
  const auto colon = authority.rfind(':');
  const bool address = authority.find(':') != colon && !authority.starts_with('[');
  const bool inside = authority.starts_with('[') && authority.find(']') > colon;
  if (colon != std::string_view::npos && !address && !inside) {
    endpoint.port = authority.substr(colon + 1);
    authority = authority.substr(0, colon);
  }
  endpoint.host = WithoutBrackets(authority);
  return endpoint;
}

std::string HostOfShare(std::string_view spec) {
  if (!spec.starts_with("//")) return {};
  spec.remove_prefix(2);
  return ParseAuthority(spec.substr(0, spec.find('/'))).host;
}

bool IsIpv4(std::string_view host) {
  const auto parts = Split(host, '.');
  return parts.size() == 4 && std::ranges::all_of(parts, [](std::string_view part) {
           const auto number = ParseUnsigned(part);
           return number && *number <= 255 && part.size() <= 3;
         });
}

bool IsIpv6(std::string_view host) {
  const std::string_view address = host.substr(0, host.find('%'));  // a zone may follow
  const auto colons = std::ranges::count(address, ':');
  return colons >= 2 && colons <= 7 &&
         address.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos;
}

std::string_view WithoutComment(std::string_view line, std::string_view marks) {
  return line.substr(0, line.find_first_of(marks));
}

}  // namespace

BlockDevice ParseUdevData(std::string_view text) {
  BlockDevice device;
  device.udev = true;
  for (const std::string_view line : Lines(text)) {
    if (line.starts_with("E:")) SetProperty(line.substr(2), device);
    if (line.starts_with("S:") && device.links.size() < kMaxLinks) {
      device.links.emplace_back(line.substr(2, kMaxValue));
    }
  }
  return device;
}

std::string_view BlockKind(std::string_view name, std::string_view dm_uuid, bool partition) {
  for (const auto& [prefix, kind] : kByUuid) {
    if (!dm_uuid.starts_with(prefix)) continue;
    return kind == "lvm" && dm_uuid.ends_with("-tpool") ? "thin-pool" : kind;
  }
  if (partition) return "part";
  for (const auto& [prefix, kind] : kByName) {
    if (IsNumbered(name, prefix)) return kind;
  }
  return "disk";
}

Endpoint EndpointOf(const Target& target) {
  const bool nfs = target.fstype == "nfs" || target.fstype == "nfs4";
  Endpoint endpoint;
  if (target.kind == TargetKind::kSsh || target.kind == TargetKind::kFtp) {
    endpoint = ParseAuthority(target.spec);
  } else if (target.kind == TargetKind::kSmb || target.fstype == "cifs") {
    endpoint.host = HostOfShare(target.spec);
  } else if (target.kind == TargetKind::kNfs || nfs) {
    endpoint.host = HostOfExport(target.spec);
  }
  return endpoint;
}

bool IsAddress(std::string_view host) { return IsIpv4(host) || IsIpv6(host); }

std::vector<std::string> ParseNameservers(std::string_view text) {
  std::vector<std::string> servers;
  for (const std::string_view line : Lines(text)) {
    const auto words = Words(WithoutComment(Trim(line), "#;"));
    if (words.size() < 2 || words[0] != "nameserver") continue;
    if (servers.size() < kMaxNameservers) servers.emplace_back(words[1].substr(0, kMaxValue));
  }
  return servers;
}

std::vector<std::string> ParseHostNames(std::string_view text) {
  std::vector<std::string> names;
  for (const std::string_view line : Lines(text)) {
    const auto words = Words(WithoutComment(Trim(line), "#"));
    if (words.empty() || !IsAddress(words[0])) continue;
    for (std::size_t i = 1; i < words.size() && names.size() < kMaxNames; ++i) {
      names.push_back(Lower(words[i].substr(0, kMaxValue)));
    }
  }
  return names;
}

}  // namespace kdumpd
