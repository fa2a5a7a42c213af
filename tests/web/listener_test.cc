// SPDX-License-Identifier: Apache-2.0
#include "daemon/web/listener.h"

#include <gtest/gtest.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <sys/resource.h>

#include <atomic>
#include <optional>
#include <thread>

#include "daemon/web/listen_socket.h"
#include "tests/web/http_clients.h"

namespace kdumpd {
namespace {

using namespace std::chrono_literals;

const std::string kBody(10240, 'm');

std::vector<Route> Routes() {
  return {
      {"/metrics", false, [] { return HttpResponse{.body = kBody}; }},
      {"/", true,
       [] { return HttpResponse{.content_type = "text/html; charset=utf-8", .body = "<p>"}; }},
      {"/sick", false, [] { return HttpResponse{.status = 503, .body = "stuck\n"}; }},
  };
}

std::unique_ptr<Listener> Started(const std::vector<std::string>& addresses,
                                  const ListenerLimits& limits = {}) {
  auto listener = Listener::Start(addresses, Routes(), limits);
  EXPECT_TRUE(listener) << listener.error().message;
  return listener ? *std::move(listener) : nullptr;
}

std::string PortOf(const std::string& address) { return address.substr(address.rfind(':') + 1); }

TEST(Listener, ServesARouteWithItsHeaders) {
  const auto listener = Started({"127.0.0.1:0"});
  const std::string address = listener->Addresses().at(0);
  const Reply metrics = Client().Get(address, "/metrics");
  EXPECT_EQ(metrics.status, 200);
  EXPECT_EQ(metrics.body, kBody);
  EXPECT_EQ(metrics.headers.at("content-type"), "text/plain; charset=utf-8");
  EXPECT_EQ(metrics.headers.at("x-content-type-options"), "nosniff");
  EXPECT_EQ(metrics.headers.at("cache-control"), "no-store");
  EXPECT_EQ(metrics.headers.count("content-security-policy"), 0U);
  EXPECT_EQ(metrics.headers.count("server"), 0U);

  const Reply page = Client().Get(address, "/");
  EXPECT_EQ(page.body, "<p>");
  EXPECT_TRUE(page.headers.at("content-security-policy").starts_with("default-src 'none';"));
  EXPECT_EQ(Client().Get(address, "/sick").status, 503);
}

TEST(Listener, PathsAndMethods) {
  const auto listener = Started({"127.0.0.1:0"});
  const std::string address = listener->Addresses().at(0);
  struct Row {
    const char* method;
    const char* path;
    int status;
  };
  for (const Row& row : {
           Row{"GET", "/metrics?name[]=kdump_armed&x=%00", 200},
           Row{"HEAD", "/metrics", 200},
           Row{"GET", "/metric", 404},
           Row{"GET", "/metrics/", 404},
           Row{"GET", "//metrics", 404},
           Row{"GET", "/../metrics", 404},
           Row{"GET", "/metrics%00", 404},
           Row{"GET", "/%2e", 404},
           Row{"POST", "/metrics", 405},
           Row{"PUT", "/metrics", 405},
           Row{"DELETE", "/", 405},
           Row{"OPTIONS", "/metrics", 405},
           Row{"TRACE", "/metrics", 405},
           Row{"POST", "/x", 404},
       }) {
    const Reply reply = Client(row.method).Get(address, row.path);
    EXPECT_EQ(reply.code, CURLE_OK) << row.method << ' ' << row.path;
    EXPECT_EQ(reply.status, row.status) << row.method << ' ' << row.path;
    EXPECT_EQ(reply.headers.count("allow"), row.status == 405 ? 1U : 0U) << row.method;
    EXPECT_LE(reply.body.size(), row.status == 200 ? kBody.size() : 64U);
  }
  const Reply head = Client("HEAD").Get(address, "/metrics");
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(head.headers.at("content-length"), std::to_string(kBody.size()));
  EXPECT_EQ(Client("POST").Get(address, "/metrics").headers.at("allow"), "GET, HEAD");
}

TEST(Listener, KeepsAConnectionBetweenRequests) {
  const auto listener = Started({"127.0.0.1:0"});
  Client client;
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(client.Get(listener->Addresses().at(0), "/metrics").body, kBody);
    EXPECT_EQ(client.Connects(), i == 0 ? 1 : 0);
  }
}

TEST(Listener, SeveralAddressesAndBothFamilies) {
  const auto listener = Started({"127.0.0.1:0", "[::1]:0", ":0"});
  const auto addresses = listener->Addresses();
  ASSERT_EQ(addresses.size(), 3U);
  EXPECT_TRUE(addresses[0].starts_with("127.0.0.1:"));
  EXPECT_TRUE(addresses[1].starts_with("[::1]:"));
  for (const std::string& address :
       {addresses[0], addresses[1], "127.0.0.1:" + PortOf(addresses[2]),
        "[::1]:" + PortOf(addresses[2])}) {
    EXPECT_NE(PortOf(address), "0");
    EXPECT_EQ(Client().Get(address, "/metrics").status, 200) << address;
    EXPECT_EQ(Client().Get(address, "/").status, 200) << address;  // loopback only
  }
}

TEST(Listener, WhatCannotStartSaysWhy) {
  const auto invalid = Listener::Start({"127.0.0.1:0", "localhost:1"}, Routes());
  ASSERT_FALSE(invalid);
  EXPECT_EQ(invalid.error().code, ErrorCode::kInvalid);

  const auto listener = Started({"127.0.0.1:0"});
  const auto taken = Listener::Start(listener->Addresses(), Routes());
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, ErrorCode::kBusy);
  EXPECT_NE(taken.error().message.find(listener->Addresses().at(0)), std::string::npos);
  EXPECT_EQ(Client().Get(listener->Addresses().at(0), "/metrics").status, 200);
}

