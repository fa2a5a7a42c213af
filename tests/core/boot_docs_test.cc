// SPDX-License-Identifier: Apache-2.0
// docs/boots.md lists every outcome and every reason as the rules have them, and no other.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "daemon/core/boot_ledger.h"
#include "daemon/core/text.h"
#include "tests/support/process.h"

namespace kdumpd {
namespace {

// The rows of a table up to and without column `columns` + 1.
std::vector<std::string> Documented(std::string_view table, int columns) {
  const std::string page = FileText(KDUMPD_SOURCE_DIR "/docs/boots.md");
  const auto begin = page.find(Cat("<!-- ", table, ":begin -->"));
  const auto end = page.find(Cat("<!-- ", table, ":end -->"));
  if (begin == page.npos || end == page.npos || end < begin) return {};
  std::vector<std::string> rows;
  for (const auto line : Lines(std::string_view(page).substr(begin, end - begin))) {
    if (!line.starts_with("| `")) continue;
    std::size_t to = 0;
    for (int i = 0; i < columns; ++i) to = line.find(" |", to + 1);
    rows.emplace_back(line.substr(0, to));
  }
  return rows;
}

TEST(BootDocs, EveryOutcome) {
  std::vector<std::string> rows;
  for (int i = 0; i < kBootOutcomes; ++i) {
    rows.push_back(Cat("| `", Name(static_cast<BootOutcome>(i)), '`'));
  }
  EXPECT_EQ(Documented("outcomes", 1), rows);
}

TEST(BootDocs, EveryReasonWithItsOutcomesInTheOrderOfTheRules) {
  std::vector<std::string> rows;
  for (const BootReason& reason : BootReasons()) {
    rows.push_back(Cat("| `", reason.code, "` | `", Name(reason.outcome), '`'));
  }
  EXPECT_EQ(Documented("reasons", 2), rows);
}

}  // namespace
}  // namespace kdumpd
