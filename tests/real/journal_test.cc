// SPDX-License-Identifier: Apache-2.0
// What real journald and logind say when a real systemd is rebooted, as PID 1 of its namespaces.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <chrono>
#include <filesystem>

#include "systemd/journal.h"
#include "systemd/journal_boots.h"
#include "systemd/shutdown_watch.h"
#include "tests/support/child.h"
#include "tests/support/process.h"
#include "tests/support/spin.h"

namespace kdumpd {
namespace {

constexpr const char* kMachine = "0123456789abcdef0123456789abcdef";  // of start-systemd.sh
constexpr const char* kLogind = "org.freedesktop.login1";

class RealJournal : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/kdumpd-journal-XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    directory_ = name;
    ::setenv("KDUMPD_TEST_JOURNAL", "yes", 1);
    system_ = std::make_unique<Child>(std::vector<std::string>{
        KDUMPD_SOURCE_DIR "/tests/support/start-systemd.sh", directory_.string()});
    // The first run makes the image.
    const std::string line = system_->Line(std::chrono::minutes(15));
    if (line != "ready") {
      const int status = system_->End(0);
      if (WIFEXITED(status) && WEXITSTATUS(status) == 77) GTEST_SKIP() << line;
      FAIL() << line;
    }
    auto control = ConnectBus(Address());
    ASSERT_TRUE(control) << control.error().message;
    control_ = *std::move(control);
  }
  void TearDown() override {
    control_.reset();
    if (system_) system_->End(SIGTERM);
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  [[nodiscard]] std::string Address() const {
    return BusAddressOf(directory_ / "dbus/system_bus_socket");
  }
  [[nodiscard]] UniqueFd Files() const {
    const auto path = directory_ / "journal" / kMachine;
    return UniqueFd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }
  // How often journald has started.
  [[nodiscard]] int Starts() const {
    const UniqueFd files = Files();
    auto journal = Journal::Open(files.get());
    if (!journal) return 0;
    journal->Only({"MESSAGE_ID=f77379a8490b408bbe5f6940505a777b"});
    int starts = 0;
    for (bool more = journal->ToFirst(); more; more = journal->Next()) ++starts;
    return starts;
  }
  // Its boot; what is asked for is the boot before another one, which the journal does not know.
  [[nodiscard]] Result<JournalBoot> Boot() const {
    const UniqueFd files = Files();
    const auto boots = BootsInJournal(files.get(), std::string(32, 'f'));
    if (!boots) return std::unexpected(boots.error());
    if (boots->size() != 1) return Fail(ErrorCode::kInvalid, "not one boot");
    return boots->front();
  }
  // Without an answer: what ends the bus may end it before.
  template <class... Arguments>
  void Call(const char* to, const char* path, const char* interface, const char* method,
            const char* types, Arguments... arguments) {
    EXPECT_GE(sd_bus_call_method_async(control_.get(), nullptr, to, path, interface, method,
                                       nullptr, nullptr, types, arguments...),
              0);
    EXPECT_GE(sd_bus_flush(control_.get()), 0);
  }

  std::filesystem::path directory_;
  EventLoop loop_ = *EventLoop::Create();
  std::unique_ptr<Child> system_;
  Bus control_;
};

TEST_F(RealJournal, ARestartedJournalAndAnOrderlyReboot) {
  ASSERT_TRUE(Eventually([&] { return Boot().has_value(); })) << Boot().error().message;
  EXPECT_FALSE(Boot()->shutdown);
  EXPECT_GT(Boot()->first, 1'600'000'000);
  Call(kSystemd, kManagerPath, kManager, "RestartUnit", "ss", "systemd-journald.service",
       "replace");
  ASSERT_TRUE(Eventually([&] { return Starts() == 2; })) << Starts();
  EXPECT_FALSE(Boot()->shutdown);

  std::string said;
  const auto watch = ShutdownWatch::Start(loop_, {.address = Address()},
                                          [&](bool starts) { said += starts ? "down " : "up "; });
  watch->AskWhetherStopping(
      [&](std::optional<bool> stopping) { said += stopping ? "asked " : "?"; });
  ASSERT_TRUE(Spin(loop_, [&] { return said == "asked "; })) << said;
  Call(kLogind, "/org/freedesktop/login1", "org.freedesktop.login1.Manager", "Reboot", "b", 0);
  EXPECT_TRUE(Spin(loop_, [&] { return said == "asked down "; })) << said;
  EXPECT_TRUE(Eventually([&] { return Boot() && Boot()->shutdown; }));
}

}  // namespace
}  // namespace kdumpd