TEST(Listener, TheSamePortIsFreeAtOnceAfterwards) {
  auto listener = Started({"127.0.0.1:0"});
  const auto addresses = listener->Addresses();
  Client client;
  EXPECT_EQ(client.Get(addresses[0], "/metrics").status, 200);
  RawClient half(addresses[0]);
  half.Send("GET /metr");
  listener.reset();  // with a connection that is idle and one that is half way
  EXPECT_TRUE(half.ReadToEnd());
  listener = Started(addresses);
  EXPECT_EQ(client.Get(addresses[0], "/metrics").status, 200);
}

// An address of this machine that is not loopback, "" when it has none.
std::string OutsideAddress() {
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return "";
  std::string found;
  for (const ifaddrs* one = all; one != nullptr && found.empty(); one = one->ifa_next) {
    if (one->ifa_addr == nullptr || one->ifa_addr->sa_family != AF_INET) continue;
    if ((one->ifa_flags & IFF_UP) == 0 || IsLoopback(one->ifa_addr)) continue;
    const std::string text = Text(one->ifa_addr);
    found = text.substr(0, text.rfind(':'));
  }
  ::freeifaddrs(all);
  return found;
}

TEST(Listener, FromOutsideOnlyWhatIsNotLoopbackOnly) {
  const std::string outside = OutsideAddress();
  if (outside.empty()) GTEST_SKIP() << "this machine has no address but loopback";
  const auto listener = Started({":0"});
  const std::string port = ":" + PortOf(listener->Addresses().at(0));
  // A connection to one's own outside address comes from that address.
  EXPECT_EQ(Client().Get(outside + port, "/metrics").status, 200);
  const Reply refused = Client().Get(outside + port, "/");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.body, "Only the node itself may read this: connect to a loopback address.\n");
  EXPECT_EQ(Client().Get("127.0.0.1" + port, "/").status, 200);
}

