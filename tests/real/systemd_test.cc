// SPDX-License-Identifier: Apache-2.0
// UnitWatch and ShutdownWatch against a real systemd as PID 1 of its own namespaces, over its real
// system bus.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "daemon/core/text.h"
#include "systemd/shutdown_watch.h"
#include "systemd/unit_watch.h"
#include "tests/support/child.h"
#include "tests/support/spin.h"

namespace kdumpd {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

constexpr const char* kKdump = "kdump.service";

class RealSystemd : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/kdumpd-systemd-XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    directory_ = name;
    system_ = std::make_unique<Child>(std::vector<std::string>{
        KDUMPD_SOURCE_DIR "/tests/support/start-systemd.sh", directory_.string()});
    // The first run makes the image.
    const std::string line = system_->Line(minutes(15));
    if (line == "ready") return Connect();
    const int status = system_->End(0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77) GTEST_SKIP() << line;
    FAIL() << line;
  }
  void TearDown() override {
    watch_.reset();
    control_.reset();
    if (system_) system_->End(SIGTERM);
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  // Writes the unit, as a package or a person would, and has systemd read it.
  void Install(const std::string& text) {
    const auto path = directory_ / "units" / kKdump;
    std::filesystem::remove(path);
    text.empty() ? std::filesystem::create_symlink("/dev/null", path)
                 : void(std::ofstream(path) << text);
    Manage("Reload", "");
  }
  void Enable() {
    const auto wants = directory_ / "units/multi-user.target.wants";
    std::filesystem::create_directory(wants);
    std::filesystem::create_symlink(Cat("../", kKdump), wants / kKdump);
  }
  void Restart() { Manage("RestartUnit", "ss", kKdump, "replace"); }
  void Reboot() { Manage("StartUnit", "ss", "reboot.target", "replace-irreversibly"); }
  [[nodiscard]] std::string Address() const {
    return BusAddressOf(directory_ / "dbus/system_bus_socket");
  }
  // Without a Refresh: only signals bring it here.
  bool SpinUntil(const UnitState& wanted) {
    return Spin(loop_, [&] { return Summary() == SummaryOf(wanted); });
  }
  [[nodiscard]] std::string Summary() const {
    const auto units = watch_->Units();
    return units.known() ? SummaryOf(units->front()) : units.why();
  }
  static std::string SummaryOf(const UnitState& s) {
    return Cat(s.load_state, " ", s.active_state, "/", s.sub_state, " ", s.result, "/",
               s.exec_main_status, s.condition_result ? "" : " condition failed");
  }
  [[nodiscard]] pid_t BusDaemon() const {
    pid_t pid = 0;
    std::ifstream(directory_ / "dbus.pid") >> pid;
    return pid;
  }

  EventLoop loop_ = *EventLoop::Create();
  std::unique_ptr<UnitWatch> watch_;
  int changes_ = 0;

 private:
  void Connect() {
    auto control = ConnectBus(Address());
    ASSERT_TRUE(control) << control.error().message;
    control_ = *std::move(control);
    const UnitWatch::Options options{
        .address = Address(), .units = {kKdump}, .timeout_ms = 2000, .retry_ms = 100};
    watch_ = UnitWatch::Start(loop_, options, [this] { ++changes_; });
  }
  template <class... Arguments>
  void Manage(const char* method, const char* types, Arguments... arguments) {
    sd_bus_error error{};
    EXPECT_GE(sd_bus_call_method(control_.get(), kSystemd, kManagerPath, kManager, method, &error,
                                 nullptr, types, arguments...),
              0)
        << method << ": " << (error.message != nullptr ? error.message : "");
    sd_bus_error_free(&error);
  }

  std::filesystem::path directory_;
  std::unique_ptr<Child> system_;
  Bus control_;
};

UnitState Wanted(const char* load, const char* active, const char* sub, const char* result,
                 int status, bool condition = true) {
  UnitState state;
  state.load_state = load;
  state.active_state = active;
  state.sub_state = sub;
  state.result = result;
  state.exec_main_status = status;
  state.condition_result = condition;
  return state;
}

struct Row {
  std::string unit;
  UnitState wanted;
};

