// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>

#include "daemon/core/text.h"
#include "daemon/host/directory_names.h"
#include "daemon/host/observe_parts.h"

namespace kdumpd {
namespace {

using Settings = Fact<std::vector<SysctlSetting>>;

// sysctl.d(5); the first hides files of the same name in the others.
constexpr std::array<std::string_view, 4> kDirectories{
    "/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d"};
// Read last by sysctl(8) --system, and through 99-sysctl.conf by most systemd-sysctl.
constexpr std::string_view kSysctlConf = "/etc/sysctl.conf";
constexpr std::size_t kMaxFiles = 256;
constexpr std::size_t kMaxNames = 1024;  // of one directory
constexpr std::size_t kMaxFileBytes = 64 << 10;
constexpr std::size_t kMaxBytes = 512 << 10;  // of all files: they are read at each look

// File name to path: the map sorts as systemd-sysctl does, by name whatever the directory.
using Files = std::map<std::string, std::string>;

// A link to /dev/null stands for "no such file, not even another one of this name".
bool Masked(int directory, const std::string& name) {
  std::array<char, 64> text{};
  const ssize_t length = readlinkat(directory, name.c_str(), text.data(), text.size());
  return length > 0 &&
         std::string_view(text.data(), static_cast<std::size_t>(length)).ends_with("/dev/null");
}

// Adds the names of one directory that no earlier one has. kNotFound: there is no such directory.
Result<void> AddNames(const HostRoot& root, std::string_view directory, Files& files) {
  auto list = NamesIn(root, directory, kMaxNames);
  if (!list) return std::unexpected(std::move(list).error());
  auto fd = root.OpenDirectory(directory);
  if (!fd) return std::unexpected(std::move(fd).error());
  for (std::string& name : list->names) {
    if (!name.ends_with(".conf")) continue;
    const bool masked = Masked(fd->get(), name);
    std::string path = masked ? "" : Cat(directory, '/', name);
    files.emplace(std::move(name), std::move(path));
  }
  if (list->clipped || files.size() > kMaxFiles) {
    return Fail(ErrorCode::kTooLarge, Cat("more than ", kMaxFiles, " files of sysctl.d"));
  }
  return {};
}

// What the files said so far, and how much of them was read.
struct Reading {
  std::map<std::string, SysctlSetting> winners;
  std::size_t bytes = 0;
};

Result<void> AddFile(const HostRoot& root, const std::string& path, Reading& reading) {
  auto text = root.Read(path, kMaxFileBytes);
  if (!text && text.error().code == ErrorCode::kNotFound) return {};  // gone, or a dangling link
  if (!text) return std::unexpected(std::move(text).error());
  reading.bytes += text->size();
  if (reading.bytes > kMaxBytes) {
    return Fail(ErrorCode::kTooLarge, Cat("more than ", FormatBytes(kMaxBytes), " of sysctl.d"));
  }
  for (SysctlSetting& setting : ParseSysctlFile(*text, path)) {
    if (!JudgesSysctl(setting.key)) continue;
    std::string key = setting.key;
    reading.winners.insert_or_assign(std::move(key), std::move(setting));
  }
  return {};
}

// Absent: neither a directory nor sysctl.conf.
Settings ReadAll(const HostRoot& root) {
  Files files;
  bool any = root.Stat(kSysctlConf).has_value();
  for (const std::string_view directory : kDirectories) {
    auto added = AddNames(root, directory, files);
    any = any || added.has_value();
    if (!added && added.error().code != ErrorCode::kNotFound) {
      return Settings::Unreadable(std::string(directory), std::move(added).error().message);
    }
  }
  // An /etc with nothing in it is not the node's.
  if (!any) return KernelFiles(root, "/etc").NotThere<std::vector<SysctlSetting>>(kDirectories[0]);
  std::vector<std::string> paths;
  for (const auto& [name, path] : files) {
    if (!path.empty()) paths.push_back(path);
  }
  paths.emplace_back(kSysctlConf);
  Reading reading;
  for (const std::string& path : paths) {
    if (auto added = AddFile(root, path, reading); !added) {
      return Settings::Unreadable(path, std::move(added).error().message);
    }
  }
  std::vector<SysctlSetting> settings;
  settings.reserve(reading.winners.size());
  for (auto& [key, setting] : reading.winners) settings.push_back(std::move(setting));
  return Settings::Known(std::move(settings), std::string(kDirectories[0]));
}

}  // namespace

void ObserveSysctlFiles(const HostRoot& root, Facts& facts) {
  const std::string blind = Blind(facts);
  facts.sysctl_files =
      blind.empty() ? ReadAll(root) : Settings::Unreadable(std::string(kDirectories[0]), blind);
}

}  // namespace kdumpd
