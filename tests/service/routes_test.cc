// SPDX-License-Identifier: Apache-2.0
#include "daemon/routes.h"

#include <gtest/gtest.h>

#include <map>

#include "daemon/core/next_state.h"
#include "tests/support/ready_host.h"

namespace kdumpd {
namespace {

std::int64_t clock_ms = 0;

class Routes : public testing::Test {
 protected:
  Routes() {
    clock_ms = 1'000'000;
    for (const Route& route : RoutesOf({&latest_, "/metrics", 15'000, [] { return clock_ms; }})) {
      routes_.emplace(route.path, route);
    }
  }
  HttpResponse Get(const std::string& path) { return routes_.at(path).handler(); }
  void Publish() {
    Look look;
    look.facts = ReadyHost();
    look.readiness = Evaluate(look.facts, Policy{});
    State state = NextState(nullptr, std::move(look));
    state.monotonic_ms = clock_ms;
    latest_.Publish(std::make_shared<const State>(std::move(state)));
  }
  Latest<State> latest_;
  std::map<std::string, Route> routes_;
};

TEST_F(Routes, BeforeTheFirstLook) {
  EXPECT_EQ(Get("/healthz").status, 200) << "the process lives";
  EXPECT_EQ(Get("/readyz").status, 503);
  EXPECT_EQ(Get("/metrics").status, 200);
  EXPECT_EQ(Get("/metrics").body.find("kdump_verdict"), std::string::npos) << "unknown is absent";
  for (const char* path :
       {"/", "/api/v1/readiness", "/api/v1/crashes", "/api/v1/boots", "/api/v1/status"}) {
    EXPECT_EQ(Get(path).status, 503) << path;
  }
}

TEST_F(Routes, AfterTheFirstLook) {
  Publish();
  for (const auto& [path, route] : routes_) EXPECT_EQ(Get(path).status, 200) << path;
  EXPECT_NE(Get("/metrics").body.find("kdump_verdict{verdict=\"ready\"} 1"), std::string::npos);
  EXPECT_TRUE(Get("/").content_type.starts_with("text/html"));
  EXPECT_EQ(Get("/api/v1/readiness").content_type, "application/json");
}

TEST_F(Routes, AStuckLoopIsNotHealthy) {
  Publish();
  clock_ms += 60'000;
  EXPECT_EQ(Get("/healthz").status, 200);
  clock_ms += 1;
  EXPECT_EQ(Get("/healthz").status, 503);
  EXPECT_EQ(Get("/metrics").status, 200) << "KdumpdStale tells it to Prometheus";
}

TEST_F(Routes, OnlyMetricsAndHealthLeaveTheNode) {
  for (const auto& [path, route] : routes_) {
    const bool open = path == "/metrics" || path == "/healthz" || path == "/readyz";
    EXPECT_EQ(route.loopback_only, !open) << path;
  }
}

}  // namespace
}  // namespace kdumpd
