// SPDX-License-Identifier: Apache-2.0
// The architecture as a test: who may include what. Rows are rooms; a prefix that is not listed is
// not allowed.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <string>
#include <vector>

namespace {

struct Room {
  std::string folder;                // below the top; the longest match counts
  std::vector<std::string> rooms;    // our headers it may include, by prefix
  std::vector<std::string> foreign;  // foreign headers it may include, by prefix
};
const std::vector<std::string> kAnywhere{"daemon/core/"};
const std::vector<Room> kRooms{
    {"daemon/core/", {}, {"unistd.h"}},
    {"daemon/host/",
     {"daemon/host/"},
     {"sys/", "linux/", "fcntl.h", "unistd.h", "dirent.h", "boost/filesystem",
      "nlohmann/json.hpp"}},
    {"daemon/render/", {"daemon/render/"}, {"nlohmann/json.hpp", "fmt/"}},
    {"daemon/web/",
     {"daemon/web/"},
     {"microhttpd.h", "sys/", "netinet/", "arpa/", "netdb.h", "unistd.h", "fcntl.h", "poll.h"}},
    {"systemd/", {"systemd/"}, {"systemd/", "unistd.h"}},
    {"metrics/", {"metrics/"}, {"prometheus/", "sys/", "unistd.h", "fcntl.h"}},
    {"daemon/", {"daemon/", "systemd/", "metrics/"}, {"sys/", "unistd.h", "malloc.h", "fmt/"}},
    {"daemon/config.cc", {"daemon/"}, {"yaml-cpp/"}},
    {"daemon/cli/", {"daemon/", "systemd/", "metrics/"}, {"CLI/", "unistd.h"}},
};

bool Begins(const std::string& text, const std::vector<std::string>& prefixes) {
  for (const std::string& prefix : prefixes) {
    if (text.starts_with(prefix)) return true;
  }
  return false;
}

const Room& RoomOf(const std::string& file) {
  const Room* best = &kRooms.front();
  std::size_t length = 0;
  for (const Room& room : kRooms) {
    if (file.starts_with(room.folder) && room.folder.size() >= length)
      best = &room, length = room.folder.size();
  }
  return *best;
}

TEST(Floors, IncludesPointDownOnly) {
  namespace fs = std::filesystem;
  const fs::path top = KDUMPD_SOURCE_DIR;
  const std::regex include(R"re(^\s*#\s*include\s*([<"])([^>"]+)[>"])re");
  const std::regex standard("[a-z_0-9]+");  // <vector>: no slash, no dot; <cstdint> too
  int files = 0;
  for (const char* folder : {"daemon", "systemd", "metrics"}) {
    for (const auto& entry : fs::recursive_directory_iterator(top / folder)) {
      const std::string extension = entry.path().extension();
      if (extension != ".h" && extension != ".cc") continue;
      const std::string file = fs::relative(entry.path(), top);
      const Room& room = RoomOf(file);
      ++files;
      std::ifstream in(entry.path());
      for (std::string line; std::getline(in, line);) {
        std::smatch match;
        if (!std::regex_search(line, match, include)) continue;
        const std::string header = match[2];
        const bool ours = match[1] == "\"";
        const bool fits = ours ? Begins(header, kAnywhere) || Begins(header, room.rooms)
                               : std::regex_match(header, standard) || Begins(header, room.foreign);
        EXPECT_TRUE(fits) << file << " includes " << header;
      }
    }
  }
  EXPECT_GT(files, 50);
}

}  // namespace
