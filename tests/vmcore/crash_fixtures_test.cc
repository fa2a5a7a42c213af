// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>

#include "daemon/vmcore/inspect.h"
#include "tests/support/dump_fixtures.h"

// Real crashes: what each was, by its log as text and by the dump; and which are the same.
namespace kdumpd {
namespace {

using Json = nlohmann::json;
using Path = std::filesystem::path;

const Path kCrashes = Path(KDUMPD_SOURCE_DIR) / "tests/fixtures/crashes";

std::optional<CrashReport> CrashIn(const Path& file) {
  const OpenFixture open(file);
  const ByteSource* const sources[] = {&open.bytes()};
  InspectOptions options;
  options.level = CheckLevel::kCheap;
  return Inspect(sources, options).crash;
}

Json TextOrNull(const std::string& text) { return text.empty() ? Json() : Json(text); }
template <class T>
Json ValueOrNull(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

// As the manifest says it.
Json Told(const CrashReport& crash) {
  Json frames = Json::array();
  for (const StackFrame& frame : crash.frames) {
    if (frame.reliable && frames.size() < 3) frames.push_back(frame.function);
  }
  return {{"category", Name(crash.category)},
          {"title", crash.title},
          {"reason", crash.reason},
          {"panic_message", TextOrNull(crash.panic_message)},
          {"task", TextOrNull(crash.task)},
          {"pid", ValueOrNull(crash.pid)},
          {"cpu", ValueOrNull(crash.cpu)},
          {"function", TextOrNull(crash.function)},
          {"module", TextOrNull(crash.module)},
          {"taint", crash.taint},
          {"oopses", crash.oopses},
          {"frames", frames},
          {"basis", crash.signature.basis},
          {"signature", crash.signature.hash}};
}

Json Entries() { return Json::parse(ReadWhole(kCrashes / "manifest.json")).at("entries"); }

TEST(CrashFixtures, EachIsWhatItIs) {
  std::set<std::string> categories, architectures;
  int count = 0;
  for (const Json& entry : Entries()) {
    SCOPED_TRACE(entry["name"].get<std::string>());
    const auto crash = CrashIn(kCrashes / entry["log"].get<std::string>());
    ASSERT_TRUE(crash);
    EXPECT_EQ(Told(*crash), entry["expect"]);
    EXPECT_TRUE(crash->fatal);
    EXPECT_EQ(crash->kernel_release, entry["kernel_release"].get<std::string>());
    EXPECT_NE(crash->hardware, "");
    EXPECT_FALSE(crash->frames.empty());
    ASSERT_FALSE(crash->last_lines.empty());
    categories.insert(std::string(Name(crash->category)));
    architectures.insert(entry["architecture"].get<std::string>());
    ++count;
  }
  EXPECT_GE(count, 35);
  EXPECT_GE(categories.size(), 15U);
  EXPECT_EQ(architectures, (std::set<std::string>{"aarch64", "ppc64le", "s390x", "x86_64"}));
}

// A text beside a dump is what another tool printed of it: other escapes, no priorities.
TEST(CrashFixtures, TheDumpSaysWhatItsTextSays) {
  int count = 0;
  for (const Json& entry : Entries()) {
    if (!entry.contains("dump")) continue;
    SCOPED_TRACE(entry["name"].get<std::string>());
    auto text = CrashIn(kCrashes / entry["log"].get<std::string>());
    auto dump = CrashIn(kCrashes / entry["dump"].get<std::string>());
    ASSERT_TRUE(text && dump);
    EXPECT_EQ(dump->signature, text->signature);
    // makedumpfile extends the sign of bytes above 0x7f.
    for (auto* crash : {&*text, &*dump}) {
      crash->reason = AsWePrint(crash->reason);
      crash->panic_message = AsWePrint(crash->panic_message);
      for (std::string& line : crash->last_lines) line = AsWePrint(line);
    }
    EXPECT_EQ(*dump, *text);
    ++count;
  }
  EXPECT_GE(count, 20);
}

// The same cause in another kernel, on another architecture, in another process.
TEST(CrashFixtures, TheSameCrashHasTheSameSignature) {
  const std::set<std::string> same[] = {
      {"x86_64-sysrq-6.1", "x86_64-sysrq-6.12", "aarch64-sysrq-6.12", "ppc64le-sysrq-6.1",
       "s390x-sysrq-6.1"},
      {"x86_64-init_exit-6.1", "aarch64-init_exit-6.12"},
      {"x86_64-null_read-6.1", "x86_64-vm-null_read-6.1", "aarch64-null_read-6.1"},
      {"x86_64-oom_compulsory-6.1", "x86_64-vm-oom_compulsory-6.1"},
      {"x86_64-ext4-6.1", "x86_64-vm-ext4-6.1"},
      {"x86_64-warn-6.1", "x86_64-warn_plain-6.1"},  // two lines of one function
  };
  std::map<std::string, std::set<std::string>> groups;
  for (const Json& entry : Entries()) {
    groups[entry["expect"]["signature"]].insert(entry["name"].get<std::string>());
  }
  std::set<std::set<std::string>> several;
  for (const auto& [hash, names] : groups) {
    if (names.size() > 1) several.insert(names);
    std::printf("%s:", hash.c_str());
    for (const std::string& name : names) std::printf(" %s", name.c_str());
    std::printf("\n");
  }
  EXPECT_EQ(several, std::set(std::begin(same), std::end(same))) << "and no others are the same";
}

// Each entry says what it would be to get it wrong.
TEST(CrashFixtures, MadeOnesAreNotMistaken) {
  const Path made = kCrashes / "made";
  const Json manifest = Json::parse(ReadWhole(made / "manifest.json"));
  int count = 0;
  for (const Json& entry : manifest.at("entries")) {
    SCOPED_TRACE(entry["why"].get<std::string>());
    ++count;
    const auto crash = CrashIn(made / entry["log"].get<std::string>());
    ASSERT_EQ(crash.has_value(), !entry["expect"].is_null());
    if (!crash) continue;
    const Json told{{"category", Name(crash->category)},
                    {"title", crash->title},
                    {"task", TextOrNull(crash->task)},
                    {"pid", ValueOrNull(crash->pid)},
                    {"cpu", ValueOrNull(crash->cpu)},
                    {"oopses", crash->oopses},
                    {"kernel_release", TextOrNull(crash->kernel_release)},
                    {"signature", crash->signature.hash},
                    {"basis", crash->signature.basis}};
    EXPECT_EQ(told, entry["expect"]) << entry["log"];
  }
  EXPECT_GE(count, 24);
}

}  // namespace
}  // namespace kdumpd
