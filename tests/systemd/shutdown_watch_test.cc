// SPDX-License-Identifier: Apache-2.0
#include "systemd/shutdown_watch.h"

#include <gtest/gtest.h>

#include <chrono>

#include "daemon/core/text.h"
#include "tests/support/fake_systemd.h"
#include "tests/support/private_bus.h"
#include "tests/support/spin.h"

namespace kdumpd {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

class Watched : public testing::Test {
 protected:
  std::function<void(bool)> Preparing() {
    return [this](bool starts) { said_ += starts ? "down " : "up "; };
  }
  std::function<void(std::optional<bool>)> Answer() {
    return [this](std::optional<bool> stopping) {
      said_ += !stopping ? "? " : *stopping ? "yes " : "no ";
    };
  }
  bool SpinUntil(const std::string& said) {
    return Spin(loop_, [&] { return said_ == said; });
  }

  EventLoop loop_ = *EventLoop::Create();
  std::unique_ptr<FakeSystemd> systemd_;
  std::unique_ptr<ShutdownWatch> watch_;
  std::string said_;
};

// Over one end of a socketpair.
class ShutdownWatchTest : public Watched {
 protected:
  void Start(std::uint64_t answer_ms = 5000) {
    watch_.reset();
    said_.clear();
    auto [server, client] = FakeSystemd::Ends(loop_.handle());
    systemd_ = std::make_unique<FakeSystemd>(std::move(server));
    watch_ = ShutdownWatch::StartOn(loop_, std::move(client),
                                    {.address = "", .answer_ms = answer_ms}, Preparing());
  }
  // The handshake is over, signals arrive.
  void StartAndAsk() {
    Start();
    watch_->AskWhetherStopping(Answer());
    ASSERT_TRUE(SpinUntil("no "));
    said_.clear();
  }
};

TEST_F(ShutdownWatchTest, HearsLogind) {
  StartAndAsk();
  systemd_->SayPrepareForShutdown(true);
  ASSERT_TRUE(SpinUntil("down "));
  systemd_->SayPrepareForShutdown(false);
  ASSERT_TRUE(SpinUntil("down up "));
  systemd_->SayPrepareForShutdown("true");  // not of its type
  systemd_->SayUnitFilesChanged();
  systemd_->SayPrepareForShutdown(true);
  EXPECT_TRUE(SpinUntil("down up down "));
}

TEST_F(ShutdownWatchTest, AsksSystemd) {
  Start();
  const std::pair<const char*, const char*> rows[] = {
      {"running", "no "},   {"degraded", "no "},  {"starting", "no "}, {"maintenance", "no "},
      {"stopping", "yes "}, {"stopping ", "no "}, {"Stopping", "no "}, {"", "no "},
  };
  for (const auto& [state, said] : rows) {
    systemd_->system_state = state;
    said_.clear();
    watch_->AskWhetherStopping(Answer());
    EXPECT_EQ(said_, "") << "never at once";
    EXPECT_TRUE(SpinUntil(said)) << state << ": " << said_;
  }
}

TEST_F(ShutdownWatchTest, OneQuestionForAllWhoAsk) {
  Start();
  systemd_->system_state = "stopping";
  for (int i = 0; i < 3; ++i) watch_->AskWhetherStopping(Answer());
  ASSERT_TRUE(SpinUntil("yes yes yes "));
  EXPECT_EQ(systemd_->gets, 1);
  // Also when it is asked from within an answer.
  watch_->AskWhetherStopping([this](auto) { watch_->AskWhetherStopping(Answer()); });
  ASSERT_TRUE(SpinUntil("yes yes yes yes "));
  EXPECT_EQ(systemd_->gets, 3);
}

TEST_F(ShutdownWatchTest, NoAnswer) {
  Start(100);
  systemd_->silent = true;
  const auto began = steady_clock::now();
  watch_->AskWhetherStopping(Answer());
  ASSERT_TRUE(SpinUntil("? "));
  EXPECT_GE(steady_clock::now() - began, milliseconds(100));
  EXPECT_LT(steady_clock::now() - began, milliseconds(5000));
  systemd_->silent = false;
  systemd_->refuse = "SELinux policy denies access";
  watch_->AskWhetherStopping(Answer());
  ASSERT_TRUE(SpinUntil("? ? "));
  systemd_->refuse.clear();
  watch_->AskWhetherStopping(Answer());
  EXPECT_TRUE(SpinUntil("? ? no "));
}

TEST_F(ShutdownWatchTest, HostileAnswers) {
  const std::function<int(sd_bus_message*)> rows[] = {
      [](auto* m) { return sd_bus_message_append(m, "s", "stopping"); },
      [](auto* m) { return sd_bus_message_append(m, "v", "i", 1); },
      [](auto* m) { return sd_bus_message_append(m, "v", "as", 1, "stopping"); },
      [](auto*) { return 0; },
  };
  for (const auto& row : rows) {
    Start();
    systemd_->state_reply = row;
    watch_->AskWhetherStopping(Answer());
    EXPECT_TRUE(SpinUntil("? ")) << said_;
  }
}

TEST_F(ShutdownWatchTest, AnIdleWatchNeverWakes) {
  Start();
  watch_->AskWhetherStopping(Answer());
  ASSERT_TRUE(SpinUntil("no "));
  SpinFor(loop_, milliseconds(50));
  EXPECT_EQ(sd_event_run(loop_.handle(), 500'000), 0);  // nothing to dispatch, no timer before that
}

TEST_F(ShutdownWatchTest, AnEndedConnectionHasNoAnswer) {
  Start();
  systemd_->silent = true;
  watch_->AskWhetherStopping(Answer());
  ASSERT_TRUE(Spin(loop_, [&] { return systemd_->gets == 1; }));
  systemd_.reset();
  ASSERT_TRUE(SpinUntil("? "));
  const auto began = steady_clock::now();
  watch_->AskWhetherStopping(Answer());
  ASSERT_TRUE(SpinUntil("? ? "));
  EXPECT_LT(steady_clock::now() - began, milliseconds(4000)) << "nobody is waited for";
  watch_->Refresh();  // without an address there is no way back
}

TEST_F(ShutdownWatchTest, MayBeDroppedWhileAskingAndFromWithin) {
  Start();
  systemd_->silent = true;
  watch_->AskWhetherStopping(Answer());
  ASSERT_TRUE(Spin(loop_, [&] { return systemd_->gets == 1; }));
  watch_.reset();
  SpinFor(loop_, milliseconds(20));
  EXPECT_EQ(said_, "");

  Start();
  watch_->AskWhetherStopping([this](auto) { watch_.reset(); });
  EXPECT_TRUE(Spin(loop_, [&] { return watch_ == nullptr; }));

  auto [server, client] = FakeSystemd::Ends(loop_.handle());
  systemd_ = std::make_unique<FakeSystemd>(std::move(server));
  watch_ = ShutdownWatch::StartOn(loop_, std::move(client), {}, [this](bool) { watch_.reset(); });
  watch_->AskWhetherStopping(Answer());
  ASSERT_TRUE(SpinUntil("no "));
  systemd_->SayPrepareForShutdown(true);
  EXPECT_TRUE(Spin(loop_, [&] { return watch_ == nullptr; }));
  SpinFor(loop_, milliseconds(20));
}

// Over a real dbus-daemon: absent, silent, killed, restarted.
class ShutdownWatchBusTest : public Watched {
 protected:
  std::unique_ptr<FakeSystemd> Join(const std::vector<const char*>& names) {
    auto bus = ConnectBus(private_bus_.address());
    EXPECT_TRUE(bus && AttachBus(bus->get(), loop_.handle(), 5000));
    for (const char* name : names) EXPECT_GE(sd_bus_request_name(bus->get(), name, 0), 0);
    return std::make_unique<FakeSystemd>(*std::move(bus));
  }
  void StartSystemd() { systemd_ = Join({kSystemd, "org.freedesktop.login1"}); }
  void Start(std::uint64_t answer_ms = 5000) {
    watch_ = ShutdownWatch::Start(
        loop_, {.address = private_bus_.address(), .answer_ms = answer_ms, .retry_ms = 50},
        Preparing());
  }
  // As the service does: Refresh once per interval.
  bool RefreshUntilAnswered() {
    const auto tick = loop_.Every(20, [&] {
      watch_->Refresh();
      watch_->AskWhetherStopping(Answer());
    });
    return Spin(loop_, [&] { return said_.contains("no "); });
  }

  PrivateBus private_bus_;
};

TEST_F(ShutdownWatchBusTest, AbsentAtFirstThenThereThenKilledThenRestarted) {
  Start();
  watch_->AskWhetherStopping(Answer());
  ASSERT_TRUE(SpinUntil("? "));
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(private_bus_.Start());
    StartSystemd();
    ASSERT_TRUE(RefreshUntilAnswered());
    said_.clear();
    systemd_->SayPrepareForShutdown(true);
    EXPECT_TRUE(SpinUntil("down ")) << said_;
    private_bus_.Kill();
    said_.clear();
    watch_->AskWhetherStopping(Answer());
    EXPECT_TRUE(SpinUntil("? ")) << said_;
    systemd_.reset();
    said_.clear();
  }
}

TEST_F(ShutdownWatchBusTest, OthersThanLogindAreNotHeard) {
  ASSERT_TRUE(private_bus_.Start());
  StartSystemd();
  Start();
  watch_->AskWhetherStopping(Answer());
  ASSERT_TRUE(SpinUntil("no "));
  const auto liar = Join({"org.freedesktop.login2"});
  liar->SayPrepareForShutdown(true);
  SpinFor(loop_, milliseconds(100));
  EXPECT_EQ(said_, "no ");
}

TEST_F(ShutdownWatchBusTest, AStoppedBusNeverBlocks) {
  ASSERT_TRUE(private_bus_.Start());
  StartSystemd();
  Start(100);
  watch_->AskWhetherStopping(Answer());
  ASSERT_TRUE(SpinUntil("no "));
  private_bus_.Send(SIGSTOP);
  said_.clear();
  watch_->AskWhetherStopping(Answer());
  ASSERT_TRUE(SpinUntil("? "));
  // A new connection to it does not block either: it would wait till the bus goes on.
  const auto began = steady_clock::now();
  Start(100);
  watch_->AskWhetherStopping(Answer());
  EXPECT_LT(steady_clock::now() - began, seconds(5));
  ASSERT_TRUE(SpinUntil("? ? "));
  private_bus_.Send(SIGCONT);
  said_.clear();
  ASSERT_TRUE(RefreshUntilAnswered());
  said_.clear();
  systemd_->SayPrepareForShutdown(true);  // what was asked of the bus meanwhile holds
  EXPECT_TRUE(Spin(loop_, [&] { return said_.contains("down "); }));
}

TEST_F(ShutdownWatchBusTest, NobodyCalledSystemd) {
  ASSERT_TRUE(private_bus_.Start());
  Start();
  watch_->AskWhetherStopping(Answer());
  EXPECT_TRUE(SpinUntil("? "));
}

}  // namespace
}  // namespace kdumpd
