// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

namespace kdumpd {

// Every file of a directory with its text; of what is none, its kind.
inline std::map<std::string, std::string> PictureOf(const std::filesystem::path& directory) {
  std::map<std::string, std::string> picture;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    std::ostringstream text;
    if (entry.is_symlink()) {
      text << "<link>";
    } else if (!entry.is_regular_file()) {
      text << (entry.is_directory() ? "<directory>" : "<fifo>");
    } else {
      text << std::ifstream(entry.path()).rdbuf();
    }
    picture[entry.path().filename()] = text.str();
  }
  return picture;
}

}  // namespace kdumpd
