// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "daemon/core/unique_fd.h"
#include "daemon/host/drill_json.h"
#include "tests/host/directory_picture.h"
#include "tests/host/temporary_tree.h"
#include "tests/support/sample_drill.h"

// A state directory for drills, and what lies in one.
namespace kdumpd {

using DrillFiles = std::map<std::string, std::string>;

inline const std::string kPending = "drill.pending", kHistory = "drill.json";

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
  [[nodiscard]] DrillFiles Picture() const { return PictureOf(path()); }

 private:
  TemporaryTree tree_;
  UniqueFd fd_;
};

}  // namespace kdumpd
