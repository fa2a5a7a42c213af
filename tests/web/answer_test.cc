// SPDX-License-Identifier: Apache-2.0
#include "daemon/web/answer.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "daemon/web/listen_socket.h"

namespace kdumpd {
namespace {

std::vector<Route> Routes() {
  return {
      {"/metrics", false, [] { return HttpResponse{.body = "up 1\n"}; }},
      {"/private", true, [] { return HttpResponse{.body = "frames\n"}; }},
      {"/broken", false, []() -> HttpResponse { throw std::runtime_error("secret detail"); }},
  };
}

struct Row {
  const char* method;
  const char* path;
  const char* peer;
  const char* host;
  int status;
};

TEST(Answer, StatusOfEveryKindOfRequest) {
  const Row rows[] = {
      {"GET", "/metrics", "127.0.0.1:1", "node7:10910", 200},
      {"HEAD", "/metrics", "127.0.0.1:1", "node7:10910", 200},
      {"GET", "/metrics", "192.0.2.9:1", "node7:10910", 200},
      {"POST", "/metrics", "192.0.2.9:1", "node7:10910", 405},
      {"get", "/metrics", "127.0.0.1:1", "localhost", 405},
      {"GET", "/metric", "127.0.0.1:1", "localhost", 404},
      {"GET", "/metrics/", "127.0.0.1:1", "localhost", 404},
      {"GET", "/%6detrics", "127.0.0.1:1", "localhost", 404},
      {"GET", "", "127.0.0.1:1", "localhost", 404},
      {"DELETE", "/nothing", "127.0.0.1:1", "localhost", 404},
      {"GET", "/private", "127.0.0.1:1", "localhost:10910", 200},
      {"GET", "/private", "127.3.2.1:1", "127.0.0.1:10910", 200},
      {"GET", "/private", "[::1]:1", "[::1]:10910", 200},
      {"GET", "/private", "[::ffff:127.0.0.1]:1", nullptr, 200},
      {"GET", "/private", "192.0.2.9:1", "localhost", 403},
      {"GET", "/private", "[::ffff:192.0.2.9]:1", "localhost", 403},
      {"GET", "/private", "[2001:db8::1]:1", "localhost", 403},
      {"GET", "/private", "127.0.0.1:1", "rebound.example.com:10910", 403},
      {"POST", "/private", "192.0.2.9:1", "localhost", 403},
      {"POST", "/private", "127.0.0.1:1", "localhost", 405},
      {"GET", "/broken", "127.0.0.1:1", "localhost", 500},
  };
  for (const Row& row : rows) {
    const auto peer = ParseSocketAddress(row.peer);
    ASSERT_TRUE(peer) << row.peer;
    const HttpResponse answer = Answer(
        Routes(), {.path = row.path, .method = row.method, .host = row.host, .peer = peer->Get()});
    EXPECT_EQ(answer.status, row.status) << row.method << ' ' << row.path << ' ' << row.peer;
    EXPECT_NE(answer.body, "");
    EXPECT_EQ(answer.body.find("secret"), std::string::npos);
    EXPECT_EQ(answer.body == "frames\n", row.status == 200 && row.path == std::string("/private"));
  }
}

TEST(Answer, APeerThatIsNotKnownIsNotLoopback) {
  EXPECT_EQ(Answer(Routes(), {.path = "/private", .method = "GET"}).status, 403);
  EXPECT_EQ(Answer(Routes(), {.path = "/metrics", .method = "GET"}).status, 200);
}

}  // namespace
}  // namespace kdumpd
