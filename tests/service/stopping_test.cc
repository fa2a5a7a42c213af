// SPDX-License-Identifier: Apache-2.0
// What the daemon notes when the system goes down, or only the daemon: over a real bus.
#include <gtest/gtest.h>

#include "tests/support/fake_systemd.h"
#include "tests/support/node_life.h"
#include "tests/support/private_bus.h"
#include "tests/support/spin.h"

namespace kdumpd {
namespace {

using Json = nlohmann::json;

class StoppingTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(private_bus_.Start());
    auto bus = ConnectBus(private_bus_.address());
    ASSERT_TRUE(bus) << bus.error().message;
    ASSERT_TRUE(AttachBus(bus->get(), loop_.handle(), 5000));
    for (const char* name : {kSystemd, "org.freedesktop.login1"}) {
      ASSERT_GE(sd_bus_request_name(bus->get(), name, 0), 0);
    }
    systemd_ = std::make_unique<FakeSystemd>(*std::move(bus));
    StartDaemon();
  }
  void StartDaemon() {
    node_.Start({"--dbus.socket=" + private_bus_.socket()});
    ASSERT_TRUE(Spin(loop_, [&] { return Beat().is_object() && systemd_->loads > 0; }));
  }
  [[nodiscard]] Json Beat() const {
    const Json file = Json::parse(FileText(node_.Path("state/heartbeat.json")), nullptr, false);
    return file.is_object() ? file["beat"] : Json();
  }
  bool Becomes(const char* mark, bool value) {
    return Spin(loop_, [&] { return Beat()[mark] == value; });
  }
  // The bus answers while the daemon ends.
  int End() {
    node_.daemon().process().Signal(SIGTERM);
    std::optional<int> status;
    Spin(loop_, [&] {
      status = node_.daemon().process().Wait(std::chrono::milliseconds(0));
      return status.has_value();
    });
    return status.value_or(-1);
  }

  EventLoop loop_ = *EventLoop::Create();
  EventLoop::SourcePtr tick_ = *loop_.Every(20, [] {});  // what is awaited is not on the loop
  PrivateBus private_bus_;
  std::unique_ptr<FakeSystemd> systemd_;
  NodeLife node_;
};

TEST_F(StoppingTest, LogindSaysThatTheSystemGoesDown) {
  EXPECT_EQ(Beat()["stopping"], false);
  systemd_->SayPrepareForShutdown(true);
  EXPECT_TRUE(Becomes("stopping", true));
  systemd_->SayPrepareForShutdown(false);
  EXPECT_TRUE(Becomes("stopping", false)) << "the shutdown was given up";
}

TEST_F(StoppingTest, ToldToEndWhileTheSystemStops) {
  systemd_->system_state = "stopping";
  EXPECT_EQ(End(), 0);
  EXPECT_EQ(Beat()["stopping"], true);
  EXPECT_EQ(Beat()["left"], false);
}

TEST_F(StoppingTest, ToldToEndWhileTheSystemStays) {
  EXPECT_EQ(End(), 0);
  EXPECT_EQ(Beat()["stopping"], false);
  EXPECT_EQ(Beat()["left"], true);
  StartDaemon();
  EXPECT_TRUE(Becomes("left", false)) << "it is back in the same boot";
}

// systemctl soft-reboot keeps the boot: what follows is not yet the end.
TEST_F(StoppingTest, AnotherDaemonInTheSameBootBeginsAnew) {
  systemd_->SayPrepareForShutdown(true);
  ASSERT_TRUE(Becomes("stopping", true));
  systemd_->system_state = "stopping";
  EXPECT_EQ(End(), 0);
  StartDaemon();
  EXPECT_TRUE(Becomes("stopping", false));
}

TEST_F(StoppingTest, ABusThatDoesNotAnswerHoldsNobodyUp) {
  systemd_->silent = true;
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(End(), 0);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(5));
  EXPECT_EQ(Beat()["left"], true);
}

}  // namespace
}  // namespace kdumpd
