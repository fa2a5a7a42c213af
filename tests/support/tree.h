// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "daemon/core/text.h"
#include "tests/host/temporary_tree.h"

namespace kdumpd {

// A temporary directory made from a picture, one line for each name below it:
//
//   proc/cmdline: quiet crashkernel=256M       a file of one line
//   etc/kdump.conf:                            a file of the indented lines that follow
//     path /var/crash
//   boot/vmlinuz -> vmlinuz-5.14               a symbolic link
//   var/crash/                                 a directory
class Tree : public TemporaryTree {
 public:
  explicit Tree(std::string_view picture) { Add(picture); }

  // Files that are there already are replaced.
  void Add(std::string_view picture) const {
    std::string name;
    std::string text;
    for (const std::string_view line : Lines(picture)) {
      if (line.starts_with("  ")) {
        text += Cat(line.substr(2), '\n');
        Write(name, text);
        continue;
      }
      name.clear();
      text.clear();
      if (!line.empty()) AddName(line, name);
    }
  }
  void Remove(std::string_view name) const {
    std::filesystem::remove_all(std::filesystem::path(path()) / name);
  }
  void MakeDirectory(std::string_view name) const {
    std::filesystem::create_directories(std::filesystem::path(path()) / name);
  }

 private:
  // `file`: set to the name when lines may follow.
  void AddName(std::string_view line, std::string& file) const {
    const auto arrow = line.find(" -> ");
    const auto colon = line.find(": ");
    if (line.ends_with('/')) return MakeDirectory(line);
    if (arrow != std::string_view::npos) {
      return Link(std::string(line.substr(arrow + 4)), line.substr(0, arrow));
    }
    if (colon != std::string_view::npos) {
      return Write(line.substr(0, colon), Cat(line.substr(colon + 2), '\n'));
    }
    ASSERT_TRUE(line.ends_with(':')) << "not a line of a picture: " << line;
    file = line.substr(0, line.size() - 1);
    Write(file, "");
  }
};

}  // namespace kdumpd
