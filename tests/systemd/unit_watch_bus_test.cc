// SPDX-License-Identifier: Apache-2.0
// UnitWatch over a real dbus-daemon: absent, silent, killed, restarted.

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <chrono>

#include "daemon/core/text.h"
#include "systemd/unit_watch.h"
#include "tests/support/fake_systemd.h"
#include "tests/support/private_bus.h"
#include "tests/support/spin.h"

namespace kdumpd {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

// A systemd on a private bus, with a kdump.service that is active.
class OnABus : public testing::Test {
 protected:
  void StartSystemd() {
    auto bus = ConnectBus(private_bus_.address());
    ASSERT_TRUE(bus) << bus.error().message;
    ASSERT_TRUE(AttachBus(bus->get(), loop_.handle(), 5000));
    ASSERT_GE(sd_bus_request_name(bus->get(), kSystemd, 0), 0);
    systemd_ = std::make_unique<FakeSystemd>(*std::move(bus));
    UnitState& kdump = systemd_->units["kdump.service"];
    kdump.load_state = "loaded";
    kdump.active_state = "active";
  }
  void StartWatch(std::uint64_t timeout_ms, std::uint64_t retry_ms) {
    const UnitWatch::Options options{.address = private_bus_.address(),
                                     .units = {"kdump.service"},
                                     .timeout_ms = timeout_ms,
                                     .retry_ms = retry_ms};
    watch_ = UnitWatch::Start(loop_, options, [this] { ++changes_; });
  }
  bool SpinUntilKnown() {
    return Spin(loop_, [&] { return watch_->Units().known(); });
  }
  bool SpinUntil(const std::string& why) {
    return Spin(loop_, [&] { return watch_->Units().why() == why; });
  }
  // As the service does: Refresh once per interval.
  bool RefreshUntilKnown() {
    const auto tick = loop_.Every(20, [&] { watch_->Refresh(); });
    return SpinUntilKnown();
  }