TEST(Listener, RefusesHeadersWithoutEnd) {
  const auto listener = Started({"127.0.0.1:0"});
  const std::string address = listener->Addresses().at(0);
  for (const std::string& start : {std::string("GET /metrics HTTP/1.1\r\nHost: x\r\nX-Long: "),
                                   std::string("GET /"), std::string("")}) {
    RawClient client(address);
    client.Send(start + std::string(40'000, 'a'));
    const auto reply = client.ReadToEnd();
    ASSERT_TRUE(reply) << start;
    EXPECT_EQ(reply->find(kBody), std::string::npos);
    EXPECT_EQ(reply->find("200 OK"), std::string::npos);
  }
  RawClient usual(address);
  usual.Send("GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: " +
             std::string(6000, 'c') + "\r\n\r\n");
  EXPECT_NE(usual.ReadToEnd().value_or("").find("200 OK"), std::string::npos);
}

TEST(Listener, GarbageIsRefusedAndTheNextClientServed) {
  using namespace std::string_literals;
  const auto listener = Started({"127.0.0.1:0"});
  const std::string address = listener->Addresses().at(0);
  for (const std::string& text : {
           "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"s,
           "GET\r\n\r\n"s,
           "GET /metrics HTTP/9.9\r\n\r\n"s,
           "GET /metrics HTTP/1.1\r\n\r\n"s,
           "GET /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\nConnection: close\r\n\r\n"s,
           "GET /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n"s,
           "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"s,
       }) {
    RawClient client(address);
    client.Send(text);
    const auto reply = client.ReadToEnd();
    ASSERT_TRUE(reply) << text;
    EXPECT_EQ(reply->find("200 OK"), std::string::npos) << text;
  }
  EXPECT_EQ(Client().Get(address, "/metrics").status, 200);
}

TEST(Listener, ClosesWhoIsSilentWhoIsHalfWayAndWhoDrips) {
  const auto listener = Started({"127.0.0.1:0"}, {.request = 300ms});
  const std::string address = listener->Addresses().at(0);
  RawClient silent(address);
  RawClient half(address);
  half.Send("GET /metrics HTTP/1.1\r\nHost: x\r\n");
  EXPECT_EQ(silent.ReadToEnd(), "");
  EXPECT_EQ(half.ReadToEnd(), "");

  // One byte at a time never gets beyond the time for the whole request.
  RawClient dripping(address);
  const auto start = std::chrono::steady_clock::now();
  std::optional<std::string> end;
  while (!end && std::chrono::steady_clock::now() - start < 5s) {
    dripping.Send("G");
    end = dripping.ReadToEnd(50ms);
  }
  EXPECT_TRUE(end);
  EXPECT_GE(std::chrono::steady_clock::now() - start, 250ms);
}

TEST(Listener, ClosesWhoDoesNotReadTheAnswer) {
  const std::string huge(32UL << 20U, 'h');
  const std::vector<Route> routes{{"/", true, [&] { return HttpResponse{.body = huge}; }}};
  const auto listener = Listener::Start({"127.0.0.1:0"}, routes, {.request = 300ms});
  ASSERT_TRUE(listener);
  RawClient client((*listener)->Addresses().at(0));
  client.Send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  RawClient witness((*listener)->Addresses().at(0));  // connects later, so it is closed later
  ASSERT_TRUE(witness.ReadToEnd());
  const auto got = client.ReadToEnd();
  ASSERT_TRUE(got);
  EXPECT_LT(got->size(), huge.size());
}

TEST(Listener, ConnectionsBeyondTheLimitWaitForTheirTurn) {
  const auto listener =
      Started({"127.0.0.1:0"}, {.connections = 4, .per_peer = 100, .request = 500ms});
  const std::string address = listener->Addresses().at(0);
  std::vector<std::unique_ptr<RawClient>> silent;
  for (int i = 0; i < 4; ++i) silent.push_back(std::make_unique<RawClient>(address));
  rusage before{};
  ::getrusage(RUSAGE_SELF, &before);
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(Client().Get(address, "/metrics").status, 200);
  EXPECT_GE(std::chrono::steady_clock::now() - start, 300ms);
  rusage after{};
  ::getrusage(RUSAGE_SELF, &after);
  const auto used = (after.ru_utime.tv_sec - before.ru_utime.tv_sec) * 1'000'000 +
                    after.ru_utime.tv_usec - before.ru_utime.tv_usec;
  EXPECT_LT(used, 150'000) << "microseconds of CPU: it turned instead of waiting";
}

TEST(Listener, OnePeerCannotTakeEveryConnection) {
  const auto listener = Started({"127.0.0.1:0"}, {.connections = 32, .per_peer = 3});
  const std::string address = listener->Addresses().at(0);
  std::vector<std::unique_ptr<RawClient>> silent;
  for (int i = 0; i < 3; ++i) silent.push_back(std::make_unique<RawClient>(address));
  RawClient fourth(address);
  EXPECT_EQ(fourth.ReadToEnd(), "");
  silent.pop_back();
  // The place is free as soon as the listener has seen the end of the connection.
  const auto end = std::chrono::steady_clock::now() + 5s;
  long status = 0;
  while (status != 200 && std::chrono::steady_clock::now() < end) {
    status = Client().Get(address, "/metrics").status;
  }
  EXPECT_EQ(status, 200);
}

TEST(Listener, ManyReadersAtOnce) {
  std::atomic<int> served{0};
  const std::vector<Route> routes{{"/", true, [&] {
                                     ++served;
                                     return HttpResponse{.body = kBody};
                                   }}};
  const auto listener = Listener::Start({"127.0.0.1:0", "[::1]:0"}, routes);
  ASSERT_TRUE(listener);
  const auto addresses = (*listener)->Addresses();
  std::atomic<int> good{0};
  {
    std::vector<std::jthread> readers;
    for (std::size_t i = 0; i < 8; ++i) {
      readers.emplace_back([&, i] {
        Client client;
        for (int n = 0; n < 50; ++n) {
          if (client.Get(addresses[i % 2], "/").body == kBody) ++good;
        }
      });
    }
  }
  EXPECT_EQ(good, 400);
  EXPECT_EQ(served, 400);
}

}  // namespace
}  // namespace kdumpd
