// SPDX-License-Identifier: Apache-2.0
// docs/boots.md lists every cause of a failed capture as the table has it, and no other.
#include <gtest/gtest.h>

#include <regex>
#include <string>
#include <vector>

#include "daemon/core/capture_failure.h"
#include "daemon/core/text.h"
#include "tests/support/process.h"

namespace kdumpd {
namespace {

std::string Page(const std::string& name) { return FileText(KDUMPD_SOURCE_DIR "/docs/" + name); }

std::vector<std::string> Documented() {
  const std::string page = Page("boots.md");
  const auto begin = page.find("<!-- captures:begin -->");
  const auto end = page.find("<!-- captures:end -->");
  EXPECT_LT(begin, end);
  std::vector<std::string> rows;
  for (const auto line : Lines(std::string_view(page).substr(begin, end - begin))) {
    if (line.starts_with("| `")) rows.emplace_back(line);
  }
  return rows;
}

TEST(CaptureFailureDocs, EveryCauseInTheOrderOfTheTable) {
  std::vector<std::string> rows;
  for (const CaptureFailureRule& rule : CaptureFailureRules()) {
    if (CaptureFailureOf(rule.code) != &rule) continue;
    rows.push_back(Cat("| `", rule.code, "` | ", rule.meaning, " | ", rule.remedy, " |"));
  }
  for (int i = 0; i < kCaptureSigns; ++i) {
    const CaptureFailureRule& rule = CaptureFailureBy(static_cast<CaptureSign>(i));
    if (CaptureFailureOf(rule.code) != &rule) continue;
    rows.push_back(Cat("| `", rule.code, "` | ", rule.meaning, " | ", rule.remedy, " |"));
  }
  EXPECT_EQ(Documented(), rows);
}

TEST(CaptureFailureDocs, EveryCheckThatARemedyNamesIsOne) {
  const std::string checks = Page("checks.md");
  const std::regex named("[a-z]+_[a-z_]+");
  std::size_t count = 0;
  for (const CaptureFailureRule& rule : CaptureFailureRules()) {
    const auto see = rule.remedy.find("see the check");
    if (see == rule.remedy.npos) continue;
    const std::string text(rule.remedy.substr(see));
    for (std::sregex_iterator at(text.begin(), text.end(), named), end; at != end; ++at) {
      ++count;
      EXPECT_TRUE(checks.contains(Cat("\n### ", at->str(), '\n'))) << at->str();
    }
  }
  EXPECT_GT(count, 20U);
}

}  // namespace
}  // namespace kdumpd
