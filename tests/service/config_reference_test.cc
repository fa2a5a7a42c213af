// SPDX-License-Identifier: Apache-2.0
// docs/configuration.md is written by this test from the program's own tables, and compared with
// what the program says of itself: KDUMPD_UPDATE_DOCS=1 config_reference_test rewrites it.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "daemon/config.h"
#include "daemon/config_destinations.h"
#include "daemon/core/text.h"
#include "tests/support/daemon.h"

namespace kdumpd {
namespace {

const std::string kPage = KDUMPD_SOURCE_DIR "/docs/configuration.md";

std::string Code(std::string_view text) { return text.empty() ? "" : Cat('`', text, '`'); }

std::string KeyTable() {
  std::string table =
      "| key | default | accepts | meaning | flag | environment |\n|---|---|---|---|---|---|\n";
  for (const ConfigKey& key : ConfigKeys()) {
    table += Cat("| ", Code(key.key), " | ", Code(key.otherwise), " | ", key.accepts, " | ",
                 key.help, " | ", key.is_flag ? Code(Cat("--", key.key)) : "file only", " | ",
                 key.is_flag ? Code(EnvironmentName(key.key)) : "", " |\n");
  }
  return table;
}

std::string CheckTable() {
  std::string table = "| key | default |\n|---|---|\n";
  for (const Check& check : Checks()) {
    table +=
        Cat("| ", Code(Cat("policy.checks.", check.id)), " | ", Code(Name(check.weight)), " |\n");
  }
  return table;
}

std::string DestinationTable() {
  std::string table = "| key | default | accepts | meaning |\n|---|---|---|---|\n";
  for (const DestinationKey& key : DestinationKeys()) {
    table += Cat("| ", Code(Cat("destinations.NAME.", key.key)), " | ", Code(key.otherwise), " | ",
                 key.accepts, " | ", key.help, " |\n");
  }
  return table;
}

// The page with what stands between the two marks of `name` replaced.
std::string With(std::string page, const std::string& name, const std::string& text) {
  const std::string begin = Cat("<!-- ", name, ":begin -->\n");
  const auto from = page.find(begin);
  const auto to = page.find(Cat("<!-- ", name, ":end -->"));
  EXPECT_TRUE(from != std::string::npos && to != std::string::npos) << name;
  if (from == std::string::npos || to == std::string::npos) return page;
  return page.replace(from + begin.size(), to - from - begin.size(), text);
}

TEST(ConfigReference, IsWhatTheProgramAccepts) {
  const std::string before = FileText(kPage);
  const std::string now = With(With(With(before, "keys", KeyTable()), "checks", CheckTable()),
                               "destinations", DestinationTable());
  if (before == now) return;
  if (std::getenv("KDUMPD_UPDATE_DOCS") != nullptr) {  // NOLINT(concurrency-mt-unsafe)
    std::ofstream(kPage, std::ios::binary) << now;
  }
  FAIL() << "docs/configuration.md is not what the program accepts (KDUMPD_UPDATE_DOCS=1 rewrites "
            "it)";
}

// "Default" means: choosing it changes nothing.
TEST(ConfigReference, ItsDefaultsAreTheDefaults) {
  for (const ConfigKey& key : ConfigKeys()) {
    if (key.otherwise.empty()) continue;
    const Choice choice{std::string(key.key), {std::string(key.otherwise)}, "test"};
    const auto chosen = MakeConfig({choice}, {});
    ASSERT_TRUE(chosen) << key.key << ": " << chosen.error().message;
    EXPECT_TRUE(*chosen == Config{}) << key.key << " is not " << key.otherwise << " by default";
  }
}

std::set<std::string> FlagsIn(const std::string& text) {
  std::set<std::string> flags;
  constexpr std::string_view kInFlags = "abcdefghijklmnopqrstuvwxyz.-";
  for (auto at = text.find("--"); at != std::string::npos; at = text.find("--", at)) {
    const auto end = std::min(text.find_first_not_of(kInFlags, at), text.size());
    std::string flag = text.substr(at, end - at);
    while (flag.ends_with('.')) flag.pop_back();
    if (flag.size() > 2 && flag[2] != '-') flags.insert(flag);
    at = end;
  }
  return flags;
}

TEST(ConfigReference, NamesEveryFlagOfEveryVerbAndNoOther) {
  const ScratchDirectory scratch;
  std::set<std::string> known;
  for (const char* verb :
       {"", "run", "check", "inspect", "crashes list", "crashes show", "crashes ack",
        "crashes prune", "drill start", "drill status", "drill cancel", "boots"}) {
    std::vector<std::string> arguments{KDUMPD_BINARY};
    for (const std::string_view word : Words(verb)) arguments.emplace_back(word);
    arguments.emplace_back("--help");
    Process help(arguments, scratch.path() / "help");
    EXPECT_EQ(help.Wait(), 0);
    known.merge(FlagsIn(help.Output()));
  }
  std::string page = FileText(kPage);
  for (auto at = page.find("<!--"); at != std::string::npos; at = page.find("<!--")) {
    page.erase(at, page.find("-->", at) + 3 - at);
  }
  const std::set<std::string> named = FlagsIn(page);
  for (const std::string& flag : known)
    EXPECT_TRUE(named.contains(flag)) << "not in the page: " << flag;
  for (const std::string& flag : named)
    EXPECT_TRUE(known.contains(flag)) << "no such flag: " << flag;
}

}  // namespace
}  // namespace kdumpd
