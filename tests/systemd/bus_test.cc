// SPDX-License-Identifier: Apache-2.0
#include "systemd/bus.h"

#include <gtest/gtest.h>

#include <string>

namespace kdumpd {
namespace {

TEST(Bus, AddressesAreEscaped) {
  const std::pair<const char*, const char*> rows[] = {
      {"/run/dbus/system_bus_socket", "unix:path=/run/dbus/system_bus_socket"},
      {"/host/run/dbus-1.0/a_b*", "unix:path=/host/run/dbus-1.0/a_b*"},
      {"/a b", "unix:path=/a%20b"},
      {"/a,guid=1;unix:path=/b", "unix:path=/a%2cguid%3d1%3bunix%3apath%3d/b"},
      {"/100%", "unix:path=/100%25"},
      {"/\xc3\xa4\n", "unix:path=/%c3%a4%0a"},
      {"", "unix:path="},
  };
  for (const auto& [path, address] : rows) EXPECT_EQ(BusAddressOf(path), address);
}

struct ConnectRow {
  std::string address;
  ErrorCode code;
  const char* message;
};

TEST(Bus, AnAddressThatLeadsNowhereSaysWhy) {
  const ConnectRow rows[] = {
      {BusAddressOf("/no/such/dir,x"), ErrorCode::kNotFound,
       "connecting: No such file or directory"},
      {BusAddressOf("/etc"), ErrorCode::kIo, "connecting: Connection refused"},
      {BusAddressOf("/" + std::string(200, 'x')), ErrorCode::kIo,
       "connecting: Argument list too long"},
      {"unix:", ErrorCode::kIo, "connecting: Invalid argument"},
      {"", ErrorCode::kIo, "connecting: Connection refused"},
  };
  for (const auto& row : rows) {
    const auto bus = ConnectBus(row.address);
    ASSERT_FALSE(bus) << row.address;
    EXPECT_EQ(bus.error().code, row.code) << row.address;
    EXPECT_EQ(bus.error().message, row.message) << row.address;
  }
}

}  // namespace
}  // namespace kdumpd
