// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cstdint>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

// A node as a folder: tests/hosts/README.md.
namespace kdumpd {

using NodeJson = nlohmann::ordered_json;

inline std::string ReadAll(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return (std::stringstream() << file.rdbuf()).str();
}

// A key that nothing reads is a mistake in the folder.
inline void ExpectKeys(const NodeJson& object, const std::set<std::string_view>& keys) {
  for (const auto& [key, value] : object.items()) {
    EXPECT_TRUE(keys.contains(key)) << "unknown key " << key;
  }
}

inline std::int64_t ParseTime(const std::string& text) {
  std::tm time{};
  const char* end = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &time);
  EXPECT_TRUE(end != nullptr && *end == '\0') << "no time: " << text;
  return timegm(&time);
}

// One folder, with the folder it is based on below it.
class NodeFolder {
 public:
  NodeFolder(const std::filesystem::path& hosts, const std::string& name)
      : folder_(hosts / name), node_(Read(folder_ / "units.json")) {
    const std::string base = node_.value("base", "");
    if (base.empty()) {
      expect_ = Read(folder_ / "expect.json");
    } else {
      const NodeFolder below(hosts, base);
      base_ = below.folder_;
      expect_ = Merged(below.expect_, Read(folder_ / "expect.json"));
      for (const auto& [key, value] : below.node_.items()) {
        if (!node_.contains(key)) node_[key] = value;
      }
    }
    for (const NodeJson& key : node_.value("not_said", NodeJson::array())) {
      node_.erase(key.get<std::string>());
    }
  }

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  [[nodiscard]] const NodeJson& node() const { return node_; }
  [[nodiscard]] const NodeJson& expect() const { return expect_; }
  [[nodiscard]] std::int64_t now() const { return ParseTime(node_.value("now", "")); }

  // The node's files below `root`, with the times that units.json gives them: a checkout keeps
  // none.
  void Compose(const std::filesystem::path& root) const {
    std::filesystem::create_directories(root);
    if (!base_.empty()) Copy(base_ / "root", root);
    for (const NodeJson& path : node_.value("without", NodeJson::array())) {
      EXPECT_GT(std::filesystem::remove_all(root / path.get<std::string>()), 0U) << path;
    }
    Copy(folder_ / "root", root);
    MakeDevices(root);
    SetModes(root);
    SetTimes(root);
  }

 private:
  static NodeJson Read(const std::filesystem::path& file) {
    NodeJson json = NodeJson::parse(ReadAll(file), nullptr, /*allow_exceptions=*/false);
    EXPECT_TRUE(json.is_object()) << file << " is no JSON object";
    return json.is_object() ? json : NodeJson::object();
  }

  // Of the base only the checks count: each that `above` does not name is as it is there.
  static NodeJson Merged(const NodeJson& below, NodeJson above) {
    NodeJson checks = below.value("checks", NodeJson::object());
    checks.update(above.value("checks", NodeJson::object()));
    above["checks"] = std::move(checks);
    return above;
  }

  // A file may replace a directory and the other way round.
  static void Copy(const std::filesystem::path& from, const std::filesystem::path& to) {
    namespace fs = std::filesystem;
    if (!fs::exists(from)) return;
    for (const auto& entry : fs::recursive_directory_iterator(from)) {
      const fs::path place = to / entry.path().lexically_relative(from);
      const bool directory = entry.is_directory() && !entry.is_symlink();
      const bool there = fs::exists(fs::symlink_status(place));
      if (there && !(directory && fs::is_directory(fs::symlink_status(place)))) {
        fs::remove_all(place);
      }
      if (directory) {
        fs::create_directories(place);
      } else if (entry.path().filename() != ".gitkeep") {
        fs::copy(entry.path(), place, fs::copy_options::copy_symlinks);
      }
    }
  }

  // Nodes of block devices that are not there: they are looked at by number and never opened.
  void MakeDevices(const std::filesystem::path& root) const {
    const NodeJson devices = node_.value("devices", NodeJson::object());
    for (const auto& [path, number] : devices.items()) {
      std::filesystem::create_directories((root / path).parent_path());
      const std::string text = number.get<std::string>();
      const auto colon = text.find(':');
      const dev_t device = makedev(static_cast<unsigned>(std::stoul(text)),
                                   static_cast<unsigned>(std::stoul(text.substr(colon + 1))));
      EXPECT_EQ(::mknod((root / path).c_str(), S_IFBLK | 0600, device), 0)
          << path << ": making a device node needs root";
    }
  }

  // A checkout keeps no mode but "executable".
  void SetModes(const std::filesystem::path& root) const {
    const NodeJson modes = node_.value("modes", NodeJson::object());
    for (const auto& [path, mode] : modes.items()) {
      const auto bits = static_cast<mode_t>(std::stoul(mode.get<std::string>(), nullptr, 8));
      EXPECT_EQ(::chmod((root / path).c_str(), bits), 0) << path;
    }
  }

  void SetTimes(const std::filesystem::path& root) const {
    const NodeJson changed = node_.value("changed_seconds_ago", NodeJson::object());
    constexpr std::int64_t kMonth = 30LL * 86'400;
    const auto set = [&](const std::filesystem::path& path, std::int64_t ago) {
      const timespec time{now() - ago, 0};
      const timespec times[2] = {time, time};
      EXPECT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW), 0) << path;
    };
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
      set(entry.path(), kMonth);
    }
    for (const auto& [path, ago] : changed.items()) set(root / path, ago.get<std::int64_t>());
  }

  std::filesystem::path folder_;
  std::filesystem::path base_;
  NodeJson node_;
  NodeJson expect_;
};

}  // namespace kdumpd
