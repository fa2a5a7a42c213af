// SPDX-License-Identifier: Apache-2.0
// What the documentation promises to name, it names.
#include <gtest/gtest.h>

#include <string>

#include "daemon/core/readiness.h"
#include "tests/support/process.h"

namespace kdumpd {
namespace {

std::string Page(const std::string& name) {
  return FileText(std::string(KDUMPD_SOURCE_DIR "/") + name);
}

TEST(Docs, EveryCheckHasASectionWithItsScopeAndWeight) {
  const std::string page = Page("docs/checks.md");
  for (const Check& check : Checks()) {
    const std::string section = "\n### " + std::string(check.id) + "\n" +
                                std::string(Name(check.scope)) + ", " +
                                std::string(Name(check.weight)) + ". ";
    EXPECT_NE(page.find(section), std::string::npos) << "docs/checks.md lacks:" << section;
  }
}

TEST(Docs, NoSectionForACheckThatIsNotThere) {
  const std::string page = Page("docs/checks.md");
  for (std::size_t at = page.find("\n### "); at != std::string::npos;
       at = page.find("\n### ", at + 1)) {
    const std::string id = page.substr(at + 5, page.find('\n', at + 5) - at - 5);
    bool known = false;
    for (const Check& check : Checks()) known = known || check.id == id;
    EXPECT_TRUE(known) << "docs/checks.md describes " << id;
  }
}

// metrics/README.md is checked against the catalogue and the rules; the front page repeats it.
TEST(Docs, TheFrontPageHasTheSameTables) {
  const auto table = [](const std::string& page, const std::string& name) {
    const auto begin = page.find("<!-- " + name + ":begin -->");
    const auto end = page.find("<!-- " + name + ":end -->");
    EXPECT_NE(end, std::string::npos) << name;
    std::string text = page.substr(begin, end - begin);
    for (auto at = text.find("../docs/"); at != std::string::npos; at = text.find("../docs/"))
      text.erase(at, 3);
    return text;
  };
  for (const char* name : {"metrics", "alerts"}) {
    EXPECT_EQ(table(Page("README.md"), name), table(Page("metrics/README.md"), name));
  }
  const std::string count = std::to_string(Checks().size()) + " checks";
  EXPECT_NE(Page("README.md").find(count), std::string::npos)
      << "the front page must say: " << count;
}

}  // namespace
}  // namespace kdumpd
