// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace kdumpd {

// A directory that is gone with the object. Names are relative to it; parents are made.
class TemporaryTree {
 public:
  TemporaryTree() {
    std::string pattern = ::testing::TempDir() + "/kdumpd.XXXXXX";
    const char* made = mkdtemp(pattern.data());
    EXPECT_NE(made, nullptr);
    path_ = pattern;
  }
  TemporaryTree(const TemporaryTree&) = delete;
  TemporaryTree& operator=(const TemporaryTree&) = delete;
  ~TemporaryTree() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] const std::string& path() const { return path_; }

  void Write(std::string_view name, std::string_view text) const {
    std::ofstream file(Parent(name), std::ios::binary | std::ios::trunc);
    file << text;
    EXPECT_TRUE(file.good()) << name;
  }
  void Link(const std::string& target, std::string_view name) const {
    std::filesystem::create_symlink(target, Parent(name));
  }

 private:
  [[nodiscard]] std::filesystem::path Parent(std::string_view name) const {
    auto path = std::filesystem::path(path_) / name;
    std::filesystem::create_directories(path.parent_path());
    return path;
  }
  std::string path_;
};

}  // namespace kdumpd
