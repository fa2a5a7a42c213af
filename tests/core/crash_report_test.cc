// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/crash_report.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "daemon/core/clean_text.h"
#include "daemon/core/text.h"

namespace kdumpd {
namespace {

TEST(CrashReportTest, NamesAreOneEach) {
  std::set<std::string_view> names;
  for (int i = 0; i < kCrashCategories; ++i) {
    const std::string_view name = Name(static_cast<CrashCategory>(i));
    EXPECT_TRUE(names.insert(name).second) << name;
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), std::string_view::npos);
  }
  EXPECT_EQ(Name(CrashCategory::kNullDereference), "null_dereference");
  EXPECT_EQ(Name(CrashCategory::kPanicOther), "panic_other");
  EXPECT_EQ(Name(CrashCategory::kUnknown), "unknown");
  EXPECT_EQ(Name(static_cast<CrashCategory>(99)), "unknown");
  EXPECT_EQ(Name(FrameContext::kNmi), "nmi");
  EXPECT_EQ(Name(static_cast<FrameContext>(99)), "task");
}

// Whatever comes out is within bounds, and comes out the same again.
void ExpectClean(CrashReport report) {
  Sanitize(report);
  const CrashReport once = report;
  Sanitize(report);
  EXPECT_EQ(report, once);
  for (const auto& [text, most] :
       std::vector<std::pair<const std::string*, std::size_t>>{{&once.title, 256},
                                                               {&once.reason, 256},
                                                               {&once.panic_message, 256},
                                                               {&once.task, 64},
                                                               {&once.function, 128},
                                                               {&once.module, 64},
                                                               {&once.kernel_release, 64},
                                                               {&once.hardware, 256},
                                                               {&once.taint, 24},
                                                               {&once.signature.pre_image, 2048}}) {
    EXPECT_LE(text->size(), most) << *text;
  }
  for (const std::string* text : {&once.title, &once.task, &once.taint}) {
    EXPECT_EQ(*text, CleanText(*text, 256));
  }
  for (const std::string_view line : Lines(once.signature.pre_image)) {
    EXPECT_EQ(line, CleanText(line, 256));
  }
  EXPECT_TRUE(once.signature.pre_image.empty() || once.signature.pre_image.ends_with('\n'));
  EXPECT_LE(once.frames.size(), kMaxFrames);
  EXPECT_LE(once.modules.size(), kMaxModules);
  EXPECT_LE(once.last_lines.size(), kMaxLastLines);
  EXPECT_TRUE(once.signature.hash.empty() || once.signature.hash.size() == 19);
}

CrashReport Filled(const std::string& text, std::size_t count) {
  CrashReport report;
  for (std::string* field :
       {&report.title, &report.reason, &report.panic_message, &report.task, &report.function,
        &report.module, &report.kernel_release, &report.hardware, &report.taint,
        &report.signature.hash, &report.signature.basis, &report.signature.pre_image}) {
    *field = text;
  }
  report.frames.assign(count, StackFrame{.function = text, .module = text, .offset = 1});
  report.modules.assign(count, text);
  report.last_lines.assign(count, text);
  return report;
}

TEST(CrashReportTest, HostileTexts) {
  for (const std::string& text :
       {std::string(), std::string("plain"), std::string(5000, 'x'), std::string(5000, '\0'),
        std::string(5000, '\xff'), std::string(3000, '\n'), std::string(3000, '\\'),
        std::string("\xc3"), std::string(255, 'x') + "\xc3\xa9", std::string(256, 'x') + "\xc3\xa9",
        std::string("a\r\nb\tc\x1b[0m\\x41\xe2\x80\xa8"), std::string(2048, 'x') + "\ny\n",
        std::string(2047, 'x') + "\ny\n", std::string("no end of line"),
        std::string("\xf0\x9f\x92\xa9\xf0\x9f\x92")}) {
    for (const std::size_t count : {0U, 1U, 9U, 65U, 513U, 600U}) ExpectClean(Filled(text, count));
  }
}

TEST(CrashReportTest, RandomTexts) {
  std::mt19937 random(20261122);
  using namespace std::string_view_literals;
  constexpr auto kBytes = "\0\n\r\t\\ x\x7f\x80\xc3\xa9\xe2\xff\xf0\x9f\"<>"sv;
  for (int round = 0; round < 2000; ++round) {
    std::string text(random() % 700, ' ');
    for (char& c : text) c = kBytes[random() % kBytes.size()];
    ExpectClean(Filled(text, 2));
  }
}

TEST(CrashReportTest, NumbersThatCannotBe) {
  CrashReport report;
  report.cpu = 65'536;
  report.pid = 1 << 30;
  report.at_us = (std::uint64_t{1} << 31) * 1'000'000;
  const CrashReport most = report;
  Sanitize(report);
  EXPECT_EQ(report.cpu, most.cpu);
  EXPECT_EQ(report.pid, most.pid);
  EXPECT_EQ(report.at_us, most.at_us);
  report.cpu = 65'537;
  report.pid = (1 << 30) + 1;
  report.at_us = *most.at_us + 1;
  Sanitize(report);
  EXPECT_FALSE(report.cpu || report.pid || report.at_us);
  report.pid = -1;
  Sanitize(report);
  EXPECT_FALSE(report.pid);
}

TEST(CrashReportTest, Signatures) {
  struct HashCase {
    std::string_view hash;
    std::string_view clean;
  };
  for (const auto& [hash, clean] : std::vector<HashCase>{
           {"v1-0123456789abcdef", "v1-0123456789abcdef"},
           {"v1-0123456789abcde", ""},
           {"v1-0123456789abcdef0", ""},
           {"v1-0123456789ABCDEF", ""},
           {"v2-0123456789abcdef", ""},
           {"v1_0123456789abcdef", ""},
           {"", ""},
       }) {
    CrashReport report;
    report.signature = {7, std::string(hash), "surely", "oom\nx\n"};
    Sanitize(report);
    EXPECT_EQ(report.signature, (CrashSignature{1, std::string(clean), "none", "oom\nx\n"}));
  }
  for (const std::string basis : {"", "frames", "message", "none"}) {
    CrashReport report;
    report.signature.basis = basis;
    Sanitize(report);
    EXPECT_EQ(report.signature.basis, basis);
  }
}

}  // namespace
}  // namespace kdumpd
