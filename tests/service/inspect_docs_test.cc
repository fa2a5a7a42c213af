// SPDX-License-Identifier: Apache-2.0
// docs/inspect.md lists every reason that the sources give, with its state, and no other.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <regex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "daemon/core/inspection.h"
#include "daemon/core/text.h"
#include "tests/support/process.h"

namespace kdumpd {
namespace {

using StateAndReason = std::pair<std::string, std::string>;

std::string Source(const std::string& name) {
  return FileText(std::string(KDUMPD_SOURCE_DIR "/") + name);
}

// Everything that judges a dump for `kdumpd inspect`.
std::string Sources() {
  std::string text;
  for (const auto& entry :
       std::filesystem::directory_iterator(KDUMPD_SOURCE_DIR "/daemon/vmcore")) {
    if (entry.path().extension() == ".cc") text += FileText(entry.path());
  }
  for (const char* name :
       {"daemon/inspect_main.cc", "daemon/host/inspect_process.cc", "daemon/host/named_dump.cc",
        "daemon/cli/inspect.cc", "daemon/core/inspection.h", "daemon/core/inspection.cc",
        "daemon/core/kernel_log_text.cc"}) {
    text += Source(name);
  }
  return text;
}

// "kLogOnly" as users see it.
std::string Shown(const std::string& state) {
  for (int i = 0; i < kDumpStates; ++i) {
    const std::string name(Name(static_cast<DumpState>(i)));
    std::string plain = name;
    std::erase(plain, '_');
    std::string lower = state;
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
    if (lower == plain) return name;
  }
  return "";
}

std::set<StateAndReason> Documented() {
  const std::string page = Source("docs/inspect.md");
  const auto begin = page.find("<!-- reasons:begin -->");
  const std::string table = page.substr(begin, page.find("<!-- reasons:end -->") - begin);
  const std::regex row(R"(\n\| (`(\w+)`)? *\| `(\w+)` \| [^|]+ \|[^|]*\|)");
  std::set<StateAndReason> rows;
  for (std::sregex_iterator at(table.begin(), table.end(), row), end; at != end; ++at) {
    rows.emplace((*at)[2], (*at)[3]);
  }
  return rows;
}

std::set<std::string> Reasons(const std::set<StateAndReason>& rows) {
  std::set<std::string> reasons;
  for (const auto& [state, reason] : rows) reasons.insert(reason);
  return reasons;
}

TEST(InspectDocs, EveryReasonStandsThereWithItsState) {
  const std::string sources = Sources();
  const std::set<StateAndReason> documented = Documented();
  const std::set<std::string> reasons = Reasons(documented);
  const std::regex judged(R"re(DumpState::k(\w+),\s*"([a-z0-9_]+)")re");
  int count = 0;
  for (std::sregex_iterator at(sources.begin(), sources.end(), judged), end; at != end; ++at) {
    ++count;
    EXPECT_TRUE(documented.contains({Shown((*at)[1]), (*at)[2]})) << at->str();
  }
  EXPECT_GT(count, 40);
  // Those whose state stands elsewhere, or always is unknown.
  const std::regex others(
      R"re((?:Without\(|CannotTell\(|Uninspected\([^"]*|PageFault\{|reason = )\s*"([a-z0-9_]+)")re");
  count = 0;
  for (std::sregex_iterator at(sources.begin(), sources.end(), others), end; at != end; ++at) {
    ++count;
    EXPECT_TRUE(reasons.contains((*at)[1])) << at->str();
  }
  EXPECT_GT(count, 20);
}

TEST(InspectDocs, NoReasonThatNobodyGives) {
  const std::string sources = Sources();
  const std::set<StateAndReason> documented = Documented();
  EXPECT_GT(documented.size(), 50U);
  std::set<std::string> states{"", "log"};
  for (int i = 0; i < kDumpStates; ++i) states.emplace(Name(static_cast<DumpState>(i)));
  for (const auto& [state, reason] : documented) {
    EXPECT_NE(sources.find('"' + reason + '"'), std::string::npos) << reason;
    EXPECT_TRUE(states.contains(state)) << state;
  }
}

TEST(InspectDocs, EveryCategoryStandsThereInOrder) {
  const std::string page = Source("docs/inspect.md");
  const auto begin = page.find("<!-- categories:begin -->");
  const std::string table = page.substr(begin, page.find("<!-- categories:end -->") - begin);
  const std::regex row(R"(\n\| `(\w+)` \| [^|]+ \| [^|]+ \|)");
  std::vector<std::string> documented, names;
  for (std::sregex_iterator at(table.begin(), table.end(), row), end; at != end; ++at) {
    documented.push_back((*at)[1]);
  }
  for (int i = 0; i < kCrashCategories; ++i) {
    names.emplace_back(Name(static_cast<CrashCategory>(i)));
  }
  EXPECT_EQ(documented, names);
}

}  // namespace
}  // namespace kdumpd
