// SPDX-License-Identifier: Apache-2.0
//
// The real promtool from the PATH. One that is missing is a failure.
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <string>

#include "daemon/core/text.h"
#include "metrics/render.h"
#include "tests/metrics/states.h"

namespace kdumpd {
namespace {

struct Outcome {
  int status = -1;
  std::string output;
};

Outcome Promtool(const std::string& arguments) {
  Outcome outcome;
  FILE* pipe = popen(
      Cat("cd " KDUMPD_SOURCE_DIR "/metrics/rules && promtool ", arguments, " 2>&1").c_str(), "r");
  if (pipe == nullptr) return outcome;
  std::array<char, 4096> buffer;
  while (const std::size_t got = fread(buffer.data(), 1, buffer.size(), pipe)) {
    outcome.output.append(buffer.data(), got);
  }
  outcome.status = pclose(pipe);
  return outcome;
}

Outcome CheckMetrics(const std::string& exposition) {
  const std::string path = Cat(testing::TempDir(), "/kdumpd-", getpid(), ".prom");
  std::ofstream(path) << exposition;
  const Outcome outcome = Promtool(Cat("check metrics < '", path, "'"));
  unlink(path.c_str());
  return outcome;
}

void ExpectClean(const std::string& exposition) {
  const Outcome outcome = CheckMetrics(exposition);
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_EQ(outcome.output, "") << exposition;
}

TEST(PromtoolTest, MetricsOfEveryKindOfStateAreClean) {
  State hostile = WorstState();
  hostile.facts.kernel_release = Known<std::string>("6.1\"} 1\nx{\\\xff");
  const State worst = WorstState();
  const State unknown;
  ExpectClean(RenderMetrics(nullptr, "0.1.0"));
  ExpectClean(RenderMetrics(&unknown, "0.1.0"));
  ExpectClean(RenderMetrics(&worst, "0.1.0"));
  ExpectClean(RenderMetrics(&hostile, "0.1.0"));
}

TEST(PromtoolTest, WouldFindABadOne) {
  EXPECT_NE(CheckMetrics("# HELP kdump_x X.\n# TYPE kdump_x counter\nkdump_x 1\n").status, 0);
}

TEST(PromtoolTest, RulesAreClean) {
  const Outcome outcome = Promtool("check rules --lint=all --lint-fatal kdumpd.rules.yaml");
  EXPECT_EQ(outcome.status, 0) << outcome.output;
}

TEST(PromtoolTest, RulesDoWhatTheirTestsSay) {
  const Outcome outcome = Promtool("test rules kdumpd.rules.test.yaml");
  EXPECT_EQ(outcome.status, 0) << outcome.output;
}

}  // namespace
}  // namespace kdumpd
