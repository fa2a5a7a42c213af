// SPDX-License-Identifier: Apache-2.0
// The real kdumpd-boots beside the real kdumpd, through the class that starts it.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "daemon/core/journal_wire.h"
#include "daemon/host/text_process.h"
#include "tests/support/journal_maker.h"
#include "tests/support/process.h"

namespace kdumpd {
namespace {

namespace fs = std::filesystem;

constexpr const char* kProgram = KDUMPD_BINARY "-boots";
constexpr const char* kMachine = "0123456789abcdef0123456789abcdef";
constexpr std::int64_t kDay = 1'700'000'000;
const std::string kNow = "ffffffff-ffff-ffff-ffff-ffffffffffff";  // as /proc says it
std::string Id(char c) { return std::string(32, c); }

// A node with a journal of two boots before the running one.
class BootsHelper : public testing::Test {
 protected:
  void SetUp() override {
    if (!JournalMaker::Possible()) GTEST_SKIP() << "no systemd-journal-remote";
    tree_.Write("etc/machine-id", Cat(kMachine, "\n"));
    JournalMaker maker;
    maker.Boot(Id('a'), kDay).Kernel("Linux").Logind().JournalStops();
    maker.Boot(Id('b'), kDay + 1000).Kernel("Command line: elfcorehdr=1").Service("x", "\x1b[2J");
    maker.Boot(Id('f'), kDay + 2000).Kernel("Linux");
    maker.Write(Directory() + "/system.journal");
  }
  [[nodiscard]] std::string Directory() const {
    return Cat(tree_.path(), "/var/log/journal/", kMachine);
  }
  [[nodiscard]] Result<std::vector<JournalBoot>> Ask(int total_ms = 60'000) const {
    auto process = TextProcess::Start(kProgram, {tree_.path(), kNow});
    if (!process) return std::unexpected(process.error());
    const auto said = WaitFor(*process, total_ms);
    return said ? ParseBoots(*said) : std::unexpected(said.error());
  }
  [[nodiscard]] ErrorCode Refusal() const {
    const auto boots = Ask();
    EXPECT_FALSE(boots);
    return boots ? ErrorCode::kIo : boots.error().code;
  }

  TemporaryTree tree_;
};

TEST_F(BootsHelper, Answers) {
  const auto boots = Ask();
  ASSERT_TRUE(boots) << boots.error().message;
  ASSERT_EQ(boots->size(), 2U);
  EXPECT_EQ(boots->at(0).boot_id, Id('b'));
  EXPECT_TRUE(boots->at(0).capture_kernel);
  EXPECT_EQ(boots->at(0).text, "kernel: Command line: elfcorehdr=1\nx: \\x1b[2J");
  EXPECT_EQ(boots->at(1).boot_id, Id('a'));
  EXPECT_TRUE(boots->at(1).shutdown);
}

TEST_F(BootsHelper, OnlyOfTheNodeItself) {
  const std::string elsewhere = Cat(tree_.path(), "/data/journal");
  JournalMaker container;
  container.Boot(Id('9'), kDay + 1500).Kernel("x");
  container.Write(Cat(tree_.path(), "/var/log/journal/", Id('7'), "/system.journal"));
  EXPECT_EQ(Ask()->size(), 2U);
  // Absolute links of the node lead to where they lead on the node.
  fs::create_directories(fs::path(elsewhere).parent_path());
  fs::rename(Cat(tree_.path(), "/var/log/journal"), elsewhere);
  tree_.Link("/data/journal", "var/log/journal");
  EXPECT_EQ(Ask()->size(), 2U);
}

TEST_F(BootsHelper, SaysWhyNot) {
  tree_.Write(Cat("var/log/journal/", kMachine, "/system.journal"), "garbage");
  EXPECT_EQ(Refusal(), ErrorCode::kInvalid);
  fs::remove(Directory() + "/system.journal");
  EXPECT_EQ(Ask()->size(), 0U);
  fs::remove_all(Directory());
  EXPECT_EQ(Refusal(), ErrorCode::kNotFound);
  tree_.Write(Cat("var/log/journal/", kMachine), "a file");
  EXPECT_EQ(Refusal(), ErrorCode::kInvalid);
  fs::remove(Cat(tree_.path(), "/etc/machine-id"));
  EXPECT_EQ(Ask().error().message, "no /etc/machine-id, for which the journal is named");
  fs::remove_all(tree_.path());
  EXPECT_EQ(Refusal(), ErrorCode::kNotFound);
}

TEST_F(BootsHelper, HasADeadline) { EXPECT_EQ(Ask(0).error().code, ErrorCode::kTimeout); }

TEST_F(BootsHelper, OtherWordsAreRefused) {
  const std::vector<std::vector<std::string>> rows{
      {}, {"/"}, {"/", kNow, "more"}, {"/", "not-a-boot-id"}, {"--help"}};
  for (std::vector<std::string> words : rows) {
    words.insert(words.begin(), kProgram);
    Process process(words, tree_.path() + "/said");
    EXPECT_EQ(process.Wait(), 64);
    EXPECT_EQ(process.Output(),
              "kdumpd-boots: reads the journal for kdumpd, which starts it: kdumpd-boots ROOT "
              "BOOT-ID\n");
  }
}

// This machine's own journal, if it has one: whatever it says, it says it in time.
TEST_F(BootsHelper, ThisMachine) {
  auto process = TextProcess::Start(kProgram, {"/", kNow});
  ASSERT_TRUE(process);
  const auto said = WaitFor(*process, 60'000);
  ASSERT_TRUE(said) << said.error().message;
  EXPECT_TRUE(said->starts_with("kdumpd-boots 1\n"));
  const auto boots = ParseBoots(*said);
  EXPECT_TRUE(boots || boots.error().code != ErrorCode::kInvalid) << boots.error().message;
}

}  // namespace
}  // namespace kdumpd
