// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "daemon/core/analyse_crash.h"
#include "daemon/core/characters.h"
#include "daemon/core/redact_log.h"
#include "tests/support/dump_fixtures.h"

// Real logs: what they tell of a crash survives, where it happened in memory does not.
namespace kdumpd {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> Logs() {
  std::vector<fs::path> logs;
  for (const char* folder : {"crashes", "crashes/made", "captures"}) {
    for (const auto& entry :
         fs::directory_iterator(fs::path(KDUMPD_SOURCE_DIR) / "tests/fixtures" / folder)) {
      if (entry.path().string().contains(".log")) logs.push_back(entry.path());
    }
  }
  std::ranges::sort(logs);
  return logs;
}

std::string TextOf(const fs::path& path) {
  const OpenFixture open(path);
  std::string text(open.bytes().Size(), '\0');
  EXPECT_TRUE(open.bytes().Read(0, std::as_writable_bytes(std::span(text)))) << path;
  return text;
}

// Addresses of a kernel's text, data and direct map on x86-64 and aarch64.
std::vector<std::string> KernelAddresses(std::string_view text) {
  std::vector<std::string> found;
  for (auto at = text.find("ffff"); at != text.npos; at = text.find("ffff", at + 1)) {
    const auto end = std::min(text.find_first_not_of("0123456789abcdef", at), text.size());
    const bool begins = at == 0 || !IsAlphanumeric(text[at - 1]) || text[at - 1] == 'x';
    const std::string_view digits = text.substr(at, end - at);
    if (begins && digits.size() == 16 && !digits.starts_with("fffffffffffff")) {
      found.emplace_back(digits);
    }
  }
  return found;
}

std::string Functions(const CrashReport& crash) {
  std::string names;
  for (const StackFrame& frame : crash.frames)
    names += Cat(frame.function, '[', frame.module, "] ");
  return names;
}

TEST(RedactFixturesTest, WhatHappenedSurvives) {
  int crashes = 0, same = 0, addresses = 0;
  for (const fs::path& path : Logs()) {
    SCOPED_TRACE(path.filename());
    const std::string text = TextOf(path), redacted = RedactLog(text);
    const auto before = AnalyseCrash(text), after = AnalyseCrash(redacted);
    ASSERT_EQ(before.has_value(), after.has_value());
    addresses += static_cast<int>(KernelAddresses(text).size());
    EXPECT_EQ(KernelAddresses(redacted), std::vector<std::string>());
    if (!before) continue;
    ++crashes;
    EXPECT_EQ(Functions(*after), Functions(*before));
    EXPECT_EQ(Name(after->category), Name(before->category));
    EXPECT_EQ(after->task, before->task);
    EXPECT_EQ(after->pid, before->pid);
    EXPECT_EQ(after->cpu, before->cpu);
    EXPECT_EQ(after->hardware, before->hardware);
    EXPECT_EQ(after->kernel_release, before->kernel_release);
    // The message of a panic may have an address, which a signature leaves out.
    if (after->title.contains("[pointer]")) continue;
    EXPECT_EQ(after->title, before->title);
    EXPECT_EQ(after->signature.pre_image, before->signature.pre_image);
    ++same;
  }
  EXPECT_GE(crashes, 50);
  EXPECT_GE(same, crashes - 3);
  EXPECT_GE(addresses, 300);
}

TEST(RedactFixturesTest, LinesAndTheirTimesStay) {
  int lines = 0;
  for (const fs::path& path : Logs()) {
    SCOPED_TRACE(path.filename());
    const std::string text = TextOf(path), redacted = RedactLog(text);
    const auto before = Lines(text), after = Lines(redacted);
    ASSERT_EQ(before.size(), after.size());
    for (std::size_t i = 0; i < before.size(); ++i, ++lines) {
      const auto end = before[i].starts_with('[') ? before[i].find(']') : 0;
      EXPECT_EQ(after[i].substr(0, end), before[i].substr(0, end));
    }
  }
  EXPECT_GE(lines, 10'000);
}

}  // namespace
}  // namespace kdumpd
