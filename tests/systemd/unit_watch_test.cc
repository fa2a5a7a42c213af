// SPDX-License-Identifier: Apache-2.0
#include "systemd/unit_watch.h"

#include <gtest/gtest.h>

#include <chrono>

#include "tests/support/fake_systemd.h"
#include "tests/support/spin.h"

namespace kdumpd {
namespace {

using std::chrono::milliseconds;

UnitState Failed() {
  return {.name = "kdump.service",
          .load_state = "loaded",
          .active_state = "failed",
          .sub_state = "failed",
          .result = "exit-code",
          .unit_file_state = "enabled",
          .condition_result = false,
          .need_daemon_reload = true,
          .exec_main_status = 6,
          .state_change_usec = 1'700'000'000'000'001,
          .active_enter_usec = 1'700'000'000'000'002,
          .condition_usec = 1'700'000'000'000'003};
}

// A watch and a systemd at the two ends of a socketpair, on one loop.
class Watched : public testing::Test {
 protected:
  void Start(std::vector<std::string> names = {"kdump.service"}, std::uint64_t timeout_ms = 5000) {
    auto [server, client] = FakeSystemd::Ends(loop_.handle());
    systemd_ = std::make_unique<FakeSystemd>(std::move(server));
    systemd_->units["kdump.service"] = Failed();
    const UnitWatch::Options options{
        .address = "", .units = std::move(names), .timeout_ms = timeout_ms};
    watch_ = UnitWatch::StartOn(loop_, std::move(client), options, [this] { ++changes_; });
  }
  bool SpinUntilKnown() {
    return Spin(loop_, [&] { return watch_->Units().known(); });
  }
  bool SpinUntilUnreadable() {
    return Spin(loop_, [&] { return changes_ > 0 && watch_->Units().unreadable(); });
  }

  EventLoop loop_ = *EventLoop::Create();
  std::unique_ptr<FakeSystemd> systemd_;
  std::unique_ptr<UnitWatch> watch_;
  int changes_ = 0;
};

TEST_F(Watched, KnowsNothingBeforeTheFirstAnswer) {
  Start();
  EXPECT_TRUE(watch_->Units().unreadable());
  EXPECT_EQ(watch_->Units().why(), "systemd has not answered yet");
  EXPECT_TRUE(watch_->Waiting());
  EXPECT_EQ(changes_, 0);
}

TEST_F(Watched, WithoutABusThereIsNothingToWaitFor) {
  watch_ = UnitWatch::Start(
      loop_, {.address = BusAddressOf("/nonexistent/socket"), .units = {"kdump.service"}},
      [this] { ++changes_; });
  EXPECT_FALSE(watch_->Waiting());
  EXPECT_NE(watch_->Units().why().find("connecting"), std::string::npos);
}

TEST_F(Watched, EveryPropertyArrives) {
  Start();
  ASSERT_TRUE(SpinUntilKnown());
  EXPECT_EQ(watch_->Units().source(), "org.freedesktop.systemd1 over a socket");
  EXPECT_EQ(watch_->Units().value(), std::vector{Failed()});
  EXPECT_EQ(changes_, 1);
  EXPECT_FALSE(watch_->Waiting());
  EXPECT_EQ(systemd_->subscriptions, 1);
}

TEST_F(Watched, SeveralUnitsKeepTheirOrderAndAMissingOneIsAnAnswer) {
  Start({"kdump-tools.service", "kdump.service", "kdump.path"});
  systemd_->units["kdump.path"] = Failed();
  ASSERT_TRUE(SpinUntilKnown());
  const auto units = watch_->Units().value();
  ASSERT_EQ(units.size(), 3U);
  EXPECT_EQ(units[0].name, "kdump-tools.service");
  EXPECT_EQ(units[0].load_state, "not-found");
  EXPECT_EQ(units[1], Failed());
  EXPECT_EQ(units[2].active_state, "failed");
  EXPECT_EQ(units[2].result, "");  // of services only
}

TEST_F(Watched, NoUnitsAreKnownAtOnce) {
  Start({});
  EXPECT_TRUE(watch_->Units().known());
  EXPECT_TRUE(watch_->Units()->empty());
}

TEST_F(Watched, PropertiesChangedLeadsToANewAnswerWithoutRefresh) {
  Start();
  ASSERT_TRUE(SpinUntilKnown());
  systemd_->units["kdump.service"].active_state = "active";
  systemd_->Say("kdump.service");
  EXPECT_TRUE(Spin(loop_, [&] { return watch_->Units()->front().active_state == "active"; }));
  EXPECT_EQ(changes_, 2);
}

TEST_F(Watched, ChangesOfOtherUnitsAreNotHeard) {
  Start();
  ASSERT_TRUE(SpinUntilKnown());
  systemd_->Say("kdump2.service");
  SpinFor(loop_, milliseconds(200));
  EXPECT_EQ(systemd_->loads, 1);
}

TEST_F(Watched, AStormOfSignalsIsFewQuestionsAndNoChange) {
  Start();
  ASSERT_TRUE(SpinUntilKnown());
  for (int i = 0; i < 500; ++i) systemd_->Say("kdump.service");
  ASSERT_TRUE(Spin(loop_, [&] { return systemd_->loads > 1; }));
  SpinFor(loop_, milliseconds(200));
  EXPECT_LE(systemd_->loads, 4);
  EXPECT_EQ(changes_, 1);
}

TEST_F(Watched, AStormThatDoesNotEndIsAnsweredMeanwhile) {
  Start();
  ASSERT_TRUE(SpinUntilKnown());
  const auto storm = loop_.Every(5, [&] { systemd_->Say("kdump.service"); });
  EXPECT_TRUE(Spin(loop_, [&] { return systemd_->loads >= 3; }, milliseconds(2000)));
}

TEST_F(Watched, TheManagersOwnSignalsAreHints) {
  Start();
  ASSERT_TRUE(SpinUntilKnown());
  systemd_->SayReloading(true);  // it would not answer now
  SpinFor(loop_, milliseconds(200));
  EXPECT_EQ(systemd_->loads, 1);
  systemd_->SayReloading(false);
  EXPECT_TRUE(Spin(loop_, [&] { return systemd_->loads == 2; }));
  systemd_->SayUnitFilesChanged();
  EXPECT_TRUE(Spin(loop_, [&] { return systemd_->loads == 3; }));
}

TEST_F(Watched, RefreshAsksOnceAndNotWhileAsking) {
  Start();
  watch_->Refresh();
  ASSERT_TRUE(SpinUntilKnown());
  EXPECT_EQ(systemd_->loads, 1);
  watch_->Refresh();
  watch_->Refresh();
  ASSERT_TRUE(Spin(loop_, [&] { return systemd_->loads > 1; }));
  SpinFor(loop_, milliseconds(150));
  EXPECT_EQ(systemd_->loads, 2);
  EXPECT_EQ(changes_, 1);  // the same answer is no change
}

TEST_F(Watched, AnIdleWatchNeverWakes) {
  Start();
  ASSERT_TRUE(SpinUntilKnown());
  SpinFor(loop_, milliseconds(50));
  EXPECT_EQ(sd_event_run(loop_.handle(), 500'000), 0);  // nothing to dispatch, no timer before that
}

TEST_F(Watched, ASilentSystemdIsUnreadableAfterTheTimeout) {
  Start({"kdump.service"}, 300);
  ASSERT_TRUE(SpinUntilKnown());
  systemd_->silent = true;
  watch_->Refresh();
  EXPECT_TRUE(watch_->Units().known());  // until the time is over, the last answer stands
  ASSERT_TRUE(SpinUntilUnreadable());
  EXPECT_EQ(watch_->Units().why(), "no answer from the bus within 300 ms");
  watch_->Refresh();  // without an address there is no way back
  EXPECT_EQ(watch_->Units().why(), "no answer from the bus within 300 ms");
}

TEST_F(Watched, ARefusalIsUnreadableAndTheNextAnswerCures) {
  Start();
  systemd_->refuse = "SELinux policy denies access\n";
  ASSERT_TRUE(SpinUntilUnreadable());
  EXPECT_EQ(watch_->Units().why(), "LoadUnit of kdump.service: SELinux policy denies access\\x0a");
  systemd_->refuse.clear();
  watch_->Refresh();
  ASSERT_TRUE(SpinUntilKnown());
  EXPECT_EQ(watch_->Units().value(), std::vector{Failed()});
}

TEST_F(Watched, AnEndedConnectionIsUnreadable) {
  Start();
  ASSERT_TRUE(SpinUntilKnown());
  systemd_.reset();
  ASSERT_TRUE(SpinUntilUnreadable());
  EXPECT_EQ(watch_->Units().why(), "the bus closed the connection");
  EXPECT_FALSE(watch_->Waiting());
}

TEST_F(Watched, AConnectionThatEndsWhileAskingSaysSoOnce) {
  Start();
  systemd_->silent = true;
  ASSERT_TRUE(Spin(loop_, [&] { return systemd_->loads == 1; }));
  systemd_.reset();
  ASSERT_TRUE(SpinUntilUnreadable());
  SpinFor(loop_, milliseconds(20));
  EXPECT_EQ(watch_->Units().why(), "the bus closed the connection");
  EXPECT_EQ(changes_, 1);
}

struct HostileRow {
  const char* what;
  std::function<int(sd_bus_message*)> reply;
  const char* why;
};

TEST_F(Watched, HostileRepliesAreUnreadable) {
  const HostileRow rows[] = {
      {"a number for a text",
       [](auto* m) { return sd_bus_message_append(m, "a{sv}", 1, "ActiveState", "i", 1); },
       "GetAll of kdump.service: ActiveState is not of the expected D-Bus type"},
      {"a text for a time",
       [](auto* m) { return sd_bus_message_append(m, "a{sv}", 1, "ConditionTimestamp", "s", "1"); },
       "GetAll of kdump.service: ConditionTimestamp is not of the expected D-Bus type"},
      {"not a dictionary", [](auto* m) { return sd_bus_message_append(m, "s", "LoadState"); },
       "GetAll of kdump.service: the reply is not of the expected D-Bus type"},
      {"nothing", [](auto*) { return 0; },
       "GetAll of kdump.service: the reply is not of the expected D-Bus type"},
      {"an empty dictionary", [](auto* m) { return sd_bus_message_append(m, "a{sv}", 0); },
       "GetAll of kdump.service: no LoadState or no ActiveState in the reply"},
      {"half of what is needed",
       [](auto* m) { return sd_bus_message_append(m, "a{sv}", 1, "LoadState", "s", "loaded"); },
       "GetAll of kdump.service: no LoadState or no ActiveState in the reply"},
  };
  for (const auto& row : rows) {
    Start();
    systemd_->reply = row.reply;
    changes_ = 0;
    ASSERT_TRUE(SpinUntilUnreadable()) << row.what;
    EXPECT_EQ(watch_->Units().why(), row.why) << row.what;
  }
}

TEST_F(Watched, TextsAreClippedAndPrintable) {
  Start();
  systemd_->units["kdump.service"].sub_state = std::string(5000, 'x');
  systemd_->units["kdump.service"].unit_file_state = "a\x1b[2Jb";
  ASSERT_TRUE(SpinUntilKnown());
  EXPECT_LE(watch_->Units()->front().sub_state.size(), 80U);
  EXPECT_EQ(watch_->Units()->front().unit_file_state, "a\\x1b[2Jb");
}

TEST_F(Watched, MayBeDroppedWithCallsInFlight) {
  Start();
  systemd_->silent = true;
  ASSERT_TRUE(Spin(loop_, [&] { return systemd_->loads == 1; }));
  watch_.reset();
  SpinFor(loop_, milliseconds(20));
  EXPECT_EQ(changes_, 0);
}

TEST_F(Watched, MayBeDroppedByItsOwnCallback) {
  auto [server, client] = FakeSystemd::Ends(loop_.handle());
  systemd_ = std::make_unique<FakeSystemd>(std::move(server));
  bool called = false;
  watch_ = UnitWatch::StartOn(loop_, std::move(client), {.address = "", .units = {"kdump.service"}},
                              [&] {
                                watch_.reset();
                                called = true;
                              });
  EXPECT_TRUE(Spin(loop_, [&] { return called; }));
  SpinFor(loop_, milliseconds(20));
}

}  // namespace
}  // namespace kdumpd
