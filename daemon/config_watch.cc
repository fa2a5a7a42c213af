// SPDX-License-Identifier: Apache-2.0
#include "daemon/config_watch.h"

#include <algorithm>
#include <utility>

namespace kdumpd {

bool Adopt(Config& running, const Config& next) {
  running.policy = next.policy;
  running.observe_interval_ms = next.observe_interval_ms;
  running.settle_ms = next.settle_ms;
  running.crash_directory = next.crash_directory;
  running.acknowledge_after_seconds = next.acknowledge_after_seconds;
  running.retention = next.retention;
  running.uploads = next.uploads;
  running.log_level = next.log_level;
  running.log_format = next.log_format;
  return !(running == next);
}

Result<ConfigWatch> ConfigWatch::Create(std::string file) {
  auto root = HostRoot::Open({});
  if (!root) return std::unexpected(root.error());
  auto directory = DirectoryWatch::Create();
  if (!directory) return std::unexpected(directory.error());
  return ConfigWatch(std::move(file), *std::move(root), *std::move(directory));
}

ConfigWatch::ConfigWatch(std::string file, HostRoot root, DirectoryWatch directory)
    : file_(std::move(file)), root_(std::move(root)), directory_(std::move(directory)) {
  static_cast<void>(Changed());
}

bool ConfigWatch::Changed() {
  // Set again each time: the directory itself may be another one.
  directory_.Set(root_, {file_.substr(0, std::max<std::size_t>(file_.rfind('/'), 1))});
  const auto now = Look();
  return std::exchange(last_, now) != now;
}

std::optional<ConfigWatch::Identity> ConfigWatch::Look() const {
  const auto entry = root_.Stat(file_);
  if (!entry) return std::nullopt;
  const auto& status = entry->status;
  return Identity{.device = status.st_dev,
                  .inode = status.st_ino,
                  .bytes = status.st_size,
                  .mtime_ns = status.st_mtim.tv_sec * 1'000'000'000LL + status.st_mtim.tv_nsec};
}

}  // namespace kdumpd