std::string Oneshot(const std::string& more) {
  return "[Service]\nType=oneshot\nRemainAfterExit=yes\n" + more;
}

TEST_F(RealSystemd, AUnitFailsRecoversAndTheBusStopsAndContinues) {
  // Missing: an answer, not an error.
  ASSERT_TRUE(SpinUntil(Wanted("not-found", "inactive", "dead", "success", 0, false))) << Summary();

  // Enabled: a unit that nothing refers to is forgotten as soon as it is inactive, with its result.
  Enable();
  // What the kdump units of the distributions go through, in the words of this systemd.
  const Row rows[] = {
      {Oneshot("ExecStart=/bin/false\n"), Wanted("loaded", "failed", "failed", "exit-code", 1)},
      {Oneshot("ExecStart=/bin/true\n"), Wanted("loaded", "active", "exited", "success", 0)},
      {Oneshot("ExecCondition=/bin/false\nExecStart=/bin/true\n"),
       Wanted("loaded", "inactive", "dead", "exec-condition", 0, false)},
      {Oneshot("ExecStart=/bin/true\n"), Wanted("loaded", "active", "exited", "success", 0)},
      {"[Unit]\nConditionKernelCommandLine=no-such-word\n" + Oneshot("ExecStart=/bin/true\n"),
       Wanted("loaded", "inactive", "dead", "success", 0, false)},
      {Oneshot("ExecStart=/bin/sh -c 'kill -9 $$$$'\n"),
       Wanted("loaded", "failed", "failed", "signal", 9)},
      {Oneshot("ExecStart=/bin/true\n"), Wanted("loaded", "active", "exited", "success", 0)},
  };
  for (const auto& row : rows) {
    Install(row.unit);
    Restart();
    EXPECT_TRUE(SpinUntil(row.wanted)) << row.unit << Summary();
  }
  EXPECT_GT(watch_->Units()->front().active_enter_usec, 1'600'000'000'000'000U);
  EXPECT_FALSE(watch_->Units()->front().need_daemon_reload);

  // With nothing going on there is nothing to wake for.
  SpinFor(loop_, milliseconds(300));
  EXPECT_EQ(sd_event_run(loop_.handle(), 1'000'000), 0);

  const pid_t bus = BusDaemon();
  ASSERT_GT(bus, 1);
  ASSERT_EQ(::kill(bus, SIGSTOP), 0);
  watch_->Refresh();
  EXPECT_TRUE(Spin(loop_, [&] { return watch_->Units().unreadable(); }));
  EXPECT_EQ(watch_->Units().why(), "no answer from the bus within 2 s");
  ASSERT_EQ(::kill(bus, SIGCONT), 0);
  const auto tick = loop_.Every(50, [&] { watch_->Refresh(); });
  EXPECT_TRUE(SpinUntil(rows[6].wanted)) << Summary();

  Install("");
  EXPECT_TRUE(Spin(loop_, [&] { return watch_->Units()->front().load_state == "masked"; }))
      << Summary();
}

// As for a daemon that is ordered after the bus: the bus is there until it has ended.
TEST_F(RealSystemd, IsAskedWhetherItGoesDown) {
  std::string said;
  const auto shutdown = ShutdownWatch::Start(loop_, {.address = Address()}, [](bool) {});
  const auto answer = [&](std::optional<bool> stopping) {
    said += !stopping ? "? " : *stopping ? "yes " : "no ";
  };
  shutdown->AskWhetherStopping(answer);
  ASSERT_TRUE(Spin(loop_, [&] { return !said.empty(); }));
  EXPECT_EQ(said, "no ");

  Install("[Unit]\nAfter=dbus.service dbus.socket\n" +
          Oneshot("ExecStart=/bin/true\nExecStop=/bin/sleep 20\n"));
  Restart();
  ASSERT_TRUE(SpinUntil(Wanted("loaded", "active", "exited", "success", 0))) << Summary();
  Reboot();
  ASSERT_TRUE(Spin(loop_, [&] { return watch_->Units()->front().active_state == "deactivating"; }))
      << Summary();
  shutdown->AskWhetherStopping(answer);
  EXPECT_TRUE(Spin(loop_, [&] { return said == "no yes "; })) << said;
}

}  // namespace
}  // namespace kdumpd
