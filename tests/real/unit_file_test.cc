// SPDX-License-Identifier: Apache-2.0
// systemd's own judgement of systemd/units/kdumpd.service.

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/support/child.h"

namespace kdumpd {
namespace {

std::string ReadAll(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class UnitFile : public testing::Test {
 protected:
  // systemd-analyze wants the program of ExecStart to exist, so the copy names one that does.
  void SetUp() override {
    char name[] = "/tmp/kdumpd-unit-XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    directory_ = name;
    std::string text = ReadAll(KDUMPD_SOURCE_DIR "/systemd/units/kdumpd.service");
    const std::string program = "ExecStart=/usr/bin/kdumpd run\n";
    const auto at = text.find(program);
    ASSERT_NE(at, std::string::npos);
    text.replace(at, program.size(), "ExecStart=/bin/true run\n");
    std::ofstream(directory_ / "kdumpd.service") << text;
  }
  void TearDown() override {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  // Exit status of systemd-analyze, whose first line goes into `line`.
  int Analyze(std::vector<std::string> words, std::string& line) {
    words.insert(words.begin(), {"sh", "-c", "exec systemd-analyze --no-pager \"$@\" 2>&1", "sh"});
    words.push_back(directory_ / "kdumpd.service");
    Child child(std::move(words));
    line = child.Line();
    for (std::string more = line; !more.empty();) more = child.Line();
    const int status = child.End(0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  std::filesystem::path directory_;
};

TEST_F(UnitFile, IsUnderstoodWithoutAWarning) {
  std::string line;
  EXPECT_EQ(Analyze({"verify", "--man=no"}, line), 0) << line;
  EXPECT_EQ(line, "");
}

// 34 of 100 with systemd 252; a newer one may weigh a little differently.
TEST_F(UnitFile, IsExposedNoMoreThanItWas) {
  std::string line;
  EXPECT_EQ(Analyze({"security", "--offline=true", "--threshold=40"}, line), 0) << line;
  EXPECT_NE(Analyze({"security", "--offline=true", "--threshold=20"}, line), 0);  // it can fail
}

}  // namespace
}  // namespace kdumpd
