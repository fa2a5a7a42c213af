// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/analyse_crash.h"

#include <gtest/gtest.h>

#include <functional>

#include "tests/support/crash_logs.h"

namespace kdumpd {
namespace {

// A line as another tool prints it, by its time and its message.
using Printer = std::function<std::string(std::string_view time, std::string_view message)>;

std::string Print(std::string_view log, const Printer& printer) {
  std::string printed;
  std::uint64_t us = 12'000'000;
  for (const std::string_view line : Lines(log)) {
    printed += Cat(printer(Cat("   12.", std::to_string(us).substr(2)), line), '\n');
    us += 100;
  }
  return printed;
}

TEST(AnalyseCrashTest, EveryPrefixTellsTheSame) {
  const std::vector<std::pair<std::string_view, Printer>> printers{
      {"no prefix", [](auto, auto message) { return std::string(message); }},
      {"--raw", [](auto time, auto message) { return Cat("<4>[", time, "] ", message); }},
      {"--decode", [](auto time, auto line) { return Cat("kern  :alert : [", time, "] ", line); }},
      {"--ctime", [](auto, auto line) { return Cat("[Mon Nov 30 10:40:49 2026] ", line); }},
      {"caller", [](auto time, auto line) { return Cat('[', time, "][  T742] ", line); }},
      {"console", [](auto time, auto line) { return Cat('[', time, "] ", line, "\r"); }},
      {"kmsg", [](auto, auto message) { return Cat("4,17,12000000,-;", message); }},
      {"journal", [](auto, auto line) { return Cat("Nov 30 10:40:49 node kernel: ", line); }},
      {"ISO", [](auto, auto line) { return Cat("2026-11-30T10:40:49+0000 n kernel: ", line); }},
      {"syslog",
       [](auto time, auto line) { return Cat("Nov 30 10:40:49 n kernel: [", time, "] ", line); }},
  };
  for (const std::string_view log : {kNullX86, kNullX86Newer, kNullArm64}) {
    auto expected = AnalyseCrash(At(12, log));
    ASSERT_TRUE(expected);
    for (const auto& [name, printer] : printers) {
      auto report = AnalyseCrash(Print(log, printer));
      ASSERT_TRUE(report) << name;
      report->at_us = expected->at_us;
      report->last_lines = expected->last_lines;
      EXPECT_EQ(*report, *expected) << name;
    }
  }
}

TEST(AnalyseCrashTest, AllThatIsToldOfOne) {
  const auto report = AnalyseCrash(At(1, "loop: module loaded\n") + At(12, kNullX86));
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->fatal);
  EXPECT_EQ(report->reason, "BUG: kernel NULL pointer dereference, address: 0000000000000018");
  EXPECT_EQ(report->at_us, 12'000'000U);
  EXPECT_EQ(report->kernel_release, "6.1.0-31-amd64");
  EXPECT_EQ(report->hardware, "Dell Inc. PowerEdge R650/0PYXKY, BIOS 1.9.2 11/17/2022");
  EXPECT_EQ(report->taint, "OE");
  EXPECT_EQ(report->oopses, 1U);
  EXPECT_EQ(report->modules, (std::vector<std::string>{"blkq(OE)", "nvme(E)", "nvme_core(E)"}));
  EXPECT_EQ(report->frames.front().offset, 0x1dU);
  EXPECT_EQ(report->signature.version, 1);
  EXPECT_EQ(report->signature.hash, "");
  ASSERT_EQ(report->last_lines.size(), 6U);
  EXPECT_EQ(report->last_lines.front(), "[    1.000000] loop: module loaded");
  EXPECT_EQ(report->last_lines.back(), "[   12.000400] Oops: 0000 [#1] PREEMPT SMP NOPTI");
}

// Two processors print at once; each line says whose it is.
TEST(AnalyseCrashTest, LinesOfAnotherContextAreLeftOut) {
  std::string log;
  std::vector<std::string_view> other = Lines(
      "CPU: 9 PID: 99 Comm: other Not tainted 5.0\nRIP: 0010:other+0x1/0x2\nCall Trace:\n"
      " another+0x1/0x2\nHardware name: other\nModules linked in: other\n");
  for (const std::string_view line : Lines(kNullX86)) {
    if (!other.empty()) {
      log += Cat("[   12.000000][   C9] ", other.front(), '\n');
      other.erase(other.begin());
    }
    log += Cat("[   12.000000][ T1742] ", line, '\n');
  }
  // The first line decides whose they are.
  log = log.substr(log.find('\n') + 1);
  auto report = AnalyseCrash(log), expected = AnalyseCrash(At(12, kNullX86));
  ASSERT_TRUE(report && expected);
  EXPECT_EQ(report->frames, expected->frames);
  EXPECT_EQ(Who(*report), Who(*expected));
  EXPECT_EQ(report->modules, expected->modules);
  EXPECT_EQ(report->kernel_release, expected->kernel_release);
}

TEST(AnalyseCrashTest, TaintAndRelease) {
  struct TaintCase {
    std::string_view tail;
    std::string_view taint;
    std::string_view release;
  };
  const std::vector<TaintCase> cases{
      {"Not tainted 6.1.0-31-amd64 #1  Debian 6.1.128-1", "", "6.1.0-31-amd64"},
      {"Kdump: loaded Not tainted 6.1.0-31-amd64 #1", "", "6.1.0-31-amd64"},
      {"Tainted: G           OE      6.1.0-31-amd64 #1", "OE", "6.1.0-31-amd64"},
      {"Tainted: P      D W  OE      6.1.0-31-amd64 #1", "PDWOE", "6.1.0-31-amd64"},
      {"Tainted: G   M              6.1.0 #1", "M", "6.1.0"},
      {"Tainted: G        W         -rc1", "W", ""},
      {"Tainted: G           OE", "OE", ""},
      {"Not tainted", "", ""},
  };
  for (const TaintCase& test : cases) {
    const auto report =
        AnalyseCrash(At(3, Cat("Kernel panic - not syncing: x\nCPU: 0 PID: 1 Comm: a b ", test.tail,
                               "\nCall Trace:\n")));
    ASSERT_TRUE(report);
    EXPECT_EQ(report->taint, test.taint) << test.tail;
    EXPECT_EQ(report->kernel_release, test.release) << test.tail;
    EXPECT_EQ(report->task, "a b") << test.tail;
  }
}

}  // namespace
}  // namespace kdumpd
