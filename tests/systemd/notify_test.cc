// SPDX-License-Identifier: Apache-2.0
#include "systemd/notify.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>

#include "daemon/core/text.h"
#include "daemon/core/unique_fd.h"

namespace kdumpd {
namespace {

// The service manager's end of NOTIFY_SOCKET.
class Notify : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/kdumpd-notify-XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    directory_ = name;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = directory_ / "socket";
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    socket_.Reset(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    ASSERT_EQ(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
  }
  void TearDown() override {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  // The one datagram that is there; a datagram to a local socket is there when it is sent.
  std::string Received() {
    char text[1024];
    const ssize_t size = ::recv(socket_.get(), text, sizeof text, 0);
    return size < 0 ? "nothing" : std::string(text, static_cast<std::size_t>(size));
  }

  std::filesystem::path directory_;
  UniqueFd socket_;
};

TEST_F(Notify, EachMessageIsOneDatagram) {
  NotifyReady("not ready: crash kernel not loaded");
  EXPECT_EQ(Received(), "READY=1\nSTATUS=not ready: crash kernel not loaded");
  NotifyStatus("ready");
  EXPECT_EQ(Received(), "STATUS=ready");
  NotifyWatchdog();
  EXPECT_EQ(Received(), "WATCHDOG=1");
  NotifyStopping();
  EXPECT_EQ(Received(), "STOPPING=1");
  EXPECT_EQ(Received(), "nothing");
}

TEST_F(Notify, ReloadingCarriesTheMonotonicTime) {
  const auto now = [] {
    timespec t{};
    clock_gettime(CLOCK_MONOTONIC, &t);
    return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000 +
           static_cast<std::uint64_t>(t.tv_nsec) / 1000;
  };
  const auto before = now();
  NotifyReloading();
  const auto after = now();
  const std::string message = Received();
  const std::string_view prefix = "RELOADING=1\nMONOTONIC_USEC=";
  ASSERT_TRUE(message.starts_with(prefix)) << message;
  const auto usec = ParseUnsigned(std::string_view(message).substr(prefix.size()));
  ASSERT_TRUE(usec) << message;
  EXPECT_GE(*usec, before);
  EXPECT_LE(*usec, after);
}

TEST_F(Notify, AStatusCannotSmuggleAnAssignment) {
  NotifyStatus("bad\nREADY=1");
  EXPECT_EQ(Received(), "STATUS=bad\\x0aREADY=1");
}

TEST_F(Notify, WithoutASocketNothingHappens) {
  ::unsetenv("NOTIFY_SOCKET");
  NotifyReady("ready");
  NotifyReloading();
  EXPECT_EQ(Received(), "nothing");
}

struct WatchdogRow {
  const char* usec;
  const char* pid;  // "self": this process
  std::optional<std::uint64_t> milliseconds;
};

TEST_F(Notify, WatchdogOfThisProcess) {
  const WatchdogRow rows[] = {
      {"60000000", "self", 60000}, {"60000000", nullptr, 60000},   {"60000000", "1", std::nullopt},
      {"0", "self", std::nullopt}, {"many", "self", std::nullopt}, {nullptr, "self", std::nullopt},
  };
  for (const auto& row : rows) {
    const std::string self = std::to_string(::getpid());
    const char* pid =
        row.pid != nullptr && std::string_view(row.pid) == "self" ? self.c_str() : row.pid;
    row.usec != nullptr ? ::setenv("WATCHDOG_USEC", row.usec, 1) : ::unsetenv("WATCHDOG_USEC");
    pid != nullptr ? ::setenv("WATCHDOG_PID", pid, 1) : ::unsetenv("WATCHDOG_PID");
    EXPECT_EQ(WatchdogMilliseconds(), row.milliseconds)
        << (row.usec != nullptr ? row.usec : "unset") << " " << (pid != nullptr ? pid : "unset");
  }
}

}  // namespace
}  // namespace kdumpd
