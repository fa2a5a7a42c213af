// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/error.h"
#include "daemon/core/readiness.h"
#include "daemon/core/retention.h"
#include "daemon/core/upload_target.h"
#include "daemon/host/host_root.h"
#include "daemon/log.h"

namespace kdumpd {

inline constexpr std::string_view kDefaultConfigFile = "/etc/kdumpd/config.yaml";

// Everything that can be chosen. The values here are the embedded default configuration.
struct Config {
  HostRoot::Paths path;
  std::string state_directory = "/var/lib/kdumpd";
  std::string crash_directory;  // "": what the node's own kdump configuration implies
  std::string bus_socket;       // "": below rootfs, /run/dbus/system_bus_socket
  std::vector<std::string> listen_addresses{":10910"};
  std::string telemetry_path = "/metrics";
  LogLevel log_level = LogLevel::kInfo;
  LogFormat log_format = LogFormat::kLogfmt;
  std::int64_t observe_interval_ms = 15'000;
  std::int64_t settle_ms = 10'000;  // a dump that changed more recently is being written
  std::string node;                 // "": the host name
  Policy policy;
  std::int64_t acknowledge_after_seconds = 0;  // 0: crashes wait until somebody does
  RetentionPolicy retention;
  bool drill_enabled = false;  // this node may be crashed on purpose
  UploadPolicy uploads;

  friend bool operator==(const Config&, const Config&) = default;
};

// Text for one key from one place; the key is the dotted one of flags and file ("log.level").
struct Choice {
  std::string key;
  std::vector<std::string> values;  // one, or several for a list
  std::string origin;               // "--log.level", "KDUMPD_LOG_LEVEL", "config.yaml:7"
};

// What a configuration file chooses. `kInvalid` with every mistake, one a line, each with its key
// path and what was expected; a file that is not YAML at all is one mistake.
[[nodiscard]] Result<std::vector<Choice>> ParseConfigFile(std::string_view text,
                                                          std::string_view name);

// Embedded defaults, then `file`, then `flags` (which win). `kInvalid` as above.
[[nodiscard]] Result<Config> MakeConfig(const std::vector<Choice>& file,
                                        const std::vector<Choice>& flags);

// Every key with what it accepts, for --help and for docs/configuration.md.
struct ConfigKey {
  std::string_view key;
  std::string_view otherwise;  // the default; "" when it follows from other things, as `help` says
  std::string_view accepts;
  std::string_view help;
  bool is_flag;  // also a command line flag and an environment variable
  bool is_list;
};
[[nodiscard]] const std::vector<ConfigKey>& ConfigKeys();

// "--log.level" -> "KDUMPD_LOG_LEVEL".
[[nodiscard]] std::string EnvironmentName(std::string_view key);

}  // namespace kdumpd
