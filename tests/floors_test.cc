// SPDX-License-Identifier: Apache-2.0
// The architecture as a test: a room includes core, itself, and its own foreign headers; nothing
// else.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>

namespace {

struct Room {
  std::string folder;   // the first row that matches counts
  std::string ours;     // headers of ours it may include besides core, as a regular expression
  std::string foreign;  // besides the C++ standard library
};
const std::string kPosix = "sys/.*|unistd.h|fcntl.h|pthread.h|signal.h|time.h|poll.h|";
const std::vector<Room> kRooms{
    {"daemon/core/", "daemon/core/.*", "unistd.h"},
    {"daemon/host/", "daemon/host/.*",
     kPosix + "linux/.*|dirent.h|spawn.h|utmp.h|boost/filesystem.*|nlohmann/.*"},
    {"daemon/vmcore/", "daemon/vmcore/.*",
     kPosix + "linux/.*|grp.h|seccomp.h|zlib.h|lzo/.*|snappy-c.h|zstd.h|nettle/.*"},
    {"daemon/render/", "daemon/render/.*", "nlohmann/.*|fmt/.*"},
    {"daemon/web/", "daemon/web/.*", kPosix + "microhttpd.h|netinet/.*|arpa/.*|netdb.h"},
    {"daemon/ship/", "daemon/ship/.*", kPosix + "curl/.*|openssl/.*|pugixml.hpp"},
    {"systemd/", "systemd/.*", kPosix + "systemd/.*"},
    {"metrics/", "metrics/.*", kPosix + "prometheus/.*"},
    {"daemon/config_file.cc", "daemon/.*", "yaml-cpp/.*"},
    {"daemon/cli/", "(daemon|systemd|metrics)/.*", "CLI/.*|unistd.h"},
    {"daemon/", "(daemon|systemd|metrics)/.*", kPosix + "malloc.h|fmt/.*"},
};

TEST(Floors, IncludesPointDownOnly) {
  namespace fs = std::filesystem;
  const fs::path top = KDUMPD_SOURCE_DIR;
  const std::regex include(R"re(^\s*#\s*include\s*([<"])([^>"]+)[>"])re");
  int files = 0;
  for (const char* folder : {"daemon", "systemd", "metrics"}) {
    for (const auto& entry : fs::recursive_directory_iterator(top / folder)) {
      const std::string extension = entry.path().extension();
      if (extension != ".h" && extension != ".cc") continue;
      const std::string file = fs::relative(entry.path(), top);
      const auto room =
          std::ranges::find_if(kRooms, [&](auto& r) { return file.starts_with(r.folder); });
      const std::regex ours("daemon/core/.*|" + room->ours);
      const std::regex foreign("[a-z_0-9]+|" + room->foreign);
      ++files;
      std::ifstream in(entry.path());
      for (std::string line; std::getline(in, line);) {
        std::smatch match;
        if (!std::regex_search(line, match, include)) continue;
        EXPECT_TRUE(std::regex_match(match[2].str(), match[1] == "\"" ? ours : foreign))
            << file << ": " << line;
      }
    }
  }
  EXPECT_GT(files, 50);
}

}  // namespace
