// SPDX-License-Identifier: Apache-2.0
// What happens in the crash directory, seen through the whole program. Its timer is set so far away
// that only inotify can be the reason for a look.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdio.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <regex>

#include "tests/support/daemon.h"

namespace kdumpd {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;

constexpr char kOneWriting[] = "kdump_vmcores{state=\"writing\"} 1\n";
constexpr char kNoneWriting[] = "kdump_vmcores{state=\"writing\"} 0\n";

class CrashDirectoryTest : public testing::Test {
 protected:
  CrashDirectoryTest() { WriteReadyNode(at_); }

  static std::vector<std::string> NoTimer() {
    return {"--observe.interval=10m", "--observe.settle=1h"};
  }
  [[nodiscard]] fs::path Crash() const { return at_.path() / "root/var/crash"; }
  // As kdump.sh: a directory with a stamp, and a vmcore in it.
  void WriteDump(const std::string& directory) const {
    at_.Write("root/var/crash/" + directory + "/vmcore", "x");
  }
  // The sum over kdump_vmcores; nothing while the program does not say.
  static std::optional<int> Dumps(const std::string& metrics) {
    const std::regex row("\nkdump_vmcores\\{state=\"[a-z_]+\"\\} ([0-9]+)");
    std::optional<int> sum;
    for (std::sregex_iterator i(metrics.begin(), metrics.end(), row), end; i != end; ++i) {
      sum = sum.value_or(0) + std::stoi((*i)[1]);
    }
    return sum;
  }
  ScratchDirectory at_;
};

TEST_F(CrashDirectoryTest, ADumpIsSeenWithoutTheTimer) {
  Daemon daemon(at_, NoTimer());
  ASSERT_TRUE(daemon.Shows(kNoneWriting)) << daemon.process().Output();
  WriteDump("127.0.0.1-2026-11-22-07:15:03");
  EXPECT_TRUE(daemon.Shows(kOneWriting));
  EXPECT_TRUE(daemon.Shows("kdump_unacknowledged_crashes 0\n")) << "it may yet become none";
  fs::remove_all(Crash() / "127.0.0.1-2026-11-22-07:15:03");
  EXPECT_TRUE(daemon.Shows(kNoneWriting)) << "and so is its end";
}

TEST_F(CrashDirectoryTest, ADumpInADirectoryThatTookItsPlaceIsSeen) {
  fs::create_directories(Crash() / "202601020304");
  fs::create_directories(at_.path() / "root/var/other");
  Daemon daemon(at_, NoTimer());
  ASSERT_TRUE(daemon.Shows(kOneWriting)) << daemon.process().Output();
  ASSERT_EQ(::renameat2(AT_FDCWD, Crash().c_str(), AT_FDCWD,
                        (at_.path() / "root/var/other").c_str(), RENAME_EXCHANGE),
            0);
  ASSERT_TRUE(daemon.Shows(kNoneWriting)) << "the move is the reason for a look";
  WriteDump("127.0.0.1-2026-11-22-07:15:03");
  EXPECT_TRUE(daemon.Shows(kOneWriting));
}

// Between the two there is nothing to watch: one look for another reason finds the new one.
TEST_F(CrashDirectoryTest, ADumpInADirectoryThatWasMadeAgainIsSeen) {
  Daemon daemon(at_, NoTimer());
  ASSERT_TRUE(daemon.Shows(kNoneWriting)) << daemon.process().Output();
  fs::rename(Crash(), at_.path() / "root/var/away");
  ASSERT_TRUE(
      daemon.Shows("kdump_check_problem{check=\"target_path_exists\",status=\"warn\"} 1\n"));
  fs::create_directories(Crash());
  daemon.process().Signal(SIGHUP);
  ASSERT_TRUE(daemon.Shows(kNoneWriting));
  WriteDump("127.0.0.1-2026-11-22-07:15:03");
  EXPECT_TRUE(daemon.Shows(kOneWriting));
}

// The kernel keeps 16,384 events and drops the rest; the dump's are among the dropped.
TEST_F(CrashDirectoryTest, ADumpBehindAnOverflowIsSeen) {
  std::size_t limit = 0;
  std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> limit;
  if (limit == 0 || limit > 20'000) GTEST_SKIP() << "a queue of " << limit << " events";
  Daemon daemon(at_, NoTimer());
  ASSERT_TRUE(daemon.Shows(kNoneWriting)) << daemon.process().Output();
  daemon.process().Signal(SIGSTOP);
  at_.Write("root/var/crash/notes", "no dump");
  for (std::size_t events = 0; events <= limit; events += 4) {
    fs::rename(Crash() / "notes", Crash() / "notes.old");
    fs::rename(Crash() / "notes.old", Crash() / "notes");
  }
  WriteDump("127.0.0.1-2026-11-22-07:15:03");
  daemon.process().Signal(SIGCONT);
  EXPECT_TRUE(daemon.Shows(kOneWriting));
  WriteDump("127.0.0.1-2026-11-22-07:15:04");
  EXPECT_TRUE(daemon.Shows("kdump_vmcores{state=\"writing\"} 2\n")) << "the watch goes on";
}

// More dumps than one look has time for: whatever is shown meanwhile, it is never half a number.
TEST_F(CrashDirectoryTest, ThousandsOfDumpsAtTheFirstStartAreHistory) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(__clang__)
  constexpr int kDumps = 400;  // sanitizers make a look ten times as long; clang builds only them
#else
  constexpr int kDumps = 4000;
#endif
  for (int i = 0; i < kDumps; ++i) WriteDump(std::to_string(200001010000 + i / 60 * 100 + i % 60));
  Daemon daemon(at_);
  ASSERT_TRUE(Eventually([&] { return daemon.Get("/readyz").status == 200; }));
  WriteDump("199912312359");  // its stamp is older than any; it is new all the same
  EXPECT_TRUE(Eventually(
      [&] {
        const std::string metrics = daemon.Get("/metrics").body;
        const auto shown = Dumps(metrics);
        EXPECT_TRUE(!shown || *shown == kDumps || *shown == kDumps + 1) << *shown;
        const bool crashes = metrics.find("kdump_unacknowledged_crashes") != std::string::npos;
        EXPECT_EQ(crashes, shown.has_value()) << "both or none";
        EXPECT_NE(metrics.find("kdump_verdict{verdict=\"ready\"} 1\n"), std::string::npos);
        return shown == kDumps + 1;
      },
      seconds(90)));
  EXPECT_TRUE(daemon.Shows("kdump_unacknowledged_crashes 1\n"));
  EXPECT_EQ(daemon.process().Output().find("level=error"), std::string::npos);
}

TEST_F(CrashDirectoryTest, ASelfTestIsListedAndNoCrash) {
  Daemon daemon(at_, NoTimer());
  ASSERT_TRUE(daemon.Shows(kNoneWriting)) << daemon.process().Output();
  WriteDump("kdump-test-1795331703-123456789");
  ASSERT_TRUE(daemon.Shows(kOneWriting));
  EXPECT_TRUE(daemon.Shows("kdump_unacknowledged_crashes 0\n"));
  EXPECT_FALSE(daemon.Shows("\nkdump_last_crash_timestamp_seconds ", seconds(0)));
  const auto json = nlohmann::json::parse(daemon.Get("/api/v1/crashes").body, nullptr, false);
  ASSERT_FALSE(json.is_discarded());
  ASSERT_EQ(json["crashes"].size(), 1U);
  EXPECT_EQ(json["crashes"][0]["self_test"], true);
}

}  // namespace
}  // namespace kdumpd
