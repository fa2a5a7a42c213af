// SPDX-License-Identifier: Apache-2.0
#include "daemon/web/listen_socket.h"

#include <gtest/gtest.h>

namespace kdumpd {
namespace {

TEST(ParseSocketAddress, NumericAddressesGoThereAndBack) {
  const std::pair<const char*, const char*> rows[] = {
      {":10910", "[::]:10910"},
      {":0", "[::]:0"},
      {"127.0.0.1:65535", "127.0.0.1:65535"},
      {"0.0.0.0:1", "0.0.0.0:1"},
      {"[::1]:80", "[::1]:80"},
      {"[2001:DB8:0::1]:9", "[2001:db8::1]:9"},
      {"[::]:9", "[::]:9"},
  };
  for (const auto& [text, expected] : rows) {
    const auto address = ParseSocketAddress(text);
    ASSERT_TRUE(address) << text << ": " << address.error().message;
    EXPECT_EQ(Text(address->Get()), expected);
    EXPECT_EQ(address->any, *text == ':') << text;
  }
}

TEST(ParseSocketAddress, NearMissesAreInvalidAndSayWhatWasExpected) {
  using namespace std::string_literals;
  const std::string rows[] = {
      "",
      "10910",
      "127.0.0.1",
      "127.0.0.1:",
      ":",
      ":65536",
      ":-1",
      ": 80",
      ":80 ",
      ":0x50",
      ":000080",
      "localhost:80",
      "127.1:80",
      "127.0.0.256:80",
      "::1:80",
      "[::1:80",
      "::1]:80",
      "[127.0.0.1]:80",
      "[]:80",
      "[::1]80",
      "[::1%lo]:80",
      "[:::]:80",
      "http://[::1]:80",
      "127.0.0.1\0x:80"s,
      "\x1b[31m:80",
  };
  for (const std::string& text : rows) {
    const auto address = ParseSocketAddress(text);
    ASSERT_FALSE(address) << text;
    EXPECT_EQ(address.error().code, ErrorCode::kInvalid) << text;
    EXPECT_NE(address.error().message.find("expected ADDRESS:PORT"), std::string::npos) << text;
    EXPECT_EQ(address.error().message.find('\x1b'), std::string::npos);
  }
}

TEST(IsLoopback, OnlyTheThreeLoopbackBlocks) {
  const std::pair<const char*, bool> rows[] = {
      {"127.0.0.1:1", true},
      {"127.255.255.254:1", true},
      {"126.255.255.255:1", false},
      {"128.0.0.0:1", false},
      {"0.0.0.0:1", false},
      {"[::1]:1", true},
      {"[::2]:1", false},
      {"[::]:1", false},
      {"[::ffff:127.9.9.9]:1", true},
      {"[::ffff:128.0.0.1]:1", false},
      {"[::127.0.0.1]:1", false},
      {"[fe80::1]:1", false},
      {"192.0.2.1:1", false},
      {"[fd00::7f00:1]:1", false},
  };
  for (const auto& [text, expected] : rows) {
    const auto address = ParseSocketAddress(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(IsLoopback(address->Get()), expected) << text;
  }
  EXPECT_FALSE(IsLoopback(nullptr));
  sockaddr unix_socket{};
  unix_socket.sa_family = AF_UNIX;
  EXPECT_FALSE(IsLoopback(&unix_socket));
}

TEST(IsLoopbackHost, NamesOfThisMachineByLoopbackOnly) {
  for (const char* host : {"localhost", "LocalHost:10910", "127.0.0.1", "127.0.0.1:10910",
                           "127.8.8.8:1", "[::1]", "[::1]:10910", "[::ffff:127.0.0.1]:1"}) {
    EXPECT_TRUE(IsLoopbackHost(host)) << host;
  }
  for (const char* host : {"", ":", ":80", "localhost.", "localhost.evil.com", "localhost:",
                           "localhost:x", "localhost:65536", "xlocalhost", "192.0.2.1",
                           "127.0.0.1.evil.com", "[::2]", "[::1", "::1", "node7", "[::1]:80:80"}) {
    EXPECT_FALSE(IsLoopbackHost(host)) << host;
  }
}

TEST(Listen, TakesAFreePortAndNamesAPortThatIsTaken) {
  const auto free = ParseSocketAddress("127.0.0.1:0");
  const auto first = Listen(*free);
  ASSERT_TRUE(first) << first.error().message;
  const std::string bound = BoundAddress(first->get());
  EXPECT_TRUE(bound.starts_with("127.0.0.1:")) << bound;
  EXPECT_FALSE(bound.ends_with(":0")) << bound;

  const auto second = Listen(*ParseSocketAddress(bound));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kBusy);
  EXPECT_EQ(second.error().message, "listening on " + bound + ": Address already in use");
}

TEST(Listen, AnAddressThatIsNotOursSaysSo) {
  const auto socket = Listen(*ParseSocketAddress("203.0.113.77:0"));
  ASSERT_FALSE(socket);
  EXPECT_EQ(socket.error().code, ErrorCode::kNotFound);
  EXPECT_NE(socket.error().message.find("203.0.113.77:0"), std::string::npos);
}

}  // namespace
}  // namespace kdumpd
