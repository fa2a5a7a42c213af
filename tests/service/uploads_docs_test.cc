// SPDX-License-Identifier: Apache-2.0
// What docs/uploads.md shows works, and it explains what the program says.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "daemon/config.h"
#include "daemon/config_destinations.h"
#include "daemon/core/text.h"
#include "daemon/core/upload.h"
#include "tests/support/process.h"

namespace kdumpd {
namespace {

std::string Page(std::string_view name) { return FileText(Cat(KDUMPD_SOURCE_DIR, "/", name)); }

// The fenced blocks of one kind.
std::vector<std::string> Blocks(const std::string& page, std::string_view kind) {
  const std::string fence = Cat("\n```", kind, "\n");
  std::vector<std::string> blocks;
  for (auto at = page.find(fence); at != std::string::npos; at = page.find(fence, at)) {
    at += fence.size();
    blocks.push_back(page.substr(at, page.find("\n```\n", at) - at + 1));
  }
  return blocks;
}

TEST(UploadsDocs, EveryConfigurationLoads) {
  std::string kinds;
  for (const char* name : {"docs/uploads.md", "README.md"}) {
    for (const std::string& text : Blocks(Page(name), "yaml")) {
      const auto choices = ParseConfigFile(text, name);
      ASSERT_TRUE(choices) << choices.error().message << "\n" << text;
      const auto config = MakeConfig(*choices, {});
      ASSERT_TRUE(config) << config.error().message << "\n" << text;
      ASSERT_FALSE(config->uploads.targets.empty()) << text;
      for (const UploadTarget& target : config->uploads.targets) {
        kinds += Cat(target.url.substr(0, target.url.find(':')), " ");
      }
    }
  }
  for (const char* kind : {"s3 ", "sftp ", "https ", "file "}) {
    EXPECT_NE(kinds.find(kind), std::string::npos) << "no example of " << kind << "in " << kinds;
  }
}

TEST(UploadsDocs, EveryJsonIsJson) {
  const auto blocks = Blocks(Page("docs/uploads.md"), "json");
  EXPECT_EQ(blocks.size(), 2U) << "a policy and a lifecycle";
  for (const std::string& text : blocks) EXPECT_TRUE(nlohmann::json::accept(text)) << text;
}

TEST(UploadsDocs, EveryProofAndProblemIsExplained) {
  const std::string page = Page("docs/uploads.md");
  for (int i = 1; i < kUploadProofs; ++i) {
    const std::string row = Cat("| `", Name(static_cast<UploadProof>(i)), "` |");
    EXPECT_NE(page.find(row), std::string::npos) << "docs/uploads.md lacks " << row;
  }
  const std::string runbook = Page("docs/runbooks/VmcoreUploadFailing.md");
  for (int i = 1; i < kUploadProblems; ++i) {
    const std::string word = Cat("`", Name(static_cast<UploadProblem>(i)), "`");
    EXPECT_NE(runbook.find(word), std::string::npos) << "the runbook lacks " << word;
  }
}

// The checks judge what is configured.
TEST(UploadsDocs, ThePolicyKnowsWhichDestinationsAreSealed) {
  const auto choices = ParseConfigFile(
      "uploads: {encryption: required}\n"
      "destinations:\n"
      "  open: {url: 'file:///mnt'}\n"
      "  sealed: {url: 'file:///mnt', recipients: "
      "[age18zj2w3wt0fghjp0k58ccs8x53nx72f8s0uy8d3pm5034ff6awcpsxmtwk9]}\n",
      "test");
  ASSERT_TRUE(choices) << choices.error().message;
  const auto config = MakeConfig(*choices, {});
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_TRUE(config->policy.seal_required);
  const std::vector<PolicyDestination> expected{{"open", false}, {"sealed", true}};
  EXPECT_EQ(config->policy.destinations, expected);
}

}  // namespace
}  // namespace kdumpd
