// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/ssh_files.h"

#include <array>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::size_t kKeyLimit = 64 << 10;
constexpr std::size_t kKnownHostsLimit = 256 << 10;
constexpr std::string_view kRootSsh = "/root/.ssh/";
constexpr std::string_view kDefaultKey = "/root/.ssh/kdump_id_rsa";

// kdump-utils and Debian use ssh as it is installed; SUSE runs ssh-keygen -F, which reads the
// first file only.
constexpr std::array<std::string_view, 4> kKnownHosts{
    "/root/.ssh/known_hosts", "/root/.ssh/known_hosts2", "/etc/ssh/ssh_known_hosts",
    "/etc/ssh/ssh_known_hosts2"};
constexpr std::array<std::string_view, 2> kClientConfigs{"/root/.ssh/config",
                                                         "/etc/ssh/ssh_config"};

struct KeyPlaces {
  std::vector<std::string> paths;  // the first that is there counts
  bool configured = false;         // how many of them, from the first on, are the operator's
};

std::string Setting(const KdumpConfig& config, std::string_view name) {
  const std::string* value = config.Find(name);
  return value == nullptr ? "" : *value;
}

// kdump.conf sshkey, with kdumpctl's silent fallback to its default; kdump-tools SSH_KEY; SUSE
// KDUMP_SSH_IDENTITY, relative to /root/.ssh, else the usual identities of ssh.
KeyPlaces WhereKeysAre(const KdumpConfig& config) {
  if (config.dialect == ConfigDialect::kSysconfig) {
    const std::string list = Setting(config, "KDUMP_SSH_IDENTITY");
    KeyPlaces places{.paths = {}, .configured = !list.empty()};
    for (const std::string_view name :
         Words(list.empty() ? "id_rsa id_dsa id_ecdsa id_ed25519" : std::string_view(list))) {
      places.paths.push_back(name.starts_with('/') ? std::string(name) : Cat(kRootSsh, name));
      if (places.paths.size() == 16) break;
    }
    return places;
  }
  const bool conf = config.dialect == ConfigDialect::kKdumpConf;
  const std::string path = Setting(config, conf ? "sshkey" : "SSH_KEY");
  KeyPlaces places{.paths = {}, .configured = !path.empty()};
  if (places.configured) places.paths.push_back(path.starts_with('/') ? path : Cat('/', path));
  if (!places.configured || conf) places.paths.emplace_back(kDefaultKey);
  return places;
}

Result<SshKey> ReadKey(const HostRoot& root, const std::string& path) {
  auto entry = root.Stat(path);
  if (!entry) return std::unexpected(std::move(entry).error());
  auto text = root.Read(path, kKeyLimit);
  if (!text) return std::unexpected(std::move(text).error());
  SshKey key;
  key.path = path;
  key.mode = entry->status.st_mode & 07777;
  key.public_exists = root.Stat(Cat(path, ".pub")).has_value();
  key.key = ParsePrivateKey(*text);
  return key;
}

void FindKey(const HostRoot& root, const KdumpConfig& config, SshTarget& ssh) {
  const KeyPlaces places = WhereKeysAre(config);
  std::string looked_at;
  for (const std::string& path : places.paths) {
    looked_at += Cat(looked_at.empty() ? "" : ", ", path);
    auto key = ReadKey(root, path);
    if (!key && key.error().code == ErrorCode::kNotFound) {
      const bool own = places.configured && path != kDefaultKey;
      if (own && config.dialect == ConfigDialect::kKdumpConf) ssh.missing_key = path;
      continue;
    }
    if (key) key->configured = places.configured && ssh.missing_key.empty();
    ssh.key = Fact<SshKey>::From(std::move(key), path);
    return;
  }
  ssh.key = Fact<SshKey>::Absent(looked_at);
}

// All of `paths` that are there, one after the other. Absent: none of them is.
Fact<std::string> ReadTogether(const HostRoot& root, std::span<const std::string_view> paths,
                               std::size_t limit) {
  std::string text;
  std::string found;
  for (const std::string_view path : paths) {
    auto part = root.Read(path, limit);
    if (!part && part.error().code == ErrorCode::kNotFound) continue;
    if (!part) {
      return Fact<std::string>::Unreadable(std::string(path), std::move(part).error().message);
    }
    text += Cat(*part, '\n');
    found += Cat(found.empty() ? "" : ", ", path);
  }
  if (found.empty()) return Fact<std::string>::Absent(std::string(paths.front()));
  return Fact<std::string>::Known(std::move(text), std::move(found));
}

// The files are read in turn, and the first HostName counts.
Fact<std::string> FindAlias(const HostRoot& root, const std::string& host) {
  auto text = ReadTogether(root, kClientConfigs, kKeyLimit);
  if (!text.known()) return text;
  // A block ends with its file.
  std::string name;
  for (const std::string_view path : kClientConfigs) {
    if (const auto part = root.Read(path, kKeyLimit); part && name.empty()) {
      name = HostNameFor(*part, host);
    }
  }
  if (name.empty() || name == host) return Fact<std::string>::Absent(text.source());
  return Fact<std::string>::Known(std::move(name), text.source());
}

Fact<KnownHost> FindHost(const HostRoot& root, ConfigDialect dialect, const std::string& host,
                         const std::string& port) {
  const std::size_t files = dialect == ConfigDialect::kSysconfig ? 1 : kKnownHosts.size();
  const auto text = ReadTogether(root, std::span(kKnownHosts).first(files), kKnownHostsLimit);
  if (text.unreadable()) return Fact<KnownHost>::Like(text);
  return Fact<KnownHost>::Known(MatchKnownHosts(text.ValueOr(""), host, port), text.source());
}

}  // namespace

SshTarget ReadSshTarget(const HostRoot& root, const Facts& facts) {
  const Endpoint endpoint = EndpointOf(facts.target.value());
  const KdumpConfig& config = facts.config.value();
  SshTarget ssh;
  FindKey(root, config, ssh);
  ssh.alias = FindAlias(root, endpoint.host);
  ssh.known = FindHost(root, config.dialect, ssh.alias.ValueOr(endpoint.host), endpoint.port);
  const auto fips = root.Read("/proc/sys/crypto/fips_enabled", 64);
  ssh.fips = fips && Trim(*fips) == "1";
  return ssh;
}

}  // namespace kdumpd
