// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "daemon/core/drill.h"
#include "daemon/core/unique_fd.h"
#include "daemon/host/drill_json.h"
#include "tests/host/temporary_tree.h"

// A state directory for drills, and what lies in one.
namespace kdumpd {

using DrillFiles = std::map<std::string, std::string>;

inline const std::string kPending = "drill.pending", kHistory = "drill.json";

inline DrillIntent Intent(const std::string& id = "0123456789abcdef", std::int64_t crash_at = 0) {
  return {.id = id,
          .node = "node-1",
          .boot_id = "6f3c1a524a1e4c559a6e3f2b8e1d7c90",
          .requested_at = 1'795'000'000,
          .crash_at = crash_at,
          .fingerprint = "00000000000000aa"};
}

inline DrillRecord Record(DrillResult result, const std::string& id = "0123456789abcdef") {
  DrillRecord record;
  record.intent = Intent(id, 1'795'000'006);
  record.result = result;
  record.reason = "captured";
  record.message = "the dump is whole";
  record.crash_id = "20261118t110646z-0123456789abcdef";
  record.crash_time = 1'795'000'006;
  record.dump_seconds = 40;
  record.back_seconds = 180;
  record.judged_at = 1'795'000'200;
  return record;
}

inline const DrillRecord kPass = Record(DrillResult::kPassed);
inline const DrillRecord kOtherPass = Record(DrillResult::kPassed, "fedcba9876543210");
inline const std::string kIntentText = IntentJson(Intent());
inline const std::string kHistoryText = HistoryJson({{}, kPass, kPass});

class DrillPlace {
 public:
  DrillPlace() : fd_(open(tree_.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {}
  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] const std::string& path() const { return tree_.path(); }
  [[nodiscard]] std::string File(const std::string& name) const { return path() + "/" + name; }
  void Write(const DrillFiles& files) const {
    for (const auto& [name, text] : files) tree_.Write(name, text);
  }
  // Every file with its text; of what is none, its kind.
  [[nodiscard]] DrillFiles Picture() const {
    DrillFiles picture;
    for (const auto& entry : std::filesystem::directory_iterator(path())) {
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

 private:
  TemporaryTree tree_;
  UniqueFd fd_;
};

}  // namespace kdumpd