  EventLoop loop_ = *EventLoop::Create();
  PrivateBus private_bus_;
  std::unique_ptr<FakeSystemd> systemd_;
  std::unique_ptr<UnitWatch> watch_;
  int changes_ = 0;
};

TEST_F(OnABus, AbsentAtFirstThenThereThenKilledThenRestarted) {
  StartWatch(5000, 50);
  EXPECT_EQ(watch_->Units().why(), "connecting: No such file or directory");
  EXPECT_EQ(watch_->Units().source(), "org.freedesktop.systemd1 over " + private_bus_.address());
  ASSERT_TRUE(private_bus_.Start());
  StartSystemd();
  ASSERT_TRUE(RefreshUntilKnown());
  EXPECT_EQ(watch_->Units()->front().active_state, "active");

  systemd_->units["kdump.service"].active_state = "failed";
  systemd_->Say("kdump.service");
  EXPECT_TRUE(Spin(loop_, [&] { return watch_->Units()->front().active_state == "failed"; }));

  private_bus_.Kill();
  ASSERT_TRUE(SpinUntil("the bus closed the connection"));
  watch_->Refresh();  // the first attempt is long ago
  EXPECT_EQ(watch_->Units().why(), "connecting: No such file or directory");
  ASSERT_TRUE(private_bus_.Start());
  StartSystemd();
  ASSERT_TRUE(RefreshUntilKnown());
  EXPECT_EQ(watch_->Units()->front().active_state, "active");
}

TEST_F(OnABus, SignalsFromOthersThanSystemdAreNotHeard) {
  ASSERT_TRUE(private_bus_.Start());
  StartSystemd();
  StartWatch(5000, 50);
  ASSERT_TRUE(SpinUntilKnown());
  auto other = ConnectBus(private_bus_.address());
  ASSERT_TRUE(other && AttachBus(other->get(), loop_.handle(), 5000));
  FakeSystemd liar(*std::move(other));
  liar.Say("kdump.service");
  SpinFor(loop_, milliseconds(250));
  EXPECT_EQ(systemd_->loads, 1);
}

TEST_F(OnABus, NobodyCalledSystemdIsUnreadable) {
  ASSERT_TRUE(private_bus_.Start());
  StartWatch(5000, 50);
  ASSERT_TRUE(Spin(loop_, [&] { return changes_ > 0; }));
  EXPECT_EQ(watch_->Units().why(),
            "LoadUnit of kdump.service: The name org.freedesktop.systemd1 was not provided by any "
            ".service files");
}

TEST_F(OnABus, AStoppedBusIsATimeoutAndAContinuedOneIsKnownAgain) {
  ASSERT_TRUE(private_bus_.Start());
  StartSystemd();
  StartWatch(500, 50);
  ASSERT_TRUE(SpinUntilKnown());

  private_bus_.Send(SIGSTOP);
  watch_->Refresh();
  ASSERT_TRUE(SpinUntil("no answer from the bus within 500 ms"));
  // A new connection to a stopped daemon does not block either, and times out in the handshake.
  changes_ = 0;
  SpinFor(loop_, milliseconds(60));
  const auto start = steady_clock::now();
  watch_->Refresh();
  EXPECT_LT(steady_clock::now() - start, seconds(5)) << "it would wait till the bus goes on";
  SpinFor(loop_, milliseconds(600));
  EXPECT_EQ(watch_->Units().why(), "no answer from the bus within 500 ms");
  EXPECT_EQ(changes_, 0);

  private_bus_.Send(SIGCONT);
  EXPECT_TRUE(RefreshUntilKnown());
}

// A node that is so busy that its bus needs longer than the timeout is not asked in vain for ever.
TEST_F(OnABus, EachTimeoutIsFollowedByMorePatienceUntilAnAnswer) {
  ASSERT_TRUE(private_bus_.Start());
  StartSystemd();
  StartWatch(100, 10);
  ASSERT_TRUE(SpinUntilKnown());
  const auto tick = loop_.Every(10, [&] { watch_->Refresh(); });
  private_bus_.Send(SIGSTOP);
  for (const char* limit : {"100", "200", "400", "800"}) {
    EXPECT_TRUE(SpinUntil(Cat("no answer from the bus within ", limit, " ms"))) << limit;
  }
  changes_ = 0;
  SpinFor(loop_, milliseconds(1000));
  EXPECT_EQ(changes_, 0) << "no further: " << watch_->Units().why();
  private_bus_.Send(SIGCONT);
  ASSERT_TRUE(SpinUntilKnown());
  private_bus_.Send(SIGSTOP);
  EXPECT_TRUE(SpinUntil("no answer from the bus within 100 ms")) << "an answer ends it";
  private_bus_.Send(SIGCONT);
}

TEST_F(OnABus, IsTriedAgainAtMostEveryRetry) {
  StartWatch(5000, 3'600'000);
  ASSERT_TRUE(private_bus_.Start());
  StartSystemd();
  const auto tick = loop_.Every(10, [&] { watch_->Refresh(); });
  SpinFor(loop_, milliseconds(100));
  EXPECT_EQ(watch_->Units().why(), "connecting: No such file or directory");
  EXPECT_EQ(systemd_->loads, 0);
}

// Whoever listens and never accepts: at first the handshake is not answered, then the queue is
// full.
TEST_F(OnABus, ASocketThatNobodyAcceptsFromNeverBlocks) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  private_bus_.socket().copy(address.sun_path, sizeof address.sun_path - 1);
  const UniqueFd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(listener.get(), 0), 0);
  StartWatch(50, 50);
  ASSERT_TRUE(SpinUntil("no answer from the bus within 50 ms"));
  const auto tick = loop_.Every(20, [&] { watch_->Refresh(); });
  EXPECT_TRUE(SpinUntil("connecting: Resource temporarily unavailable"));
}

}  // namespace
}  // namespace kdumpd
