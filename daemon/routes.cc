// SPDX-License-Identifier: Apache-2.0
#include "daemon/routes.h"

#include <algorithm>
#include <functional>

#include "daemon/core/text.h"
#include "daemon/render/render.h"
#include "metrics/render.h"

namespace kdumpd {
namespace {

constexpr const char* kJson = "application/json";
constexpr std::int64_t kStuckAfterMs = 60'000;

HttpResponse NotYet() {
  return {503, "text/plain; charset=utf-8", "the first look at the node is not done yet\n"};
}

// Served from the newest state; 503 before there is one.
Route FromState(const RouteInput& input, std::string path, const char* content_type,
                std::string (*render)(const State&)) {
  const auto* latest = input.latest;
  return {std::move(path), true, [latest, content_type, render]() -> HttpResponse {
            const auto state = latest->Get();
            return state ? HttpResponse{200, content_type, render(*state)} : NotYet();
          }};
}

// The process lives and its loop turns: the last look is not older than four intervals.
HttpResponse Health(const RouteInput& input) {
  const auto state = input.latest->Get();
  if (!state) return {200, "text/plain; charset=utf-8", "ok, starting\n"};
  const std::int64_t age = input.monotonic_ms() - state->monotonic_ms;
  if (age <= std::max(kStuckAfterMs, 4 * input.observe_interval_ms))
    return {200, "text/plain; charset=utf-8", "ok\n"};
  return {503, "text/plain; charset=utf-8",
          Cat("the last look at the node was ", age / 1000, " s ago\n")};
}

}  // namespace

std::vector<Route> RoutesOf(const RouteInput& input) {
  const auto* latest = input.latest;
  return {
      {input.telemetry_path, false,
       [latest]() -> HttpResponse {
         return {200, kMetricsContentType, RenderMetrics(latest->Get().get(), KDUMPD_VERSION)};
       }},
      {"/healthz", false, [input] { return Health(input); }},
      {"/readyz", false,
       [latest]() -> HttpResponse {
         return latest->Get() ? HttpResponse{200, "text/plain; charset=utf-8", "ok\n"} : NotYet();
       }},
      FromState(input, "/", "text/html; charset=utf-8", PageHtml),
      FromState(input, "/api/v1/readiness", kJson, ReadinessJson),
      FromState(input, "/api/v1/crashes", kJson, CrashesJson),
      FromState(input, "/api/v1/boots", kJson, BootsJson),
      FromState(input, "/api/v1/status", kJson, StatusJson),
  };
}

}  // namespace kdumpd
