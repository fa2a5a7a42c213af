// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "daemon/core/latest.h"
#include "daemon/core/state.h"

namespace kdumpd {

inline constexpr const char* kMetricsContentType = "text/plain; version=0.0.4; charset=utf-8";

// The whole exposition for one state, as GET /metrics returns it: our own families and process_*.
// `state` null (before the first look): only kdumpd_build_info and process_*. Reads /proc/self. Any
// thread.
[[nodiscard]] std::string RenderMetrics(const State* state, const std::string& version);
// The same without process_* and kdumpd_build_info: a pure function of the state, for golden files.
[[nodiscard]] std::string RenderStateMetrics(const State& state);

}  // namespace kdumpd
