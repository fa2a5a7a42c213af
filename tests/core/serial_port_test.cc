// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/serial_port.h"

#include <gtest/gtest.h>

#include "tests/support/ready_host.h"

namespace kdumpd {
namespace {

TEST(SerialPort, TellsPortsFromScreens) {
  for (const std::string_view name : {"ttyS0", "ttyS12", "ttyAMA0", "hvc0", "ttysclp0"}) {
    EXPECT_TRUE(IsSerial(name)) << name;
  }
  for (const std::string_view name :
       {"tty0", "tty", "ttyS", "ttySx0", "netcon0", "pstore-1", "0", "", "xttyS0"}) {
    EXPECT_FALSE(IsSerial(name)) << name;
  }
}

TEST(SerialPort, ReadsConsoleArguments) {
  struct Row {
    std::string_view cmdline;
    std::string_view port;  // "": no such argument
    std::uint64_t speed;    // 0: not said
  };
  const std::vector<Row> rows{
      {"console=ttyS0", "ttyS0", 0},
      {"console=ttyS0,115200n8", "ttyS0", 115200},
      {"console=ttyS1,9600", "ttyS1", 9600},
      {"console=ttyS", "ttyS0", 0},
      {"console=ttyS,9600", "ttyS0", 9600},
      {"console=1,9600", "ttyS1", 9600},
      {"console=ttyS0,", "ttyS0", 0},
      {"console=ttyS0,n8", "ttyS0", 0},
      {"console=ttyS0,99999999999999999999999", "ttyS0", 0},
      {"console=hvc0", "hvc0", 0},
      {"console=tty0", "", 0},
      {"console=tty", "", 0},
      {"console=null", "", 0},
      {"console=", "", 0},
      {"console", "", 0},
      {"xconsole=ttyS0", "", 0},
      {"console=uart8250,io,0x3f8,115200", "", 0},
  };
  for (const Row& row : rows) {
    const auto found = SerialArguments(row.cmdline);
    ASSERT_EQ(found.size(), row.port.empty() ? 0U : 1U) << row.cmdline;
    if (row.port.empty()) continue;
    EXPECT_EQ(found.front().port, row.port) << row.cmdline;
    EXPECT_EQ(found.front().speed.value_or(0), row.speed) << row.cmdline;
  }
}

TEST(SerialPort, TakesTheLastSpeed) {
  Facts facts = ReadyHost();
  facts.cmdline = Fact<std::string>::Known(
      "console=ttyS0,9600 console=ttyS1 console=ttyS0,57600 console=hvc0", "/proc/cmdline");
  EXPECT_EQ(SpeedOf(facts, "ttyS0"), 57600U);
  EXPECT_EQ(SpeedOf(facts, "ttyS1"), 9600U);
  EXPECT_EQ(SpeedOf(facts, "ttyS2"), std::nullopt);
  EXPECT_EQ(SpeedOf(facts, "hvc0"), std::nullopt);
  facts.architecture = Fact<std::string>::Known("s390x", "uname -m");
  EXPECT_EQ(SpeedOf(facts, "ttyS0"), std::nullopt);
}

}  // namespace
}  // namespace kdumpd
